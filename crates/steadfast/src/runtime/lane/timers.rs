//! Timers of objects that follow the runtime's clock.

use std::collections::{BTreeMap, HashMap};
use std::time::Duration;

use super::super::activation::ActivationNo;
use super::super::call::Context;
use super::super::mailbox::Token;
use super::Lane;

/// Timers that have not fired, by time and then by token: tokens grow.
#[derive(Default)]
pub(super) struct Timers {
    waiting: BTreeMap<(u64, Token), Context>,
    due_of: HashMap<Token, u64>,
}

impl Timers {
    /// When the first one fires, on the lane's own scale.
    pub(super) fn due_ms(&self) -> Option<u64> {
        self.waiting.first_key_value().map(|((due_ms, _), _)| *due_ms)
    }

    /// The activations that have set one.
    pub(super) fn owners(&self) -> impl Iterator<Item = ActivationNo> {
        self.waiting.values().filter_map(|context| context.activation())
    }

    /// Drops those of an activation that has ended.
    pub(super) fn end(&mut self, activation: ActivationNo) {
        if self.waiting.is_empty() {
            return;
        }
        let Self { waiting, due_of } = self;
        waiting.retain(|(_, token), context| {
            let stays = context.activation() != Some(activation);
            if !stays {
                due_of.remove(token);
            }
            stays
        });
    }

    fn take_due(&mut self, now_ms: u64) -> Option<(Token, Context)> {
        let first = self.waiting.first_entry().filter(|entry| entry.key().0 <= now_ms)?;
        let ((_, token), context) = first.remove_entry();
        self.due_of.remove(&token);
        Some((token, context))
    }
}

impl<M: Send + 'static> Lane<M> {
    /// Delivers `token` to `context` when this much time has passed on the runtime's clock, through
    /// its input gate; without a delay as soon as this turn is over.
    pub fn start_timer(&mut self, context: Context, delay: Duration, token: Token) {
        let delay_ms = u64::try_from(delay.as_millis()).unwrap_or(u64::MAX);
        if delay_ms == 0 {
            self.resume(context, token);
            return;
        }
        if !self.is_gone(context) {
            let due_ms = self.now_ms().saturating_add(delay_ms);
            self.timers.waiting.insert((due_ms, token), context);
            self.timers.due_of.insert(token, due_ms);
        }
    }

    /// Stops a timer that has not fired.
    pub fn stop_timer(&mut self, token: Token) {
        if let Some(due_ms) = self.timers.due_of.remove(&token) {
            self.timers.waiting.remove(&(due_ms, token));
        }
    }

    pub(super) fn fire_timers(&mut self, now_ms: u64) {
        while let Some((token, context)) = self.timers.take_due(now_ms) {
            self.resume(context, token);
        }
    }
}
