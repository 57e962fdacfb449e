//! An object's private data, as its activation sees it.
//!
//! Owns the open turn (what was written since the last commit), the transactions in it, the
//! object's alarm, the per-activation cache and the rules of `list`. Knows nothing of gates, lanes or JavaScript, and never waits: a commit returns
//! a [`Position`](crate::engine::Position) and whoever sends something out waits for that. Read
//! [`Store`] first, then `pending` and `list`; the tests to start with are in `tests.rs`.

mod alarm;
mod bounds;
mod cache;
mod error;
mod history;
mod iterate;
mod list;
mod pending;
mod range;
mod store;
#[cfg(test)]
mod tests;
mod transaction;

pub use alarm::{AlarmAtDeleteAll, AlarmEnd, AlarmRun};
pub use bounds::{Backing, Bounds, Limits};
pub use error::StorageError;
pub use history::{Bookmark, HistoryPolicy};
pub use iterate::IteratorNo;
pub use range::ListOptions;
pub use store::{Store, WriteOptions};
pub use transaction::{TransactionEnd, TransactionNo};
