use std::fmt;

use super::storage::Storage;
use crate::storage::{Cursor, Row, SqlError, SqlValue, SqlValueRef};
use crate::{Error, ErrorKind};

/// The object's own SQL database.
///
/// What it changes between two awaits is one atomic unit with keys and alarm, and responses wait for
/// it as they do for them. There are no transaction statements: use
/// [`transaction_sync`](Storage::transaction_sync) and [`transaction`](Storage::transaction). Allowed
/// statements, functions and pragmas, limits and messages are those of Cloudflare.
///
/// ```
/// # use steadfast::{Error, host::Storage};
/// fn visit(storage: &Storage, who: &str) -> Result<i64, Error> {
///     let sql = storage.sql();
///     sql.exec("CREATE TABLE IF NOT EXISTS visits(who TEXT, n INTEGER)", &[])?;
///     sql.exec("INSERT INTO visits VALUES (?, ?)", &[who.into(), 1.into()])?;
///     let (visits, _): (i64, Option<String>) =
///         sql.exec("SELECT count(*), max(who) FROM visits", &[])?.one()?;
///     Ok(visits)
/// }
/// ```
///
/// Source: Cloudflare docs, "SQLite-backed Durable Object Storage, SQL API".
#[derive(Clone)]
pub struct Sql {
    storage: Storage,
}

/// The rows of a statement, one read ahead. Dropping it ends the statement.
///
/// It takes no snapshot: rows written while it is open may appear. One of a statement that writes must
/// have ended before the turn does, else the object is reset.
pub struct SqlCursor {
    storage: Storage,
    cursor: Cursor,
}

/// A type that a column can be read as.
pub trait FromSql: Sized {
    /// The value, or `None` if it is of another type or does not fit.
    fn from_sql(value: SqlValueRef<'_>) -> Option<Self>;
}

/// A type that a row can be read as: a tuple of up to eight columns, or all values in order.
pub trait FromRow: Sized {
    /// The row.
    ///
    /// # Errors
    /// `Invalid` when the number of columns or the type of one is another.
    fn from_row(row: &Row<'_>) -> Result<Self, Error>;
}

impl Storage {
    /// The object's SQL database. It is opened when it is first used.
    #[must_use]
    pub fn sql(&self) -> Sql {
        Sql { storage: self.clone() }
    }
}

impl Sql {
    /// Runs SQL: all statements but the last to their end, the last to its first row. The bindings are
    /// for the last, by position.
    ///
    /// # Errors
    /// `Invalid` with SQLite's message when something is refused or fails. What statements before it
    /// did stays.
    pub fn exec(&self, sql: &str, bindings: &[SqlValueRef<'_>]) -> Result<SqlCursor, Error> {
        let cursor = self.storage.with("sql", |store| store.sql_exec(sql, bindings))?;
        Ok(SqlCursor { storage: self.storage.clone(), cursor })
    }

    /// Bytes of the database's pages in use. One page if there are none.
    ///
    /// # Errors
    /// None besides those of every method of [`Storage`].
    pub fn database_bytes(&self) -> Result<u64, Error> {
        self.storage.with("sql", |store| store.sql_database_bytes())
    }
}

impl SqlCursor {
    /// The next row; `None` at the end.
    ///
    /// # Errors
    /// `Invalid` when the row cannot be read as `T`, or when running on fails; `Refused` when everything
    /// was deleted meanwhile.
    pub fn next_row<T: FromRow>(&mut self) -> Result<Option<T>, Error> {
        let cursor = &mut self.cursor;
        let row = self.storage.with("sql", |_| Ok(cursor.next_with(|row| T::from_row(&row))?))?;
        row.transpose()
    }

    /// All rows that are left.
    ///
    /// # Errors
    /// As [`next_row`](Self::next_row).
    pub fn rows<T: FromRow>(mut self) -> Result<Vec<T>, Error> {
        let mut rows = Vec::new();
        while let Some(row) = self.next_row()? {
            rows.push(row);
        }
        Ok(rows)
    }

    /// The only row.
    ///
    /// # Errors
    /// As [`next_row`](Self::next_row), and `Invalid` when there is another number of rows.
    pub fn one<T: FromRow>(mut self) -> Result<T, Error> {
        let row = self.next_row()?.ok_or_else(|| not_one("no results"))?;
        if self.cursor.is_done() { Ok(row) } else { Err(not_one("multiple results")) }
    }

    /// The names of the columns in order; empty for a statement that has none.
    #[must_use]
    pub fn column_names(&self) -> &[Box<str>] {
        self.cursor.column_names()
    }

    /// Rows read so far, about.
    ///
    /// # Errors
    /// `Refused` when everything was deleted before the end.
    pub fn rows_read(&self) -> Result<u64, Error> {
        self.cursor.rows_read().map_err(into_error)
    }

    /// Rows and index entries written so far, about.
    ///
    /// # Errors
    /// `Refused` when everything was deleted before the end.
    pub fn rows_written(&self) -> Result<u64, Error> {
        self.cursor.rows_written().map_err(into_error)
    }
}

fn not_one(found: &str) -> Error {
    let message = format!("Expected exactly one result from SQL query, but got {found}.");
    Error::new(ErrorKind::Invalid, message)
}

fn into_error(error: SqlError) -> Error {
    crate::storage::StorageError::Sql(error).into()
}

impl fmt::Debug for SqlCursor {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("SqlCursor").field("column_names", &self.column_names()).finish_non_exhaustive()
    }
}

impl FromSql for SqlValue {
    fn from_sql(value: SqlValueRef<'_>) -> Option<Self> {
        Some(value.to_value())
    }
}

/// NULL is `None`.
impl<T: FromSql> FromSql for Option<T> {
    fn from_sql(value: SqlValueRef<'_>) -> Option<Self> {
        match value {
            SqlValueRef::Null => Some(None),
            value => T::from_sql(value).map(Some),
        }
    }
}

/// An integer, or a real without a fraction: JavaScript writes all its numbers as reals.
impl FromSql for i64 {
    #[allow(clippy::cast_possible_truncation, clippy::cast_precision_loss)]
    fn from_sql(value: SqlValueRef<'_>) -> Option<Self> {
        match value {
            SqlValueRef::Integer(value) => Some(value),
            SqlValueRef::Real(value) => Some(value as i64).filter(|integer| *integer as f64 == value),
            _ => None,
        }
    }
}

impl FromSql for u32 {
    fn from_sql(value: SqlValueRef<'_>) -> Option<Self> {
        i64::from_sql(value)?.try_into().ok()
    }
}

/// A number.
impl FromSql for f64 {
    #[allow(clippy::cast_precision_loss)]
    fn from_sql(value: SqlValueRef<'_>) -> Option<Self> {
        match value {
            SqlValueRef::Integer(value) => Some(value as f64),
            SqlValueRef::Real(value) => Some(value),
            _ => None,
        }
    }
}

/// Text. What is not UTF-8 in it is replaced.
impl FromSql for String {
    fn from_sql(value: SqlValueRef<'_>) -> Option<Self> {
        match value {
            SqlValueRef::Text(text) => Some(Self::from_utf8_lossy(text).into_owned()),
            _ => None,
        }
    }
}

/// A blob.
impl FromSql for Vec<u8> {
    fn from_sql(value: SqlValueRef<'_>) -> Option<Self> {
        match value {
            SqlValueRef::Blob(blob) => Some(blob.to_vec()),
            _ => None,
        }
    }
}

impl FromRow for Vec<SqlValue> {
    fn from_row(row: &Row<'_>) -> Result<Self, Error> {
        Ok(row.values().map(SqlValueRef::to_value).collect())
    }
}

fn column<T: FromSql>(row: &Row<'_>, index: usize) -> Result<T, Error> {
    let value = row.value(index);
    T::from_sql(value).ok_or_else(|| {
        let message = format!("column holds something else: column={index} value={:.100}", value.to_value());
        Error::new(ErrorKind::Invalid, message)
    })
}

macro_rules! tuple_from_row {
    ($count:literal: $($column:ident $index:literal),+) => {
        impl<$($column: FromSql),+> FromRow for ($($column,)+) {
            fn from_row(row: &Row<'_>) -> Result<Self, Error> {
                if row.columns() != $count {
                    let message = format!("row has other columns: columns={} expected={}", row.columns(), $count);
                    return Err(Error::new(ErrorKind::Invalid, message));
                }
                Ok(($(column::<$column>(row, $index)?,)+))
            }
        }
    };
}

tuple_from_row!(1: A 0);
tuple_from_row!(2: A 0, B 1);
tuple_from_row!(3: A 0, B 1, C 2);
tuple_from_row!(4: A 0, B 1, C 2, D 3);
tuple_from_row!(5: A 0, B 1, C 2, D 3, E 4);
tuple_from_row!(6: A 0, B 1, C 2, D 3, E 4, F 5);
tuple_from_row!(7: A 0, B 1, C 2, D 3, E 4, F 5, G 6);
tuple_from_row!(8: A 0, B 1, C 2, D 3, E 4, F 5, G 6, H 7);
