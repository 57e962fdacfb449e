//! Durable Objects written in Rust.
//!
//! The second shell over [`Lane`](crate::runtime::Lane), beside the JavaScript one: the same gates,
//! the same storage, the same promises. An [`App`] runs its objects on one thread. Handlers take
//! `&self`, their futures need not be `Send`, and one turn is one poll of one task, so whatever
//! happens between two awaits is atomic: no other event of any object runs in between, and all
//! writes of it commit together.
//!
//! ```
//! use std::sync::Arc;
//! use steadfast::engine::LogEngine;
//! use steadfast::host::{App, DurableObject, Request, Response, State};
//! use steadfast::Error;
//!
//! struct Counter {
//!     state: State,
//! }
//!
//! impl DurableObject for Counter {
//!     fn new(state: State) -> Result<Self, Error> {
//!         Ok(Self { state })
//!     }
//!
//!     async fn fetch(&self, _request: Request) -> Result<Response, Error> {
//!         let count = self.state.storage().get::<u32>("count")?.unwrap_or(0) + 1;
//!         self.state.storage().put("count", count)?;
//!         Ok(Response::new(format!("{count}\n").into()))
//!     }
//! }
//!
//! # tokio::runtime::Builder::new_current_thread().build().unwrap().block_on(async {
//! let app = App::builder(Arc::new(LogEngine::memory()?))
//!     .object::<Counter>("counter-Counter")
//!     .start(async |request: Request, env| {
//!         env.namespace::<Counter>()?.get_by_name(request.uri().path()).fetch(request).await
//!     })?;
//! let response = app.fetch(Request::default()).await?;
//! assert_eq!(response.body(), "1\n");
//! # Ok::<(), Box<dyn std::error::Error>>(())
//! # }).unwrap();
//! ```
//!
//! Files: `app` starts and ends the thread, `shell` performs the lane's steps, `task` is the
//! executor; `state`, `storage`, `sql`, `transaction`, `socket` and `namespace` are what objects hold. The tests to read first are
//! in `crates/steadfast/tests/host/`.

mod alarm;
mod app;
mod namespace;
mod optimistic;
mod settle;
mod shell;
mod socket;
mod sql;
mod state;
mod storage;
mod task;
mod transaction;
mod wait;

use std::time::Duration;

use bytes::Bytes;

use crate::Error;
use crate::runtime::SocketMessage;
use crate::storage::Backing;

pub use alarm::AlarmInfo;
pub use app::{App, AppBuilder};
pub use namespace::{Env, Namespace, Stub};
pub use optimistic::Optimistic;
pub use socket::{ClientEnd, WebSocket};
pub use sql::{FromRow, FromSql, Sql, SqlCursor};
pub use state::{Aborted, State};
pub use storage::{Entries, Storage};
pub use transaction::Transaction;

/// A request with its whole body.
pub type Request = http::Request<Bytes>;

/// A response with its whole body.
pub type Response = http::Response<Bytes>;

/// A class of objects.
///
/// At most one value of it lives per object. It is made when the first event arrives, dropped when
/// it was idle for a while or is reset, and made again for the next event, so what must last
/// belongs in [`State::storage`].
pub trait DurableObject: Sized + 'static {
    /// What the class is declared to keep its data in. Default SQLite; the other has narrower limits
    /// in production, and is as good locally.
    const BACKING: Backing = Backing::Sqlite;

    /// For how long what objects were before is kept, so that they can go back to a
    /// [`Bookmark`](crate::storage::Bookmark). Default: it is not kept.
    const HISTORY: Option<Duration> = None;

    /// Makes the object's life in memory. No event is delivered before this has returned and every
    /// [`block_concurrency_while`](State::block_concurrency_while) begun in it has ended.
    ///
    /// # Errors
    /// Whatever the class returns: callers get it, and the next event tries again.
    fn new(state: State) -> Result<Self, Error>;

    /// Answers a request. While it awaits, other events of the object may run.
    ///
    /// # Errors
    /// Whatever the class returns; the caller gets it. What was written stays written.
    fn fetch(&self, request: Request) -> impl Future<Output = Result<Response, Error>>;

    /// Called when the object's alarm is due, at least once: see [`Storage::set_alarm`]. While it
    /// awaits, other events of the object may run, but never another alarm. The alarm is cleared when
    /// it has returned, unless a new one was set meanwhile.
    ///
    /// Limited to 15 minutes.
    ///
    /// # Errors
    /// Whatever the class returns. The alarm then runs again after 2 seconds and more, up to six times.
    /// What was written stays written. A class without this method leaves its alarms alone.
    fn alarm(&self, info: AlarmInfo) -> impl Future<Output = Result<(), Error>> {
        let _ = info;
        std::future::ready(Err(alarm::no_alarm_handler()))
    }

    /// A client of one of the object's sockets has sent a message. While it awaits, other events of the
    /// object may run, the next message among them. Default: it is dropped.
    ///
    /// # Errors
    /// Whatever the class returns: it is logged, and the socket stays open.
    fn web_socket_message(
        &self,
        socket: WebSocket,
        message: SocketMessage,
    ) -> impl Future<Output = Result<(), Error>> {
        drop((socket, message));
        std::future::ready(Ok(()))
    }

    /// A client has closed its side, and waits until the object does the same with [`WebSocket::close`]; or
    /// it is gone, which is told as code 1006 and not clean.
    ///
    /// # Errors
    /// Whatever the class returns: it is logged.
    fn web_socket_close(
        &self,
        socket: WebSocket,
        code: u16,
        reason: &str,
        was_clean: bool,
    ) -> impl Future<Output = Result<(), Error>> {
        let _ = (socket, code, reason, was_clean);
        std::future::ready(Ok(()))
    }

    /// A connection has failed.
    ///
    /// # Errors
    /// Whatever the class returns: it is logged.
    fn web_socket_error(&self, socket: WebSocket, message: &str) -> impl Future<Output = Result<(), Error>> {
        let _ = (socket, message);
        std::future::ready(Ok(()))
    }
}
