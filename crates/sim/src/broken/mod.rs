//! Engines broken on purpose. Each must be caught by the simulation, or the simulation checks nothing.

mod base;
mod log;

use crate::run::Machine;

/// Every machine with a fault in it, by the name of the fault.
pub const BROKEN: &[(&str, Machine)] = &[
    ("skips a sync", Machine { log: log::skips_syncs, ..Machine::SOUND }),
    ("ignores durable_before", Machine { log: log::ignores_durable_before, ..Machine::SOUND }),
    ("uses one boot epoch for ever", Machine { log: log::reuses_epoch, ..Machine::SOUND }),
    ("drops a page", Machine { base: base::drops_a_page, ..Machine::SOUND }),
    ("moves half of what is due", Machine { base: base::moves_half, ..Machine::SOUND }),
    ("applies half a record", Machine { record: halve, ..Machine::SOUND }),
];

/// Loses what comes last of a record that has several parts.
fn halve(mut record: steadfast::engine::CommitRecord) -> steadfast::engine::CommitRecord {
    if record.kv.len() > 1 {
        record.alarm = None;
        record.kv.truncate(1);
    }
    record
}
