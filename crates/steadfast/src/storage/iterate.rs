//! The lazy listing of the synchronous key-value storage: what it yields is read when it is asked for.

use std::ops::Bound;
use std::vec;

use super::range::{ListOptions, Listing};
use super::{StorageError, Store};
use crate::engine::{Direction, Key, Value};
use crate::limits::ITERATOR_ROWS_AHEAD_MAX;

/// A lazy listing of a store. Never reused within a store.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug)]
pub struct IteratorNo(u64);

/// The one lazy listing of a store that may go on.
pub(super) struct Iteration {
    no: IteratorNo,
    /// What is left of it: its range begins behind the entry yielded last.
    rest: Listing,
    /// The next entries, if nothing was written since they were read.
    ahead: vec::IntoIter<(Key, Value)>,
    /// The number of the store's last write when they were read.
    read_at: u64,
    /// How many rows the next read asks for.
    stride: usize,
    /// Everything was deleted while it went on.
    deleted: bool,
}

impl Store {
    /// Begins a lazy listing, and ends the one there was: a store has one. `None` when no key can be
    /// in the range; that ends nothing.
    ///
    /// # Errors
    /// [`StorageError::StartWithStartAfter`] and [`StorageError::LimitNotPositive`]; nothing ends.
    pub fn iterate(&mut self, options: &ListOptions) -> Result<Option<IteratorNo>, StorageError> {
        let Some(rest) = options.listing()? else { return Ok(None) };
        self.last_iterator += 1;
        let no = IteratorNo(self.last_iterator);
        let ahead = Vec::new().into_iter();
        self.iteration = Some(Iteration { no, rest, ahead, read_at: self.writes, stride: 1, deleted: false });
        Ok(Some(no))
    }

    /// The next entry of a lazy listing, as the open turn sees it now; `None` at its end. What is
    /// written behind the entry yielded last is yielded too. Whoever got `None` must not ask again.
    ///
    /// # Errors
    /// [`StorageError::IteratorInvalidated`] when another listing, lazy or not, has begun since;
    /// [`StorageError::IteratorDeleted`] when everything was deleted; [`StorageError::Engine`] when
    /// the engine cannot be read.
    pub fn next_entry(&mut self, no: IteratorNo) -> Result<Option<(Key, Value)>, StorageError> {
        let mut iteration =
            self.iteration.take_if(|open| open.no == no).ok_or(StorageError::IteratorInvalidated)?;
        let entry = self.advance(&mut iteration);
        self.iteration = Some(iteration);
        entry
    }

    fn advance(&self, iteration: &mut Iteration) -> Result<Option<(Key, Value)>, StorageError> {
        if iteration.deleted {
            return Err(StorageError::IteratorDeleted);
        }
        if iteration.read_at != self.writes {
            iteration.ahead = Vec::new().into_iter();
        }
        if iteration.ahead.as_slice().is_empty() {
            let limit = iteration.rest.limit.min(iteration.stride);
            let next = Listing { limit, ..iteration.rest.clone() };
            iteration.ahead = self.read_range(&next)?.into_iter();
            iteration.read_at = self.writes;
            iteration.stride = (iteration.stride * 2).min(ITERATOR_ROWS_AHEAD_MAX);
        }
        let Some((key, value)) = iteration.ahead.next() else { return Ok(None) };
        iteration.rest.limit -= 1;
        match iteration.rest.direction {
            Direction::Forward => iteration.rest.range.start = Bound::Excluded(key.clone()),
            Direction::Reverse => iteration.rest.range.end = Bound::Excluded(key.clone()),
        }
        Ok(Some((key, value)))
    }

    /// Everything is deleted: the lazy listing that goes on cannot.
    pub(super) fn end_iteration_of_deleted(&mut self) {
        if let Some(iteration) = &mut self.iteration {
            iteration.deleted = true;
        }
    }
}
