//! Where stores live, and when a commit counts as durable.
//!
//! Owns the commit order, the data directory and the base file. Knows nothing of activations,
//! gates or JavaScript. Read `record`, then `sink` and `reader`: they are the seam every
//! engine fills. The promises behind them are the functions of `contract`.

mod base;
#[cfg(feature = "testing")]
pub mod contract;
mod directory;
mod error;
mod facets;
mod group;
mod identities;
pub mod log;
mod merge;
mod overlay;
mod progress;
mod queue;
mod reader;
mod record;
mod sink;
mod sqlite;
#[cfg(feature = "testing")]
pub mod testing;

use std::path::Path;
use std::sync::{Mutex, MutexGuard, PoisonError};

pub use error::{EngineError, Foreign};
pub use facets::{FacetEntry, facets_below, find_facet};
pub use log::LogEngine;
pub use reader::{AlarmEntry, Direction, KeyRange, ObjectEntry, ObjectHeader, ObjectReader};
pub use record::{
    AlarmChange, Bookmarks, CommitRecord, Epoch, HistoryChange, HistoryItem, Identity, Key, ObjectNo,
    PageImage, PageNo, Position, Reset, Restore, Value,
};
pub use sink::{CommitSink, DurableFuture, DurableListener, Poisoned};
pub use sqlite::SqliteEngine;

/// An engine: both sides of one store.
pub trait Engine: CommitSink + ObjectReader {}

impl<T: CommitSink + ObjectReader> Engine for T {}

/// Looks through the files of a data directory as they are, before anything is recovered or changed:
/// one line for each thing that is wrong. Values and pages are verified when they are read.
///
/// # Errors
/// [`EngineError::Locked`], and errors of reading. Damage may also be one.
pub fn verify_files(path: &Path) -> Result<Vec<String>, EngineError> {
    find_base(path)?;
    let directory = directory::DataDirectory::hold(path)?;
    base::verify(&directory.base_path())
}

/// Makes sure that a directory has data, where opening an engine would make a new one.
///
/// # Errors
/// [`EngineError::Io`] if it has none.
pub fn find_base(directory: &Path) -> Result<(), EngineError> {
    let path = directory::base_path(directory);
    match std::fs::metadata(&path) {
        Ok(_) => Ok(()),
        Err(source) => Err(EngineError::io("find the base file of the data", &path, source)),
    }
}

/// Locks, also after a panic elsewhere: a thread that panics while it commits poisons the engine.
fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}
