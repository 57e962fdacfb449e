//! WebSockets as objects see them: pairs of ends, and where what arrives at an end goes.
//!
//! Owns the sockets of a process. They live beside the lanes, not in them, so a hibernating one needs no
//! activation and outlives its lane: a code reload does not disconnect anybody. A socket is an end of a
//! pair, known by a number; whatever is sent by one end arrives at the other, and who takes it there is
//! the end's consumer: a connection to outside ([`Wire`]), code that has accepted it, or an object that
//! hibernates. Must never know of HTTP or frames.
//!
//! `membership`, `tags` and `close` are pure; `pair` is one socket under its lock, `object` what an object
//! has of hibernating ones. `lane/sockets.rs` turns what arrives into deliveries.

mod close;
mod membership;
mod object;
mod pair;
mod tags;

use std::collections::HashMap;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use bytes::Bytes;

pub use close::{CloseFrame, CloseRefused};
pub(crate) use object::{ObjectKey, ObjectSockets};
use pair::Pair;
pub(crate) use pair::{Arrival, Inbox, Recipient, To};
pub use tags::TagsRefused;
pub(crate) use tags::distinct as distinct_tags;

use crate::clock::Clock;

/// One end of a pair, never reused in a process. The other end has the number that differs in the last
/// bit.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Debug)]
pub struct SocketNo(pub u64);

impl SocketNo {
    /// The other end.
    #[must_use]
    pub fn peer(self) -> Self {
        Self(self.0 ^ 1)
    }

    fn pair(self) -> u64 {
        self.0 >> 1
    }

    fn side(self) -> usize {
        usize::from(self.0 & 1 == 1)
    }
}

/// What is sent.
#[derive(Clone, PartialEq, Eq, Debug)]
pub enum SocketMessage {
    /// Text: bytes that are UTF-8.
    Text(Bytes),
    /// Bytes.
    Binary(Bytes),
}

impl SocketMessage {
    /// A text.
    pub fn text(text: impl Into<String>) -> Self {
        Self::Text(text.into().into())
    }

    /// The text, if it is one.
    pub fn as_text(&self) -> Option<&str> {
        match self {
            Self::Text(bytes) => std::str::from_utf8(bytes).ok(),
            Self::Binary(_) => None,
        }
    }

    fn len(&self) -> usize {
        match self {
            Self::Text(bytes) | Self::Binary(bytes) => bytes.len(),
        }
    }
}

/// What arrives at an end.
#[derive(Clone, PartialEq, Eq, Debug)]
pub enum SocketEvent {
    /// A message.
    Message(SocketMessage),
    /// The peer sends no more.
    Closed {
        /// The code of the Close frame; 1005 for one without a code, 1006 when there was none.
        code: u16,
        /// Its reason.
        reason: Arc<str>,
        /// Whether there was a Close frame.
        was_clean: bool,
    },
    /// The connection has failed.
    Error(Arc<str>),
}

impl SocketEvent {
    /// The peer is gone without having said so.
    pub fn lost() -> Self {
        Self::Closed { code: NO_CLOSE_FRAME, reason: LOST.into(), was_clean: false }
    }

    /// Whether nothing follows it.
    pub fn is_end(&self) -> bool {
        !matches!(self, Self::Message(_))
    }

    /// Whether it leaves no way to answer.
    fn is_loss(&self) -> bool {
        matches!(self, Self::Closed { was_clean: false, .. } | Self::Error(_))
    }

    fn len(&self) -> usize {
        match self {
            Self::Message(message) => message.len(),
            _ => 0,
        }
    }
}

/// A connection to outside. Called from any thread; must not block.
pub trait Wire: Send + Sync {
    /// Sends a message. One that cannot be sent any more is dropped.
    fn send(&self, message: SocketMessage);
    /// Sends a Close frame.
    fn close(&self, frame: &CloseFrame);
    /// Ends the connection without one.
    fn abort(&self);
    /// Whether to read what the client sends: not while too much of it waits.
    fn set_reading(&self, reading: bool);
}

/// The consumers of a socket are taken.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct AlreadyAccepted;

/// The sockets of a process.
pub struct Sockets {
    clock: Arc<dyn Clock>,
    last: AtomicU64,
    pairs: Mutex<HashMap<u64, Arc<Pair>>>,
    objects: Mutex<HashMap<ObjectKey, Arc<ObjectSockets>>>,
}

impl Sockets {
    pub(super) fn new(clock: Arc<dyn Clock>) -> Self {
        Self { clock, last: AtomicU64::new(1), pairs: Mutex::default(), objects: Mutex::default() }
    }

    /// Two new ends; the first one's peer is the second.
    pub fn pair(&self) -> SocketNo {
        let no = self.last.fetch_add(1, Ordering::Relaxed);
        self.pairs().insert(no, Arc::new(Pair::new(no)));
        SocketNo(no << 1)
    }

    /// How many pairs are open.
    pub fn pair_count(&self) -> usize {
        self.pairs().len()
    }

    /// Sends a message from an end, at once.
    pub fn send(&self, from: SocketNo, message: SocketMessage) {
        self.arrive(from.peer(), SocketEvent::Message(message));
    }

    /// Closes from an end, at once: nothing is sent by it afterwards.
    pub fn close(&self, from: SocketNo, frame: &CloseFrame) {
        self.arrive(from.peer(), frame.event());
    }

    /// Ends the pair: the other end loses its connection without a Close frame.
    pub fn abort(&self, socket: SocketNo) {
        if let Some(pair) = self.find(socket) {
            self.let_go(&pair, socket.side());
        }
    }

    /// What a connection that is coupled to the peer of this end has received.
    pub fn arrive(&self, at: SocketNo, event: SocketEvent) {
        if let Some(pair) = self.find(at) {
            self.arrive_in(&pair, at.side(), event);
        }
    }

    /// Couples an end with a connection: what arrives at the end goes to it, what waited first.
    /// What the connection receives is to be told with [`arrive`](Self::arrive) at the peer.
    ///
    /// # Errors
    /// When something else takes what arrives there. The connection is not touched.
    pub fn couple(&self, socket: SocketNo, wire: Arc<dyn Wire>) -> Result<(), AlreadyAccepted> {
        let pair = self.find(socket).ok_or(AlreadyAccepted)?;
        let is_over = pair.couple(socket.side(), wire)?;
        self.forget_if(is_over, &pair);
        Ok(())
    }

    /// Whether nobody takes yet what arrives at this end.
    pub fn is_free(&self, socket: SocketNo) -> bool {
        self.find(socket).is_some_and(|pair| pair.is_free(socket.side()))
    }

    /// Sends one message from each of these ends.
    pub(super) fn send_all(&self, from: &[SocketNo], message: &SocketMessage) {
        let pairs: Vec<_> = {
            let table = self.pairs();
            from.iter()
                .filter_map(|socket| Some((table.get(&socket.pair())?.clone(), socket.peer().side())))
                .collect()
        };
        for (pair, side) in pairs {
            self.arrive_in(&pair, side, SocketEvent::Message(message.clone()));
        }
    }

    /// Lets code take what arrives at this end; what waited comes first.
    pub(super) fn listen(&self, socket: SocketNo, to: Recipient) -> Result<(), AlreadyAccepted> {
        self.find(socket).ok_or(AlreadyAccepted)?.listen(socket.side(), to)
    }

    /// The end goes: its peer loses its connection, and nobody is told here.
    pub(super) fn let_go(&self, pair: &Arc<Pair>, side: usize) {
        pair.let_go(side);
        self.arrive_in(pair, 1 - side, SocketEvent::lost());
    }

    /// The recipient has been given what arrived. Says how the end stands from now on.
    pub(super) fn taken(&self, arrival: &Arrival) {
        let is_over = arrival.pair.taken(arrival.side, &arrival.event);
        self.forget_if(is_over, &arrival.pair);
    }

    /// The value attached to a socket, in the form of the host.
    pub fn attachment(&self, socket: SocketNo) -> Option<Bytes> {
        self.find(socket)?.with_end(socket.side(), |end| end.attachment.clone())
    }

    /// Replaces it.
    pub(super) fn attach(&self, socket: SocketNo, attachment: Bytes) {
        if let Some(pair) = self.find(socket) {
            pair.with_end(socket.side(), |end| end.attachment = Some(attachment));
        }
    }

    /// When the automatic response was last sent by this end, in milliseconds since the Unix epoch.
    pub fn auto_response_ms(&self, socket: SocketNo) -> Option<i64> {
        self.find(socket)?.with_end(socket.side(), |end| end.auto_response_ms)
    }

    /// Whether anything can still happen to it.
    pub fn is_open(&self, socket: SocketNo) -> bool {
        self.find(socket).is_some()
    }

    /// Whether this end has sent its Close frame.
    pub fn is_closing(&self, socket: SocketNo) -> bool {
        self.find(socket).is_some_and(|pair| pair.has_closed(socket.side()))
    }

    /// The tags of a socket that hibernates; `None` for another.
    pub fn tags(&self, socket: SocketNo) -> Option<Vec<Arc<str>>> {
        let (object, place) = self.find(socket)?.object(socket.side())?;
        Some(object.tags(place))
    }

    /// What an object has of sockets, begun if there is nothing yet.
    pub(super) fn object(&self, key: &ObjectKey) -> Arc<ObjectSockets> {
        let mut objects = self.objects();
        if let Some(object) = objects.get(key) {
            return object.clone();
        }
        let object = Arc::new(ObjectSockets::new(key.clone()));
        objects.insert(key.clone(), object.clone());
        object
    }

    /// The same if there are any.
    pub(super) fn known_object(&self, key: &ObjectKey) -> Option<Arc<ObjectSockets>> {
        self.objects().get(key).cloned()
    }

    /// All objects that have any.
    pub(super) fn all_objects(&self) -> Vec<Arc<ObjectSockets>> {
        self.objects().values().cloned().collect()
    }

    /// The object keeps nothing here any more.
    pub(super) fn forget_object(&self, key: &ObjectKey) {
        self.objects().remove(key);
    }

    /// Disconnects every socket of an object that was reset.
    pub(super) fn drop_object(&self, key: &ObjectKey) {
        let dropped = self.objects().remove(key);
        for socket in dropped.map(|object| object.dissolve()).unwrap_or_default() {
            self.abort(socket);
        }
    }

    pub(super) fn find(&self, socket: SocketNo) -> Option<Arc<Pair>> {
        self.pairs().get(&socket.pair()).cloned()
    }

    fn arrive_in(&self, pair: &Arc<Pair>, side: usize, event: SocketEvent) {
        let outcome = pair.arrive(side, event, || self.clock.now_ms());
        if let Some(response) = outcome.respond {
            self.arrive_in(pair, 1 - side, SocketEvent::Message(response));
        }
        self.forget_if(outcome.is_over, pair);
    }

    fn forget_if(&self, is_over: bool, pair: &Arc<Pair>) {
        if is_over {
            self.pairs().remove(&pair.no());
        }
    }

    fn pairs(&self) -> MutexGuard<'_, HashMap<u64, Arc<Pair>>> {
        self.pairs.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn objects(&self) -> MutexGuard<'_, HashMap<ObjectKey, Arc<ObjectSockets>>> {
        self.objects.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// The code of a connection that ended without a Close frame.
pub(crate) const NO_CLOSE_FRAME: u16 = 1006;
/// What code is told then.
const LOST: &str = "WebSocket disconnected without sending Close frame.";
