//! Time as an input. Nothing else in the library reads a clock.

#![expect(clippy::disallowed_methods, reason = "the one file that reads the clock")]

use std::collections::BTreeMap;
use std::fmt;
use std::ops::{Add, Sub};
use std::sync::{Arc, Condvar, Mutex, MutexGuard, PoisonError, Weak};
use std::thread;
use std::time::{Duration, Instant, SystemTime, UNIX_EPOCH};

/// A point on a clock's steady scale, which starts at an arbitrary zero and never goes back.
/// Moments of different clocks must not be mixed.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Debug, Default)]
pub struct Moment(Duration);

impl Moment {
    /// The zero of the scale.
    pub const ZERO: Self = Self(Duration::ZERO);

    /// Time since the zero of the scale.
    pub fn since_zero(self) -> Duration {
        self.0
    }

    /// Time since `earlier`, or zero if that is later.
    pub fn since(self, earlier: Self) -> Duration {
        self.0.saturating_sub(earlier.0)
    }
}

impl Add<Duration> for Moment {
    type Output = Self;
    fn add(self, after: Duration) -> Self {
        Self(self.0.saturating_add(after))
    }
}

impl Sub<Moment> for Moment {
    type Output = Duration;
    fn sub(self, earlier: Self) -> Duration {
        self.since(earlier)
    }
}

/// What a clock runs at a deadline. It runs on the clock's thread and must not block.
pub type WakeAction = Box<dyn FnOnce() + Send>;

/// Where the library reads time and asks to be woken.
pub trait Clock: Send + Sync {
    /// Milliseconds since the Unix epoch. May jump when the system's time is set.
    fn now_ms(&self) -> i64;

    /// Now on the steady scale.
    fn now(&self) -> Moment;

    /// Runs `action` once, at `deadline` or as soon after it as the thread gets to it; in order of
    /// deadline, and of asking among equals. A deadline in the past is due at once, but never before
    /// this call returns on the same thread.
    fn wake_at(&self, deadline: Moment, action: WakeAction) -> Wake;

    /// Whether time passes only when somebody says so; the time of day then never jumps either.
    fn is_moved_by_hand(&self) -> bool {
        false
    }

    /// Tells of someone who acts when time passes. A clock that is moved by hand waits for it.
    fn follow(&self, follower: Weak<dyn Follower>) {
        drop(follower);
    }
}

/// Someone who acts when time passes, on a thread of its own.
pub trait Follower: Send + Sync {
    /// Blocks until nothing of it happens before time moves on or somebody asks it for something.
    fn settle(&self);
}

/// A pending [`Clock::wake_at`]. Dropping it cancels; an action already running is not waited for.
#[must_use = "dropping a wake cancels it"]
pub struct Wake {
    key: WakeKey,
    agenda: Weak<Mutex<Agenda>>,
}

impl Wake {
    /// Lets the action run without keeping a handle.
    pub fn detach(mut self) {
        self.agenda = Weak::new();
    }
}

impl Drop for Wake {
    fn drop(&mut self) {
        if let Some(agenda) = self.agenda.upgrade() {
            // The action may own another wake of this clock: drop it after the lock is released.
            let cancelled = lock(&agenda).entries.remove(&self.key);
            drop(cancelled);
        }
    }
}

impl fmt::Debug for Wake {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Wake").field("deadline", &self.key.0).finish_non_exhaustive()
    }
}

/// The machine's clock. Actions run on one background thread, started with the first of them and
/// ended when the clock is dropped.
pub struct SystemClock {
    zero: Instant,
    agenda: Arc<Mutex<Agenda>>,
    changed: Arc<Condvar>,
}

impl SystemClock {
    /// A clock whose steady scale starts now.
    pub fn new() -> Self {
        Self { zero: Instant::now(), agenda: Arc::default(), changed: Arc::default() }
    }
}

impl Default for SystemClock {
    fn default() -> Self {
        Self::new()
    }
}

impl Clock for SystemClock {
    fn now_ms(&self) -> i64 {
        let since_epoch = SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default();
        i64::try_from(since_epoch.as_millis()).unwrap_or(i64::MAX)
    }

    fn now(&self) -> Moment {
        Moment(self.zero.elapsed())
    }

    fn wake_at(&self, deadline: Moment, action: WakeAction) -> Wake {
        let mut agenda = lock(&self.agenda);
        let key = agenda.add(deadline, action);
        if !agenda.thread_started {
            agenda.thread_started = true;
            let (agenda, changed, zero) = (self.agenda.clone(), self.changed.clone(), self.zero);
            thread::Builder::new()
                .name("steadfast-clock".into())
                .spawn(move || run_agenda(&agenda, &changed, zero))
                .expect("a thread for the clock can be started");
        } else if agenda.entries.first_key_value().is_some_and(|(first, _)| *first == key) {
            self.changed.notify_one();
        }
        Wake { key, agenda: Arc::downgrade(&self.agenda) }
    }
}

impl Drop for SystemClock {
    fn drop(&mut self) {
        lock(&self.agenda).closed = true;
        self.changed.notify_one();
    }
}

impl fmt::Debug for SystemClock {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("SystemClock").field("zero", &self.zero).finish_non_exhaustive()
    }
}

/// The body of the system clock's thread.
fn run_agenda(agenda: &Mutex<Agenda>, changed: &Condvar, zero: Instant) {
    let mut guard = lock(agenda);
    while !guard.closed {
        let now = Moment(zero.elapsed());
        if let Some((_, action)) = guard.take_due(now) {
            drop(guard);
            action();
            guard = lock(agenda);
            continue;
        }
        guard = match guard.entries.first_key_value().map(|(key, _)| key.0.since(now)) {
            Some(wait) => changed.wait_timeout(guard, wait).unwrap_or_else(PoisonError::into_inner).0,
            None => changed.wait(guard).unwrap_or_else(PoisonError::into_inner),
        };
    }
}

/// A clock that moves when told to, for tests.
///
/// An app that is given one ([`AppBuilder::clock`](crate::host::AppBuilder::clock)) lives by it: alarms and
/// their retries, [`State::sleep`](crate::host::State::sleep), idle eviction and the limits on how long
/// things may take.
///
/// ```
/// # use std::{sync::Arc, time::Duration};
/// use steadfast::clock::{Clock, ManualClock};
///
/// let clock = Arc::new(ManualClock::new(0));
/// // App::builder(engine).clock(clock.clone()) …
/// clock.advance(Duration::from_secs(3600));
/// assert_eq!(clock.now_ms(), 3_600_000);
/// ```
#[derive(Default)]
pub struct ManualClock {
    time: Mutex<ManualTime>,
    agenda: Arc<Mutex<Agenda>>,
    followers: Mutex<Vec<Weak<dyn Follower>>>,
}

impl fmt::Debug for ManualClock {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("ManualClock").field("time", &self.time).finish_non_exhaustive()
    }
}

#[derive(Debug, Default)]
struct ManualTime {
    now: Moment,
    epoch_ms: i64,
}

impl ManualClock {
    /// A clock that shows `now_ms` and stands at the zero of its steady scale.
    pub fn new(now_ms: i64) -> Self {
        let time = Mutex::new(ManualTime { now: Moment::ZERO, epoch_ms: now_ms });
        Self { time, ..Self::default() }
    }

    /// Moves time forward, from one deadline to the next: runs what falls due at it, waits until that
    /// has come to its end, and goes on, so that what falls due because of it runs in its turn. When
    /// this returns, everything due by then has happened.
    ///
    /// Waits for the apps that live by this clock: their handlers that can run, and what these write to
    /// become durable. An event that waits for something else than the clock or another object (a
    /// socket, a channel) gets a second of real time without any progress; then time goes on without
    /// it. Must not be called by code of an object, which would wait for itself.
    pub fn advance(&self, by: Duration) {
        let end = self.now() + by;
        self.settle();
        while self.step(end) {
            self.settle();
        }
        self.settle();
    }

    /// Moves time to the next deadline and runs what falls due at it, without waiting for more than
    /// that. Moves to `end` and returns `false` when nothing falls due by then.
    pub fn step(&self, end: Moment) -> bool {
        let Some(due) = self.next_deadline().filter(|due| *due <= end) else {
            self.move_to(end);
            return false;
        };
        self.move_to(due);
        loop {
            let Some((_, action)) = lock(&self.agenda).take_due(due) else { return true };
            action();
        }
    }

    fn settle(&self) {
        let followers: Vec<_> = lock(&self.followers).iter().filter_map(Weak::upgrade).collect();
        followers.iter().for_each(|follower| follower.settle());
    }

    /// When the next action falls due.
    pub fn next_deadline(&self) -> Option<Moment> {
        lock(&self.agenda).entries.first_key_value().map(|(key, _)| key.0)
    }

    fn move_to(&self, moment: Moment) {
        let mut time = lock(&self.time);
        let step_ms = moment.since_zero().as_millis().saturating_sub(time.now.since_zero().as_millis());
        time.epoch_ms = time.epoch_ms.saturating_add(i64::try_from(step_ms).unwrap_or(i64::MAX));
        time.now = time.now.max(moment);
    }
}

impl Clock for ManualClock {
    fn now_ms(&self) -> i64 {
        lock(&self.time).epoch_ms
    }

    fn now(&self) -> Moment {
        lock(&self.time).now
    }

    fn wake_at(&self, deadline: Moment, action: WakeAction) -> Wake {
        let key = lock(&self.agenda).add(deadline, action);
        Wake { key, agenda: Arc::downgrade(&self.agenda) }
    }

    fn is_moved_by_hand(&self) -> bool {
        true
    }

    fn follow(&self, follower: Weak<dyn Follower>) {
        let mut followers = lock(&self.followers);
        followers.retain(|other| other.strong_count() > 0);
        followers.push(follower);
    }
}

/// Deadline, then order of asking.
type WakeKey = (Moment, u64);

/// What is still to run.
#[derive(Default)]
struct Agenda {
    entries: BTreeMap<WakeKey, WakeAction>,
    asked: u64,
    thread_started: bool,
    closed: bool,
}

impl Agenda {
    fn add(&mut self, deadline: Moment, action: WakeAction) -> WakeKey {
        self.asked += 1;
        let key = (deadline, self.asked);
        self.entries.insert(key, action);
        key
    }

    fn take_due(&mut self, now: Moment) -> Option<(Moment, WakeAction)> {
        let entry = self.entries.first_entry().filter(|entry| entry.key().0 <= now)?;
        let ((deadline, _), action) = entry.remove_entry();
        Some((deadline, action))
    }
}

impl fmt::Debug for Agenda {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Agenda").field("entries", &self.entries.len()).finish_non_exhaustive()
    }
}

/// Locks, also after a panic elsewhere: no invariant of an agenda spans two statements.
fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::sync::mpsc;

    fn seconds(n: u64) -> Duration {
        Duration::from_secs(n)
    }

    #[test]
    fn manual_runs_what_falls_due_in_order() {
        let clock = ManualClock::new(1_000);
        let (tx, rx) = mpsc::channel();
        for (at, word) in [(5, "late"), (2, "first"), (2, "second"), (9, "never")] {
            let tx = tx.clone();
            clock.wake_at(clock.now() + seconds(at), Box::new(move || tx.send(word).unwrap())).detach();
        }
        clock.advance(seconds(5));
        assert_eq!(rx.try_iter().collect::<Vec<_>>(), ["first", "second", "late"]);
        assert_eq!(clock.now_ms(), 6_000);
        assert_eq!(clock.next_deadline(), Some(Moment::ZERO + seconds(9)));
    }

    #[test]
    fn manual_runs_what_an_action_asks_for_at_its_deadline() {
        let clock = Arc::new(ManualClock::new(0));
        let (tx, rx) = mpsc::channel();
        let inner = clock.clone();
        let action = move || {
            let again = inner.clone();
            let deadline = inner.now() + seconds(1);
            inner.wake_at(deadline, Box::new(move || tx.send(again.now_ms()).unwrap())).detach();
        };
        clock.wake_at(Moment::ZERO + seconds(1), Box::new(action)).detach();
        clock.advance(seconds(10));
        assert_eq!(rx.try_recv(), Ok(2_000));
    }

    #[test]
    fn milliseconds_do_not_get_lost_in_small_steps() {
        let clock = ManualClock::new(0);
        for _ in 0..1_000 {
            clock.advance(Duration::from_micros(300));
        }
        assert_eq!(clock.now_ms(), 300);
    }

    #[test]
    fn dropping_a_wake_cancels_it() {
        let clock = ManualClock::new(0);
        let (tx, rx) = mpsc::channel::<()>();
        let wake = clock.wake_at(Moment::ZERO, Box::new(move || tx.send(()).unwrap()));
        drop(wake);
        clock.advance(seconds(1));
        assert_eq!(rx.try_recv(), Err(mpsc::TryRecvError::Disconnected));
    }

    #[test]
    fn system_clock_wakes_in_order_and_after_its_deadline() {
        let clock = SystemClock::new();
        let (tx, rx) = mpsc::channel();
        let start = clock.now();
        for (ms, word) in [(20, "b"), (5, "a")] {
            let tx = tx.clone();
            let deadline = start + Duration::from_millis(ms);
            clock.wake_at(deadline, Box::new(move || tx.send(word).unwrap())).detach();
        }
        assert_eq!([rx.recv().unwrap(), rx.recv().unwrap()], ["a", "b"]);
        assert!(clock.now() - start >= Duration::from_millis(20));
    }

    #[test]
    fn system_clock_ends_its_thread_and_drops_what_is_left() {
        let clock = SystemClock::new();
        let (tx, rx) = mpsc::channel::<()>();
        clock.wake_at(clock.now() + seconds(3600), Box::new(move || tx.send(()).unwrap())).detach();
        drop(clock);
        assert_eq!(rx.recv(), Err(mpsc::RecvError));
    }
}
