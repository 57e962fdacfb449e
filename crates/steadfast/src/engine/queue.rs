//! Records on their way to the commit thread.

use std::mem;
use std::sync::{Condvar, Mutex, PoisonError};
use std::time::Duration;

use super::{CommitRecord, PageImage, Position, lock};
use crate::limits;

/// The queue between everybody who submits and the one thread that commits.
///
/// Numbers records with positions. Bounded in bytes: above
/// [`COMMIT_QUEUE_BYTES_MAX`](limits::COMMIT_QUEUE_BYTES_MAX) those who submit wait for the disk.
pub(super) struct CommitQueue {
    state: Mutex<State>,
    filled: Condvar,
    drained: Condvar,
}

#[derive(Default)]
struct State {
    records: Vec<Submitted>,
    last: Position,
    /// Bytes queued, and bytes taken but not yet reported done.
    bytes: usize,
    closed: bool,
}

/// A record with its place in the order.
#[cfg_attr(not(feature = "testing"), expect(unreachable_pub))]
#[derive(Clone, Debug)]
pub struct Submitted {
    /// Its place.
    pub position: Position,
    /// What changes.
    pub record: CommitRecord,
    /// The image each of its pages replaces, where the log can say what changed instead of the whole page:
    /// as many as pages, or none at all.
    pub previous: Vec<Option<PageImage>>,
}

impl CommitQueue {
    pub(super) fn new() -> Self {
        Self::after(Position::NONE)
    }

    /// A queue whose first record comes behind `last`.
    pub(super) fn after(last: Position) -> Self {
        let state = State { last, ..State::default() };
        Self { state: Mutex::new(state), filled: Condvar::new(), drained: Condvar::new() }
    }

    /// Runs `cut` between two records, with the position of the one before, and returns that.
    pub(super) fn between(&self, cut: impl FnOnce(Position)) -> Position {
        let state = lock(&self.state);
        cut(state.last);
        state.last
    }

    /// Waits until there is room for another record, or the queue is closed.
    pub(super) fn wait_for_room(&self) {
        let mut state = lock(&self.state);
        while state.bytes >= limits::COMMIT_QUEUE_BYTES_MAX && !state.closed {
            state = self.drained.wait(state).unwrap_or_else(PoisonError::into_inner);
        }
    }

    /// Queues a record and gives it a position; none once the queue is closed. `entering` runs
    /// before the commit thread can take the record, and finds the images its pages replace, if any.
    pub(super) fn push(
        &self,
        record: CommitRecord,
        entering: impl FnOnce(Position, &CommitRecord) -> Vec<Option<PageImage>>,
    ) -> Option<Position> {
        let mut state = lock(&self.state);
        if state.closed {
            return None;
        }
        state.last = Position(state.last.0 + 1);
        state.bytes += record_bytes(&record);
        let position = state.last;
        let previous = entering(position, &record);
        state.records.push(Submitted { position, record, previous });
        let first = state.records.len() == 1;
        drop(state);
        if first {
            self.filled.notify_one();
        }
        Some(position)
    }

    /// The position of the last record that was queued.
    pub(super) fn last(&self) -> Position {
        lock(&self.state).last
    }

    /// The next group: what is queued, up to the bounds of one group. Waits for the first record;
    /// none once the queue is closed and empty.
    pub(super) fn take(&self) -> Option<Vec<Submitted>> {
        let mut state = lock(&self.state);
        while state.records.is_empty() {
            if state.closed {
                return None;
            }
            state = self.filled.wait(state).unwrap_or_else(PoisonError::into_inner);
        }
        state.next_group()
    }

    /// The next group if there is one already; none if nothing is queued.
    pub(super) fn try_take(&self) -> Option<Vec<Submitted>> {
        lock(&self.state).next_group()
    }

    /// Waits until a record is queued or the queue is closed.
    pub(super) fn wait(&self) {
        let state = lock(&self.state);
        drop(self.filled.wait_while(state, State::is_idle).unwrap_or_else(PoisonError::into_inner));
    }

    /// [`wait`](Self::wait) for no longer than this; says whether it was long enough.
    pub(super) fn wait_filled(&self, timeout: Duration) -> bool {
        let state = lock(&self.state);
        let waited = self.filled.wait_timeout_while(state, timeout, State::is_idle);
        let (state, timeout) = waited.unwrap_or_else(PoisonError::into_inner);
        drop(state);
        !timeout.timed_out()
    }

    /// Whether the queue is closed and everything in it was taken.
    pub(super) fn is_drained(&self) -> bool {
        let state = lock(&self.state);
        state.closed && state.records.is_empty()
    }

    /// A group that was taken is durable: its bytes make room.
    pub(super) fn done(&self, group: &[Submitted]) {
        let bytes: usize = group.iter().map(|submitted| record_bytes(&submitted.record)).sum();
        let mut state = lock(&self.state);
        let was_full = state.bytes >= limits::COMMIT_QUEUE_BYTES_MAX;
        state.bytes -= bytes;
        drop(state);
        if was_full {
            self.drained.notify_all();
        }
    }

    /// Refuses records from now on. What is queued can still be taken.
    pub(super) fn close(&self) {
        lock(&self.state).closed = true;
        self.filled.notify_one();
        self.drained.notify_all();
    }
}

impl State {
    fn is_idle(&mut self) -> bool {
        self.records.is_empty() && !self.closed
    }

    fn next_group(&mut self) -> Option<Vec<Submitted>> {
        let count = group_len(&self.records);
        if count == self.records.len() {
            return Some(mem::take(&mut self.records)).filter(|group| !group.is_empty());
        }
        let rest = self.records.split_off(count);
        Some(mem::replace(&mut self.records, rest))
    }
}

/// How many of these records make the next group: at least one.
fn group_len(records: &[Submitted]) -> usize {
    let mut bytes = 0;
    let fits = records.iter().take(limits::COMMIT_GROUP_RECORDS_MAX).take_while(|submitted| {
        let before = bytes;
        bytes += record_bytes(&submitted.record);
        before < limits::COMMIT_GROUP_BYTES_MAX
    });
    fits.count()
}

fn record_bytes(record: &CommitRecord) -> usize {
    let entries = record.kv.iter().map(|(key, value)| key.len() + value.as_ref().map_or(0, |v| v.len()));
    let pages = record.pages.iter().map(|(_, image)| image.len());
    let before = record.history.iter().flat_map(|history| &history.before);
    let before = before.map(|(_, old)| old.as_ref().map_or(0, |old| old.len()));
    limits::COMMIT_RECORD_OVERHEAD_BYTES
        + entries.sum::<usize>()
        + pages.sum::<usize>()
        + before.sum::<usize>()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::engine::{ObjectNo, Value};

    fn record(value_bytes: usize) -> CommitRecord {
        let value = Value::from(vec![0; value_bytes]);
        CommitRecord { kv: vec![("k".into(), Some(value))], ..CommitRecord::new(ObjectNo(1)) }
    }

    fn push(queue: &CommitQueue, record: CommitRecord) -> Option<Position> {
        queue.push(record, |_, _| Vec::new())
    }

    #[test]
    fn takes_all_that_is_queued_in_order() {
        let queue = CommitQueue::new();
        for n in 1..=3 {
            assert_eq!(push(&queue, record(0)), Some(Position(n)));
        }
        let positions: Vec<u64> = queue.take().unwrap().iter().map(|s| s.position.0).collect();
        assert_eq!(positions, [1, 2, 3]);
    }

    #[test]
    fn a_group_ends_at_its_bounds() {
        let queue = CommitQueue::new();
        for _ in 0..limits::COMMIT_GROUP_RECORDS_MAX + 1 {
            push(&queue, record(0)).unwrap();
        }
        assert_eq!(queue.take().unwrap().len(), limits::COMMIT_GROUP_RECORDS_MAX);
        assert_eq!(queue.take().unwrap().len(), 1);
        for _ in 0..3 {
            push(&queue, record(limits::COMMIT_GROUP_BYTES_MAX)).unwrap();
        }
        assert_eq!(queue.take().unwrap().len(), 1);
    }

    #[test]
    fn a_closed_queue_refuses_but_can_be_emptied() {
        let queue = CommitQueue::new();
        push(&queue, record(0)).unwrap();
        queue.close();
        assert_eq!(push(&queue, record(0)), None);
        assert_eq!(queue.take().unwrap().len(), 1);
        assert!(queue.take().is_none());
    }

    #[test]
    fn those_who_submit_wait_while_it_is_full() {
        let queue = CommitQueue::new();
        push(&queue, record(limits::COMMIT_QUEUE_BYTES_MAX)).unwrap();
        let group = queue.take().unwrap();
        std::thread::scope(|scope| {
            let waiter = scope.spawn(|| queue.wait_for_room());
            assert!(!waiter.is_finished());
            queue.done(&group);
            waiter.join().unwrap();
        });
        queue.wait_for_room();
    }
}
