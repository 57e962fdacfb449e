use std::fmt;
use std::sync::Arc;

use crate::names;

/// Why SQL was refused or failed.
///
/// The messages are those of Durable Objects, byte for byte, because programs compare them.
#[derive(Clone, Debug)]
#[non_exhaustive]
pub enum SqlError {
    /// SQLite refused or failed.
    Sqlite(Failure),
    /// There was nothing to run, or text without a statement behind the last one.
    NoStatement,
    /// A statement before the last has parameters.
    BindingsBeforeLast,
    /// More or fewer bindings than the statement has parameters.
    BindingCount,
    /// BEGIN, COMMIT, SAVEPOINT and their kin.
    TransactionStatement,
    /// The database was deleted while the cursor was open.
    Deleted,
    /// An earlier statement of the transaction made SQLite roll all of it back.
    TransactionLost,
    /// A page could not be read.
    Source(Arc<dyn std::error::Error + Send + Sync>),
}

/// What SQLite said.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Failure {
    /// Its message.
    pub message: String,
    /// Where in the text of the statement, in bytes, if anywhere.
    pub offset: Option<u32>,
    /// Its extended result code.
    pub code: i32,
}

impl SqlError {
    pub(crate) fn full() -> Self {
        Self::Sqlite(Failure { message: "database or disk is full".to_owned(), offset: None, code: 13 })
    }

    pub(crate) fn not_authorized() -> Self {
        Self::Sqlite(Failure { message: "not authorized".to_owned(), offset: None, code: 23 })
    }

    /// Whether a constraint was violated.
    #[must_use]
    pub fn is_constraint(&self) -> bool {
        matches!(self, Self::Sqlite(failure) if failure.code & 0xff == 19)
    }

    /// Whether the database is damaged.
    #[must_use]
    pub fn is_corrupt(&self) -> bool {
        matches!(self, Self::Sqlite(failure) if matches!(failure.code & 0xff, 11 | 26))
    }
}

impl fmt::Display for SqlError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Sqlite(failure) => failure.fmt(f),
            Self::NoStatement => f.write_str("SQL code did not contain a statement."),
            Self::BindingsBeforeLast => f.write_str(
                "When executing multiple SQL statements in a single call, only the last statement can have \
                 parameters.",
            ),
            Self::BindingCount => f.write_str("Wrong number of parameter bindings for SQL query."),
            Self::TransactionStatement => f.write_str(
                "To execute a transaction, please use the state.storage.transaction() or \
                 state.storage.transactionSync() APIs instead of the SQL BEGIN TRANSACTION or SAVEPOINT \
                 statements. The JavaScript API is safer because it will automatically roll back on \
                 exceptions, and because it interacts correctly with Durable Objects' automatic atomic write \
                 coalescing.",
            ),
            Self::Deleted => f.write_str("SQLite query was canceled because the database was deleted."),
            Self::TransactionLost => {
                f.write_str("Cannot commit transaction due to an earlier SQL critical error")
            }
            Self::Source(_) => f.write_str("a page of the database could not be read"),
        }
    }
}

impl fmt::Display for Failure {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.message)?;
        if let Some(offset) = self.offset {
            write!(f, " at offset {offset}")?;
        }
        write!(f, ": {}", names::primary(self.code))?;
        match names::extended(self.code) {
            Some(name) => write!(f, " (extended: {name})"),
            None => Ok(()),
        }
    }
}

impl std::error::Error for SqlError {
    fn source(&self) -> Option<&(dyn std::error::Error + 'static)> {
        match self {
            Self::Source(source) => Some(&**source),
            _ => None,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn messages_name_offset_and_both_codes() {
        let text = |message: &str, offset, code| {
            SqlError::Sqlite(Failure { message: message.to_owned(), offset, code }).to_string()
        };
        assert_eq!(text("no such table: t", None, 1), "no such table: t: SQLITE_ERROR");
        assert_eq!(text("syntax error", Some(0), 1), "syntax error at offset 0: SQLITE_ERROR");
        assert_eq!(
            text("UNIQUE constraint failed: u.a", None, 2067),
            "UNIQUE constraint failed: u.a: SQLITE_CONSTRAINT (extended: SQLITE_CONSTRAINT_UNIQUE)"
        );
    }
}
