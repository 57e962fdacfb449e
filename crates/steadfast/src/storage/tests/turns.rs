//! What a turn submits, what it forgets, and what it holds outputs for.

use std::sync::Arc;

use bytes::Bytes;

use super::fake::{FakeEngine, identity, key};
use crate::engine::{Position, Reset};
use crate::limits;
use crate::storage::{AlarmAtDeleteAll, Backing, Bounds, Limits, ListOptions, StorageError, WriteOptions};

const CONFIRMED: WriteOptions = WriteOptions { allow_unconfirmed: false };
const UNCONFIRMED: WriteOptions = WriteOptions { allow_unconfirmed: true };

#[test]
fn reading_numbers_nothing_and_commits_nothing() {
    let engine = Arc::new(FakeEngine::default());
    let mut store = engine.open();
    assert_eq!(store.get(b"a").expect("read"), None);
    assert!(!store.delete(key("a"), CONFIRMED).expect("delete"));
    assert_eq!(store.list(&ListOptions::default()).expect("list"), vec![]);
    store.delete_all(AlarmAtDeleteAll::Delete).expect("no transaction is open");
    assert!(!store.is_dirty());
    assert_eq!(store.end_turn().expect("nothing to submit"), None);
    assert_eq!((engine.numbers(), engine.reads(), engine.records().len()), (0, 0, 0));
    assert_eq!(store.position(), Position::NONE);
}

#[test]
fn a_turn_is_one_record_and_only_the_first_carries_the_identity() {
    let engine = Arc::new(FakeEngine::default());
    let mut store = engine.open();
    store.put(key("b"), Bytes::from_static(b"1"), CONFIRMED).expect("put");
    store.put(key("a"), Bytes::from_static(b"2"), CONFIRMED).expect("put");
    store.put(key("b"), Bytes::from_static(b"3"), CONFIRMED).expect("put");
    assert!(store.is_dirty());
    assert_eq!(store.end_turn().expect("submit"), Some(Position(1)));
    store.delete(key("a"), CONFIRMED).expect("delete");
    assert_eq!(store.end_turn().expect("submit"), Some(Position(2)));

    let records = engine.records();
    let first = vec![(key("a"), Some(Bytes::from_static(b"2"))), (key("b"), Some(Bytes::from_static(b"3")))];
    assert_eq!(records[0].kv, first);
    assert_eq!(records[0].created, Some(identity()));
    assert_eq!((&records[1].created, &records[1].kv), (&None, &vec![(key("a"), None)]));
}

#[test]
fn a_put_is_read_at_once_and_a_delete_reports_the_state_before_it() {
    let engine = Arc::new(FakeEngine::default());
    let mut store = engine.open();
    store.put(key("a"), Bytes::from_static(b"1"), CONFIRMED).expect("put");
    assert_eq!(store.get(b"a").expect("read").as_deref(), Some(&b"1"[..]));
    assert!(store.delete(key("a"), CONFIRMED).expect("delete"));
    store.put(key("a"), Bytes::from_static(b"2"), CONFIRMED).expect("put");
    assert_eq!(store.get(b"a").expect("read").as_deref(), Some(&b"2"[..]));
    assert_eq!(store.delete_many(vec![key("a"), key("a"), key("b")], CONFIRMED).expect("delete"), 1);
    assert!(!store.delete(key("a"), CONFIRMED).expect("delete"));
}

#[test]
fn get_many_sorts_by_bytes_and_collapses_duplicates() {
    let engine = Arc::new(FakeEngine::default());
    let mut store = engine.open();
    let names = ["😀", "\u{ffff}", "é", "b", "a", "Z"];
    for name in names {
        store.put(key(name), key(name), CONFIRMED).expect("put");
    }
    let asked = ["a", "😀", "missing", "a", "Z", "\u{ffff}", "é"].map(key).to_vec();
    let found = store.get_many(asked).expect("read");
    let expected = ["Z", "a", "é", "\u{ffff}", "😀"].map(|name| (key(name), key(name)));
    assert_eq!(found, expected);
}

#[test]
fn one_confirmed_write_confirms_its_turn() {
    let engine = Arc::new(FakeEngine::default());
    let mut store = engine.open();
    let value = || Bytes::from_static(b"v");
    store.put(key("a"), value(), UNCONFIRMED).expect("put");
    store.end_turn().expect("submit");
    assert_eq!((store.position(), store.confirmed_position()), (Position(1), Position::NONE));

    store.put(key("a"), value(), UNCONFIRMED).expect("put");
    store.put_many(vec![(key("b"), value())], CONFIRMED).expect("put");
    store.put(key("c"), value(), UNCONFIRMED).expect("put");
    store.end_turn().expect("submit");
    assert_eq!((store.position(), store.confirmed_position()), (Position(2), Position(2)));

    store.delete(key("a"), UNCONFIRMED).expect("delete");
    store.end_turn().expect("submit");
    assert_eq!((store.position(), store.confirmed_position()), (Position(3), Position(2)));

    store.delete_all(AlarmAtDeleteAll::Delete).expect("no transaction is open");
    store.end_turn().expect("submit");
    assert_eq!((store.position(), store.confirmed_position()), (Position(4), Position(4)));
}

#[test]
fn a_discarded_turn_leaves_nothing() {
    let engine = Arc::new(FakeEngine::default());
    let mut store = engine.open();
    store.put(key("a"), Bytes::from_static(b"1"), CONFIRMED).expect("put");
    store.end_turn().expect("submit");
    store.put(key("a"), Bytes::from_static(b"2"), CONFIRMED).expect("put");
    store.delete_all(AlarmAtDeleteAll::Delete).expect("no transaction is open");
    store.put(key("b"), Bytes::from_static(b"3"), CONFIRMED).expect("put");
    store.discard_turn();
    assert!(!store.is_dirty());
    let all = store.list(&ListOptions::default()).expect("list");
    assert_eq!(all, vec![(key("a"), Bytes::from_static(b"1"))]);
    assert_eq!(store.end_turn().expect("nothing to submit"), None);
    assert_eq!(engine.records().len(), 1);
}

#[test]
fn delete_all_drops_the_open_turn_and_resets_in_one_record() {
    let engine = Arc::new(FakeEngine::default());
    let mut store = engine.open();
    store.put(key("a"), Bytes::from_static(b"1"), CONFIRMED).expect("put");
    store.end_turn().expect("submit");
    store.put(key("b"), Bytes::from_static(b"2"), CONFIRMED).expect("put");
    store.delete_all(AlarmAtDeleteAll::Delete).expect("no transaction is open");
    assert_eq!(store.get(b"a").expect("read"), None);
    assert_eq!(store.get(b"b").expect("read"), None);
    store.put(key("c"), Bytes::from_static(b"3"), CONFIRMED).expect("put");
    store.end_turn().expect("submit");

    let record = &engine.records()[1];
    assert_eq!((record.incarnation, record.reset), (1, Some(Reset::DeleteAll)));
    assert_eq!(record.kv, vec![(key("c"), Some(Bytes::from_static(b"3")))]);
    let reopened = engine.open().list(&ListOptions::default()).expect("list");
    assert_eq!(reopened, vec![(key("c"), Bytes::from_static(b"3"))]);
}

#[test]
fn what_was_read_or_written_is_not_read_again() {
    let engine = Arc::new(FakeEngine::default());
    let mut store = engine.open();
    store.put(key("a"), Bytes::from_static(b"1"), CONFIRMED).expect("put");
    store.end_turn().expect("submit");
    store.get(b"a").expect("read");
    store.get(b"absent").expect("read");
    assert_eq!(engine.reads(), 0, "all of a new object's keys are known");

    let mut reopened = engine.open();
    for _ in 0..3 {
        assert!(reopened.get(b"a").expect("read").is_some());
        assert!(reopened.get(b"absent").expect("read").is_none());
    }
    assert_eq!(engine.reads(), 2, "one read for the value, one for the absence");
}

#[test]
fn a_full_cache_forgets_and_reads_again() {
    let engine = Arc::new(FakeEngine::default());
    let mut store = engine.open();
    let large = || Bytes::from(vec![1; limits::CACHE_BYTES_MAX / 4]);
    for name in ["a", "b", "c", "d", "e"] {
        store.put(key(name), large(), CONFIRMED).expect("put");
        store.end_turn().expect("submit");
    }
    for name in ["a", "b", "c", "d", "e"] {
        assert_eq!(store.get(name.as_bytes()).expect("read"), Some(large()));
    }
    assert!(engine.reads() > 0, "five quarters do not fit");
    assert_eq!(store.get(b"absent").expect("read"), None);
}

#[test]
fn a_failed_engine_refuses_the_turn() {
    let engine = Arc::new(FakeEngine::default());
    let mut store = engine.open();
    store.put(key("a"), Bytes::from_static(b"1"), CONFIRMED).expect("put");
    engine.poison();
    assert!(matches!(store.end_turn(), Err(StorageError::Poisoned(_))));
    assert!(!store.is_dirty());
    assert_eq!(store.position(), Position::NONE);
}

#[test]
fn limits_hold_at_their_bound_and_not_above() {
    let engine = Arc::new(FakeEngine::default());
    let value = |bytes| Bytes::from(vec![0; bytes]);
    let refusal = |result: Result<(), StorageError>| result.expect_err("over the limit").to_string();

    let too_big = "string or blob too big: SQLITE_TOOBIG";
    for (profile, row_bytes_max) in
        [(Limits::Local, limits::LOCAL_ROW_BYTES_MAX), (Limits::Production, limits::ROW_BYTES_MAX)]
    {
        let mut store = engine.open().with_bounds(Bounds::new(profile, Backing::Sqlite));
        store.put(key("k"), value(row_bytes_max - 1), CONFIRMED).expect("a full row");
        assert_eq!(refusal(store.put(key("k"), value(row_bytes_max), CONFIRMED)), too_big);
        assert_eq!(refusal(store.get(&value(row_bytes_max + 1)).map(drop)), too_big);
        store.get(&value(row_bytes_max)).expect("a key that could have been written");
        store.get_many(vec![key("k"); 129]).expect("as many keys as wanted");
    }

    let mut store = engine.open().with_bounds(Bounds::new(Limits::Local, Backing::KeyValue));
    store.put(value(2049), value(131_107), CONFIRMED).expect("locally all classes are alike");

    let mut store = engine.open().with_bounds(Bounds::new(Limits::Production, Backing::KeyValue));
    store.put(value(2048), value(131_106), CONFIRMED).expect("both at their limit");
    assert_eq!(
        refusal(store.put(value(2049), value(0), CONFIRMED)),
        "Keys cannot be larger than 2048 bytes. A key of size 2049 was provided."
    );
    assert_eq!(
        refusal(store.put_many(vec![(key("a"), value(1)), (key("b"), value(131_107))], CONFIRMED)),
        "Values cannot be larger than 131072 bytes. A value of size 131107 was provided."
    );
    assert_eq!(store.get(b"a").expect("read"), None, "a refused batch writes nothing");
    store.get_many(vec![key("k"); 128]).expect("128 keys");
    assert_eq!(
        refusal(store.get_many(vec![key("k"); 129]).map(drop)),
        "Maximum number of key value pairs is 128. 129 pairs were provided."
    );
}
