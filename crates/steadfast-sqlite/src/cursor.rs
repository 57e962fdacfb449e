use std::rc::Rc;

use crate::connection::Connection;
use crate::error::SqlError;
use crate::statement::Statement;
use crate::value::{Value, ValueRef};
use crate::writes;

/// The rows of a statement, one read ahead.
///
/// Holds its connection, so it outlives the call that made it and even the
/// [`Database`](crate::Database). It takes no snapshot: rows written meanwhile may appear. Dropping
/// it ends the statement; what that has changed stays.
pub struct Cursor {
    state: State,
    names: Rc<[Box<str>]>,
    /// The text of the statement.
    text: Rc<str>,
    reads: bool,
    writes: bool,
    /// Whether its statement may be kept compiled.
    cacheable: bool,
    /// Rows read, once the statement has ended.
    rows_read: u64,
    /// Whether anything was found or changed.
    touched: bool,
    changes: u64,
    connection: Rc<Connection>,
}

enum State {
    /// The statement stands on a row that was not returned yet.
    Row(Statement),
    Ended,
    Failed(SqlError),
}

impl Cursor {
    /// Runs a statement to its first row.
    pub(crate) fn start(
        connection: Rc<Connection>,
        statement: Statement,
        cacheable: bool,
    ) -> Result<Self, SqlError> {
        statement.reset_counters();
        let mut cursor = Self {
            names: Rc::default(),
            text: statement.text.clone(),
            reads: statement.reads,
            writes: statement.writes,
            cacheable,
            state: State::Row(statement),
            rows_read: 0,
            touched: false,
            changes: 0,
            connection,
        };
        cursor.connection.cursors.update(|cursors| cursors + 1);
        let done = cursor.step();
        if let State::Row(statement) = &cursor.state {
            cursor.names = statement.names();
        }
        done.map(|()| cursor)
    }

    /// The names of the columns in order; empty for a statement that has none.
    #[must_use]
    pub fn column_names(&self) -> &[Box<str>] {
        &self.names
    }

    /// Hands the next row to `row`, then runs on to the one behind it. `None` at the end.
    ///
    /// # Errors
    /// When running on fails: the row handed over last is lost then, as in the real runtime, and
    /// every later call fails alike. [`SqlError::Deleted`] when the database was deleted.
    pub fn next_with<T>(&mut self, row: impl FnOnce(Row<'_>) -> T) -> Result<Option<T>, SqlError> {
        if self.connection.deleted.get() && matches!(self.state, State::Row(_)) {
            self.end(State::Failed(SqlError::Deleted));
        }
        let found = match &self.state {
            State::Row(statement) => row(Row { statement }),
            State::Ended => return Ok(None),
            State::Failed(error) => return Err(error.clone()),
        };
        self.step()?;
        Ok(Some(found))
    }

    /// The next row, owned.
    ///
    /// # Errors
    /// As [`next_with`](Self::next_with).
    pub fn next_row(&mut self) -> Result<Option<Vec<Value>>, SqlError> {
        self.next_with(|row| row.values().map(ValueRef::to_value).collect())
    }

    /// All rows that are left.
    ///
    /// # Errors
    /// As [`next_with`](Self::next_with).
    pub fn rows(mut self) -> Result<Vec<Vec<Value>>, SqlError> {
        let mut rows = Vec::new();
        while let Some(row) = self.next_row()? {
            rows.push(row);
        }
        Ok(rows)
    }

    /// Whether all rows were returned.
    #[must_use]
    pub fn is_done(&self) -> bool {
        matches!(self.state, State::Ended)
    }

    /// Whether its statement may change the database: it must end before the transaction does.
    #[must_use]
    pub fn is_writing(&self) -> bool {
        self.writes
    }

    /// Rows changed so far, without the index entries that went with them.
    #[must_use]
    pub fn changes(&self) -> u64 {
        self.changes
    }

    /// Rows read so far, about: stock SQLite does not count them. Greater than 0 when any was.
    ///
    /// # Errors
    /// [`SqlError::Deleted`] when the database was deleted before the end.
    pub fn rows_read(&self) -> Result<u64, SqlError> {
        match &self.state {
            _ if self.is_deleted() => Err(SqlError::Deleted),
            State::Row(statement) => Ok(self.read_by(statement)),
            State::Ended | State::Failed(_) => Ok(self.rows_read),
        }
    }

    /// Rows and index entries written so far, about: stock SQLite does not count them. Greater than
    /// 0 when any was.
    ///
    /// # Errors
    /// [`SqlError::Deleted`] when the database was deleted before the end.
    pub fn rows_written(&self) -> Result<u64, SqlError> {
        if self.is_deleted() {
            return Err(SqlError::Deleted);
        }
        // SQLite tells how many rows a statement changed when it has ended; one that stands on a row of
        // its RETURNING has changed that one at least.
        let changes = self.changes.max(u64::from(matches!(self.state, State::Row(_))));
        Ok(if self.writes { writes::of(&self.connection, &self.text, changes) } else { 0 })
    }

    fn is_deleted(&self) -> bool {
        match &self.state {
            State::Row(_) => self.connection.deleted.get(),
            State::Failed(error) => matches!(error, SqlError::Deleted),
            State::Ended => false,
        }
    }

    fn step(&mut self) -> Result<(), SqlError> {
        let State::Row(statement) = &self.state else { return Ok(()) };
        let changes = self.connection.total_changes();
        let stepped = statement.step(&self.connection);
        self.changes += self.connection.total_changes() - changes;
        self.touched |= matches!(stepped, Ok(true)) || self.changes > 0;
        match stepped {
            Ok(true) => Ok(()),
            Ok(false) => {
                if self.names.is_empty() {
                    self.names = statement.names();
                }
                self.end(State::Ended);
                Ok(())
            }
            Err(error) => {
                self.end(State::Failed(error.clone()));
                Err(error)
            }
        }
    }

    /// Stops the statement and gives it back.
    fn end(&mut self, state: State) {
        let State::Row(statement) = std::mem::replace(&mut self.state, state) else { return };
        self.rows_read = self.read_by(&statement);
        self.connection.cursors.update(|cursors| cursors - 1);
        statement.reset();
        if self.cacheable && !self.connection.deleted.get() {
            self.connection.cache.borrow_mut().put(statement);
        }
    }

    /// Where a loop starts is not counted, so one row is added if there was any.
    fn read_by(&self, statement: &Statement) -> u64 {
        let stepped = statement.rows_stepped();
        stepped + u64::from(stepped > 0 || self.reads && self.touched)
    }
}

impl Drop for Cursor {
    fn drop(&mut self) {
        self.end(State::Ended);
    }
}

/// A row a cursor stands on.
pub struct Row<'a> {
    statement: &'a Statement,
}

impl<'a> Row<'a> {
    /// How many columns it has.
    #[must_use]
    pub fn columns(&self) -> usize {
        self.statement.columns()
    }

    /// The value of a column, counted from 0. NULL if there is no such column.
    #[must_use]
    pub fn value(&self, index: usize) -> ValueRef<'a> {
        self.statement.column(index)
    }

    /// All values in order.
    pub fn values(&self) -> impl Iterator<Item = ValueRef<'a>> + use<'a> {
        let statement = self.statement;
        (0..statement.columns()).map(|index| statement.column(index))
    }
}
