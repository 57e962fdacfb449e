//! A server whose requests become sockets, and a client that sends raw bytes and reads frames.

use http::{Request, Response};
use std::io::{self, BufRead, BufReader, Read, Write};
use std::net::{Shutdown, TcpStream};
use std::sync::{Arc, mpsc};
use std::time::Duration;
use steadfast_server::{
    Handler, NotAnUpgrade, RequestBody, Responder, Server, Settings, Socket, SocketEvent, SocketHandler,
    SocketMessage,
};

/// Longer than any test; a wait that takes it has failed.
pub(crate) const PATIENCE: Duration = Duration::from_secs(20);

/// What a socket's handler was told, in order, over all sockets of a server.
#[derive(Debug, PartialEq, Eq)]
pub(crate) enum Told {
    Event(SocketEvent),
    Room,
}

impl Told {
    /// That the peer broke the protocol.
    pub(crate) fn broken(code: u16, reason: &str) -> Told {
        Told::Event(SocketEvent::Error { code, reason: reason.to_owned() })
    }
}

/// Sends messages back, and tells the test everything.
struct Echo {
    told: mpsc::Sender<Told>,
    echoes: bool,
    answers_close: bool,
}

impl SocketHandler for Echo {
    fn event(&self, socket: &Socket, event: SocketEvent) {
        if let SocketEvent::Message(message) = &event
            && self.echoes
        {
            socket.send(message.clone());
        }
        // A test that has seen enough no longer listens.
        let _ = self.told.send(Told::Event(event));
    }

    fn room(&self, _socket: &Socket) {
        let _ = self.told.send(Told::Room);
    }

    fn answers_close(&self) -> bool {
        self.answers_close
    }
}

/// How the sockets of a server behave.
#[derive(Clone, Debug)]
pub(crate) struct Manner {
    pub(crate) settings: Settings,
    pub(crate) echoes: bool,
    pub(crate) answers_close: bool,
    pub(crate) protocol: Option<&'static str>,
}

impl Default for Manner {
    fn default() -> Manner {
        Manner { settings: Settings::default(), echoes: true, answers_close: false, protocol: None }
    }
}

/// A server, and what its sockets do.
pub(crate) struct Host {
    pub(crate) server: Server,
    pub(crate) told: mpsc::Receiver<Told>,
    pub(crate) opened: mpsc::Receiver<Result<Socket, NotAnUpgrade>>,
}

struct Upgrader {
    manner: Manner,
    told: mpsc::Sender<Told>,
    opened: mpsc::Sender<Result<Socket, NotAnUpgrade>>,
}

impl Handler for Upgrader {
    fn handle(&self, _request: Request<RequestBody>, responder: Responder) {
        let mut head = Response::new(());
        if let Some(protocol) = self.manner.protocol {
            head.headers_mut().insert("sec-websocket-protocol", protocol.parse().unwrap());
        }
        let Manner { echoes, answers_close, .. } = self.manner;
        let echo = Echo { told: self.told.clone(), echoes, answers_close };
        let _ = self.opened.send(responder.upgrade(head, Arc::new(echo)));
    }
}

pub(crate) fn host() -> Host {
    host_with(Manner::default())
}

pub(crate) fn host_with(manner: Manner) -> Host {
    let (tell, told) = mpsc::channel();
    let (open, opened) = mpsc::channel();
    let settings = manner.settings.clone();
    let handler = Arc::new(Upgrader { manner, told: tell, opened: open });
    let server = Server::bind(([127, 0, 0, 1], 0).into(), settings, handler).expect("a free port");
    Host { server, told, opened }
}

impl Host {
    /// A client whose handshake has been answered, and the server's side of its socket.
    pub(crate) fn open(&self) -> (Client, Socket) {
        self.open_with("")
    }

    /// The same with further lines of headers.
    pub(crate) fn open_with(&self, headers: &str) -> (Client, Socket) {
        let mut client = Client::connect(&self.server);
        client.send(request(headers));
        let answer = client.head();
        assert_eq!(answer.status, 101, "{answer:?}");
        (client, self.socket())
    }

    pub(crate) fn socket(&self) -> Socket {
        self.opened.recv_timeout(PATIENCE).expect("an upgrade").expect("a socket")
    }

    pub(crate) fn next(&self) -> Told {
        self.told.recv_timeout(PATIENCE).expect("something to be told")
    }

    /// Takes the next event, which is to be this end.
    #[track_caller]
    pub(crate) fn assert_closed(&self, code: u16, reason: &str, clean: bool) {
        let expected = SocketEvent::Closed { code, reason: reason.to_owned(), clean };
        assert_eq!(self.next(), Told::Event(expected));
    }

    #[track_caller]
    pub(crate) fn assert_lost(&self) {
        self.assert_closed(1006, "WebSocket disconnected without sending Close frame.", false);
    }
}

/// A well-formed request for a socket.
pub(crate) fn request(headers: &str) -> String {
    format!(
        "GET /socket HTTP/1.1\r\nhost: a\r\nconnection: Upgrade\r\nupgrade: websocket\r\n\
         sec-websocket-version: 13\r\nsec-websocket-key: dGhlIHNhbXBsZSBub25jZQ==\r\n{headers}\r\n"
    )
}

/// One connection to a server.
pub(crate) struct Client {
    pub(crate) stream: BufReader<TcpStream>,
}

/// The head of an answer.
#[derive(Debug)]
pub(crate) struct Answer {
    pub(crate) status: u16,
    headers: Vec<(String, String)>,
}

impl Answer {
    pub(crate) fn header(&self, name: &str) -> Option<&str> {
        self.headers.iter().find(|(known, _)| known == name).map(|(_, value)| value.as_str())
    }
}

/// A frame as the server sent it.
#[derive(PartialEq, Eq)]
pub(crate) struct Frame {
    /// Final bit, reserved bits, opcode.
    pub(crate) first: u8,
    pub(crate) payload: Vec<u8>,
}

impl std::fmt::Debug for Frame {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let start = &self.payload[..self.payload.len().min(80)];
        write!(f, "{:#x} of {} bytes: {}", self.first, self.payload.len(), start.escape_ascii())
    }
}

pub(crate) const TEXT: u8 = 0x81;
pub(crate) const BINARY: u8 = 0x82;
pub(crate) const CLOSE: u8 = 0x88;
pub(crate) const PING: u8 = 0x89;
pub(crate) const PONG: u8 = 0x8a;

/// A masked frame with this first byte.
pub(crate) fn frame(first: u8, payload: impl AsRef<[u8]>) -> Vec<u8> {
    const MASK: [u8; 4] = [0x37, 0xfa, 0x21, 0x3d];
    let payload = payload.as_ref();
    let mut bytes = vec![first];
    match payload.len() {
        length @ ..126 => bytes.push(0x80 | length as u8),
        length @ ..65_536 => {
            bytes.push(0x80 | 126);
            bytes.extend_from_slice(&(length as u16).to_be_bytes());
        }
        length => {
            bytes.push(0x80 | 127);
            bytes.extend_from_slice(&(length as u64).to_be_bytes());
        }
    }
    bytes.extend_from_slice(&MASK);
    bytes.extend(payload.iter().zip(MASK.iter().cycle()).map(|(byte, key)| byte ^ key));
    bytes
}

/// The payload of a Close frame.
pub(crate) fn close(code: u16, reason: &str) -> Vec<u8> {
    [&code.to_be_bytes(), reason.as_bytes()].concat()
}

impl Client {
    pub(crate) fn connect(server: &Server) -> Client {
        let stream = TcpStream::connect(server.local_addr()).expect("a listening server");
        stream.set_nodelay(true).unwrap();
        stream.set_read_timeout(Some(PATIENCE)).unwrap();
        stream.set_write_timeout(Some(PATIENCE)).unwrap();
        Client { stream: BufReader::new(stream) }
    }

    pub(crate) fn send(&mut self, bytes: impl AsRef<[u8]>) -> &mut Client {
        self.stream.get_mut().write_all(bytes.as_ref()).expect("a connection that takes bytes");
        self
    }

    pub(crate) fn send_frame(&mut self, first: u8, payload: impl AsRef<[u8]>) -> &mut Client {
        self.send(frame(first, payload))
    }

    /// Sends bytes one by one, each in a packet of its own as far as the system likes.
    pub(crate) fn trickle(&mut self, bytes: &[u8]) -> &mut Client {
        for byte in bytes {
            self.send([*byte]);
        }
        self
    }

    pub(crate) fn head(&mut self) -> Answer {
        let line = self.line();
        let status = line.split(' ').nth(1).and_then(|code| code.parse().ok()).expect("a status line");
        let mut headers = Vec::new();
        loop {
            let line = self.line();
            if line.is_empty() {
                return Answer { status, headers };
            }
            let (name, value) = line.split_once(": ").expect("a header");
            headers.push((name.to_owned(), value.to_owned()));
        }
    }

    fn line(&mut self) -> String {
        let mut line = String::new();
        self.stream.read_line(&mut line).expect("a line");
        line.strip_suffix("\r\n").expect("a whole line").to_owned()
    }

    pub(crate) fn frame(&mut self) -> Frame {
        self.try_frame().expect("a frame")
    }

    pub(crate) fn try_frame(&mut self) -> io::Result<Frame> {
        let [first, length] = self.bytes()?;
        assert_eq!(length & 0x80, 0, "a server masks nothing");
        let length = match length {
            126 => u64::from(u16::from_be_bytes(self.bytes()?)),
            127 => u64::from_be_bytes(self.bytes()?),
            length => u64::from(length),
        };
        let mut payload = vec![0; length as usize];
        self.stream.read_exact(&mut payload)?;
        Ok(Frame { first, payload })
    }

    fn bytes<const N: usize>(&mut self) -> io::Result<[u8; N]> {
        let mut bytes = [0; N];
        self.stream.read_exact(&mut bytes)?;
        Ok(bytes)
    }

    #[track_caller]
    pub(crate) fn assert_frame(&mut self, first: u8, payload: impl AsRef<[u8]>) -> &mut Client {
        assert_eq!(self.frame(), Frame { first, payload: payload.as_ref().to_vec() });
        self
    }

    /// Reads the server's Close frame with this code, and that nothing comes behind it.
    #[track_caller]
    pub(crate) fn assert_close(&mut self, code: u16) -> String {
        let frame = self.frame();
        assert_eq!(frame.first, CLOSE, "{frame:?}");
        assert_eq!(frame.payload.first_chunk(), Some(&code.to_be_bytes()), "{frame:?}");
        self.assert_gone();
        String::from_utf8(frame.payload[2..].to_vec()).expect("a reason in text")
    }

    /// Waits until the server closes; fails if it sends anything before.
    #[track_caller]
    pub(crate) fn assert_gone(&mut self) {
        let mut rest = Vec::new();
        match self.stream.read_to_end(&mut rest) {
            Ok(_) => {}
            Err(error) => assert_eq!(error.kind(), io::ErrorKind::ConnectionReset),
        }
        assert_eq!(rest.escape_ascii().to_string(), "");
    }

    /// Says that nothing more will be sent.
    pub(crate) fn close_sending(&mut self) {
        self.stream.get_ref().shutdown(Shutdown::Write).expect("an open connection");
    }
}

/// Takes an event that is to be this message.
#[track_caller]
pub(crate) fn assert_message(told: Told, message: impl Into<SocketMessage>) {
    assert_eq!(told, Told::Event(SocketEvent::Message(message.into())));
}
