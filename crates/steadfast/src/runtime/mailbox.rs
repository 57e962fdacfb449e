//! How other threads reach a lane: a queue that wakes it once.

use std::collections::VecDeque;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use super::call::Context;
use super::sockets::{Arrival, Inbox, To};
use crate::engine::Poisoned;

/// What a host waits for, named by the host.
pub type Token = u64;

/// What arrives from outside the lane's thread. `M` is the host's own kind of message.
pub(crate) enum Message<M> {
    /// A message of the host's.
    Host(M),
    /// What `context` waited for under `token` has come, or never will.
    Resume { context: Context, token: Token, outcome: Result<(), Poisoned> },
    /// Something has arrived at a socket.
    Socket(Arrival),
    /// A deadline of the lane has passed.
    Tick,
}

/// The lane's inbox. Cloning shares it.
pub struct Mailbox<M> {
    inner: Arc<Inner<M>>,
}

struct Inner<M> {
    queue: Mutex<Queue<M>>,
    closed: AtomicBool,
    /// Called after a message was put into an empty queue, with no lock held.
    wake: Box<dyn Fn() + Send + Sync>,
}

struct Queue<M> {
    messages: VecDeque<Message<M>>,
}

impl<M> Clone for Mailbox<M> {
    fn clone(&self) -> Self {
        Self { inner: self.inner.clone() }
    }
}

impl<M> Mailbox<M> {
    /// An empty mailbox. `wake` is called from any thread, once for all messages that arrive before
    /// the lane next looks; it must make the lane's thread call [`Lane::receive`](super::Lane::receive).
    pub fn new(wake: impl Fn() + Send + Sync + 'static) -> Self {
        let queue = Mutex::new(Queue { messages: VecDeque::new() });
        Self { inner: Arc::new(Inner { queue, closed: AtomicBool::default(), wake: Box::new(wake) }) }
    }

    /// Sends a message of the host's.
    ///
    /// # Errors
    /// Gives the message back when the lane has ended.
    pub fn send(&self, message: M) -> Result<(), M> {
        match self.push(Message::Host(message)) {
            Ok(()) => Ok(()),
            Err(Message::Host(message)) => Err(message),
            Err(_) => unreachable!("a refused message is the one that was sent"),
        }
    }

    /// Delivers the end of a wait, also to a lane that has ended: code outside of objects may wait on.
    pub(crate) fn resume(&self, context: Context, token: Token, outcome: Result<(), Poisoned>) {
        drop(self.push(Message::Resume { context, token, outcome }));
    }

    /// Says that a deadline has passed.
    pub(crate) fn tick(&self) {
        drop(self.push(Message::Tick));
    }

    /// Takes all that has arrived.
    pub(crate) fn take(&self) -> VecDeque<Message<M>> {
        std::mem::take(&mut self.lock().messages)
    }

    /// Whether nothing has arrived that was not taken.
    pub fn is_empty(&self) -> bool {
        self.lock().messages.is_empty()
    }

    /// Refuses messages of the host's from now on and gives back those the lane had not looked at.
    /// From now on the lane commits nothing either: another one may run its objects.
    pub fn close(&self) -> Vec<M> {
        let mut queue = self.lock();
        self.inner.closed.store(true, Ordering::Release);
        let mut refused = Vec::new();
        let mut arrivals = Vec::new();
        for message in std::mem::take(&mut queue.messages) {
            match message {
                Message::Host(message) => refused.push(message),
                Message::Resume { .. } => queue.messages.push_back(message),
                Message::Socket(arrival) => arrivals.push(arrival),
                Message::Tick => {}
            }
        }
        drop(queue);
        park(arrivals);
        refused
    }

    /// Whether it has been closed.
    pub fn is_closed(&self) -> bool {
        self.inner.closed.load(Ordering::Acquire)
    }

    /// Whether `other` is this mailbox.
    pub fn is(&self, other: &Self) -> bool {
        Arc::ptr_eq(&self.inner, &other.inner)
    }

    fn push(&self, message: Message<M>) -> Result<(), Message<M>> {
        let mut queue = self.lock();
        if self.is_closed() && !matches!(message, Message::Resume { .. }) {
            return Err(message);
        }
        let was_empty = queue.messages.is_empty();
        queue.messages.push_back(message);
        drop(queue);
        if was_empty {
            (self.inner.wake)();
        }
        Ok(())
    }

    fn lock(&self) -> MutexGuard<'_, Queue<M>> {
        self.inner.queue.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl<M: Send + 'static> Inbox for Mailbox<M> {
    fn post(&self, arrival: Arrival) -> Result<(), Arrival> {
        match self.push(Message::Socket(arrival)) {
            Err(Message::Socket(arrival)) => Err(arrival),
            _ => Ok(()),
        }
    }

    fn is_closed(&self) -> bool {
        Mailbox::is_closed(self)
    }
}

/// Keeps for the next lane what came for objects that hibernate, in order and before what came since.
pub(super) fn park(arrivals: Vec<Arrival>) {
    for arrival in arrivals.into_iter().rev() {
        if let To::Object(object, _) = arrival.to.clone() {
            object.park(arrival);
        }
    }
}
