//! Request bodies: whole when small, pulled chunk by chunk when not.

use crate::error::{Error, ErrorKind};
use crate::link::Link;
use crate::watch::Cut;
use bytes::Bytes;
use http_body::{Body, Frame, SizeHint};
use hyper::body::Incoming;
use std::error::Error as _;
use std::fmt;
use std::future::poll_fn;
use std::io;
use std::pin::Pin;
use std::sync::atomic::AtomicBool;
use std::sync::atomic::Ordering::SeqCst;
use std::sync::{Arc, Mutex};
use std::task::{Context, Poll, Wake, Waker};

/// The body of a request.
#[derive(Debug, Default)]
pub enum RequestBody {
    /// None was sent.
    #[default]
    Empty,
    /// All of it: bodies that announce a length of 64 KiB or less.
    Full(Bytes),
    /// To be pulled: larger ones, and those of unknown length.
    Stream(BodyStream),
}

/// What is returned by one pull: a chunk, or `None` at the body's end.
pub type Chunk = Option<Result<Bytes, Error>>;

/// A request body that is still arriving. Bytes not pulled stay in the socket, which slows the client down; a client
/// that asked with `expect: 100-continue` is told to go on at the first pull.
///
/// Dropped before its end, the rest of the body is not read and the connection closes after the answer.
///
/// # Errors
/// Pulling gives `ClientGone`, `ClientSlow`, `Malformed` (bad chunk framing) or `TooLarge`, and `None` after that. In
/// the second and last case the client has been told and its connection is closed.
pub struct BodyStream {
    incoming: Incoming,
    link: Arc<Link>,
    received: u64,
    ended: bool,
}

impl BodyStream {
    /// The length the client announced, less what has been pulled.
    pub fn remaining(&self) -> Option<u64> {
        self.incoming.size_hint().exact()
    }

    /// Pulls the next chunk, from any thread.
    pub async fn chunk(&mut self) -> Chunk {
        poll_fn(|cx| self.poll_chunk(cx)).await
    }

    /// Pulls the next chunk and gives it, with the body, to `done`: on this thread when it is here already, on a server
    /// thread otherwise, where it must not block. Called exactly once.
    pub fn pull(self, done: impl FnOnce(BodyStream, Chunk) + Send + 'static) {
        let waiting = Mutex::new(Some((self, Box::new(done) as Done)));
        Arc::new(Pull { waiting, woken: AtomicBool::new(false) }).advance();
    }

    /// Polls for the next chunk, with a waker of any thread.
    pub fn poll_chunk(&mut self, cx: &mut Context<'_>) -> Poll<Chunk> {
        if self.ended {
            return Poll::Ready(None);
        }
        let Poll::Ready(frame) = Pin::new(&mut self.incoming).poll_frame(cx) else {
            self.link.progress.set_body_awaited(true);
            return Poll::Pending;
        };
        self.link.progress.set_body_awaited(false);
        match frame {
            Some(Ok(frame)) => match frame.into_data() {
                Ok(bytes) => Poll::Ready(Some(self.count(bytes))),
                // Trailers end a body; nobody above knows them.
                Err(_trailers) => {
                    self.end();
                    Poll::Ready(None)
                }
            },
            Some(Err(error)) => Poll::Ready(Some(Err(self.fail(error)))),
            None => {
                self.end();
                Poll::Ready(None)
            }
        }
    }

    pub(crate) fn new(incoming: Incoming, link: Arc<Link>) -> BodyStream {
        link.progress.set_body_awaited(false);
        link.progress.set_body_open(true);
        BodyStream { incoming, link, received: 0, ended: false }
    }

    fn count(&mut self, bytes: Bytes) -> Result<Bytes, Error> {
        self.received += bytes.len() as u64;
        if self.link.home.settings.body_bytes_max.is_some_and(|max| self.received > max) {
            self.link.progress.set_unread();
            self.end();
            self.link.cut(Cut::BodyTooLarge);
            return Err(Error::new(ErrorKind::TooLarge));
        }
        Ok(bytes)
    }

    fn fail(&mut self, error: hyper::Error) -> Error {
        self.end();
        let kind = match self.link.progress.cut_reason() {
            Some(Cut::SlowBody) => ErrorKind::ClientSlow,
            Some(Cut::BodyTooLarge) => ErrorKind::TooLarge,
            _ if is_malformed(&error) => ErrorKind::Malformed,
            _ => {
                self.link.cut(Cut::Gone);
                ErrorKind::ClientGone
            }
        };
        if kind == ErrorKind::Malformed {
            self.link.progress.set_unread();
        }
        Error::because(kind, error)
    }

    fn end(&mut self) {
        self.ended = true;
        self.link.progress.set_body_open(false);
    }
}

/// Whether the client's bytes are wrong, rather than missing.
fn is_malformed(error: &hyper::Error) -> bool {
    error.source().and_then(|source| source.downcast_ref::<io::Error>()).is_some_and(|source| {
        matches!(source.kind(), io::ErrorKind::InvalidInput | io::ErrorKind::InvalidData)
    })
}

impl Drop for BodyStream {
    fn drop(&mut self) {
        if self.ended {
            return;
        }
        // The last chunk may have been pulled, and only the end not been asked for.
        let whole = matches!(self.poll_chunk(&mut Context::from_waker(Waker::noop())), Poll::Ready(None));
        if !whole {
            self.link.progress.set_unread();
            self.end();
        }
    }
}

impl fmt::Debug for BodyStream {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("BodyStream").field("received", &self.received).field("ended", &self.ended).finish()
    }
}

impl Body for RequestBody {
    type Data = Bytes;
    type Error = Error;

    fn poll_frame(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Option<Result<Frame<Bytes>, Error>>> {
        let this = self.get_mut();
        match this {
            RequestBody::Empty => Poll::Ready(None),
            RequestBody::Full(bytes) => {
                let bytes = std::mem::take(bytes);
                *this = RequestBody::Empty;
                Poll::Ready(Some(Ok(Frame::data(bytes))))
            }
            RequestBody::Stream(stream) => {
                stream.poll_chunk(cx).map(|chunk| chunk.map(|chunk| chunk.map(Frame::data)))
            }
        }
    }

    fn is_end_stream(&self) -> bool {
        match self {
            RequestBody::Empty => true,
            RequestBody::Full(_) => false,
            RequestBody::Stream(stream) => stream.ended,
        }
    }

    fn size_hint(&self) -> SizeHint {
        match self {
            RequestBody::Empty => SizeHint::with_exact(0),
            RequestBody::Full(bytes) => SizeHint::with_exact(bytes.len() as u64),
            RequestBody::Stream(stream) => stream.incoming.size_hint(),
        }
    }
}

/// A pull that waits for its chunk; it is its own waker. Waking may happen while it polls, on the same thread too, so
/// whoever finds it busy leaves a note instead of waiting.
struct Pull {
    waiting: Mutex<Option<(BodyStream, Done)>>,
    woken: AtomicBool,
}

type Done = Box<dyn FnOnce(BodyStream, Chunk) + Send>;

impl Pull {
    fn advance(self: &Arc<Self>) {
        let waker = Waker::from(Arc::clone(self));
        self.woken.store(true, SeqCst);
        while self.woken.load(SeqCst) {
            let Ok(mut waiting) = self.waiting.try_lock() else { return };
            self.woken.store(false, SeqCst);
            let Some((stream, _)) = waiting.as_mut() else { return };
            if let Poll::Ready(chunk) = stream.poll_chunk(&mut Context::from_waker(&waker)) {
                let pulled = waiting.take();
                drop(waiting);
                if let Some((stream, done)) = pulled {
                    done(stream, chunk);
                }
                return;
            }
        }
    }
}

impl Wake for Pull {
    fn wake(self: Arc<Self>) {
        self.advance();
    }
}
