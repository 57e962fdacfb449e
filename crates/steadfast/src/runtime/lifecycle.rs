//! When an activation may be evicted.
//!
//! Pure: times are milliseconds of a monotonic clock, given as arguments. An activation is active
//! while an event runs in it, or somebody waits for something of it (a call or request of its own, a
//! stream, a socket, a stub). What it has only left behind for itself keeps it too, but not for ever:
//! see [`Background`]. The grace starts when the last of these ends and is cancelled by the next.

use crate::limits::{BACKGROUND_TIMER_RETENTION, WAIT_UNTIL_TIMEOUT};

/// What code may leave pending after its events have ended.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Background {
    /// A timer: keeps the activation for [`BACKGROUND_TIMER_RETENTION`].
    Timer,
    /// A promise given to `waitUntil`: keeps it for [`WAIT_UNTIL_TIMEOUT`].
    WaitUntil,
}

/// Activity of one activation.
#[derive(Debug, Default)]
pub(crate) struct Lifecycle {
    active: u32,
    timers: u32,
    waits: u32,
    /// Since when nothing is active.
    left_at_ms: u64,
    /// Since when nothing is pending in the background either.
    idle_since_ms: u64,
    listed: bool,
}

/// What the lane does with an activation whose turn on the idle list has come.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(crate) enum Idle {
    /// Evict it.
    Evict,
    /// Look again at this time.
    LookAgainAt(u64),
    /// It is active: off the list until it is idle again.
    Active,
}

impl Lifecycle {
    /// One more event or pending operation.
    pub(crate) fn begin(&mut self) {
        self.active += 1;
    }

    /// One fewer. Returns whether nothing is active any more and the activation must be put on the list.
    pub(crate) fn end(&mut self, now_ms: u64) -> bool {
        debug_assert!(self.active > 0, "activity that ends has begun");
        self.active = self.active.saturating_sub(1);
        if self.active > 0 {
            return false;
        }
        self.left_at_ms = now_ms;
        self.idle_since_ms = now_ms;
        !std::mem::replace(&mut self.listed, true)
    }

    /// Something more is pending in the background.
    pub(crate) fn begin_background(&mut self, background: Background) {
        *self.pending(background) += 1;
    }

    /// It has settled.
    pub(crate) fn end_background(&mut self, background: Background, now_ms: u64) {
        let pending = self.pending(background);
        debug_assert!(*pending > 0, "what settles was pending");
        *pending = pending.saturating_sub(1);
        self.idle_since_ms = now_ms;
    }

    /// How many events and operations that somebody waits for.
    pub(crate) fn active(&self) -> u32 {
        self.active
    }

    /// How many things of a kind are pending in the background.
    pub(crate) fn in_background(&self, background: Background) -> u32 {
        match background {
            Background::Timer => self.timers,
            Background::WaitUntil => self.waits,
        }
    }

    /// Whether anything is running or pending.
    pub(crate) fn is_active(&self) -> bool {
        self.active > 0 || self.timers > 0 || self.waits > 0
    }

    /// Asked when the time noted on the idle list has come.
    pub(crate) fn look(&mut self, now_ms: u64, grace_ms: u64) -> Idle {
        if self.active > 0 {
            self.listed = false;
            return Idle::Active;
        }
        if self.is_kept_by_background(now_ms) {
            return Idle::LookAgainAt(now_ms.saturating_add(grace_ms.max(1)));
        }
        let due = self.idle_since_ms.saturating_add(grace_ms);
        if self.is_active() || now_ms >= due { Idle::Evict } else { Idle::LookAgainAt(due) }
    }

    fn is_kept_by_background(&self, now_ms: u64) -> bool {
        let left_ms = u128::from(now_ms.saturating_sub(self.left_at_ms));
        self.timers > 0 && left_ms < BACKGROUND_TIMER_RETENTION.as_millis()
            || self.waits > 0 && left_ms < WAIT_UNTIL_TIMEOUT.as_millis()
    }

    fn pending(&mut self, background: Background) -> &mut u32 {
        match background {
            Background::Timer => &mut self.timers,
            Background::WaitUntil => &mut self.waits,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn evicts_a_full_grace_after_the_last_activity() {
        let mut life = Lifecycle::default();
        life.begin();
        assert!(life.end(100), "first time idle: list it");
        life.begin();
        assert!(!life.end(5_000), "still listed");
        assert_eq!(life.look(10_100, 10_000), Idle::LookAgainAt(15_000));
        assert_eq!(life.look(15_000, 10_000), Idle::Evict);
    }

    #[test]
    fn anything_active_keeps_it() {
        let mut life = Lifecycle::default();
        life.begin();
        life.begin();
        assert!(!life.end(0), "one of two ended");
        assert_eq!(life.look(60_000, 10_000), Idle::Active);
        assert!(life.end(60_000), "off the list while active, so it is listed anew");
        assert_eq!(life.look(70_000, 10_000), Idle::Evict);
    }

    #[test]
    fn a_timer_keeps_it_until_it_has_fired() {
        let mut life = Lifecycle::default();
        life.begin();
        life.begin_background(Background::Timer);
        assert!(life.end(0));
        assert_eq!(life.look(10_000, 10_000), Idle::LookAgainAt(20_000));
        life.end_background(Background::Timer, 13_000);
        assert_eq!(life.look(20_000, 10_000), Idle::LookAgainAt(23_000));
        assert_eq!(life.look(23_000, 10_000), Idle::Evict);
    }

    #[test]
    fn timers_alone_keep_it_for_140_s_after_its_last_client() {
        let mut life = Lifecycle::default();
        life.begin_background(Background::Timer);
        life.begin();
        assert!(life.end(1_000));
        assert_eq!(life.look(140_999, 10_000), Idle::LookAgainAt(150_999));
        life.begin();
        assert!(!life.end(141_000), "an event counts anew");
        assert_eq!(life.look(280_999, 10_000), Idle::LookAgainAt(290_999));
        assert_eq!(life.look(281_000, 10_000), Idle::Evict);
    }

    #[test]
    fn wait_until_keeps_it_for_15_minutes() {
        let mut life = Lifecycle::default();
        life.begin_background(Background::WaitUntil);
        life.begin();
        assert!(life.end(0));
        assert_eq!(life.look(899_999, 10_000), Idle::LookAgainAt(909_999));
        assert_eq!(life.look(900_000, 10_000), Idle::Evict);
    }
}
