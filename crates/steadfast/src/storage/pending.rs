//! What the open turn has written and not yet submitted.

use std::collections::{BTreeMap, btree_map};

use bytes::Bytes;

use super::WriteOptions;
use crate::engine::{Key, KeyRange};

/// The writes of the open turn: the newest state of each key it touched.
#[derive(Default)]
pub(super) struct Pending {
    /// Written (`Some`) and deleted (`None`) keys.
    writes: BTreeMap<Key, Option<Bytes>>,
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
    pub(super) fn state(&self, key: &[u8]) -> Option<&Option<Bytes>> {
        // Most turns read before they write anything.
        if self.writes.is_empty() { None } else { self.writes.get(key) }
    }

    pub(super) fn write(&mut self, key: Key, state: Option<Bytes>) {
        self.writes.insert(key, state);
    }

    /// A write with these options joined the turn, changing something or not.
    pub(super) fn join(&mut self, options: WriteOptions) {
        self.confirmed |= !options.allow_unconfirmed;
    }

    /// Drops the turn's writes, and what was committed before it when `committed` says there is any.
    pub(super) fn delete_all(&mut self, committed: bool) {
        self.writes.clear();
        self.reset = committed;
        self.confirmed = true;
    }

    pub(super) fn range(&self, range: &KeyRange) -> btree_map::Range<'_, Key, Option<Bytes>> {
        self.writes.range((range.start.clone(), range.end.clone()))
    }

    pub(super) fn into_writes(self) -> Vec<(Key, Option<Bytes>)> {
        self.writes.into_iter().collect()
    }
}
