//! Request bodies: whole, streamed, held back, unread and broken.

use crate::support::{Client, serve, text};
use http::Response;
use std::io::Write;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, mpsc};
use std::thread;
use steadfast_server::{BodyStream, Chunk, ErrorKind, RequestBody, Responder, body_channel};

/// Pulls one chunk from another thread than the server's.
fn pull(body: BodyStream) -> (BodyStream, Chunk) {
    let (done, pulled) = mpsc::channel();
    body.pull(move |body, chunk| done.send((body, chunk)).unwrap());
    pulled.recv().unwrap()
}

fn stream_of(body: RequestBody) -> BodyStream {
    match body {
        RequestBody::Stream(stream) => stream,
        other => panic!("unexpected body: {other:?}"),
    }
}

#[test]
fn small_bodies_come_whole_however_they_were_sent() {
    let server = serve(|request, responder| match request.into_body() {
        RequestBody::Empty => responder.respond(text("empty")),
        RequestBody::Full(bytes) => responder.respond(Response::new(bytes.into())),
        RequestBody::Stream(_) => responder.respond(text("stream")),
    });
    let mut client = Client::connect(&server);
    assert_eq!(client.get("/").body, "empty");
    assert_eq!(client.post("/", "").body, "empty");
    assert_eq!(client.post("/", "hello").body, "hello");
    let large = "x".repeat(64 * 1024);
    assert_eq!(client.post("/", &large).body, large);
    client.send("POST / HTTP/1.1\r\nhost: a\r\ncontent-length: 6\r\nexpect: 100-continue\r\n\r\n");
    // The front reads small bodies, so it invites them.
    assert_eq!(client.head().status, 100);
    for piece in ["a", "bc", "def"] {
        client.send(piece);
    }
    assert_eq!(client.answer().body, "abcdef");
    client.send("POST / HTTP/1.1\r\nhost: a\r\ntransfer-encoding: chunked\r\n\r\n1\r\nx\r\n0\r\n\r\n");
    assert_eq!(client.answer().body, "stream");
}

#[test]
fn a_streamed_upload_is_echoed_while_it_arrives() {
    let server = serve(|request, responder| {
        let body = stream_of(request.into_body());
        thread::spawn(move || {
            let (sender, receiver) = body_channel(64 * 1024);
            responder.respond(Response::new(receiver.into()));
            let mut body = body;
            loop {
                let (rest, chunk) = pull(body);
                body = rest;
                match chunk {
                    Some(chunk) => sender.send(chunk.unwrap()).unwrap(),
                    None => return sender.finish(),
                };
            }
        });
    });
    let mut client = Client::connect(&server);
    for _ in 0..2 {
        client.send("POST / HTTP/1.1\r\nhost: a\r\ntransfer-encoding: chunked\r\n\r\n");
        assert_eq!(client.head().status, 200);
        for word in ["one", "two", "three"] {
            client.send(format!("{:x}\r\n{word}\r\n", word.len()));
            assert_eq!(client.try_chunk().unwrap().unwrap(), word.as_bytes());
        }
        client.send("0\r\n\r\n");
        assert_eq!(client.try_chunk().unwrap(), None);
    }
}

#[test]
fn a_client_that_waits_to_be_asked_is_asked_at_the_first_pull() {
    let (bodies, body) = mpsc::channel();
    let server =
        serve(move |request, responder| bodies.send((stream_of(request.into_body()), responder)).unwrap());
    let mut client = Client::connect(&server);
    client.send("POST / HTTP/1.1\r\nhost: a\r\nexpect: 100-continue\r\ncontent-length: 100000\r\n\r\n");
    let (body, responder) = body.recv().unwrap();
    assert_eq!(body.remaining(), Some(100_000));
    thread::scope(|scope| {
        let pulling = scope.spawn(move || {
            let (mut body, mut chunk) = pull(body);
            let mut received = 0;
            while let Some(bytes) = chunk {
                received += bytes.unwrap().len();
                (body, chunk) = pull(body);
            }
            responder.respond(text(received.to_string()));
        });
        assert_eq!(client.head().status, 100);
        client.send(vec![b'x'; 100_000]);
        pulling.join().unwrap();
    });
    assert_eq!(client.answer().body, "100000");
}

#[test]
fn a_slow_handler_holds_the_upload_back() {
    const TOTAL: usize = 64 << 20;
    // The front's read buffer, and what the kernel holds for both ends of the socket.
    const BOUND: usize = 16 << 20;
    let written = Arc::new(AtomicUsize::new(0));
    let seen = Arc::clone(&written);
    let server = serve(move |request, responder| {
        let body = stream_of(request.into_body());
        let seen = Arc::clone(&seen);
        thread::spawn(move || {
            let mut body = body;
            let mut pulled = 0;
            while pulled < TOTAL {
                let ahead = seen.load(Ordering::SeqCst).saturating_sub(pulled);
                assert!(ahead <= BOUND, "client is ahead: bytes={ahead}");
                let (rest, chunk) = pull(body);
                body = rest;
                pulled += chunk.unwrap().unwrap().len();
            }
            responder.respond(text(pulled.to_string()));
        });
    });
    let mut client = Client::connect(&server);
    client.send(format!("POST / HTTP/1.1\r\nhost: a\r\ncontent-length: {TOTAL}\r\n\r\n"));
    let piece = vec![b'x'; 64 * 1024];
    for _ in 0..TOTAL / piece.len() {
        client.stream.get_mut().write_all(&piece).unwrap();
        written.fetch_add(piece.len(), Ordering::SeqCst);
    }
    assert_eq!(client.answer().body, TOTAL.to_string());
}

#[test]
fn a_body_nobody_wants_does_not_cost_the_answer() {
    let server = serve(|request, responder| {
        drop(request);
        responder.respond(text("no, thank you"));
    });
    let mut client = Client::connect(&server);
    client.send("POST / HTTP/1.1\r\nhost: a\r\ncontent-length: 8000000\r\n\r\n");
    client.send(vec![b'x'; 8_000_000]);
    assert_eq!(client.answer().body, "no, thank you");
    client.close_sending();
    client.assert_closed();
}

#[test]
fn a_body_pulled_to_its_last_chunk_keeps_the_connection() {
    let server = serve(|request, responder| {
        thread::spawn(move || {
            let (body, chunk) = pull(stream_of(request.into_body()));
            assert_eq!(chunk.unwrap().unwrap(), "x");
            drop(body);
            responder.respond(text("read"));
        });
    });
    let mut client = Client::connect(&server);
    for _ in 0..3 {
        client.send("POST / HTTP/1.1\r\nhost: a\r\ntransfer-encoding: chunked\r\n\r\n1\r\nx\r\n0\r\n\r\n");
        assert_eq!(client.answer().body, "read");
    }
}

/// Serves one request, pulling its body until it ends; tells how it ended and keeps the responder.
fn outcome_of(sent: &str, then_close: bool) -> (Option<ErrorKind>, Option<u16>) {
    let (ends, ended) = mpsc::channel::<(Option<ErrorKind>, Responder)>();
    let server = serve(move |request, responder| {
        let ends = ends.clone();
        thread::spawn(move || {
            let mut body = stream_of(request.into_body());
            loop {
                let (rest, chunk) = pull(body);
                body = rest;
                match chunk {
                    Some(Ok(_)) => {}
                    Some(Err(error)) => return ends.send((Some(error.kind()), responder)),
                    None => return ends.send((None, responder)),
                }
            }
        });
    });
    let mut client = Client::connect(&server);
    client.send(sent);
    if then_close {
        client.close_sending();
    }
    let (error, responder) = ended.recv().unwrap();
    responder.respond(text(""));
    (error, client.try_answer().ok().map(|answer| answer.status))
}

#[test]
fn broken_bodies_are_told_from_missing_ones() {
    let head = "POST / HTTP/1.1\r\nhost: a\r\ntransfer-encoding: chunked\r\n\r\n";
    assert_eq!(outcome_of(&format!("{head}1\r\nx\r\n0\r\n\r\n"), false), (None, Some(200)));
    // The handler decides what to say about bad framing; a client that left hears nothing.
    for broken in ["zz\r\n", "1\r\nxx\r\n", "-1\r\n", "fffffffffffffffff\r\n"] {
        let expected = (Some(ErrorKind::Malformed), Some(200));
        assert_eq!(outcome_of(&format!("{head}{broken}"), false), expected, "{broken:?}");
    }
    assert_eq!(outcome_of(&format!("{head}5\r\nhal"), true), (Some(ErrorKind::ClientGone), None));
}

#[test]
fn trailers_end_a_body() {
    let sent =
        "POST / HTTP/1.1\r\nhost: a\r\ntransfer-encoding: chunked\r\n\r\n1\r\nx\r\n0\r\nx-sum: 1\r\n\r\n";
    assert_eq!(outcome_of(sent, false), (None, Some(200)));
}

#[test]
fn a_length_beside_chunks_is_ignored_and_the_connection_closes() {
    let sent =
        "POST / HTTP/1.1\r\nhost: a\r\ncontent-length: 100\r\ntransfer-encoding: chunked\r\n\r\n0\r\n\r\n";
    assert_eq!(outcome_of(sent, false), (None, Some(200)));
}
