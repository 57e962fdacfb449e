//! The front over real sockets: plain TCP clients, handlers made of closures, no clock and no sleep.
//!
//! Read `keep_alive.rs` first.

mod support;

mod access;
mod answers;
mod keep_alive;
mod limits;
mod malformed;
mod shutdown;
mod streams;
mod timeouts;
mod uploads;
