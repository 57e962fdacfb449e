//! HTTP front: sockets in, requests to a [`Handler`], answers from any thread back out.
//!
//! The server owns its threads, each with a single-threaded executor; a connection is one task on one of them, and
//! a request costs that task no spawn and no timer registration, and one without a body no allocation beyond what parsing
//! needs. The handler is called on the server's thread and must not block; it answers through a [`Responder`],
//! which may travel to any other thread.
//!
//! ```
//! use std::sync::Arc;
//! use std::time::Duration;
//! use steadfast_server::{Handler, RequestBody, Responder, ResponseBody, Server, Settings};
//!
//! struct Hello;
//!
//! impl Handler for Hello {
//!     fn handle(&self, _request: http::Request<RequestBody>, responder: Responder) {
//!         responder.respond(http::Response::new(ResponseBody::from("hello\n")));
//!     }
//! }
//!
//! # fn main() -> Result<(), steadfast_server::Error> {
//! let server = Server::bind("127.0.0.1:0".parse().unwrap(), Settings::default(), Arc::new(Hello))?;
//! println!("listening on http://{}", server.local_addr());
//! server.shutdown(Duration::from_secs(1));
//! # Ok(())
//! # }
//! ```
//!
//! # What the front decides by itself
//! Malformed requests, requests over a limit and slow clients never reach the handler: 400, 408, 413, 414, 431 and
//! 501 (for `CONNECT`) are answered here and the connection is closed. Everything else is the handler's.
//!
//! # WebSockets
//! A handler that finds a request for one ([`Responder::is_upgrade`]) may make its connection a [`Socket`] with
//! [`Responder::upgrade`], and is told what happens on it through a [`SocketHandler`]. The server keeps to the protocol:
//! it answers pings, checks frames and text, compresses what clients want compressed, limits messages, buffers what a
//! slow peer does not read, and ends sockets when it shuts down. An idle socket costs a task and no buffer. Any other
//! answer with a 1xx status is a handler's mistake and becomes 500.
//!
//! Reading order: [`Handler`], [`Responder`], `service.rs` (one request), `connection.rs` (one socket), `server.rs`
//! (threads), `watch.rs` (timeouts), `socket/mod.rs` (WebSockets).

mod error;
mod handler;
mod request;
mod responder;
mod response;
mod settings;
mod socket;
mod stream;

mod connection;
mod link;
mod server;
mod service;
mod transport;
mod watch;

pub use error::{Error, ErrorKind};
pub use handler::{Access, Handler};
pub use hyper::ext::ReasonPhrase;
pub use request::{BodyStream, Chunk, RequestBody};
pub use responder::Responder;
pub use response::ResponseBody;
pub use server::Server;
pub use settings::Settings;
#[cfg(feature = "testing")]
pub use socket::fuzz::{fuzz_frames, fuzz_frames_inputs};
pub use socket::handshake::NotAnUpgrade;
pub use socket::{Socket, SocketEvent, SocketHandler, SocketMessage, Utf8Bytes};
pub use stream::{BodyReceiver, BodySender, Flow, Staged, body_channel};
