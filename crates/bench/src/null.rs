//! A server that does nothing but answer, so that the load generator is what limits it: two threads that wait for
//! readable connections, one read and one write per request.

use std::collections::HashMap;
use std::io::{self, Read, Write};
use std::net::TcpListener;
use std::sync::Arc;
use std::sync::mpsc::{Receiver, Sender, channel};
use std::thread;

use mio::net::TcpStream;
use mio::{Events, Interest, Poll, Token, Waker};

/// Answers every request on `port` until the process ends.
pub(crate) fn serve(port: u16) -> io::Result<()> {
    let listener = TcpListener::bind(("127.0.0.1", port))?;
    let threads = [Answering::start()?, Answering::start()?];
    for (at, stream) in listener.incoming().enumerate() {
        let stream = stream?;
        stream.set_nodelay(true)?;
        stream.set_nonblocking(true)?;
        threads[at % threads.len()].take(TcpStream::from_std(stream))?;
    }
    Ok(())
}

/// A thread that answers on the connections it was given.
struct Answering {
    accepted: Sender<TcpStream>,
    waker: Arc<Waker>,
}

impl Answering {
    fn start() -> io::Result<Answering> {
        let poll = Poll::new()?;
        let waker = Arc::new(Waker::new(poll.registry(), NEW_CONNECTION)?);
        let (accepted, new) = channel();
        thread::spawn(move || {
            if let Err(error) = answer_all(poll, &new) {
                eprintln!("null server: {error}");
            }
        });
        Ok(Answering { accepted, waker })
    }

    fn take(&self, stream: TcpStream) -> io::Result<()> {
        self.accepted.send(stream).map_err(|_| io::Error::from(io::ErrorKind::BrokenPipe))?;
        self.waker.wake()
    }
}

fn answer_all(mut poll: Poll, new: &Receiver<TcpStream>) -> io::Result<()> {
    let mut connections = HashMap::new();
    let mut events = Events::with_capacity(EVENTS_MAX);
    let mut last = NEW_CONNECTION;
    loop {
        poll.poll(&mut events, None)?;
        for event in &events {
            if event.token() == NEW_CONNECTION {
                for mut stream in new.try_iter() {
                    last = Token(last.0 + 1);
                    poll.registry().register(&mut stream, last, Interest::READABLE)?;
                    connections.insert(last, stream);
                }
            } else if let Some(stream) = connections.get_mut(&event.token())
                && !answer(stream)?
            {
                connections.remove(&event.token());
            }
        }
    }
}

/// Answers the request that has come; whether the connection is still open. `wrk` sends a request when it has read
/// the answer to the last, and each is one short packet: one read takes it whole, and more data is another event.
fn answer(stream: &mut TcpStream) -> io::Result<bool> {
    let mut request = [0; 4096];
    match stream.read(&mut request) {
        Ok(0) => Ok(false),
        Ok(length) if request[..length].ends_with(b"\r\n\r\n") => stream.write_all(ANSWER).map(|()| true),
        Ok(_) => Err(io::ErrorKind::InvalidData.into()),
        Err(error) if error.kind() == io::ErrorKind::WouldBlock => Ok(true),
        Err(error) if error.kind() == io::ErrorKind::ConnectionReset => Ok(false),
        Err(error) => Err(error),
    }
}

const NEW_CONNECTION: Token = Token(0);
const EVENTS_MAX: usize = 256;
const ANSWER: &[u8] =
    b"HTTP/1.1 200 OK\r\ncontent-type: text/plain;charset=UTF-8\r\ncontent-length: 6\r\n\r\nhello\n";
