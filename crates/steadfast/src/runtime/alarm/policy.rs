//! What follows a failed run.

use std::time::Duration;

use crate::limits::{ALARM_RETRIES_COUNTED_MAX, ALARM_RETRY_BACKOFF_MAX, ALARM_RETRY_FIRST};

/// The runs of one alarm so far. A new alarm of the object starts afresh.
#[derive(Clone, PartialEq, Eq, Debug, Default)]
pub(crate) struct Attempts {
    /// Retries whose failure before them counted; what the handler is told.
    counted: u32,
    /// How often the delay has doubled.
    backoff: u32,
    /// The failure before this one did not count.
    last_was_uncounted: bool,
}

/// Whose fault a failed run is.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(crate) enum Failure {
    /// The object's: its handler threw, it was aborted, it took too long.
    Counted,
    /// The platform's: what the object wrote could not be made durable, or its data not be read.
    Uncounted,
}

/// What to do after a failed run.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(crate) enum Verdict {
    /// Run again after this time.
    RetryAfter(Duration),
    /// Never again: clear the alarm.
    Abandon,
}

impl Attempts {
    /// How many counted retries there were.
    pub(crate) fn retry_count(&self) -> u32 {
        self.counted
    }

    /// A run has failed. `random` from 0 to 1 spreads the retries of alarms that failed together.
    pub(crate) fn failed(&mut self, failure: Failure, random: f64) -> Verdict {
        if self.counted >= ALARM_RETRIES_COUNTED_MAX {
            return Verdict::Abandon;
        }
        if failure == Failure::Counted {
            self.counted += 1;
            if self.last_was_uncounted {
                self.backoff = 0;
            }
        }
        self.last_was_uncounted = failure == Failure::Uncounted;
        let delay = ALARM_RETRY_FIRST * (1 << self.backoff);
        self.backoff = (self.backoff + 1).min(ALARM_RETRY_BACKOFF_MAX);
        Verdict::RetryAfter(delay + delay.mul_f64(random.clamp(0.0, 1.0) * SPREAD))
    }
}

/// The longest extra delay, as a part of the delay itself.
const SPREAD: f64 = 0.25;

#[cfg(test)]
mod tests {
    use super::*;

    /// The delays, in seconds, after failures given as one letter each: `c`ounted or `u`ncounted.
    /// Ends with `None` when the alarm is abandoned.
    fn delays(failures: &str, random: f64) -> Vec<Option<f64>> {
        let mut attempts = Attempts::default();
        let failures = failures.chars().map(|letter| match letter {
            'c' => Failure::Counted,
            _ => Failure::Uncounted,
        });
        failures
            .map(|failure| match attempts.failed(failure, random) {
                Verdict::RetryAfter(delay) => Some(delay.as_secs_f64()),
                Verdict::Abandon => None,
            })
            .collect()
    }

    #[test]
    fn six_counted_retries_double_their_delay_and_then_the_alarm_is_abandoned() {
        let expected = [Some(2.0), Some(4.0), Some(8.0), Some(16.0), Some(32.0), Some(64.0), None];
        assert_eq!(delays("ccccccc", 0.0), expected);
    }

    #[test]
    fn chance_adds_up_to_a_quarter() {
        assert_eq!(delays("cc", 1.0), [Some(2.5), Some(5.0)]);
        assert_eq!(delays("cc", 0.5), [Some(2.25), Some(4.5)]);
        assert_eq!(delays("c", 7.0), [Some(2.5)], "chance out of range is the end of the range");
    }

    #[test]
    fn uncounted_failures_are_retried_without_end_and_the_delay_stops_growing() {
        let all = delays(&"u".repeat(40), 0.0);
        assert_eq!(all[8..12], [Some(512.0), Some(1024.0), Some(1024.0), Some(1024.0)]);
        assert!(all.iter().all(Option::is_some));
    }

    #[test]
    fn a_counted_failure_after_uncounted_ones_resets_the_delay() {
        let expected = [Some(2.0), Some(4.0), Some(8.0), Some(2.0), Some(4.0), Some(8.0), Some(2.0)];
        assert_eq!(delays("uuuccuc", 0.0), expected);
    }

    #[test]
    fn after_six_counted_retries_any_failure_abandons() {
        assert_eq!(delays("ccccccu", 0.0).last(), Some(&None));
    }

    #[test]
    fn only_counted_failures_are_told() {
        let mut attempts = Attempts::default();
        attempts.failed(Failure::Uncounted, 0.0);
        assert_eq!(attempts.retry_count(), 0);
        attempts.failed(Failure::Counted, 0.0);
        attempts.failed(Failure::Uncounted, 0.0);
        assert_eq!(attempts.retry_count(), 1);
    }
}
