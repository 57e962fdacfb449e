//! Which keys a `list` covers: pure arithmetic on bytes.

use std::ops::Bound;

use bytes::Bytes;

use super::StorageError;
use crate::engine::{Direction, Key, KeyRange};

/// What `list` returns, and in which order. The default is everything, smallest key first.
///
/// Keys compare as UTF-8 bytes. Bounds narrow each other; a range nothing can lie in is an empty
/// result, not an error.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct ListOptions {
    /// The smallest key wanted, whatever the order.
    pub start: Option<Key>,
    /// Only keys above this one. Not together with `start`.
    pub start_after: Option<Key>,
    /// Only keys below this one, whatever the order.
    pub end: Option<Key>,
    /// Only keys that begin with these bytes.
    pub prefix: Option<Key>,
    /// Largest key first. Changes which end `limit` counts from, not what `start` and `end` mean.
    pub reverse: bool,
    /// At most so many entries; at least 1. `None` is all of them.
    pub limit: Option<i64>,
}

/// A validated [`ListOptions`].
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Listing {
    pub(super) range: KeyRange,
    pub(super) direction: Direction,
    pub(super) limit: usize,
}

impl ListOptions {
    /// The keys these options cover; `None` when no key can be among them.
    pub(super) fn listing(&self) -> Result<Option<Listing>, StorageError> {
        if self.start.is_some() && self.start_after.is_some() {
            return Err(StorageError::StartWithStartAfter);
        }
        let limit = match self.limit {
            None => usize::MAX,
            Some(limit) if limit <= 0 => return Err(StorageError::LimitNotPositive),
            Some(limit) => usize::try_from(limit).unwrap_or(usize::MAX),
        };
        let range = KeyRange { start: self.lower(), end: self.upper() };
        if is_empty(&range) {
            return Ok(None);
        }
        let direction = if self.reverse { Direction::Reverse } else { Direction::Forward };
        Ok(Some(Listing { range, direction, limit }))
    }

    /// The highest of `start`, `start_after` and `prefix`.
    fn lower(&self) -> Bound<Key> {
        let wanted = match (&self.start, &self.start_after) {
            (Some(start), _) => Bound::Included(start),
            (None, Some(after)) => Bound::Excluded(after),
            (None, None) => Bound::Unbounded,
        };
        match (wanted, &self.prefix) {
            (Bound::Included(key) | Bound::Excluded(key), Some(prefix)) if prefix > key => {
                Bound::Included(prefix.clone())
            }
            (Bound::Unbounded, Some(prefix)) => Bound::Included(prefix.clone()),
            (wanted, _) => wanted.cloned(),
        }
    }

    /// The lowest of `end` and the end of the prefix's range.
    fn upper(&self) -> Bound<Key> {
        let prefix_end = self.prefix.as_deref().and_then(prefix_end);
        let end = match (&self.end, prefix_end) {
            (Some(end), Some(prefix_end)) => Some(end.clone().min(prefix_end)),
            (Some(end), None) => Some(end.clone()),
            (None, prefix_end) => prefix_end,
        };
        end.map_or(Bound::Unbounded, Bound::Excluded)
    }
}

/// The smallest key above every key with this prefix: the last byte that can grow, grown, and
/// nothing after it. `None` when no byte can, so that the range has no upper end.
fn prefix_end(prefix: &[u8]) -> Option<Key> {
    let last = prefix.iter().rposition(|&byte| byte != 0xff)?;
    let mut end = prefix[..=last].to_vec();
    end[last] += 1;
    Some(Bytes::from(end))
}

fn is_empty(range: &KeyRange) -> bool {
    match (&range.start, &range.end) {
        (Bound::Unbounded, Bound::Excluded(end)) => end.is_empty(),
        (Bound::Included(start) | Bound::Excluded(start), Bound::Excluded(end)) => start >= end,
        _ => false,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn key(text: &str) -> Option<Key> {
        Some(Bytes::copy_from_slice(text.as_bytes()))
    }

    fn range(options: ListOptions) -> Option<(Bound<Key>, Bound<Key>)> {
        let listing = options.listing().expect("valid options");
        listing.map(|listing| (listing.range.start, listing.range.end))
    }

    fn included(text: &'static str) -> Bound<Key> {
        Bound::Included(Bytes::from_static(text.as_bytes()))
    }

    fn excluded(text: &'static str) -> Bound<Key> {
        Bound::Excluded(Bytes::from_static(text.as_bytes()))
    }

    #[test]
    fn a_prefix_ends_where_its_last_byte_that_can_grow_has_grown() {
        let cases: &[(&[u8], Option<&[u8]>)] = &[
            (b"", None),
            (b"a", Some(b"b")),
            (b"user:", Some(b"user;")),
            (b"a\xff", Some(b"b")),
            (b"a\xff\xff", Some(b"b")),
            (b"\xff", None),
            (b"\xff\xff", None),
            (b"\xfe\xff", Some(b"\xff")),
            (b"a\x00", Some(b"a\x01")),
        ];
        for (prefix, end) in cases {
            assert_eq!(prefix_end(prefix).as_deref(), *end, "prefix {prefix:?}");
        }
    }

    #[test]
    fn the_highest_lower_end_and_the_lowest_upper_end_win() {
        let both = |start, prefix| ListOptions { start, prefix, ..ListOptions::default() };
        assert_eq!(range(both(key("ab"), key("a"))), Some((included("ab"), excluded("b"))));
        assert_eq!(range(both(key("a"), key("ab"))), Some((included("ab"), excluded("ac"))));
        assert_eq!(range(both(None, key(""))), Some((included(""), Bound::Unbounded)));

        let after = |start_after, prefix| ListOptions { start_after, prefix, ..Default::default() };
        assert_eq!(range(after(key("a"), None)), Some((excluded("a"), Bound::Unbounded)));
        assert_eq!(range(after(key("a"), key("a"))), Some((excluded("a"), excluded("b"))));

        let end = |end, prefix| ListOptions { end, prefix, ..Default::default() };
        assert_eq!(range(end(key("az"), key("a"))), Some((included("a"), excluded("az"))));
        assert_eq!(range(end(key("z"), key("a"))), Some((included("a"), excluded("b"))));
    }

    #[test]
    fn a_range_nothing_lies_in_is_no_listing() {
        let start_end = |start, end| ListOptions { start, end, ..Default::default() };
        assert_eq!(range(start_end(key("b"), key("a"))), None);
        assert_eq!(range(start_end(key("a"), key("a"))), None);
        assert_eq!(range(start_end(None, key(""))), None);
        let outside = ListOptions { start: key("c"), prefix: key("a"), ..Default::default() };
        assert_eq!(range(outside), None);
        let after = ListOptions { start_after: key("a"), end: key("a"), ..Default::default() };
        assert_eq!(range(after), None);
    }

    #[test]
    fn wrong_options_are_refused_in_the_documented_words() {
        let both = ListOptions { start: key("a"), start_after: key("a"), ..Default::default() };
        assert_eq!(
            both.listing().expect_err("both starts").to_string(),
            "list() cannot be called with both start and startAfter values."
        );
        for limit in [0, -1, i64::MIN] {
            let options = ListOptions { limit: Some(limit), ..Default::default() };
            let refusal = options.listing().expect_err("limit below 1");
            assert_eq!(refusal.to_string(), "List limit must be positive.");
        }
    }
}
