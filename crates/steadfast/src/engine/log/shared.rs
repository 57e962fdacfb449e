//! What an open log engine is to its threads and to everybody who calls it.

use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::sync::{Arc, Condvar, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use super::LogSettings;
use super::segments::Segments;
use super::table::Table;
use crate::engine::base::BaseReader;
use crate::engine::progress::Progress;
use crate::engine::queue::CommitQueue;
use crate::engine::{EngineError, Poisoned, Position, lock};

/// The parts of an engine.
pub(super) struct Shared {
    pub(super) settings: LogSettings,
    pub(super) queue: CommitQueue,
    pub(super) table: Table,
    pub(super) progress: Arc<Progress>,
    pub(super) base: BaseReader,
    pub(super) segments: Arc<Segments>,
    pub(super) signals: Signals,
    /// Where the table was last frozen.
    pub(super) cut: AtomicU64,
    /// The last position in the base.
    pub(super) watermark: AtomicU64,
    /// Somebody waits until this position is in the base.
    pub(super) asked: AtomicU64,
    /// Whether threads take the steps.
    pub(super) has_threads: AtomicBool,
}

impl Shared {
    /// Fails for good: whoever submits, waits or reads from now on is told the cause.
    pub(super) fn fail(&self, cause: Poisoned) -> Poisoned {
        self.progress.fail(cause.clone());
        self.queue.close();
        self.signals.wake_all();
        cause
    }

    pub(super) fn readable(&self) -> Result<&Self, EngineError> {
        if self.base.is_closed() {
            return Err(EngineError::Closed);
        }
        match self.progress.failure() {
            Some(cause) => Err(EngineError::Poisoned(cause.clone())),
            None => Ok(self),
        }
    }

    /// Whether enough has come together for a checkpoint.
    pub(super) fn wants_checkpoint(&self) -> bool {
        let asked = self.asked.load(Ordering::Acquire) > self.watermark.load(Ordering::Acquire);
        asked || self.table.bytes() >= self.settings.freeze_bytes || self.segments.has_sealed()
    }

    /// Whether commits have to wait for a checkpoint, so that neither memory nor recovery grows without end.
    /// Never while the checkpoint waits for them.
    pub(super) fn is_overfull(&self) -> bool {
        let is_awaited = self.progress.durable_position().0 < self.cut.load(Ordering::Acquire);
        let too_much = || {
            self.segments.bytes_in_use() >= self.settings.log_bytes_max
                || self.table.bytes() >= 4 * self.settings.freeze_bytes
        };
        !is_awaited && too_much()
    }
}

/// How the two threads of an engine wake each other.
#[derive(Default)]
pub(super) struct Signals {
    state: Mutex<State>,
    changed: Condvar,
}

#[derive(Default)]
struct State {
    /// The checkpoint thread should look whether it is wanted.
    wanted: bool,
    closing: bool,
    failed: bool,
    /// What the checkpoint thread waits for.
    awaited: Option<Position>,
}

impl Signals {
    /// Wakes the checkpoint thread.
    pub(super) fn want(&self) {
        lock(&self.state).wanted = true;
        self.changed.notify_all();
    }

    /// Tells the checkpoint thread to come to an end.
    pub(super) fn close(&self) {
        lock(&self.state).closing = true;
        self.changed.notify_all();
    }

    /// Ends all waiting.
    pub(super) fn wake_all(&self) {
        lock(&self.state).failed = true;
        self.changed.notify_all();
    }

    /// Waits until the checkpoint thread is wanted, but no longer than this. Says whether to go on.
    pub(super) fn wait_wanted(&self, timeout: Duration) -> bool {
        let idle = |state: &mut State| !state.wanted && !state.closing && !state.failed;
        let state = lock(&self.state);
        let waited = self.changed.wait_timeout_while(state, timeout, idle);
        let (mut state, _) = waited.unwrap_or_else(PoisonError::into_inner);
        state.wanted = false;
        !state.closing && !state.failed
    }

    /// Everything up to `position` is durable.
    pub(super) fn committed(&self, position: Position) {
        if lock(&self.state).awaited.is_some_and(|awaited| awaited <= position) {
            self.changed.notify_all();
        }
    }

    /// Waits until `position` is durable, or until nothing will be any more.
    pub(super) fn wait_durable(&self, position: Position, progress: &Progress) {
        let mut state = lock(&self.state);
        state.awaited = Some(position);
        // Commits may be waiting for the checkpoint meanwhile.
        self.changed.notify_all();
        let waits = |state: &mut State| !state.failed && progress.durable_position() < position;
        state = self.wait_while(state, waits);
        state.awaited = None;
    }

    /// Asks for a checkpoint of everything up to `position`, and waits for it, or until there will be none.
    pub(super) fn wait_in_base(&self, position: Position, shared: &Shared) {
        shared.asked.fetch_max(position.0, Ordering::AcqRel);
        let mut state = lock(&self.state);
        state.wanted = true;
        self.changed.notify_all();
        let waits = |state: &mut State| {
            !state.failed && !state.closing && shared.watermark.load(Ordering::Acquire) < position.0
        };
        drop(self.wait_while(state, waits));
    }

    /// A checkpoint was made.
    pub(super) fn checkpointed(&self) {
        drop(lock(&self.state));
        self.changed.notify_all();
    }

    /// Asks for a checkpoint, and waits as long as there is too much without one.
    pub(super) fn wait_checkpoint(&self, is_overfull: impl Fn() -> bool) {
        let mut state = lock(&self.state);
        state.wanted = true;
        self.changed.notify_all();
        drop(self.wait_while(state, |state| !state.failed && is_overfull()));
    }

    fn wait_while<'a>(
        &self,
        state: MutexGuard<'a, State>,
        condition: impl FnMut(&mut State) -> bool,
    ) -> MutexGuard<'a, State> {
        self.changed.wait_while(state, condition).unwrap_or_else(PoisonError::into_inner)
    }
}
