//! One transaction, from its arrival through all its runs to its end.

use std::collections::BTreeSet;
use std::fmt;

use crate::engine::Key;
use crate::storage::occ::Version;

use super::turns::Ticket;

/// One transaction of a [`BackedStore`](super::BackedStore). Its reads and writes are in an overlay of its own.
#[derive(Debug)]
pub struct Transaction {
    pub(super) ticket: Ticket,
    pub(super) state: State,
    pub(super) written: BTreeSet<Key>,
}

/// Where a transaction comes from.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Origin {
    /// It stands alone, and may wait for its turn.
    Own,
    /// The closure of another transaction began it, and may wait for it: it never waits itself.
    Nested,
}

/// What becomes of a transaction that has run to its end.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Verdict {
    /// Its writes are in the overlay of the store.
    Committed,
    /// It read what was written meanwhile, and runs again now.
    RunAgain,
    /// The same, once it is its turn.
    WaitTurn,
}

/// The transaction does not run: it waits, was committed or has ended.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct NotRunning {
    /// Its place in the order of arrival.
    pub ticket: Ticket,
}

#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(super) enum State {
    /// It runs, and sees what was written before this version.
    Running(Version),
    /// Its run has ended.
    Between,
    /// It has ended.
    Ended,
}

impl Transaction {
    /// Its place in the order of arrival.
    #[must_use]
    pub fn ticket(&self) -> Ticket {
        self.ticket
    }

    /// It writes or deletes keys. How many different ones in this run so far.
    pub fn wrote(&mut self, keys: impl IntoIterator<Item = Key>) -> usize {
        self.written.extend(keys);
        self.written.len()
    }
}

impl fmt::Display for NotRunning {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "the transaction is not running: ticket={}", self.ticket.number())
    }
}

impl std::error::Error for NotRunning {}
