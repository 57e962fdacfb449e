//! SQL of a store: a database over the pages of the engine, opened when it is first used.
//!
//! Its first write of a turn begins a transaction, and marks of the store's transactions become
//! savepoints once SQL is used inside them. The end of the turn commits first, so what SQL changed is
//! in the record beside keys and alarm, or none of it is.

use std::cell::Cell;
use std::collections::HashMap;
use std::rc::Rc;
use std::sync::Arc;

use bytes::Bytes;
use steadfast_sqlite::{Commit, Cursor, Database, Options, PageSource, SourceError, SqlError, ValueRef};

use super::bounds::Backing;
use super::{StorageError, Store};
use crate::engine::{Engine, ObjectNo, PageNo};
use crate::limits;

/// A cursor a store keeps for its host. Never reused within a store.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug)]
pub struct SqlCursorNo(pub u64);

/// The database of an object, as far as it was used.
pub(super) struct Sql {
    database: Option<Database>,
    /// Whose pages the database reads; none before the object's first record.
    object: Rc<Cell<Option<ObjectNo>>>,
    /// The size that was last submitted.
    stored_pages: u32,
    /// How often the database was asked for.
    uses: u64,
    /// How many of the store's transactions, outermost first, have a savepoint.
    savepoints: usize,
    cursors: HashMap<SqlCursorNo, Cursor>,
    last_cursor: u64,
}

impl Store {
    /// Runs SQL in the open turn and its innermost transaction: all statements but the last to their
    /// end, the last to its first row. The bindings are for the last, by position.
    ///
    /// The cursor outlives the call; while one is open, rows written later may appear in it. One of a
    /// statement that writes must have ended before the turn does.
    ///
    /// # Errors
    /// [`StorageError::Sql`] with the message of the real runtime, and
    /// [`StorageError::SqlNotEnabled`] when the class was not declared to use SQLite. What statements
    /// before a failing one did stays.
    pub fn sql_exec(&mut self, sql: &str, bindings: &[ValueRef<'_>]) -> Result<Cursor, StorageError> {
        Ok(self.database_in_turn()?.exec(sql, bindings)?)
    }

    /// Keeps a cursor under a number, until it is given up, everything is deleted or the store is
    /// dropped.
    pub fn sql_keep(&mut self, cursor: Cursor) -> SqlCursorNo {
        self.sql.last_cursor += 1;
        let no = SqlCursorNo(self.sql.last_cursor);
        self.sql.cursors.insert(no, cursor);
        no
    }

    /// A cursor that is kept; `None` when it was given up.
    pub fn sql_cursor(&mut self, no: SqlCursorNo) -> Option<&mut Cursor> {
        self.sql.cursors.get_mut(&no)
    }

    /// Gives up a cursor. Doing so again has no effect.
    pub fn sql_close(&mut self, no: SqlCursorNo) {
        self.sql.cursors.remove(&no);
    }

    /// Bytes of the database's pages in use, as the open turn sees them. One page if there are none.
    ///
    /// # Errors
    /// As [`sql_exec`](Self::sql_exec).
    pub fn sql_database_bytes(&mut self) -> Result<u64, StorageError> {
        Ok(self.database()?.size_bytes()?)
    }

    /// What [`Cursor::rows_written`] says of a cursor that ran `sql` and made so many changes.
    ///
    /// # Errors
    /// As [`sql_exec`](Self::sql_exec).
    pub fn sql_rows_written(&mut self, sql: &str, changes: u64) -> Result<u64, StorageError> {
        Ok(self.database()?.rows_written(sql, changes))
    }

    /// Closes the database if nobody would notice; the next use opens it again. An open one costs
    /// some 40 KB.
    pub fn sql_release_idle(&mut self) {
        if self.sql.database.as_ref().is_some_and(Database::is_idle) {
            self.sql.database = None;
        }
    }

    /// Whether the database is open.
    #[must_use]
    pub fn sql_is_open(&self) -> bool {
        self.sql.database.is_some()
    }

    /// How often SQL was run: while this stays, the database is idle.
    #[must_use]
    pub fn sql_uses(&self) -> u64 {
        self.sql.uses
    }

    /// The database with a savepoint for each open transaction. In a turn that wrote anything it has a
    /// transaction too, so that settings change only before the first write, as in the real runtime.
    fn database_in_turn(&mut self) -> Result<&Database, StorageError> {
        let (depth, dirty) = (self.transactions.depth(), self.is_dirty());
        let open = self.sql.savepoints;
        let database = self.database()?;
        if dirty {
            database.begin()?;
        }
        for depth in open + 1..=depth {
            self.database()?.savepoint(depth)?;
            self.sql.savepoints = depth;
        }
        self.database()
    }

    fn database(&mut self) -> Result<&Database, StorageError> {
        if self.bounds().backing() == Backing::KeyValue {
            return Err(StorageError::SqlNotEnabled);
        }
        self.sql.uses += 1;
        if self.sql.database.is_none() {
            let options = Options {
                value_bytes_max: self.bounds().sql_value_bytes_max(),
                function_arguments_max: self.bounds().sql_function_arguments_max(),
                transaction_pages_max: limits::SQL_TURN_PAGES_MAX,
                now_ms: self
                    .clock
                    .clone()
                    .map(|clock| Rc::new(move || clock.now_ms()) as Rc<dyn Fn() -> i64>),
            };
            self.sql.object.set(self.number);
            let pages = EnginePages { engine: self.engine.clone(), object: self.sql.object.clone() };
            let page_count = if self.pending.hides_committed() { 0 } else { self.sql.stored_pages };
            self.sql.database = Some(Database::open(Box::new(pages), page_count, &options)?);
        }
        Ok(self.sql.database.as_ref().expect("it was just opened"))
    }
}

impl Sql {
    pub(super) fn stored(stored_pages: u32) -> Self {
        Self {
            database: None,
            object: Rc::default(),
            stored_pages,
            uses: 0,
            savepoints: 0,
            cursors: HashMap::new(),
            last_cursor: 0,
        }
    }

    /// Whether the turn has to commit it.
    pub(super) fn in_transaction(&self) -> bool {
        self.database.as_ref().is_some_and(Database::in_transaction)
    }

    /// Commits the turn's transaction and gives what it changed.
    pub(super) fn commit(&mut self) -> Result<Option<Commit>, SqlError> {
        self.savepoints = 0;
        self.database.as_ref().map_or(Ok(None), Database::commit)
    }

    /// The size of the database, if the engine does not have it already.
    pub(super) fn resized(&self, pages: u32, reset: bool) -> Option<u32> {
        let stored = if reset { 0 } else { self.stored_pages };
        (pages != stored).then_some(pages)
    }

    /// A record was submitted that holds what the last commit changed.
    pub(super) fn submitted(&mut self, object: ObjectNo, database_pages: Option<u32>) {
        self.object.set(Some(object));
        self.stored_pages = database_pages.unwrap_or(self.stored_pages);
    }

    /// Forgets what was not submitted, and every cursor.
    pub(super) fn discard(&mut self) {
        self.cursors.clear();
        self.database = None;
        self.savepoints = 0;
    }

    /// Forgets everything: cursors fail from now on.
    pub(super) fn delete(&mut self) {
        if let Some(database) = self.database.take() {
            database.delete();
        }
        self.savepoints = 0;
    }

    /// The transaction at this depth, the innermost, is committed into the one around it.
    pub(super) fn release(&mut self, depth: usize) -> Result<(), SqlError> {
        if self.savepoints < depth {
            return Ok(());
        }
        self.savepoints = depth - 1;
        self.database.as_ref().map_or(Ok(()), |database| database.release(depth))
    }

    /// The transaction at this depth is undone, with those inside it.
    pub(super) fn roll_back_to(&mut self, depth: usize) -> Result<(), SqlError> {
        if self.savepoints < depth {
            return Ok(());
        }
        self.savepoints = depth - 1;
        self.database.as_ref().map_or(Ok(()), |database| database.rollback_to(depth))
    }
}

/// The pages of an object in an engine.
struct EnginePages {
    engine: Arc<dyn Engine>,
    object: Rc<Cell<Option<ObjectNo>>>,
}

impl PageSource for EnginePages {
    fn page(&self, no: u32) -> Result<Option<Bytes>, SourceError> {
        let Some(object) = self.object.get() else { return Ok(None) };
        Ok(self.engine.page(object, PageNo(no))?)
    }
}

// What must hold between the layers.
const _: () = assert!(limits::SQL_PAGE_BYTES == steadfast_sqlite::PAGE_BYTES);
