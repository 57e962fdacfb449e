//! One socket: the protocol's state machine, and the ways it ends.

use crate::link::Link;
use crate::service::Service;
use crate::settings::{BUFFER_BYTES_MIN, HEADERS_INLINE, Settings};
use crate::socket;
use crate::socket::session::{Session, Step};
use crate::transport::Transport;
use crate::watch::{Cut, Stage as Seen};
use hyper::server::conn::http1::{self, Builder};
use hyper_util::rt::TokioIo;
use std::future::Future;
use std::pin::Pin;
use std::sync::Arc;
use std::task::{Context, Poll, ready};
use tokio::io::AsyncWrite;
use tokio::net::TcpStream;
use tokio::sync::OwnedSemaphorePermit;

/// The task of one connection. Dropped, it closes the socket at once, and the handler is told that the client is gone.
pub(crate) struct Connection {
    link: Arc<Link>,
    stage: Stage,
    is_draining: bool,
    /// Its place among the open connections.
    _place: OwnedSemaphorePermit,
}

#[expect(
    clippy::large_enum_variant,
    reason = "it lives in its task, and is in the large state nearly always"
)]
enum Stage {
    Serving(http1::Connection<TokioIo<Transport>, Service>),
    /// Requests have ended with the one that became a socket.
    Socket(Session),
    /// Nothing more is served; what has been written is given time to arrive.
    Closing(Transport),
    Closed,
}

impl Connection {
    pub(crate) fn new(
        http: &Builder,
        socket: TcpStream,
        link: Arc<Link>,
        place: OwnedSemaphorePermit,
    ) -> Connection {
        let transport = Transport::new(socket, Arc::clone(&link));
        let service = Service { link: Arc::clone(&link) };
        let stage = Stage::Serving(http.serve_connection(TokioIo::new(transport), service));
        Connection { link, stage, is_draining: false, _place: place }
    }

    fn poll_serving(&mut self, cx: &mut Context<'_>) -> Poll<Stage> {
        let Stage::Serving(http) = &mut self.stage else { return Poll::Ready(Stage::Closed) };
        if let Some(cut) = self.link.progress.cut_reason() {
            return Poll::Ready(self.cut(cut));
        }
        if !self.is_draining && self.link.home.is_draining() {
            self.is_draining = true;
            Pin::new(&mut *http).graceful_shutdown();
        }
        let ended = ready!(Pin::new(http).poll(cx));
        if ended.is_ok() && self.link.is_switching() {
            return Poll::Ready(self.switch());
        }
        let Some(transport) = self.take_transport() else { return Poll::Ready(Stage::Closed) };
        Poll::Ready(match ended {
            Ok(()) => Stage::Closing(transport),
            Err(error) => {
                tracing::debug!(peer = %self.link.peer, error = &error as &dyn std::error::Error, "connection failed");
                if error.is_user() && self.link.progress.ends_by_close() {
                    transport.reset_on_drop();
                }
                Stage::Closed
            }
        })
    }

    /// Takes the connection out of the hands of HTTP.
    fn switch(&mut self) -> Stage {
        let Stage::Serving(http) = std::mem::replace(&mut self.stage, Stage::Closed) else {
            return Stage::Closed;
        };
        if self.link.progress.is_write_blocked() {
            // Earlier answers wait for a client that does not read, and are lost with the protocol's state.
            tracing::debug!(peer = %self.link.peer, "connection closed instead of upgraded");
            return Stage::Closed;
        }
        let parts = http.into_parts();
        Stage::Socket(Session::new(Arc::clone(&self.link), parts.io.into_inner(), parts.read_buf))
    }

    fn poll_socket(&mut self, cx: &mut Context<'_>) -> Poll<Stage> {
        let Stage::Socket(session) = &mut self.stage else { return Poll::Ready(Stage::Closed) };
        Poll::Ready(match ready!(session.poll(cx)) {
            Step::Close => self.take_transport().map_or(Stage::Closed, Stage::Closing),
            Step::Cut => Stage::Closed,
        })
    }

    /// Ends the connection from this side, with a word to a client that has not been answered.
    fn cut(&mut self, cut: Cut) -> Stage {
        tracing::debug!(peer = %self.link.peer, reason = ?cut, "connection cut");
        let unanswered = matches!(self.link.progress.sight().stage, Seen::Head | Seen::Busy);
        let Some(transport) = self.take_transport() else { return Stage::Closed };
        let refusal = match cut {
            Cut::SlowHead | Cut::SlowBody => REQUEST_TIMEOUT,
            Cut::BodyTooLarge => CONTENT_TOO_LARGE,
            Cut::Idle | Cut::SlowReader | Cut::Gone | Cut::Lingered | Cut::SlowFarewell => {
                return Stage::Closed;
            }
        };
        if !unanswered {
            if self.link.progress.ends_by_close() {
                transport.reset_on_drop();
            }
            return Stage::Closed;
        }
        transport.write_now(refusal);
        Stage::Closing(transport)
    }

    /// Ends the protocol; dropping its state tells the handler that the client is gone.
    fn take_transport(&mut self) -> Option<Transport> {
        match std::mem::replace(&mut self.stage, Stage::Closed) {
            Stage::Serving(http) => Some(http.into_parts().io.into_inner()),
            Stage::Socket(session) => Some(session.into_transport()),
            Stage::Closing(transport) => Some(transport),
            Stage::Closed => None,
        }
    }
}

impl Future for Connection {
    type Output = ();

    fn poll(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<()> {
        let this = self.get_mut();
        this.link.attach(cx);
        if matches!(this.stage, Stage::Serving(_)) {
            this.stage = ready!(this.poll_serving(cx));
        }
        if matches!(this.stage, Stage::Socket(_)) {
            this.stage = ready!(this.poll_socket(cx));
        }
        if let Stage::Closing(transport) = &mut this.stage
            && !this.link.progress.has_lingered()
        {
            // Whether it closed well or badly, it is closed.
            let _ = ready!(Pin::new(transport).poll_shutdown(cx));
        }
        this.stage = Stage::Closed;
        Poll::Ready(())
    }
}

impl Drop for Connection {
    fn drop(&mut self) {
        // First everything that tells the handler by being dropped.
        self.stage = Stage::Closed;
        self.link.leave();
        socket::lose(&self.link);
    }
}

/// The protocol as the settings want it.
///
/// A client that closes its half while it waits is taken as gone: otherwise nobody would learn that a client left
/// until bytes are sent to it. Responses to pipelined requests are flushed one by one: gathering them would also
/// gather streamed bodies, without bound. Bodies are copied behind their head and leave with it in one plain write: for
/// small answers that is an eighth of all the work of a request less than a vectored write, and large bodies come in
/// slices.
pub(crate) fn protocol(settings: &Settings) -> Builder {
    let mut http = Builder::new();
    let header_bytes_max = settings.header_bytes_max.max(BUFFER_BYTES_MIN);
    http.half_close(false)
        .writev(false)
        .header_read_timeout(None)
        .max_header_size(header_bytes_max)
        .max_buf_size(header_bytes_max);
    if settings.headers_max != HEADERS_INLINE {
        http.max_headers(settings.headers_max);
    }
    http
}

const REQUEST_TIMEOUT: &[u8] =
    b"HTTP/1.1 408 Request Timeout\r\nconnection: close\r\ncontent-length: 0\r\n\r\n";
const CONTENT_TOO_LARGE: &[u8] =
    b"HTTP/1.1 413 Payload Too Large\r\nconnection: close\r\ncontent-length: 0\r\n\r\n";
