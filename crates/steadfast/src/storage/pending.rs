//! What the open turn has written and not yet submitted.

use std::collections::{BTreeMap, btree_map};

use bytes::Bytes;

use super::WriteOptions;
use crate::engine::{Key, KeyRange};

/// What the turn made of a key: written (`Some`) or deleted (`None`).
pub(super) type Written = Option<Bytes>;

/// The writes of the open turn: the newest state of each key it touched.
#[derive(Default)]
pub(super) struct Pending {
    writes: BTreeMap<Key, Written>,
    /// Whether everything committed before goes away first.
    reset: bool,
    /// Whether a write joined whose caller wants outputs held until it is durable.
    confirmed: bool,
}

impl Pending {
    pub(super) fn is_empty(&self) -> bool {
        self.writes.is_empty() && !self.reset
    }

    /// Whether nothing committed before this turn is visible any more.
    pub(super) fn hides_committed(&self) -> bool {
        self.reset
    }

    pub(super) fn is_confirmed(&self) -> bool {
        self.confirmed
    }

    /// What the turn made of a key; `None` when it did not touch it.
    pub(super) fn state(&self, key: &[u8]) -> Option<&Written> {
        // Most turns read before they write anything.
        if self.writes.is_empty() { None } else { self.writes.get(key) }
    }

    /// Returns what the turn had made of the key before.
    pub(super) fn write(&mut self, key: Key, state: Written) -> Option<Written> {
        self.writes.insert(key, state)
    }

    /// Takes back every write of a key since `before` was what the turn had made of it.
    pub(super) fn restore(&mut self, key: Key, before: Option<Written>) {
        match before {
            Some(state) => self.writes.insert(key, state),
            None => self.writes.remove(&key),
        };
    }

    /// A write with these options joined the turn, changing something or not.
    pub(super) fn join(&mut self, options: WriteOptions) {
        self.confirmed |= !options.allow_unconfirmed;
    }

    /// Takes back every write that joined since the turn was confirmed or not, as given.
    pub(super) fn set_confirmed(&mut self, confirmed: bool) {
        self.confirmed = confirmed;
    }

    /// Drops the turn's writes, and what was committed before it when `committed` says there is any.
    pub(super) fn delete_all(&mut self, committed: bool) {
        self.writes.clear();
        self.reset = committed;
        self.confirmed = true;
    }

    pub(super) fn range(&self, range: &KeyRange) -> btree_map::Range<'_, Key, Written> {
        self.writes.range((range.start.clone(), range.end.clone()))
    }

    pub(super) fn into_writes(self) -> Vec<(Key, Written)> {
        self.writes.into_iter().collect()
    }
}
