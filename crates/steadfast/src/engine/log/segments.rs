//! Which segments there are: free, in use, full.

use std::sync::{Arc, Condvar, Mutex, PoisonError};

use super::LogSettings;
use super::io::{LogIo, SegmentFile, SegmentId};
use crate::engine::{EngineError, Position, lock};
use crate::limits;

/// The segments of an open log, shared by the commit thread, which fills them, and the checkpoint thread,
/// which makes and removes them.
pub(super) struct Segments {
    io: Arc<dyn LogIo>,
    settings: LogSettings,
    state: Mutex<State>,
    allocated: Condvar,
}

#[derive(Default)]
struct State {
    free: Vec<SegmentFile>,
    /// The last position in the base, as far as segments were told.
    released: Position,
    /// Full ones, with the last position in each.
    sealed: Vec<(SegmentFile, Position)>,
    /// The one being filled, how far, and the position of its last record.
    current: Option<(SegmentFile, u64, Position)>,
    allocating: bool,
    /// The size of the last one made or found.
    last_bytes: u64,
}

impl Segments {
    /// The segments found when the log was opened, with the last position in each that is not in the base.
    pub(super) fn new(
        io: Arc<dyn LogIo>,
        settings: LogSettings,
        found: Vec<(SegmentFile, Position)>,
    ) -> Result<Self, EngineError> {
        let mut state = State::default();
        for (file, last) in found {
            state.last_bytes = state.last_bytes.max(file.bytes);
            if last > Position::NONE {
                state.sealed.push((file, last));
            } else if file.bytes < settings.segment_bytes_first {
                // Whoever made it did not come to the end.
                remove(&*io, file)?;
            } else {
                state.free.push(file);
            }
        }
        state.free.sort_unstable_by_key(|file| file.id);
        Ok(Self { io, settings, state: Mutex::new(state), allocated: Condvar::new() })
    }

    pub(super) fn io(&self) -> &dyn LogIo {
        &*self.io
    }

    /// A segment with room for so many bytes: a free one, or one made now.
    pub(super) fn take(&self, bytes: u64) -> Result<SegmentFile, EngineError> {
        let mut state = lock(&self.state);
        loop {
            if let Some(index) = state.free.iter().position(|file| file.bytes >= bytes) {
                return Ok(state.free.remove(index));
            }
            if !state.allocating {
                drop(state);
                return self.allocate(bytes);
            }
            state = self.allocated.wait(state).unwrap_or_else(PoisonError::into_inner);
        }
    }

    /// Says how far the segment being filled is.
    pub(super) fn fill(&self, file: SegmentFile, offset: u64, last: Position) {
        lock(&self.state).current = Some((file, offset, last));
    }

    /// The segment being filled is full.
    pub(super) fn seal(&self) {
        let mut state = lock(&self.state);
        match state.current.take() {
            Some((file, _, last)) if last <= state.released => state.free.push(file),
            Some((file, _, last)) => state.sealed.push((file, last)),
            None => {}
        }
    }

    /// Frees what holds no position above `upto`, and keeps few of them.
    pub(super) fn release(&self, upto: Position) -> Result<(), EngineError> {
        let mut state = lock(&self.state);
        state.released = upto;
        let (freed, sealed): (Vec<_>, Vec<_>) = state.sealed.drain(..).partition(|(_, last)| *last <= upto);
        state.sealed = sealed;
        state.free.extend(freed.into_iter().map(|(file, _)| file));
        // The largest are the most useful.
        state.free.sort_unstable_by_key(|file| (std::cmp::Reverse(file.bytes), file.id));
        let spare = limits::LOG_SPARE_SEGMENTS_MAX.min(state.free.len());
        let surplus = state.free.split_off(spare);
        drop(state);
        surplus.into_iter().try_for_each(|file| remove(&*self.io, file))
    }

    /// Makes a segment ahead of need, if the one being filled will soon be full and none is free. A full disk
    /// is no failure yet.
    pub(super) fn prepare(&self) -> Result<(), EngineError> {
        if !self.wants_spare() {
            return Ok(());
        }
        match self.allocate(0) {
            Ok(file) => {
                lock(&self.state).free.push(file);
                Ok(())
            }
            Err(error @ EngineError::Full { .. }) => {
                tracing::warn!(%error, "no segment of the log could be made ahead of need");
                Ok(())
            }
            Err(error) => Err(error),
        }
    }

    /// Whether a segment should be made soon.
    pub(super) fn wants_spare(&self) -> bool {
        let state = lock(&self.state);
        let filling = state.current.is_some_and(|(file, offset, _)| offset >= file.bytes / 4);
        filling && state.free.is_empty() && !state.allocating
    }

    /// Bytes of the log that are not yet in the base.
    pub(super) fn bytes_in_use(&self) -> u64 {
        let state = lock(&self.state);
        let sealed: u64 = state.sealed.iter().map(|(file, _)| file.bytes).sum();
        let current = state.current.filter(|(_, _, last)| *last > state.released);
        sealed + current.map_or(0, |(_, offset, _)| offset)
    }

    /// Whether a full segment waits for a checkpoint.
    pub(super) fn has_sealed(&self) -> bool {
        !lock(&self.state).sealed.is_empty()
    }

    /// Removes every segment: all that is in them is in the base, and nobody writes any more.
    pub(super) fn remove_all(&self) -> Result<(), EngineError> {
        let state = std::mem::take(&mut *lock(&self.state));
        let sealed = state.sealed.into_iter().map(|(file, _)| file);
        let current = state.current.map(|(file, _, _)| file);
        state.free.into_iter().chain(sealed).chain(current).try_for_each(|file| remove(&*self.io, file))
    }

    fn allocate(&self, bytes: u64) -> Result<SegmentFile, EngineError> {
        let mut state = lock(&self.state);
        let next = match state.last_bytes {
            0 => self.settings.segment_bytes_first,
            last => (last * 4).min(self.settings.segment_bytes_max),
        };
        let bytes = next.max(bytes);
        state.allocating = true;
        drop(state);
        let made = self.io.allocate(bytes);
        let mut state = lock(&self.state);
        state.allocating = false;
        self.allocated.notify_all();
        let id = made.map_err(|source| {
            EngineError::io("make a segment of the log", &self.io.path(SegmentId(0)), source)
        })?;
        // A single large record does not make every segment large.
        state.last_bytes = state.last_bytes.max(next);
        Ok(SegmentFile { id, bytes })
    }
}

fn remove(io: &dyn LogIo, file: SegmentFile) -> Result<(), EngineError> {
    io.remove(file.id)
        .map_err(|source| EngineError::io("remove a segment of the log", &io.path(file.id), source))
}
