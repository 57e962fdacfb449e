//! Streamed response bodies: chunks from any thread, held back when the client is slow.

use crate::error::{Error, ErrorKind};
use crate::link::{Link, lock};
use crate::settings::SLICE_BYTES_MAX;
use bytes::Bytes;
use std::collections::VecDeque;
use std::fmt;
use std::future::poll_fn;
use std::mem;
use std::sync::{Arc, Mutex, MutexGuard};
use std::task::{Context, Poll, Waker};

/// A streamed body: what is sent into the first half leaves through the second, which goes into an answer.
///
/// `capacity` is how many bytes may be on their way before the producer is asked to wait; 64 KiB keeps a socket busy.
/// Zero counts as one.
pub fn body_channel(capacity: usize) -> (BodySender, BodyReceiver) {
    let channel = Arc::new(Channel { capacity: capacity.max(1), state: Mutex::new(State::default()) });
    (BodySender { channel: Arc::clone(&channel), ended: false }, BodyReceiver { channel, ended: false })
}

/// The producer's half of a streamed body. Dropped before [`finish`](BodySender::finish) it aborts the body, so that
/// the client never takes half an answer for a whole one.
#[must_use = "dropped, it aborts the body"]
pub struct BodySender {
    channel: Arc<Channel>,
    ended: bool,
}

/// Whether a producer may go on.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Flow {
    /// There is room.
    Open,
    /// There is none; wait for [`BodySender::ready`] or [`BodySender::on_ready`].
    Full,
}

impl BodySender {
    /// Sends a chunk and says whether the next one should wait. Never blocks and never refuses for want of room: the
    /// bound holds when producers wait on [`Flow::Full`], and is then passed by one chunk at most.
    ///
    /// # Errors
    /// `ClientGone` when nobody will read it.
    pub fn send(&self, chunk: Bytes) -> Result<Flow, Error> {
        let (staged, flow) = self.stage(chunk)?;
        staged.release();
        Ok(flow)
    }

    /// Takes room for a chunk that must not leave yet. Whoever holds the chunk releases it, in the order of staging.
    ///
    /// # Errors
    /// `ClientGone` when nobody will read it.
    pub fn stage(&self, chunk: Bytes) -> Result<(Staged, Flow), Error> {
        let mut state = lock(&self.channel.state);
        if state.end == End::Unread {
            return Err(Error::new(ErrorKind::ClientGone));
        }
        state.bytes += chunk.len();
        let flow = state.flow(self.channel.capacity);
        drop(state);
        Ok((Staged { channel: Arc::clone(&self.channel), chunk: Some(chunk) }, flow))
    }

    /// Whether there is room now.
    ///
    /// # Errors
    /// `ClientGone` when nobody will read the body.
    pub fn flow(&self) -> Result<Flow, Error> {
        let state = lock(&self.channel.state);
        match state.end {
            End::Unread => Err(Error::new(ErrorKind::ClientGone)),
            _ => Ok(state.flow(self.channel.capacity)),
        }
    }

    /// Resolves when there is room.
    ///
    /// # Errors
    /// `ClientGone` when nobody will read the body.
    pub async fn ready(&self) -> Result<(), Error> {
        poll_fn(|cx| {
            let mut state = lock(&self.channel.state);
            if state.end == End::Unread {
                return Poll::Ready(Err(Error::new(ErrorKind::ClientGone)));
            }
            if state.flow(self.channel.capacity) == Flow::Open {
                return Poll::Ready(Ok(()));
            }
            state.on_room = Room::Wake(cx.waker().clone());
            Poll::Pending
        })
        .await
    }

    /// Calls `callback` once when there is room or nobody will read the body; at once if that is so now. Called on a
    /// server thread, or on this one; must not block. A later call replaces an earlier one's callback.
    pub fn on_ready(&self, callback: impl FnOnce() + Send + 'static) {
        let mut state = lock(&self.channel.state);
        if state.end == End::Unread || state.flow(self.channel.capacity) == Flow::Open {
            drop(state);
            callback();
        } else {
            let replaced = mem::replace(&mut state.on_room, Room::Call(Box::new(callback)));
            drop(state);
            drop(replaced);
        }
    }

    /// Calls `callback` once if the client goes, or the body turns out not to be wanted, before its end; at once if
    /// that has happened. Same rules as [`on_ready`](BodySender::on_ready).
    pub fn on_close(&self, callback: impl FnOnce() + Send + 'static) {
        let mut state = lock(&self.channel.state);
        if state.end == End::Unread {
            drop(state);
            callback();
        } else {
            let replaced = state.on_close.replace(Box::new(callback));
            drop(state);
            drop(replaced);
        }
    }

    /// Ends the body well, after the last of its chunks; staged ones may still be released.
    pub fn finish(mut self) {
        self.ended = true;
        self.channel.end(End::Finished);
    }

    /// Ends the body badly: chunks released so far are still sent, then the connection is cut, and the client sees
    /// that its answer is not whole.
    pub fn abort(self, error: impl std::error::Error + 'static) {
        tracing::debug!(error = &error as &dyn std::error::Error, "response body aborted");
    }
}

impl Drop for BodySender {
    fn drop(&mut self) {
        if !self.ended {
            self.channel.end(End::Aborted);
        }
    }
}

impl fmt::Debug for BodySender {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("BodySender").finish_non_exhaustive()
    }
}

/// A chunk that has its room and waits for leave to go. Dropped unreleased it aborts the body.
#[must_use = "dropped, it aborts the body"]
pub struct Staged {
    channel: Arc<Channel>,
    chunk: Option<Bytes>,
}

impl Staged {
    /// Lets the chunk go, from any thread.
    pub fn release(mut self) {
        let Some(chunk) = self.chunk.take().filter(|chunk| !chunk.is_empty()) else { return };
        let mut state = lock(&self.channel.state);
        if state.end == End::Unread {
            return;
        }
        state.chunks.push_back(chunk);
        call(state);
    }
}

impl Drop for Staged {
    fn drop(&mut self) {
        if self.chunk.is_some() {
            self.channel.end(End::Aborted);
        }
    }
}

impl fmt::Debug for Staged {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Staged").field("bytes", &self.chunk.as_ref().map(Bytes::len)).finish()
    }
}

/// The connection's half of a streamed body. Dropped before the body's end it tells the producer so.
pub struct BodyReceiver {
    channel: Arc<Channel>,
    /// The producer's last word has been heard.
    ended: bool,
}

impl BodyReceiver {
    pub(crate) fn poll_chunk(
        &mut self,
        cx: &mut Context<'_>,
        link: &Arc<Link>,
    ) -> Poll<Option<Result<Bytes, Error>>> {
        let mut state = lock(&self.channel.state);
        if let Some(chunk) = state.next_slice() {
            state.bytes -= chunk.len();
            let room = state.take_room(self.channel.capacity);
            drop(state);
            room.announce();
            return Poll::Ready(Some(Ok(chunk)));
        }
        match state.end {
            // The bytes that are left are of staged chunks.
            End::Finished if state.bytes == 0 => {
                self.ended = true;
                Poll::Ready(None)
            }
            // One more turn before the connection is cut, in which it flushes what it has.
            End::Aborted => {
                state.end = End::Cut;
                cx.waker().wake_by_ref();
                Poll::Pending
            }
            End::Cut => {
                self.ended = true;
                Poll::Ready(Some(Err(Error::new(ErrorKind::Aborted))))
            }
            End::None | End::Finished | End::Unread => {
                state.receiver.get_or_insert_with(|| Arc::clone(link));
                state.receiver_waits = true;
                Poll::Pending
            }
        }
    }
}

impl Drop for BodyReceiver {
    fn drop(&mut self) {
        let mut state = lock(&self.channel.state);
        let abandoned = !self.ended;
        state.end = End::Unread;
        let chunks = mem::take(&mut state.chunks);
        let room = mem::take(&mut state.on_room);
        let on_close = state.on_close.take();
        let receiver = state.receiver.take();
        drop(state);
        drop((chunks, receiver));
        room.announce();
        if let Some(callback) = on_close.filter(|_| abandoned) {
            callback();
        }
    }
}

impl fmt::Debug for BodyReceiver {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("BodyReceiver").finish_non_exhaustive()
    }
}

struct Channel {
    capacity: usize,
    state: Mutex<State>,
}

#[derive(Default)]
struct State {
    chunks: VecDeque<Bytes>,
    /// Bytes of the chunks here and of those staged.
    bytes: usize,
    end: End,
    receiver: Option<Arc<Link>>,
    receiver_waits: bool,
    on_room: Room,
    on_close: Option<Box<dyn FnOnce() + Send>>,
}

#[derive(Clone, Copy, Default, PartialEq, Eq)]
enum End {
    #[default]
    None,
    Finished,
    Aborted,
    /// Aborted, and the connection has had its chance to flush.
    Cut,
    /// The receiver is gone.
    Unread,
}

/// Who waits for room.
#[derive(Default)]
enum Room {
    #[default]
    Unasked,
    Wake(Waker),
    Call(Box<dyn FnOnce() + Send>),
}

impl Room {
    fn announce(self) {
        match self {
            Room::Unasked => {}
            Room::Wake(waker) => waker.wake(),
            Room::Call(callback) => callback(),
        }
    }
}

impl Channel {
    fn end(&self, end: End) {
        let mut state = lock(&self.state);
        // A staged chunk that was given up spoils even a body that is finished.
        let open = matches!(state.end, End::None) || (end == End::Aborted && state.end == End::Finished);
        if open {
            state.end = end;
            call(state);
        }
    }
}

impl State {
    fn flow(&self, capacity: usize) -> Flow {
        if self.bytes < capacity { Flow::Open } else { Flow::Full }
    }

    /// The next chunk, or a slice of it when it is large.
    fn next_slice(&mut self) -> Option<Bytes> {
        match self.chunks.front_mut() {
            Some(chunk) if chunk.len() > SLICE_BYTES_MAX => Some(chunk.split_to(SLICE_BYTES_MAX)),
            _ => self.chunks.pop_front(),
        }
    }

    /// Whoever waits for room, once half of it is free: not woken for every chunk.
    fn take_room(&mut self, capacity: usize) -> Room {
        match self.bytes <= capacity / 2 {
            true => mem::take(&mut self.on_room),
            false => Room::Unasked,
        }
    }
}

/// Wakes the receiver if it waits.
fn call(mut state: MutexGuard<'_, State>) {
    if mem::take(&mut state.receiver_waits) {
        let receiver = state.receiver.clone();
        drop(state);
        if let Some(link) = receiver {
            link.call();
        }
    }
}
