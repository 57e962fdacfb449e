//! The load of WebSockets: this program again, on the processors that `wrk` would have.
//!
//! Two threads wait for readable sockets and send only when something has come back, so the server decides the rate.
//! Messages are checked, and all that were sent must arrive before a load has ended.

use std::collections::VecDeque;
use std::io::{self, BufRead, BufReader, Cursor, Read, Write};
use std::net;
use std::process::Command;
use std::sync::atomic::Ordering::SeqCst;
use std::sync::atomic::{AtomicBool, AtomicU64};
use std::thread;
use std::time::{Duration, Instant};

use mio::net::TcpStream;
use mio::{Events, Interest, Poll, Token};
use tungstenite::protocol::frame::FrameHeader;
use tungstenite::protocol::frame::coding::{Data, OpCode};

use crate::load::Measured;
use crate::settings::{Settings, number};

/// A load of sockets on one server.
#[derive(Clone, Copy)]
pub(crate) struct SocketLoad {
    pub(crate) talk: Talk,
    pub(crate) port: u16,
    pub(crate) sockets: usize,
}

/// Who sends what to whom.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(crate) enum Talk {
    /// Every socket has one message on its way, which comes back to it.
    Echo,
    /// One socket has a few messages on their way, and each goes to all.
    Broadcast,
}

impl Talk {
    fn path(self) -> &'static str {
        match self {
            Talk::Echo => "/echo",
            Talk::Broadcast => "/room",
        }
    }
}

impl SocketLoad {
    /// The load as a process of its own: warmed up, then measured.
    pub(crate) fn run(self, settings: &Settings) -> Result<Measured, String> {
        let program = std::env::current_exe().map_err(|error| format!("no program: {error}"))?;
        let output = Command::new("taskset")
            .args(["-c", &settings.cpus])
            .arg(program)
            .args(["sockets", self.talk.path(), &self.port.to_string(), &self.sockets.to_string()])
            .arg(settings.seconds.to_string())
            .output()
            .map_err(|error| format!("the load did not start: {error}"))?;
        if !output.status.success() {
            return Err(format!("the load failed: {}", String::from_utf8_lossy(&output.stderr)));
        }
        let text = String::from_utf8_lossy(&output.stdout);
        let mut numbers = text.split_whitespace();
        let mut next = || number("sockets", numbers.next().unwrap_or_default());
        let (answers, rate, p50_us) = (next()?, next()?, next()?);
        Ok(Measured { answers: answers as u64, rate, p50_us })
    }
}

/// Is the load: `PATH PORT SOCKETS SECONDS`; gives what [`SocketLoad::run`] reads.
pub(crate) fn generate(mut args: impl Iterator<Item = String>) -> Result<String, String> {
    let mut next = || args.next().unwrap_or_default();
    let talk = if next() == Talk::Broadcast.path() { Talk::Broadcast } else { Talk::Echo };
    let (port, sockets, seconds) = (number("port", &next())?, number("sockets", &next())?, next());
    let seconds = number("seconds", &seconds)?;
    let mut halves = [Half::new(talk)?, Half::new(talk)?];
    for at in 0..sockets {
        halves[at % 2].add(open(port, talk.path())?)?;
    }
    drive(&mut halves, Duration::from_secs(WARM_UP_SECONDS))?;
    let measured = drive(&mut halves, Duration::from_secs(seconds))?;
    Ok(format!("{} {} {}", measured.answers, measured.rate, measured.p50_us))
}

/// Opens a socket and leaves it alone.
pub(crate) fn open(port: u16, path: &str) -> Result<net::TcpStream, String> {
    let failed = |error: io::Error| format!("no socket: path={path} error={error}");
    let stream = net::TcpStream::connect(("127.0.0.1", port)).map_err(failed)?;
    stream.set_nodelay(true).and_then(|()| stream.set_read_timeout(Some(PATIENCE))).map_err(failed)?;
    let request = format!(
        "GET {path} HTTP/1.1\r\nhost: 127.0.0.1\r\nconnection: Upgrade\r\nupgrade: websocket\r\n\
         sec-websocket-version: 13\r\nsec-websocket-key: dGhlIHNhbXBsZSBub25jZQ==\r\n\r\n"
    );
    (&stream).write_all(request.as_bytes()).map_err(failed)?;
    // Nothing comes behind the head before something was sent.
    let mut head = BufReader::with_capacity(HEAD_BYTES_MAX, &stream);
    let mut status = String::new();
    head.read_line(&mut status).map_err(failed)?;
    if !status.starts_with("HTTP/1.1 101") {
        return Err(format!("no socket: path={path} status={:?}", status.trim_end()));
    }
    let mut line = status;
    while line != "\r\n" {
        line.clear();
        if head.read_line(&mut line).map_err(failed)? == 0 {
            return Err(format!("no socket: path={path}, its head has no end"));
        }
    }
    Ok(stream)
}

/// Has a message sent back over a socket that is alone with its server.
pub(crate) fn echo(stream: &net::TcpStream) -> Result<(), String> {
    let failed = |error: io::Error| format!("no echo: {error}");
    let (mut stream, frame) = (stream, frame());
    stream.write_all(&frame).map_err(failed)?;
    let mut echo = [0; 2 + MESSAGE.len()];
    stream.read_exact(&mut echo).map_err(failed)?;
    if echo[2..] == *MESSAGE { Ok(()) } else { Err(format!("wrong echo: {}", echo.escape_ascii())) }
}

/// The message as a client frames it, under a mask that changes nothing.
fn frame() -> Vec<u8> {
    let header =
        FrameHeader { opcode: OpCode::Data(Data::Text), mask: Some([0; 4]), ..FrameHeader::default() };
    let mut bytes = Vec::new();
    // Memory takes all that is written.
    let _ = header.format(MESSAGE.len() as u64, &mut bytes);
    bytes.extend_from_slice(MESSAGE);
    bytes
}

/// What both threads know of a load.
struct Shared {
    end: Instant,
    /// Messages sent to all.
    sent: AtomicU64,
    /// No more will be.
    done: AtomicBool,
}

fn drive(halves: &mut [Half; 2], duration: Duration) -> Result<Measured, String> {
    let begin = Instant::now();
    let shared = Shared { end: begin + duration, sent: AtomicU64::new(0), done: AtomicBool::new(false) };
    let [first, second] = halves;
    let results = thread::scope(|scope| {
        let other = scope.spawn(|| second.drive(&shared, false));
        let own = first.drive(&shared, true);
        [own, other.join().unwrap_or_else(|_| Err(String::from("the load panicked")))]
    });
    let elapsed = begin.elapsed().as_secs_f64();
    let (mut answers, mut latencies) = (0, Vec::new());
    for result in results {
        let (received, measured) = result?;
        answers += received;
        latencies.extend(measured);
    }
    latencies.sort_unstable();
    let p50_us = latencies.get(latencies.len() / 2).map_or(0.0, |nanos| *nanos as f64 / 1e3);
    Ok(Measured { answers, rate: answers as f64 / elapsed, p50_us })
}

/// The sockets of one thread.
struct Half {
    talk: Talk,
    poll: Poll,
    peers: Vec<Peer>,
    frame: Vec<u8>,
    scratch: Vec<u8>,
}

struct Peer {
    stream: TcpStream,
    /// The beginning of a frame whose end has not come.
    rest: Vec<u8>,
    /// When the messages were sent that are on their way.
    sent: VecDeque<Instant>,
}

impl Half {
    fn new(talk: Talk) -> Result<Half, String> {
        let poll = Poll::new().map_err(|error| format!("no poll: {error}"))?;
        Ok(Half { talk, poll, peers: Vec::new(), frame: frame(), scratch: vec![0; READ_BYTES] })
    }

    fn add(&mut self, stream: net::TcpStream) -> Result<(), String> {
        let failed = |error: io::Error| format!("no socket: {error}");
        stream.set_nonblocking(true).map_err(failed)?;
        let mut stream = TcpStream::from_std(stream);
        let token = Token(self.peers.len());
        self.poll.registry().register(&mut stream, token, Interest::READABLE).map_err(failed)?;
        self.peers.push(Peer { stream, rest: Vec::new(), sent: VecDeque::new() });
        Ok(())
    }

    /// Loads until the end and until everything has come back; gives the messages received, and latencies.
    fn drive(&mut self, shared: &Shared, has_sender: bool) -> Result<(u64, Vec<u64>), String> {
        let (mut received, mut latencies) = (0_u64, Vec::new());
        let mut on_their_way = 0_u64;
        match self.talk {
            Talk::Echo => {
                for at in 0..self.peers.len() {
                    self.send(at)?;
                    on_their_way += 1;
                }
            }
            Talk::Broadcast if has_sender => {
                for _ in 0..WINDOW {
                    self.send(0)?;
                    shared.sent.fetch_add(1, SeqCst);
                    on_their_way += 1;
                }
            }
            Talk::Broadcast => {}
        }
        let mut events = Events::with_capacity(1024);
        loop {
            let is_over = match self.talk {
                Talk::Echo => on_their_way == 0,
                Talk::Broadcast => {
                    let all = shared.done.load(SeqCst).then(|| shared.sent.load(SeqCst));
                    all.is_some_and(|sent| received == sent * self.peers.len() as u64)
                }
            };
            if is_over {
                return Ok((received, latencies));
            }
            if Instant::now() > shared.end + PATIENCE {
                return Err(format!("messages are missing: received={received}"));
            }
            self.poll.poll(&mut events, Some(TICK)).map_err(|error| format!("no poll: {error}"))?;
            for event in &events {
                let at = event.token().0;
                let came = self.peers[at].receive(&mut self.scratch)?;
                received += came;
                let sends = self.talk == Talk::Echo || (has_sender && at == 0);
                for _ in 0..if sends { came } else { 0 } {
                    if let Some(sent) = self.peers[at].sent.pop_front() {
                        latencies.push(sent.elapsed().as_nanos() as u64);
                    }
                    if Instant::now() < shared.end {
                        self.send(at)?;
                        shared.sent.fetch_add(1, SeqCst);
                    } else {
                        on_their_way -= 1;
                        shared.done.store(on_their_way == 0, SeqCst);
                    }
                }
            }
        }
    }

    fn send(&mut self, at: usize) -> Result<(), String> {
        let peer = &mut self.peers[at];
        peer.sent.push_back(Instant::now());
        peer.stream.write_all(&self.frame).map_err(|error| format!("not sent: {error}"))
    }
}

impl Peer {
    /// Reads what has come; gives the number of whole messages.
    fn receive(&mut self, scratch: &mut [u8]) -> Result<u64, String> {
        let mut count = 0;
        loop {
            let read = match self.stream.read(scratch) {
                Ok(0) => return Err(String::from("the server closed a socket")),
                Ok(read) => read,
                Err(error) if error.kind() == io::ErrorKind::WouldBlock => return Ok(count),
                Err(error) => return Err(format!("not received: {error}")),
            };
            let taken = if self.rest.is_empty() {
                let taken = messages(&scratch[..read], &mut count)?;
                self.rest.extend_from_slice(&scratch[taken..read]);
                continue;
            } else {
                self.rest.extend_from_slice(&scratch[..read]);
                messages(&self.rest, &mut count)?
            };
            self.rest.drain(..taken);
        }
    }
}

/// Counts whole messages at the beginning of the bytes; gives where they end.
fn messages(bytes: &[u8], count: &mut u64) -> Result<usize, String> {
    let mut taken = 0;
    loop {
        let mut cursor = Cursor::new(&bytes[taken..]);
        let parsed = FrameHeader::parse(&mut cursor).map_err(|error| format!("not a frame: {error}"))?;
        let begin = taken + cursor.position() as usize;
        let Some(payload) = parsed.and_then(|(_, length)| bytes[begin..].get(..length as usize)) else {
            return Ok(taken);
        };
        if payload != MESSAGE {
            return Err(format!("not what was sent: {}", payload.escape_ascii()));
        }
        *count += 1;
        taken = begin + payload.len();
    }
}

const MESSAGE: &[u8] = b"a message of about the size that people type";
/// Messages that one sender has on their way to all.
const WINDOW: u64 = 4;
const WARM_UP_SECONDS: u64 = 2;
const READ_BYTES: usize = 64 * 1024;
const HEAD_BYTES_MAX: usize = 4096;
const TICK: Duration = Duration::from_millis(5);
const PATIENCE: Duration = Duration::from_secs(30);

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn whole_messages_are_counted_and_the_rest_is_left() {
        let mut bytes = vec![0x81, MESSAGE.len() as u8];
        bytes.extend_from_slice(MESSAGE);
        let mut count = 0;
        let twice = [&bytes[..], &bytes[..], &bytes[..20]].concat();
        assert_eq!(messages(&twice, &mut count), Ok(2 * bytes.len()));
        assert_eq!(count, 2);
        assert!(messages(&[0x81, 1, b'x'], &mut count).is_err());
    }
}
