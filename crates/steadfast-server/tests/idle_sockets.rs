//! What a socket costs on which nothing happens; alone in its process, whose memory is looked at.

use http::{Request, Response};
use std::fs;
use std::io::{Read, Write};
use std::net::TcpStream;
use std::sync::Arc;
use steadfast_server::{
    Handler, RequestBody, Responder, Server, Settings, Socket, SocketEvent, SocketHandler,
};

const REQUEST: &[u8] = b"GET / HTTP/1.1\r\nhost: a\r\nconnection: Upgrade\r\nupgrade: websocket\r\n\
    sec-websocket-version: 13\r\nsec-websocket-key: dGhlIHNhbXBsZSBub25jZQ==\r\n\
    sec-websocket-extensions: permessage-deflate\r\n\r\n";
const SOCKETS: usize = 4000;
/// More than twice what it is, less than one buffer of a usual size.
const BYTES_MAX: usize = 8 * 1024;

/// Memory of this process, clients and all.
fn resident_bytes() -> Option<usize> {
    let status = fs::read_to_string("/proc/self/status").ok()?;
    let line = status.lines().find_map(|line| line.strip_prefix("VmRSS:"))?;
    line.trim().strip_suffix("kB")?.trim().parse::<usize>().ok().map(|kib| kib * 1024)
}

struct Echo;

impl SocketHandler for Echo {
    fn event(&self, socket: &Socket, event: SocketEvent) {
        if let SocketEvent::Message(message) = event {
            socket.send(message);
        }
    }
}

impl Handler for Echo {
    fn handle(&self, _request: Request<RequestBody>, responder: Responder) {
        responder.upgrade(Response::new(()), Arc::new(Echo)).expect("a request for a socket");
    }
}

/// Opens a socket with a buffer of nothing on the client's side, and has it used once.
fn open(server: &Server) -> TcpStream {
    let mut stream = TcpStream::connect(server.local_addr()).expect("a connection");
    stream.write_all(REQUEST).unwrap();
    let mut head = Vec::new();
    while !head.ends_with(b"\r\n\r\n") {
        let mut byte = [0];
        stream.read_exact(&mut byte).expect("a head");
        head.extend(byte);
    }
    stream.write_all(b"\x81\x85\0\0\0\0hello").unwrap();
    let mut echo = [0; 7];
    stream.read_exact(&mut echo).unwrap();
    assert_eq!(&echo, b"\x81\x05hello");
    stream
}

#[test]
fn an_idle_socket_costs_little() {
    let settings = Settings { connections_max: 2 * SOCKETS, ..Settings::default() };
    let server = Server::bind(([127, 0, 0, 1], 0).into(), settings, Arc::new(Echo)).expect("a free port");
    // What is made once is made before the count begins.
    let mut streams: Vec<_> = (0..100).map(|_| open(&server)).collect();
    let before = resident_bytes();
    streams.extend((0..SOCKETS).map(|_| open(&server)));
    if let (Some(before), Some(after)) = (before, resident_bytes()) {
        let bytes = after.saturating_sub(before) / SOCKETS;
        writeln!(std::io::stdout(), "{SOCKETS} idle sockets, memory per socket: {bytes} bytes").unwrap();
        assert!(bytes <= BYTES_MAX, "bytes={bytes} bytes_max={BYTES_MAX}");
    }
    let mut last = streams.pop().unwrap();
    last.write_all(b"\x81\x85\0\0\0\0still").unwrap();
    let mut echo = [0; 7];
    last.read_exact(&mut echo).unwrap();
    assert_eq!(&echo, b"\x81\x05still");
}
