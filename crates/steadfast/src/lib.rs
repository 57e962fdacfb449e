//! Durable Objects in Rust: small single-threaded servers with a name and private, transactional
//! storage.

pub mod engine;
