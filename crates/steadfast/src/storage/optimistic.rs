//! Optimistic transactions over a store: what they see of it, and what their end writes.

use std::collections::BTreeMap;
use std::ops::Bound;

use super::alarm::due_at;
use super::occ::{ReadSet, Version};
use super::pending::Written;
use super::range::{ListOptions, Listing};
use super::{StorageError, Store, TransactionNo, WriteOptions};
use crate::engine::{Direction, Key, KeyRange, Value};

/// A transaction that holds nobody up: it sees the object's data as it was when it started, and its
/// writes are its own until they are committed.
///
/// A read of what has been written since fails, because it could not be as it was; so whatever
/// succeeds is one consistent view, and the transaction has to run again from its start.
#[derive(Debug)]
pub struct OptimisticTransaction {
    start: Version,
    reads: ReadSet,
    changes: Changes,
    /// What they were when each part that is open began, outermost first.
    parts: Vec<Changes>,
    /// The object's alarm, if it was read.
    alarm_read: Option<Option<i64>>,
    /// It has asked for something that has changed.
    is_stale: bool,
}

/// What a transaction has written so far.
#[derive(Clone, Debug, Default)]
struct Changes {
    keys: BTreeMap<Key, Written>,
    /// When the alarm is due, if that was set or deleted.
    alarm: Option<Option<i64>>,
}

impl Store {
    /// Starts an optimistic transaction. Give it back to [`commit_optimistic`](Self::commit_optimistic)
    /// or [`abandon_optimistic`](Self::abandon_optimistic).
    pub fn begin_optimistic(&mut self) -> OptimisticTransaction {
        OptimisticTransaction {
            start: self.occ.start(),
            reads: ReadSet::default(),
            changes: Changes::default(),
            parts: Vec::new(),
            alarm_read: None,
            is_stale: false,
        }
    }

    /// The value of a key, as the transaction sees it.
    ///
    /// # Errors
    /// [`StorageError::Conflict`] when it has been written since the transaction started; else as
    /// [`get`](Self::get).
    pub fn optimistic_get(
        &mut self,
        txn: &mut OptimisticTransaction,
        key: &[u8],
    ) -> Result<Option<Value>, StorageError> {
        self.bounds().check_key(key)?;
        if let Some(own) = txn.changes.keys.get(key) {
            return Ok(own.clone());
        }
        txn.fresh(self.occ.has_key_changed(txn.start, key))?;
        txn.reads.add_key(Key::copy_from_slice(key));
        self.state(key)
    }

    /// The entries `options` describe, in its order, as the transaction sees them.
    ///
    /// # Errors
    /// [`StorageError::Conflict`] when one has been written since the transaction started; else as
    /// [`list`](Self::list).
    pub fn optimistic_list(
        &mut self,
        txn: &mut OptimisticTransaction,
        options: &ListOptions,
    ) -> Result<Vec<(Key, Value)>, StorageError> {
        let Some(listing) = options.listing()? else { return Ok(Vec::new()) };
        let own =
            || txn.changes.keys.range::<Key, _>((listing.range.start.as_ref(), listing.range.end.as_ref()));
        // Rows that the transaction has deleted do not count.
        let wanted = listing.limit.saturating_add(own().filter(|(_, state)| state.is_none()).count());
        let rows = self.read_range(&Listing { limit: wanted, ..listing.clone() })?;
        let mut entries: BTreeMap<Key, Value> = rows.into_iter().collect();
        for (key, state) in own() {
            match state {
                Some(value) => entries.insert(key.clone(), value.clone()),
                None => entries.remove(key),
            };
        }
        let entries: Vec<_> = match listing.direction {
            Direction::Forward => entries.into_iter().take(listing.limit).collect(),
            Direction::Reverse => entries.into_iter().rev().take(listing.limit).collect(),
        };
        let read = range_read(&listing, &entries);
        txn.fresh(self.occ.has_range_changed(txn.start, &read))?;
        txn.reads.add_range(read);
        Ok(entries)
    }

    /// Writes a key, for the transaction alone until it is committed.
    ///
    /// # Errors
    /// As [`put`](Self::put).
    pub fn optimistic_put(
        &self,
        txn: &mut OptimisticTransaction,
        key: Key,
        value: Value,
    ) -> Result<(), StorageError> {
        self.bounds().check_pair(&key, &value)?;
        txn.changes.keys.insert(key, Some(value));
        Ok(())
    }

    /// Writes all pairs, or none, for the transaction alone until it is committed.
    ///
    /// # Errors
    /// As [`put`](Self::put).
    pub fn optimistic_put_many(
        &self,
        txn: &mut OptimisticTransaction,
        pairs: Vec<(Key, Value)>,
    ) -> Result<(), StorageError> {
        for (key, value) in &pairs {
            self.bounds().check_pair(key, value)?;
        }
        txn.changes.keys.extend(pairs.into_iter().map(|(key, value)| (key, Some(value))));
        Ok(())
    }

    /// Deletes a key, for the transaction alone until it is committed, and says whether it existed.
    ///
    /// # Errors
    /// As [`optimistic_get`](Self::optimistic_get).
    pub fn optimistic_delete(
        &mut self,
        txn: &mut OptimisticTransaction,
        key: Key,
    ) -> Result<bool, StorageError> {
        let existed = self.optimistic_get(txn, &key)?.is_some();
        txn.changes.keys.insert(key, None);
        Ok(existed)
    }

    /// When the object's alarm is due, as the transaction sees it.
    pub fn optimistic_alarm(&self, txn: &mut OptimisticTransaction) -> Option<i64> {
        txn.changes.alarm.unwrap_or_else(|| *txn.alarm_read.get_or_insert_with(|| self.alarm()))
    }

    /// Ends the transaction: its writes join the open turn, all of them. One that wrote nothing always
    /// succeeds, since what it read was consistent.
    ///
    /// # Errors
    /// [`StorageError::Conflict`] when something it read was written since it started. Nothing is
    /// written then, and it may run again.
    pub fn commit_optimistic(&mut self, txn: OptimisticTransaction) -> Result<(), StorageError> {
        let has_changed = !txn.changes.is_empty() && self.has_changed_since(&txn);
        self.occ.end(txn.start);
        if txn.is_stale || has_changed {
            return Err(StorageError::Conflict);
        }
        self.apply(txn.changes);
        Ok(())
    }

    /// Makes the transaction one of the store's own, which has the store to itself from now on: whatever is
    /// written belongs to it, SQL too. The numbers of it and of its open parts, outermost first; each is ended
    /// by [`end_transaction`](Self::end_transaction).
    ///
    /// # Errors
    /// [`StorageError::Conflict`] when something it read was written since it started, and the errors of
    /// [`begin_transaction`](Self::begin_transaction). It has ended then.
    pub fn take_store(&mut self, txn: OptimisticTransaction) -> Result<Vec<TransactionNo>, StorageError> {
        let has_changed = self.has_changed_since(&txn);
        self.occ.end(txn.start);
        if txn.is_stale || has_changed {
            return Err(StorageError::Conflict);
        }
        let mut opened = Vec::new();
        for changes in txn.parts.into_iter().chain([txn.changes]) {
            opened.push(self.begin_transaction()?);
            self.apply(changes);
        }
        Ok(opened)
    }

    fn has_changed_since(&self, txn: &OptimisticTransaction) -> bool {
        txn.alarm_read.is_some_and(|read| read != self.alarm()) || self.occ.has_changed(txn.start, &txn.reads)
    }

    fn apply(&mut self, changes: Changes) {
        for (key, state) in changes.keys {
            self.write(key, state);
            self.pending.join(WriteOptions::default());
        }
        if let Some(due_ms) = changes.alarm {
            self.change_alarm(due_ms, WriteOptions::default());
        }
    }

    /// Ends the transaction without an effect.
    ///
    /// # Errors
    /// [`StorageError::Conflict`] when it asked for something that was written since it started, so
    /// that whatever made it give up may not be so.
    pub fn abandon_optimistic(&mut self, txn: &OptimisticTransaction) -> Result<(), StorageError> {
        self.occ.end(txn.start);
        if txn.is_stale { Err(StorageError::Conflict) } else { Ok(()) }
    }
}

impl OptimisticTransaction {
    /// Sets the alarm, for the transaction alone until it is committed; otherwise as
    /// [`set_alarm`](Store::set_alarm).
    ///
    /// # Errors
    /// As [`set_alarm`](Store::set_alarm).
    pub fn set_alarm(&mut self, time_ms: f64, now_ms: i64) -> Result<(), StorageError> {
        self.changes.alarm = Some(Some(due_at(time_ms, now_ms)?));
        Ok(())
    }

    /// Deletes the alarm, for the transaction alone until it is committed.
    pub fn delete_alarm(&mut self) {
        self.changes.alarm = Some(None);
    }

    /// Begins a part that can be undone by itself, inside those that are open: how many there were.
    pub fn begin_part(&mut self) -> usize {
        self.parts.push(self.changes.clone());
        self.parts.len() - 1
    }

    /// Ends a part and those inside it. Its writes stay.
    pub fn keep_part(&mut self, part: usize) {
        self.parts.truncate(part);
    }

    /// Ends a part and those inside it, and forgets what was written since it began. Its reads count on.
    pub fn undo_part(&mut self, part: usize) {
        if let Some(changes) = self.parts.get_mut(part) {
            self.changes = std::mem::take(changes);
        }
        self.parts.truncate(part);
    }

    fn fresh(&mut self, changed: bool) -> Result<(), StorageError> {
        self.is_stale |= changed;
        if changed { Err(StorageError::Conflict) } else { Ok(()) }
    }
}

impl Changes {
    fn is_empty(&self) -> bool {
        self.keys.is_empty() && self.alarm.is_none()
    }
}

/// What a listing with this result has read of the range: a full one knows nothing of what lies behind
/// its last entry.
fn range_read(listing: &Listing, entries: &[(Key, Value)]) -> KeyRange {
    let mut range = listing.range.clone();
    if let Some((last, _)) = entries.last().filter(|_| entries.len() == listing.limit) {
        match listing.direction {
            Direction::Forward => range.end = Bound::Included(last.clone()),
            Direction::Reverse => range.start = Bound::Included(last.clone()),
        }
    }
    range
}

#[cfg(test)]
impl OptimisticTransaction {
    /// Breaks the validation on purpose.
    pub(super) fn forget_reads(&mut self, keys: bool, ranges: bool) {
        self.reads.forget(keys, ranges);
    }
}
