//! Where stores live, and when a commit counts as durable.
//!
//! Owns the commit order, the data directory and the base file. Knows nothing of activations,
//! gates or JavaScript. Read [`record`], then [`sink`] and [`reader`]: they are the seam every
//! engine fills. The promises behind them are the functions of `contract`.

mod reader;
mod record;
mod sink;

pub use reader::{Direction, KeyRange, ObjectEntry, ObjectHeader, ObjectReader};
pub use record::{CommitRecord, Epoch, Identity, Key, ObjectNo, Position, Reset, Value};
pub use sink::{CommitSink, DurableFuture, DurableListener, Poisoned};

/// An engine: both sides of one store.
pub trait Engine: CommitSink + ObjectReader {}

impl<T: CommitSink + ObjectReader> Engine for T {}

/// Why an engine could not be opened or read.
#[derive(Debug)]
pub struct EngineError {
    message: String,
}

impl EngineError {
    /// An error with a message that says what failed, where, and what to do.
    pub fn new(message: impl Into<String>) -> Self {
        Self { message: message.into() }
    }
}

impl std::fmt::Display for EngineError {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(&self.message)
    }
}

impl std::error::Error for EngineError {}
