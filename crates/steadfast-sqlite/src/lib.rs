//! SQLite whose database is a set of pages that someone else stores.
//!
//! [`Database`] reads pages through a [`PageSource`] and hands the pages a transaction changed to
//! its caller after the commit, so that they can be stored together with other things. Nothing
//! here opens a file. What a program may run, every limit and every message are those of Durable
//! Objects SQL.
//!
//! ```
//! use steadfast_sqlite::{Bytes, Database, Options, PageSource, SourceError, Value};
//!
//! struct Nothing;
//! impl PageSource for Nothing {
//!     fn page(&self, _no: u32) -> Result<Option<Bytes>, SourceError> {
//!         Ok(None)
//!     }
//! }
//!
//! let database = Database::open(Box::new(Nothing), 0, &Options::default())?;
//! database.exec("CREATE TABLE t(a)", &[])?;
//! database.exec("INSERT INTO t VALUES (?)", &[7.into()])?;
//! let rows = database.exec("SELECT a FROM t", &[])?.rows()?;
//! assert_eq!(rows, [[Value::Integer(7)]]);
//! let commit = database.commit()?.expect("the transaction wrote pages");
//! assert_eq!((commit.pages.len(), commit.page_count), (2, 2));
//! # Ok::<(), steadfast_sqlite::SqlError>(())
//! ```
//!
//! Read `database` first, then `cursor`; `pages` is the storage below SQLite and `rules` what a
//! program may do. `unsafe` is confined to `vfs`, `connection`, `statement`, `authorizer` and
//! `math`, which wrap the C interface and decide nothing.

mod authorizer;
mod cache;
mod connection;
mod cursor;
mod database;
mod error;
mod functions;
pub mod limits;
mod math;
mod names;
mod page;
mod pages;
pub mod plain;
mod rules;
mod statement;
mod value;
mod vfs;
mod writes;

pub use bytes::Bytes;
pub use cursor::{Cursor, Row};
pub use database::{Database, Options};
pub use error::{Failure, SqlError};
pub use page::{Commit, PAGE_BYTES, PageSource, SourceError};
pub use value::{Value, ValueRef};
