//! The alarm's rules: what setting accepts, what is seen during a run, and what commits with it.

use std::sync::Arc;

use bytes::Bytes;

use super::fake::{FakeEngine, key};
use crate::engine::{AlarmChange, Position};
use crate::limits::ALARM_MS_MAX;
use crate::storage::{
    AlarmAtDeleteAll, AlarmEnd, AlarmRun, StorageError, Store, TransactionEnd, WriteOptions,
};

const NOW_MS: i64 = 1_000;
const OPTIONS: WriteOptions = WriteOptions { allow_unconfirmed: false };
const UNCONFIRMED: WriteOptions = WriteOptions { allow_unconfirmed: true };

fn set(store: &mut Store, due_ms: i64) {
    store.set_alarm(due_ms as f64, NOW_MS, OPTIONS).expect("a time that can be set");
}

/// A store of an object whose alarm is due at 2000, and its engine.
fn with_alarm() -> (Arc<FakeEngine>, Store) {
    let engine = Arc::new(FakeEngine::default());
    let mut store = engine.open();
    set(&mut store, 2_000);
    store.end_turn().expect("submit");
    (engine, store)
}

/// The same while its handler runs.
fn running() -> (Arc<FakeEngine>, Store) {
    let (engine, mut store) = with_alarm();
    assert_eq!(store.begin_alarm_run(2_000, 2_000), AlarmRun::Begun { due_ms: 2_000 });
    (engine, store)
}

fn stored(engine: &Arc<FakeEngine>) -> Option<i64> {
    engine.open().alarm()
}

#[test]
fn times_are_checked_truncated_and_not_in_the_past() {
    let engine = Arc::new(FakeEngine::default());
    let mut store = engine.open();
    let last = ALARM_MS_MAX;
    assert_eq!(last, 9_223_372_036_854);
    for (given, seen) in [(5_000.0, 5_000), (5_000.9, 5_000), (1_000.0, 1_000), (999.0, 1_000), (1.9, 1_000)]
    {
        store.set_alarm(given, NOW_MS, OPTIONS).expect("a time that can be set");
        assert_eq!(store.alarm(), Some(seen), "{given}");
    }
    set(&mut store, last);
    assert_eq!(store.alarm(), Some(last));
    let invalid = "The value cannot be converted because it is not a valid Date.";
    let not_positive = "setAlarm() cannot be called with an alarm time <= 0";
    let too_late = "This API doesn't support dates after 2189.";
    for (given, text) in [
        (f64::NAN, invalid),
        (f64::INFINITY, invalid),
        (f64::NEG_INFINITY, invalid),
        (0.0, not_positive),
        (-0.0, not_positive),
        (0.5, not_positive),
        (-1.0, not_positive),
        ((last + 1) as f64, too_late),
        (8.64e15, too_late),
    ] {
        let refusal = store.set_alarm(given, NOW_MS, OPTIONS).expect_err("a time that cannot be set");
        assert_eq!(refusal.to_string(), text, "{given}");
        assert_eq!(store.alarm(), Some(last), "a refused call writes nothing");
    }
}

#[test]
fn it_commits_with_the_data_and_is_read_back() {
    let (engine, mut store) = with_alarm();
    let first = &engine.records()[0];
    assert_eq!(first.alarm, Some(AlarmChange::Set(2_000)));
    assert!(first.created.is_some());
    set(&mut store, 3_000);
    store.put(key("a"), Bytes::from_static(b"1"), OPTIONS).expect("put");
    store.end_turn().expect("submit");
    let second = &engine.records()[1];
    assert_eq!((second.alarm, second.kv.len()), (Some(AlarmChange::Set(3_000)), 1));
    assert_eq!(stored(&engine), Some(3_000));
    store.delete_alarm(OPTIONS);
    store.delete_alarm(OPTIONS);
    assert_eq!(store.alarm(), None);
    store.end_turn().expect("submit");
    assert_eq!(engine.records()[2].alarm, Some(AlarmChange::Clear));
    assert_eq!(stored(&engine), None);
}

#[test]
fn what_changes_nothing_is_no_write() {
    let (engine, mut store) = with_alarm();
    set(&mut store, 2_000);
    assert!(!store.is_dirty());
    set(&mut store, 3_000);
    set(&mut store, 2_000);
    assert_eq!(store.end_turn().expect("nothing to submit"), None);
    store.put(key("a"), Bytes::from_static(b"1"), OPTIONS).expect("put");
    store.end_turn().expect("submit");
    assert_eq!(engine.records()[1].alarm, None);

    let mut other = Arc::new(FakeEngine::default()).open();
    other.delete_alarm(OPTIONS);
    assert!(!other.is_dirty(), "there was none to delete");
}

#[test]
fn it_confirms_its_turn_unless_told_not_to() {
    let engine = Arc::new(FakeEngine::default());
    let mut store = engine.open();
    store.set_alarm(2_000.0, NOW_MS, UNCONFIRMED).expect("set");
    store.end_turn().expect("submit");
    assert_eq!((store.position(), store.confirmed_position()), (Position(1), Position::NONE));
    store.delete_alarm(OPTIONS);
    store.end_turn().expect("submit");
    assert_eq!(store.confirmed_position(), Position(2));
    set(&mut store, 3_000);
    store.end_turn().expect("submit");
    store.delete_alarm(UNCONFIRMED);
    store.end_turn().expect("submit");
    assert_eq!((store.position(), store.confirmed_position()), (Position(4), Position(3)));
}

#[test]
fn a_run_hides_it_and_its_success_deletes_it() {
    let (engine, mut store) = running();
    assert_eq!(store.alarm(), None);
    assert!(!store.is_dirty());
    assert_eq!(stored(&engine), Some(2_000), "a crash now runs it again");
    store.put(key("a"), Bytes::from_static(b"1"), UNCONFIRMED).expect("put");
    store.end_alarm_run(AlarmEnd::Succeeded);
    store.end_turn().expect("submit");
    let record = &engine.records()[1];
    assert_eq!((record.alarm, record.kv.len()), (Some(AlarmChange::Clear), 1));
    assert_eq!(store.confirmed_position(), Position(2));
    assert_eq!((store.alarm(), stored(&engine)), (None, None));
}

#[test]
fn a_failed_run_leaves_it_as_it_was() {
    let (engine, mut store) = running();
    store.end_alarm_run(AlarmEnd::Failed);
    assert!(!store.is_dirty());
    assert_eq!((store.alarm(), stored(&engine)), (Some(2_000), Some(2_000)), "seen between retries");
    assert_eq!(store.begin_alarm_run(2_000, 4_000), AlarmRun::Begun { due_ms: 2_000 });
}

#[test]
fn one_set_during_the_run_stays_whatever_becomes_of_the_run() {
    for (end, due_ms) in [
        (AlarmEnd::Succeeded, 5_000),
        (AlarmEnd::Failed, 5_000),
        // The same time once more is another alarm.
        (AlarmEnd::Succeeded, 2_000),
        (AlarmEnd::Failed, 2_000),
    ] {
        let (engine, mut store) = running();
        set(&mut store, due_ms);
        assert_eq!(store.alarm(), Some(due_ms));
        store.end_turn().expect("submit");
        store.end_alarm_run(end);
        store.end_turn().expect("submit");
        assert_eq!((store.alarm(), stored(&engine)), (Some(due_ms), Some(due_ms)), "{end:?} {due_ms}");
    }
}

#[test]
fn one_deleted_during_the_run_is_gone_whatever_becomes_of_the_run() {
    for end in [AlarmEnd::Succeeded, AlarmEnd::Failed] {
        let (engine, mut store) = running();
        store.delete_alarm(OPTIONS);
        assert_eq!(store.alarm(), None);
        store.end_turn().expect("submit");
        assert_eq!(stored(&engine), None);
        store.end_alarm_run(end);
        assert!(!store.is_dirty());
        assert_eq!(store.begin_alarm_run(2_000, 9_000), AlarmRun::NoAlarm, "there is nothing to repeat");
    }
}

#[test]
fn in_a_transaction_the_run_knows_of_changes_only_if_it_commits() {
    for sync in [false, true] {
        for end in [TransactionEnd::Commit, TransactionEnd::RollBack] {
            for change in [Some(5_000), None] {
                let (engine, mut store) = running();
                let no = match sync {
                    true => store.begin_transaction_sync(),
                    false => store.begin_transaction().expect("begin"),
                };
                match change {
                    Some(due_ms) => set(&mut store, due_ms),
                    None => store.delete_alarm(OPTIONS),
                }
                assert_eq!(store.alarm(), change, "seen inside");
                match sync {
                    true => store.end_transaction_sync(no, end).expect("end"),
                    false => drop(store.end_transaction(no, end).expect("end")),
                }
                store.end_alarm_run(AlarmEnd::Failed);
                store.end_turn().expect("submit");
                let expected = if end == TransactionEnd::Commit { change } else { Some(2_000) };
                assert_eq!(stored(&engine), expected, "sync={sync} {end:?} {change:?}");
                assert_eq!(store.alarm(), expected);
            }
        }
    }
}

#[test]
fn a_rollback_restores_it_level_by_level() {
    let (engine, mut store) = with_alarm();
    let outer = store.begin_transaction().expect("begin");
    set(&mut store, 3_000);
    let inner = store.begin_transaction().expect("begin");
    store.delete_alarm(OPTIONS);
    store.end_transaction(inner, TransactionEnd::RollBack).expect("roll back");
    assert_eq!(store.alarm(), Some(3_000));
    let failed: Result<(), StorageError> = store.transaction_sync(|store| {
        set(store, 4_000);
        Err(StorageError::InvalidDate)
    });
    failed.expect_err("it was to fail");
    assert_eq!(store.alarm(), Some(3_000));
    store.roll_back_transaction(outer).expect("roll back");
    assert_eq!(store.alarm(), Some(2_000));
    assert!(!store.is_dirty());
    assert_eq!(engine.records().len(), 1);
}

#[test]
fn a_run_that_ends_inside_a_transaction_is_over_after_its_rollback_too() {
    let (engine, mut store) = running();
    let no = store.begin_transaction().expect("begin");
    store.end_alarm_run(AlarmEnd::Succeeded);
    store.end_transaction(no, TransactionEnd::RollBack).expect("roll back");
    store.end_turn().expect("submit");
    assert_eq!((store.alarm(), stored(&engine)), (None, None));

    let (engine, mut store) = running();
    let no = store.begin_transaction().expect("begin");
    set(&mut store, 7_000);
    store.end_alarm_run(AlarmEnd::Failed);
    store.end_transaction(no, TransactionEnd::RollBack).expect("roll back");
    assert_eq!((store.alarm(), stored(&engine)), (Some(2_000), Some(2_000)));
}

#[test]
fn a_run_begins_only_for_an_alarm_that_is_there_and_due() {
    let (_, mut store) = with_alarm();
    assert_eq!(store.begin_alarm_run(1_500, 1_600), AlarmRun::NotDue { due_ms: 2_000 });
    assert_eq!(store.alarm(), Some(2_000), "no run has begun");
    assert_eq!(store.begin_alarm_run(1_500, 2_000), AlarmRun::Begun { due_ms: 2_000 });
    assert_eq!(store.alarm(), None);

    let (_, mut store) = with_alarm();
    let early = store.begin_alarm_run(2_000, 1_000);
    assert_eq!(early, AlarmRun::Begun { due_ms: 2_000 }, "the scheduler says that it is time");
    let mut without = Arc::new(FakeEngine::default()).open();
    assert_eq!(without.begin_alarm_run(2_000, 9_000), AlarmRun::NoAlarm);
}

#[test]
fn an_abandoned_alarm_is_deleted_unless_another_was_set() {
    let (engine, mut store) = with_alarm();
    store.abandon_alarm(1_000);
    assert_eq!(store.alarm(), Some(2_000));
    store.abandon_alarm(2_000);
    store.end_turn().expect("submit");
    assert_eq!((store.alarm(), stored(&engine)), (None, None));
}

#[test]
fn delete_all_deletes_it_or_keeps_it_as_told() {
    for (fate, expected) in [(AlarmAtDeleteAll::Delete, None), (AlarmAtDeleteAll::Keep, Some(2_000))] {
        let (engine, mut store) = with_alarm();
        store.delete_all(fate).expect("no transaction is open");
        assert_eq!(store.alarm(), expected);
        store.end_turn().expect("submit");
        assert_eq!(engine.records()[1].alarm, expected.map(AlarmChange::Set), "kept is written anew");
        assert_eq!(stored(&engine), expected);
        assert_eq!(store.end_turn().expect("nothing to submit"), None);
    }
    let (engine, mut store) = with_alarm();
    store.delete_all(AlarmAtDeleteAll::Delete).expect("no transaction is open");
    set(&mut store, 2_000);
    store.end_turn().expect("submit");
    assert_eq!(stored(&engine), Some(2_000), "the same time, set after everything was deleted");
}

#[test]
fn delete_all_during_a_run_keeps_or_ends_what_is_stored() {
    let (engine, mut store) = running();
    store.delete_all(AlarmAtDeleteAll::Keep).expect("no transaction is open");
    store.end_turn().expect("submit");
    assert_eq!((store.alarm(), stored(&engine)), (None, Some(2_000)));
    store.end_alarm_run(AlarmEnd::Succeeded);
    store.end_turn().expect("submit");
    assert_eq!(stored(&engine), None);
}

#[test]
fn a_discarded_turn_leaves_it_as_it_was_submitted() {
    let (_, mut store) = with_alarm();
    set(&mut store, 5_000);
    store.discard_turn();
    assert_eq!(store.alarm(), Some(2_000));
    assert!(!store.is_dirty());
}
