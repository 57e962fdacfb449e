//! An object's private data, as its activation sees it.
//!
//! Owns the open turn (what was written since the last commit), the transactions in it, the
//! object's alarm, its SQL database, the per-activation cache and the rules of `list`. Knows nothing of
//! gates, lanes or JavaScript, and never waits: a commit returns a
//! [`Position`](crate::engine::Position) and whoever sends something out waits for that. Read
//! [`Store`] first, then `pending`, `list` and `sql`; the tests to start with are in `tests.rs`.

mod alarm;
mod bounds;
mod cache;
mod error;
mod facets;
mod history;
mod iterate;
mod list;
pub mod occ;
mod optimistic;
mod pending;
mod range;
mod sql;
mod store;
#[cfg(test)]
mod tests;
mod transaction;

pub use alarm::{AlarmAtDeleteAll, AlarmEnd, AlarmRun};
pub use bounds::{Backing, Bounds, Limits};
pub use error::StorageError;
pub use facets::{copy_object, delete_object};
pub use history::{Bookmark, HistoryPolicy};
pub use iterate::IteratorNo;
pub use optimistic::OptimisticTransaction;
pub use range::ListOptions;
pub use sql::SqlCursorNo;
pub use store::{Store, WriteOptions};
pub use transaction::{TransactionEnd, TransactionNo};

/// SQL itself: values, rows and errors.
pub use steadfast_sqlite::{Cursor, Row, SqlError, Value as SqlValue, ValueRef as SqlValueRef};
