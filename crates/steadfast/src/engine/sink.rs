//! The write side of an engine: queue a record, learn when it is durable.

use std::{fmt, future::Future, pin::Pin, sync::Arc};

use super::record::{CommitRecord, ObjectNo, Position};

/// Why a sink can never make another record durable.
///
/// A failed write or sync is final: the kernel may have dropped the pages, so nothing is retried.
/// Every waiter learns the same cause.
#[derive(Clone, Debug)]
pub struct Poisoned {
    cause: Arc<str>,
}

impl Poisoned {
    /// Poisons with a cause a person can act on (what failed, on which file, what to do).
    pub fn new(cause: impl Into<Arc<str>>) -> Self {
        Self { cause: cause.into() }
    }
}

impl fmt::Display for Poisoned {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.cause)
    }
}

impl std::error::Error for Poisoned {}

/// Resolves when everything up to a position is durable; errs when it never can be.
pub type DurableFuture = Pin<Box<dyn Future<Output = Result<(), Poisoned>> + Send>>;

/// Told about progress by the commit thread. Calls must not block.
pub trait DurableListener: Send + Sync {
    /// Everything up to `position` is durable. Positions only grow.
    fn durable(&self, position: Position);
    /// Nothing beyond the last reported position will ever be durable. Called once.
    fn failed(&self, cause: &Poisoned);
}

/// Where commit records go.
pub trait CommitSink: Send + Sync {
    /// A number for a new object. It becomes permanent with the first record that carries it.
    fn allocate(&self) -> ObjectNo;

    /// Queues; never touches the disk. Order per object is call order. From its return on, readers
    /// see the record, durable or not. Waits only while more than
    /// [`COMMIT_QUEUE_BYTES_MAX`](crate::limits::COMMIT_QUEUE_BYTES_MAX) are queued already.
    ///
    /// # Errors
    /// When the sink failed before. The record is not queued then.
    fn submit(&self, record: CommitRecord) -> Result<Position, Poisoned>;

    /// The last position known durable.
    fn durable_position(&self) -> Position;

    /// Resolves when everything up to `position` is durable; errs when it never can be, and then
    /// for everyone.
    fn durable(&self, position: Position) -> DurableFuture;

    /// Adds a listener for the life of the engine. One that subscribes late is told the state at once.
    fn subscribe(&self, listener: Arc<dyn DurableListener>);

    /// Makes everything submitted durable, then stops the threads and releases the directory.
    /// Records submitted afterwards are refused. Calling it again does nothing.
    ///
    /// # Errors
    /// When something submitted could not be made durable.
    fn close(&self) -> Result<(), Poisoned>;
}
