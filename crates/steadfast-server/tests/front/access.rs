//! The access log a host may keep.

use crate::support::{Client, bind};
use http::Request;
use std::sync::{Arc, Mutex, mpsc};
use steadfast_server::{Access, Handler, RequestBody, Responder, ResponseBody, Settings};

type Line = (String, String, Option<u16>);

/// Keeps the log; keeps requests for `/wait` waiting.
struct Logging {
    lines: Mutex<mpsc::Sender<Line>>,
    waiting: Mutex<mpsc::Sender<Responder>>,
}

impl Handler for Logging {
    fn handle(&self, request: Request<RequestBody>, responder: Responder) {
        if request.uri().path() == "/wait" {
            self.waiting.lock().unwrap().send(responder).unwrap();
        } else {
            responder.respond(http::Response::builder().status(201).body(ResponseBody::Empty).unwrap());
        }
    }

    fn wants_accesses(&self) -> bool {
        true
    }

    fn accessed(&self, access: &Access<'_>) {
        let line = (
            access.method.to_string(),
            access.uri.path().to_owned(),
            access.status.map(|status| status.as_u16()),
        );
        self.lines.lock().unwrap().send(line).unwrap();
    }
}

#[test]
fn every_request_is_reported_also_those_refused_or_left() {
    let (lines, log) = mpsc::channel();
    let (waiting, waits) = mpsc::channel();
    let server = bind(
        Settings::default(),
        Arc::new(Logging { lines: Mutex::new(lines), waiting: Mutex::new(waiting) }),
    );
    let line = |method: &str, path: &str, status| (method.to_owned(), path.to_owned(), status);

    assert_eq!(Client::connect(&server).get("/a?b").status, 201);
    assert_eq!(log.recv().unwrap(), line("GET", "/a", Some(201)));

    assert_eq!(Client::connect(&server).send("PUT /c HTTP/1.1\r\n\r\n").answer().status, 400);
    assert_eq!(log.recv().unwrap(), line("PUT", "/c", Some(400)));

    let mut client = Client::connect(&server);
    client.send("GET /wait HTTP/1.1\r\nhost: a\r\n\r\n");
    let responder = waits.recv().unwrap();
    drop(client);
    assert_eq!(log.recv().unwrap(), line("GET", "/wait", None));
    drop(responder);
}
