//! The commit log: records are durable once one write and one sync of a group have returned.
//!
//! Owns segments, groups, recovery, and the table of records that are not yet in the base. The bytes are
//! described in `docs/formats.md`.
//!
//! # Driving it without threads
//! A test that makes up its own disk implements [`LogIo`] and asks for the steps the threads would take,
//! one at a time, so that a seed decides everything: see [`LogIo`] for what a disk may do at a crash.
//! The base is a SQLite file whose transactions are taken to be atomic and durable: a crash leaves what
//! the last checkpoint that returned committed, and one that was cut short was committed or was not.

#[cfg_attr(not(test), expect(dead_code, reason = "the engine that opens them comes next"))]
mod files;
#[allow(dead_code, unused_imports, reason = "the engine that writes them comes next")]
mod format;
mod io;
#[allow(dead_code, reason = "the engine that calls it comes next")]
mod recovery;

#[cfg(feature = "testing")]
pub use format::fuzz;
pub use io::{LogIo, SegmentFile, SegmentId};
