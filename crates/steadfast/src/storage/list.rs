//! A range of keys with the open turn's writes laid over what was committed.

use std::iter::Peekable;
use std::ops::Bound;

use bytes::Bytes;

use super::StorageError;
use super::range::Listing;
use crate::engine::{Direction, Key, KeyRange, ObjectNo, ObjectReader, Value};
use crate::limits;

/// Merges both sources in the order of the listing. Where they meet, the turn's write wins.
pub(super) fn merge<'a>(
    listing: &Listing,
    written: impl DoubleEndedIterator<Item = (&'a Key, &'a Option<Bytes>)>,
    mut committed: Scan<'_>,
) -> Result<Vec<(Key, Value)>, StorageError> {
    let mut found = Vec::new();
    let mut written = InOrder::new(written, listing.direction).peekable();
    while found.len() < listing.limit {
        let row = committed.peek(listing.limit - found.len())?;
        match next_source(row, &mut written, listing.direction) {
            Source::Nothing => break,
            Source::Committed => found.extend(committed.take()),
            Source::Hidden => drop(committed.take()),
            Source::Written => {
                let write = written.next();
                found.extend(write.and_then(|(key, state)| Some((key.clone(), state.clone()?))));
            }
        }
    }
    Ok(found)
}

/// Where the next entry of a merge comes from.
enum Source {
    Committed,
    /// A committed row whose key the turn wrote.
    Hidden,
    Written,
    Nothing,
}

fn next_source<'a>(
    row: Option<&(Key, Value)>,
    written: &mut Peekable<impl Iterator<Item = (&'a Key, &'a Option<Bytes>)>>,
    direction: Direction,
) -> Source {
    let (row, write) = match (row, written.peek()) {
        (None, None) => return Source::Nothing,
        (None, Some(_)) => return Source::Written,
        (Some(_), None) => return Source::Committed,
        (Some((row, _)), Some((write, _))) => (row, *write),
    };
    if row == write {
        Source::Hidden
    } else if (row < write) == (direction == Direction::Forward) {
        Source::Committed
    } else {
        Source::Written
    }
}

/// Iterates from either end.
struct InOrder<I> {
    entries: I,
    direction: Direction,
}

impl<I> InOrder<I> {
    fn new(entries: I, direction: Direction) -> Self {
        Self { entries, direction }
    }
}

impl<I: DoubleEndedIterator> Iterator for InOrder<I> {
    type Item = I::Item;

    fn next(&mut self) -> Option<I::Item> {
        match self.direction {
            Direction::Forward => self.entries.next(),
            Direction::Reverse => self.entries.next_back(),
        }
    }
}

/// Reads the committed rows of a range in chunks, so that a small limit over a large range with
/// many rows hidden by the turn reads little more than it returns.
pub(super) struct Scan<'a> {
    reader: &'a dyn ObjectReader,
    object: Option<ObjectNo>,
    rest: KeyRange,
    direction: Direction,
    chunk: std::vec::IntoIter<(Key, Value)>,
    head: Option<(Key, Value)>,
    exhausted: bool,
    spare: usize,
}

impl<'a> Scan<'a> {
    /// Reads nothing yet, and nothing ever without an object. `hidden` is how many rows of the range the turn may have deleted.
    pub(super) fn new(
        reader: &'a dyn ObjectReader,
        object: Option<ObjectNo>,
        listing: &Listing,
        hidden: usize,
    ) -> Self {
        Self {
            spare: hidden.min(limits::LIST_SPARE_ROWS_MAX),
            reader,
            object,
            rest: listing.range.clone(),
            direction: listing.direction,
            chunk: Vec::new().into_iter(),
            head: None,
            exhausted: object.is_none(),
        }
    }

    /// The next row; `wanted` is how many the caller may still take.
    fn peek(&mut self, wanted: usize) -> Result<Option<&(Key, Value)>, StorageError> {
        if self.head.is_none() {
            self.head = self.chunk.next();
        }
        if self.head.is_none() && !self.exhausted {
            self.fill(wanted)?;
            self.head = self.chunk.next();
        }
        Ok(self.head.as_ref())
    }

    fn take(&mut self) -> Option<(Key, Value)> {
        self.head.take()
    }

    fn fill(&mut self, wanted: usize) -> Result<(), StorageError> {
        let Some(object) = self.object else { return Ok(()) };
        let limit = wanted.saturating_add(self.spare);
        let rows = self.reader.range(object, &self.rest, self.direction, limit)?;
        self.exhausted = rows.len() < limit;
        if let Some((last, _)) = rows.last() {
            match self.direction {
                Direction::Forward => self.rest.start = Bound::Excluded(last.clone()),
                Direction::Reverse => self.rest.end = Bound::Excluded(last.clone()),
            }
        }
        self.chunk = rows.into_iter();
        Ok(())
    }
}
