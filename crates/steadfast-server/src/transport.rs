//! A socket that counts what it moves, and closes without destroying what its client has not read.

use crate::link::Link;
use crate::settings::SILENCE;
use socket2::{SockRef, TcpKeepalive};
use std::io;
use std::pin::Pin;
use std::sync::Arc;
use std::task::{Context, Poll, ready};
use tokio::io::{AsyncRead, AsyncWrite, ReadBuf};
use tokio::net::TcpStream;

/// The socket of one connection.
pub(crate) struct Transport {
    socket: TcpStream,
    link: Arc<Link>,
    closing: Closing,
}

/// How far a socket has been closed from this side.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Closing {
    Open,
    Lingering,
    Closed,
}

impl Transport {
    pub(crate) fn new(socket: TcpStream, link: Arc<Link>) -> Transport {
        Transport { socket, link, closing: Closing::Open }
    }

    /// Writes what fits in the socket's buffer, unless earlier bytes still wait for room.
    pub(crate) fn write_now(&self, bytes: &[u8]) {
        if self.link.progress.is_write_blocked() {
            return;
        }
        // A courtesy to a client that is being cut off; it may not be there to read it.
        if let Err(error) = self.socket.try_write(bytes) {
            tracing::debug!(peer = %self.link.peer, %error, "refusal was not sent");
        }
    }

    /// Makes dropping the socket a reset, for an answer whose end is the end of the connection.
    pub(crate) fn reset_on_drop(&self) {
        if let Err(error) = self.socket.set_zero_linger() {
            tracing::debug!(peer = %self.link.peer, %error, "connection will not be reset");
        }
    }

    /// Has the system find out by itself when the peer has vanished without a word, as nothing here ever times out.
    pub(crate) fn probe_when_silent(&self) {
        let keepalive = TcpKeepalive::new().with_time(SILENCE).with_interval(SILENCE / 4);
        if let Err(error) = SockRef::from(&self.socket).set_tcp_keepalive(&keepalive) {
            tracing::debug!(peer = %self.link.peer, %error, "a vanished peer will not be noticed");
        }
    }

    /// Throws away what the client still sends, until it closes. Resetting the connection now would destroy the
    /// answer on its way. The watch ends this.
    fn poll_linger(&mut self, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        let mut scrap = [0; 4096];
        loop {
            let mut buffer = ReadBuf::new(&mut scrap);
            match ready!(Pin::new(&mut self.socket).poll_read(cx, &mut buffer)) {
                Ok(()) if !buffer.filled().is_empty() => {}
                // Closed or reset, which is all this waits for.
                _ => return Poll::Ready(Ok(())),
            }
        }
    }
}

impl AsyncRead for Transport {
    fn poll_read(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        buffer: &mut ReadBuf<'_>,
    ) -> Poll<io::Result<()>> {
        let before = buffer.filled().len();
        let polled = Pin::new(&mut self.socket).poll_read(cx, buffer);
        if buffer.filled().len() > before {
            self.link.progress.count_read();
        }
        polled
    }
}

impl AsyncWrite for Transport {
    fn poll_write(mut self: Pin<&mut Self>, cx: &mut Context<'_>, bytes: &[u8]) -> Poll<io::Result<usize>> {
        let polled = Pin::new(&mut self.socket).poll_write(cx, bytes);
        self.link.progress.count_write(polled.is_pending());
        polled
    }

    fn poll_flush(self: Pin<&mut Self>, _cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        Poll::Ready(Ok(()))
    }

    fn poll_shutdown(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        if self.closing == Closing::Open {
            ready!(Pin::new(&mut self.socket).poll_shutdown(cx))?;
            self.closing = Closing::Closed;
            if self.link.progress.must_linger() {
                self.closing = Closing::Lingering;
                self.link.progress.linger();
            }
        }
        match self.closing {
            Closing::Lingering => self.poll_linger(cx),
            Closing::Open | Closing::Closed => Poll::Ready(Ok(())),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::handler::Handler;
    use crate::link::Home;
    use crate::{RequestBody, Responder, Settings};

    struct Nobody;

    impl Handler for Nobody {
        fn handle(&self, _request: http::Request<RequestBody>, _responder: Responder) {}
    }

    #[test]
    fn a_socket_is_probed_when_it_is_silent() {
        let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
        runtime.block_on(async {
            let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
            let socket = TcpStream::connect(listener.local_addr().unwrap()).await.unwrap();
            let home = Arc::new(Home::new(Arc::new(Nobody), Arc::new(Settings::default())));
            let link = Arc::new(Link::new(home, listener.local_addr().unwrap()));
            let transport = Transport::new(socket, link);
            assert!(!SockRef::from(&transport.socket).keepalive().unwrap());
            transport.probe_when_silent();
            assert!(SockRef::from(&transport.socket).keepalive().unwrap());
            assert_eq!(SockRef::from(&transport.socket).tcp_keepalive_time().unwrap(), SILENCE);
        });
    }
}
