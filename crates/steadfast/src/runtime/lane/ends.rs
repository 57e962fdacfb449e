//! How activations are constructed, reset and evicted.

use std::time::Duration;

use super::super::activation::{ActivationNo, Ended, ObjectKey, ResetReason};
use super::super::alarm::Failure;
use super::super::call::{CallRefused, Context};
use super::super::lifecycle::Idle;
use super::alarms::OnReset;
use super::{Delivery, Lane, Ready, Step, sections};
use crate::engine::{Poisoned, Position};
use crate::limits::RESET_OBJECTS_REMEMBERED_MAX;
use crate::storage::{Backing, Bounds, HistoryPolicy, Store};

impl<M: Send + 'static> Lane<M> {
    /// Opens the store and asks for the constructor.
    pub(super) fn construct(&mut self, activation: ActivationNo) -> Option<Step<M>> {
        let target = self.activations.get(&activation)?.target.clone();
        let parent = self.parent(activation);
        let settings = self.namespaces[target.namespace.0 as usize].settings;
        let backing = if parent.is_some() { Backing::Sqlite } else { settings.backing };
        let bounds = Bounds::new(self.runtime.settings().limits, backing);
        let clock = self.runtime.clock().clone();
        // A facet's past is not kept: it would go back without its root.
        let history = settings.history.filter(|_| target.facet.is_none());
        let history = history.map(|retention| HistoryPolicy { retention, clock: clock.clone() });
        let engine = self.runtime.engine().clone();
        let opened = self
            .identity(activation, &target)
            .and_then(|identity| Store::open_with_history(engine, identity, history));
        match opened {
            Ok(store) => {
                let live = self.activations.get_mut(&activation)?;
                live.alarm_told = store.submitted_alarm();
                live.store = Some(store.with_bounds(bounds).with_clock(clock));
                self.tell_opened(activation);
                Some(Step::Construct { activation, target, parent })
            }
            Err(error) => {
                self.reset(activation, ResetReason::of(&error));
                None
            }
        }
    }

    /// The constructor has returned. Sections it opened go first, then the events that waited.
    pub fn constructed(&mut self, activation: ActivationNo) {
        if let Some(live) = self.activations.get_mut(&activation) {
            live.gate.constructed();
            self.release_waiting(activation);
        }
    }

    /// Discards the activation: its open turn is dropped, everyone who waits for it gets `reason`,
    /// stubs that were in use fail from now on, and the next event builds a fresh activation.
    ///
    /// If its alarm was running that failed, and is retried.
    pub fn reset(&mut self, activation: ActivationNo, reason: ResetReason) {
        self.discard(activation, reason, OnReset::Retry(Failure::Counted));
    }

    /// As [`reset`](Self::reset), but an alarm that was running is not retried: it is cleared.
    pub fn reset_abandoning_alarm(&mut self, activation: ActivationNo, reason: ResetReason) {
        self.discard(activation, reason, OnReset::Abandon);
    }

    pub(super) fn discard(&mut self, activation: ActivationNo, reason: ResetReason, alarm: OnReset) {
        // Facets go first: what they are in the middle of is their parent's doing.
        let facets = self.activations.get(&activation).map_or_else(Vec::new, |live| live.facets.clone());
        for facet in facets {
            self.discard(facet, reason.clone(), alarm);
        }
        let Some(mut live) = self.activations.remove(&activation) else { return };
        if let Some(store) = live.store.as_mut() {
            store.discard_turn();
        }
        self.timers.end(activation);
        self.alarm_lost(activation, &mut live, alarm);
        let key = ObjectKey::of(&live.target);
        self.objects.remove(&key);
        self.remember_reset(&key, reason.clone());
        self.leave_parent(activation, &live);
        let position = live.output_position();
        self.depart(key, position);
        self.drop_turn_of(activation);
        self.lose_sockets(activation, &mut live);
        for call in live.calls {
            let Some(caller) = self.calls.remove(&call).and_then(|call| call.caller) else { continue };
            self.push(Delivery::Reply { call, caller, position, outcome: Err(reason.clone()) });
        }
        self.ready.push_front(Ready::Delivery(Delivery::End(activation, Ended::Reset(reason))));
    }

    /// Resets every activation, as when the code is replaced or the engine has failed.
    pub fn reset_all(&mut self, reason: &ResetReason) {
        let mut all: Vec<_> = self.activations.keys().copied().collect();
        all.sort_unstable();
        for activation in all {
            self.reset(activation, reason.clone());
        }
    }

    /// Ends the lane: resets every activation, refuses calls from now on, and gives back the host's
    /// messages that no turn has begun with. The open turn is dropped; call
    /// [`end_turn`](Self::end_turn) first when it is whole. Code outside of objects may run on.
    pub fn close(&mut self) -> Vec<M> {
        let arrived = self.mailbox.close();
        self.alarms.stop();
        self.reset_all(&ResetReason::of(&CallRefused::CodeReplaced));
        let seen = self.departed.values().copied().fold(self.entry_position, Position::max);
        self.runtime.depart(seen);
        let mut unbegun = Vec::new();
        for ready in std::mem::take(&mut self.ready) {
            match ready {
                Ready::Host(message) => unbegun.push(message),
                Ready::Delivery(Delivery::Socket(delivery)) => self.sockets.unbegun.push(delivery.arrival),
                Ready::Delivery(_) => self.ready.push_back(ready),
            }
        }
        self.leave_sockets();
        unbegun.extend(arrived);
        unbegun
    }

    /// Evicts what has been idle for the grace, and resets what held its gate for too long.
    pub(super) fn tick(&mut self) {
        self.armed = None;
        let now_ms = self.now_ms();
        while let Some(((due_ms, activation, section), ())) = self.section_deadlines.pop_first() {
            if due_ms > now_ms {
                self.section_deadlines.insert((due_ms, activation, section), ());
                break;
            }
            self.reset(activation, sections::timed_out());
        }
        self.end_late_alarms(now_ms);
        self.end_late_holds(now_ms);
        self.fire_timers(now_ms);
        self.end_late_socket_events(now_ms);
        let grace_ms = self.idle_grace_ms();
        while self.idle.first().is_some_and(|(due_ms, _)| *due_ms <= now_ms) {
            let Some((_, activation)) = self.idle.pop_first() else { break };
            let Some(live) = self.activations.get_mut(&activation) else { continue };
            match live.life.look(now_ms, grace_ms) {
                Idle::Evict => self.evict(activation),
                Idle::LookAgainAt(due_ms) => drop(self.idle.insert((due_ms, activation))),
                Idle::Active => {}
            }
        }
        self.release_databases(now_ms);
        self.look_at_alarms();
        self.arm();
    }

    /// Evicts the activation now, if nothing of it is running or pending. Returns whether it did.
    pub fn evict_idle(&mut self, activation: ActivationNo) -> bool {
        let idle = self.activations.get(&activation).is_some_and(|live| !live.life.is_active());
        if idle {
            self.evict(activation);
        }
        idle
    }

    fn evict(&mut self, activation: ActivationNo) {
        let facets = self.activations.get(&activation).map_or_else(Vec::new, |live| live.facets.clone());
        for facet in facets {
            self.evict(facet);
        }
        self.commit(activation);
        let Some(live) = self.activations.remove(&activation) else { return };
        self.leave_parent(activation, &live);
        self.timers.end(activation);
        let key = ObjectKey::of(&live.target);
        self.objects.remove(&key);
        self.depart(key, live.output_position());
        self.rest_sockets(&live);
        self.push(Delivery::End(activation, Ended::Evicted));
    }

    /// Notes which stubs a reset has broken; forgets those of the object that was reset longest ago
    /// when they are too many.
    fn remember_reset(&mut self, key: &ObjectKey, reason: ResetReason) {
        if !self.resets.contains_key(key) {
            self.reset_objects.push_back(key.clone());
        }
        self.resets.entry(key.clone()).or_default().push(self.runtime.last_call(), reason);
        if self.reset_objects.len() > RESET_OBJECTS_REMEMBERED_MAX {
            let forgotten = self.reset_objects.pop_front();
            forgotten.map(|key| self.resets.remove(&key));
        }
    }

    /// Notes how far an object had come that leaves memory now.
    fn depart(&mut self, key: ObjectKey, position: Position) {
        let runtime = &self.runtime;
        self.departed.retain(|_, position| !runtime.is_durable(*position));
        if !runtime.is_durable(position) {
            self.departed.insert(key, position);
        }
    }

    /// Wakes the lane at its next deadline.
    pub(super) fn arm(&mut self) {
        let section = self.section_deadlines.first_key_value().map(|((due_ms, ..), ())| *due_ms);
        let idle = self.idle.first().map(|(due_ms, _)| *due_ms);
        let database = self.databases.front().map(|(due_ms, ..)| *due_ms);
        let others = self
            .alarms
            .due_ms()
            .into_iter()
            .chain(self.timers.due_ms())
            .chain(database)
            .chain(self.holds.due_ms())
            .chain(self.sockets.due_ms());
        let Some(due_ms) = section.into_iter().chain(idle).chain(others).min() else { return };
        if self.armed.as_ref().is_some_and(|(armed_ms, _)| *armed_ms <= due_ms) {
            return;
        }
        let clock = self.runtime.clock();
        let deadline = clock.now() + Duration::from_millis(due_ms.saturating_sub(self.now_ms()));
        let mailbox = self.mailbox.clone();
        let wake = clock.wake_at(deadline, Box::new(move || mailbox.tick()));
        self.armed = Some((due_ms, wake));
    }

    /// Milliseconds of the monotonic clock.
    pub(super) fn now_ms(&self) -> u64 {
        u64::try_from(self.runtime.clock().now().since_zero().as_millis()).unwrap_or(u64::MAX)
    }

    pub(super) fn idle_grace_ms(&self) -> u64 {
        u64::try_from(self.runtime.settings().idle_eviction.as_millis()).unwrap_or(u64::MAX)
    }

    /// Asks those who waited again: sections first, then deliveries, each in order.
    pub(super) fn release_waiting(&mut self, activation: ActivationNo) {
        let Some(live) = self.activations.get_mut(&activation) else { return };
        for (section, parent) in live.waiting_sections.drain(..) {
            self.sections.push_back((activation, section, parent));
        }
        for delivery in live.waiting.drain(..).rev() {
            self.ready.push_front(Ready::Delivery(delivery));
        }
    }

    /// What the activation started in the open turn: its outputs and what it sent to others never
    /// leave. Its calls that were not delivered are taken back, and replies to it reach nobody.
    fn drop_turn_of(&mut self, activation: ActivationNo) {
        let of_it = |context: &Context| context.activation() == Some(activation);
        for (_, release) in self.turn.outputs.extract_if(.., |(context, _)| of_it(context)) {
            release(Err(not_committed()));
        }
        self.turn.syncs.retain(|(context, _)| !of_it(context));
        self.turn.posts.retain(|(context, _)| !of_it(context));
        self.sockets.drop_turn_of(activation);
        let dropped: Vec<_> = self.turn.crossings.extract_if(.., |(from, ..)| of_it(from)).collect();
        for (_, to, token) in dropped {
            self.push(Delivery::lost(to, token));
        }
        for call in self.calls.values_mut() {
            if call.caller.as_ref().is_some_and(of_it) {
                call.caller = None;
            }
        }
    }
}

/// Why an output of a dropped turn, or of an activation that has ended, does not leave.
pub(super) fn not_committed() -> Poisoned {
    Poisoned::new("the object was reset before what it wrote was committed")
}
