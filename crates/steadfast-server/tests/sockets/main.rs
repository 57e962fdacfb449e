//! WebSockets over real sockets: raw bytes in, frames out, in the order of the Autobahn test suite, whose sections the
//! modules name; then what a server owes its other clients.
//!
//! Read `handshake.rs` first.

#[allow(dead_code, reason = "the modules that use the rest follow")]
mod support;

mod handshake;
