use std::ffi::CString;
use std::rc::Rc;

use crate::connection::{Connection, Often};
use crate::cursor::Cursor;
use crate::error::SqlError;
use crate::limits;
use crate::page::{Commit, PAGE_BYTES, PageSource};
use crate::pages::Pages;
use crate::rules;
use crate::statement::Statement;
use crate::value::ValueRef;
use crate::writes;

/// A database over the pages of a [`PageSource`].
///
/// Statements of programs go through [`exec`](Self::exec), which knows what they may do. The first
/// that writes begins a transaction; [`commit`](Self::commit) ends it and hands over the pages that
/// changed, which the source must answer for from then on. Until then they are in memory only, so
/// dropping the database forgets them.
pub struct Database {
    connection: Rc<Connection>,
}

/// How a database is opened.
#[derive(Clone)]
pub struct Options {
    /// The longest string, blob or row, in bytes. [`limits::VALUE_BYTES_MAX`] unless said otherwise.
    pub value_bytes_max: usize,
    /// Arguments of a function. [`limits::FUNCTION_ARGUMENTS_MAX`] unless said otherwise.
    pub function_arguments_max: usize,
    /// Pages a transaction may change, about; one more fails with `SQLITE_FULL`.
    /// [`limits::TRANSACTION_PAGES_MAX`] unless said otherwise.
    pub transaction_pages_max: usize,
    /// What SQL takes for the time of day, in milliseconds since the Unix epoch. The system's clock
    /// unless said otherwise.
    pub now_ms: Option<Rc<dyn Fn() -> i64>>,
}

impl Default for Options {
    fn default() -> Self {
        Self {
            value_bytes_max: limits::VALUE_BYTES_MAX,
            function_arguments_max: limits::FUNCTION_ARGUMENTS_MAX,
            transaction_pages_max: limits::TRANSACTION_PAGES_MAX,
            now_ms: None,
        }
    }
}

impl Database {
    /// Opens the database that the first `page_count` pages of `source` are. Reads those with the
    /// schema.
    ///
    /// # Errors
    /// When such a page cannot be read, or is damaged.
    pub fn open(source: Box<dyn PageSource>, page_count: u32, options: &Options) -> Result<Self, SqlError> {
        let pages = Pages::new(source, page_count);
        Ok(Self { connection: Rc::new(Connection::open(pages, options)?) })
    }

    /// Runs all statements of `sql`, all but the last to their end, the last to its first row. The
    /// bindings are for the last, by position. Begins a transaction before the first that writes.
    ///
    /// # Errors
    /// When something is refused or fails; what statements before it did stays.
    pub fn exec(&self, sql: &str, bindings: &[ValueRef<'_>]) -> Result<Cursor, SqlError> {
        let cached = self.connection.cache.borrow_mut().take(sql);
        if let Some(statement) = cached {
            return self.start(statement, bindings, true);
        }
        let mut rest = sql;
        loop {
            let (statement, taken) = Statement::prepare(&self.connection, rest)?;
            let statement = statement.ok_or(SqlError::NoStatement)?;
            let is_first = rest.len() == sql.len();
            rest = rest[taken..].trim_start_matches(is_space);
            if rest.is_empty() {
                // The cache is asked for the whole text.
                let cacheable = is_first && statement.text.len() == sql.len();
                return self.start(statement, bindings, cacheable);
            }
            if statement.parameters() > 0 {
                return Err(SqlError::BindingsBeforeLast);
            }
            let mut cursor = self.start(statement, &[], false)?;
            while cursor.next_with(|_| ())?.is_some() {}
        }
    }

    /// Begins a transaction, unless one is open.
    ///
    /// # Errors
    /// When SQLite refuses, which would be a bug.
    pub fn begin(&self) -> Result<(), SqlError> {
        if !self.connection.begun.get() {
            self.connection.run_often(Often::Begin)?;
            self.connection.begun.set(true);
        }
        Ok(())
    }

    /// Commits the open transaction and hands over what it changed; `None` when it changed nothing
    /// or there is none.
    ///
    /// # Errors
    /// When SQLite cannot commit: a deferred constraint is violated, or a cursor of a statement that
    /// writes is open. [`SqlError::TransactionLost`] when SQLite rolled the transaction back before.
    /// Everything the transaction did is rolled back then.
    pub fn commit(&self) -> Result<Option<Commit>, SqlError> {
        if !self.connection.begun.get() {
            return Ok(None);
        }
        let done = if self.is_lost() {
            Err(SqlError::TransactionLost)
        } else {
            self.write(|connection| connection.run_often(Often::Commit))
        };
        match done {
            Ok(()) => {
                self.connection.begun.set(false);
                Ok(self.connection.pages().take_commit())
            }
            Err(error) => {
                self.rollback()?;
                Err(error)
            }
        }
    }

    /// Rolls the open transaction back, if there is one.
    ///
    /// # Errors
    /// When SQLite refuses, which would be a bug.
    pub fn rollback(&self) -> Result<(), SqlError> {
        self.connection.begun.set(false);
        if self.connection.in_transaction() { self.connection.run(c"ROLLBACK") } else { Ok(()) }
    }

    /// Marks a point within the transaction, which is begun if none is open. `depth` tells it from
    /// other open marks; they nest.
    ///
    /// # Errors
    /// When a cursor of a statement that writes is open.
    pub fn savepoint(&self, depth: usize) -> Result<(), SqlError> {
        self.begin()?;
        self.mark("SAVEPOINT", depth)
    }

    /// Forgets a mark and those within it; what was done since stays part of the transaction.
    ///
    /// # Errors
    /// As [`savepoint`](Self::savepoint), and [`SqlError::TransactionLost`] when SQLite rolled the
    /// transaction back.
    pub fn release(&self, depth: usize) -> Result<(), SqlError> {
        if self.is_lost() {
            return Err(SqlError::TransactionLost);
        }
        self.mark("RELEASE", depth)
    }

    /// Undoes everything since a mark, and forgets it and those within it.
    ///
    /// # Errors
    /// [`SqlError::TransactionLost`] when SQLite rolled the transaction back.
    pub fn rollback_to(&self, depth: usize) -> Result<(), SqlError> {
        if self.is_lost() {
            return Err(SqlError::TransactionLost);
        }
        self.mark("ROLLBACK TO", depth)?;
        self.mark("RELEASE", depth)
    }

    /// Whether a transaction is open.
    #[must_use]
    pub fn in_transaction(&self) -> bool {
        self.connection.begun.get()
    }

    /// Whether SQLite rolled the open transaction back by itself, as `INSERT OR ROLLBACK` and some
    /// errors make it. It can no longer be committed.
    #[must_use]
    pub fn is_lost(&self) -> bool {
        self.connection.begun.get() && !self.connection.in_transaction()
    }

    /// Bytes of the pages in use. A database without any counts as one page.
    ///
    /// # Errors
    /// When the first page cannot be read.
    pub fn size_bytes(&self) -> Result<u64, SqlError> {
        let pages = self.number("PRAGMA page_count")?.saturating_sub(self.number("PRAGMA freelist_count")?);
        Ok(pages.max(1) * PAGE_BYTES as u64)
    }

    /// What [`Cursor::rows_written`] says of a cursor that ran the last statement of `sql` and made so
    /// many [`changes`](Cursor::changes): for hosts that do not keep cursors that have ended.
    #[must_use]
    pub fn rows_written(&self, sql: &str, changes: u64) -> u64 {
        let connection = &self.connection;
        let mut last = sql;
        loop {
            let compiled = connection.trusted(|| Statement::prepare(connection, last));
            let (statement, taken) = match compiled {
                Ok((Some(statement), taken)) => (statement, taken),
                Ok((None, _)) => return 0,
                // It made what it would now find there, or dropped what it would miss.
                Err(_) => return writes::of(connection, last, changes),
            };
            let rest = last[taken..].trim_start_matches(is_space);
            if rest.is_empty() {
                return if statement.writes { writes::of(connection, last, changes) } else { 0 };
            }
            last = rest;
        }
    }

    /// What SQLite finds wrong with the database: nothing, if it is whole.
    ///
    /// # Errors
    /// When a page cannot be read.
    pub fn integrity_check(&self) -> Result<Vec<String>, SqlError> {
        let connection = &self.connection;
        connection.trusted(|| {
            let (statement, _) = Statement::prepare(connection, "PRAGMA integrity_check")?;
            let statement = statement.ok_or(SqlError::NoStatement)?;
            let mut found = Vec::new();
            while statement.step(connection)? {
                found.push(statement.column(0).to_value().to_string());
            }
            found.retain(|line| line != "ok");
            Ok(found)
        })
    }

    /// Rebuilds the database without free pages and hands over what that changed. Programs may not.
    ///
    /// # Errors
    /// When a transaction or a cursor is open.
    pub fn vacuum(&self) -> Result<Option<Commit>, SqlError> {
        self.connection.allow_attached(1);
        let done = self.write(|connection| connection.run(c"VACUUM"));
        self.connection.allow_attached(0);
        done?;
        Ok(self.connection.pages().take_commit())
    }

    /// Makes every open cursor fail with [`SqlError::Deleted`], for the end of a database whose pages
    /// are gone.
    pub fn delete(self) {
        self.connection.deleted.set(true);
    }

    /// Whether closing it and opening it again would go unnoticed: no transaction and no cursor is
    /// open, and no program changed a setting of the connection or asked what it did last.
    #[must_use]
    pub fn is_idle(&self) -> bool {
        let connection = &self.connection;
        connection.cursors.get() == 0 && !connection.begun.get() && !connection.is_relied_upon()
    }

    fn start(
        &self,
        statement: Statement,
        bindings: &[ValueRef<'_>],
        cacheable: bool,
    ) -> Result<Cursor, SqlError> {
        if statement.parameters() != bindings.len() {
            return Err(SqlError::BindingCount);
        }
        for (index, value) in bindings.iter().enumerate() {
            statement.bind(&self.connection, index + 1, *value)?;
        }
        if statement.writes {
            self.begin()?;
            if self.connection.is_over_limit() {
                return Err(SqlError::full());
            }
        }
        if statement.alters {
            return self.alter(statement);
        }
        Cursor::start(self.connection.clone(), statement, cacheable)
    }

    /// Runs an ALTER TABLE, and undoes it if it gave something a reserved name: the authorizer is not
    /// told the new one.
    fn alter(&self, statement: Statement) -> Result<Cursor, SqlError> {
        self.connection.run(c"SAVEPOINT altering")?;
        let done = Cursor::start(self.connection.clone(), statement, false).and_then(|cursor| {
            if self.has_reserved_name()? { Err(SqlError::not_authorized()) } else { Ok(cursor) }
        });
        if !self.is_lost() {
            if done.is_err() {
                self.connection.run(c"ROLLBACK TO altering")?;
            }
            self.connection.run(c"RELEASE altering")?;
        }
        done
    }

    fn has_reserved_name(&self) -> Result<bool, SqlError> {
        let connection = &self.connection;
        connection.trusted(|| {
            let (statement, _) = Statement::prepare(connection, "SELECT name FROM sqlite_schema")?;
            let statement = statement.ok_or(SqlError::NoStatement)?;
            while statement.step(connection)? {
                if matches!(statement.column(0), ValueRef::Text(name) if rules::is_reserved(name)) {
                    return Ok(true);
                }
            }
            Ok(false)
        })
    }

    /// Runs a statement of ours that may write pages.
    fn write(&self, run: impl FnOnce(&Connection) -> Result<(), SqlError>) -> Result<(), SqlError> {
        self.connection.pages().set_writable(true);
        let done = run(&self.connection);
        self.connection.pages().set_writable(false);
        done
    }

    fn mark(&self, verb: &str, depth: usize) -> Result<(), SqlError> {
        let sql = CString::new(format!("{verb} mark_{depth}")).expect("no zero in it");
        self.connection.run(&sql)
    }

    fn number(&self, pragma: &str) -> Result<u64, SqlError> {
        let found = self.connection.trusted(|| self.connection.text(pragma))?;
        Ok(found.and_then(|found| found.parse().ok()).unwrap_or_default())
    }
}

/// What C calls white space, which ends a text of SQL.
fn is_space(c: char) -> bool {
    matches!(c, ' ' | '\t' | '\n' | '\u{b}' | '\u{c}' | '\r')
}
