//! Durable Objects in Rust: small single-threaded servers with a name and private, transactional
//! storage.

pub mod backed;
pub mod clock;
pub mod engine;
pub mod host;
pub mod id;
pub mod limits;
pub mod runtime;
pub mod storage;
pub mod transfer;
pub mod value;

mod error;

pub use error::{Error, ErrorKind};

/// The README's Rust code runs with the tests of the documentation.
#[cfg(doctest)]
#[doc = include_str!("../../../README.md")]
struct Readme;
