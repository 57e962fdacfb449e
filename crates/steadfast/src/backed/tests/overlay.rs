use std::collections::BTreeMap;

use proptest::collection::vec;
use proptest::prelude::*;

use crate::engine::Direction;
use crate::storage::occ::ReadSet;

use super::*;

fn reads(names: &[Key]) -> ReadSet {
    let mut reads = ReadSet::default();
    names.iter().for_each(|name| reads.add_key(name.clone()));
    reads
}

#[test]
fn what_is_asked_for_is_noted_as_read() {
    let mut overlay = Overlay::recording();
    overlay.set(key("w"), Known::Written);
    overlay.set(key("d"), Known::Deleted);
    let known: Vec<_> = ["x", "w", "d", "x"].map(|name| overlay.ask(key(name))).into();
    assert_eq!(known, [None, Some(Known::Written), Some(Known::Deleted), None]);
    overlay.note_read(key("alarm"));
    overlay.list(&ListFilter::default(), Direction::Reverse, Some(2), keys(&["a", "z"]));
    let noted = reads(&keys(&["x", "w", "d", "alarm", "z"]));
    assert_eq!(overlay.read_set(), Some(&noted));
    overlay.clear();
    assert!(overlay.is_empty());
    assert_eq!(overlay.read_set(), Some(&noted), "reads stay");

    let mut silent = Overlay::new();
    silent.ask(key("x"));
    silent.list(&ListFilter::default(), Direction::Forward, None, keys(&["a"]));
    assert_eq!(silent.read_set(), None);
}

#[test]
fn an_overlay_that_knows_nothing_leaves_a_listing_alone() {
    let mut overlay = Overlay::recording();
    let names = keys(&["b", "a", "b"]);
    assert_eq!(overlay.list(&ListFilter::default(), Direction::Forward, Some(1), names.clone()), names);
    assert_eq!(overlay.read_set(), Some(&reads(&names)));
}

#[test]
fn what_is_forgotten_by_hand_is_asked_of_the_backing() {
    let mut overlay = Overlay::new();
    overlay.set(key("a"), Known::Deleted);
    overlay.set(key("b"), Known::Written);
    overlay.forget(b"a");
    overlay.forget(b"never there");
    assert_eq!((overlay.known(b"a"), overlay.known(b"b")), (None, Some(Known::Written)));
    assert_eq!(overlay.deleted_matching(&ListFilter::default()), 0);
    overlay.set(key("a"), Known::Written);
    let order: Vec<_> = overlay.iter().map(|(key, _)| key.clone()).collect();
    assert_eq!(order, keys(&["b", "a"]), "it has come anew");
}

#[test]
fn halves_of_surrogate_pairs_are_keys_of_their_own_and_sort_as_u_fffd() {
    let mut overlay = Overlay::new();
    let names = [key("\u{e000}"), half(0x80), half(0x81), key("\u{fffe}"), key("\u{d7ff}"), key("\u{10000}")];
    names.iter().for_each(|name| overlay.set(name.clone(), Known::Written));
    let listed = overlay.list(&ListFilter::default(), Direction::Forward, None, Vec::new());
    let wanted =
        [key("\u{d7ff}"), key("\u{e000}"), half(0x80), half(0x81), key("\u{fffe}"), key("\u{10000}")];
    assert_eq!(listed, wanted);
    let from = ListFilter { start: Some(key("\u{fffd}")), ..ListFilter::default() };
    assert!(from.matches(&half(0x80)) && !from.matches(key("\u{e000}").as_ref()));
}

fn name() -> impl Strategy<Value = Key> {
    // Few and short, so that they meet; characters whose UTF-16 and UTF-8 sort differently among them.
    vec(prop::sample::select(vec!["a", "b", "é", "\u{ffee}", "😀"]), 0..3)
        .prop_map(|parts| key(&parts.concat()))
}

fn filter() -> impl Strategy<Value = ListFilter> {
    let maybe = || prop::option::weighted(0.4, name());
    (maybe(), maybe(), maybe(), maybe()).prop_map(|(prefix, exclude_prefix, start, end)| ListFilter {
        prefix,
        exclude_prefix,
        start,
        end,
    })
}

/// What a store answers.
fn listed(
    stored: &BTreeMap<Key, ()>,
    filter: &ListFilter,
    direction: Direction,
    limit: Option<usize>,
) -> Vec<Key> {
    let matching = stored.keys().filter(|name| {
        filter.prefix.as_ref().is_none_or(|prefix| name.starts_with(prefix))
            && !filter.exclude_prefix.as_ref().is_some_and(|prefix| name.starts_with(prefix))
            && filter.start.as_ref().is_none_or(|start| *name >= start)
            && filter.end.as_ref().is_none_or(|end| *name < end)
    });
    let mut names: Vec<_> = matching.cloned().collect();
    if direction == Direction::Reverse {
        names.reverse();
    }
    names.truncate(limit.unwrap_or(usize::MAX));
    names
}

proptest! {
    #[test]
    fn a_merged_listing_is_the_listing_of_what_will_be_stored(
        stored in prop::collection::btree_map(name(), Just(()), 0..8),
        writes in vec((name(), prop::bool::ANY), 0..8),
        forgotten in vec(name(), 0..2),
        filter in filter(),
        is_reverse in prop::bool::ANY,
        limit in prop::option::of(1..5_usize),
    ) {
        let direction = if is_reverse { Direction::Reverse } else { Direction::Forward };
        let mut overlay = Overlay::recording();
        let mut merged = stored.clone();
        let mut known = BTreeMap::new();
        for (name, is_written) in writes {
            let state = if is_written { Known::Written } else { Known::Deleted };
            overlay.set(name.clone(), state);
            known.insert(name, state);
        }
        for name in forgotten {
            overlay.forget(&name);
            known.remove(&name);
        }
        for (name, state) in &known {
            match state {
                Known::Written => merged.insert(name.clone(), ()),
                Known::Deleted => merged.remove(name),
            };
        }
        let deleted = known.iter().filter(|(_, state)| **state == Known::Deleted);
        let deleted: BTreeMap<_, _> = deleted.map(|(name, _)| (name.clone(), ())).collect();
        let deleted_matching = listed(&deleted, &filter, direction, None).len();
        prop_assert_eq!(overlay.deleted_matching(&filter), deleted_matching);
        let asked = limit.map(|limit| limit + overlay.deleted_matching(&filter));
        let names = listed(&stored, &filter, direction, asked);
        let answer = overlay.list(&filter, direction, limit, names);
        prop_assert_eq!(&answer, &listed(&merged, &filter, direction, limit));
        prop_assert_eq!(overlay.read_set(), Some(&reads(&answer)));
        prop_assert_eq!(overlay.iter().count(), known.len());
        for (name, state) in known {
            prop_assert_eq!(overlay.known(&name), Some(state));
        }
    }
}
