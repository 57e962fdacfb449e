//! An object's life in memory, between construction and eviction or reset.

use std::collections::VecDeque;
use std::sync::Arc;

use super::call::CallNo;
use super::gate::{InputGate, SectionNo};
use super::lane::{AlarmEvent, Delivery, NamespaceNo};
use super::lifecycle::Lifecycle;
use super::sockets::{ObjectSockets, SocketNo};
use crate::engine::Position;
use crate::storage::{Store, TransactionNo};

/// One activation. Never reused within a lane, so a handle to a dead one finds nothing.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Debug)]
pub struct ActivationNo(pub u64);

/// The object a call is for.
#[derive(Clone, Debug)]
pub struct Target {
    /// The namespace, as numbered by [`Lane::add_namespace`](super::Lane::add_namespace).
    pub namespace: NamespaceNo,
    /// The id.
    pub id: [u8; 32],
    /// The name it was reached by; the first one stays.
    pub name: Option<Arc<str>>,
    /// For a facet, the names that lead to it from its root.
    pub facet: Option<FacetPath>,
}

/// Names of facets, from the root's on.
pub type FacetPath = Arc<[Arc<str>]>;

impl Target {
    /// The facet of that name.
    pub(super) fn facet(&self, name: &str) -> Self {
        let above = self.facet.as_deref().unwrap_or_default();
        let path = above.iter().cloned().chain([name.into()]).collect();
        Self { facet: Some(path), ..self.clone() }
    }

    /// Whom a facet belongs to.
    pub(super) fn parent(&self) -> Option<ObjectKey> {
        let (_, above) = self.facet.as_deref()?.split_last()?;
        let facet = (!above.is_empty()).then(|| above.into());
        Some(ObjectKey { namespace: self.namespace, id: self.id, facet })
    }
}

/// What tells objects apart.
#[derive(Clone, PartialEq, Eq, Hash, Debug)]
pub(super) struct ObjectKey {
    namespace: NamespaceNo,
    id: [u8; 32],
    facet: Option<FacetPath>,
}

impl ObjectKey {
    pub(super) fn of(target: &Target) -> Self {
        Self { namespace: target.namespace, id: target.id, facet: target.facet.clone() }
    }
}

/// Why an activation was discarded, as its callers see it.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct ResetReason {
    /// The class of the error, as the host names classes.
    pub class: Arc<str>,
    /// Its text.
    pub message: Arc<str>,
    /// Whether callers are told to back off.
    pub overloaded: bool,
    /// Whether callers are told that the object was reset; a commit that broke a constraint is told without.
    pub tells_reset: bool,
}

impl ResetReason {
    /// A plain error.
    pub fn error(message: impl Into<Arc<str>>) -> Self {
        Self { class: "Error".into(), message: message.into(), overloaded: false, tells_reset: true }
    }

    /// A plain error that says what failed and why.
    pub(crate) fn of(error: &dyn std::error::Error) -> Self {
        let mut message = error.to_string();
        let mut source = error.source();
        while let Some(cause) = source {
            message.push_str(": ");
            message.push_str(&cause.to_string());
            source = cause.source();
        }
        Self::error(message)
    }
}

/// How an activation ended.
#[derive(Clone, PartialEq, Eq, Debug)]
pub enum Ended {
    /// It was idle.
    Evicted,
    /// It was reset.
    Reset(ResetReason),
}

/// Past resets of one object, by the number of the last call made before each, on any lane. Few objects are ever
/// reset, so this is kept only for those.
#[derive(Default)]
pub(super) struct Resets {
    recent: VecDeque<(CallNo, ResetReason)>,
}

impl Resets {
    pub(super) fn push(&mut self, last_call: CallNo, reason: ResetReason) {
        self.recent.push_back((last_call, reason));
        if self.recent.len() > RESETS_REMEMBERED {
            self.recent.pop_front();
        }
    }

    /// The reset that broke a stub first used with `first_call`; for one long past, the oldest known.
    pub(super) fn that_broke(&self, first_call: CallNo) -> Option<&ResetReason> {
        self.recent.iter().find(|(last_call, _)| *last_call >= first_call).map(|(_, reason)| reason)
    }
}

/// A stub that old has other worries; the bound keeps an object that is reset at every event small.
const RESETS_REMEMBERED: usize = 8;

pub(super) struct Activation {
    pub(super) target: Target,
    /// Whose facet it is.
    pub(super) parent: Option<ActivationNo>,
    /// Its facets in memory.
    pub(super) facets: Vec<ActivationNo>,
    pub(super) gate: InputGate,
    pub(super) life: Lifecycle,
    /// Opened when the constructor is about to run.
    pub(super) store: Option<Store>,
    /// Whether the store is on the lane's list of stores to commit at the end of the turn.
    pub(super) listed_dirty: bool,
    /// Whether its open database is on the lane's list of those to close when idle.
    pub(super) listed_database: bool,
    /// The sections that are transactions of the store, with their number there once they have begun.
    pub(super) transactions: Vec<(SectionNo, Option<TransactionNo>)>,
    /// Deliveries the gate keeps out, in order.
    pub(super) waiting: VecDeque<Delivery>,
    /// Sections the gate keeps out, in order. They go before deliveries.
    pub(super) waiting_sections: VecDeque<(SectionNo, Option<SectionNo>)>,
    /// Calls to this activation without a reply yet.
    pub(super) calls: Vec<CallNo>,
    /// The alarm it is running, or about to run.
    pub(super) alarm: Option<AlarmEvent>,
    /// The alarm as the lane's queue was told.
    pub(super) alarm_told: Option<i64>,
    /// Its hibernating sockets, once it was looked whether there are any.
    pub(super) sockets: Option<Arc<ObjectSockets>>,
    /// How many of their events it was given.
    pub(super) socket_events: u64,
    /// How many of their handlers have not ended.
    pub(super) socket_handlers: u32,
    /// Sockets whose peers have closed and wait for an answer: they are given up with the activation.
    pub(super) half_open: Vec<SocketNo>,
    /// What it has seen of others that may not be durable yet.
    pub(super) inherited: Position,
}

impl Activation {
    pub(super) fn new(target: Target) -> Self {
        Self {
            target,
            parent: None,
            facets: Vec::new(),
            gate: InputGate::constructing(),
            life: Lifecycle::default(),
            store: None,
            listed_dirty: false,
            listed_database: false,
            transactions: Vec::new(),
            waiting: VecDeque::new(),
            waiting_sections: VecDeque::new(),
            calls: Vec::new(),
            alarm: None,
            alarm_told: None,
            sockets: None,
            socket_events: 0,
            socket_handlers: 0,
            half_open: Vec::new(),
            inherited: Position::NONE,
        }
    }

    /// Nothing this activation says may leave before this position is durable. Its open turn is not
    /// in it: ask after the end of the turn.
    pub(super) fn output_position(&self) -> Position {
        let own = self.store.as_ref().map_or(Position::NONE, Store::confirmed_position);
        own.max(self.inherited)
    }
}
