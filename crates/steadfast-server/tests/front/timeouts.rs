//! Slow clients. Every test waits for the server to act, with timeouts short enough to wait for.

use crate::support::{Client, echo_target, serve_with, text};
use bytes::Bytes;
use http::Response;
use std::sync::{Mutex, mpsc};
use std::time::Duration;
use steadfast_server::{ErrorKind, Flow, RequestBody, Responder, Settings, body_channel};

const SHORT: Duration = Duration::from_millis(60);

#[test]
fn a_client_that_says_nothing_is_let_go() {
    let server = serve_with(Settings { header_read_timeout: SHORT, ..Settings::default() }, echo_target);
    Client::connect(&server).assert_closed();
}

#[test]
fn an_unfinished_head_is_answered_408() {
    let server = serve_with(Settings { header_read_timeout: SHORT, ..Settings::default() }, echo_target);
    for begun in ["G", "GET / HTTP/1.1\r\n", "GET / HTTP/1.1\r\nhost: a\r\nx: "] {
        let mut client = Client::connect(&server);
        assert_eq!(client.send(begun).answer().status, 408);
        client.assert_closed();
    }
    let mut client = Client::connect(&server);
    assert_eq!(client.get("/").status, 200);
    assert_eq!(client.send("GET / HT").answer().status, 408);
    client.assert_closed();
}

#[test]
fn an_idle_connection_is_closed_without_a_word() {
    let server = serve_with(Settings { keep_alive_idle_timeout: SHORT, ..Settings::default() }, echo_target);
    let mut client = Client::connect(&server);
    assert_eq!(client.get("/").status, 200);
    client.assert_closed();
}

#[test]
fn a_small_body_that_stops_is_answered_408_without_the_handler() {
    let server =
        serve_with(Settings { body_idle_timeout: SHORT, ..Settings::default() }, |request, _responder| {
            panic!("handler was called: {request:?}")
        });
    let mut client = Client::connect(&server);
    client.send("POST / HTTP/1.1\r\nhost: a\r\ncontent-length: 10\r\n\r\nhalf");
    assert_eq!(client.answer().status, 408);
    client.close_sending();
    client.assert_closed();
}

#[test]
fn a_streamed_body_that_stops_fails_its_reader_and_is_answered_408() {
    let (ends, ended) = mpsc::channel();
    let server = serve_with(
        Settings { body_idle_timeout: SHORT, ..Settings::default() },
        move |request, responder| {
            let RequestBody::Stream(body) = request.into_body() else { panic!("a chunked body is a stream") };
            let ends = ends.clone();
            body.pull(move |body, chunk| {
                assert_eq!(chunk.unwrap().unwrap(), "x");
                body.pull(move |_body, chunk| {
                    ends.send((chunk.unwrap().unwrap_err().kind(), responder)).unwrap();
                });
            });
        },
    );
    let mut client = Client::connect(&server);
    client.send("POST / HTTP/1.1\r\nhost: a\r\ntransfer-encoding: chunked\r\n\r\n1\r\nx\r\n");
    assert_eq!(client.answer().status, 408);
    let (kind, responder): (_, Responder) = ended.recv().unwrap();
    assert_eq!(kind, ErrorKind::ClientSlow);
    assert!(responder.is_closed());
}

#[test]
fn a_client_that_stops_reading_is_cut() {
    let (closed, closes) = mpsc::channel();
    let closed = Mutex::new(closed);
    let server = serve_with(
        Settings { body_idle_timeout: SHORT, ..Settings::default() },
        move |_request, responder| {
            let (sender, receiver) = body_channel(1024);
            responder.respond(Response::new(receiver.into()));
            let closed = closed.lock().unwrap().clone();
            sender.on_close(move || closed.send(()).unwrap());
            // More than any socket holds.
            assert_eq!(sender.send(Bytes::from(vec![b'x'; 64 << 20])).unwrap(), Flow::Full);
            std::mem::forget(sender);
        },
    );
    let mut client = Client::connect(&server);
    client.send("GET / HTTP/1.1\r\nhost: a\r\n\r\n");
    closes.recv().unwrap();
}

#[test]
fn a_slow_handler_is_waited_for() {
    let settings = Settings {
        header_read_timeout: SHORT,
        body_idle_timeout: SHORT,
        keep_alive_idle_timeout: SHORT,
        ..Settings::default()
    };
    let (requests, waiting) = mpsc::channel::<Responder>();
    let requests = Mutex::new(requests);
    let server =
        serve_with(settings, move |_request, responder| requests.lock().unwrap().send(responder).unwrap());
    let mut client = Client::connect(&server);
    client.send("GET / HTTP/1.1\r\nhost: a\r\n\r\n");
    let responder = waiting.recv().unwrap();
    // Time passes, as the fate of others shows.
    for _ in 0..3 {
        Client::connect(&server).assert_closed();
    }
    responder.respond(text("worth the wait"));
    assert_eq!(client.answer().body, "worth the wait");
}
