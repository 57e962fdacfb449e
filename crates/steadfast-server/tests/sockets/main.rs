//! WebSockets over real sockets: raw bytes in, frames out, in the order of the Autobahn test suite, whose sections the
//! modules name; then what a server owes its other clients.
//!
//! Read `handshake.rs` first.

mod support;

mod handshake;

mod framing;
mod refusals;

mod fragments;

mod text;

mod closing;

mod limits;

mod compression;

mod pressure;

mod shutdown;
