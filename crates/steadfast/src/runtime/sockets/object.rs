//! What one object has of hibernating sockets, also while it has no activation.

use std::collections::VecDeque;
use std::fmt;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use bytes::Bytes;

use super::membership::{Membership, Place, TooManySockets};
use super::pair::{Arrival, Inbox};
use super::tags::Tags;
use super::{SocketMessage, SocketNo};
use crate::runtime::activation::FacetPath;

/// An object as all lanes know it.
#[derive(Clone, PartialEq, Eq, Hash, Debug)]
pub(crate) struct ObjectKey {
    /// The unique key of its namespace.
    pub(crate) namespace: Arc<str>,
    /// Its id.
    pub(crate) id: [u8; 32],
    /// For a facet, the names that lead to it from its root.
    pub(crate) facet: Option<FacetPath>,
}

/// The hibernating sockets of one object.
pub(crate) struct ObjectSockets {
    pub(crate) key: ObjectKey,
    state: Mutex<State>,
}

#[derive(Default)]
struct State {
    members: Membership,
    /// The name it was reached by, for the activation that an event makes.
    name: Option<Arc<str>>,
    auto_response: Option<(Bytes, Bytes)>,
    event_timeout: Option<Duration>,
    /// The lane that runs the object; none between two of them.
    inbox: Option<Arc<dyn Inbox>>,
    /// What came while there was none.
    parked: VecDeque<Arrival>,
}

impl ObjectSockets {
    pub(super) fn new(key: ObjectKey) -> Self {
        Self { key, state: Mutex::default() }
    }

    /// A socket more. Its events go to `inbox` until that lane ends.
    pub(crate) fn join(
        &self,
        socket: SocketNo,
        tags: Tags,
        name: Option<&Arc<str>>,
        inbox: &Arc<dyn Inbox>,
    ) -> Result<Place, TooManySockets> {
        let mut state = self.lock();
        let place = state.members.join(socket, tags)?;
        state.name = name.cloned();
        state.inbox.get_or_insert_with(|| inbox.clone());
        Ok(place)
    }

    /// Its last event was delivered.
    pub(crate) fn leave(&self, place: Place) {
        self.lock().members.leave(place);
    }

    /// The name it was reached by.
    pub(crate) fn name(&self) -> Option<Arc<str>> {
        self.lock().name.clone()
    }

    /// Its sockets, the newest first; with a tag those that have it, the oldest first.
    pub(crate) fn list(&self, tag: Option<&str>) -> Vec<SocketNo> {
        let state = self.lock();
        match tag {
            None => state.members.all().collect(),
            Some(tag) => state.members.tagged(tag).collect(),
        }
    }

    /// The tags of one of them.
    pub(crate) fn tags(&self, place: Place) -> Vec<Arc<str>> {
        self.lock().members.tags(place).map(|tags| tags.to_vec()).unwrap_or_default()
    }

    pub(crate) fn auto_response(&self) -> Option<(Bytes, Bytes)> {
        self.lock().auto_response.clone()
    }

    pub(crate) fn set_auto_response(&self, pair: Option<(Bytes, Bytes)>) {
        self.lock().auto_response = pair;
    }

    pub(crate) fn event_timeout(&self) -> Option<Duration> {
        self.lock().event_timeout
    }

    pub(crate) fn set_event_timeout(&self, timeout: Option<Duration>) {
        self.lock().event_timeout = timeout;
    }

    /// Whether there is a socket; settings alone are not kept when the object leaves memory.
    pub(crate) fn is_empty(&self) -> bool {
        self.lock().members.is_empty()
    }

    /// What answers a message without the object, if its text is the one.
    pub(super) fn response_to(&self, message: &SocketMessage) -> Option<SocketMessage> {
        let SocketMessage::Text(text) = message else { return None };
        let state = self.lock();
        let (_, response) = state.auto_response.as_ref().filter(|(request, _)| request == text)?;
        Some(SocketMessage::Text(response.clone()))
    }

    /// Gives an event to the lane that runs the object, or keeps it for the next one.
    pub(super) fn post(&self, arrival: Arrival) {
        let mut state = self.lock();
        let refused = match &state.inbox {
            Some(inbox) => inbox.post(arrival).err(),
            None => Some(arrival),
        };
        if let Some(arrival) = refused {
            state.inbox = None;
            state.parked.push_back(arrival);
        }
    }

    /// Takes back what a lane that has ended was given before what came since.
    pub(crate) fn park(&self, arrival: Arrival) {
        let mut state = self.lock();
        state.inbox = None;
        state.parked.push_front(arrival);
    }

    /// Hands the events to a lane from now on, those that waited first. Nothing changes while another one
    /// has the object.
    pub(crate) fn claim(&self, inbox: &Arc<dyn Inbox>) {
        let mut state = self.lock();
        if state.inbox.as_ref().is_some_and(|lane| !lane.is_closed()) {
            return;
        }
        state.inbox = Some(inbox.clone());
        while let Some(arrival) = state.parked.pop_front() {
            if let Err(arrival) = inbox.post(arrival) {
                state.inbox = None;
                state.parked.push_front(arrival);
                break;
            }
        }
    }

    /// Gives up all sockets; the events that wait are dropped.
    pub(super) fn dissolve(&self) -> Vec<SocketNo> {
        let state = std::mem::take(&mut *self.lock());
        state.members.all().collect()
    }

    fn lock(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl fmt::Debug for ObjectSockets {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("ObjectSockets").field("key", &self.key).finish_non_exhaustive()
    }
}
