//! SQL of objects written in Rust.

use steadfast::host::{App, DurableObject, Request, Response, State, Storage};
use steadfast::storage::{SqlValue, SqlValueRef};
use steadfast::{Error, ErrorKind};

use super::{body, fetch, memory, refusal, text};

/// Does what the path names, and answers with what it saw.
struct Actor {
    state: State,
}

impl DurableObject for Actor {
    fn new(state: State) -> Result<Self, Error> {
        state.storage().sql().exec("CREATE TABLE IF NOT EXISTS t(a INTEGER PRIMARY KEY, b UNIQUE)", &[])?;
        Ok(Self { state })
    }

    async fn fetch(&self, request: Request) -> Result<Response, Error> {
        let storage = self.state.storage();
        match request.uri().path() {
            "/insert" => insert(storage),
            "/types" => types(storage),
            "/failed" => failed(storage).await,
            "/read" => Ok(text(format!("{} {:?}", count(storage)?, storage.get::<i32>("k")?))),
            "/violate" => violate(storage),
            "/delete" => delete(storage),
            "/open" => open(storage),
            path => unreachable!("no action is called {path}"),
        }
    }
}

fn count(storage: &Storage) -> Result<i64, Error> {
    let (count,) = storage.sql().exec("SELECT count(*) FROM t", &[])?.one()?;
    Ok(count)
}

fn insert(storage: &Storage) -> Result<Response, Error> {
    storage.sql().exec("INSERT INTO t(b) VALUES (?)", &[SqlValueRef::Null])?;
    Ok(text(count(storage)?))
}

fn types(storage: &Storage) -> Result<Response, Error> {
    let sql = storage.sql();
    let bindings: [SqlValueRef<'_>; 5] =
        [1.into(), 2.5.into(), "x".into(), b"\x01".as_slice().into(), 3.0.into()];
    type All = (i64, f64, String, Vec<u8>, u32, Option<String>);
    let mut cursor = sql.exec("SELECT ?, ?, ?, ? AS d, ?, NULL", &bindings)?;
    assert_eq!(cursor.column_names()[3].as_ref(), "d");
    let all: All = cursor.next_row()?.expect("a row");
    assert_eq!(all, (1, 2.5, "x".to_owned(), vec![1], 3, None));
    let values: Vec<Vec<SqlValue>> = sql.exec("VALUES (1), ('y')", &[])?.rows()?;
    assert_eq!(values, [[SqlValue::Integer(1)], [SqlValue::Text("y".to_owned())]]);
    let none = sql.exec("SELECT 1 WHERE 0", &[])?.one::<(i64,)>().unwrap_err();
    let many = sql.exec("VALUES (1), (2)", &[])?.one::<(i64,)>().unwrap_err();
    let wide = sql.exec("SELECT 1, 2", &[])?.one::<(i64,)>().unwrap_err();
    let other = sql.exec("SELECT 'x'", &[])?.one::<(i64,)>().unwrap_err();
    let errors = [none, many, wide, other].map(|error| error.message().to_owned());
    Ok(text(errors.join("|")))
}

async fn failed(storage: &Storage) -> Result<Response, Error> {
    let inside = storage.clone();
    let failed: Result<(), Error> = storage
        .transaction(async move |_| {
            inside.put("k", 1)?;
            insert(&inside)?;
            tokio::task::yield_now().await;
            assert_eq!(count(&inside)?, 1);
            Err(Error::new(ErrorKind::Invalid, "no luck"))
        })
        .await;
    assert_eq!(failed.unwrap_err().message(), "no luck");
    Ok(text(format!("{} {:?}", count(storage)?, storage.get::<i32>("k")?)))
}

fn violate(storage: &Storage) -> Result<Response, Error> {
    storage.put("k", 1)?;
    let sql = storage.sql();
    sql.exec("PRAGMA defer_foreign_keys = on", &[])?;
    sql.exec("CREATE TABLE c(r REFERENCES t(a)); INSERT INTO c VALUES (99)", &[])?;
    Ok(text("not to be seen"))
}

fn delete(storage: &Storage) -> Result<Response, Error> {
    insert(storage)?;
    insert(storage)?;
    let mut cursor = storage.sql().exec("SELECT a FROM t", &[])?;
    storage.delete_all()?;
    let error = cursor.next_row::<(i64,)>().unwrap_err();
    assert_eq!(
        (error.kind(), cursor.rows_read().unwrap_err().kind()),
        (ErrorKind::Refused, ErrorKind::Refused)
    );
    Ok(text(format!("{} {}", error.message(), storage.sql().database_bytes()?)))
}

fn open(storage: &Storage) -> Result<Response, Error> {
    let cursor = storage.sql().exec("INSERT INTO t(b) VALUES (1), (2) RETURNING a", &[])?;
    assert!(cursor.rows_written()? > 0);
    std::mem::forget(cursor);
    Ok(text("not to be seen"))
}

fn app() -> App {
    let builder = App::builder(memory()).object::<Actor>("w-Actor");
    let app = builder
        .start(async |request: Request, env| env.namespace::<Actor>()?.get_by_name("a").fetch(request).await);
    app.expect("an app")
}

#[test]
fn rows_stay() {
    let app = app();
    assert_eq!(body(fetch(&app, "/insert")), "1");
    assert_eq!(body(fetch(&app, "/insert")), "2");
}

#[test]
fn rows_are_read_as_the_types_asked_for() {
    let expected = "Expected exactly one result from SQL query, but got no results.|\
                    Expected exactly one result from SQL query, but got multiple results.|\
                    row has other columns: columns=2 expected=1|\
                    column holds something else: column=0 value=x";
    assert_eq!(body(fetch(&app(), "/types")), expected);
}

#[test]
fn a_failed_transaction_undoes_rows_and_keys() {
    assert_eq!(body(fetch(&app(), "/failed")), "0 None");
}

#[test]
fn a_violated_constraint_at_the_end_of_the_turn_resets_the_object() {
    let app = app();
    assert_eq!(body(fetch(&app, "/insert")), "1");
    let message = "Durable Object was reset and rolled back to its last known good state because the application \
                   left the database in a state where constraints were violated: FOREIGN KEY constraint failed: \
                   SQLITE_CONSTRAINT (extended: SQLITE_CONSTRAINT_FOREIGNKEY)";
    assert_eq!(refusal(fetch(&app, "/violate")), (ErrorKind::Reset, message.to_owned()));
    assert_eq!(body(fetch(&app, "/read")), "1 None");
}

#[test]
fn a_writing_cursor_left_open_resets_the_object() {
    let app = app();
    let message = "Durable Object was reset and rolled back to its last known good state because its transaction \
                   could not be committed: cannot commit transaction - SQL statements in progress: SQLITE_BUSY";
    assert_eq!(refusal(fetch(&app, "/open")), (ErrorKind::Reset, message.to_owned()));
    assert_eq!(body(fetch(&app, "/insert")), "1");
}

#[test]
fn deleting_everything_ends_cursors() {
    let app = app();
    let expected = "SQLite query was canceled because the database was deleted. 4096";
    assert_eq!(body(fetch(&app, "/delete")), expected);
}
