use std::fmt;

use crate::{Error, ErrorKind};

/// What an alarm's handler is told.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct AlarmInfo {
    /// The time the alarm was set to, in milliseconds since the Unix epoch. The handler never runs
    /// before it, but may run later.
    pub scheduled_time_ms: i64,
    /// How many retries came before this run: 0 at first, at most 6.
    pub retry_count: u32,
}

impl AlarmInfo {
    /// Whether an earlier run of this alarm has failed.
    #[must_use]
    pub fn is_retry(&self) -> bool {
        self.retry_count > 0
    }
}

/// What the handler of a class that has none returns.
pub(super) fn no_alarm_handler() -> Error {
    Error::with_source(ErrorKind::Unsupported, "the class has no alarm handler", NoAlarmHandler)
}

pub(super) fn is_no_alarm_handler(error: &Error) -> bool {
    std::error::Error::source(error).is_some_and(|source| source.is::<NoAlarmHandler>())
}

/// Tells the default handler from one that fails.
#[derive(Debug)]
struct NoAlarmHandler;

impl fmt::Display for NoAlarmHandler {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("implement DurableObject::alarm")
    }
}

impl std::error::Error for NoAlarmHandler {}
