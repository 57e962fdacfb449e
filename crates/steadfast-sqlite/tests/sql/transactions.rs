//! Transactions, marks within them, and what they hand over.

use steadfast_sqlite::SqlError;

use crate::memory::{Memory, check, fresh, run, shown};

#[test]
fn the_first_write_begins_a_transaction() {
    let database = fresh();
    run(&database, "select 1").unwrap();
    assert!(!database.in_transaction());
    run(&database, "create table t(a)").unwrap();
    assert!(database.in_transaction());
    assert_eq!(database.commit().unwrap().unwrap().page_count, 2);
    assert!(!database.in_transaction());
    assert_eq!(database.commit().unwrap(), None);
}

#[test]
fn a_small_update_is_one_page() {
    let memory = Memory::default();
    let database = memory.open();
    run(&database, "create table t(a integer primary key, n); insert into t values(1,0)").unwrap();
    memory.keep(database.commit().unwrap());
    for _ in 0..3 {
        run(&database, "update t set n = n + 1 where a = 1").unwrap();
        let commit = database.commit().unwrap().unwrap();
        assert_eq!(commit.pages.iter().map(|page| page.0).collect::<Vec<_>>(), [2]);
        memory.keep(Some(commit));
    }
    run(&database, "update t set n = 9 where a = 2").unwrap();
    assert_eq!(database.commit().unwrap(), None);
    assert_eq!(shown(&memory.open(), "select n from t"), "3");
}

#[test]
fn what_was_not_committed_is_forgotten() {
    let memory = Memory::default();
    let database = memory.open();
    run(&database, "create table t(a)").unwrap();
    database.rollback().unwrap();
    assert_eq!(shown(&database, "select * from t"), "!! no such table: t: SQLITE_ERROR");
    run(&database, "create table t(a)").unwrap();
    memory.keep(database.commit().unwrap());
    run(&database, "insert into t values(1)").unwrap();
    drop(database);
    assert_eq!(shown(&memory.open(), "select count(*) from t"), "0");
}

#[test]
fn marks_nest() {
    let database = fresh();
    run(&database, "create table t(a)").unwrap();
    database.savepoint(1).unwrap();
    run(&database, "insert into t values(1)").unwrap();
    database.savepoint(2).unwrap();
    run(&database, "insert into t values(2)").unwrap();
    database.rollback_to(2).unwrap();
    assert_eq!(shown(&database, "select a from t"), "1");
    database.savepoint(2).unwrap();
    run(&database, "insert into t values(3)").unwrap();
    database.release(2).unwrap();
    assert_eq!(shown(&database, "select a from t"), "1 3");
    database.rollback_to(1).unwrap();
    assert_eq!(shown(&database, "select a from t"), "");
    assert!(database.commit().unwrap().is_some());
}

#[test]
fn a_violated_deferred_constraint_fails_the_commit() {
    let memory = Memory::default();
    let database = memory.open();
    run(
        &database,
        "create table p(a primary key); create table x(b references p(a) deferrable initially deferred)",
    )
    .unwrap();
    memory.keep(database.commit().unwrap());
    run(&database, "insert into x values(1)").unwrap();
    let error = database.commit().unwrap_err();
    assert!(error.is_constraint());
    let message = "FOREIGN KEY constraint failed: SQLITE_CONSTRAINT (extended: SQLITE_CONSTRAINT_FOREIGNKEY)";
    assert_eq!(error.to_string(), message);
    check(&database, &[("select * from x", ""), ("insert into x values(1); insert into p values(1)", "")]);
    memory.keep(database.commit().unwrap());
    assert_eq!(shown(&memory.open(), "select * from x"), "1");
}

#[test]
fn constraints_can_be_deferred_for_a_transaction() {
    let database = fresh();
    check(
        &database,
        &[
            ("create table p(a primary key); create table x(b references p(a))", ""),
            ("pragma defer_foreign_keys=on", ""),
            ("insert into x values(1)", ""),
            ("pragma defer_foreign_keys", "1"),
            ("insert into p values(1)", ""),
        ],
    );
    database.commit().unwrap();
    assert_eq!(shown(&database, "pragma defer_foreign_keys"), "0");
}

#[test]
fn foreign_keys_are_on_and_change_only_outside_a_transaction() {
    let database = fresh();
    check(
        &database,
        &[("pragma foreign_keys", "1"), ("create table t(a)", ""), ("pragma foreign_keys=off", "")],
    );
    assert_eq!(shown(&database, "pragma foreign_keys"), "1");
    database.commit().unwrap();
    assert!(!database.is_idle(), "a setting might have changed");
    check(&database, &[("pragma foreign_keys=off", ""), ("pragma foreign_keys", "0")]);
}

#[test]
fn a_statement_that_writes_and_still_has_rows_fails_the_commit() {
    let database = fresh();
    run(&database, "create table t(a)").unwrap();
    database.commit().unwrap();
    let cursor = database.exec("insert into t values(1),(2) returning a", &[]).unwrap();
    let message = "cannot commit transaction - SQL statements in progress: SQLITE_BUSY";
    assert_eq!(database.commit().unwrap_err().to_string(), message);
    drop(cursor);
    assert_eq!(shown(&database, "select * from t"), "");
}

#[test]
fn a_cursor_that_reads_survives_the_commit() {
    let memory = Memory::default();
    let database = memory.open();
    run(&database, "create table t(a); insert into t values(1),(2),(3)").unwrap();
    let cursor = database.exec("select a from t", &[]).unwrap();
    memory.keep(database.commit().unwrap());
    run(&database, "insert into t values(4)").unwrap();
    memory.keep(database.commit().unwrap());
    assert_eq!(cursor.rows().unwrap().len(), 4);
}

#[test]
fn a_transaction_sqlite_rolled_back_cannot_be_committed() {
    let memory = Memory::default();
    let database = memory.open();
    run(&database, "create table t(a unique)").unwrap();
    memory.keep(database.commit().unwrap());
    run(&database, "insert into t values(1)").unwrap();
    assert!(run(&database, "insert or rollback into t values(1)").is_err());
    assert!(database.is_lost());
    assert!(matches!(database.release(1), Err(SqlError::TransactionLost)));
    assert!(matches!(database.rollback_to(1), Err(SqlError::TransactionLost)));
    assert!(matches!(database.commit(), Err(SqlError::TransactionLost)));
    assert!(!database.is_lost() && !database.in_transaction());
    assert_eq!(shown(&database, "select * from t"), "");
}

#[test]
fn a_unique_violation_does_not_undo_earlier_statements() {
    let database = fresh();
    run(&database, "create table t(a unique); insert into t values(1)").unwrap();
    assert!(run(&database, "insert into t values(2),(1)").is_err());
    assert_eq!(shown(&database, "select a from t"), "1");
    assert!(!database.is_lost());
}

#[test]
fn rebuilding_gives_free_pages_back() {
    let memory = Memory::default();
    let database = memory.open();
    run(&database, "create table t(a); insert into t values(zeroblob(200000)); insert into t values(1)")
        .unwrap();
    run(&database, "delete from t where a<>1").unwrap();
    memory.keep(database.commit().unwrap());
    let before = memory.pages();
    memory.keep(database.vacuum().unwrap());
    assert_eq!(memory.pages(), 2);
    assert!(before > 2 || memory.file().len() == 2 * 4096);
    assert_eq!(shown(&memory.open(), "select a from t"), "1");
    assert_eq!(memory.open().integrity_check().unwrap(), [""; 0]);
    let vacuum = "!! cannot VACUUM from within a transaction: SQLITE_ERROR";
    check(&memory.open(), &[("vacuum", vacuum), ("vacuum into 'x'", vacuum)]);
}

#[test]
fn idle_means_that_nobody_would_notice_a_reopening() {
    let database = fresh();
    assert!(database.is_idle());
    run(&database, "create table t(a); insert into t values(1)").unwrap();
    assert!(!database.is_idle());
    database.commit().unwrap();
    assert!(database.is_idle());
    let cursor = database.exec("select * from t", &[]).unwrap();
    assert!(!database.is_idle());
    drop(cursor);
    assert!(database.is_idle());
    run(&database, "pragma recursive_triggers").unwrap();
    assert!(database.is_idle());
    run(&database, "pragma recursive_triggers=on").unwrap();
    assert!(!database.is_idle());
    let database = fresh();
    run(&database, "select last_insert_rowid()").unwrap();
    assert!(!database.is_idle());
}
