//! The storage of one object: its writes, its flushes and its transactions.

use std::collections::BTreeSet;

use crate::engine::Key;
use crate::limits::BACKED_WRITE_SETS_MAX;
use crate::storage::occ::{History, ReadSet};

use super::flush::{DeleteSetNo, Flush, Flushes};
use super::overlay::{Known, Overlay};
use super::transaction::{Life, NotRunning, State, Transaction, Verdict};
use super::turns::{Ticket, Turn, Turns};

/// The storage of one object, over an [`Overlay`] that every call is handed: the same one for its whole life.
///
/// Keys that one call writes or deletes are one write set; a transaction that has read one of them since it
/// started runs again, as does one that started before the last [`BACKED_WRITE_SETS_MAX`] write sets.
#[derive(Debug)]
pub struct BackedStore {
    history: History,
    flushes: Flushes,
    turns: Turns,
}

/// What is known of a deletion before the backing is asked.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Deleted {
    /// How many of the keys the overlay had as written.
    pub written: usize,
    /// The delete set of those it did not know.
    pub set: Option<DeleteSetNo>,
}

impl Default for BackedStore {
    fn default() -> Self {
        Self::new()
    }
}

impl BackedStore {
    /// Nothing to flush and no transactions.
    #[must_use]
    pub fn new() -> Self {
        let history = History::new(BACKED_WRITE_SETS_MAX);
        Self { history, flushes: Flushes::default(), turns: Turns::default() }
    }

    /// These keys are written. None are a write set too.
    pub fn put(&mut self, overlay: &mut Overlay, keys: impl IntoIterator<Item = Key>) {
        self.set(overlay, keys, Known::Written);
    }

    /// These keys are deleted, and it matters how many of them there were.
    pub fn delete(&mut self, overlay: &mut Overlay, keys: impl IntoIterator<Item = Key>) -> Deleted {
        let keys: Vec<_> = keys.into_iter().collect();
        let mut written = 0;
        let mut unknown = Vec::new();
        for key in &keys {
            match overlay.known(key) {
                Some(Known::Written) => written += 1,
                Some(Known::Deleted) => {}
                None => unknown.push(key.clone()),
            }
            overlay.set(key.clone(), Known::Deleted);
        }
        self.history.record(keys);
        Deleted { written, set: self.flushes.add_delete_set(unknown) }
    }

    /// These keys are deleted, and nobody counts them.
    pub fn delete_uncounted(&mut self, overlay: &mut Overlay, keys: impl IntoIterator<Item = Key>) {
        self.set(overlay, keys, Known::Deleted);
    }

    /// Something is written that is not in the overlay and goes by these keys.
    pub fn note(&mut self, keys: impl IntoIterator<Item = Key>) {
        self.history.record(keys);
    }

    /// What to do to the backing now. Call [`flushed`](Self::flushed) or
    /// [`flush_failed`](Self::flush_failed) once that is over.
    pub fn flush(&mut self, overlay: &Overlay) -> Flush {
        self.flushes.begin(overlay)
    }

    /// The backing has it all: the overlay forgets what has not changed since.
    pub fn flushed(&mut self, overlay: &mut Overlay) {
        self.flushes.done(overlay);
    }

    /// Something of it failed. The overlay stays as it is, so the next flush does it again; the delete sets
    /// are gone, and what is deleted is not counted any more.
    pub fn flush_failed(&mut self) {
        self.flushes.failed();
    }

    /// A transaction arrives and runs. `parent` is the one whose closure begins it, of any storage: as long as
    /// that has not ended it may wait for this one, which therefore never waits for a turn.
    pub fn begin(&mut self, parent: Option<&Transaction>) -> Transaction {
        let life = Life::within(parent.map(|parent| &parent.life));
        let ticket = if life.is_nested() { self.turns.arrive_apart() } else { self.turns.arrive() };
        let state = State::Running(self.history.start());
        Transaction { ticket, state, written: BTreeSet::new(), life }
    }

    /// It runs again from the start.
    ///
    /// # Errors
    /// [`NotRunning`] if it has ended.
    pub fn restart(&mut self, transaction: &mut Transaction) -> Result<(), NotRunning> {
        if transaction.state == State::Ended {
            return Err(NotRunning { ticket: transaction.ticket });
        }
        self.stop(transaction);
        transaction.written.clear();
        transaction.state = State::Running(self.history.start());
        Ok(())
    }

    /// It has run and wants to be kept. `above` is the overlay of its run.
    ///
    /// # Errors
    /// [`NotRunning`] if it was told to wait, is committed or has ended.
    pub fn commit(
        &mut self,
        overlay: &mut Overlay,
        transaction: &mut Transaction,
        above: &Overlay,
    ) -> Result<Verdict, NotRunning> {
        let State::Running(start) = transaction.state else {
            return Err(NotRunning { ticket: transaction.ticket });
        };
        let no_reads = ReadSet::default();
        let changed = self.history.has_changed(start, above.read_set().unwrap_or(&no_reads));
        self.stop(transaction);
        if changed {
            return Ok(match self.turns.conflict(transaction.ticket) {
                Turn::Now => Verdict::RunAgain,
                Turn::Wait => Verdict::WaitTurn,
            });
        }
        overlay.absorb(above);
        self.history.record(std::mem::take(&mut transaction.written));
        Ok(Verdict::Committed)
    }

    /// It has ended, in whatever way. Whose turn it is now, if somebody has waited for it.
    pub fn end(&mut self, transaction: &mut Transaction) -> Option<Ticket> {
        self.stop(transaction);
        transaction.state = State::Ended;
        transaction.life.end();
        self.turns.end(transaction.ticket)
    }

    fn set(&mut self, overlay: &mut Overlay, keys: impl IntoIterator<Item = Key>, known: Known) {
        if !self.history.is_watched() {
            return keys.into_iter().for_each(|key| overlay.set(key, known));
        }
        let keys: Vec<_> = keys.into_iter().collect();
        keys.iter().for_each(|key| overlay.set(key.clone(), known));
        self.history.record(keys);
    }

    /// Nothing written from here on matters to the run that is over.
    fn stop(&mut self, transaction: &mut Transaction) {
        if let State::Running(start) = transaction.state {
            self.history.end(start);
            transaction.state = State::Between;
        }
    }
}
