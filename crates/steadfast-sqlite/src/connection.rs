//! One connection to SQLite, set up for pages in memory and one user.

#![allow(unsafe_code)]

use std::cell::{Cell, OnceCell, RefCell};
use std::ffi::{CStr, c_int, c_void};
use std::ptr::{self, NonNull};
use std::rc::Rc;
use std::sync::atomic::{AtomicBool, Ordering};

use libsqlite3_sys as ffi;

use crate::authorizer::{Authorizer, Seen};
use crate::cache::StatementCache;
use crate::database::Options;
use crate::error::{Failure, SqlError};
use crate::pages::Pages;
use crate::statement::Statement;
use crate::{functions, limits, math, vfs};

/// An open connection. Cursors share it, so it closes when the last of them is gone.
pub(crate) struct Connection {
    db: NonNull<ffi::sqlite3>,
    pages: Rc<RefCell<Pages>>,
    /// SQLite holds its address.
    authorizer: Box<Authorizer>,
    /// SQLite holds its address.
    watch: Box<Watch>,
    math_registered: Cell<bool>,
    /// What SQL takes for the time of day, if not the system's.
    now_ms: Option<Rc<dyn Fn() -> i64>>,
    /// The statements of ours that run often, once they were needed.
    often: [OnceCell<Statement>; 2],
    /// Idle statements; emptied before the connection closes.
    pub(crate) cache: RefCell<StatementCache>,
    /// Whether a transaction was begun and not ended by us.
    pub(crate) begun: Cell<bool>,
    /// Cursors that stand on a row.
    pub(crate) cursors: Cell<usize>,
    /// Whether the database was deleted under its cursors.
    pub(crate) deleted: Cell<bool>,
}

/// A statement of ours that runs often.
#[derive(Clone, Copy)]
pub(crate) enum Often {
    Begin,
    Commit,
}

/// Stops a statement that changes too many pages.
struct Watch {
    db: Cell<*mut ffi::sqlite3>,
    pages_max: usize,
    exceeded: Cell<bool>,
}

impl Connection {
    pub(crate) fn open(pages: Pages, options: &Options) -> Result<Self, SqlError> {
        let pages = Rc::new(RefCell::new(pages));
        let flags = ffi::SQLITE_OPEN_READWRITE
            | ffi::SQLITE_OPEN_CREATE
            | ffi::SQLITE_OPEN_NOMUTEX
            | ffi::SQLITE_OPEN_EXRESCODE;
        let mut db = ptr::null_mut();
        // SAFETY: both names end in zero; SQLite fills `db` even when it fails, unless out of memory.
        let code = vfs::with_pages(pages.clone(), || unsafe {
            ffi::sqlite3_open_v2(vfs::FILE.as_ptr(), &raw mut db, flags, vfs::NAME.as_ptr())
        });
        let Some(db) = NonNull::new(db) else { return Err(failure("out of memory", ffi::SQLITE_NOMEM)) };
        let connection = Self {
            db,
            pages,
            authorizer: Box::default(),
            watch: Box::new(Watch {
                db: Cell::new(db.as_ptr()),
                pages_max: options.transaction_pages_max,
                exceeded: Cell::new(false),
            }),
            math_registered: Cell::new(false),
            now_ms: options.now_ms.clone(),
            often: Default::default(),
            cache: RefCell::default(),
            begun: Cell::new(false),
            cursors: Cell::new(0),
            deleted: Cell::new(false),
        };
        connection.check(code)?;
        connection.configure(options)?;
        Ok(connection)
    }

    fn configure(&self, options: &Options) -> Result<(), SqlError> {
        let db = self.raw();
        let bounds = [
            (ffi::SQLITE_LIMIT_LENGTH, options.value_bytes_max),
            (ffi::SQLITE_LIMIT_SQL_LENGTH, limits::SQL_BYTES_MAX),
            (ffi::SQLITE_LIMIT_COLUMN, limits::COLUMNS_MAX),
            (ffi::SQLITE_LIMIT_EXPR_DEPTH, limits::EXPRESSION_DEPTH_MAX),
            (ffi::SQLITE_LIMIT_COMPOUND_SELECT, limits::COMPOUND_SELECT_MAX),
            (ffi::SQLITE_LIMIT_FUNCTION_ARG, options.function_arguments_max),
            (ffi::SQLITE_LIMIT_ATTACHED, 0),
            (ffi::SQLITE_LIMIT_LIKE_PATTERN_LENGTH, limits::LIKE_PATTERN_BYTES_MAX),
            (ffi::SQLITE_LIMIT_VARIABLE_NUMBER, limits::PARAMETERS_MAX),
            (ffi::SQLITE_LIMIT_TRIGGER_DEPTH, limits::TRIGGER_DEPTH_MAX),
            (ffi::SQLITE_LIMIT_WORKER_THREADS, 0),
        ];
        // SAFETY: `db` is open; every option gets the arguments it takes. The authorizer and the watch are
        // boxed, so they stay where they are until this connection, which owns them, has closed `db`.
        unsafe {
            ffi::sqlite3_db_config(db, ffi::SQLITE_DBCONFIG_LOOKASIDE, ptr::null_mut::<c_void>(), 0, 0);
            ffi::sqlite3_db_config(db, ffi::SQLITE_DBCONFIG_DEFENSIVE, 1, ptr::null_mut::<c_int>());
            ffi::sqlite3_db_config(db, ffi::SQLITE_DBCONFIG_ENABLE_FKEY, 1, ptr::null_mut::<c_int>());
            for (limit, value) in bounds {
                ffi::sqlite3_limit(db, limit, c_int::try_from(value).expect("limits are small"));
            }
            let mut keep = MODULES.map(|name| name.map_or(ptr::null(), CStr::as_ptr));
            self.check(ffi::sqlite3_drop_modules(db, keep.as_mut_ptr()))?;
            let watch = ptr::from_ref(&*self.watch).cast_mut().cast::<c_void>();
            let every = c_int::try_from(limits::LOOK_OPERATIONS).expect("limits are small");
            ffi::sqlite3_progress_handler(db, every, Some(look), watch);
        }
        self.run(SETTINGS)?;
        // SAFETY: as above.
        unsafe { Authorizer::install(&self.authorizer, db) };
        self.assert_settings()
    }

    /// What the pages rely on: nothing but a commit of ours writes, and nobody else reads.
    /// Settings depend on nothing, so one connection speaks for all.
    fn assert_settings(&self) -> Result<(), SqlError> {
        static ASSERTED: AtomicBool = AtomicBool::new(false);
        if ASSERTED.swap(true, Ordering::Relaxed) {
            return Ok(());
        }
        for (pragma, expected) in INVARIANTS {
            let found = self.trusted(|| self.text(pragma))?;
            assert_eq!(found.as_deref(), Some(expected), "{pragma} must hold");
        }
        Ok(())
    }

    pub(crate) fn raw(&self) -> *mut ffi::sqlite3 {
        self.db.as_ptr()
    }

    /// Runs statements of ours that return no rows.
    pub(crate) fn run(&self, sql: &CStr) -> Result<(), SqlError> {
        // SAFETY: the connection is open and the text ends in zero.
        let code = self.trusted(|| unsafe {
            ffi::sqlite3_exec(self.raw(), sql.as_ptr(), None, ptr::null_mut(), ptr::null_mut())
        });
        self.check(code)
    }

    /// Runs a statement of ours that stays compiled.
    pub(crate) fn run_often(&self, often: Often) -> Result<(), SqlError> {
        let (slot, sql) = match often {
            Often::Begin => (&self.often[0], "BEGIN"),
            Often::Commit => (&self.often[1], "COMMIT"),
        };
        if slot.get().is_none() {
            let (statement, _) = self.trusted(|| Statement::prepare(self, sql))?;
            slot.get_or_init(|| statement.expect("the text is a statement"));
        }
        let statement = slot.get().expect("it was just compiled");
        let done = self.trusted(|| statement.step(self));
        statement.reset();
        done.map(|_| ())
    }

    /// Runs `step` by the connection's own time of day.
    pub(crate) fn timed<T>(&self, step: impl FnOnce() -> T) -> T {
        match &self.now_ms {
            Some(now_ms) => vfs::with_time(now_ms.clone(), step),
            None => step(),
        }
    }

    /// The first column of the first row, as text.
    pub(crate) fn text(&self, sql: &str) -> Result<Option<String>, SqlError> {
        let (statement, _) = Statement::prepare(self, sql)?;
        let Some(statement) = statement else { return Ok(None) };
        if !statement.step(self)? {
            return Ok(None);
        }
        match statement.column(0).to_value() {
            crate::Value::Null => Ok(None),
            value => Ok(Some(value.to_string())),
        }
    }

    /// Runs something of ours past the authorizer.
    pub(crate) fn trusted<T>(&self, run: impl FnOnce() -> T) -> T {
        self.authorizer.trust(run)
    }

    /// Another statement is compiled now.
    pub(crate) fn start_compiling(&self) {
        self.authorizer.start();
    }

    /// What the statement compiled last wants.
    pub(crate) fn seen(&self) -> Seen {
        self.authorizer.seen()
    }

    /// Whether a program has changed a setting of the connection, or asked what it did last.
    pub(crate) fn is_relied_upon(&self) -> bool {
        self.authorizer.is_relied_upon()
    }

    /// Whether a statement that failed with this error would compile with the functions of [`math`].
    pub(crate) fn register_missing(&self, error: &SqlError) -> Result<bool, SqlError> {
        let SqlError::Sqlite(failure) = error else { return Ok(false) };
        // The second is for one that the schema names.
        let name = failure.message.strip_prefix("no such function: ").or_else(|| {
            failure.message.strip_prefix("unknown function: ").and_then(|name| name.strip_suffix("()"))
        });
        let Some(name) = name else { return Ok(false) };
        if self.math_registered.get() || !math::has(name) {
            return Ok(false);
        }
        self.math_registered.set(true);
        // SAFETY: the connection is open.
        self.check(unsafe { math::register(self.raw()) })?;
        Ok(true)
    }

    /// Whether SQLite sees a transaction.
    pub(crate) fn in_transaction(&self) -> bool {
        // SAFETY: the connection is open.
        unsafe { ffi::sqlite3_get_autocommit(self.raw()) == 0 }
    }

    /// Rows inserted, changed and deleted since the connection opened.
    pub(crate) fn total_changes(&self) -> u64 {
        // SAFETY: the connection is open.
        unsafe { ffi::sqlite3_total_changes64(self.raw()) }.unsigned_abs()
    }

    /// How many databases may be attached: one while VACUUM runs, which attaches its copy.
    pub(crate) fn allow_attached(&self, count: c_int) {
        // SAFETY: the connection is open.
        unsafe { ffi::sqlite3_limit(self.raw(), ffi::SQLITE_LIMIT_ATTACHED, count) };
    }

    pub(crate) fn is_over_limit(&self) -> bool {
        cached_pages(self.raw()) > self.watch.pages_max
    }

    pub(crate) fn pages(&self) -> std::cell::RefMut<'_, Pages> {
        self.pages.borrow_mut()
    }

    pub(crate) fn check(&self, code: c_int) -> Result<(), SqlError> {
        if code == ffi::SQLITE_OK { Ok(()) } else { Err(self.error(code)) }
    }

    /// The error behind the result code of the last call.
    pub(crate) fn error(&self, code: c_int) -> SqlError {
        if let Some(source) = self.pages().take_failure() {
            return SqlError::Source(source);
        }
        if self.watch.exceeded.take() && code & 0xff == ffi::SQLITE_INTERRUPT {
            return SqlError::full();
        }
        if code & 0xff == ffi::SQLITE_AUTH && self.authorizer.seen().transaction {
            return SqlError::TransactionStatement;
        }
        // SAFETY: the connection is open; the message ends in zero and is copied before the next call.
        let (message, offset) = unsafe {
            let message = CStr::from_ptr(ffi::sqlite3_errmsg(self.raw())).to_string_lossy().into_owned();
            (message, ffi::sqlite3_error_offset(self.raw()))
        };
        let message = match message.strip_prefix("not authorized to use function: ") {
            Some(name) if functions::is_unknown(name) => format!("no such function: {name}"),
            // The words of the newer SQLite in the real runtime.
            _ if message == "too many levels of trigger recursion" => "triggers nested too deep".to_owned(),
            _ => message,
        };
        SqlError::Sqlite(Failure { message, offset: u32::try_from(offset).ok(), code })
    }
}

impl Drop for Connection {
    fn drop(&mut self) {
        self.cache.borrow_mut().clear();
        self.often = Default::default();
        // SAFETY: closed once; every other statement holds a share of the connection, so none is left.
        let code = unsafe { ffi::sqlite3_close(self.db.as_ptr()) };
        debug_assert_eq!(code, ffi::SQLITE_OK, "no statement outlives its connection");
    }
}

unsafe extern "C" fn look(watch: *mut c_void) -> c_int {
    // SAFETY: `configure` passed a watch that outlives the connection, and SQLite calls on its thread.
    let watch = unsafe { &*watch.cast::<Watch>() };
    let exceeded = cached_pages(watch.db.get()) > watch.pages_max;
    watch.exceeded.set(exceeded);
    c_int::from(exceeded)
}

/// Pages in SQLite's cache: those the transaction changed, and few more.
fn cached_pages(db: *mut ffi::sqlite3) -> usize {
    /// What SQLite keeps beside the image of a page, about.
    const OVERHEAD: usize = 256;
    let (mut used, mut highest) = (0, 0);
    // SAFETY: the connection is open: only it and its progress handler ask.
    unsafe {
        ffi::sqlite3_db_status(db, ffi::SQLITE_DBSTATUS_CACHE_USED, &raw mut used, &raw mut highest, 0)
    };
    used.unsigned_abs() as usize / (crate::PAGE_BYTES + OVERHEAD)
}

fn failure(message: &str, code: c_int) -> SqlError {
    SqlError::Sqlite(Failure { message: message.to_owned(), offset: None, code })
}

/// The virtual tables that stay; others of the bundled build are unknown to the real runtime.
/// SQLite wants a null at the end.
const MODULES: [Option<&CStr>; 7] = [
    Some(c"fts5"),
    Some(c"fts5vocab"),
    Some(c"rtree"),
    Some(c"rtree_i32"),
    Some(c"json_each"),
    Some(c"json_tree"),
    None,
];

/// In `cache_size` as many pages as [`limits::CACHE_PAGES`].
const SETTINGS: &CStr =
    c"PRAGMA locking_mode=EXCLUSIVE; PRAGMA journal_mode=MEMORY; PRAGMA synchronous=OFF; \
    PRAGMA cache_spill=OFF; PRAGMA temp_store=MEMORY; PRAGMA cache_size=16";

const INVARIANTS: [(&str, &str); 2] =
    [("PRAGMA locking_mode", "exclusive"), ("PRAGMA journal_mode", "memory")];
