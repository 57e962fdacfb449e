//! The way back: an answer from any thread to the connection that waits for it.

use crate::link::Link;
use crate::response::ResponseBody;
use crate::socket::handshake::{NotAnUpgrade, Offer};
use crate::socket::{Socket, SocketHandler, Wire};
use http::{Response, StatusCode};
use std::fmt;
use std::mem;
use std::net::SocketAddr;
use std::sync::Arc;

/// Answers one request, once, from any thread.
///
/// Dropped without an answer it answers 500. When the client has gone meanwhile, the answer is dropped.
#[must_use = "dropped without an answer, the client gets a 500"]
pub struct Responder {
    link: Arc<Link>,
    request: u64,
    answered: bool,
    /// What the client says of a socket, if it asked for one.
    offer: Option<Result<Box<Offer>, NotAnUpgrade>>,
}

impl Responder {
    /// Hands over the answer and wakes the connection.
    ///
    /// The body is framed here: a [`Full`](ResponseBody::Full) body gets its `content-length`, a
    /// [`Stream`](ResponseBody::Stream) is chunked unless the response says its length, and `HEAD`, 204, 205 and 304
    /// send no body whatever is given. Headers that belong to the connection (`transfer-encoding` and the like) are
    /// removed; `connection: close` is obeyed. A custom reason phrase travels as a [`ReasonPhrase`](crate::ReasonPhrase)
    /// extension.
    pub fn respond(mut self, response: Response<ResponseBody>) {
        self.answered = true;
        self.answer(response);
    }

    /// Answers with 101 and makes the connection a socket.
    ///
    /// `head` gives further headers of that answer, such as the sub-protocol chosen; what the protocol needs is added,
    /// compression is agreed to if the client offered it. The handler is told of everything that happens from then on,
    /// also if the client has gone already: then at once that the socket is lost, on a server thread. What is sent
    /// before the answer has left follows it.
    ///
    /// # Errors
    /// When the request cannot become a socket. The client has been answered with 400 or 426, and the handler is never
    /// called.
    pub fn upgrade(
        mut self,
        head: Response<()>,
        handler: Arc<dyn SocketHandler>,
    ) -> Result<Socket, NotAnUpgrade> {
        self.answered = true;
        let offer = self.offer.take().unwrap_or(Err(NotAnUpgrade::NotRequested)).inspect_err(|refusal| {
            self.answer(refusal.answer());
        })?;
        if !self.link.set_wire(Wire::new(offer.deflate, handler)) {
            // No request follows one that became a socket.
            return Err(NotAnUpgrade::Malformed);
        }
        let socket = Socket::new(Arc::clone(&self.link));
        if !self.answer(offer.accept(head)) {
            self.link.call();
        }
        Ok(socket)
    }

    /// Whether the client asked for a WebSocket; how well it asked is seen when it is [upgraded](Responder::upgrade).
    pub fn is_upgrade(&self) -> bool {
        self.offer.is_some()
    }

    /// Whether the client has gone, so that no answer can reach it.
    pub fn is_closed(&self) -> bool {
        !self.link.slot().is_open(self.request)
    }

    /// Calls `callback` once if the client goes before it has been answered; at once if it has gone already. Called on
    /// a server thread, or on this one; must not block. A later call replaces an earlier one's callback. After the
    /// answer, [`BodySender::on_close`](crate::BodySender::on_close) takes over.
    pub fn on_close(&self, callback: impl FnOnce() + Send + 'static) {
        let mut slot = self.link.slot();
        if slot.is_open(self.request) {
            let replaced = slot.on_close.replace(Box::new(callback));
            drop(slot);
            drop(replaced);
        } else {
            drop(slot);
            callback();
        }
    }

    /// The client's address.
    pub fn peer_addr(&self) -> SocketAddr {
        self.link.peer
    }

    pub(crate) fn new(
        link: Arc<Link>,
        request: u64,
        offer: Option<Result<Box<Offer>, NotAnUpgrade>>,
    ) -> Responder {
        Responder { link, request, answered: false, offer }
    }

    /// Says whether there was still a client to answer.
    fn answer(&self, response: Response<ResponseBody>) -> bool {
        let mut slot = self.link.slot();
        if !slot.is_open(self.request) {
            drop(slot);
            // Outside the lock, because dropping a streamed body calls its producer back.
            drop(response);
            return false;
        }
        slot.is_open = false;
        slot.answer = Some(response);
        let on_close = slot.on_close.take();
        let waiting = mem::take(&mut slot.waiting);
        drop(slot);
        drop(on_close);
        if waiting {
            self.link.call();
        }
        true
    }
}

impl Drop for Responder {
    fn drop(&mut self) {
        if !self.answered {
            let mut response = Response::new(ResponseBody::Empty);
            *response.status_mut() = StatusCode::INTERNAL_SERVER_ERROR;
            self.answer(response);
        }
    }
}

impl fmt::Debug for Responder {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Responder").field("peer", &self.link.peer).field("request", &self.request).finish()
    }
}

/// The one request of a connection that is being answered. The slot is reused: a number tells a request's responder
/// from a late one of an earlier request.
#[derive(Default)]
pub(crate) struct Slot {
    request: u64,
    /// The request waits for its answer.
    is_open: bool,
    /// The answer waits for the connection.
    answer: Option<Response<ResponseBody>>,
    /// The connection's task has looked and wants to be called.
    waiting: bool,
    on_close: Option<Box<dyn FnOnce() + Send>>,
}

impl Slot {
    /// Begins a request and gives its number.
    pub(crate) fn open(&mut self) -> u64 {
        self.request += 1;
        self.is_open = true;
        self.waiting = false;
        self.request
    }

    /// Takes the answer, or asks to be called when it is there.
    pub(crate) fn take(&mut self) -> Option<Response<ResponseBody>> {
        self.waiting = self.answer.is_none();
        self.answer.take()
    }

    /// Ends the request without an answer; what is returned is to be run or dropped outside the lock.
    pub(crate) fn close(&mut self) -> Closed {
        self.is_open = false;
        Closed { _answer: self.answer.take(), on_close: self.on_close.take() }
    }

    fn is_open(&self, request: u64) -> bool {
        self.is_open && self.request == request
    }
}

/// What a request leaves behind when its client goes.
pub(crate) struct Closed {
    _answer: Option<Response<ResponseBody>>,
    on_close: Option<Box<dyn FnOnce() + Send>>,
}

impl Closed {
    pub(crate) fn run(self) {
        if let Some(callback) = self.on_close {
            callback();
        }
    }
}
