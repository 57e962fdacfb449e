//! Counters over HTTP, one per path: `examples/counter` in Rust, on the same data.
//!
//! ```sh
//! cargo run --release --example counter -- --port 8787 --data .steadfast
//! curl http://127.0.0.1:8787/a
//! ```

use std::sync::Arc;
use std::{env, error, thread};

use bytes::Bytes;
use http::header::CONTENT_TYPE;
use http::{HeaderValue, StatusCode};
use steadfast::Error;
use steadfast::engine::LogEngine;
use steadfast::host::{App, DurableObject, Env, Request, Response, State};
use steadfast_server::{Handler, RequestBody, Responder, ResponseBody, Server, Settings};

/// A number that survives everything: it has left this process only after it was on disk.
struct Counter {
    state: State,
}

impl DurableObject for Counter {
    fn new(state: State) -> Result<Self, Error> {
        Ok(Self { state })
    }

    async fn fetch(&self, _request: Request) -> Result<Response, Error> {
        let count = self.state.storage().get::<u32>("count")?.unwrap_or(0) + 1;
        self.state.storage().put("count", count)?;
        Ok(text(StatusCode::OK, format!("{count}\n")))
    }
}

/// Each path is a counter of its own.
async fn entry(request: Request, env: Env) -> Result<Response, Error> {
    let name = request.uri().path().to_owned();
    env.namespace::<Counter>()?.get_by_name(&name).fetch(request).await
}

/// Hands what the server received to the app. Counters look at no body.
struct Front(App);

impl Handler for Front {
    fn handle(&self, request: http::Request<RequestBody>, responder: Responder) {
        self.0.fetch_then(request.map(|_| Bytes::new()), |answer| {
            let failed = |error: Error| text(StatusCode::INTERNAL_SERVER_ERROR, format!("{error}\n"));
            responder.respond(answer.unwrap_or_else(failed).map(ResponseBody::from));
        });
    }
}

fn text(status: StatusCode, text: String) -> Response {
    let mut response = Response::new(text.into());
    *response.status_mut() = status;
    response.headers_mut().insert(CONTENT_TYPE, HeaderValue::from_static("text/plain;charset=UTF-8"));
    response
}

fn option(name: &str, default: &str) -> String {
    env::args().skip_while(|argument| argument != name).nth(1).unwrap_or_else(|| default.to_owned())
}

#[expect(clippy::print_stdout, reason = "whoever starts it wants to know where it listens")]
fn main() -> Result<(), Box<dyn error::Error>> {
    let engine = Arc::new(LogEngine::open(option("--data", ".steadfast").as_ref())?);
    let app = App::builder(engine).object::<Counter>("counter-Counter").start(entry)?;
    let address = format!("127.0.0.1:{}", option("--port", "8787")).parse()?;
    let server = Server::bind(address, Settings::default(), Arc::new(Front(app)))?;
    println!("listening on http://{}", server.local_addr());
    loop {
        // Served until it is killed, which loses nothing: every answer given was durable before.
        thread::park();
    }
}
