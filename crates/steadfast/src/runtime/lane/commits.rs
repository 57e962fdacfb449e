//! The commits at the end of a turn.

use super::super::activation::{ActivationNo, ResetReason};
use super::super::alarm::Failure;
use super::super::call::{CallRefused, Context};
use super::Lane;
use super::alarms::OnReset;
use crate::engine::Position;
use crate::storage::StorageError;

impl<M: Send + 'static> Lane<M> {
    pub(super) fn commit_dirty(&mut self) {
        for activation in std::mem::take(&mut self.turn.dirty) {
            self.commit(activation);
        }
    }

    /// Commits what the activation wrote. A store that cannot commit resets it.
    pub(super) fn commit(&mut self, activation: ActivationNo) {
        let Some(live) = self.activations.get_mut(&activation) else { return };
        if !std::mem::replace(&mut live.listed_dirty, false) {
            return;
        }
        let Some(store) = live.store.as_mut() else { return };
        if self.mailbox.is_closed() {
            // Another lane may run the object by now.
            self.reset(activation, ResetReason::of(&CallRefused::CodeReplaced));
            return;
        }
        match store.end_turn() {
            Ok(position) => self.committed(activation, position),
            Err(error) => self.commit_failed(activation, &error),
        }
    }

    pub(super) fn commit_failed(&mut self, activation: ActivationNo, error: &StorageError) {
        tracing::error!(target: "steadfast::storage", %error, "a commit failed; the object is reset");
        let tells_reset = !matches!(error, StorageError::CommitFailed(_));
        let reason = ResetReason { tells_reset, ..ResetReason::of(error) };
        self.discard(activation, reason, OnReset::Retry(Failure::Uncounted));
    }

    /// A commit of the activation's was submitted, unless there was nothing to commit.
    pub(super) fn committed(&mut self, activation: ActivationNo, position: Option<Position>) {
        if let Some(position) = position {
            self.submitted = position;
            self.runtime.submitted(position);
            let context = Context::Object { activation, section: None };
            self.hold_outputs(context, self.position(context));
            self.tell_alarm(activation);
        }
    }
}
