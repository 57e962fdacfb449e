//! Heads, targets and bodies that are too large.

use crate::support::{Client, echo_target, serve_with, text};
use std::sync::mpsc;
use steadfast_server::{ErrorKind, RequestBody, Settings};

fn small() -> Settings {
    Settings {
        header_bytes_max: 16 * 1024,
        uri_bytes_max: 1024,
        body_bytes_max: Some(100_000),
        ..Settings::default()
    }
}

#[test]
fn heads_over_a_limit_are_refused_and_heads_under_it_pass() {
    let server = serve_with(small(), echo_target);
    let lines = |count: usize| (0..count).map(|n| format!("x-{n}: y\r\n")).collect::<String>();
    let value = |bytes: usize| format!("x: {}\r\n", "y".repeat(bytes));
    let table = [
        ("many headers", "/".to_owned(), lines(99), 200),
        ("too many headers", "/".to_owned(), lines(100), 431),
        ("large header", "/".to_owned(), value(15 * 1024), 200),
        ("too large header", "/".to_owned(), value(17 * 1024), 431),
        ("header larger than any buffer", "/".to_owned(), value(5_000_000), 431),
        ("long target", format!("/{}", "p".repeat(1023)), String::new(), 200),
        ("too long target", format!("/{}", "p".repeat(1024)), String::new(), 414),
        ("target longer than a head", format!("/{}", "p".repeat(20_000)), String::new(), 431),
    ];
    for (what, target, headers, status) in table {
        let mut client = Client::connect(&server);
        client.send(format!("GET {target} HTTP/1.1\r\nhost: a\r\n{headers}\r\n"));
        assert_eq!(client.answer().status, status, "{what}");
    }
}

#[test]
fn another_number_of_headers_can_be_set() {
    let server = serve_with(Settings { headers_max: 2, ..Settings::default() }, echo_target);
    let mut client = Client::connect(&server);
    assert_eq!(client.send("GET / HTTP/1.1\r\nhost: a\r\nx: y\r\n\r\n").answer().status, 200);
    assert_eq!(client.send("GET / HTTP/1.1\r\nhost: a\r\nx: y\r\nz: y\r\n\r\n").answer().status, 431);
}

#[test]
fn an_announced_body_over_the_limit_is_refused_unread_and_uninvited() {
    let server = serve_with(small(), |request, _responder| panic!("handler was called: {request:?}"));
    let mut client = Client::connect(&server);
    client.send("POST / HTTP/1.1\r\nhost: a\r\nexpect: 100-continue\r\ncontent-length: 100001\r\n\r\n");
    let answer = client.answer();
    assert_eq!((answer.status, answer.header("connection")), (413, Some("close")));
    client.assert_closed();
}

#[test]
fn a_refusal_arrives_although_the_client_sends_on() {
    let server = serve_with(small(), |request, _responder| panic!("handler was called: {request:?}"));
    let mut client = Client::connect(&server);
    client.send("POST / HTTP/1.1\r\nhost: a\r\ncontent-length: 8000000\r\n\r\n");
    client.send(vec![b'x'; 8_000_000]);
    assert_eq!(client.answer().status, 413);
    client.close_sending();
    client.assert_closed();
}

#[test]
fn a_chunked_body_is_cut_off_where_it_passes_the_limit() {
    let (ends, ended) = mpsc::channel();
    let server = serve_with(small(), move |request, responder| {
        let RequestBody::Stream(body) = request.into_body() else { panic!("a chunked body is a stream") };
        count(body, 0, responder, ends.clone());
    });
    let chunk = format!("{:x}\r\n{}\r\n", 10_000, "x".repeat(10_000));
    let head = "POST / HTTP/1.1\r\nhost: a\r\ntransfer-encoding: chunked\r\n\r\n";

    let mut client = Client::connect(&server);
    client.send(head).send(chunk.repeat(10)).send("0\r\n\r\n");
    assert_eq!(client.answer().body, "100000");
    assert_eq!(ended.recv().unwrap(), (100_000, None));

    let mut client = Client::connect(&server);
    client.send(head).send(chunk.repeat(11)).send("0\r\n\r\n");
    assert_eq!(client.answer().status, 413);
    let (received, error) = ended.recv().unwrap();
    assert!(received <= 100_000, "{received}");
    assert_eq!(error, Some(ErrorKind::TooLarge));
    client.close_sending();
    client.assert_closed();
}

type Ends = mpsc::Sender<(usize, Option<ErrorKind>)>;

/// Pulls all of a body, then answers with its length; does not answer a body that fails.
fn count(
    body: steadfast_server::BodyStream,
    so_far: usize,
    responder: steadfast_server::Responder,
    ends: Ends,
) {
    body.pull(move |body, chunk| match chunk {
        Some(Ok(bytes)) => count(body, so_far + bytes.len(), responder, ends),
        Some(Err(error)) => {
            ends.send((so_far, Some(error.kind()))).unwrap();
            responder.respond(text("a body that is too large is answered by the front"));
        }
        None => {
            ends.send((so_far, None)).unwrap();
            responder.respond(text(so_far.to_string()));
        }
    });
}

#[test]
fn connections_over_the_limit_wait_for_a_place() {
    let server = serve_with(Settings { connections_max: 1, ..Settings::default() }, echo_target);
    let mut first = Client::connect(&server);
    assert_eq!(first.get("/1").status, 200);
    let mut second = Client::connect(&server);
    second.send("GET /2 HTTP/1.1\r\nhost: a\r\n\r\n");
    assert_eq!(first.get("/3").status, 200);
    drop(first);
    assert_eq!(second.answer().body, "GET /2");
}
