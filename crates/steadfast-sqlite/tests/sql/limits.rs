//! The bounds of statements, values and transactions.

use steadfast_sqlite::limits::VALUE_BYTES_MAX;
use steadfast_sqlite::{Options, SqlError, ValueRef};

use crate::memory::{Memory, check, fresh, run, run_with, shown, shown_with};

/// What production allows.
const VALUE_BYTES_MAX_PRODUCTION: usize = 2 * 1024 * 1024;
/// What the test of a transaction's size allows.
const PAGES_MAX: usize = 1024;
const TOO_BIG: &str = "!! string or blob too big: SQLITE_TOOBIG";
const TOO_LONG: &str = "!! statement too long: SQLITE_TOOBIG";

fn list(count: usize, item: &str) -> String {
    vec![item; count].join(",")
}

#[test]
fn columns_parameters_and_arguments_are_counted() {
    let columns = |count| (0..count).map(|index| format!("c{index}")).collect::<Vec<_>>().join(",");
    let database = fresh();
    check(
        &database,
        &[
            (&format!("create table w({})", columns(100)), ""),
            (&format!("create table w2({})", columns(101)), "!! too many columns on w2: SQLITE_ERROR"),
            (&format!("select {}", list(101, "1")), "!! too many columns in result set: SQLITE_ERROR"),
            (&format!("select max({})", list(127, "1")), "1"),
            (
                &format!("select max({})", list(128, "1")),
                "!! too many arguments on function max at offset 7: SQLITE_ERROR",
            ),
            ("select ?200", "!! variable number must be between ?1 and ?100 at offset 7: SQLITE_ERROR"),
        ],
    );
    let ones = |count| vec![ValueRef::Integer(1); count];
    assert_eq!(run_with(&database, &format!("select {}", list(100, "?")), &ones(100)).unwrap().len(), 1);
    assert_eq!(
        shown_with(&database, &format!("select {}", list(101, "?")), &ones(101)),
        "!! too many SQL variables at offset 207: SQLITE_ERROR"
    );
}

#[test]
fn expressions_and_patterns_are_bounded() {
    let sum = |terms| format!("select {}", vec!["1"; terms].join("+"));
    let union = |terms| vec!["select 1"; terms].join(" union all ");
    let deep = "!! Expression tree is too large (maximum depth 100): SQLITE_ERROR";
    let complex = "!! LIKE or GLOB pattern too complex: SQLITE_ERROR";
    check(
        &fresh(),
        &[
            (&sum(100), "100"),
            (&sum(101), deep),
            (&union(5), "1 1 1 1 1"),
            (&union(6), "!! too many terms in compound SELECT: SQLITE_ERROR"),
            (&format!("select 1 like '{}'", "%".repeat(50)), "1"),
            (&format!("select 1 like '{}'", "%".repeat(51)), complex),
            (&format!("select 1 glob '{}'", "*".repeat(51)), complex),
            (&format!("select 1 {}", " ".repeat(99_991)), "1"),
            (&format!("select 1 {}", " ".repeat(99_992)), TOO_LONG),
            (&format!("select 1;{}", " ".repeat(99_992)), TOO_LONG),
        ],
    );
}

#[test]
fn triggers_nest_ten_deep() {
    let nested = "!! triggers nested too deep: SQLITE_ERROR";
    check(
        &fresh(),
        &[
            ("create table r(a)", ""),
            (
                "create trigger rr after insert on r when new.a<20 begin insert into r values(new.a+1); end",
                "",
            ),
            ("pragma recursive_triggers=on", ""),
            ("insert into r values(11)", ""),
            ("insert into r values(10)", nested),
        ],
    );
}

#[test]
fn values_are_bounded_and_production_bounds_them_more() {
    let local = fresh();
    let production = Memory::default()
        .open_with(&Options { value_bytes_max: VALUE_BYTES_MAX_PRODUCTION, ..Options::default() });
    for (database, bytes_max) in [(&local, VALUE_BYTES_MAX), (&production, VALUE_BYTES_MAX_PRODUCTION)] {
        let zeros = |bytes: usize| shown(database, &format!("select length(zeroblob({bytes}))"));
        assert_eq!(zeros(bytes_max), bytes_max.to_string());
        assert_eq!(zeros(bytes_max + 1), TOO_BIG);
        let text = "x".repeat(bytes_max + 1);
        assert_eq!(shown_with(database, "select length(?)", &[text[1..].into()]), bytes_max.to_string());
        assert_eq!(shown_with(database, "select length(?)", &[text.as_str().into()]), TOO_BIG);
    }
    // A row has a header beside its value.
    run(&local, "create table t(a)").unwrap();
    assert_eq!(shown(&local, &format!("insert into t values(zeroblob({}))", VALUE_BYTES_MAX - 5)), "");
    assert_eq!(shown(&local, &format!("insert into t values(zeroblob({}))", VALUE_BYTES_MAX - 4)), TOO_BIG);
}

#[test]
fn a_transaction_changes_no_more_pages_than_fit_in_memory() {
    let full = "database or disk is full: SQLITE_FULL";
    let memory = Memory::default();
    let database = memory.open_with(&Options { transaction_pages_max: PAGES_MAX, ..Options::default() });
    run(&database, "create table t(a)").unwrap();
    memory.keep(database.commit().unwrap());

    // Many statements: the one behind the bound is refused, and what came before can be committed.
    let mut statements = 0;
    let error = loop {
        match database.exec("insert into t values(zeroblob(400000))", &[]) {
            Ok(_) => statements += 1,
            Err(error) => break error,
        }
    };
    assert_eq!(error.to_string(), full);
    assert!((statements - 1) * 400_000 < PAGES_MAX * 4096 && statements > 1, "{statements}");
    assert!(!database.is_lost());
    database.rollback().unwrap();

    // One statement: it is stopped, which loses the transaction.
    let sql = "with recursive c(n) as (select 1 union all select n+1 from c where n<100000) \
               insert into t select zeroblob(3000) from c";
    let Err(error) = database.exec(sql, &[]) else { panic!("300 MB are more than 4 MB") };
    assert_eq!(error.to_string(), full);
    assert!(database.is_lost() && matches!(database.commit(), Err(SqlError::TransactionLost)));
    assert_eq!(shown(&database, "select count(*) from t"), "0");
}
