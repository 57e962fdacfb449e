//! One socket: two ends, what waits at each, and who takes it there.

use std::collections::VecDeque;
use std::fmt;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use bytes::Bytes;

use super::membership::Place;
use super::{AlreadyAccepted, CloseFrame, ObjectSockets, SocketEvent, SocketMessage, SocketNo, Wire};
use crate::limits::{SOCKET_QUEUE_BYTES_MAX, SOCKET_QUEUE_EVENTS_MAX};
use crate::runtime::call::Context;

/// Where a lane is told of what has arrived.
pub(crate) trait Inbox: Send + Sync {
    /// Gives the arrival back when the lane has ended.
    fn post(&self, arrival: Arrival) -> Result<(), Arrival>;
    /// Whether the lane has ended.
    fn is_closed(&self) -> bool;
}

/// An event on its way to code.
pub(crate) struct Arrival {
    pub(crate) socket: SocketNo,
    pub(crate) event: SocketEvent,
    pub(crate) to: To,
    pub(super) pair: Arc<Pair>,
    pub(super) side: usize,
}

/// Whose code.
#[derive(Clone, Debug)]
pub(crate) enum To {
    /// Code that has accepted the socket.
    Listener(Context),
    /// An object that hibernates, and the place of the socket among its own.
    Object(Arc<ObjectSockets>, Place),
}

/// Code that takes what arrives at an end.
#[derive(Clone)]
pub(crate) enum Recipient {
    /// Code that listens in this context of a lane.
    Listener { context: Context, inbox: Arc<dyn Inbox> },
    /// An object that hibernates.
    Object(Arc<ObjectSockets>, Place),
}

/// Two ends.
pub(crate) struct Pair {
    no: u64,
    ends: Mutex<[End; 2]>,
}

/// What one end is.
#[derive(Default)]
pub(super) struct End {
    consumer: Consumer,
    /// What arrived before anybody took it.
    waiting: VecDeque<SocketEvent>,
    /// What waits here or in front of its recipient.
    queued_events: usize,
    queued_bytes: usize,
    /// The peer's connection was told not to read on.
    is_pausing: bool,
    /// It has sent its Close frame.
    has_closed: bool,
    /// Nothing more arrives: the peer has closed or is gone.
    is_shut: bool,
    /// Its last event was taken, or nobody is here to take it.
    is_done: bool,
    pub(super) attachment: Option<Bytes>,
    pub(super) auto_response_ms: Option<i64>,
}

#[derive(Default)]
enum Consumer {
    #[default]
    Nobody,
    Wire(Arc<dyn Wire>),
    Code(Recipient),
    /// It has gone: what arrives is dropped.
    Gone,
}

/// What is left to do when something has arrived.
#[derive(Default)]
pub(super) struct Outcome {
    /// To be sent back at once.
    pub(super) respond: Option<SocketMessage>,
    /// Nothing more will happen to the pair.
    pub(super) is_over: bool,
}

impl Pair {
    pub(super) fn new(no: u64) -> Self {
        Self { no, ends: Mutex::default() }
    }

    pub(super) fn no(&self) -> u64 {
        self.no
    }

    pub(super) fn with_end<T>(&self, side: usize, use_end: impl FnOnce(&mut End) -> T) -> T {
        use_end(&mut self.lock()[side])
    }

    /// Whether this end has sent its Close frame.
    pub(super) fn has_closed(&self, side: usize) -> bool {
        self.lock()[side].has_closed
    }

    /// The object that takes what arrives here, if it hibernates.
    pub(super) fn object(&self, side: usize) -> Option<(Arc<ObjectSockets>, Place)> {
        match &self.lock()[side].consumer {
            Consumer::Code(Recipient::Object(object, place)) => Some((object.clone(), *place)),
            _ => None,
        }
    }

    pub(super) fn is_free(&self, side: usize) -> bool {
        matches!(self.lock()[side].consumer, Consumer::Nobody)
    }

    /// An event has arrived at an end. Nothing arrives after the last one.
    pub(super) fn arrive(
        self: &Arc<Self>,
        side: usize,
        event: SocketEvent,
        now_ms: impl FnOnce() -> i64,
    ) -> Outcome {
        let mut ends = self.lock();
        let is_loss = event.is_loss();
        let end = &mut ends[side];
        if end.is_shut {
            // After its Close frame a peer can only be lost.
            if is_loss {
                ends[1 - side].shut_out();
            }
            return Outcome { respond: None, is_over: is_over(&ends) };
        }
        end.is_shut = event.is_end();
        if is_loss {
            ends[1 - side].shut_out();
        } else if event.is_end() {
            ends[1 - side].has_closed = true;
        }
        let end = &mut ends[side];
        let mut respond = None;
        match &end.consumer {
            Consumer::Nobody => {
                end.count(&event);
                end.waiting.push_back(event);
            }
            Consumer::Gone => end.is_done |= end.is_shut,
            Consumer::Wire(wire) => {
                let wire = wire.clone();
                end.is_done |= end.is_shut;
                let is_over = is_over(&ends);
                drop(ends);
                forward(&*wire, event);
                return Outcome { respond, is_over };
            }
            Consumer::Code(recipient) => {
                respond = response_to(recipient, &event);
                if respond.is_some() {
                    end.auto_response_ms = Some(now_ms());
                } else {
                    let arrival = self.arrival(side, event, recipient);
                    end.count(&arrival.event);
                    end.post(arrival);
                }
            }
        }
        self.pause_if_full(&mut ends, side);
        Outcome { respond, is_over: is_over(&ends) }
    }

    /// Code takes what arrives here from now on.
    pub(super) fn listen(self: &Arc<Self>, side: usize, to: Recipient) -> Result<(), AlreadyAccepted> {
        let mut ends = self.lock();
        let end = &mut ends[side];
        if !matches!(end.consumer, Consumer::Nobody) {
            return Err(AlreadyAccepted);
        }
        for event in std::mem::take(&mut end.waiting) {
            let arrival = self.arrival(side, event, &to);
            end.post_to(&to, arrival);
        }
        end.consumer = Consumer::Code(to);
        Ok(())
    }

    /// A connection takes it. Returns whether the pair is over with that.
    pub(super) fn couple(&self, side: usize, wire: Arc<dyn Wire>) -> Result<bool, AlreadyAccepted> {
        let mut ends = self.lock();
        if !matches!(ends[side].consumer, Consumer::Nobody) {
            return Err(AlreadyAccepted);
        }
        // What waits goes first: the lock is let go for each, and what comes meanwhile waits behind it.
        while let Some(event) = ends[side].waiting.pop_front() {
            ends[side].uncount(&event);
            drop(ends);
            forward(&*wire, event);
            ends = self.lock();
        }
        let end = &mut ends[side];
        end.is_done |= end.is_shut;
        end.consumer = Consumer::Wire(wire);
        self.pause_if_full(&mut ends, 1 - side);
        Ok(is_over(&ends))
    }

    /// The recipient was given an event. Returns whether the pair is over with that.
    pub(super) fn taken(&self, side: usize, event: &SocketEvent) -> bool {
        let mut ends = self.lock();
        let end = &mut ends[side];
        end.uncount(event);
        end.is_done |= event.is_end();
        if end.is_pausing && !end.is_full() {
            end.is_pausing = false;
            if let Consumer::Wire(wire) = &ends[1 - side].consumer {
                wire.set_reading(true);
            }
        }
        is_over(&ends)
    }

    /// Whoever took it here is gone.
    pub(super) fn let_go(&self, side: usize) {
        let end = &mut self.lock()[side];
        end.consumer = Consumer::Gone;
        end.waiting.clear();
        end.is_shut = true;
        end.is_done = true;
    }

    fn arrival(self: &Arc<Self>, side: usize, event: SocketEvent, to: &Recipient) -> Arrival {
        let to = match to {
            Recipient::Listener { context, .. } => To::Listener(*context),
            Recipient::Object(object, place) => To::Object(object.clone(), *place),
        };
        let socket = SocketNo(self.no << 1 | side as u64);
        Arrival { socket, event, to, pair: self.clone(), side }
    }

    /// Has the peer's connection read no further while too much waits here.
    fn pause_if_full(&self, ends: &mut MutexGuard<'_, [End; 2]>, side: usize) {
        if !ends[side].is_full() || ends[side].is_pausing {
            return;
        }
        if let Consumer::Wire(wire) = &ends[1 - side].consumer {
            wire.set_reading(false);
            ends[side].is_pausing = true;
        }
    }

    fn lock(&self) -> MutexGuard<'_, [End; 2]> {
        self.ends.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl End {
    /// Nothing reaches it any more, and nobody needs to be told.
    fn shut_out(&mut self) {
        if matches!(self.consumer, Consumer::Wire(_) | Consumer::Gone) {
            self.consumer = Consumer::Gone;
            self.is_shut = true;
            self.is_done = true;
        }
    }

    fn post(&self, arrival: Arrival) {
        if let Consumer::Code(to) = &self.consumer {
            self.post_to(to, arrival);
        }
    }

    fn post_to(&self, to: &Recipient, arrival: Arrival) {
        match to {
            // A lane that has ended has let its listeners go; this one is going.
            Recipient::Listener { inbox, .. } => drop(inbox.post(arrival)),
            Recipient::Object(object, _) => object.post(arrival),
        }
    }

    fn count(&mut self, event: &SocketEvent) {
        self.queued_events += 1;
        self.queued_bytes += event.len();
    }

    fn uncount(&mut self, event: &SocketEvent) {
        self.queued_events = self.queued_events.saturating_sub(1);
        self.queued_bytes = self.queued_bytes.saturating_sub(event.len());
    }

    fn is_full(&self) -> bool {
        self.queued_events >= SOCKET_QUEUE_EVENTS_MAX || self.queued_bytes >= SOCKET_QUEUE_BYTES_MAX
    }
}

fn is_over(ends: &[End; 2]) -> bool {
    ends.iter().all(|end| end.is_done)
}

fn response_to(recipient: &Recipient, event: &SocketEvent) -> Option<SocketMessage> {
    match (recipient, event) {
        (Recipient::Object(object, _), SocketEvent::Message(message)) => object.response_to(message),
        _ => None,
    }
}

/// Sends to outside what arrived at the end of a connection.
fn forward(wire: &dyn Wire, event: SocketEvent) {
    match CloseFrame::of(&event) {
        Some(frame) => wire.close(&frame),
        None => match event {
            SocketEvent::Message(message) => wire.send(message),
            _ => wire.abort(),
        },
    }
}

impl fmt::Debug for Pair {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Pair").field("no", &self.no).finish_non_exhaustive()
    }
}

impl fmt::Debug for Arrival {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { socket, event, to, .. } = self;
        f.debug_struct("Arrival").field("socket", socket).field("event", event).field("to", to).finish()
    }
}
