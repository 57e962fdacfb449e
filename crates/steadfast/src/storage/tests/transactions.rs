//! What transactions undo, in which order they end, and what they submit.

use std::sync::Arc;

use bytes::Bytes;

use super::fake::{FakeEngine, key};
use crate::engine::{Key, Position, Value};
use crate::storage::{AlarmAtDeleteAll, ListOptions, StorageError, Store, TransactionEnd, WriteOptions};

const OPTIONS: WriteOptions = WriteOptions { allow_unconfirmed: false };
const UNCONFIRMED: WriteOptions = WriteOptions { allow_unconfirmed: true };
use TransactionEnd::{Commit, RollBack};

fn put(store: &mut Store, name: &str, value: &'static str) {
    store.put(key(name), Bytes::from_static(value.as_bytes()), OPTIONS).expect("a small value");
}

fn all(store: &mut Store) -> Vec<(String, String)> {
    let text = |bytes: Bytes| String::from_utf8(bytes.to_vec()).expect("these tests store text");
    let entries: Vec<(Key, Value)> = store.list(&ListOptions::default()).expect("list");
    entries.into_iter().map(|(key, value)| (text(key), text(value))).collect()
}

fn pairs(expected: &[(&str, &str)]) -> Vec<(String, String)> {
    expected.iter().map(|(key, value)| ((*key).to_owned(), (*value).to_owned())).collect()
}

#[test]
fn a_transaction_is_one_record_when_the_outermost_ends() {
    let engine = Arc::new(FakeEngine::default());
    let mut store = engine.open();
    put(&mut store, "before", "1");
    let outer = store.begin_transaction().expect("begin");
    assert_eq!(engine.records().len(), 1, "what was written before is submitted first");
    put(&mut store, "a", "1");
    assert_eq!(store.end_turn().expect("nothing is submitted"), None);
    let inner = store.begin_transaction().expect("begin");
    put(&mut store, "b", "2");
    assert_eq!(store.end_transaction(inner, Commit).expect("commit"), None);
    assert_eq!(store.end_turn().expect("nothing is submitted"), None);
    assert!(store.is_dirty() && store.in_transaction());
    assert_eq!(store.end_transaction(outer, Commit).expect("commit"), Some(Position(2)));
    assert!(!store.is_dirty() && !store.in_transaction());
    let record = &engine.records()[1];
    assert_eq!(record.kv.iter().map(|(key, _)| key.clone()).collect::<Vec<_>>(), [key("a"), key("b")]);
    assert_eq!(store.confirmed_position(), Position(2));
}

#[test]
fn a_failed_transaction_undoes_its_part_and_submits_nothing() {
    let engine = Arc::new(FakeEngine::default());
    let mut store = engine.open();
    put(&mut store, "a", "old");
    put(&mut store, "b", "old");
    store.end_turn().expect("submit");
    let outer = store.begin_transaction().expect("begin");
    put(&mut store, "a", "outer");
    let inner = store.begin_transaction().expect("begin");
    put(&mut store, "a", "inner");
    store.delete(key("b"), OPTIONS).expect("delete");
    put(&mut store, "c", "inner");
    store.end_transaction(inner, RollBack).expect("roll back");
    assert_eq!(all(&mut store), pairs(&[("a", "outer"), ("b", "old")]));
    store.end_transaction(outer, RollBack).expect("roll back");
    assert_eq!(all(&mut store), pairs(&[("a", "old"), ("b", "old")]));
    assert!(!store.is_dirty());
    assert_eq!(engine.records().len(), 1);
}

#[test]
fn an_inner_commit_is_undone_with_the_outer() {
    let engine = Arc::new(FakeEngine::default());
    let mut store = engine.open();
    let outer = store.begin_transaction().expect("begin");
    let inner = store.begin_transaction().expect("begin");
    put(&mut store, "a", "1");
    store.end_transaction(inner, Commit).expect("commit");
    put(&mut store, "a", "2");
    store.end_transaction(outer, RollBack).expect("roll back");
    assert_eq!(all(&mut store), pairs(&[]));
    assert!(engine.records().is_empty());
}

#[test]
fn what_follows_a_rollback_is_outside_of_the_transaction() {
    let engine = Arc::new(FakeEngine::default());
    let mut store = engine.open();
    let no = store.begin_transaction().expect("begin");
    put(&mut store, "a", "1");
    store.roll_back_transaction(no).expect("roll back");
    store.roll_back_transaction(no).expect("again");
    assert!(!store.in_transaction());
    put(&mut store, "b", "2");
    assert_eq!(store.end_turn().expect("submit"), Some(Position(1)));
    put(&mut store, "c", "3");
    assert_eq!(store.end_transaction(no, RollBack).expect("it is over"), None);
    assert_eq!(all(&mut store), pairs(&[("b", "2"), ("c", "3")]));
}

#[test]
fn an_outer_transaction_cannot_be_rolled_back_from_inside() {
    let engine = Arc::new(FakeEngine::default());
    let mut store = engine.open();
    let outer = store.begin_transaction().expect("begin");
    put(&mut store, "a", "1");
    let inner = store.begin_transaction().expect("begin");
    let refusal = store.roll_back_transaction(outer).expect_err("one runs inside");
    assert_eq!(
        refusal.to_string(),
        "Cannot roll back an outer transaction while a nested transaction is still running."
    );
    put(&mut store, "b", "2");
    store.end_transaction(inner, Commit).expect("commit");
    store.end_transaction(outer, Commit).expect("commit");
    assert_eq!(all(&mut store), pairs(&[("a", "1"), ("b", "2")]));
}

#[test]
fn an_outer_transaction_that_fails_first_takes_the_inner_with_it() {
    let engine = Arc::new(FakeEngine::default());
    let mut store = engine.open();
    let outer = store.begin_transaction().expect("begin");
    put(&mut store, "a", "1");
    let inner = store.begin_transaction().expect("begin");
    put(&mut store, "b", "2");
    assert_eq!(store.end_transaction(outer, RollBack).expect("later"), None);
    assert!(store.in_transaction());
    put(&mut store, "c", "3");
    assert_eq!(store.end_transaction(inner, Commit).expect("commit"), None);
    assert!(!store.in_transaction());
    assert_eq!(all(&mut store), pairs(&[]));
    assert!(engine.records().is_empty());
}

#[test]
fn an_outer_transaction_that_commits_first_fails() {
    let engine = Arc::new(FakeEngine::default());
    let mut store = engine.open();
    let outer = store.begin_transaction().expect("begin");
    store.begin_transaction().expect("begin");
    let failure = store.end_transaction(outer, Commit).expect_err("one runs inside");
    assert!(matches!(failure, StorageError::NestedTransactionOpen));
    store.discard_turn();
    assert!(!store.in_transaction());
}

#[test]
fn a_synchronous_transaction_is_part_of_the_turn() {
    let engine = Arc::new(FakeEngine::default());
    let mut store = engine.open();
    put(&mut store, "a", "1");
    let failed: Result<(), StorageError> = store.transaction_sync(|store| {
        put(store, "a", "2");
        let inner: Result<(), StorageError> = store.transaction_sync(|store| {
            put(store, "b", "2");
            Ok(())
        });
        inner.expect("commit");
        Err(StorageError::LimitNotPositive)
    });
    assert!(matches!(failed, Err(StorageError::LimitNotPositive)));
    assert_eq!(all(&mut store), pairs(&[("a", "1")]));
    let done: Result<u32, StorageError> = store.transaction_sync(|store| {
        put(store, "c", "3");
        Ok(7)
    });
    assert_eq!(done.expect("commit"), 7);
    assert!(engine.records().is_empty(), "it commits with the turn");
    store.end_turn().expect("submit");
    assert_eq!(engine.records().len(), 1);
    assert_eq!(all(&mut store), pairs(&[("a", "1"), ("c", "3")]));
}

#[test]
fn a_synchronous_transaction_ends_with_the_one_around_it() {
    let engine = Arc::new(FakeEngine::default());
    let mut store = engine.open();
    let outer = store.begin_transaction().expect("begin");
    put(&mut store, "a", "1");
    let inner = store.begin_transaction_sync();
    put(&mut store, "b", "2");
    store.roll_back_transaction(outer).expect("only a synchronous one runs inside");
    assert_eq!(all(&mut store), pairs(&[]));
    let lost = store.end_transaction_sync(inner, Commit).expect_err("it is gone");
    assert!(matches!(lost, StorageError::TransactionLost));
}

#[test]
fn delete_all_is_refused_inside() {
    let engine = Arc::new(FakeEngine::default());
    let mut store = engine.open();
    put(&mut store, "a", "1");
    store.end_turn().expect("submit");
    let no = store.begin_transaction().expect("begin");
    let refusal = store.delete_all(AlarmAtDeleteAll::Delete).expect_err("a transaction is open");
    assert_eq!(refusal.to_string(), "Cannot call deleteAll() within a transaction");
    store.end_transaction(no, Commit).expect("commit");
    let inside: Result<(), StorageError> =
        store.transaction_sync(|store| store.delete_all(AlarmAtDeleteAll::Keep));
    assert!(matches!(inside, Err(StorageError::DeleteAllInTransaction)));
    assert_eq!(all(&mut store), pairs(&[("a", "1")]));
}

#[test]
fn a_transaction_that_wrote_nothing_submits_nothing() {
    let engine = Arc::new(FakeEngine::default());
    let mut store = engine.open();
    let no = store.begin_transaction().expect("begin");
    assert_eq!(store.get(b"a").expect("read"), None);
    assert_eq!(store.end_transaction(no, Commit).expect("commit"), None);
    assert_eq!(engine.numbers(), 0);
}

#[test]
fn a_confirmed_write_that_was_undone_confirms_nothing() {
    let engine = Arc::new(FakeEngine::default());
    let mut store = engine.open();
    store.put(key("a"), Bytes::from_static(b"1"), UNCONFIRMED).expect("put");
    let undone = store.begin_transaction_sync();
    put(&mut store, "b", "2");
    store.end_transaction_sync(undone, RollBack).expect("roll back");
    store.end_turn().expect("submit");
    assert_eq!((store.position(), store.confirmed_position()), (Position(1), Position::NONE));
}

#[test]
fn a_failed_engine_refuses_the_transaction() {
    let engine = Arc::new(FakeEngine::default());
    let mut store = engine.open();
    let no = store.begin_transaction().expect("begin");
    put(&mut store, "a", "1");
    engine.poison();
    assert!(matches!(store.end_transaction(no, Commit), Err(StorageError::Poisoned(_))));
    put(&mut store, "b", "1");
    assert!(matches!(store.begin_transaction(), Err(StorageError::Poisoned(_))));
}
