//! Durable Objects in Rust: small single-threaded servers with a name and private, transactional
//! storage.

pub mod limits;

pub mod engine;
pub mod storage;
