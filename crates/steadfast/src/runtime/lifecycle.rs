//! When an activation may be evicted.
//!
//! Pure: times are milliseconds of a monotonic clock, given as arguments. An activation is active
//! while an event runs in it or something it started is pending (timer, fetch, `waitUntil`, stream).
//! The grace starts when the last of these ends and is cancelled by the next.

/// Activity of one activation.
#[derive(Debug, Default)]
pub(crate) struct Lifecycle {
    active: u32,
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

    /// One fewer. Returns whether the activation has just become idle and must be put on the list.
    pub(crate) fn end(&mut self, now_ms: u64) -> bool {
        debug_assert!(self.active > 0, "activity that ends has begun");
        self.active = self.active.saturating_sub(1);
        if self.active > 0 {
            return false;
        }
        self.idle_since_ms = now_ms;
        !std::mem::replace(&mut self.listed, true)
    }

    /// Whether anything is running or pending.
    pub(crate) fn is_active(&self) -> bool {
        self.active > 0
    }

    /// Asked when the time noted on the idle list has come.
    pub(crate) fn look(&mut self, now_ms: u64, grace_ms: u64) -> Idle {
        if self.active > 0 {
            self.listed = false;
            return Idle::Active;
        }
        let due = self.idle_since_ms.saturating_add(grace_ms);
        if now_ms >= due { Idle::Evict } else { Idle::LookAgainAt(due) }
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
    fn anything_pending_keeps_it() {
        let mut life = Lifecycle::default();
        life.begin();
        life.begin();
        assert!(!life.end(0), "one of two ended");
        assert_eq!(life.look(60_000, 10_000), Idle::Active);
        assert!(life.end(60_000), "off the list while active, so it is listed anew");
        assert_eq!(life.look(70_000, 10_000), Idle::Evict);
    }
}
