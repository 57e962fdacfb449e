//! Optimistic transactions one by one: what they see, what makes them run again, what they write.

use std::sync::Arc;

use bytes::Bytes;

use super::fake::{FakeEngine, key};
use crate::storage::{
    AlarmAtDeleteAll, ListOptions, OptimisticTransaction, StorageError, Store, TransactionEnd, WriteOptions,
};

const OPTIONS: WriteOptions = WriteOptions { allow_unconfirmed: false };

fn put(store: &mut Store, name: &str, value: &'static str) {
    store.put(key(name), Bytes::from_static(value.as_bytes()), OPTIONS).expect("put");
}

fn get(store: &mut Store, txn: &mut OptimisticTransaction, name: &str) -> Option<String> {
    let value = store.optimistic_get(txn, name.as_bytes()).expect("a consistent read");
    value.map(|value| String::from_utf8(value.to_vec()).expect("these tests store text"))
}

fn write(store: &Store, txn: &mut OptimisticTransaction, name: &str, value: &'static str) {
    store.optimistic_put(txn, key(name), Bytes::from_static(value.as_bytes())).expect("put");
}

fn names(store: &mut Store, txn: &mut OptimisticTransaction, options: &ListOptions) -> String {
    let entries = store.optimistic_list(txn, options).expect("a consistent read");
    entries.iter().map(|(key, _)| String::from_utf8_lossy(key)).collect::<Vec<_>>().join(" ")
}

fn store_with(names: &[&str]) -> Store {
    let mut store = Arc::new(FakeEngine::default()).open();
    for name in names {
        put(&mut store, name, "old");
    }
    store.end_turn().expect("submit");
    store
}

fn is_conflict<T>(result: Result<T, StorageError>) -> bool {
    matches!(result, Err(StorageError::Conflict))
}

#[test]
fn its_writes_are_its_own_until_it_commits() {
    let mut store = store_with(&["a", "b", "c"]);
    let mut txn = store.begin_optimistic();
    write(&store, &mut txn, "a", "new");
    write(&store, &mut txn, "d", "new");
    assert!(store.optimistic_delete(&mut txn, key("b")).expect("delete"));
    assert!(!store.optimistic_delete(&mut txn, key("b")).expect("delete"));
    assert_eq!(get(&mut store, &mut txn, "a").as_deref(), Some("new"));
    assert_eq!(names(&mut store, &mut txn, &ListOptions::default()), "a c d");
    assert_eq!(store.get(b"a").expect("read"), Some(Bytes::from_static(b"old")));
    assert!(!store.is_dirty());
    store.commit_optimistic(txn).expect("nobody wrote");
    assert!(store.is_dirty(), "its writes are in the open turn");
    let all = store.list(&ListOptions::default()).expect("list");
    assert_eq!(all.iter().map(|(key, _)| key.clone()).collect::<Vec<_>>(), ["a", "c", "d"].map(key));
    let before = store.confirmed_position();
    assert!(store.end_turn().expect("submit").is_some_and(|position| position > before));
    assert_eq!(store.confirmed_position(), store.position());
}

#[test]
fn what_it_read_must_not_be_written_before_it_commits() {
    let mut store = store_with(&["a", "b"]);
    for (written, conflicts) in [("a", true), ("b", false)] {
        let mut txn = store.begin_optimistic();
        get(&mut store, &mut txn, "a");
        write(&store, &mut txn, "result", "1");
        put(&mut store, written, "changed");
        store.end_turn().expect("submit");
        assert_eq!(is_conflict(store.commit_optimistic(txn)), conflicts, "{written}");
    }
}

#[test]
fn a_read_of_what_has_changed_fails_and_dooms_it() {
    let mut store = store_with(&["a", "b"]);
    let mut txn = store.begin_optimistic();
    get(&mut store, &mut txn, "a");
    put(&mut store, "b", "changed");
    assert!(is_conflict(store.optimistic_get(&mut txn, b"b")));
    assert!(is_conflict(store.optimistic_list(&mut txn, &ListOptions::default())));
    assert_eq!(get(&mut store, &mut txn, "a").as_deref(), Some("old"), "this is as it was");
    assert!(is_conflict(store.commit_optimistic(txn)), "whoever ignores a failed read runs again");

    let mut txn = store.begin_optimistic();
    put(&mut store, "b", "changed again");
    assert!(is_conflict(store.optimistic_get(&mut txn, b"b")));
    assert!(is_conflict(store.abandon_optimistic(&txn)), "its failure may come from that");
}

#[test]
fn one_that_only_read_commits_whatever_was_written_after() {
    let mut store = store_with(&["a"]);
    let mut txn = store.begin_optimistic();
    assert_eq!(get(&mut store, &mut txn, "a").as_deref(), Some("old"));
    put(&mut store, "a", "changed");
    store.commit_optimistic(txn).expect("it saw the data as it was");
}

#[test]
fn ranges_conflict_with_keys_that_appear_in_them() {
    let mut store = store_with(&["a", "c", "e", "g"]);
    let range = |start: &str, end: &str, limit, reverse| ListOptions {
        start: Some(key(start)),
        end: Some(key(end)),
        limit,
        reverse,
        ..ListOptions::default()
    };
    for (options, seen, written, conflicts) in [
        (range("a", "f", None, false), "a c e", "d", true),
        (range("a", "f", None, false), "a c e", "f", false),
        // A full listing has not looked behind its last entry.
        (range("a", "z", Some(2), false), "a c", "b", true),
        (range("a", "z", Some(2), false), "a c", "d", false),
        (range("a", "z", Some(2), true), "g e", "f", true),
        (range("a", "z", Some(2), true), "g e", "d", false),
        (range("a", "d", Some(3), false), "a c", "cc", true),
        (range("x", "z", None, false), "", "y", true),
    ] {
        let mut txn = store.begin_optimistic();
        assert_eq!(names(&mut store, &mut txn, &options), seen);
        write(&store, &mut txn, "result", "1");
        put(&mut store, written, "new");
        assert_eq!(is_conflict(store.commit_optimistic(txn)), conflicts, "{options:?} {written}");
        store.delete(key("result"), OPTIONS).expect("delete");
        if !["a", "c", "e", "g"].contains(&written) {
            store.delete(key(written), OPTIONS).expect("delete");
        }
    }
}

#[test]
fn a_limited_listing_reads_past_what_it_deleted() {
    let mut store = store_with(&["a", "b", "c", "d", "e"]);
    let mut txn = store.begin_optimistic();
    for name in ["a", "b", "c"] {
        store.optimistic_delete(&mut txn, key(name)).expect("delete");
    }
    write(&store, &mut txn, "cc", "new");
    let options = ListOptions { limit: Some(2), ..ListOptions::default() };
    assert_eq!(names(&mut store, &mut txn, &options), "cc d");
    assert_eq!(names(&mut store, &mut txn, &ListOptions { reverse: true, ..options }), "e d");
}

#[test]
fn deleting_everything_and_rolling_back_are_writes_too() {
    let mut store = store_with(&["a"]);
    let mut txn = store.begin_optimistic();
    get(&mut store, &mut txn, "a");
    write(&store, &mut txn, "result", "1");
    store.delete_all(AlarmAtDeleteAll::Keep).expect("no transaction is open");
    assert!(is_conflict(store.commit_optimistic(txn)));

    let undone = store.begin_transaction_sync();
    put(&mut store, "a", "not for long");
    let mut txn = store.begin_optimistic();
    assert_eq!(get(&mut store, &mut txn, "a").as_deref(), Some("not for long"));
    write(&store, &mut txn, "result", "1");
    store.end_transaction_sync(undone, TransactionEnd::RollBack).expect("roll back");
    assert!(is_conflict(store.commit_optimistic(txn)), "what it read never was");
}

#[test]
fn each_write_of_others_is_seen_by_those_that_run() {
    let mut store = store_with(&["n"]);
    let mut first = store.begin_optimistic();
    let mut second = store.begin_optimistic();
    get(&mut store, &mut first, "n");
    get(&mut store, &mut second, "n");
    write(&store, &mut first, "n", "1");
    write(&store, &mut second, "n", "2");
    store.commit_optimistic(first).expect("the first to end");
    assert!(is_conflict(store.commit_optimistic(second)), "or its write would be lost");
    let mut again = store.begin_optimistic();
    assert_eq!(get(&mut store, &mut again, "n").as_deref(), Some("1"));
    write(&store, &mut again, "n", "2");
    store.commit_optimistic(again).expect("nobody wrote");
    assert!(!store.occ.is_watched(), "nothing is kept when none runs");
}

#[test]
fn limits_hold_inside_too() {
    let mut store = store_with(&[]);
    let mut txn = store.begin_optimistic();
    let large = Bytes::from(vec![0; store.bounds().row_bytes_max()]);
    let refusal = store.optimistic_put(&mut txn, key("k"), large).expect_err("too large");
    assert!(matches!(refusal, StorageError::RowTooLarge));
    assert!(matches!(
        store.optimistic_list(&mut txn, &ListOptions { limit: Some(0), ..ListOptions::default() }),
        Err(StorageError::LimitNotPositive)
    ));
    store.abandon_optimistic(&txn).expect("nothing was stale");
}

#[test]
fn a_part_of_it_can_be_undone_by_itself() {
    let mut store = store_with(&["a", "b"]);
    let mut txn = store.begin_optimistic();
    write(&store, &mut txn, "a", "whole");
    let kept = txn.begin_part();
    write(&store, &mut txn, "b", "kept");
    let undone = txn.begin_part();
    write(&store, &mut txn, "a", "undone");
    store.optimistic_delete(&mut txn, key("b")).expect("delete");
    txn.undo_part(undone);
    txn.keep_part(kept);
    assert_eq!(get(&mut store, &mut txn, "a").as_deref(), Some("whole"));
    assert_eq!(get(&mut store, &mut txn, "b").as_deref(), Some("kept"));
    let outer = txn.begin_part();
    txn.begin_part();
    write(&store, &mut txn, "a", "inside both");
    txn.undo_part(outer);
    store.commit_optimistic(txn).expect("nobody wrote");
    assert_eq!(store.get(b"a").expect("read"), Some(Bytes::from_static(b"whole")));
    assert_eq!(store.get(b"b").expect("read"), Some(Bytes::from_static(b"kept")));
}

#[test]
fn several_pairs_are_written_all_or_none() {
    let mut store = store_with(&[]);
    let mut txn = store.begin_optimistic();
    let large = Bytes::from(vec![0; crate::limits::LOCAL_ROW_BYTES_MAX + 1]);
    let pairs = vec![(key("a"), Bytes::from_static(b"1")), (key("b"), large)];
    assert!(matches!(store.optimistic_put_many(&mut txn, pairs), Err(StorageError::RowTooLarge)));
    assert_eq!(get(&mut store, &mut txn, "a"), None);
    store.optimistic_put_many(&mut txn, vec![(key("a"), Bytes::from_static(b"1"))]).expect("put");
    assert_eq!(get(&mut store, &mut txn, "a").as_deref(), Some("1"));
}

#[test]
fn it_can_have_the_store_to_itself_from_some_point_on() {
    let mut store = store_with(&["a"]);
    let mut txn = store.begin_optimistic();
    assert_eq!(get(&mut store, &mut txn, "a").as_deref(), Some("old"));
    write(&store, &mut txn, "a", "whole");
    txn.begin_part();
    write(&store, &mut txn, "b", "part");
    let opened = store.take_store(txn).expect("nobody wrote");
    let [whole, part] = opened[..] else { panic!("it and its part: {opened:?}") };
    put(&mut store, "c", "part");
    assert!(store.end_turn().expect("submit").is_none(), "nothing is committed before its end");
    store.end_transaction(part, TransactionEnd::RollBack).expect("end");
    assert_eq!(store.get(b"a").expect("read"), Some(Bytes::from_static(b"whole")));
    assert_eq!(store.get(b"b").expect("read"), None);
    assert_eq!(store.get(b"c").expect("read"), None);
    assert!(store.end_transaction(whole, TransactionEnd::Commit).expect("end").is_some());
}

#[test]
fn it_cannot_have_the_store_once_what_it_read_was_written() {
    let mut store = store_with(&["a"]);
    let mut txn = store.begin_optimistic();
    assert_eq!(get(&mut store, &mut txn, "a").as_deref(), Some("old"));
    put(&mut store, "a", "new");
    assert!(is_conflict(store.take_store(txn)));
    assert!(!store.in_transaction());
    assert_eq!(store.get(b"a").expect("read"), Some(Bytes::from_static(b"new")));
}

#[test]
fn the_alarm_is_read_and_written_as_keys_are() {
    let mut store = store_with(&[]);
    let mut first = store.begin_optimistic();
    let mut second = store.begin_optimistic();
    for txn in [&mut first, &mut second] {
        assert_eq!(store.optimistic_alarm(txn), None);
        txn.set_alarm(2000.5, 1000).expect("a time to come");
        assert_eq!(store.optimistic_alarm(txn), Some(2000));
    }
    assert_eq!(store.alarm(), None);
    let part = second.begin_part();
    second.delete_alarm();
    assert_eq!(store.optimistic_alarm(&mut second), None);
    second.undo_part(part);
    assert_eq!(store.optimistic_alarm(&mut second), Some(2000));
    store.commit_optimistic(first).expect("nobody wrote");
    assert_eq!(store.alarm(), Some(2000));
    assert!(is_conflict(store.commit_optimistic(second)), "it had read that there is none");
}
