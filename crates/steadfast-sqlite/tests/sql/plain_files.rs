//! Databases that stock SQLite has made.

use rusqlite::Connection;
use steadfast_sqlite::{Options, SqlError, Value, plain};

use crate::memory::{Memory, check, run, shown};

/// What stock SQLite makes of a text of SQL, as pages.
fn made_by_stock(sql: &str) -> Memory {
    let file = tempfile::NamedTempFile::new().unwrap();
    let stock = Connection::open(file.path()).unwrap();
    stock.execute_batch(sql).unwrap();
    stock.close().unwrap();
    let (pages, page_count) = plain::read(&std::fs::read(file.path()).unwrap()).unwrap();
    let memory = Memory::default();
    memory.keep(Some(steadfast_sqlite::Commit { pages, page_count }));
    memory
}

fn opens_in_stock(memory: &Memory, sql: &str) -> String {
    let file = tempfile::NamedTempFile::new().unwrap();
    std::fs::write(file.path(), memory.file()).unwrap();
    let stock = Connection::open(file.path()).unwrap();
    let whole: String = stock.query_row("PRAGMA integrity_check", [], |row| row.get(0)).unwrap();
    assert_eq!(whole, "ok");
    stock.query_row(sql, [], |row| row.get(0)).unwrap()
}

#[test]
fn one_with_a_write_ahead_log_is_read_and_written() {
    let memory = made_by_stock("PRAGMA journal_mode=WAL; CREATE TABLE t(a); INSERT INTO t VALUES ('x')");
    let database = memory.open();
    check(&database, &[("select a from t", "x"), ("update t set a = 'y'", "")]);
    memory.keep(database.commit().unwrap());
    assert_eq!(opens_in_stock(&memory, "SELECT a FROM t"), "y");
}

#[test]
fn one_that_gives_pages_back_by_itself_shrinks() {
    let memory =
        made_by_stock("PRAGMA auto_vacuum=FULL; CREATE TABLE t(a); INSERT INTO t VALUES (zeroblob(90000))");
    let database = memory.open();
    let before = memory.file().len();
    run(&database, "delete from t; insert into t values ('x')").unwrap();
    memory.keep(database.commit().unwrap());
    assert!(before > 90_000 && memory.file().len() < 20_000, "{before} {}", memory.file().len());
    assert_eq!(opens_in_stock(&memory, "SELECT a FROM t"), "x");
    assert_eq!(shown(&memory.open(), "select a from t"), "x");
}

#[test]
fn one_of_another_encoding_is_read_as_text() {
    let memory = made_by_stock("PRAGMA encoding='UTF-16le'; CREATE TABLE t(a); INSERT INTO t VALUES ('zoë')");
    let database = memory.open();
    let rows = run(&database, "select a, length(a), typeof(a) from t where a = 'zoë'").unwrap();
    let text = |text: &str| Value::Text(text.to_owned());
    assert_eq!(rows, [[text("zoë"), Value::Integer(3), text("text")]]);
}

#[test]
fn a_damaged_schema_is_reported_when_opening() {
    let memory = made_by_stock("CREATE TABLE t(a)");
    memory.damaged.set(Some(1));
    let opened = steadfast_sqlite::Database::open(Box::new(memory.clone()), 2, &Options::default());
    assert!(matches!(opened, Err(SqlError::Source(_))));
    let garbage = Memory::default();
    garbage.keep(Some(steadfast_sqlite::Commit {
        pages: vec![(1, vec![7; steadfast_sqlite::PAGE_BYTES].into())],
        page_count: 1,
    }));
    let opened = steadfast_sqlite::Database::open(Box::new(garbage), 1, &Options::default());
    let Err(error) = opened else { panic!("page 1 is no database's") };
    assert!(error.is_corrupt());
    assert_eq!(error.to_string(), "file is not a database: SQLITE_NOTADB");
}
