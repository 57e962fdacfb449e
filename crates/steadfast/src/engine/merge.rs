//! One range out of two: what is pending, over what is in the base.

use std::cmp::Ordering;
use std::iter::Peekable;
use std::ops::Bound;

use super::base::{BaseReader, HalfOpenRange};
use super::overlay::Pending;
use super::{Direction, EngineError, Key, KeyRange, ObjectNo, Value};

/// Which part of an object is asked for.
pub(super) struct RangeQuery<'a> {
    pub(super) object: ObjectNo,
    pub(super) range: &'a KeyRange,
    pub(super) direction: Direction,
    pub(super) limit: usize,
}

/// The entries of a range, with what is pending over what is in the base.
pub(super) fn read_range(
    query: &RangeQuery<'_>,
    pending: Option<&Pending>,
    base: &BaseReader,
) -> Result<Vec<(Key, Value)>, EngineError> {
    let above: Box<dyn Iterator<Item = Entry<'_>>> = match (pending, query.direction) {
        (None, _) => Box::new(std::iter::empty()),
        (Some(pending), Direction::Forward) => Box::new(pending.range(query.range)),
        (Some(pending), Direction::Reverse) => Box::new(pending.range(query.range).rev()),
    };
    read_under(query, above, pending.is_some_and(Pending::hides_base), base)
}

/// A key and its state: none if it was deleted.
pub(super) type Entry<'a> = (&'a Key, Option<&'a Value>);

/// The entries of a range, with `above` over what is in the base unless that is hidden. `above` has keys of the
/// range alone, in the order of the query.
pub(super) fn read_under<'a>(
    query: &RangeQuery<'_>,
    above: Box<dyn Iterator<Item = Entry<'a>> + 'a>,
    hides_base: bool,
    base: &BaseReader,
) -> Result<Vec<(Key, Value)>, EngineError> {
    if query.limit == 0 || query.range.is_empty() {
        return Ok(Vec::new());
    }
    let mut merge = Merge { above: above.peekable(), query, entries: Vec::new() };
    if !hides_base {
        let range = HalfOpenRange::of(query.range);
        base.scan(query.object, &range, query.direction, |key, value| merge.base_row(key, value))?;
    }
    merge.take_above(|_| true);
    Ok(merge.entries)
}

/// Two layers as one, in the order of a query: where both have a key, the upper counts.
pub(super) struct Layered<'a, I: Iterator<Item = Entry<'a>>> {
    upper: Peekable<I>,
    lower: Peekable<I>,
    direction: Direction,
}

impl<'a, I: Iterator<Item = Entry<'a>>> Layered<'a, I> {
    pub(super) fn new(upper: I, lower: I, direction: Direction) -> Self {
        Self { upper: upper.peekable(), lower: lower.peekable(), direction }
    }
}

impl<'a, I: Iterator<Item = Entry<'a>>> Iterator for Layered<'a, I> {
    type Item = Entry<'a>;

    fn next(&mut self) -> Option<Entry<'a>> {
        match (self.upper.peek(), self.lower.peek()) {
            (Some((upper, _)), Some((lower, _))) => match in_order(upper, lower, self.direction) {
                Ordering::Less => self.upper.next(),
                Ordering::Greater => self.lower.next(),
                Ordering::Equal => {
                    self.lower.next();
                    self.upper.next()
                }
            },
            (Some(_), None) => self.upper.next(),
            (None, _) => self.lower.next(),
        }
    }
}

/// Rows of the base come one by one; what is pending before each goes first.
struct Merge<'a, 'q, I: Iterator<Item = Entry<'a>>> {
    above: Peekable<I>,
    query: &'q RangeQuery<'q>,
    entries: Vec<(Key, Value)>,
}

impl<'a, I: Iterator<Item = Entry<'a>>> Merge<'a, '_, I> {
    /// Takes a row of the base; says whether more are wanted.
    fn base_row(&mut self, key: &[u8], value: &[u8]) -> bool {
        let direction = self.query.direction;
        self.take_above(|pending| in_order(pending, key, direction) == Ordering::Less);
        if self.is_full() {
            return false;
        }
        match self.above.next_if(|(pending, _)| pending[..] == *key) {
            Some((key, state)) => self.entries.extend(state.map(|value| (key.clone(), value.clone()))),
            None => self.entries.push((Key::copy_from_slice(key), Value::copy_from_slice(value))),
        }
        !self.is_full()
    }

    /// Takes what is pending while `wanted` says so and there is room.
    fn take_above(&mut self, wanted: impl Fn(&[u8]) -> bool) {
        while !self.is_full() {
            let Some((key, state)) = self.above.next_if(|(key, _)| wanted(key)) else { break };
            self.entries.extend(state.map(|value| (key.clone(), value.clone())));
        }
    }

    fn is_full(&self) -> bool {
        self.entries.len() >= self.query.limit
    }
}

fn in_order(a: &[u8], b: &[u8], direction: Direction) -> Ordering {
    match direction {
        Direction::Forward => a.cmp(b),
        Direction::Reverse => b.cmp(a),
    }
}

impl HalfOpenRange {
    fn of(range: &KeyRange) -> Self {
        let start = match &range.start {
            Bound::Included(key) => key.clone(),
            Bound::Excluded(key) => successor(key),
            Bound::Unbounded => Key::new(),
        };
        let end = match &range.end {
            Bound::Included(key) => Some(successor(key)),
            Bound::Excluded(key) => Some(key.clone()),
            Bound::Unbounded => None,
        };
        Self { start, end }
    }
}

/// The smallest key above `key`.
fn successor(key: &Key) -> Key {
    let mut bytes = Vec::with_capacity(key.len() + 1);
    bytes.extend_from_slice(key);
    bytes.push(0);
    bytes.into()
}
