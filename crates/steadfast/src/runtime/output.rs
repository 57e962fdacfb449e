//! The output queue: what may not leave the process before a position is durable.
//!
//! Pure. Whatever leaves (a response, a body chunk, an outgoing fetch, the promise of `app.fetch`)
//! is held at the position it depends on and given back, in order, when that position is durable or
//! when it never will be.

use std::collections::BTreeMap;

use crate::engine::Position;

/// Outputs held by position. `T` is whatever performs the output.
#[derive(Debug)]
pub(crate) struct OutputQueue<T> {
    durable: Position,
    /// Somebody is performing what [`OutputQueue::take_due`] gave: what comes meanwhile goes behind it.
    releasing: bool,
    failed: bool,
    held: BTreeMap<(Position, u64), T>,
    next: u64,
}

/// What to do with an output now.
#[derive(Debug, PartialEq, Eq)]
pub(crate) enum Hold<T> {
    /// Its position is durable: let it go.
    Release(T),
    /// Its position never will be: it must not leave.
    Refuse(T),
    /// Kept until [`OutputQueue::take_due`] or [`OutputQueue::fail`] gives it back.
    Held,
}

impl<T> OutputQueue<T> {
    /// An empty queue over an engine that is durable up to `durable`.
    pub(crate) fn new(durable: Position) -> Self {
        Self { durable, releasing: false, failed: false, held: BTreeMap::new(), next: 0 }
    }

    /// Offers an output that depends on everything up to `position`.
    pub(crate) fn hold(&mut self, position: Position, output: T) -> Hold<T> {
        let is_due = position <= self.durable;
        if is_due && !self.releasing {
            return Hold::Release(output);
        }
        if self.failed && !is_due {
            return Hold::Refuse(output);
        }
        self.next += 1;
        self.held.insert((position, self.next), output);
        Hold::Held
    }

    /// Everything up to `position` is durable: perform what [`take_due`](Self::take_due) gives, batch by
    /// batch, until it gives nothing. Until then every output is held, so that none overtakes.
    pub(crate) fn durable_to(&mut self, position: Position) {
        self.durable = self.durable.max(position);
        self.releasing = true;
    }

    /// The outputs that may leave now, in order; `None` when no more are due.
    pub(crate) fn take_due(&mut self) -> Option<Vec<T>> {
        let rest = self.held.split_off(&(Position(self.durable.0.saturating_add(1)), 0));
        let due: Vec<T> = std::mem::replace(&mut self.held, rest).into_values().collect();
        self.releasing = !due.is_empty();
        self.releasing.then_some(due)
    }

    /// The outputs held for positions up to `upto` that are not known durable: they must not leave.
    pub(crate) fn refuse(&mut self, upto: Position) -> impl Iterator<Item = T> + use<T> {
        let behind = |position: Position| (Position(position.0.saturating_add(1)), 0);
        let mut undurable = self.held.split_off(&behind(self.durable));
        let mut later = undurable.split_off(&behind(upto.max(self.durable)));
        self.held.append(&mut later);
        undurable.into_values()
    }

    /// Nothing more will be durable: the outputs that must not leave.
    pub(crate) fn fail(&mut self) -> impl Iterator<Item = T> + use<T> {
        self.failed = true;
        std::mem::take(&mut self.held).into_values()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn released(queue: &mut OutputQueue<&'static str>, position: u64) -> Vec<&'static str> {
        queue.durable_to(Position(position));
        let mut all = Vec::new();
        while let Some(due) = queue.take_due() {
            all.extend(due);
        }
        all
    }

    #[test]
    fn an_output_of_a_durable_position_leaves_at_once() {
        let mut queue = OutputQueue::new(Position(5));
        assert_eq!(queue.hold(Position(5), "a"), Hold::Release("a"));
        assert_eq!(queue.hold(Position::NONE, "b"), Hold::Release("b"));
    }

    #[test]
    fn outputs_leave_in_order_of_position_and_then_of_arrival() {
        let mut queue = OutputQueue::new(Position(0));
        assert_eq!(queue.hold(Position(2), "b"), Hold::Held);
        assert_eq!(queue.hold(Position(1), "a1"), Hold::Held);
        assert_eq!(queue.hold(Position(1), "a2"), Hold::Held);
        assert_eq!(queue.hold(Position(3), "c"), Hold::Held);
        assert_eq!(released(&mut queue, 2), ["a1", "a2", "b"]);
        assert_eq!(released(&mut queue, 1), [""; 0], "progress never goes back");
        assert_eq!(queue.hold(Position(2), "late"), Hold::Release("late"));
        assert_eq!(released(&mut queue, 9), ["c"]);
    }

    #[test]
    fn an_output_that_comes_while_others_leave_goes_behind_them() {
        let mut queue = OutputQueue::new(Position(0));
        assert_eq!(queue.hold(Position(1), "first"), Hold::Held);
        queue.durable_to(Position(1));
        assert_eq!(queue.take_due(), Some(vec!["first"]));
        assert_eq!(queue.hold(Position(1), "second"), Hold::Held, "the first is still on its way");
        assert_eq!(queue.take_due(), Some(vec!["second"]));
        assert_eq!(queue.take_due(), None);
        assert_eq!(queue.hold(Position(1), "third"), Hold::Release("third"));
    }

    #[test]
    fn what_waited_for_too_long_is_refused_and_nothing_else() {
        let mut queue = OutputQueue::new(Position(1));
        for (position, output) in [(2, "a"), (3, "b"), (4, "c")] {
            assert_eq!(queue.hold(Position(position), output), Hold::Held);
        }
        assert_eq!(queue.refuse(Position(3)).collect::<Vec<_>>(), ["a", "b"]);
        assert_eq!(queue.hold(Position(2), "again"), Hold::Held, "the position may still be durable");
        assert_eq!(released(&mut queue, 9), ["again", "c"]);
    }

    #[test]
    fn after_a_failure_nothing_undurable_leaves() {
        let mut queue = OutputQueue::new(Position(1));
        assert_eq!(queue.hold(Position(2), "a"), Hold::Held);
        assert_eq!(queue.fail().collect::<Vec<_>>(), ["a"]);
        assert_eq!(queue.hold(Position(2), "b"), Hold::Refuse("b"));
        assert_eq!(queue.hold(Position(1), "c"), Hold::Release("c"), "what is durable stays durable");
    }
}
