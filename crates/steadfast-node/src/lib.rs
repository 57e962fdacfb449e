//! The runtime for Node: converts, calls, converts back. Decisions are the library's.
//!
//! Two classes cross: [`server::NativeServer`], which owns an engine and a listener, and
//! [`lane::NativeLane`], which runs the objects of one thread. They may live in different threads of
//! a process and find each other through [`registry`].

mod error;
mod front;
mod http;
mod kv;
mod lane;
mod registry;
mod server;
mod step;

#[cfg(feature = "testing")]
mod testing;
