//! Whether a lane still moves.

use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;

/// Beats once a step. Written by the lane's thread alone.
#[derive(Debug, Default)]
pub struct Pulse {
    /// Twice the number of steps, plus one while code runs.
    beats: AtomicU64,
}

impl Pulse {
    /// The lane has taken a step. `runs` says whether code runs from now on.
    pub fn beat(&self, runs: bool) {
        let steps = self.beats.load(Ordering::Relaxed) >> 1;
        self.beats.store(((steps + 1) << 1) | u64::from(runs), Ordering::Relaxed);
    }
}

/// What somebody who looks at a pulse now and then has seen.
///
/// Time is counted in looks, not read from a clock: when the whole process stood still, as on a machine
/// that slept, that is one look and no reason to give a lane up.
#[derive(Debug, Default)]
pub struct Watch {
    beats: u64,
    still: Duration,
}

impl Watch {
    /// Looks at a lane `elapsed` after the last look, and returns for how long it has stood still although
    /// code runs or messages wait.
    pub fn look(&mut self, pulse: &Pulse, has_mail: bool, elapsed: Duration) -> Duration {
        let beats = pulse.beats.load(Ordering::Relaxed);
        let is_busy = has_mail || beats & 1 == 1;
        let moved = std::mem::replace(&mut self.beats, beats) != beats;
        self.still = if moved || !is_busy { Duration::ZERO } else { self.still + elapsed };
        self.still
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const SECOND: Duration = Duration::from_secs(1);

    #[test]
    fn a_turn_without_end_is_counted_from_the_first_look_at_it() {
        let (pulse, mut watch) = (Pulse::default(), Watch::default());
        pulse.beat(true);
        assert_eq!([(); 3].map(|()| watch.look(&pulse, false, SECOND).as_secs()), [0, 1, 2]);
        pulse.beat(true);
        assert_eq!(watch.look(&pulse, true, SECOND), Duration::ZERO, "another turn");
    }

    #[test]
    fn a_lane_with_nothing_to_do_may_rest() {
        let (pulse, mut watch) = (Pulse::default(), Watch::default());
        pulse.beat(false);
        assert_eq!([(); 3].map(|()| watch.look(&pulse, false, SECOND).as_secs()), [0, 0, 0]);
    }

    #[test]
    fn a_lane_that_does_not_take_its_mail_stands_still() {
        let (pulse, mut watch) = (Pulse::default(), Watch::default());
        pulse.beat(false);
        watch.look(&pulse, false, SECOND);
        assert_eq!([(); 2].map(|()| watch.look(&pulse, true, SECOND).as_secs()), [1, 2]);
        assert_eq!(watch.look(&pulse, false, SECOND), Duration::ZERO);
    }
}
