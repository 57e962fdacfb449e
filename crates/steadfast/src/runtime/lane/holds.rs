//! How long a commit may hold outputs back.
//!
//! Whoever has written something, or has seen what another wrote, says nothing to the outside before
//! that is durable. A commit that takes too long resets those who wait for it, and what they wanted to
//! say is never sent. The commit itself stays submitted: it may still become durable, and who comes
//! back reads it.

use std::collections::VecDeque;

use super::super::activation::ResetReason;
use super::super::call::Context;
use super::Lane;
use crate::engine::{Poisoned, Position};
use crate::limits::OUTPUT_GATE_TIMEOUT;

/// Who waits for which position, and until when, the first due in front.
#[derive(Default)]
pub(super) struct Holds {
    waiting: VecDeque<Hold>,
    /// The lane is woken when this is durable.
    awaited: Position,
}

struct Hold {
    due_ms: u64,
    context: Context,
    position: Position,
}

impl Holds {
    /// When the lane has to look again.
    pub(super) fn due_ms(&self) -> Option<u64> {
        self.waiting.front().map(|hold| hold.due_ms)
    }
}

impl<M: Send + 'static> Lane<M> {
    /// From now on what leaves `context` waits for `position`.
    pub(super) fn hold_outputs(&mut self, context: Context, position: Position) {
        let is_known = self
            .holds
            .waiting
            .back()
            .is_some_and(|hold| hold.context == context && hold.position == position);
        if is_known || self.runtime.is_durable(position) {
            return;
        }
        let timeout_ms = u64::try_from(OUTPUT_GATE_TIMEOUT.as_millis()).unwrap_or(u64::MAX);
        let due_ms = self.now_ms().saturating_add(timeout_ms);
        self.holds.waiting.push_back(Hold { due_ms, context, position });
    }

    /// Forgets who waits no longer, as far as that is in front.
    pub(super) fn forget_durable_holds(&mut self) {
        let Self { holds, runtime, .. } = self;
        while holds.waiting.front().is_some_and(|hold| runtime.is_durable(hold.position)) {
            holds.waiting.pop_front();
        }
    }

    /// Resets those who have waited for too long, and refuses what they held back.
    pub(super) fn end_late_holds(&mut self, now_ms: u64) {
        if self.runtime.failure().is_some() {
            // Their outputs are refused already; whoever writes is told why.
            self.holds.waiting.clear();
        }
        self.forget_durable_holds();
        while self.holds.due_ms().is_some_and(|due_ms| due_ms <= now_ms) {
            let Some(Hold { context, position, .. }) = self.holds.waiting.pop_front() else { break };
            if self.runtime.is_durable(position) || self.is_gone(context) {
                continue;
            }
            tracing::error!(target: "steadfast::storage", "a commit takes too long; who waits for it is reset");
            if let Some(activation) = context.activation() {
                self.reset(activation, timed_out());
            }
            self.runtime.refuse(position, &Poisoned::new(TIMED_OUT));
        }
    }

    /// Whether outputs wait for a commit under way. If so, the lane is woken when it is durable.
    pub(super) fn awaits_commits(&mut self) -> bool {
        self.forget_durable_holds();
        let Some(last) = self.holds.waiting.back().map(|hold| hold.position) else { return false };
        if last > self.holds.awaited {
            self.holds.awaited = last;
            let mailbox = self.mailbox.clone();
            self.runtime.hold(last, Box::new(move |_| mailbox.tick()));
        }
        self.runtime.failure().is_none()
    }
}

/// Why an activation is reset whose commit takes too long.
fn timed_out() -> ResetReason {
    ResetReason { overloaded: true, ..ResetReason::error(TIMED_OUT) }
}

const TIMED_OUT: &str = "Durable Object storage operation exceeded timeout which caused object to be reset.";
