//! One transaction, from its arrival through all its runs to its end.

use std::cell::{Cell, RefCell};
use std::collections::BTreeSet;
use std::fmt;
use std::rc::Rc;

use crate::engine::Key;
use crate::storage::occ::Version;

use super::turns::Ticket;

/// One transaction of a [`BackedStore`](super::BackedStore). Its reads and writes are in an overlay of its own.
#[derive(Debug)]
pub struct Transaction {
    pub(super) ticket: Ticket,
    pub(super) state: State,
    pub(super) written: BTreeSet<Key>,
    pub(super) life: Rc<Life>,
}

/// Whether a transaction has ended, and whose closure began it.
#[derive(Debug, Default)]
pub(super) struct Life {
    has_ended: Cell<bool>,
    parent: RefCell<Option<Rc<Life>>>,
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

impl Life {
    /// The life of one that a closure begins. The closure may have gone on after the end of its own
    /// transaction, within one that still runs.
    pub(super) fn within(parent: Option<&Rc<Life>>) -> Rc<Self> {
        let parent = parent.and_then(Self::running);
        Rc::new(Self { has_ended: Cell::new(false), parent: RefCell::new(parent) })
    }

    /// Whether one that still runs may wait for it.
    pub(super) fn is_nested(&self) -> bool {
        self.parent.borrow().is_some()
    }

    /// It has ended. Who began it is only of interest as long as that runs.
    pub(super) fn end(&self) {
        self.has_ended.set(true);
        let parent = self.parent.take();
        self.parent.replace(parent.as_ref().and_then(Self::running));
    }

    /// The innermost that runs of this and those around it.
    fn running(self: &Rc<Self>) -> Option<Rc<Self>> {
        let mut life = Some(Rc::clone(self));
        while let Some(ended) = life.take_if(|life| life.has_ended.get()) {
            life = ended.parent.borrow().clone();
        }
        life
    }
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
