//! The commit log: records are durable once one write and one sync of a group have returned.
//!
//! Owns segments, groups, recovery, and the table of records that are not yet in the base. The bytes are
//! described in `docs/formats.md`. Never asks what a record means beyond its effect on keys, pages and alarms.
//! Read `recovery` and its tests first: everything else exists so that they find what was promised.
//!
//! # Driving it without threads
//! A test that makes up its own disk implements [`LogIo`], opens the engine with `LogEngine::stepwise` over a
//! `MemoryBase`, and takes the steps of the two threads itself: [`Committer::step`] and [`Committer::mark`],
//! [`Mover::step`]. Nothing else touches the disk, so a seed decides everything. To crash, drop all parts and
//! open again with the same base and what the disk kept; see [`LogIo`] for what it may lose. A
//! checkpoint is one transaction of SQLite and taken to be atomic: a wrapper around the store fails before or
//! after it to crash there.

mod io;

mod engine;
mod files;
mod format;
mod memory;
mod read;
mod recovery;
mod segments;
mod shared;
mod steps;
mod table;
mod writer;

pub(super) use engine::drain;
pub use engine::{LogEngine, Stepwise};
#[cfg(feature = "testing")]
pub use format::fuzz;
pub use io::{LogIo, SegmentFile, SegmentId};
pub use steps::{CommitStep, Committer, MoveStep, Mover};

use crate::limits;

/// Sizes that a test makes small, so that everything happens often.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct LogSettings {
    /// Bytes of the first segment of a directory. Each one made later is four times as large as the one before,
    /// up to `segment_bytes_max`.
    pub segment_bytes_first: u64,
    /// Bytes of a segment, unless one record needs more.
    pub segment_bytes_max: u64,
    /// What may come together in memory before a checkpoint begins, in bytes, roughly.
    pub freeze_bytes: u64,
    /// Bytes of the log that are not yet in the base, at which commits wait for a checkpoint. At least twice
    /// `segment_bytes_max`.
    pub log_bytes_max: u64,
}

impl Default for LogSettings {
    fn default() -> Self {
        Self {
            segment_bytes_first: limits::LOG_SEGMENT_BYTES_FIRST,
            segment_bytes_max: limits::LOG_SEGMENT_BYTES_MAX,
            freeze_bytes: limits::LOG_FREEZE_BYTES,
            log_bytes_max: limits::LOG_BYTES_MAX,
        }
    }
}
