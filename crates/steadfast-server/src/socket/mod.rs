//! An upgraded connection, as a handler sees it.
//!
//! [`Socket`] is the side that any thread may use; the connection's task owns the other one. `handshake.rs` decides
//! about an upgrade, `receive.rs` and `frames.rs` are the protocol as pure functions, `deflate.rs` its compression, and
//! `session.rs` moves bytes. Frames are read, checked and written with the frame layer of `tungstenite`.

pub(crate) mod deflate;
mod frames;
#[cfg(feature = "testing")]
pub(crate) mod fuzz;
pub(crate) mod handshake;
mod receive;
pub(crate) mod session;

use crate::link::{Link, lock};
use bytes::Bytes;
use deflate::Deflate;
use std::fmt;
use std::mem;
use std::net::SocketAddr;
use std::sync::atomic::Ordering::Relaxed;
use std::sync::atomic::{AtomicBool, AtomicUsize};
use std::sync::{Arc, Mutex, MutexGuard};
pub use tungstenite::Utf8Bytes;

/// A whole message. Cloning shares its bytes; so does sending one message to many sockets.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum SocketMessage {
    /// Text, which is valid UTF-8.
    Text(Utf8Bytes),
    /// Bytes.
    Binary(Bytes),
}

/// What happens on a socket. One of `Closed` and `Error` is the last event, and comes exactly once.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum SocketEvent {
    /// The peer sent a message.
    Message(SocketMessage),
    /// The peer closes or is gone.
    Closed {
        /// The code of the peer's Close frame; 1005 if it gave none, 1006 if there was no Close frame.
        code: u16,
        /// The reason of the peer's Close frame.
        reason: String,
        /// Whether there was a Close frame.
        clean: bool,
    },
    /// The peer broke the protocol, or sent more than it may. It has been told with a Close frame and is being cut off.
    Error {
        /// The code of that Close frame.
        code: u16,
        /// Its reason, in workerd's words where workerd refuses the same.
        reason: String,
    },
}

/// Receives what happens on a socket.
///
/// Called on a server thread, for one socket never twice at the same time; must not block. The first event may come
/// before [`Responder::upgrade`](crate::Responder::upgrade) has returned. Let go of after the last event.
pub trait SocketHandler: Send + Sync + 'static {
    /// Something happened on the socket. Pings are answered without it.
    fn event(&self, socket: &Socket, event: SocketEvent);

    /// [`Socket::buffered_bytes`] has fallen to 64 KiB or less, after it was more.
    fn room(&self, _socket: &Socket) {}

    /// Whether the peer's Close frame is answered by [`Socket::close`], now or later, and not by the server.
    ///
    /// If so, the socket stays half open after [`Closed`](SocketEvent::Closed): messages can still be sent, and it is
    /// closed by `close`, by `abort`, or by the peer's leaving. Asked when the Close frame comes. Default `false`: the
    /// server answers with the code that the peer gave.
    fn answers_close(&self) -> bool {
        false
    }
}

/// A socket. Every method may be called from any thread and returns at once; when the connection is gone none does
/// anything.
///
/// Dropping it closes nothing: the connection lives until a side closes it.
#[derive(Clone)]
pub struct Socket {
    link: Arc<Link>,
}

impl Socket {
    /// Sends a message, after those sent before.
    ///
    /// It is buffered until the peer takes it; [`buffered_bytes`](Socket::buffered_bytes) tells how far the peer is
    /// behind. Beyond [`Settings::socket_buffer_bytes_max`](crate::Settings::socket_buffer_bytes_max) the socket is
    /// aborted. After `close` it is dropped.
    pub fn send(&self, message: SocketMessage) {
        let Some(wire) = self.wire() else { return };
        let mut outbox = lock(&wire.outbox);
        if outbox.is_shut() {
            return;
        }
        let bytes = message.bytes();
        let buffered = wire.buffered.load(Relaxed).saturating_add(bytes);
        let bytes_max = self.link.home.settings.socket_buffer_bytes_max;
        if buffered > bytes_max {
            tracing::warn!(
                peer = %self.link.peer, buffered_bytes = buffered, buffered_bytes_max = bytes_max,
                "socket aborted, its peer does not read"
            );
            outbox.is_aborted = true;
        } else {
            wire.buffered.fetch_add(bytes, Relaxed);
            outbox.messages.push(message);
        }
        self.call(outbox);
    }

    /// Sends a Close frame after what was sent before, and closes the connection once the peer has sent its own. A peer
    /// that does not is cut off after [`Settings::socket_close_timeout`](crate::Settings::socket_close_timeout).
    ///
    /// Without a code the frame is empty and the reason is dropped. A reason beyond 123 bytes is cut, as the frame has no
    /// room for more. A second call does nothing.
    pub fn close(&self, code: Option<u16>, reason: &str) {
        let Some(wire) = self.wire() else { return };
        let mut outbox = lock(&wire.outbox);
        if !outbox.is_shut() {
            outbox.close = Some(frames::close_payload(code, reason));
            self.call(outbox);
        }
    }

    /// Cuts the connection off without a Close frame; what is buffered is lost. The handler is told `Closed` with 1006,
    /// unless it has been told the end already.
    pub fn abort(&self) {
        let Some(wire) = self.wire() else { return };
        let mut outbox = lock(&wire.outbox);
        if !outbox.is_over {
            outbox.is_aborted = true;
            self.call(outbox);
        }
    }

    /// Bytes of messages that have been sent and not yet been taken by the network.
    pub fn buffered_bytes(&self) -> usize {
        self.wire().map_or(0, |wire| wire.buffered.load(Relaxed))
    }

    /// Stops or resumes reading from the peer, which is how a slow handler slows its peer down.
    ///
    /// Messages that have been read already still come, up to 64 KiB of them. While nothing is read, a peer that closes
    /// or leaves is not noticed.
    pub fn set_reading(&self, is_reading: bool) {
        let Some(wire) = self.wire() else { return };
        if wire.is_reading.swap(is_reading, Relaxed) != is_reading && is_reading {
            self.call(lock(&wire.outbox));
        }
    }

    /// Whether messages are compressed: the client offered it.
    pub fn is_compressed(&self) -> bool {
        self.wire().is_some_and(|wire| wire.deflate.is_some())
    }

    /// The client's address.
    pub fn peer_addr(&self) -> SocketAddr {
        self.link.peer
    }

    /// Whether both are the same connection.
    pub fn is(&self, other: &Socket) -> bool {
        Arc::ptr_eq(&self.link, &other.link)
    }

    pub(crate) fn new(link: Arc<Link>) -> Socket {
        Socket { link }
    }

    fn wire(&self) -> Option<&Wire> {
        self.link.wire()
    }

    /// Wakes the connection's task unless it has been called since it looked last.
    fn call(&self, mut outbox: MutexGuard<'_, Outbox>) {
        let first = !mem::replace(&mut outbox.is_called, true);
        drop(outbox);
        if first {
            self.link.call();
        }
    }
}

impl fmt::Debug for Socket {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Socket").field("peer", &self.link.peer).finish_non_exhaustive()
    }
}

impl SocketMessage {
    /// Its length.
    pub fn bytes(&self) -> usize {
        match self {
            SocketMessage::Text(text) => text.len(),
            SocketMessage::Binary(bytes) => bytes.len(),
        }
    }
}

impl From<&str> for SocketMessage {
    fn from(text: &str) -> SocketMessage {
        SocketMessage::Text(text.into())
    }
}

impl From<String> for SocketMessage {
    fn from(text: String) -> SocketMessage {
        SocketMessage::Text(text.into())
    }
}

impl From<Vec<u8>> for SocketMessage {
    fn from(bytes: Vec<u8>) -> SocketMessage {
        SocketMessage::Binary(bytes.into())
    }
}

impl From<Bytes> for SocketMessage {
    fn from(bytes: Bytes) -> SocketMessage {
        SocketMessage::Binary(bytes)
    }
}

/// What the connection's task shares with the holders of its [`Socket`].
pub(crate) struct Wire {
    deflate: Option<Deflate>,
    buffered: AtomicUsize,
    is_reading: AtomicBool,
    outbox: Mutex<Outbox>,
}

/// What waits for the connection's task.
struct Outbox {
    messages: Vec<SocketMessage>,
    /// The payload of a Close frame to be sent after the messages.
    close: Option<Bytes>,
    is_aborted: bool,
    /// A Close frame has been taken by the task.
    is_closing: bool,
    /// The connection is gone.
    is_over: bool,
    /// The task has been called and has not looked since.
    is_called: bool,
    /// Until the last event.
    handler: Option<Arc<dyn SocketHandler>>,
}

impl Wire {
    pub(crate) fn new(deflate: Option<Deflate>, handler: Arc<dyn SocketHandler>) -> Wire {
        Wire {
            deflate,
            buffered: AtomicUsize::new(0),
            is_reading: AtomicBool::new(true),
            outbox: Mutex::new(Outbox {
                messages: Vec::new(),
                close: None,
                is_aborted: false,
                is_closing: false,
                is_over: false,
                // The task looks when the upgrade is done; until then nobody needs to call it.
                is_called: true,
                handler: Some(handler),
            }),
        }
    }
}

impl Outbox {
    fn is_shut(&self) -> bool {
        self.is_over || self.is_aborted || self.is_closing || self.close.is_some()
    }
}

/// Ends a socket whose connection is gone. The handler is told unless it has been told an end.
pub(crate) fn lose(link: &Arc<Link>) {
    let Some(wire) = link.wire() else { return };
    let (handler, unsent) = {
        let mut outbox = lock(&wire.outbox);
        outbox.is_over = true;
        outbox.close = None;
        (outbox.handler.take(), mem::take(&mut outbox.messages))
    };
    drop(unsent);
    wire.buffered.store(0, Relaxed);
    if let Some(handler) = handler {
        let event = SocketEvent::Closed { code: CODE_LOST, reason: REASON_LOST.to_owned(), clean: false };
        handler.event(&Socket::new(Arc::clone(link)), event);
    }
}

/// What a peer is reported with that sent no code, and one that sent no Close frame. Neither is ever sent.
const CODE_NONE: u16 = 1005;
const CODE_LOST: u16 = 1006;
/// Source: workerd, which reports this whenever a peer vanishes.
const REASON_LOST: &str = "WebSocket disconnected without sending Close frame.";
