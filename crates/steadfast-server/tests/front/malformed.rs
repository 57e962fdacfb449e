//! Requests that are not HTTP, or only nearly: answered by the front, never seen by the handler.

use crate::support::{Client, serve};

/// What is sent, and the status answered before the connection closes; none when it closes without a word.
const TABLE: &[(&str, &[u8], Option<u16>)] = &[
    ("no request line", b"hello\r\n\r\n", Some(400)),
    ("TLS", b"\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03", Some(400)),
    ("bad method", b"G@T / HTTP/1.1\r\nhost: a\r\n\r\n", Some(400)),
    ("no target", b"GET HTTP/1.1\r\nhost: a\r\n\r\n", Some(400)),
    ("space in target", b"GET /a b HTTP/1.1\r\nhost: a\r\n\r\n", Some(400)),
    ("control character in target", b"GET /\x01 HTTP/1.1\r\nhost: a\r\n\r\n", Some(400)),
    ("relative target", b"GET a/b HTTP/1.1\r\nhost: a\r\n\r\n", Some(400)),
    ("authority as target", b"GET a.example:80 HTTP/1.1\r\nhost: a\r\n\r\n", Some(400)),
    ("asterisk with GET", b"GET * HTTP/1.1\r\nhost: a\r\n\r\n", Some(400)),
    ("bad version", b"GET / HTTP/1.7\r\nhost: a\r\n\r\n", Some(400)),
    ("no protocol", b"GET / FTP/1.1\r\nhost: a\r\n\r\n", Some(400)),
    ("HTTP/2 by surprise", b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n", None),
    ("no host", b"GET / HTTP/1.1\r\n\r\n", Some(400)),
    ("two hosts", b"GET / HTTP/1.1\r\nhost: a\r\nhost: b\r\n\r\n", Some(400)),
    ("host with a path", b"GET / HTTP/1.1\r\nhost: a/b\r\n\r\n", Some(400)),
    ("host with a space", b"GET / HTTP/1.1\r\nhost: a b\r\n\r\n", Some(400)),
    ("header without colon", b"GET / HTTP/1.1\r\nhost: a\r\nnonsense\r\n\r\n", Some(400)),
    ("space before colon", b"GET / HTTP/1.1\r\nhost : a\r\n\r\n", Some(400)),
    ("folded header", b"GET / HTTP/1.1\r\nhost: a\r\nx: 1\r\n 2\r\n\r\n", Some(400)),
    ("control character in value", b"GET / HTTP/1.1\r\nhost: a\r\nx: \x00\r\n\r\n", Some(400)),
    ("length not a number", b"POST / HTTP/1.1\r\nhost: a\r\ncontent-length: x\r\n\r\n", Some(400)),
    ("negative length", b"POST / HTTP/1.1\r\nhost: a\r\ncontent-length: -1\r\n\r\n", Some(400)),
    ("signed length", b"POST / HTTP/1.1\r\nhost: a\r\ncontent-length: +1\r\n\r\nx", Some(400)),
    (
        "two lengths",
        b"POST / HTTP/1.1\r\nhost: a\r\ncontent-length: 1\r\ncontent-length: 2\r\n\r\nxx",
        Some(400),
    ),
    ("unknown coding", b"POST / HTTP/1.1\r\nhost: a\r\ntransfer-encoding: gzip\r\n\r\n", Some(400)),
    (
        "chunked not last",
        b"POST / HTTP/1.1\r\nhost: a\r\ntransfer-encoding: chunked, gzip\r\n\r\n",
        Some(400),
    ),
    ("chunked in HTTP/1.0", b"POST / HTTP/1.0\r\ntransfer-encoding: chunked\r\n\r\n0\r\n\r\n", Some(400)),
    ("CONNECT", b"CONNECT a.example:80 HTTP/1.1\r\nhost: a.example:80\r\n\r\n", Some(501)),
    ("body cut short", b"POST / HTTP/1.1\r\nhost: a\r\ncontent-length: 9\r\n\r\nhalf", Some(400)),
    ("head cut short", b"GET / HTTP/1.1\r\nhos", None),
    ("everything cut short", b"", None),
];

#[test]
fn malformed_requests_are_refused_and_the_connection_closes() {
    let server = serve(|request, _responder| panic!("handler was called: {request:?}"));
    for (what, bytes, status) in TABLE {
        let mut client = Client::connect(&server);
        client.send(bytes);
        if what.ends_with("cut short") {
            client.close_sending();
        }
        let answered = client.try_answer().ok().map(|answer| {
            assert_eq!(answer.header("connection"), Some("close"), "{what}");
            answer.status
        });
        assert_eq!(answered, *status, "{what}");
        client.close_sending();
        client.assert_closed();
    }
}

#[test]
fn a_refusal_leaves_other_connections_alone() {
    let server = serve(crate::support::echo_target);
    let mut good = Client::connect(&server);
    assert_eq!(good.get("/1").status, 200);
    let mut bad = Client::connect(&server);
    assert_eq!(bad.send("nonsense\r\n\r\n").answer().status, 400);
    assert_eq!(good.get("/2").body, "GET /2");
}
