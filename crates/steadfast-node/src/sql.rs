//! SQL of an activation. Rows cross as values in an array, many at once where that goes unnoticed.
//!
//! A statement that has ended is not kept. JavaScript has its counts, and asks with its text how many
//! rows and index entries they stand for, which few programs do.

use napi::bindgen_prelude::{Array, ArrayBuffer, Either, Either4, Null};
use napi::{Env, Error, Result};
use napi_derive::napi;
use steadfast::storage::{Cursor, Row, SqlCursorNo, SqlError, SqlValueRef, StorageError, Store};

use crate::error::{of_napi, of_storage};
use crate::kv::with_store;

/// A value as JavaScript passes it.
type Given<'a> = Either4<f64, String, Null, &'a [u8]>;

/// Runs SQL: all statements but the last to their end, the last to its first row. The answer is
/// `SqlStarted` of the package's `binding.ts`.
///
/// A statement that writes has found all its rows when it gives the first, and must not be open at the
/// end of the turn: it gives all at once.
#[napi]
pub fn sql_exec<'env>(
    env: &'env Env,
    lane: u32,
    activation: f64,
    query: String,
    bindings: Array<'_>,
) -> Result<Either<f64, Array<'env>>, String> {
    let given = (0..bindings.len()).map(|at| bindings.get(at)).collect::<Result<Vec<Option<Given<'_>>>>>();
    let given = given.map_err(of_napi)?;
    let values: Vec<_> = given.iter().map(|given| given.as_ref().map_or(SqlValueRef::Null, borrow)).collect();
    with_store(lane, activation, |store| Ok(start(env, store, &query, &values)))?.map_err(Failure::into_js)
}

/// Runs a statement on for at most `rows` rows. The answer is `SqlMore` of `binding.ts`.
#[napi]
pub fn sql_next<'env>(
    env: &'env Env,
    lane: u32,
    activation: f64,
    cursor: f64,
    rows: u32,
) -> Result<Array<'env>, String> {
    let no = SqlCursorNo(cursor as u64);
    let more = with_store(lane, activation, |store| {
        let more = run_on(env, store, no, rows);
        if !matches!(more, Ok((_, true))) {
            // It has ended or failed.
            store.sql_close(no);
        }
        Ok(more)
    });
    more?.map(|(values, _)| values).map_err(Failure::into_js)
}

/// Ends a statement that may still be open.
#[napi]
pub fn sql_close(lane: u32, activation: f64, cursor: f64) {
    let closed = with_store(lane, activation, |store| {
        store.sql_close(SqlCursorNo(cursor as u64));
        Ok(())
    });
    // Without its store it is closed already.
    drop(closed);
}

/// Rows and index entries that `changes` rows changed by the last statement of `query` stand for.
#[napi]
pub fn sql_rows_written(lane: u32, activation: f64, query: String, changes: f64) -> Result<f64, String> {
    let written = with_store(lane, activation, |store| store.sql_rows_written(&query, changes as u64))?;
    Ok(written as f64)
}

/// Bytes of the pages in use.
#[napi]
pub fn sql_size(lane: u32, activation: f64) -> Result<f64, String> {
    with_store(lane, activation, |store| Ok(store.sql_database_bytes()? as f64))
}

fn start<'env>(
    env: &'env Env,
    store: &mut Store,
    query: &str,
    bindings: &[SqlValueRef<'_>],
) -> std::result::Result<Either<f64, Array<'env>>, Failure> {
    let mut cursor = store.sql_exec(query, bindings)?;
    let has_columns = !cursor.column_names().is_empty();
    if !has_columns && let Some(packed) = Counts::of(&cursor)?.packed() {
        return Ok(Either::A(packed));
    }
    let names = has_columns.then(|| cursor.column_names().join("\0"));
    let mut rows = Rows { env, values: env.create_array(0)?, len: STARTED_HEAD };
    if cursor.is_writing() {
        while rows.take(&mut cursor)? {}
    }
    let counts = Counts::of(&cursor)?;
    rows.values.set(ROWS_READ, counts.rows_read)?;
    rows.values.set(CHANGES, counts.changes)?;
    rows.values.set(NAMES, names)?;
    let open = if cursor.is_done() { 0 } else { store.sql_keep(cursor).0 };
    rows.values.set(OPEN, open as f64)?;
    Ok(Either::B(rows.values))
}

/// Up to `limit` rows, and whether there are more.
fn run_on<'env>(
    env: &'env Env,
    store: &mut Store,
    no: SqlCursorNo,
    limit: u32,
) -> std::result::Result<(Array<'env>, bool), Failure> {
    let mut rows = Rows { env, values: env.create_array(0)?, len: MORE_HEAD };
    let cursor = store.sql_cursor(no).ok_or(SqlError::Deleted)?;
    for _ in 0..limit {
        if cursor.is_done() || !rows.take(cursor)? {
            break;
        }
    }
    let counts = Counts::of(cursor)?;
    let open = !cursor.is_done();
    rows.values.set(OPEN, if open { no.0 as f64 } else { 0.0 })?;
    rows.values.set(ROWS_READ, counts.rows_read)?;
    rows.values.set(CHANGES, counts.changes)?;
    Ok((rows.values, open))
}

/// Rows on their way to JavaScript.
struct Rows<'env> {
    env: &'env Env,
    values: Array<'env>,
    len: u32,
}

impl Rows<'_> {
    /// Adds the next row of a cursor; whether there was one.
    fn take(&mut self, cursor: &mut Cursor) -> std::result::Result<bool, Failure> {
        match cursor.next_with(|row| self.add(&row))? {
            Some(added) => added.map(|()| true).map_err(Failure::Crossing),
            None => Ok(false),
        }
    }

    fn add(&mut self, row: &Row<'_>) -> Result<()> {
        for value in row.values() {
            let at = self.len;
            self.len += 1;
            match value {
                SqlValueRef::Null => self.values.set(at, Null)?,
                SqlValueRef::Integer(integer) => self.values.set(at, integer as f64)?,
                SqlValueRef::Real(real) => self.values.set(at, real)?,
                SqlValueRef::Text(text) => self.values.set(at, &*String::from_utf8_lossy(text))?,
                SqlValueRef::Blob(blob) => self.values.set(at, ArrayBuffer::copy_from(self.env, blob)?)?,
            }
        }
        Ok(())
    }
}

/// What a statement has read and changed so far.
struct Counts {
    rows_read: f64,
    changes: f64,
}

impl Counts {
    fn of(cursor: &Cursor) -> std::result::Result<Self, SqlError> {
        Ok(Self { rows_read: cursor.rows_read()? as f64, changes: cursor.changes() as f64 })
    }

    /// Both as one number, if they are small enough.
    fn packed(&self) -> Option<f64> {
        let fits = self.rows_read < PACKED_COUNTS && self.changes < PACKED_COUNTS;
        fits.then_some(self.rows_read * PACKED_COUNTS + self.changes)
    }
}

/// Why rows did not come.
enum Failure {
    Refused(StorageError),
    Crossing(Error),
}

impl Failure {
    fn into_js(self) -> Error<String> {
        match self {
            Self::Refused(error) => of_storage(error),
            Self::Crossing(error) => of_napi(error),
        }
    }
}

impl From<StorageError> for Failure {
    fn from(error: StorageError) -> Self {
        Self::Refused(error)
    }
}

impl From<SqlError> for Failure {
    fn from(error: SqlError) -> Self {
        Self::Refused(error.into())
    }
}

impl From<Error> for Failure {
    fn from(error: Error) -> Self {
        Self::Crossing(error)
    }
}

fn borrow<'a>(given: &'a Given<'_>) -> SqlValueRef<'a> {
    match given {
        Either4::A(number) => SqlValueRef::Real(*number),
        Either4::B(text) => SqlValueRef::Text(text.as_bytes()),
        Either4::C(_) => SqlValueRef::Null,
        Either4::D(bytes) => SqlValueRef::Blob(bytes),
    }
}

// Places in what JavaScript gets; rows follow the head.
const OPEN: u32 = 0;
const ROWS_READ: u32 = 1;
const CHANGES: u32 = 2;
const NAMES: u32 = 3;
const MORE_HEAD: u32 = 3;
const STARTED_HEAD: u32 = 4;

/// Rows read, times this, plus rows changed: exact below 2^48.
const PACKED_COUNTS: f64 = (1 << 24) as f64;
