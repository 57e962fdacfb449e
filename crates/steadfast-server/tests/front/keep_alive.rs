//! Many requests on one connection, and the ways a connection ends well.

use crate::support::{Client, echo_target, serve, text};
use http::{HeaderValue, Response, header};
use std::thread;
use steadfast_server::ResponseBody;

#[test]
fn a_connection_serves_one_request_after_another() {
    let server = serve(echo_target);
    let mut client = Client::connect(&server);
    for path in ["/a", "/b?c=d", "/"] {
        let answer = client.get(path);
        assert_eq!((answer.status, answer.body), (200, format!("GET {path}")));
    }
}

#[test]
fn pipelined_requests_are_answered_in_order() {
    let server = serve(|request, responder| {
        thread::spawn(move || echo_target(request, responder));
    });
    let mut client = Client::connect(&server);
    let requests: String = (0..100).map(|n| format!("GET /{n} HTTP/1.1\r\nhost: a\r\n\r\n")).collect();
    client.send(requests);
    for n in 0..100 {
        assert_eq!(client.answer().body, format!("GET /{n}"));
    }
}

#[test]
fn pipelined_bodies_do_not_run_into_each_other() {
    let server = serve(|request, responder| match request.into_body() {
        steadfast_server::RequestBody::Full(bytes) => responder.respond(Response::new(bytes.into())),
        other => panic!("unexpected body: {other:?}"),
    });
    let mut client = Client::connect(&server);
    let requests: String =
        (10..30).map(|n| format!("POST / HTTP/1.1\r\nhost: a\r\ncontent-length: 2\r\n\r\n{n}")).collect();
    client.send(requests);
    for n in 10..30 {
        assert_eq!(client.answer().body, n.to_string());
    }
}

#[test]
fn either_side_can_ask_to_close() {
    let server = serve(|request, responder| {
        let mut response = text("bye");
        if request.uri().path() == "/close" {
            response.headers_mut().insert(header::CONNECTION, HeaderValue::from_static("close"));
        }
        responder.respond(response);
    });
    let mut client = Client::connect(&server);
    client.send("GET / HTTP/1.1\r\nhost: a\r\nconnection: close\r\n\r\n");
    assert_eq!(client.answer().header("connection"), Some("close"));
    client.assert_closed();

    let mut client = Client::connect(&server);
    assert_eq!(client.get("/close").header("connection"), Some("close"));
    client.assert_closed();
}

#[test]
fn http_1_0_closes_unless_asked_to_stay() {
    let server = serve(echo_target);
    let mut client = Client::connect(&server);
    client.send("GET /old HTTP/1.0\r\n\r\n");
    assert_eq!(client.answer().body, "GET /old");
    client.assert_closed();

    let mut client = Client::connect(&server);
    for _ in 0..2 {
        client.send("GET /old HTTP/1.0\r\nconnection: keep-alive\r\n\r\n");
        let answer = client.answer();
        assert_eq!((answer.body.as_str(), answer.header("connection")), ("GET /old", Some("keep-alive")));
    }
}

#[test]
fn answers_without_a_body_leave_the_connection_in_step() {
    let server = serve(|request, responder| {
        let status = request.uri().path().trim_start_matches('/').parse().unwrap_or(200);
        let body = ResponseBody::from("a body that must not be sent");
        responder.respond(Response::builder().status(status).body(body).unwrap());
    });
    let mut client = Client::connect(&server);
    for status in [204, 304] {
        assert_eq!(client.get(&format!("/{status}")).status, status);
    }
    assert_eq!(client.get("/205").header("content-length"), Some("0"));
    client.send("HEAD / HTTP/1.1\r\nhost: a\r\n\r\n");
    assert_eq!(client.head().header("content-length"), Some("28"));
    assert_eq!(client.get("/").body, "a body that must not be sent");
}

#[test]
fn absolute_and_asterisk_targets_reach_the_handler_as_sent() {
    let server = serve(echo_target);
    let mut client = Client::connect(&server);
    client.send("GET http://b.example:8/x?y HTTP/1.1\r\nhost: a\r\n\r\n");
    assert_eq!(client.answer().body, "GET http://b.example:8/x?y");
    client.send("OPTIONS * HTTP/1.1\r\nhost: a\r\n\r\n");
    assert_eq!(client.answer().body, "OPTIONS *");
}

#[test]
fn an_upgrade_that_is_not_taken_is_an_ordinary_request() {
    let server = serve(echo_target);
    let mut client = Client::connect(&server);
    for _ in 0..2 {
        client.send("GET /u HTTP/1.1\r\nhost: a\r\nconnection: upgrade\r\nupgrade: h2c\r\n\r\n");
        assert_eq!(client.answer().body, "GET /u");
    }
}
