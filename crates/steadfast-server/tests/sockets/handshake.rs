//! From a request to a socket, or to a refusal.

use crate::support::{Client, Host, Manner, TEXT, assert_message, frame, host, host_with, request};
use steadfast_server::NotAnUpgrade;

/// The status and version header of the answer to a request in which a part was replaced.
fn refused(host: &Host, from: &str, to: &str) -> (u16, Option<String>, NotAnUpgrade) {
    let mut client = Client::connect(&host.server);
    client.send(request("").replace(from, to));
    let answer = client.head();
    let refusal = host.opened.recv().unwrap().expect_err("a refusal");
    (answer.status, answer.header("sec-websocket-version").map(str::to_owned), refusal)
}

#[test]
fn a_request_becomes_a_socket_that_carries_messages_both_ways() {
    let host = host();
    let mut client = Client::connect(&host.server);
    client.send(request(""));
    let answer = client.head();
    assert_eq!(answer.status, 101);
    assert_eq!(answer.header("upgrade"), Some("websocket"));
    assert_eq!(answer.header("connection"), Some("Upgrade"));
    assert_eq!(answer.header("sec-websocket-accept"), Some("s3pPLMBiTxaQ9kYGzzhZRbK+xOo="));
    assert_eq!(answer.header("sec-websocket-extensions"), None);
    assert_eq!(answer.header("content-length"), None);
    client.send_frame(TEXT, "hello").assert_frame(TEXT, "hello");
    assert_message(host.next(), "hello");
    host.socket().send("from the server".into());
    client.assert_frame(TEXT, "from the server");
}

#[test]
fn messages_sent_behind_the_request_are_not_lost() {
    let host = host();
    let mut client = Client::connect(&host.server);
    client.send([request("").as_bytes(), &frame(TEXT, "early"), &frame(TEXT, "bird")].concat());
    assert_eq!(client.head().status, 101);
    client.assert_frame(TEXT, "early").assert_frame(TEXT, "bird");
}

#[test]
fn a_connection_that_served_requests_can_become_a_socket() {
    let host = host();
    let mut client = Client::connect(&host.server);
    client.send("GET / HTTP/1.1\r\nhost: a\r\n\r\n");
    assert_eq!(client.head().status, 426);
    let mut body = [0; "ERROR: expected a WebSocket request".len()];
    std::io::Read::read_exact(&mut client.stream, &mut body).unwrap();
    assert_eq!(&body, b"ERROR: expected a WebSocket request");
    client.send(request(""));
    assert_eq!(client.head().status, 101);
    client.send_frame(TEXT, "hello").assert_frame(TEXT, "hello");
}

#[test]
fn requests_that_cannot_become_sockets_are_refused() {
    let host = host();
    let version = Some("13".to_owned());
    let malformed = (400, None, NotAnUpgrade::Malformed);
    assert_eq!(
        refused(&host, "upgrade: websocket\r\n", ""),
        (426, version.clone(), NotAnUpgrade::NotRequested)
    );
    assert_eq!(refused(&host, "version: 13", "version: 12"), (426, version, NotAnUpgrade::Version));
    assert_eq!(refused(&host, "sec-websocket-version: 13\r\n", ""), malformed);
    assert_eq!(refused(&host, "dGhlIHNhbXBsZSBub25jZQ==", "short"), (400, None, NotAnUpgrade::Key));
    assert_eq!(refused(&host, "connection: Upgrade\r\n", ""), malformed);
    assert_eq!(refused(&host, "GET", "POST"), (400, None, NotAnUpgrade::Method));
    let with_body = "host: a\r\ntransfer-encoding: chunked\r\n";
    assert_eq!(refused(&host, "host: a\r\n", with_body), malformed);
}

#[test]
fn the_handler_chooses_the_sub_protocol() {
    let host = host_with(Manner { protocol: Some("chat"), ..Manner::default() });
    let mut client = Client::connect(&host.server);
    client.send(request("sec-websocket-protocol: soap, chat\r\n"));
    assert_eq!(client.head().header("sec-websocket-protocol"), Some("chat"));
}

#[test]
fn what_is_sent_before_the_answer_follows_it() {
    let host = host();
    let (mut client, socket) = host.open();
    socket.send("one".into());
    socket.send(vec![0_u8; 3].into());
    client.assert_frame(TEXT, "one").assert_frame(0x82, [0, 0, 0]);
}
