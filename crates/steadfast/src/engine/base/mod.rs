//! The base file: one ordinary SQLite file that holds every object.
//!
//! Its tables are described in `docs/formats.md`. One connection writes, a group per transaction;
//! others read. A base in memory is one connection that does both in turn.

mod checkpoint;
mod facts;
mod history;
mod object_row;
mod open;
mod read;
mod rows;
mod verify;
mod wal;
mod write;

pub(super) use facts::LogFacts;
#[cfg(feature = "testing")]
pub use open::MemoryBase;
pub(super) use open::{OpenBase, open};
pub(super) use read::{BaseReader, HalfOpenRange};
pub(super) use verify::verify;

use super::group::GroupEffect;
use super::queue::Submitted;
use super::{EngineError, ObjectNo, Position};

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

/// What a checkpoint moves from the log to the base.
#[cfg_attr(not(feature = "testing"), expect(unreachable_pub))]
pub struct Checkpoint<'a> {
    pub(super) effect: GroupEffect<'a>,
    pub(super) upto: Position,
}

#[cfg(feature = "testing")]
impl Checkpoint<'_> {
    /// The same without one of its pages: what a broken store would write.
    #[cfg(feature = "testing")]
    #[must_use]
    pub fn without_a_page(&self) -> Self {
        let mut effect = self.effect.clone();
        effect.pages.pop_last();
        Self { effect, upto: self.upto }
    }

    /// The same without the second half of its keys and its alarms: what a broken store would write.
    #[cfg(feature = "testing")]
    #[must_use]
    pub fn half(&self) -> Self {
        let mut effect = self.effect.clone();
        effect.written.truncate(effect.written.len() / 2);
        effect.alarms.clear();
        Self { effect, upto: self.upto }
    }

    /// The position up to which the base has everything afterwards.
    pub fn upto(&self) -> Position {
        self.upto
    }
}

/// Takes checkpoints of the log, one after the other.
#[cfg_attr(not(feature = "testing"), expect(unreachable_pub))]
pub trait CheckpointStore: Send {
    /// Returns once everything up to its position is durable in the base, the position too; all of it or
    /// nothing.
    ///
    /// # Errors
    /// Any error is final: the store is never asked again.
    fn checkpoint(&mut self, checkpoint: &Checkpoint<'_>) -> Result<(), EngineError>;

    /// Called last. `failed` says that an error came before: nothing may be written any more.
    ///
    /// # Errors
    /// When the file could not be put in order. Every checkpoint is still durable.
    fn close(self: Box<Self>, failed: bool) -> Result<(), EngineError>;
}

/// A number as SQLite stores it. Numbers count from 1 and never come near the sign.
fn sql_no(object: ObjectNo) -> i64 {
    object.0.cast_signed()
}
