//! Which keys are written or deleted above a backing that does not have it yet.

use std::collections::{BTreeMap, HashMap};

use crate::engine::{Direction, Key};
use crate::storage::occ::ReadSet;

use super::list::{ListFilter, utf8_order};

/// What is known of keys before the backing is asked, and which keys were asked for.
///
/// It stands above a store or above another overlay. Keys keep the order in which they first came, as the
/// values beside it do.
#[derive(Debug, Default)]
pub struct Overlay {
    entries: BTreeMap<Place, Entry>,
    places: HashMap<Key, Place>,
    last_place: Place,
    changes: Change,
    deleted: usize,
    /// The keys that were asked for, if they are noted.
    reads: Option<ReadSet>,
}

/// What an overlay knows of a key.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Known {
    /// It has a value, kept beside the overlay.
    Written,
    /// It has none, whatever the backing says.
    Deleted,
}

/// Where a key stands in the order of the overlay.
type Place = u64;

/// How many changes there were when a key changed last.
pub(super) type Change = u64;

#[derive(Debug)]
struct Entry {
    key: Key,
    known: Known,
    change: Change,
}

impl Overlay {
    /// Knows no key and notes no reads.
    #[must_use]
    pub fn new() -> Self {
        Self::default()
    }

    /// Knows no key and notes every key it is asked for, as a transaction needs it.
    #[must_use]
    pub fn recording() -> Self {
        Self { reads: Some(ReadSet::default()), ..Self::default() }
    }

    /// What is known of a key; none means that the backing has to be asked.
    #[must_use]
    pub fn known(&self, key: &[u8]) -> Option<Known> {
        self.places.get(key).map(|place| self.entries[place].known)
    }

    /// The same for a reader: the key is noted as read.
    pub fn ask(&mut self, key: Key) -> Option<Known> {
        let known = self.known(&key);
        self.note_read(key);
        known
    }

    /// A key is read.
    pub fn note_read(&mut self, key: Key) {
        if let Some(reads) = &mut self.reads {
            reads.add_key(key);
        }
    }

    /// A key is written or deleted.
    pub fn set(&mut self, key: Key, known: Known) {
        self.changes += 1;
        let change = self.changes;
        let before = if let Some(place) = self.places.get(&key) {
            let entry = self.entries.get_mut(place).expect("a place has an entry");
            entry.change = change;
            Some(std::mem::replace(&mut entry.known, known))
        } else {
            self.last_place += 1;
            self.places.insert(key.clone(), self.last_place);
            self.entries.insert(self.last_place, Entry { key, known, change });
            None
        };
        self.deleted -= usize::from(before == Some(Known::Deleted));
        self.deleted += usize::from(known == Known::Deleted);
    }

    /// Nothing is known of a key any more.
    pub fn forget(&mut self, key: &[u8]) {
        let entry = self.places.remove(key).and_then(|place| self.entries.remove(&place));
        self.deleted -= usize::from(entry.is_some_and(|entry| entry.known == Known::Deleted));
    }

    /// Nothing is known of any key. Reads stay noted.
    pub fn clear(&mut self) {
        self.entries.clear();
        self.places.clear();
        self.deleted = 0;
    }

    /// Whether no key is known.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.entries.is_empty()
    }

    /// The keys it knows, in the order in which they came.
    pub fn iter(&self) -> impl Iterator<Item = (&Key, Known)> {
        self.entries.values().map(|entry| (&entry.key, entry.known))
    }

    /// How many names a listing of the backing may have that are deleted here.
    #[must_use]
    pub fn deleted_matching(&self, filter: &ListFilter) -> usize {
        if self.deleted == 0 {
            return 0;
        }
        self.iter().filter(|(key, known)| *known == Known::Deleted && filter.matches(key)).count()
    }

    /// The names that a listing of the backing gave, merged with what is known here: in order, at most
    /// `limit`, and noted as read. An overlay that knows no key leaves them as they are.
    pub fn list(
        &mut self,
        filter: &ListFilter,
        direction: Direction,
        limit: Option<usize>,
        mut names: Vec<Key>,
    ) -> Vec<Key> {
        if !self.is_empty() {
            // A key that is written here and stored there comes from here alone.
            names.retain(|name| !self.places.contains_key(name) || !filter.matches(name));
            let written = self.iter().filter(|(key, known)| *known == Known::Written && filter.matches(key));
            names.extend(written.map(|(key, _)| key.clone()));
            names.sort_by(|a, b| match direction {
                Direction::Forward => utf8_order(a, b),
                Direction::Reverse => utf8_order(b, a),
            });
            names.truncate(limit.unwrap_or(usize::MAX));
        }
        if self.reads.is_some() {
            names.iter().cloned().for_each(|name| self.note_read(name));
        }
        names
    }

    /// Takes over what is known by one that stood above.
    pub(super) fn absorb(&mut self, above: &Self) {
        above.iter().for_each(|(key, known)| self.set(key.clone(), known));
    }

    /// How many changes there were.
    pub(super) fn changes(&self) -> Change {
        self.changes
    }

    /// Whether keys are known and all of them as written.
    pub(super) fn is_all_written(&self) -> bool {
        self.deleted == 0 && !self.is_empty()
    }

    /// Forgets the keys that did not change after a change.
    pub(super) fn forget_until(&mut self, change: Change) {
        if self.changes == change {
            return self.clear();
        }
        let old = |entry: &&Entry| entry.change <= change;
        let keys: Vec<_> = self.entries.values().filter(old).map(|entry| entry.key.clone()).collect();
        keys.iter().for_each(|key| self.forget(key));
    }

    /// What to compare with the writes of others.
    pub(super) fn read_set(&self) -> Option<&ReadSet> {
        self.reads.as_ref()
    }
}
