//! Data in and out: workerd's files, and looking at what an engine holds.
//!
//! [`import`] reads the directory in which workerd (and wrangler around it) keeps objects, [`export`]
//! writes one, `inspect` lists what is stored, [`check`] looks for damage. All work on an engine that
//! nobody else uses meanwhile, whichever engine it is; none knows of activations or JavaScript. Read
//! `layout` first: it says what workerd's files are called and what is in them.

mod check;
mod database;
mod error;
mod export;
#[cfg(feature = "testing")]
mod fuzz;
mod import;
mod inspect;
mod layout;
mod object_file;
mod walk;

pub use check::{CheckReport, Finding, check};
pub use error::{TransferError, Unusable};
pub use export::{ExportOptions, ExportReport, export};
#[cfg(feature = "testing")]
pub use fuzz::{fuzz_import, fuzz_inputs};
pub use import::{ImportOptions, ImportReport, Note, Problem, import};
pub use inspect::{
    KeyEntry, NamespaceSummary, ObjectDetails, ObjectSummary, TableSummary, inspect_namespaces,
    inspect_object, inspect_objects,
};

use std::path::Path;

use crate::engine::{CommitSink, Position};

/// How far a transfer has come.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Progress {
    /// Objects dealt with.
    pub done: u64,
    /// All of them.
    pub total: u64,
}

/// Told after each object. Runs on the thread of the transfer.
pub type OnProgress<'a> = &'a mut dyn FnMut(Progress);

/// Blocks until everything up to `position` is durable.
fn wait_until_durable(engine: &dyn CommitSink, position: Position) -> Result<(), TransferError> {
    let executor = tokio::runtime::Builder::new_current_thread()
        .build()
        .map_err(|source| TransferError::io("wait for the disk", Path::new("."), source))?;
    Ok(executor.block_on(engine.durable(position))?)
}
