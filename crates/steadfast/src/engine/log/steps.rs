//! What the two threads of the engine do, one step at a time.

use std::sync::Arc;
use std::sync::atomic::Ordering;
use std::thread;

use super::shared::Shared;
use super::writer::Writer;
use crate::engine::base::{Checkpoint, CheckpointStore};
use crate::engine::{EngineError, Poisoned, Position};
use crate::limits;

/// Makes what is queued durable.
pub struct Committer {
    pub(super) shared: Arc<Shared>,
    pub(super) writer: Writer,
}

/// What a [`Committer`] did.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum CommitStep {
    /// Nothing was queued.
    Idle,
    /// One group, written and synced: everything up to here is durable.
    Committed(Position),
    /// Nothing, before there was a checkpoint: the log is too long.
    Overfull,
}

impl Committer {
    /// Takes all that is queued, up to the bounds of one group; one write, one sync; reports it durable.
    ///
    /// # Errors
    /// When the write or the sync failed, and ever after.
    pub fn step(&mut self) -> Result<CommitStep, Poisoned> {
        let Shared { queue, progress, signals, segments, .. } = &*self.shared;
        if let Some(cause) = progress.failure() {
            return Err(cause.clone());
        }
        if self.shared.is_overfull() {
            return Ok(CommitStep::Overfull);
        }
        let Some(group) = queue.try_take() else { return Ok(CommitStep::Idle) };
        let durable = self.writer.commit(&group).map_err(|error| self.shared.fail(Poisoned::by(&error)))?;
        progress.publish(durable);
        queue.done(&group);
        signals.committed(durable);
        if self.shared.wants_checkpoint() || segments.wants_spare() {
            signals.want();
        }
        Ok(CommitStep::Committed(durable))
    }

    /// Writes and syncs an empty group, which proves that the last one was durable; nothing if that is proved
    /// already. For when nothing is queued.
    ///
    /// # Errors
    /// As [`step`](Self::step).
    pub fn mark(&mut self) -> Result<(), Poisoned> {
        self.writer.mark().map_err(|error| self.shared.fail(Poisoned::by(&error)))
    }

    /// The body of the commit thread.
    pub(super) fn run(mut self) {
        let shared = self.shared.clone();
        let guard = FailOnPanic(&shared);
        // A failure was reported where it happened.
        let _ended = self.run_until_closed();
        drop(guard);
    }

    fn run_until_closed(&mut self) -> Result<(), Poisoned> {
        let shared = self.shared.clone();
        loop {
            match self.step()? {
                CommitStep::Committed(_) => {}
                CommitStep::Overfull => shared.signals.wait_checkpoint(|| shared.is_overfull()),
                CommitStep::Idle if shared.queue.is_drained() => return Ok(()),
                CommitStep::Idle if self.writer.wants_mark() => {
                    if !shared.queue.wait_filled(limits::LOG_IDLE) {
                        self.mark()?;
                    }
                }
                CommitStep::Idle => shared.queue.wait(),
            }
        }
    }
}

/// Moves what is durable from the log to the base.
pub struct Mover {
    pub(super) shared: Arc<Shared>,
    pub(super) store: Box<dyn CheckpointStore>,
    /// The last position in the base.
    pub(super) watermark: Position,
    /// Where the table was frozen, while its frozen part is not yet in the base.
    pub(super) cut: Option<Position>,
}

/// What a [`Mover`] did.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum MoveStep {
    /// Everything submitted is in the base.
    Idle,
    /// The table is frozen at this position, which has to be durable first.
    WaitsFor(Position),
    /// A checkpoint: the base has everything up to here.
    Moved(Position),
}

impl Mover {
    /// Freezes the table if it is not, and writes it to the base in one transaction once all that is in it is
    /// durable; then frees segments. Makes a segment ahead of need.
    ///
    /// # Errors
    /// When the base or a segment could not be written, and ever after.
    pub fn step(&mut self) -> Result<MoveStep, Poisoned> {
        if let Some(cause) = self.shared.progress.failure() {
            return Err(cause.clone());
        }
        self.try_step().map_err(|error| self.shared.fail(Poisoned::by(&error)))
    }

    fn try_step(&mut self) -> Result<MoveStep, EngineError> {
        let Shared { segments, progress, signals, .. } = &*self.shared;
        segments.prepare()?;
        let cut = match self.cut {
            Some(cut) => cut,
            None => match self.freeze() {
                cut if cut == self.watermark => {
                    // A segment may have been filled up by a mark alone.
                    segments.release(cut)?;
                    return Ok(MoveStep::Idle);
                }
                cut => *self.cut.insert(cut),
            },
        };
        if progress.durable_position() < cut {
            return Ok(MoveStep::WaitsFor(cut));
        }
        let frozen = self.shared.table.frozen();
        self.store.checkpoint(&Checkpoint { effect: frozen.effect(), upto: cut })?;
        self.watermark = cut;
        self.cut = None;
        self.shared.watermark.store(cut.0, Ordering::Release);
        self.shared.table.forget_frozen();
        segments.release(cut)?;
        signals.checkpointed();
        Ok(MoveStep::Moved(cut))
    }

    fn freeze(&self) -> Position {
        let Shared { queue, table, cut, .. } = &*self.shared;
        let watermark = self.watermark;
        queue.between(|last| {
            if last > watermark {
                table.turn();
                cut.store(last.0, Ordering::Release);
            }
        })
    }

    /// The body of the checkpoint thread.
    pub(super) fn run(mut self) {
        let shared = self.shared.clone();
        let guard = FailOnPanic(&shared);
        let outcome = self.run_until_closed();
        if let Err(error) = self.close(outcome.is_err()) {
            tracing::warn!(error = error.with_causes(), "the base file was not put in order");
        }
        drop(guard);
    }

    fn run_until_closed(&mut self) -> Result<(), Poisoned> {
        let shared = self.shared.clone();
        while shared.signals.wait_wanted(limits::LOG_FREEZE_INTERVAL) {
            let wants_checkpoint = shared.wants_checkpoint() || shared.is_overfull();
            if !wants_checkpoint && shared.segments.wants_spare() {
                shared.segments.prepare().map_err(|error| shared.fail(Poisoned::by(&error)))?;
                continue;
            }
            self.move_all()?;
            while shared.wants_checkpoint() && shared.progress.failure().is_none() {
                self.move_all()?;
            }
        }
        self.move_all()
    }

    /// One checkpoint of all that was submitted before.
    fn move_all(&mut self) -> Result<(), Poisoned> {
        while let MoveStep::WaitsFor(cut) = self.step()? {
            self.shared.signals.wait_durable(cut, &self.shared.progress);
        }
        Ok(())
    }

    /// Ends the engine's writing. After a checkpoint of everything no log is left.
    pub(super) fn close(self, failed: bool) -> Result<(), EngineError> {
        let failed = failed || self.shared.progress.failure().is_some();
        if !failed {
            self.shared.segments.remove_all()?;
        }
        self.store.close(failed)
    }
}

struct FailOnPanic<'a>(&'a Shared);

impl Drop for FailOnPanic<'_> {
    fn drop(&mut self) {
        if thread::panicking() {
            self.0.fail(Poisoned::panicked());
        }
    }
}
