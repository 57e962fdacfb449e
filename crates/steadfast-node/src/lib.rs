//! The runtime for Node: converts, calls, converts back. Decisions are the library's.
//!
//! Two things cross: the class [`server::NativeServer`], which owns an engine and a listener, and the
//! lane functions of [`lanes`], [`kv`] and [`http`], which run the objects of one thread. They may live
//! in different threads of a process and find each other through [`registry`]. [`stores`] is
//! storage without a lane, in the directories of [`disks`]. [`transfer`] is apart: data in and out, for the
//! command line.

mod alarm;
mod backed;
mod bookmark;
mod clock;
mod disks;
mod error;
mod facets;
mod front;
mod http;
mod kv;
mod lanes;
mod log;
mod optimistic;
mod registry;
mod server;
mod socket;
mod sql;
mod step;
mod stores;
mod transfer;
mod txn;
mod wire;

#[cfg(feature = "testing")]
mod testing;
