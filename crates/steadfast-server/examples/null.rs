//! Answers "hello" to everything, as fast as the front can. Used to prove that a load generator is faster than what
//! it measures, and to see what a hop to another thread costs.
//!
//! `cargo run --release --example null -- [port] [here|queue]`: the answer comes from the server's thread, or from
//! another one through a queue, as it does when JavaScript makes it.

use bytes::Bytes;
use http::{HeaderValue, Request, Response, header};
use std::sync::{Arc, mpsc};
use std::thread;
use std::time::Duration;
use steadfast_server::{Handler, RequestBody, Responder, ResponseBody, Server, Settings};

struct Here;

impl Handler for Here {
    fn handle(&self, _request: Request<RequestBody>, responder: Responder) {
        responder.respond(hello());
    }
}

struct Queue(mpsc::Sender<(Request<RequestBody>, Responder)>);

impl Handler for Queue {
    fn handle(&self, request: Request<RequestBody>, responder: Responder) {
        self.0.send((request, responder)).expect("the answering thread lives as long as the queue");
    }
}

fn hello() -> Response<ResponseBody> {
    let mut response = Response::new(ResponseBody::Full(Bytes::from_static(b"hello\n")));
    response.headers_mut().insert(header::CONTENT_TYPE, HeaderValue::from_static("text/plain"));
    response
}

fn main() -> Result<(), Box<dyn std::error::Error>> {
    let mut arguments = std::env::args().skip(1);
    let port: u16 = arguments.next().map_or(Ok(8787), |port| port.parse())?;
    let handler: Arc<dyn Handler> = match arguments.next().as_deref() {
        Some("queue") => {
            let (requests, queue) = mpsc::channel::<(Request<RequestBody>, Responder)>();
            thread::spawn(move || {
                while let Ok((_request, responder)) = queue.recv() {
                    responder.respond(hello());
                }
            });
            Arc::new(Queue(requests))
        }
        _ => Arc::new(Here),
    };
    let server = Server::bind(([127, 0, 0, 1], port).into(), Settings::default(), handler)?;
    tracing::info!(address = %server.local_addr(), "listening");
    loop {
        thread::park_timeout(Duration::from_secs(3600));
    }
}
