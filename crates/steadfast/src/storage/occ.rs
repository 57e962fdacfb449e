//! Optimistic concurrency after Kung and Robinson: pure decisions, no store and no clock.
//!
//! A transaction runs without holding anybody up. It notes which keys and ranges it reads and keeps
//! its writes to itself; a [`History`] notes what everybody else writes meanwhile. At its end the
//! two are compared: if nothing it read was written since it started, its writes are applied as one,
//! else it runs again. Ending one transaction after the other makes them serialisable.

use std::collections::{BTreeMap, BTreeSet, VecDeque};

use crate::engine::{Key, KeyRange};
use crate::limits::{OCC_RUNS_MAX, OCC_SET_KEYS_MAX};

/// A point in the order of writes a [`History`] was told of.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Debug, Default)]
pub struct Version(u64);

/// What was written since the oldest transaction that still runs has started, newest last.
#[derive(Debug)]
pub struct History {
    /// What was written, each with the first version that has it.
    sets: VecDeque<(Version, WriteSet)>,
    sets_max: usize,
    now: Version,
    /// Writes up to this version are forgotten.
    forgotten: Version,
    /// Nobody has started since the newest set began, so that it may grow.
    is_open: bool,
    /// How many transactions run that started at a version.
    running: BTreeMap<Version, usize>,
}

/// Keys written together.
#[derive(Debug, Default)]
struct WriteSet {
    keys: BTreeSet<Key>,
    everything: bool,
}

/// Keys and ranges a transaction has read.
#[derive(Clone, PartialEq, Eq, Debug, Default)]
pub struct ReadSet {
    keys: BTreeSet<Key>,
    ranges: Vec<KeyRange>,
}

/// What becomes of a transaction that has run to its end.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Decision {
    /// Apply its writes.
    Commit,
    /// Forget what it read and wrote, and run it once more.
    Rerun,
    /// It has run as often as it may.
    GiveUp,
}

impl History {
    /// An empty history that keeps at most `sets_max` sets of writes, at least 1. A transaction that
    /// started before the oldest kept is taken to have read something that was written.
    #[must_use]
    pub fn new(sets_max: usize) -> Self {
        assert!(sets_max > 0, "a history keeps at least one set");
        Self {
            sets: VecDeque::new(),
            sets_max,
            now: Version::default(),
            forgotten: Version::default(),
            is_open: false,
            running: BTreeMap::new(),
        }
    }

    /// A transaction starts. Call [`end`](Self::end) when it has ended.
    pub fn start(&mut self) -> Version {
        self.is_open = false;
        *self.running.entry(self.now).or_default() += 1;
        self.now
    }

    /// A transaction that started at `start` has ended.
    pub fn end(&mut self, start: Version) {
        if let Some(running) = self.running.get_mut(&start) {
            *running -= 1;
            if *running == 0 {
                self.running.remove(&start);
            }
        }
        let oldest = self.running.first_key_value().map_or(self.now, |(oldest, _)| *oldest);
        while self.sets.front().is_some_and(|(version, _)| *version <= oldest) {
            self.sets.pop_front();
        }
    }

    /// Whether any transaction runs: else nothing need be noted.
    #[must_use]
    pub fn is_watched(&self) -> bool {
        !self.running.is_empty()
    }

    /// A key is written. Keys written while nobody starts are one set.
    pub fn note(&mut self, key: &Key) {
        if let Some(set) = self.open_set() {
            set.add(key.clone());
        }
    }

    /// Every key is written.
    pub fn note_everything(&mut self) {
        if let Some(set) = self.open_set() {
            set.add_everything();
        }
    }

    /// These keys are written, as a set of their own.
    pub fn record(&mut self, keys: impl IntoIterator<Item = Key>) {
        self.is_open = false;
        if let Some(set) = self.open_set() {
            keys.into_iter().for_each(|key| set.add(key));
        }
        self.is_open = false;
    }

    /// Whether anything in `reads` was written since `start`.
    #[must_use]
    pub fn has_changed(&self, start: Version, reads: &ReadSet) -> bool {
        let changed = |set: &WriteSet| {
            reads.keys.iter().any(|key| set.has(key)) || reads.ranges.iter().any(|range| set.meets(range))
        };
        self.any_since(start, changed)
    }

    /// Whether a key was written since `start`.
    #[must_use]
    pub fn has_key_changed(&self, start: Version, key: &[u8]) -> bool {
        self.any_since(start, |set| set.has(key))
    }

    /// Whether any key of a range was written since `start`.
    #[must_use]
    pub fn has_range_changed(&self, start: Version, range: &KeyRange) -> bool {
        self.any_since(start, |set| set.meets(range))
    }

    fn any_since(&self, start: Version, changed: impl Fn(&WriteSet) -> bool) -> bool {
        start < self.forgotten
            || self.sets.iter().rev().take_while(|(version, _)| *version > start).any(|(_, set)| changed(set))
    }

    /// The set that what is written now belongs to; none when nobody would look at it.
    fn open_set(&mut self) -> Option<&mut WriteSet> {
        if !self.is_watched() {
            return None;
        }
        if !self.is_open {
            self.now.0 += 1;
            self.sets.push_back((self.now, WriteSet::default()));
            self.is_open = true;
        }
        if self.sets.len() > self.sets_max
            && let Some((version, _)) = self.sets.pop_front()
        {
            self.forgotten = version;
        }
        self.sets.back_mut().map(|(_, set)| set)
    }
}

impl WriteSet {
    fn add(&mut self, key: Key) {
        if self.everything {
            return;
        }
        self.keys.insert(key);
        if self.keys.len() > OCC_SET_KEYS_MAX {
            self.add_everything();
        }
    }

    fn add_everything(&mut self) {
        *self = Self { keys: BTreeSet::new(), everything: true };
    }

    fn has(&self, key: &[u8]) -> bool {
        self.everything || self.keys.contains(key)
    }

    fn meets(&self, range: &KeyRange) -> bool {
        if range.is_empty() {
            return false;
        }
        let bounds = (range.start.as_ref(), range.end.as_ref());
        self.everything || self.keys.range::<Key, _>(bounds).next().is_some()
    }
}

impl ReadSet {
    /// A key was read.
    pub fn add_key(&mut self, key: Key) {
        self.keys.insert(key);
    }

    /// It was read which keys of a range exist, and perhaps their values.
    pub fn add_range(&mut self, range: KeyRange) {
        self.ranges.push(range);
    }

    #[cfg(test)]
    pub(super) fn forget(&mut self, keys: bool, ranges: bool) {
        if keys {
            self.keys.clear();
        }
        if ranges {
            self.ranges.clear();
        }
    }
}

/// What becomes of a transaction after its `runs`-th run.
#[must_use]
pub fn decide(history: &History, start: Version, reads: &ReadSet, runs: usize) -> Decision {
    if !history.has_changed(start, reads) { Decision::Commit } else { after_conflict(runs) }
}

/// What becomes of a transaction whose `runs`-th run is known to have read what has changed.
#[must_use]
pub fn after_conflict(runs: usize) -> Decision {
    if runs < OCC_RUNS_MAX { Decision::Rerun } else { Decision::GiveUp }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::ops::Bound;

    fn key(text: &'static str) -> Key {
        Key::from_static(text.as_bytes())
    }

    fn reads(keys: &[&'static str], ranges: &[(&'static str, &'static str)]) -> ReadSet {
        let mut reads = ReadSet::default();
        keys.iter().for_each(|name| reads.add_key(key(name)));
        for (start, end) in ranges {
            reads.add_range(KeyRange { start: Bound::Included(key(start)), end: Bound::Excluded(key(end)) });
        }
        reads
    }

    #[test]
    fn a_transaction_conflicts_with_what_it_read_and_was_written_since() {
        let mut history = History::new(8);
        let before = history.start();
        history.record([key("m")]);
        let after = history.start();
        history.record([key("x")]);
        let cases = [
            (reads(&["m"], &[]), true, false),
            (reads(&["x"], &[]), true, true),
            (reads(&["a"], &[]), false, false),
            (reads(&[], &[("a", "n")]), true, false),
            (reads(&[], &[("a", "m")]), false, false),
            (reads(&[], &[("n", "z")]), true, true),
            (reads(&[], &[("z", "a")]), false, false),
            (reads(&[], &[]), false, false),
        ];
        for (reads, since_before, since_after) in cases {
            let changed = (history.has_changed(before, &reads), history.has_changed(after, &reads));
            assert_eq!(changed, (since_before, since_after), "{reads:?}");
        }
    }

    #[test]
    fn keys_written_while_nobody_starts_are_one_set() {
        let mut history = History::new(2);
        let first = history.start();
        for name in ["a", "b", "c", "d"] {
            history.note(&key(name));
        }
        assert!(!history.has_changed(first, &reads(&["z"], &[])), "nothing was forgotten");
        let second = history.start();
        history.note(&key("e"));
        assert!(history.has_key_changed(first, b"a"));
        assert!(!history.has_key_changed(second, b"a"));
        assert!(history.has_key_changed(second, b"e"));
    }

    #[test]
    fn a_start_older_than_the_history_is_a_conflict() {
        let mut history = History::new(16);
        let start = history.start();
        for _ in 0..16 {
            history.record([key("other")]);
        }
        assert_eq!(decide(&history, start, &reads(&["mine"], &[]), 1), Decision::Commit);
        history.record([key("other")]);
        assert_eq!(decide(&history, start, &reads(&["mine"], &[]), 1), Decision::Rerun);
        let again = history.start();
        assert_eq!(decide(&history, again, &reads(&["mine"], &[]), 2), Decision::Commit);
    }

    #[test]
    fn nothing_is_kept_that_nobody_would_look_at() {
        let mut history = History::new(16);
        history.record([key("a")]);
        assert!(history.sets.is_empty());
        let (first, second) = (history.start(), history.start());
        history.record([key("b")]);
        let third = history.start();
        history.end(first);
        assert!(history.has_key_changed(second, b"b"));
        history.end(second);
        assert!(history.sets.is_empty() && history.is_watched());
        assert!(!history.has_key_changed(third, b"b"));
        history.end(third);
        assert!(!history.is_watched());
    }

    #[test]
    fn everything_meets_every_key_and_every_range_with_keys() {
        let mut history = History::new(16);
        let start = history.start();
        history.note_everything();
        assert!(history.has_changed(start, &reads(&["a"], &[])));
        assert!(history.has_changed(start, &reads(&[], &[("a", "b")])));
        assert!(!history.has_changed(start, &reads(&[], &[("b", "a")])));
    }

    #[test]
    fn a_set_of_very_many_keys_counts_as_everything() {
        let mut history = History::new(16);
        let start = history.start();
        history.record((0..OCC_SET_KEYS_MAX as u32).map(|n| Key::copy_from_slice(&n.to_be_bytes())));
        assert!(!history.has_key_changed(start, b"another"));
        history.note(&key("one more"));
        let (_, newest) = history.sets.back().expect("a set");
        assert!(!newest.everything, "it is a set of its own");
        history.record((0..=OCC_SET_KEYS_MAX as u32).map(|n| Key::copy_from_slice(&n.to_be_bytes())));
        assert!(history.has_key_changed(start, b"another"));
    }

    #[test]
    fn runs_are_bounded() {
        assert_eq!(after_conflict(OCC_RUNS_MAX - 1), Decision::Rerun);
        assert_eq!(after_conflict(OCC_RUNS_MAX), Decision::GiveUp);
    }
}
