//! Lazy listings: that they see what is written ahead of them, and what ends them.

use std::sync::Arc;

use bytes::Bytes;
use proptest::prelude::*;

use super::fake::{FakeEngine, key};
use crate::engine::Key;
use crate::storage::{AlarmAtDeleteAll, IteratorNo, ListOptions, StorageError, Store, WriteOptions};

const OPTIONS: WriteOptions = WriteOptions { allow_unconfirmed: false };

fn put(store: &mut Store, names: &str) {
    for name in names.split(' ') {
        store.put(key(name), Bytes::from_static(b"v"), OPTIONS).expect("put");
    }
}

fn begin(store: &mut Store, options: &ListOptions) -> IteratorNo {
    store.iterate(options).expect("valid options").expect("a range with keys")
}

fn all(store: &mut Store) -> IteratorNo {
    begin(store, &ListOptions::default())
}

fn next(store: &mut Store, no: IteratorNo) -> Option<String> {
    let entry = store.next_entry(no).expect("nothing has ended it");
    entry.map(|(key, _)| String::from_utf8(key.to_vec()).expect("these tests use text"))
}

fn rest(store: &mut Store, no: IteratorNo) -> String {
    std::iter::from_fn(|| next(store, no)).collect::<Vec<_>>().join(" ")
}

#[test]
fn what_is_written_ahead_is_seen_and_what_is_behind_is_not() {
    let engine = Arc::new(FakeEngine::default());
    let mut store = engine.open();
    put(&mut store, "a b c d e f");
    store.end_turn().expect("submit");
    let no = all(&mut store);
    assert_eq!(next(&mut store, no).as_deref(), Some("a"));
    store.delete(key("b"), OPTIONS).expect("delete");
    put(&mut store, "bb Z");
    store.delete(key("d"), OPTIONS).expect("delete");
    assert_eq!(rest(&mut store, no), "bb c e f");

    let no = begin(&mut store, &ListOptions { reverse: true, ..ListOptions::default() });
    assert_eq!(next(&mut store, no).as_deref(), Some("f"));
    put(&mut store, "e2 zz");
    assert_eq!(rest(&mut store, no), "e2 e c bb a Z");
}

#[test]
fn the_limit_counts_what_was_yielded() {
    let mut store = Arc::new(FakeEngine::default()).open();
    put(&mut store, "a b c d e");
    let no = begin(&mut store, &ListOptions { limit: Some(3), ..ListOptions::default() });
    next(&mut store, no);
    store.delete(key("b"), OPTIONS).expect("delete");
    assert_eq!(rest(&mut store, no), "c d");
}

#[test]
fn it_goes_on_over_turns_transactions_and_reads() {
    let mut store = Arc::new(FakeEngine::default()).open();
    put(&mut store, "a b c d e");
    let no = all(&mut store);
    next(&mut store, no);
    store.end_turn().expect("submit");
    store.get(b"a").expect("read");
    store.get_many(vec![key("a"), key("b")]).expect("read");
    assert_eq!(next(&mut store, no).as_deref(), Some("b"));
    let undone = store.begin_transaction_sync();
    put(&mut store, "bb");
    assert_eq!(next(&mut store, no).as_deref(), Some("bb"));
    put(&mut store, "cc");
    store.end_transaction_sync(undone, crate::storage::TransactionEnd::RollBack).expect("roll back");
    assert_eq!(rest(&mut store, no), "c d e");
}

#[test]
fn any_other_listing_ends_it() {
    let text = "kv.list() iterator was invalidated because a new call to kv.list() was started. \
                Only one kv.list() iterator can exist at a time.";
    let mut store = Arc::new(FakeEngine::default()).open();
    put(&mut store, "a b c");
    let lazy = all(&mut store);
    let later = all(&mut store);
    assert_eq!(store.next_entry(lazy).expect_err("another began").to_string(), text);
    assert_eq!(next(&mut store, later).as_deref(), Some("a"), "the later one goes on");
    store.list(&ListOptions::default()).expect("list");
    assert!(matches!(store.next_entry(later), Err(StorageError::IteratorInvalidated)));
}

#[test]
fn a_listing_that_lists_nothing_ends_nothing() {
    let mut store = Arc::new(FakeEngine::default()).open();
    put(&mut store, "a b c d");
    let no = all(&mut store);
    let empty = ListOptions { start: Some(key("z")), end: Some(key("a")), ..ListOptions::default() };
    let wrong = ListOptions { limit: Some(0), ..ListOptions::default() };
    assert_eq!(store.iterate(&empty).expect("valid options"), None);
    assert!(store.list(&empty).expect("valid options").is_empty());
    assert!(matches!(store.iterate(&wrong), Err(StorageError::LimitNotPositive)));
    assert!(matches!(store.list(&wrong), Err(StorageError::LimitNotPositive)));
    assert_eq!(rest(&mut store, no), "a b c d");
}

#[test]
fn deleting_everything_ends_it() {
    let mut store = Arc::new(FakeEngine::default()).open();
    put(&mut store, "a b c");
    let no = all(&mut store);
    next(&mut store, no);
    store.delete_all(AlarmAtDeleteAll::Keep).expect("no transaction is open");
    put(&mut store, "z");
    assert!(matches!(store.next_entry(no), Err(StorageError::IteratorDeleted)));
    let no = all(&mut store);
    assert_eq!(rest(&mut store, no), "z");
}

#[test]
fn rows_are_read_ahead_in_growing_numbers() {
    let engine = Arc::new(FakeEngine::default());
    let mut store = engine.open();
    for index in 0..1_000 {
        put(&mut store, &format!("{index:04}"));
    }
    store.end_turn().expect("submit");
    let no = all(&mut store);
    let before = engine.reads();
    assert_eq!(std::iter::from_fn(|| next(&mut store, no)).count(), 1_000);
    let reads = engine.reads() - before;
    assert!(reads <= 25, "reads={reads}");
}

#[derive(Clone, Debug)]
enum Step {
    Put(u8),
    Delete(u8),
    Next,
    EndTurn,
}

fn any_step() -> impl Strategy<Value = Step> {
    prop_oneof![
        2 => any::<u8>().prop_map(Step::Put),
        1 => any::<u8>().prop_map(Step::Delete),
        4 => Just(Step::Next),
        1 => Just(Step::EndTurn),
    ]
}

proptest! {
    #[test]
    fn each_entry_is_the_next_one_there_is(
        steps in prop::collection::vec(any_step(), 1..120),
        stored in prop::collection::btree_set(any::<u8>(), 0..100),
        reverse: bool,
    ) {
        let mut store = Arc::new(FakeEngine::default()).open();
        let mut model = stored;
        let name = |index: u8| Key::from(vec![index]);
        for index in &model {
            store.put(name(*index), name(*index), OPTIONS).expect("put");
        }
        store.end_turn().expect("submit");
        let no = begin(&mut store, &ListOptions { reverse, ..ListOptions::default() });
        let mut last: Option<u8> = None;
        for step in steps {
            match step {
                Step::Put(index) => {
                    model.insert(index);
                    store.put(name(index), name(index), OPTIONS).expect("put");
                }
                Step::Delete(index) => {
                    model.remove(&index);
                    store.delete(name(index), OPTIONS).expect("delete");
                }
                Step::EndTurn => drop(store.end_turn().expect("submit")),
                Step::Next => {
                    let ahead = |index: &&u8| last.is_none_or(|last| if reverse { **index < last } else { **index > last });
                    let mut left = model.iter().filter(ahead);
                    let expected = if reverse { left.next_back() } else { left.next() }.copied();
                    let found = store.next_entry(no).expect("nothing has ended it");
                    assert_eq!(found.map(|(key, _)| key[0]), expected);
                    if expected.is_none() {
                        return Ok(());
                    }
                    last = expected;
                }
            }
        }
    }
}
