//! Objects written in Rust, through the public API.

mod alarms;
mod calls;
mod counter;
mod durability;
mod gates;
mod held;
mod history;
mod lifecycle;
mod limits;
mod optimistic;
mod sockets;
mod sql;
mod transactions;

use std::sync::Arc;

use steadfast::engine::{Engine, SqliteEngine};
use steadfast::host::{App, Request, Response};
use steadfast::{Error, ErrorKind};

fn memory() -> Arc<dyn Engine> {
    Arc::new(SqliteEngine::memory().expect("an engine in memory"))
}

fn request(path: &str) -> Request {
    http::Request::builder().uri(path).body(bytes::Bytes::new()).expect("a request")
}

fn text(body: impl ToString) -> Response {
    Response::new(body.to_string().into())
}

fn body(answer: Result<Response, Error>) -> String {
    let body = answer.expect("an answer").into_body();
    String::from_utf8(body.to_vec()).expect("text")
}

fn refusal(answer: Result<Response, Error>) -> (ErrorKind, String) {
    let error = answer.map(|answer| answer.into_body()).expect_err("no answer");
    (error.kind(), error.message().to_owned())
}

/// Runs a test's own side, without timers.
fn block_on<T>(test: impl Future<Output = T>) -> T {
    tokio::runtime::Builder::new_current_thread().build().expect("an executor").block_on(test)
}

fn fetch(app: &App, path: &str) -> Result<Response, Error> {
    block_on(app.fetch(request(path)))
}
