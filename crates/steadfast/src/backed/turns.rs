//! Who runs again at once and who waits, when many transactions want the same.
//!
//! Each commit makes everybody run again who read what it wrote. With a few contenders that is soon over; with
//! thousands each commit costs thousands of runs. So beyond a number of contenders one transaction at a time
//! has the turn to run again, and the others wait for it in the order of their arrival.

use std::collections::BTreeSet;

use crate::limits::BACKED_CONTENDERS_MAX;

/// A place in the order of arrival, from 1.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Debug)]
pub struct Ticket(u64);

/// What a transaction does that has to run again.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Turn {
    /// It runs now.
    Now,
    /// It runs once [`Turns::end`] names its ticket.
    Wait,
}

/// The turns of the transactions of one storage.
///
/// As long as any transaction waits, another has the turn; so all get it if each transaction ends.
#[derive(Debug, Default)]
pub struct Turns {
    last: u64,
    contenders: BTreeSet<Ticket>,
    holder: Option<Ticket>,
    waiting: BTreeSet<Ticket>,
}

impl Turns {
    /// A transaction arrives that contends with the others.
    pub fn arrive(&mut self) -> Ticket {
        let ticket = self.arrive_apart();
        self.contenders.insert(ticket);
        ticket
    }

    /// One arrives that never waits, because one that may have the turn waits for it.
    pub fn arrive_apart(&mut self) -> Ticket {
        self.last += 1;
        Ticket(self.last)
    }

    /// A transaction has to run again.
    pub fn conflict(&mut self, ticket: Ticket) -> Turn {
        if self.contenders.len() <= BACKED_CONTENDERS_MAX || !self.contenders.contains(&ticket) {
            return Turn::Now;
        }
        if *self.holder.get_or_insert(ticket) == ticket {
            return Turn::Now;
        }
        self.waiting.insert(ticket);
        Turn::Wait
    }

    /// A transaction has ended. Whose turn it is now, if that has just changed and somebody waited for it.
    pub fn end(&mut self, ticket: Ticket) -> Option<Ticket> {
        self.contenders.remove(&ticket);
        self.waiting.remove(&ticket);
        if self.holder != Some(ticket) {
            return None;
        }
        self.holder = self.waiting.pop_first();
        self.holder
    }
}

impl Ticket {
    /// Its number.
    #[must_use]
    pub fn number(self) -> u64 {
        self.0
    }
}
