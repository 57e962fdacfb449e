//! Which alarm runs next.
//!
//! The engine's index lists every alarm that is set; this keeps the first part of that list, up to a
//! horizon, and forgets the far end when it grows beyond its bound. What is beyond the horizon is
//! read again when everything before it has begun. So a million sleeping alarms cost what a window of
//! them costs, and none is ever overlooked: a change at or before the horizon is told by its commit,
//! one beyond it is in the index when the window gets there.

use std::collections::{BTreeMap, HashMap};

use super::policy::{Attempts, Failure, Verdict};
use crate::engine::{ObjectNo, Position};

/// When, then whose: the order in which alarms run.
pub(crate) type AlarmKey = (i64, ObjectNo);

/// Alarms that wait, and those that have begun and are not over. `T` is how the object is reached.
#[derive(Debug)]
pub(crate) struct AlarmQueue<T> {
    /// Every alarm up to the horizon that has not begun.
    window: BTreeMap<AlarmKey, Waiting<T>>,
    /// When the objects in the window are due.
    waiting: HashMap<ObjectNo, i64>,
    horizon: Horizon,
    window_max: usize,
    /// Alarms that have begun: running, or failed and to run again.
    begun: HashMap<ObjectNo, Begun<T>>,
    retries: BTreeMap<AlarmKey, ()>,
    running: usize,
    running_max: usize,
}

/// An alarm as the index lists it, or a commit tells of it.
#[derive(Clone, PartialEq, Eq, Debug)]
pub(crate) struct Listed<T> {
    pub(crate) due_ms: i64,
    pub(crate) object: ObjectNo,
    /// `None` for an object of a class that is not here: its alarm sleeps on.
    pub(crate) target: Option<T>,
    /// It must not run before this is durable.
    pub(crate) position: Position,
}

/// What to do about alarms now.
#[derive(PartialEq, Eq, Debug)]
pub(crate) enum Next<T> {
    /// Read the index from here on, and give it to [`AlarmQueue::load`].
    Load(Option<AlarmKey>),
    /// Run this one: it counts as running from now on.
    Run { object: ObjectNo, target: T },
    /// The next one is due, and its commit is not durable yet.
    Durable(Position),
    /// Nothing before this time.
    At(i64),
    /// Nothing, until a commit tells of an alarm or a run ends.
    Nothing,
}

/// How a run ended.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(crate) enum RunEnd {
    /// Nothing is to be done again. `next` is the alarm the object has now, submitted at the position.
    Over { next: Option<(i64, Position)> },
    /// It failed, and runs again at this time.
    RetryAt(i64),
}

#[derive(Debug)]
struct Waiting<T> {
    target: T,
    position: Position,
}

#[derive(Debug)]
struct Begun<T> {
    target: T,
    attempts: Attempts,
    /// The time the alarm was set to, once its handler was about to be called.
    scheduled_ms: Option<i64>,
    /// When it runs again; `None` while it runs.
    retry_ms: Option<i64>,
}

/// How much of the index is in the window.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
enum Horizon {
    Nothing,
    UpTo(AlarmKey),
    Everything,
}

impl<T: Clone> AlarmQueue<T> {
    /// Knows nothing yet. Keeps about `window_max` alarms in mind, and lets `running_max` run at once.
    pub(crate) fn new(window_max: usize, running_max: usize) -> Self {
        Self {
            window: BTreeMap::new(),
            waiting: HashMap::new(),
            horizon: Horizon::Nothing,
            window_max,
            begun: HashMap::new(),
            retries: BTreeMap::new(),
            running: 0,
            running_max,
        }
    }

    /// Asked again and again until there is nothing to do now. `durable` is the last durable position.
    pub(crate) fn next(&mut self, now_ms: i64, durable: Position) -> Next<T> {
        if self.window.is_empty() {
            match self.horizon {
                Horizon::Nothing => return Next::Load(None),
                Horizon::UpTo(key) => return Next::Load(Some(key)),
                Horizon::Everything => {}
            }
        }
        let waiting = self.window.first_key_value().map(|(key, waiting)| (*key, waiting.position));
        let retry = self.retries.first_key_value().map(|(key, ())| (*key, Position::NONE));
        let Some(((due_ms, object), position)) = waiting.into_iter().chain(retry).min() else {
            return Next::Nothing;
        };
        if due_ms > now_ms {
            return Next::At(due_ms);
        }
        if self.running >= self.running_max {
            return Next::Nothing;
        }
        if position > durable {
            return Next::Durable(position);
        }
        Next::Run { object, target: self.start((due_ms, object)) }
    }

    /// What the index lists from where [`Next::Load`] asked, in its order; `is_all` when there is
    /// nothing behind it.
    pub(crate) fn load(&mut self, page: Vec<Listed<T>>, is_all: bool) {
        let last = page.last().map(|listed| (listed.due_ms, listed.object));
        for Listed { due_ms, object, target, position } in page {
            let Some(target) = target.filter(|_| !self.begun.contains_key(&object)) else { continue };
            self.insert((due_ms, object), Waiting { target, position });
        }
        match last {
            Some(key) if !is_all => self.horizon = Horizon::UpTo(key),
            _ => self.horizon = Horizon::Everything,
        }
    }

    /// A commit has set the object's alarm, or cleared it. While its alarm runs the end of the run
    /// says what it came to, and this changes nothing.
    pub(crate) fn tell(&mut self, object: ObjectNo, target: &T, alarm: Option<(i64, Position)>) {
        if let Some(begun) = self.begun.get(&object) {
            let Some(retry_ms) = begun.retry_ms else { return };
            self.retries.remove(&(retry_ms, object));
            self.begun.remove(&object);
        }
        self.set(object, target.clone(), alarm);
    }

    /// The handler of a running alarm is about to be called for the alarm set to this time: how many
    /// counted retries came before.
    pub(crate) fn begin(&mut self, object: ObjectNo, scheduled_ms: i64) -> u32 {
        let Some(begun) = self.begun.get_mut(&object) else { return 0 };
        if begun.scheduled_ms != Some(scheduled_ms) {
            // Another alarm was set while this one waited to run.
            begun.attempts = Attempts::default();
        }
        begun.scheduled_ms = Some(scheduled_ms);
        begun.attempts.retry_count()
    }

    /// Asked when a running alarm has failed: what follows. Report it with [`end`](Self::end).
    pub(crate) fn failed(&mut self, object: ObjectNo, failure: Failure, random: f64) -> Verdict {
        let begun = self.begun.get_mut(&object);
        begun.map_or(Verdict::Abandon, |begun| begun.attempts.failed(failure, random))
    }

    /// A running alarm is over, or waits to run again.
    pub(crate) fn end(&mut self, object: ObjectNo, end: RunEnd) {
        let Some(begun) = self.begun.get_mut(&object) else { return };
        self.running -= 1;
        match end {
            RunEnd::RetryAt(retry_ms) => {
                begun.retry_ms = Some(retry_ms);
                self.retries.insert((retry_ms, object), ());
            }
            RunEnd::Over { next } => {
                let target = begun.target.clone();
                self.begun.remove(&object);
                self.set(object, target, next);
            }
        }
    }

    /// Reads the index anew, as when there are classes that were not here before. What has begun goes on.
    pub(crate) fn forget_window(&mut self) {
        self.window.clear();
        self.waiting.clear();
        self.horizon = Horizon::Nothing;
    }

    fn start(&mut self, key: AlarmKey) -> T {
        let object = key.1;
        self.running += 1;
        if self.retries.remove(&key).is_some() {
            let begun = self.begun.get_mut(&object).expect("what is retried has begun");
            begun.retry_ms = None;
            return begun.target.clone();
        }
        let Waiting { target, .. } = self.window.remove(&key).expect("what is started was waiting");
        self.waiting.remove(&object);
        let attempts = Attempts::default();
        let begun = Begun { target: target.clone(), attempts, scheduled_ms: None, retry_ms: None };
        self.begun.insert(object, begun);
        target
    }

    /// The object, whose alarm has not begun, has this alarm now.
    fn set(&mut self, object: ObjectNo, target: T, alarm: Option<(i64, Position)>) {
        if let Some(due_ms) = self.waiting.remove(&object) {
            self.window.remove(&(due_ms, object));
        }
        let Some((due_ms, position)) = alarm else { return };
        let is_beyond = match self.horizon {
            Horizon::Nothing => true,
            Horizon::UpTo(key) => (due_ms, object) > key,
            Horizon::Everything => false,
        };
        if is_beyond {
            return;
        }
        self.insert((due_ms, object), Waiting { target, position });
        if self.window.len() > self.window_max {
            self.forget_far_half();
        }
    }

    fn insert(&mut self, key: AlarmKey, waiting: Waiting<T>) {
        if let Some(before_ms) = self.waiting.insert(key.1, key.0) {
            self.window.remove(&(before_ms, key.1));
        }
        self.window.insert(key, waiting);
    }

    fn forget_far_half(&mut self) {
        let first_forgotten = self.window.keys().nth(self.window_max / 2).copied();
        let Some(first_forgotten) = first_forgotten else { return };
        for (_, object) in self.window.split_off(&first_forgotten).keys() {
            self.waiting.remove(object);
        }
        if let Some((last_kept, _)) = self.window.last_key_value() {
            self.horizon = Horizon::UpTo(*last_kept);
        }
    }
}

#[cfg(test)]
mod tests;
