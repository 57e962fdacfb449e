//! Alarms of the lane's objects: read from the engine's index, run, retried.

use std::collections::BTreeMap;
use std::time::Duration;

use super::super::activation::{Activation, ActivationNo, ObjectKey, ResetReason, Target};
use super::super::alarm::{AlarmQueue, Failure, Listed, Next, RunEnd, Verdict};
use super::super::gate::Entry;
use super::{Delivery, Lane, NamespaceNo, Step};
use crate::engine::{AlarmEntry, EngineError, ObjectNo, Position};
use crate::limits::{
    ALARM_INDEX_RETRY, ALARM_PAGE_ENTRIES, ALARM_RUN_TIMEOUT, ALARM_RUNS_MAX, ALARM_TIME_CHECK,
    ALARM_WINDOW_ENTRIES_MAX,
};
use crate::storage::{AlarmEnd, AlarmRun, Store, WriteOptions};

/// How an alarm's handler ended, as the host saw it.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum AlarmOutcome {
    /// It returned.
    Succeeded,
    /// It threw.
    Threw,
    /// The class has none. The alarm is left as it is, and not run again by this lane.
    NoHandler,
}

/// What a lane knows of alarms.
pub(super) struct Alarms {
    queue: AlarmQueue<Target>,
    started: bool,
    /// Something has changed: look at the queue before the lane rests.
    look: bool,
    /// A commit is awaited before the next alarm may run.
    awaits_commit: bool,
    /// When the next one is due, on the lane's own scale.
    pub(super) wake_ms: Option<u64>,
    /// When running ones have taken too long.
    deadlines: BTreeMap<(u64, ActivationNo), ()>,
    /// Runs that have ended in the open turn.
    ended: Vec<ActivationNo>,
}

/// An alarm of an activation, from when it is due to the end of its run.
pub(in super::super) struct AlarmEvent {
    object: ObjectNo,
    /// Until its handler is called it waits at the gate.
    state: RunState,
}

enum RunState {
    Waiting,
    Running {
        scheduled_ms: i64,
        deadline_ms: u64,
    },
    /// The end of the turn performs this.
    Ended(RunResult),
}

enum RunResult {
    Over,
    /// Over, but the stored alarm stays asleep.
    Asleep,
    RetryAt(i64),
}

/// What a reset means for the alarm that is running.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(super) enum OnReset {
    Retry(Failure),
    Abandon,
}

impl Default for Alarms {
    fn default() -> Self {
        Self {
            queue: AlarmQueue::new(ALARM_WINDOW_ENTRIES_MAX, ALARM_RUNS_MAX),
            started: false,
            look: false,
            awaits_commit: false,
            wake_ms: None,
            deadlines: BTreeMap::new(),
            ended: Vec::new(),
        }
    }
}

impl Alarms {
    /// When the lane has to look again, on its own scale.
    pub(super) fn due_ms(&self) -> Option<u64> {
        let run = self.deadlines.first_key_value().map(|((due_ms, _), ())| *due_ms);
        self.wake_ms.into_iter().chain(run).min()
    }

    /// Whether something is about to happen that no clock decides on.
    pub(super) fn is_busy(&self) -> bool {
        self.look || self.awaits_commit
    }

    /// Activations whose handler runs.
    pub(super) fn running(&self) -> impl Iterator<Item = ActivationNo> {
        self.deadlines.keys().map(|(_, activation)| *activation)
    }

    /// Looks at the queue before the lane rests.
    pub(super) fn look_again(&mut self) {
        self.look = self.started;
        self.awaits_commit = false;
    }

    /// Namespaces have come: alarms of theirs may have been passed over.
    pub(super) fn reload(&mut self) {
        self.queue.forget_window();
        self.look = self.started;
    }

    pub(super) fn stop(&mut self) {
        self.started = false;
        self.look = false;
    }
}

impl<M: Send + 'static> Lane<M> {
    /// Lets the alarms of the lane's namespaces run from now on, those that are overdue at once. Call
    /// when the classes are there.
    pub fn start_alarms(&mut self) {
        self.alarms.started = true;
        self.alarms.reload();
        self.mailbox.tick();
    }

    /// The alarm's handler has ended. What it wrote is committed with this turn, and the alarm
    /// cleared with it when it has succeeded and set no other.
    pub fn alarm_ended(&mut self, activation: ActivationNo, outcome: AlarmOutcome) {
        let Some(live) = self.activations.get_mut(&activation) else { return };
        if live.gate.entry(None) == Entry::Wait {
            // A section that the handler did not await decides first about what it wrote.
            live.waiting.push_back(Delivery::AlarmEnded(activation, outcome));
            return;
        }
        let (Some(run), Some(store)) = (live.alarm.as_mut(), live.store.as_mut()) else { return };
        let RunState::Running { deadline_ms, scheduled_ms } = run.state else { return };
        self.alarms.deadlines.remove(&(deadline_ms, activation));
        let is_replaced = !store.is_alarm_running();
        let succeeded = outcome == AlarmOutcome::Succeeded;
        store.end_alarm_run(if succeeded { AlarmEnd::Succeeded } else { AlarmEnd::Failed });
        let result = match outcome {
            AlarmOutcome::Succeeded => RunResult::Over,
            AlarmOutcome::NoHandler => RunResult::Asleep,
            AlarmOutcome::Threw if is_replaced => RunResult::Over,
            AlarmOutcome::Threw => {
                let random = (self.runtime.settings().random)();
                match self.alarms.queue.failed(run.object, Failure::Counted, random) {
                    Verdict::RetryAfter(delay) => {
                        RunResult::RetryAt(after(self.runtime.clock().now_ms(), delay))
                    }
                    Verdict::Abandon => {
                        abandoned(&self.namespaces[live.target.namespace.0 as usize].unique_key);
                        store.abandon_alarm(scheduled_ms);
                        RunResult::Over
                    }
                }
            }
        };
        run.state = RunState::Ended(result);
        self.alarms.ended.push(activation);
        // Lists the store for the end of the turn.
        self.with_store(activation, |_| ());
    }

    /// A message has said that a deadline has passed: resets those that have run for too long.
    pub(super) fn end_late_alarms(&mut self, now_ms: u64) {
        self.alarms.look_again();
        while let Some((&(due_ms, activation), ())) = self.alarms.deadlines.first_key_value() {
            if due_ms > now_ms {
                break;
            }
            self.alarms.deadlines.pop_first();
            self.reset(activation, timed_out());
        }
    }

    /// The turn's commits are submitted: runs that ended in it are over.
    pub(super) fn finish_alarms(&mut self) {
        for activation in std::mem::take(&mut self.alarms.ended) {
            let Some(live) = self.activations.get_mut(&activation) else { continue };
            let Some(AlarmEvent { object, state }) = live.alarm.take() else { continue };
            let end = match state {
                RunState::Ended(RunResult::RetryAt(retry_ms)) => RunEnd::RetryAt(retry_ms),
                RunState::Ended(RunResult::Asleep) => RunEnd::Over { next: None },
                _ => RunEnd::Over { next: live.store.as_ref().and_then(submitted) },
            };
            self.end_run(object, end);
            self.end_activity(activation);
        }
    }

    /// The activation's store was opened: if it went back to a bookmark by that, its alarm may be another.
    pub(super) fn tell_opened(&mut self, activation: ActivationNo) {
        let Some(live) = self.activations.get(&activation) else { return };
        let Some(store) = live.store.as_ref().filter(|store| store.position() > Position::NONE) else {
            return;
        };
        self.submitted = self.submitted.max(store.position());
        self.runtime.submitted(self.submitted);
        if let Some(object) = store.object() {
            self.alarms.queue.tell(object, &live.target, submitted(store));
            self.alarms.look = self.alarms.started;
        }
    }

    /// A commit of the activation was submitted: tells the queue when it has changed the alarm.
    pub(super) fn tell_alarm(&mut self, activation: ActivationNo) {
        let Some(live) = self.activations.get_mut(&activation) else { return };
        let Some(store) = &live.store else { return };
        let alarm = store.submitted_alarm();
        if alarm == live.alarm_told {
            return;
        }
        live.alarm_told = alarm;
        if let Some(object) = store.object() {
            self.alarms.queue.tell(object, &live.target, submitted(store));
            self.alarms.look = self.alarms.started;
        }
    }

    /// Starts what is due, and notes when to look again. Returns whether it looked.
    pub(super) fn look_at_alarms(&mut self) -> bool {
        if !std::mem::take(&mut self.alarms.look) {
            return false;
        }
        let now_ms = self.runtime.clock().now_ms();
        self.alarms.wake_ms = None;
        loop {
            let durable = self.runtime.engine().durable_position();
            match self.alarms.queue.next(now_ms, durable) {
                Next::Run { object, target } => self.start_alarm(object, target),
                Next::Load(after) => match self.load_alarms(after) {
                    Ok((page, is_all)) => self.alarms.queue.load(page, is_all),
                    Err(error) => {
                        tracing::error!(target: "steadfast::alarm", %error, "alarms cannot be read");
                        self.alarms.wake_ms = Some(after_ms(self.now_ms(), ALARM_INDEX_RETRY));
                        break;
                    }
                },
                // Nothing is dispatched any more; whoever writes is told why.
                Next::Durable(_) if self.runtime.failure().is_some() => break,
                Next::Durable(position) => {
                    self.alarms.awaits_commit = true;
                    let mailbox = self.mailbox.clone();
                    self.runtime.hold(position, Box::new(move |_| mailbox.tick()));
                    break;
                }
                Next::At(due_ms) => {
                    self.alarms.wake_ms = Some(self.moment_of(due_ms, now_ms));
                    break;
                }
                Next::Nothing => break,
            }
        }
        true
    }

    /// Delivers the alarm to its object's activation, or finds that there is none any more.
    pub(super) fn deliver_alarm(&mut self, activation: ActivationNo) -> Option<Step<M>> {
        let timeout_ms = after_ms(self.now_ms(), ALARM_RUN_TIMEOUT);
        let now_ms = self.runtime.clock().now_ms();
        let live = self.activations.get_mut(&activation)?;
        if live.gate.entry(None) == Entry::Wait {
            live.waiting.push_back(Delivery::Alarm(activation));
            return None;
        }
        let (run, store) = (live.alarm.as_mut()?, live.store.as_mut()?);
        let object = run.object;
        match store.begin_alarm_run(now_ms, now_ms) {
            AlarmRun::Begun { due_ms: scheduled_ms } => {
                run.state = RunState::Running { deadline_ms: timeout_ms, scheduled_ms };
                self.alarms.deadlines.insert((timeout_ms, activation), ());
                let retry_count = self.alarms.queue.begin(object, scheduled_ms);
                Some(Step::Alarm { activation, scheduled_ms, retry_count })
            }
            AlarmRun::NotDue { .. } | AlarmRun::NoAlarm => {
                // It was moved or deleted while it waited.
                let next = submitted(store);
                live.alarm = None;
                self.end_run(object, RunEnd::Over { next });
                self.end_activity(activation);
                None
            }
        }
    }

    /// The activation is being reset, its open turn dropped: what becomes of the alarm it was running.
    pub(super) fn alarm_lost(&mut self, activation: ActivationNo, live: &mut Activation, fate: OnReset) {
        let Some(AlarmEvent { object, state }) = live.alarm.take() else { return };
        if let RunState::Running { deadline_ms, scheduled_ms } = state {
            self.alarms.deadlines.remove(&(deadline_ms, activation));
            let next = live.store.as_ref().and_then(submitted);
            if next.map(|(due_ms, _)| due_ms) != Some(scheduled_ms) {
                self.end_run(object, RunEnd::Over { next });
                return;
            }
        }
        let has_begun = !matches!(state, RunState::Waiting);
        let verdict = match fate {
            OnReset::Abandon => Verdict::Abandon,
            // What fails before the handler is called is the constructor, which may work again.
            OnReset::Retry(_) if !has_begun => self.failed(object, Failure::Uncounted),
            OnReset::Retry(failure) => self.failed(object, failure),
        };
        let end = match verdict {
            Verdict::RetryAfter(delay) => RunEnd::RetryAt(after(self.runtime.clock().now_ms(), delay)),
            Verdict::Abandon => {
                abandoned(&self.namespaces[live.target.namespace.0 as usize].unique_key);
                self.clear_alarm(live);
                RunEnd::Over { next: None }
            }
        };
        self.end_run(object, end);
    }

    /// Clears the alarm of an activation that is being reset.
    fn clear_alarm(&mut self, live: &mut Activation) {
        let Some(store) = live.store.as_mut().filter(|_| !self.mailbox.is_closed()) else { return };
        store.delete_alarm(WriteOptions::default());
        match store.end_turn() {
            Ok(position) => {
                self.submitted = self.submitted.max(position.unwrap_or_default());
                self.runtime.submitted(self.submitted);
            }
            Err(error) => {
                tracing::error!(target: "steadfast::alarm", %error, "an abandoned alarm cannot be cleared");
            }
        }
    }

    fn failed(&mut self, object: ObjectNo, failure: Failure) -> Verdict {
        let random = (self.runtime.settings().random)();
        self.alarms.queue.failed(object, failure, random)
    }

    fn end_run(&mut self, object: ObjectNo, end: RunEnd) {
        self.alarms.queue.end(object, end);
        self.alarms.look = self.alarms.started;
    }

    fn start_alarm(&mut self, object: ObjectNo, target: Target) {
        let activation = match self.objects.get(&ObjectKey::of(&target)) {
            Some(activation) => *activation,
            None => self.activate(target),
        };
        let live = self.activations.get_mut(&activation).expect("an object on the list has an activation");
        live.alarm = Some(AlarmEvent { object, state: RunState::Waiting });
        live.life.begin();
        self.push(Delivery::Alarm(activation));
    }

    /// The alarms behind `after` in the engine's index, and whether these are all.
    fn load_alarms(
        &self,
        after: Option<(i64, ObjectNo)>,
    ) -> Result<(Vec<Listed<Target>>, bool), EngineError> {
        let entries = self.runtime.engine().due_alarms(after, i64::MAX, ALARM_PAGE_ENTRIES)?;
        let is_all = entries.len() < ALARM_PAGE_ENTRIES;
        // What is listed may not be durable yet; none of it was submitted after this.
        let position = self.submitted.max(self.inherited);
        let listed = |entry: AlarmEntry| {
            let at = self.namespaces.iter().position(|known| known.unique_key == entry.namespace);
            // Those of other lanes are theirs.
            let at = at.filter(|_| self.share.owns(&entry.id));
            let target = at.map(|at| Target {
                namespace: NamespaceNo(u32::try_from(at).expect("namespaces are few")),
                id: entry.id,
                name: entry.name,
                facet: None,
            });
            Listed { due_ms: entry.due_ms, object: entry.object, target, position }
        };
        Ok((entries.into_iter().map(listed).collect(), is_all))
    }

    /// A time of day on the lane's own scale, no further away than the time of day can be relied on.
    fn moment_of(&self, due_ms: i64, now_ms: i64) -> u64 {
        let wait_ms = u64::try_from(due_ms.saturating_sub(now_ms)).unwrap_or(0);
        let wait = Duration::from_millis(wait_ms);
        let by_hand = self.runtime.clock().is_moved_by_hand();
        after_ms(self.now_ms(), if by_hand { wait } else { wait.min(ALARM_TIME_CHECK) })
    }
}

/// The alarm the store has submitted, and where that stands.
fn submitted(store: &Store) -> Option<(i64, Position)> {
    store.submitted_alarm().map(|due_ms| (due_ms, store.position()))
}

fn after(now_ms: i64, delay: Duration) -> i64 {
    now_ms.saturating_add(i64::try_from(delay.as_millis()).unwrap_or(i64::MAX))
}

fn after_ms(now_ms: u64, delay: Duration) -> u64 {
    now_ms.saturating_add(u64::try_from(delay.as_millis()).unwrap_or(u64::MAX))
}

fn abandoned(namespace: &str) {
    tracing::warn!(target: "steadfast::alarm", namespace, "an alarm failed too often and was abandoned");
}

fn timed_out() -> ResetReason {
    ResetReason { overloaded: true, ..ResetReason::error("Alarm exceeded its allowed execution time") }
}
