//! A socket that counts what it moves, and closes without destroying what its client has not read.

use crate::link::Link;
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
