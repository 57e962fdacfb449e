//! What a flush does to the backing, and in which order.

use std::collections::HashSet;

use crate::engine::Key;

use super::overlay::{Change, Known, Overlay};

/// The number of a delete set, from 1.
pub type DeleteSetNo = u32;

/// Keys deleted by one call of which the overlay knew nothing: the backing says how many of them there were.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct DeleteSet {
    /// Its number, as the deletion was told.
    pub no: DeleteSetNo,
    /// In the order of the call, each once.
    pub keys: Vec<Key>,
}

/// What a flush does.
#[derive(Clone, PartialEq, Eq, Debug)]
pub enum Flush {
    /// There is nothing to do.
    Nothing,
    /// Everything the overlay knows is written, in its order, and nothing deleted.
    PutAll,
    /// More than that.
    Plan(FlushPlan),
}

/// What a flush does, in this order. A list without keys is no call.
#[derive(Clone, PartialEq, Eq, Debug, Default)]
pub struct FlushPlan {
    /// Deleted with a call for each, which counts.
    pub delete_sets: Vec<DeleteSet>,
    /// Written with one call, in the order of the overlay.
    pub puts: Vec<Key>,
    /// Deleted with one call: what is in no delete set.
    pub late_deletes: Vec<Key>,
}

/// What the next flush has to do beyond what the overlay says, and how far the one that runs has looked.
#[derive(Debug, Default)]
pub(super) struct Flushes {
    delete_sets: Vec<DeleteSet>,
    last_set: DeleteSetNo,
    /// The last change that the running flush performs.
    running: Option<Change>,
}

impl Flushes {
    /// These keys were deleted and the overlay knew none of them. None when there are no such keys.
    pub(super) fn add_delete_set(&mut self, keys: Vec<Key>) -> Option<DeleteSetNo> {
        if keys.is_empty() {
            return None;
        }
        self.last_set = self.last_set.checked_add(1).unwrap_or(1);
        self.delete_sets.push(DeleteSet { no: self.last_set, keys });
        Some(self.last_set)
    }

    /// What to do now. The delete sets are handed over with it, whatever becomes of the flush.
    pub(super) fn begin(&mut self, overlay: &Overlay) -> Flush {
        let delete_sets = std::mem::take(&mut self.delete_sets);
        self.running = Some(overlay.changes());
        if delete_sets.is_empty() && overlay.is_empty() {
            self.running = None;
            return Flush::Nothing;
        }
        if delete_sets.is_empty() && overlay.is_all_written() {
            return Flush::PutAll;
        }
        let counted: HashSet<&Key> = delete_sets.iter().flat_map(|set| &set.keys).collect();
        let (mut puts, mut late_deletes) = (Vec::new(), Vec::new());
        for (key, known) in overlay.iter() {
            match known {
                Known::Written => puts.push(key.clone()),
                Known::Deleted if !counted.contains(key) => late_deletes.push(key.clone()),
                Known::Deleted => {}
            }
        }
        Flush::Plan(FlushPlan { delete_sets, puts, late_deletes })
    }

    /// The running flush is done: the backing has it.
    pub(super) fn done(&mut self, overlay: &mut Overlay) {
        if let Some(change) = self.running.take() {
            overlay.forget_until(change);
        }
    }

    /// The running flush has failed: the next one tries again, without counting.
    pub(super) fn failed(&mut self) {
        self.running = None;
    }
}
