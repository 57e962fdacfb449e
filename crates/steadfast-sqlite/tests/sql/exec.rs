//! `exec` and its cursors.

use steadfast_sqlite::{Options, SqlError, Value, ValueRef};

use crate::memory::{Memory, check, fresh, run, run_with, shown, shown_with};

const NO_STATEMENT: &str = "!! SQL code did not contain a statement.";
const BEFORE_LAST: &str = "!! When executing multiple SQL statements in a single call, only the last statement can \
                           have parameters.";
const COUNT: &str = "!! Wrong number of parameter bindings for SQL query.";

#[test]
fn texts_hold_one_statement_or_several() {
    check(
        &fresh(),
        &[
            ("create table t(a integer primary key, b)", ""),
            ("insert into t values(1,1); -- x", NO_STATEMENT),
            ("select * from t", "1|1"),
            ("insert into t(b) values(9); select count(*) from t", "2"),
            ("insert into t(b) values(9); select count(*) from t", "3"),
            ("select 1;;", NO_STATEMENT),
            (";select 1", "1"),
            ("-- c\nselect 1", "1"),
            ("select 1 -- c", "1"),
            ("", NO_STATEMENT),
            ("  ", NO_STATEMENT),
            ("-- only", NO_STATEMENT),
            ("select 1; \n\t\r\u{b}\u{c}", "1"),
            ("select '\0 x'", "!! unrecognized token: \"'\" at offset 7: SQLITE_ERROR"),
            ("select 1\0; zz", NO_STATEMENT),
            ("select 2; selec 3", "!! near \"selec\": syntax error at offset 0: SQLITE_ERROR"),
            ("select 1; select nope from t", "!! no such column: nope at offset 7: SQLITE_ERROR"),
        ],
    );
}

#[test]
fn what_came_before_a_failing_statement_stays() {
    let failed =
        "!! UNIQUE constraint failed: t.a: SQLITE_CONSTRAINT (extended: SQLITE_CONSTRAINT_PRIMARYKEY)";
    check(
        &fresh(),
        &[
            ("create table t(a integer primary key)", ""),
            ("insert into t values(1)", ""),
            ("insert into t values(100); insert into t values(1); insert into t values(101)", failed),
            ("select a from t", "1 100"),
        ],
    );
}

#[test]
fn bindings_are_for_the_last_statement_and_by_position() {
    let database = fresh();
    let one: [ValueRef<'_>; 1] = [1.into()];
    assert_eq!(shown_with(&database, "select ?; select 2", &one), BEFORE_LAST);
    assert_eq!(shown_with(&database, "select 2; select ?", &one), "1");
    assert_eq!(shown(&database, "select ?"), COUNT);
    assert_eq!(shown_with(&database, "select 1", &one), COUNT);
    let four: [ValueRef<'_>; 4] = [1.into(), 2.into(), 3.into(), 4.into()];
    assert_eq!(shown_with(&database, "select $a, :b, @c, ?", &four), "1|2|3|4");
    assert_eq!(shown_with(&database, "select ?2, ?1", &["a".into(), "b".into()]), "b|a");
    assert_eq!(shown_with(&database, "select :a, :a", &one), "1|1");
}

#[test]
fn values_go_in_and_come_out() {
    let database = fresh();
    let select =
        |value: ValueRef<'_>| run_with(&database, "select typeof(?1), ?1", &[value]).unwrap().remove(0);
    let text = |text: &str| Value::Text(text.to_owned());
    assert_eq!(select(ValueRef::Null), [text("null"), Value::Null]);
    assert_eq!(select(f64::NAN.into()), [text("null"), Value::Null]);
    assert_eq!(select(1.0.into()), [text("real"), Value::Real(1.0)]);
    assert_eq!(select(i64::MAX.into()), [text("integer"), Value::Integer(i64::MAX)]);
    assert_eq!(select("a\0b".into()), [text("text"), text("a\0b")]);
    assert_eq!(select("".into()), [text("text"), text("")]);
    assert_eq!(select(ValueRef::Blob(&[])), [text("blob"), Value::Blob(Vec::new())]);
    assert_eq!(select(ValueRef::Blob(&[0, 255])), [text("blob"), Value::Blob(vec![0, 255])]);
    assert_eq!(select(None::<i64>.into()), [text("null"), Value::Null]);
    assert_eq!(run(&database, "select cast(x'ff41' as text)").unwrap(), [[text("\u{fffd}A")]]);
}

#[test]
fn columns_keep_their_names_in_order() {
    let database = fresh();
    let names = |sql: &str| database.exec(sql, &[]).unwrap().column_names().join(",");
    assert_eq!(names("select 1 as a, 2 as a, 'x', 1+1"), "a,a,'x',1+1");
    assert_eq!(names("create table t(a, d)"), "");
    assert_eq!(names("insert into t values(1, 2)"), "");
    assert_eq!(names("insert into t values(1, 2) returning a, d"), "a,d");
    assert_eq!(names("select * from t where 0"), "a,d");
    assert_eq!(names("alter table t add column z"), "");
    assert_eq!(names("select * from t where 0"), "a,d,z");
}

#[test]
fn a_cursor_reads_one_row_ahead() {
    let database = fresh();
    run(&database, "create table t(a); insert into t values(1),(2),(3)").unwrap();
    let mut cursor = database.exec("select * from t", &[]).unwrap();
    let mut read = vec![cursor.rows_read().unwrap()];
    while cursor.next_row().unwrap().is_some() {
        read.push(cursor.rows_read().unwrap());
    }
    assert_eq!(read, [1, 2, 3, 3]);
    assert!(cursor.is_done() && cursor.next_row().unwrap().is_none());
}

#[test]
fn cursors_on_equal_text_are_independent() {
    let database = fresh();
    run(&database, "create table t(a); insert into t values(1),(2)").unwrap();
    let sql = "select a from t";
    let mut first = database.exec(sql, &[]).unwrap();
    let second = database.exec(sql, &[]).unwrap();
    assert_eq!(first.next_row().unwrap().unwrap(), [Value::Integer(1)]);
    assert_eq!(second.rows().unwrap().len(), 2);
    assert_eq!(first.rows().unwrap(), [[Value::Integer(2)]]);
}

#[test]
fn rows_written_under_a_cursor_may_appear() {
    let database = fresh();
    run(&database, "create table t(a); insert into t values(1),(2),(3)").unwrap();
    let cursor = database.exec("select a from t", &[]).unwrap();
    run(&database, "insert into t values(4)").unwrap();
    assert_eq!(cursor.rows().unwrap().len(), 4);
    let cursor = database.exec("select a from t", &[]).unwrap();
    run(&database, "update t set a = a + 100").unwrap();
    let seen: Vec<_> = cursor.rows().unwrap().concat();
    assert_eq!(seen, [1, 102, 103, 104].map(Value::Integer));
    let cursor = database.exec("select a from t", &[]).unwrap();
    assert_eq!(shown(&database, "drop table t"), "!! database table is locked: SQLITE_LOCKED");
    drop(cursor);
    assert_eq!(shown(&database, "drop table t"), "");
}

#[test]
fn a_row_before_a_failing_one_is_lost_with_it() {
    let database = fresh();
    run(&database, "create table t(a); insert into t values(1),(2)").unwrap();
    let sql = "select a, abs(case when a=2 then -9223372036854775808 else 1 end) as n from t";
    let mut cursor = database.exec(sql, &[]).unwrap();
    for _ in 0..2 {
        assert_eq!(cursor.next_row().unwrap_err().to_string(), "integer overflow: SQLITE_ERROR");
    }
    assert_eq!(cursor.column_names().join(","), "a,n");
    drop(cursor);
    assert!(database.exec(sql, &[]).is_ok());
}

#[test]
fn a_cursor_outlives_its_database() {
    let memory = Memory::default();
    let database = memory.open();
    run(&database, "create table t(a); insert into t values(1),(2)").unwrap();
    memory.keep(database.commit().unwrap());
    let mut cursor = database.exec("select a from t", &[]).unwrap();
    drop(database);
    assert_eq!(cursor.next_row().unwrap().unwrap(), [Value::Integer(1)]);
    assert_eq!(cursor.rows().unwrap(), [[Value::Integer(2)]]);
}

#[test]
fn cursors_of_a_deleted_database_fail() {
    let database = fresh();
    run(&database, "create table t(a); insert into t values(1),(2)").unwrap();
    let mut open = database.exec("select a from t", &[]).unwrap();
    let mut ended = database.exec("select a from t where a=9", &[]).unwrap();
    database.delete();
    assert_eq!(
        open.rows_read().unwrap_err().to_string(),
        "SQLite query was canceled because the database was deleted."
    );
    for _ in 0..2 {
        assert!(matches!(open.next_row(), Err(SqlError::Deleted)));
    }
    assert!(matches!(open.rows_written(), Err(SqlError::Deleted)));
    assert_eq!(open.column_names().join(","), "a");
    assert_eq!(ended.next_row().unwrap(), None);
    assert_eq!(ended.rows_written().unwrap(), 0);
}

#[test]
fn rows_read_and_written_are_counted() {
    let database = fresh();
    let counts = |sql: &str| {
        let mut cursor = database.exec(sql, &[]).unwrap();
        while cursor.next_row().unwrap().is_some() {}
        (cursor.rows_read().unwrap(), cursor.rows_written().unwrap())
    };
    let expected = [
        ("create table t(a integer primary key, b)", (0, 1)),
        ("create index i on t(b)", (0, 1)),
        ("insert into t(b) values(1),(1)", (0, 4)),
        ("update t set b=2 where a=1", (1, 2)),
        ("update t set b=1 where a=1", (1, 2)),
        ("select * from t where b=1", (2, 0)),
        ("select * from t", (2, 0)),
        ("select * from t where a=1", (1, 0)),
        ("select 1", (0, 0)),
        ("insert or replace into t values(1,5)", (0, 2)),
        ("delete from t", (0, 2)),
        ("create table u(k text primary key, v) without rowid", (0, 1)),
        ("insert into u values('a',1),('b',2)", (0, 2)),
        ("update u set v=3", (2, 2)),
        ("select * from u", (2, 0)),
        ("create table w(k text primary key, v)", (0, 1)),
        ("insert into w values('a',1),('b',2)", (0, 4)),
        ("update w set v=3", (2, 2)),
        ("update w set k='q' where k='a'", (1, 2)),
        ("select * from w where k='b'", (1, 0)),
        ("delete from w where k='q'", (1, 1)),
        (
            "create table l(x); create table p(a); \
          create trigger tr after insert on p begin insert into l values(new.a); end",
            (0, 1),
        ),
        ("insert into p values(1)", (0, 2)),
    ];
    for (sql, expected) in expected {
        assert_eq!(counts(sql), expected, "{sql}");
    }
}

#[test]
fn a_statement_that_returns_what_it_wrote_has_written() {
    let database = fresh();
    run(&database, "create table t(a unique)").unwrap();
    let mut cursor = database.exec("insert into t values(1),(2) returning a", &[]).unwrap();
    assert_eq!(cursor.rows_written().unwrap(), 2, "one row and one entry so far");
    while cursor.next_row().unwrap().is_some() {}
    assert_eq!(cursor.rows_written().unwrap(), 4);
}

#[test]
fn size_is_that_of_the_pages_in_use() {
    let database = fresh();
    assert_eq!(database.size_bytes().unwrap(), 4096);
    run(&database, "create table t(a); insert into t values(zeroblob(100000))").unwrap();
    assert!(database.size_bytes().unwrap() > 100_000);
    run(&database, "delete from t").unwrap();
    assert_eq!(database.size_bytes().unwrap(), 8192);
}

#[test]
fn a_damaged_page_fails_the_statement_and_says_why() {
    let memory = Memory::default();
    let database = memory.open();
    run(&database, "create table t(a); insert into t values(1)").unwrap();
    memory.keep(database.commit().unwrap());
    memory.damaged.set(Some(2));
    let database = memory.open();
    let Err(error) = database.exec("select * from t", &[]) else { panic!("page 2 holds the table") };
    assert!(matches!(error, SqlError::Source(_)));
    let cause = std::error::Error::source(&error).unwrap().to_string();
    assert_eq!(cause, "page is damaged: no=2");
    memory.damaged.set(None);
    assert_eq!(shown(&database, "select * from t"), "1");
}

#[test]
fn the_time_of_day_can_be_given() {
    let database = fresh();
    let system: i64 = shown(&database, "select unixepoch()").parse().unwrap();
    assert!(system > 1_700_000_000);
    let now_ms = std::rc::Rc::new(std::cell::Cell::new(0));
    let clock = now_ms.clone();
    let options = Options { now_ms: Some(std::rc::Rc::new(move || clock.get())), ..Options::default() };
    let database = Memory::default().open_with(&options);
    run(&database, "create table t(a, at default current_timestamp)").unwrap();
    now_ms.set(86_400_000 + 1_500);
    let expected = "1970-01-02 00:00:01|86401|1970-01-02 00:00:01.500";
    let select = "select at, unixepoch(), strftime('%Y-%m-%d %H:%M:%f', 'now') from t";
    run(&database, "insert into t(a) values(1)").unwrap();
    assert_eq!(shown(&database, select), expected);
    assert!(shown(&fresh(), "select unixepoch()").parse::<i64>().unwrap() >= system);
}

#[test]
fn opening_reads_the_pages_of_the_schema_once() {
    let memory = Memory::default();
    let database = memory.open();
    run(&database, "create table t(a integer primary key, b); insert into t values(1, 2)").unwrap();
    memory.keep(database.commit().unwrap());
    memory.reads.set(0);
    let database = memory.open();
    assert_eq!(memory.reads.get(), 1, "page 1");
    assert_eq!(shown(&database, "select b from t where a = 1"), "2");
    assert_eq!(memory.reads.get(), 2, "and that of the table");
}
