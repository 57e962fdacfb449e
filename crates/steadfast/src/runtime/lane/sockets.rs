//! Sockets on a lane: what arrives becomes a delivery, what is sent leaves at its position.
//!
//! An event of a hibernating socket is an event of its object: it makes an activation if there is none,
//! and waits at the gate in order. Code that has accepted a socket itself is kept in memory by it. What a
//! turn sends leaves together, when what the turn wrote is durable.

use std::collections::{BTreeMap, HashMap};
use std::fmt;
use std::sync::Arc;
use std::time::Duration;

use bytes::Bytes;

use super::super::activation::{self, Activation, ActivationNo, ResetReason, Target};
use super::super::call::Context;
use super::super::mailbox;
use super::super::sockets::{
    AlreadyAccepted, Arrival, CloseFrame, ObjectKey, ObjectSockets, Recipient, SocketEvent, SocketMessage,
    SocketNo, TagsRefused, To, distinct_tags,
};
use super::{Delivery, Lane, NamespaceNo, Step};
use crate::limits::OBJECT_SOCKETS_MAX;

/// An event of a socket on its way to a turn.
#[derive(Debug)]
pub(in super::super) struct SocketDelivery {
    pub(super) context: Context,
    pub(super) arrival: Arrival,
}

/// What the lane has to do with sockets.
#[derive(Default)]
pub(super) struct SocketWork {
    /// What the turn has sent, in order.
    sends: Vec<(Context, Outgoing)>,
    /// Events that were given to code in this turn and that nothing follows.
    ended: Vec<(Context, Arrival)>,
    /// Sockets that code of this lane has accepted, by the code that did.
    listeners: HashMap<SocketNo, Context>,
    /// When the handler of an event has to be done, by activation and number of the event.
    deadlines: BTreeMap<(u64, ActivationNo, u64), ()>,
    /// Events that were not begun when the lane ended.
    pub(super) unbegun: Vec<Arrival>,
}

/// Something sent.
enum Outgoing {
    Message(Vec<SocketNo>, SocketMessage),
    Close(SocketNo, CloseFrame),
}

/// Why a socket was not accepted.
#[derive(Clone, PartialEq, Eq, Debug)]
pub enum SocketRefused {
    /// Somebody takes already what arrives at it.
    Accepted,
    /// Its tags are not as they should be.
    Tags(TagsRefused),
    /// The object has too many.
    TooMany,
    /// The activation has ended.
    Ended,
}

impl fmt::Display for SocketRefused {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Accepted => f.write_str(
                "Cannot call `acceptWebSocket()` if the WebSocket was already accepted via `accept()`",
            ),
            Self::Tags(refused) => refused.fmt(f),
            Self::TooMany => write!(
                f,
                "only {OBJECT_SOCKETS_MAX} websockets can be accepted on a single Durable Object instance"
            ),
            Self::Ended => f.write_str("the object is no longer running"),
        }
    }
}

impl std::error::Error for SocketRefused {}

impl SocketWork {
    /// When the first handler has to be done.
    pub(super) fn due_ms(&self) -> Option<u64> {
        self.deadlines.first_key_value().map(|((due_ms, ..), ())| *due_ms)
    }

    /// What the activation has sent in the open turn never leaves.
    pub(super) fn drop_turn_of(&mut self, activation: ActivationNo) {
        self.sends.retain(|(context, _)| context.activation() != Some(activation));
    }
}

impl<M: Send + 'static> Lane<M> {
    /// Lets code of this lane take what arrives at a socket, as [`Step::Socket`] in this context. It
    /// keeps its activation in memory until the peer has closed or is gone.
    ///
    /// # Errors
    /// When somebody takes it already.
    pub fn accept_socket(&mut self, context: Context, socket: SocketNo) -> Result<(), AlreadyAccepted> {
        if self.is_gone(context) {
            return Ok(());
        }
        let to = Recipient::Listener { context, inbox: self.inbox.clone() };
        self.runtime.sockets().listen(socket, to)?;
        self.sockets.listeners.insert(socket, context);
        if let Some(activation) = context.activation() {
            self.begin_activity(activation);
        }
        Ok(())
    }

    /// Gives a socket to an object, which may leave memory while it is open: what arrives is an event of
    /// the object, as [`Step::Socket`]. A facet stays, because only its parent could start it again.
    ///
    /// # Errors
    /// When somebody takes it already, the tags are too many or too long, or the object has too many
    /// sockets.
    pub fn accept_web_socket(
        &mut self,
        activation: ActivationNo,
        socket: SocketNo,
        tags: Vec<String>,
    ) -> Result<(), SocketRefused> {
        let tags = distinct_tags(tags).map_err(SocketRefused::Tags)?;
        let object = self.object_sockets(activation).ok_or(SocketRefused::Ended)?;
        if !self.runtime.sockets().is_free(socket) {
            return Err(SocketRefused::Accepted);
        }
        let live = self.activations.get(&activation).ok_or(SocketRefused::Ended)?;
        let joined = object.join(socket, tags, live.target.name.as_ref(), &self.inbox);
        let place = joined.map_err(|_| SocketRefused::TooMany)?;
        let to = Recipient::Object(object.clone(), place);
        self.runtime.sockets().listen(socket, to).map_err(|_| {
            object.leave(place);
            SocketRefused::Accepted
        })?;
        if object.key.facet.is_some() {
            self.begin_activity(activation);
        }
        Ok(())
    }

    /// Takes over the hibernating sockets of the lane's objects that no lane runs: those of one that has
    /// ended. Call when the code of the objects is there.
    pub fn claim_sockets(&mut self) {
        for object in self.runtime.sockets().all_objects() {
            if self.namespace_of(&object.key).is_some() && self.share.owns(&object.key.id) {
                object.claim(&self.inbox);
            }
        }
    }

    /// Sends a message from each of these sockets, once everything that `context` has written or seen is
    /// durable. It never leaves when that is an activation that is reset first.
    pub fn send_sockets(&mut self, context: Context, sockets: Vec<SocketNo>, message: SocketMessage) {
        if !self.is_gone(context) {
            self.sockets.sends.push((context, Outgoing::Message(sockets, message)));
        }
    }

    /// The same for a Close frame.
    pub fn close_socket(&mut self, context: Context, socket: SocketNo, frame: CloseFrame) {
        if !self.is_gone(context) {
            self.sockets.sends.push((context, Outgoing::Close(socket, frame)));
        }
    }

    /// The hibernating sockets of the object, the newest first; with a tag those that have it, the oldest
    /// first.
    pub fn web_sockets(&self, activation: ActivationNo, tag: Option<&str>) -> Vec<SocketNo> {
        self.known_sockets(activation).map(|object| object.list(tag)).unwrap_or_default()
    }

    /// The tags a hibernating socket of the object was accepted with.
    pub fn socket_tags(&self, socket: SocketNo) -> Option<Vec<Arc<str>>> {
        self.runtime.sockets().tags(socket)
    }

    /// Replaces the value that a socket carries over hibernation, in the form of the host.
    pub fn attach_to_socket(&self, socket: SocketNo, attachment: Bytes) {
        self.runtime.sockets().attach(socket, attachment);
    }

    /// Answers a text that is exactly the first of the pair with the second, without the object.
    pub fn set_auto_response(&mut self, activation: ActivationNo, pair: Option<(Bytes, Bytes)>) {
        if let Some(object) = self.object_sockets(activation) {
            object.set_auto_response(pair);
        }
    }

    /// The pair that was set last.
    pub fn auto_response(&self, activation: ActivationNo) -> Option<(Bytes, Bytes)> {
        self.known_sockets(activation)?.auto_response()
    }

    /// For how long the handlers of events of the object's hibernating sockets may run before it is
    /// reset.
    pub fn set_socket_event_timeout(&mut self, activation: ActivationNo, timeout: Option<Duration>) {
        if let Some(object) = self.object_sockets(activation) {
            object.set_event_timeout(timeout);
        }
    }

    /// What was set last.
    pub fn socket_event_timeout(&self, activation: ActivationNo) -> Option<Duration> {
        self.known_sockets(activation)?.event_timeout()
    }

    /// The handler of an event of a hibernating socket has ended: of the activation's first, second and
    /// so on, as they were given to it.
    pub fn socket_handled(&mut self, activation: ActivationNo, event: u64) {
        if !self.sockets.deadlines.is_empty() {
            self.sockets.deadlines.retain(|(_, of, no), ()| (*of, *no) != (activation, event));
        }
        if let Some(live) = self.activations.get_mut(&activation) {
            live.socket_handlers = live.socket_handlers.saturating_sub(1);
        }
        self.end_activity(activation);
    }

    /// The activation of each handler that has not ended.
    pub(super) fn socket_handlers(&self) -> impl Iterator<Item = ActivationNo> {
        let running = self.activations.iter().map(|(activation, live)| (*activation, live.socket_handlers));
        running.flat_map(|(activation, count)| (0..count).map(move |_| activation))
    }

    /// Something has arrived at a socket that code of this lane takes.
    pub(super) fn socket_arrived(&mut self, arrival: Arrival) {
        let context = match &arrival.to {
            To::Listener(context) => *context,
            To::Object(object, _) => {
                let Some(activation) = self.activation_of(&object.clone()) else { return };
                self.begin_activity(activation);
                Context::Object { activation, section: None }
            }
        };
        self.push(Delivery::Socket(Box::new(SocketDelivery { context, arrival })));
    }

    /// The turn in which code gets an event begins.
    pub(super) fn begin_socket(&mut self, SocketDelivery { context, arrival }: SocketDelivery) -> Step<M> {
        let hibernates = matches!(arrival.to, To::Object(..));
        let (socket, event) = (arrival.socket, arrival.event.clone());
        let mut count = 0;
        match &arrival.to {
            To::Object(object, _) => {
                self.note_half_open(context, socket, &event);
                count = self.count_event(context, &object.clone());
            }
            To::Listener(_) if event.is_end() => self.stop_listening(socket),
            To::Listener(_) => {}
        }
        if event.is_end() {
            self.sockets.ended.push((context, arrival));
        } else {
            self.runtime.sockets().taken(&arrival);
        }
        Step::Socket { context, socket, hibernates, count, event }
    }

    /// Sends what the turn has sent, and forgets the sockets that ended in it.
    pub(super) fn finish_sockets(&mut self) {
        for (context, arrival) in std::mem::take(&mut self.sockets.ended) {
            if let To::Object(object, place) = &arrival.to {
                object.leave(*place);
                let facet = context.activation().filter(|_| object.key.facet.is_some());
                facet.into_iter().for_each(|facet| self.end_activity(facet));
            }
            self.runtime.sockets().taken(&arrival);
        }
        let mut sends = std::mem::take(&mut self.sockets.sends).into_iter().peekable();
        while let Some((context, first)) = sends.next() {
            let mut together = vec![first];
            while let Some((_, more)) = sends.next_if(|(of, _)| of.activation() == context.activation()) {
                together.push(more);
            }
            if self.is_gone(context) {
                continue;
            }
            let runtime = Arc::downgrade(&self.runtime);
            let release = Box::new(move |outcome: Result<(), _>| {
                let Some(runtime) = runtime.upgrade().filter(|_| outcome.is_ok()) else { return };
                for outgoing in together {
                    match outgoing {
                        Outgoing::Message(from, message) => runtime.sockets().send_all(&from, &message),
                        Outgoing::Close(from, frame) => runtime.sockets().close(from, &frame),
                    }
                }
            });
            self.runtime.hold(self.position(context), release);
        }
    }

    /// Resets what has been too long over an event.
    pub(super) fn end_late_socket_events(&mut self, now_ms: u64) {
        while let Some(entry) = self.sockets.deadlines.first_entry().filter(|entry| entry.key().0 <= now_ms) {
            let ((_, activation, _), ()) = entry.remove_entry();
            let message = "Actor exceeded event execution time and was disconnected.";
            self.reset(activation, ResetReason::error(message));
        }
    }

    /// The activation was reset: its sockets are disconnected. When the lane ends, those that hibernate
    /// stay, and what has come for them waits for the next one.
    pub(super) fn lose_sockets(&mut self, activation: ActivationNo, live: &mut Activation) {
        self.sockets.deadlines.retain(|(_, of, _), ()| *of != activation);
        self.give_up_half_open(live);
        let of_it = |context: &Context| context.activation() == Some(activation);
        let listeners: Vec<_> = self
            .sockets
            .listeners
            .extract_if(|_, context| of_it(context))
            .map(|(socket, _)| socket)
            .collect();
        for socket in listeners {
            self.runtime.sockets().abort(socket);
        }
        if !self.mailbox.is_closed() || live.target.facet.is_some() {
            self.runtime.sockets().drop_object(&self.object_key(&live.target));
            return;
        }
        for delivery in std::mem::take(&mut live.waiting) {
            if let Delivery::Socket(delivery) = delivery {
                self.sockets.unbegun.push(delivery.arrival);
            }
        }
    }

    /// The lane ends: code that listened is gone, and events that were not begun wait for the next lane.
    pub(super) fn leave_sockets(&mut self) {
        for (socket, _) in std::mem::take(&mut self.sockets.listeners) {
            self.runtime.sockets().abort(socket);
        }
        mailbox::park(std::mem::take(&mut self.sockets.unbegun));
    }

    /// The activation was evicted: settings without a socket are forgotten with it.
    pub(super) fn rest_sockets(&mut self, live: &Activation) {
        self.give_up_half_open(live);
        if live.target.facet.is_some() {
            self.runtime.sockets().drop_object(&self.object_key(&live.target));
        } else if live.sockets.as_ref().is_some_and(|object| object.is_empty()) {
            self.runtime.sockets().forget_object(&self.object_key(&live.target));
        }
    }

    /// The peer has closed, and waits until the object does.
    fn note_half_open(&mut self, context: Context, socket: SocketNo, event: &SocketEvent) {
        let sockets = self.runtime.sockets();
        if !matches!(event, SocketEvent::Closed { was_clean: true, .. }) || sockets.is_closing(socket) {
            return;
        }
        let live = context.activation().and_then(|activation| self.activations.get_mut(&activation));
        let Some(live) = live else { return };
        if live.half_open.len() == live.half_open.capacity() {
            live.half_open.retain(|socket| sockets.is_open(*socket));
        }
        live.half_open.push(socket);
    }

    fn give_up_half_open(&self, live: &Activation) {
        for socket in &live.half_open {
            self.runtime.sockets().abort(*socket);
        }
    }

    fn stop_listening(&mut self, socket: SocketNo) {
        let context = self.sockets.listeners.remove(&socket);
        if let Some(activation) = context.and_then(Context::activation) {
            self.end_activity(activation);
        }
    }

    /// Numbers the event, and notes until when its handler has to be done.
    fn count_event(&mut self, context: Context, object: &ObjectSockets) -> u64 {
        let Some(activation) = context.activation() else { return 0 };
        let Some(live) = self.activations.get_mut(&activation) else { return 0 };
        live.socket_events += 1;
        live.socket_handlers += 1;
        let event = live.socket_events;
        if let Some(timeout) = object.event_timeout() {
            let timeout_ms = u64::try_from(timeout.as_millis()).unwrap_or(u64::MAX);
            let due_ms = self.now_ms().saturating_add(timeout_ms);
            self.sockets.deadlines.insert((due_ms, activation, event), ());
        }
        event
    }

    /// The object's activation, made if there is none.
    fn activation_of(&mut self, object: &ObjectSockets) -> Option<ActivationNo> {
        let namespace = self.namespace_of(&object.key)?;
        let (id, facet) = (object.key.id, object.key.facet.clone());
        let is_facet = facet.is_some();
        let target = Target { namespace, id, name: object.name(), facet };
        let known = self.objects.get(&activation::ObjectKey::of(&target)).copied();
        // Only its parent can start a facet.
        known.or_else(|| (!is_facet).then(|| self.activate(target)))
    }

    /// What the activation's object has of sockets, begun if it has none.
    fn object_sockets(&mut self, activation: ActivationNo) -> Option<Arc<ObjectSockets>> {
        let live = self.activations.get(&activation)?;
        if let Some(object) = &live.sockets {
            return Some(object.clone());
        }
        let object = self.runtime.sockets().object(&self.object_key(&live.target));
        let live = self.activations.get_mut(&activation)?;
        live.sockets = Some(object.clone());
        Some(object)
    }

    fn known_sockets(&self, activation: ActivationNo) -> Option<Arc<ObjectSockets>> {
        let live = self.activations.get(&activation)?;
        live.sockets.clone().or_else(|| self.runtime.sockets().known_object(&self.object_key(&live.target)))
    }

    fn object_key(&self, target: &Target) -> ObjectKey {
        let namespace = self.namespaces[target.namespace.0 as usize].unique_key.clone();
        ObjectKey { namespace, id: target.id, facet: target.facet.clone() }
    }

    fn namespace_of(&self, key: &ObjectKey) -> Option<NamespaceNo> {
        let at = self.namespaces.iter().position(|namespace| namespace.unique_key == key.namespace)?;
        Some(NamespaceNo(u32::try_from(at).expect("namespaces are few")))
    }
}
