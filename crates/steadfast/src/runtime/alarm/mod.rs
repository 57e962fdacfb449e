//! Alarms: when one runs, when it runs again, and which of them are kept in mind.
//!
//! Pure. An object's alarm is a field of its data, committed with it; the engine's index is the list
//! of all that are set. `queue` keeps a bounded window of that list and what has begun, `policy` says
//! what follows a failure. The lane (`lane/alarms.rs`) reads the index, the clock and the dice, and
//! performs. Read the tests of `queue` first.

mod policy;
mod queue;

pub(crate) use policy::{Failure, Verdict};
pub(crate) use queue::{AlarmQueue, Listed, Next, RunEnd};
