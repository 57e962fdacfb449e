//! What the activation knows of the submitted state of its keys.

use std::collections::{HashMap, VecDeque};

use bytes::Bytes;

use crate::engine::Key;

/// Submitted values and known absences, bounded in bytes; the least recently used go first, as
/// far as one bit per entry can tell (second chance).
///
/// Holds nothing that was not submitted, so dropping any of it is always right.
pub(super) struct Cache {
    entries: HashMap<Key, Entry>,
    /// Every key of `entries` once, in the order of the next look by eviction.
    ring: VecDeque<Key>,
    bytes: usize,
    bytes_max: usize,
    /// Whether every key that exists is in `entries`.
    complete: bool,
}

struct Entry {
    state: Option<Bytes>,
    used: bool,
}

/// What the cache says of a key.
pub(super) enum Known {
    /// The key's state, absent or not.
    State(Option<Bytes>),
    /// The reader must be asked.
    Unknown,
}

impl Cache {
    /// An empty cache; `complete` when the object is known to have no keys.
    pub(super) fn new(bytes_max: usize, complete: bool) -> Self {
        Self { entries: HashMap::new(), ring: VecDeque::new(), bytes: 0, bytes_max, complete }
    }

    pub(super) fn look_up(&mut self, key: &[u8]) -> Known {
        match self.entries.get_mut(key) {
            Some(entry) => {
                entry.used = true;
                Known::State(entry.state.clone())
            }
            None if self.complete => Known::State(None),
            None => Known::Unknown,
        }
    }

    /// Remembers the submitted state of a key.
    pub(super) fn insert(&mut self, key: Key, state: Option<Bytes>) {
        let added = entry_bytes(&key, state.as_ref());
        match self.entries.get_mut(&key) {
            Some(entry) => {
                self.bytes -= entry_bytes(&key, entry.state.as_ref());
                *entry = Entry { state, used: true };
            }
            // Absence is what a missing entry of a complete cache says anyway.
            None if state.is_none() && self.complete => return,
            None => {
                self.ring.push_back(key.clone());
                self.entries.insert(key, Entry { state, used: false });
            }
        }
        self.bytes += added;
        self.evict();
    }

    /// Forgets everything and knows that no key exists.
    pub(super) fn reset(&mut self) {
        *self = Self::new(self.bytes_max, true);
    }

    fn evict(&mut self) {
        while self.bytes > self.bytes_max {
            let Some(key) = self.ring.pop_front() else { return };
            let entry = self.entries.get_mut(&key).expect("the ring names only cached keys");
            if entry.used {
                entry.used = false;
                self.ring.push_back(key);
                continue;
            }
            self.bytes -= entry_bytes(&key, entry.state.as_ref());
            self.complete &= entry.state.is_none();
            self.entries.remove(&key);
        }
    }
}

/// What an entry costs: its bytes, two handles on the key, one on the value, and its places in the
/// table and the ring.
fn entry_bytes(key: &Key, state: Option<&Bytes>) -> usize {
    const OVERHEAD: usize = 128;
    OVERHEAD + key.len() + state.map_or(0, Bytes::len)
}
