//! SQL in turns and transactions of a store.

use std::sync::Arc;

use bytes::Bytes;

use super::fake::{FakeEngine, key};
use crate::ErrorKind;
use crate::clock::ManualClock;
use crate::engine::Reset;
use crate::limits;
use crate::storage::{
    AlarmAtDeleteAll, Backing, Bounds, Limits, SqlError, StorageError, Store, TransactionEnd, WriteOptions,
};

const CONFIRMED: WriteOptions = WriteOptions { allow_unconfirmed: false };

/// Rows as text, or the message of the error behind `!! `.
fn shown(store: &mut Store, sql: &str) -> String {
    let rows = store.sql_exec(sql, &[]).and_then(|cursor| Ok(cursor.rows()?));
    match rows {
        Ok(rows) => {
            let row = |row: &Vec<_>| row.iter().map(ToString::to_string).collect::<Vec<_>>().join("|");
            rows.iter().map(row).collect::<Vec<_>>().join(" ")
        }
        Err(error) => format!("!! {error}"),
    }
}

fn put(store: &mut Store, value: &'static str) {
    store.put(key("k"), Bytes::from_static(value.as_bytes()), CONFIRMED).expect("put");
}

fn value(store: &mut Store) -> Option<Bytes> {
    store.get(b"k").expect("read")
}

#[test]
fn pages_keys_and_alarm_are_one_record() {
    let engine = Arc::new(FakeEngine::default());
    let mut store = engine.open();
    put(&mut store, "1");
    assert_eq!(shown(&mut store, "create table t(a); insert into t values(1)"), "");
    store.set_alarm(5.0, 0, CONFIRMED).expect("an alarm");
    assert!(store.is_dirty());
    let position = store.end_turn().expect("submit");
    assert_eq!(position, Some(store.confirmed_position()));
    let record = engine.records().remove(0);
    assert_eq!((record.kv.len(), record.pages.len(), record.database_pages), (1, 2, Some(2)));
    assert!(record.alarm.is_some() && record.created.is_some());
    assert_eq!(shown(&mut engine.open(), "select a from t"), "1");
}

#[test]
fn a_turn_that_only_reads_submits_nothing_and_opens_only_when_asked() {
    let engine = Arc::new(FakeEngine::default());
    let mut store = engine.open();
    put(&mut store, "1");
    store.end_turn().expect("submit");
    assert!(!store.sql_is_open());
    assert_eq!(shown(&mut store, "select 1"), "1");
    assert_eq!(store.sql_database_bytes().expect("size"), 4096);
    assert!(store.sql_is_open() && !store.is_dirty());
    assert_eq!(store.end_turn().expect("nothing to submit"), None);
    assert_eq!(shown(&mut store, "update t set a = 1"), "!! no such table: t: SQLITE_ERROR");
    assert_eq!(store.end_turn().expect("nothing to submit"), None);
}

#[test]
fn a_failed_commit_takes_the_whole_turn_with_it() {
    let engine = Arc::new(FakeEngine::default());
    let mut store = engine.open();
    shown(&mut store, "create table p(a primary key)");
    shown(&mut store, "create table x(b references p(a) deferrable initially deferred)");
    store.end_turn().expect("submit");
    put(&mut store, "1");
    shown(&mut store, "insert into x values(1)");
    let error = store.end_turn().expect_err("a constraint is violated");
    assert_eq!(error.kind(), ErrorKind::Reset);
    assert_eq!(
        error.to_string(),
        "Durable Object was reset and rolled back to its last known good state because the application left the \
         database in a state where constraints were violated: FOREIGN KEY constraint failed: SQLITE_CONSTRAINT \
         (extended: SQLITE_CONSTRAINT_FOREIGNKEY)"
    );
    assert!(!store.is_dirty());
    assert_eq!((value(&mut store), engine.records().len()), (None, 1));
    assert_eq!(shown(&mut store, "select * from x"), "");
}

#[test]
fn a_transaction_sqlite_ended_by_itself_takes_the_whole_turn_with_it() {
    let engine = Arc::new(FakeEngine::default());
    let mut store = engine.open();
    shown(&mut store, "create table t(a unique); insert into t values(1)");
    store.end_turn().expect("submit");
    put(&mut store, "1");
    shown(&mut store, "insert or rollback into t values(1)");
    let error = store.end_turn().expect_err("the transaction is gone");
    assert_eq!(error.to_string(), "Cannot commit transaction due to an earlier SQL critical error");
    assert_eq!((value(&mut store), engine.records().len()), (None, 1));
}

#[test]
fn a_failed_engine_leaves_nothing_behind() {
    let engine = Arc::new(FakeEngine::default());
    let mut store = engine.open();
    shown(&mut store, "create table t(a)");
    store.end_turn().expect("submit");
    engine.poison();
    shown(&mut store, "insert into t values(1)");
    assert!(matches!(store.end_turn(), Err(StorageError::Poisoned(_))));
    assert_eq!(shown(&mut store, "select * from t"), "");
}

#[test]
fn marks_undo_sql_and_keys_together() {
    let engine = Arc::new(FakeEngine::default());
    let mut store = engine.open();
    shown(&mut store, "create table t(a)");
    let done = store.transaction_sync(|store| {
        put(store, "1");
        shown(store, "insert into t values(1)");
        let failed = store.transaction_sync(|store| {
            put(store, "2");
            shown(store, "insert into t values(2)");
            assert_eq!(shown(store, "select a from t"), "1 2");
            Err::<(), _>(StorageError::InvalidDate)
        });
        assert!(matches!(failed, Err(StorageError::InvalidDate)));
        assert_eq!(
            (value(store).as_deref(), shown(store, "select a from t").as_str()),
            (Some(&b"1"[..]), "1")
        );
        store.transaction_sync(|store| {
            shown(store, "insert into t values(3)");
            Ok::<_, StorageError>(())
        })
    });
    done.expect("the outer one commits");
    store.end_turn().expect("submit");
    assert_eq!(shown(&mut engine.open(), "select a from t"), "1 3");
}

#[test]
fn sql_that_is_first_used_within_transactions_is_opened_under_them() {
    let engine = Arc::new(FakeEngine::default());
    let mut store = engine.open();
    let outer = store.begin_transaction().expect("begin");
    let inner = store.begin_transaction().expect("begin");
    assert!(!store.sql_is_open());
    shown(&mut store, "create table t(a)");
    store.end_transaction(inner, TransactionEnd::RollBack).expect("roll back");
    assert_eq!(shown(&mut store, "select * from t"), "!! no such table: t: SQLITE_ERROR");
    shown(&mut store, "create table u(a)");
    assert_eq!(store.end_turn().expect("a transaction is open"), None);
    store.end_transaction(outer, TransactionEnd::Commit).expect("commit");
    assert_eq!(shown(&mut engine.open(), "select * from u"), "");
    let first = store.begin_transaction().expect("begin");
    shown(&mut store, "drop table u");
    store.roll_back_transaction(first).expect("roll back");
    store.end_transaction(first, TransactionEnd::Commit).expect("over");
    assert_eq!(shown(&mut store, "select * from u"), "");
}

#[test]
fn deleting_everything_ends_cursors_and_the_database() {
    let engine = Arc::new(FakeEngine::default());
    let mut store = engine.open();
    shown(&mut store, "create table t(a); insert into t values(1),(2)");
    store.end_turn().expect("submit");
    let cursor = store.sql_exec("select a from t", &[]).expect("a cursor");
    let kept = store.sql_keep(cursor);
    store.delete_all(AlarmAtDeleteAll::Delete).expect("no transaction is open");
    let cursor = store.sql_cursor(kept).expect("it is still known");
    assert!(matches!(cursor.next_row(), Err(SqlError::Deleted)));
    assert_eq!(shown(&mut store, "select a from t"), "!! no such table: t: SQLITE_ERROR");
    assert_eq!(store.sql_database_bytes().expect("size"), 4096);
    shown(&mut store, "create table t(b); insert into t values(9)");
    store.end_turn().expect("submit");
    let record = engine.records().remove(1);
    assert_eq!(
        (record.reset, record.database_pages, record.pages.len()),
        (Some(Reset::DeleteAll), Some(2), 2)
    );
    assert_eq!(shown(&mut store, "select b from t"), "9");
    store.delete_all(AlarmAtDeleteAll::Delete).expect("no transaction is open");
    store.end_turn().expect("submit");
    assert_eq!(shown(&mut engine.open(), "select name from sqlite_master"), "");
}

#[test]
fn a_discarded_deletion_brings_the_database_back() {
    let engine = Arc::new(FakeEngine::default());
    let mut store = engine.open();
    shown(&mut store, "create table t(a); insert into t values(1)");
    store.end_turn().expect("submit");
    store.delete_all(AlarmAtDeleteAll::Delete).expect("no transaction is open");
    shown(&mut store, "create table u(a)");
    store.discard_turn();
    assert_eq!(shown(&mut store, "select a from t"), "1");
}

#[test]
fn kept_cursors_go_on_over_turns_until_they_are_given_up() {
    let engine = Arc::new(FakeEngine::default());
    let mut store = engine.open();
    shown(&mut store, "create table t(a); insert into t values(1),(2),(3)");
    let cursor = store.sql_exec("select a from t", &[]).expect("a cursor");
    let no = store.sql_keep(cursor);
    store.end_turn().expect("submit");
    store.sql_release_idle();
    assert!(store.sql_is_open(), "a cursor is open");
    shown(&mut store, "insert into t values(4)");
    let mut seen = 0;
    while store.sql_cursor(no).expect("kept").next_row().expect("a row").is_some() {
        seen += 1;
    }
    assert_eq!(seen, 4);
    store.sql_close(no);
    store.sql_close(no);
    assert!(store.sql_cursor(no).is_none());
}

#[test]
fn an_idle_database_is_closed_unnoticed() {
    let engine = Arc::new(FakeEngine::default());
    let mut store = engine.open();
    shown(&mut store, "create table t(a); insert into t values(1)");
    store.sql_release_idle();
    assert!(store.sql_is_open(), "a transaction is open");
    store.end_turn().expect("submit");
    store.sql_release_idle();
    assert!(!store.sql_is_open());
    assert_eq!(shown(&mut store, "insert into t values(2); select a from t"), "1 2");
    store.end_turn().expect("submit");
    shown(&mut store, "pragma foreign_keys=off");
    store.sql_release_idle();
    assert_eq!(shown(&mut store, "pragma foreign_keys"), "0");
}

#[test]
fn settings_change_only_before_the_first_write_of_any_kind() {
    let engine = Arc::new(FakeEngine::default());
    let mut store = engine.open();
    put(&mut store, "1");
    assert_eq!(shown(&mut store, "pragma foreign_keys=off; pragma foreign_keys"), "1");
    store.end_turn().expect("submit");
    let unchanged = store.transaction_sync(|store| {
        Ok::<_, StorageError>(shown(store, "pragma foreign_keys=off; pragma foreign_keys"))
    });
    assert_eq!(unchanged.expect("it commits"), "1");
    store.end_turn().expect("nothing to submit");
    assert_eq!(shown(&mut store, "pragma foreign_keys=off; pragma foreign_keys"), "0");
}

#[test]
fn classes_not_declared_to_use_sqlite_are_refused() {
    let engine = Arc::new(FakeEngine::default());
    let mut store = engine.open().with_bounds(Bounds::new(Limits::Local, Backing::KeyValue));
    let refused = shown(&mut store, "select 1");
    assert!(refused.starts_with(
        "!! SQL is not enabled for this Durable Object class. To enable it, change `new_classes`"
    ));
    assert!(refused.contains("If using workerd directly,set `enableSql = true`"));
    assert!(matches!(store.sql_database_bytes(), Err(StorageError::SqlNotEnabled)));
}

#[test]
fn production_limits_reach_sql() {
    let engine = Arc::new(FakeEngine::default());
    let mut store = engine.open().with_bounds(Bounds::new(Limits::Production, Backing::Sqlite));
    let blob = |bytes: usize| format!("select length(zeroblob({bytes}))");
    assert_eq!(shown(&mut store, &blob(limits::ROW_BYTES_MAX)), limits::ROW_BYTES_MAX.to_string());
    assert_eq!(
        shown(&mut store, &blob(limits::ROW_BYTES_MAX + 1)),
        "!! string or blob too big: SQLITE_TOOBIG"
    );
    let arguments = vec!["1"; limits::SQL_FUNCTION_ARGUMENTS_MAX + 1].join(",");
    let message = "!! too many arguments on function max at offset 7: SQLITE_ERROR";
    assert_eq!(shown(&mut store, &format!("select max({arguments})")), message);
}

#[test]
fn the_time_of_day_is_that_of_the_clock() {
    let engine = Arc::new(FakeEngine::default());
    let mut store = engine.open().with_clock(Arc::new(ManualClock::new(86_400_000)));
    assert_eq!(shown(&mut store, "select current_timestamp, unixepoch()"), "1970-01-02 00:00:00|86400");
}
