//! Transactions of a store: one stack of marks, each of which can be undone as a whole.
//!
//! Synchronous and asynchronous transactions nest in each other and share the stack. While any is
//! open the turn's end submits nothing; what the outermost commits is one record. Which code runs
//! while an asynchronous one is open is the lane's business: here it is a stack and no more.

use std::collections::BTreeMap;

use super::alarm::Alarm;
use super::pending::Written;
use super::{StorageError, Store};
use crate::engine::{Key, Position};

/// A transaction of a store. Never reused within a store.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug)]
pub struct TransactionNo(pub u64);

/// What becomes of a transaction's writes when it ends.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum TransactionEnd {
    /// They stay, as far as the transaction around it does.
    Commit,
    /// They are undone.
    RollBack,
}

/// The transactions that are open, outermost first.
#[derive(Default)]
pub(super) struct Transactions {
    open: Vec<Mark>,
    last: u64,
}

/// What it takes to undo a transaction.
struct Mark {
    no: TransactionNo,
    kind: Kind,
    /// What the open turn held of each key before the transaction first wrote it.
    before: BTreeMap<Key, Option<Written>>,
    /// The alarm before.
    alarm: Alarm,
    /// Whether the turn had a confirmed write before.
    confirmed: bool,
    /// It has ended and is undone as soon as the transaction inside it has ended too.
    doomed: bool,
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum Kind {
    /// Ends before the call that began it returns.
    Sync,
    /// Lasts over turns.
    Async,
}

impl Store {
    /// Begins an asynchronous transaction inside those that are open. What the open turn wrote
    /// before the outermost is submitted first.
    ///
    /// # Errors
    /// As [`end_turn`](Self::end_turn); no transaction has begun then, and the activation must be
    /// reset.
    pub fn begin_transaction(&mut self) -> Result<TransactionNo, StorageError> {
        if !self.in_transaction() {
            self.end_turn()?;
        }
        Ok(self.begin(Kind::Async))
    }

    /// Begins a synchronous transaction inside those that are open, as part of the open turn.
    pub fn begin_transaction_sync(&mut self) -> TransactionNo {
        self.begin(Kind::Sync)
    }

    /// Ends an asynchronous transaction. Committing the outermost submits its record and says where
    /// that stands; `None` when it wrote nothing or another is open around it. One that was rolled
    /// back before ends without an effect. One that is rolled back while another runs inside it is
    /// undone together with that other when it has ended.
    ///
    /// # Errors
    /// [`StorageError::NestedTransactionOpen`] when it commits while another runs inside it, and the
    /// errors of [`end_turn`](Self::end_turn). The activation must be reset then.
    pub fn end_transaction(
        &mut self,
        no: TransactionNo,
        end: TransactionEnd,
    ) -> Result<Option<Position>, StorageError> {
        let Some(at) = self.transactions.position(no) else { return Ok(None) };
        let has_nested = at + 1 < self.transactions.open.len();
        match end {
            TransactionEnd::Commit if has_nested => return Err(StorageError::NestedTransactionOpen),
            TransactionEnd::Commit => self.release()?,
            TransactionEnd::RollBack if has_nested => self.transactions.open[at].doomed = true,
            TransactionEnd::RollBack => self.undo_to(at)?,
        }
        self.undo_doomed()?;
        if self.in_transaction() { Ok(None) } else { self.end_turn() }
    }

    /// Undoes an asynchronous transaction before it ends. What is written from now on belongs to
    /// the transaction around it, or to the open turn. Doing so again has no effect.
    ///
    /// # Errors
    /// [`StorageError::OuterRollback`] while another asynchronous transaction runs inside it.
    pub fn roll_back_transaction(&mut self, no: TransactionNo) -> Result<(), StorageError> {
        let Some(at) = self.transactions.position(no) else { return Ok(()) };
        if self.transactions.open[at + 1..].iter().any(|mark| mark.kind == Kind::Async) {
            return Err(StorageError::OuterRollback);
        }
        self.undo_to(at)?;
        self.undo_doomed()
    }

    /// Ends a synchronous transaction, and with it those that were begun inside and did not end.
    ///
    /// # Errors
    /// [`StorageError::TransactionLost`] when the transaction around it was rolled back meanwhile,
    /// and this one with it.
    pub fn end_transaction_sync(
        &mut self,
        no: TransactionNo,
        end: TransactionEnd,
    ) -> Result<(), StorageError> {
        let at = self.transactions.position(no).ok_or(StorageError::TransactionLost)?;
        match end {
            TransactionEnd::Commit => {
                while self.transactions.open.len() > at {
                    self.release()?;
                }
            }
            TransactionEnd::RollBack => self.undo_to(at)?,
        }
        self.undo_doomed()
    }

    /// Runs `write` in a synchronous transaction, which commits unless it fails.
    ///
    /// # Errors
    /// What `write` returns, and as [`end_transaction_sync`](Self::end_transaction_sync).
    pub fn transaction_sync<T, E: From<StorageError>>(
        &mut self,
        write: impl FnOnce(&mut Self) -> Result<T, E>,
    ) -> Result<T, E> {
        let no = self.begin_transaction_sync();
        let result = write(self);
        let end = if result.is_ok() { TransactionEnd::Commit } else { TransactionEnd::RollBack };
        self.end_transaction_sync(no, end)?;
        result
    }

    /// Whether any transaction is open, so that the end of the turn submits nothing.
    #[must_use]
    pub fn in_transaction(&self) -> bool {
        !self.transactions.open.is_empty()
    }

    fn begin(&mut self, kind: Kind) -> TransactionNo {
        self.transactions.last += 1;
        let no = TransactionNo(self.transactions.last);
        let (alarm, confirmed) = (self.alarm, self.pending.is_confirmed());
        self.transactions.open.push(Mark {
            no,
            kind,
            before: BTreeMap::new(),
            alarm,
            confirmed,
            doomed: false,
        });
        no
    }

    /// Gives what the innermost transaction wrote to the one around it.
    fn release(&mut self) -> Result<(), StorageError> {
        let depth = self.transactions.depth();
        let Some(mark) = self.transactions.open.pop() else { return Ok(()) };
        if let Some(around) = self.transactions.open.last_mut() {
            for (key, before) in mark.before {
                around.before.entry(key).or_insert(before);
            }
        }
        Ok(self.sql.release(depth)?)
    }

    /// Undoes the open transactions from this one inwards.
    fn undo_to(&mut self, at: usize) -> Result<(), StorageError> {
        while self.transactions.open.len() > at {
            let Some(mark) = self.transactions.open.pop() else { break };
            self.writes += 1;
            for (key, before) in mark.before {
                self.occ.note(&key);
                self.pending.restore(key, before);
            }
            self.alarm = mark.alarm;
            self.pending.set_confirmed(mark.confirmed);
        }
        Ok(self.sql.roll_back_to(at + 1)?)
    }

    /// Undoes the transactions that ended while another ran inside them and now are innermost.
    fn undo_doomed(&mut self) -> Result<(), StorageError> {
        while self.transactions.open.last().is_some_and(|mark| mark.doomed) {
            self.undo_to(self.transactions.open.len() - 1)?;
        }
        Ok(())
    }
}

impl Transactions {
    /// How many are open.
    pub(super) fn depth(&self) -> usize {
        self.open.len()
    }

    /// A key is written that the open turn held like this before.
    pub(super) fn note(&mut self, key: &Key, before: Option<Written>) {
        if let Some(mark) = self.open.last_mut() {
            mark.before.entry(key.clone()).or_insert(before);
        }
    }

    /// The alarm as it was before each open transaction.
    pub(super) fn alarms(&mut self) -> impl Iterator<Item = &mut Alarm> {
        self.open.iter_mut().map(|mark| &mut mark.alarm)
    }

    fn position(&self, no: TransactionNo) -> Option<usize> {
        self.open.iter().position(|mark| mark.no == no)
    }
}
