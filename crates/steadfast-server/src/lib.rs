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
//! # Where a socket upgrade will attach
//! A connection's task keeps the protocol state machine as a value. After an answer with status 101 that machine
//! ends with the socket untouched, and `hyper`'s `into_parts` gives back the socket and the bytes read ahead; the
//! place is marked in `connection.rs`. Until then an answer with a 1xx status is a handler's mistake and becomes 500.
//!
//! Reading order: [`Handler`], [`Responder`], `service.rs` (one request), `connection.rs` (one socket), `server.rs`
//! (threads), `watch.rs` (timeouts).

mod error;
mod handler;
mod request;
mod responder;
mod response;
mod settings;
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
pub use stream::{BodyReceiver, BodySender, Flow, Staged, body_channel};
