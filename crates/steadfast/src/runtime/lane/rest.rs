//! Whether the lane has anything to do before time moves on: what a manual clock waits for.

use std::collections::HashSet;

use super::super::activation::ActivationNo;
use super::Lane;

/// What a lane that has no step to give waits for.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Rest {
    /// Something is on its way: a message, or a commit that is not durable yet.
    Busy,
    /// An event of an object has not ended, and nothing that the lane knows of will end it: it waits
    /// for something outside, or for ever.
    Outside,
    /// Nothing happens before the clock moves or somebody sends something.
    Resting,
}

impl<M: Send + 'static> Lane<M> {
    /// Asked when [`next`](Self::next) has given nothing.
    pub fn rest(&mut self) -> Rest {
        let has_steps = !self.ready.is_empty() || !self.sections.is_empty();
        if has_steps || !self.mailbox.is_empty() || self.awaited > 0 || self.alarms.is_busy() {
            return Rest::Busy;
        }
        if self.awaits_commits() {
            return Rest::Busy;
        }
        if self.waits_for_outside() { Rest::Outside } else { Rest::Resting }
    }

    /// How many events of objects have not ended.
    pub fn open_events(&self) -> usize {
        self.calls.len() + self.alarms.running().count() + self.socket_handlers().count()
    }

    /// Whether an event is open whose object has neither set a timer, nor called another one, nor
    /// closed its gate, which the clock opens in the end.
    fn waits_for_outside(&self) -> bool {
        let callees = self.calls.values().map(|call| call.callee);
        let mut open = callees.chain(self.alarms.running()).chain(self.socket_handlers()).peekable();
        if open.peek().is_none() {
            return false;
        }
        let callers = self.calls.values().filter_map(|call| call.caller?.activation());
        let in_sections = self.section_deadlines.keys().map(|(_, activation, _)| *activation);
        let explained: HashSet<ActivationNo> =
            callers.chain(self.timers.owners()).chain(in_sections).collect();
        open.any(|activation| !explained.contains(&activation))
    }
}
