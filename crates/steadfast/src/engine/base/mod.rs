//! The base file: one ordinary SQLite file that holds every object.
//!
//! Its tables are described in `docs/formats.md`. One connection writes, a group per transaction;
//! others read. A base in memory is one connection that does both in turn.

mod checkpoint;
mod history;
mod open;
mod read;
mod rows;
mod verify;
mod wal;
mod write;

pub(super) use open::open;
pub(super) use read::{BaseReader, HalfOpenRange};
pub(super) use verify::verify;

use super::queue::Submitted;
use super::{EngineError, ObjectNo};

/// Makes groups durable, one after the other: what the commit thread writes to.
#[cfg_attr(not(feature = "testing"), expect(unreachable_pub))]
pub trait GroupStore: Send {
    /// Returns once every record of the group is durable, or none is known to be.
    ///
    /// # Errors
    /// Any error is final: the store is never asked again.
    fn commit(&mut self, group: &[Submitted]) -> Result<(), EngineError>;

    /// Called after a group was acknowledged, for work that is nobody's latency.
    ///
    /// # Errors
    /// As [`commit`](Self::commit).
    fn maintain(&mut self) -> Result<(), EngineError>;

    /// Called last. `failed` says that an error came before: nothing may be written any more.
    ///
    /// # Errors
    /// When the file could not be put in order. Everything committed is still durable.
    fn close(self: Box<Self>, failed: bool) -> Result<(), EngineError>;
}

/// A number as SQLite stores it. Numbers count from 1 and never come near the sign.
fn sql_no(object: ObjectNo) -> i64 {
    object.0.cast_signed()
}
