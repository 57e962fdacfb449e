//! Every combination of list options, against a sorted list.

use std::sync::Arc;

use bytes::Bytes;

use super::fake::{FakeEngine, key};
use super::listed;
use crate::engine::{Key, Value};
use crate::limits;
use crate::storage::{ListOptions, Store, WriteOptions};

const KEYS: [&str; 12] = ["", "Z", "a", "a\0", "ab", "abc", "ac", "b", "ba", "é", "\u{ffff}", "😀"];

fn matrix() -> Vec<ListOptions> {
    let some_keys = || std::iter::once(None).chain(KEYS.iter().map(|name| Some(key(name))));
    let mut all = Vec::new();
    for start in some_keys() {
        for end in some_keys() {
            for prefix in [None, Some(""), Some("a"), Some("ab"), Some("b"), Some("x"), Some("😀")] {
                for (after, reverse, limit) in [
                    (false, false, None),
                    (false, true, None),
                    (true, false, Some(1)),
                    (true, true, Some(1)),
                    (false, false, Some(3)),
                    (true, true, Some(3)),
                    (true, false, Some(100)),
                ] {
                    let (start, start_after) =
                        if after { (None, start.clone()) } else { (start.clone(), None) };
                    let (end, prefix) = (end.clone(), prefix.map(key));
                    all.push(ListOptions { start, start_after, end, prefix, reverse, limit });
                }
            }
        }
    }
    all
}

fn check(store: &mut Store, all: &[(Key, Value)], what: &str) {
    for options in matrix() {
        let found = store.list(&options).expect("valid options");
        assert_eq!(found, listed(all, &options), "{what}: {options:?}");
    }
}

#[test]
fn every_combination_agrees_with_a_filter() {
    let engine = Arc::new(FakeEngine::default());
    let mut store = engine.open();
    let pairs: Vec<_> = KEYS.map(|name| (key(name), key(name))).to_vec();
    store.put_many(pairs.clone(), WriteOptions::default()).expect("put");
    check(&mut store, &pairs, "all in the open turn");
    store.end_turn().expect("submit");
    check(&mut store, &pairs, "all committed");
    check(&mut engine.open(), &pairs, "all committed and reopened");
}

#[test]
fn the_open_turn_lies_over_what_was_committed() {
    let engine = Arc::new(FakeEngine::default());
    let mut store = engine.open();
    let options = WriteOptions::default();
    for name in KEYS.iter().step_by(2) {
        store.put(key(name), Bytes::from_static(b"committed"), options).expect("put");
    }
    store.end_turn().expect("submit");
    let mut all = Vec::new();
    for (index, name) in KEYS.iter().enumerate() {
        let value = match index % 4 {
            0 => {
                store.delete(key(name), options).expect("delete");
                continue;
            }
            1 => Bytes::from_static(b"new"),
            2 => Bytes::from_static(b"overwritten"),
            _ => continue,
        };
        store.put(key(name), value.clone(), options).expect("put");
        all.push((key(name), value));
    }
    check(&mut store, &all, "mixed");
}

#[test]
fn many_deleted_rows_are_read_past_in_chunks() {
    let engine = Arc::new(FakeEngine::default());
    let mut store = engine.open();
    let name = |index: usize| key(&format!("{index:04}"));
    let rows = 10 * limits::LIST_SPARE_ROWS_MAX;
    for index in 0..rows {
        store.put(name(index), name(index), WriteOptions::default()).expect("put");
    }
    store.end_turn().expect("submit");
    let doomed = (2..rows - 2).map(name).collect();
    store.delete_many(doomed, WriteOptions::default()).expect("delete");
    for reverse in [false, true] {
        let mut expected: Vec<_> =
            [0, 1, rows - 2, rows - 1].map(|index| (name(index), name(index))).to_vec();
        if reverse {
            expected.reverse();
        }
        let options = ListOptions { limit: Some(3), reverse, ..ListOptions::default() };
        assert_eq!(store.list(&options).expect("list"), expected[..3]);
    }
}
