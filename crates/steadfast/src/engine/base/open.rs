#![expect(clippy::disallowed_methods, reason = "looks at the file before SQLite does")]

use std::fs::{self, File};
use std::io::{self, Read};
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex};

use rusqlite::{Connection, OpenFlags, OptionalExtension};

use super::read::BaseReader;
use super::write::SqliteStore;
use crate::engine::directory::DataDirectory;
use crate::engine::error::{Damage, Foreign};
use crate::engine::{EngineError, lock};
use crate::limits;

/// What an open base consists of.
pub(in crate::engine) struct OpenBase {
    /// For the commit thread.
    pub(in crate::engine) store: SqliteStore,
    /// For everybody else.
    pub(in crate::engine) reader: BaseReader,
    /// The largest object number ever made permanent; 0 if none.
    pub(in crate::engine) last_object: u64,
}

/// Opens the base of a directory, or makes it; one in memory without a directory.
///
/// # Errors
/// Every kind of [`EngineError`] but `Locked`, `Poisoned` and `Closed`.
pub(in crate::engine) fn open(directory: Option<&DataDirectory>) -> Result<OpenBase, EngineError> {
    let Some(directory) = directory else {
        return MemoryBase::new()?.open();
    };
    let path = directory.base_path();
    check_magic(&path)?;
    let base = Opening { connection: connect(&path, OpenFlags::SQLITE_OPEN_READ_WRITE)?, path: &path };
    base.recognise(directory)?;
    base.tune()?;
    base.check_size()?;
    let last_object = base.last_object()?;
    let connection = Arc::new(Mutex::new(base.connection));
    let reader = BaseReader::pool(path.clone());
    Ok(OpenBase { store: SqliteStore::on_disk(path, connection), reader, last_object })
}

/// A base without a file. It lasts as long as somebody holds it, over any number of engines.
#[derive(Clone)]
#[cfg_attr(not(feature = "testing"), expect(unreachable_pub))]
pub struct MemoryBase {
    connection: Arc<Mutex<Connection>>,
}

impl MemoryBase {
    /// An empty base.
    ///
    /// # Errors
    /// [`EngineError::Sqlite`], when memory runs out.
    #[cfg_attr(not(feature = "testing"), expect(unreachable_pub))]
    pub fn new() -> Result<Self, EngineError> {
        let path = Path::new(MEMORY);
        let connection = Connection::open_in_memory().map_err(|source| EngineError::sqlite(path, source))?;
        let base = Opening { connection, path };
        base.create()?;
        Ok(Self { connection: Arc::new(Mutex::new(base.connection)) })
    }

    pub(in crate::engine) fn open(&self) -> Result<OpenBase, EngineError> {
        let path = PathBuf::from(MEMORY);
        let last_object = lock(&self.connection)
            .query_row("SELECT coalesce(max(no), 0) FROM object", (), |row| row.get::<_, i64>(0))
            .map_err(|source| EngineError::sqlite(&path, source))?;
        let reader = BaseReader::shared(path.clone(), self.connection.clone());
        let store = SqliteStore::in_memory(path, self.connection.clone());
        Ok(OpenBase { store, reader, last_object: last_object.cast_unsigned() })
    }
}

/// Connects to a base file. `access` is read-only, or read-write, which may also create.
pub(super) fn connect(path: &Path, access: OpenFlags) -> Result<Connection, EngineError> {
    let create = match access {
        OpenFlags::SQLITE_OPEN_READ_WRITE => OpenFlags::SQLITE_OPEN_CREATE,
        _ => OpenFlags::empty(),
    };
    // Every connection has its own lock or its own thread: SQLite need not lock as well.
    let flags = access | create | OpenFlags::SQLITE_OPEN_NO_MUTEX;
    let fails = |source| EngineError::sqlite(path, source);
    let connection = Connection::open_with_flags(path, flags).map_err(fails)?;
    connection.busy_timeout(limits::BASE_BUSY_TIMEOUT).map_err(fails)?;
    let cache_bytes = match create.is_empty() {
        true => limits::BASE_READ_CACHE_BYTES,
        false => limits::BASE_WRITE_CACHE_BYTES,
    };
    // A negative size counts KiB.
    connection.pragma_update(None, "cache_size", -((cache_bytes / 1024) as i64)).map_err(fails)?;
    connection.pragma_update(None, "temp_store", "MEMORY").map_err(fails)?;
    connection.pragma_update(None, "cell_size_check", true).map_err(fails)?;
    Ok(connection)
}

/// Refuses a file that is no SQLite file before SQLite touches it.
fn check_magic(path: &Path) -> Result<(), EngineError> {
    let mut start = Vec::new();
    let read = File::open(path).and_then(|file| file.take(SQLITE_MAGIC.len() as u64).read_to_end(&mut start));
    match read {
        Err(source) if source.kind() == io::ErrorKind::NotFound => Ok(()),
        Err(source) => Err(EngineError::io("read the base file", path, source)),
        // An empty file is what a crash leaves before the first page is written.
        Ok(_) if start.is_empty() || start == SQLITE_MAGIC => Ok(()),
        Ok(_) => Err(EngineError::Foreign { path: path.into(), found: Foreign::NotSqlite }),
    }
}

/// A base file about to be opened.
struct Opening<'a> {
    connection: Connection,
    path: &'a Path,
}

impl Opening<'_> {
    /// Makes sure that the file is ours and of a format we know; fills an empty one.
    fn recognise(&self, directory: &DataDirectory) -> Result<(), EngineError> {
        let application_id: i32 = self.pragma("application_id")?;
        if application_id == 0 && self.query::<i64>("SELECT count(*) FROM sqlite_schema")? == Some(0) {
            self.tune()?;
            self.create()?;
            return directory.sync();
        }
        if application_id != APPLICATION_ID {
            let found = Foreign::OtherApplication { application_id };
            return Err(EngineError::Foreign { path: self.path.into(), found });
        }
        match self.query::<i64>("SELECT value FROM meta WHERE key = 'format'") {
            Ok(Some(FORMAT)) => Ok(()),
            Ok(Some(1)) => self.upgrade_from_1(),
            Ok(Some(format)) if format > FORMAT => {
                Err(EngineError::Newer { path: self.path.into(), format, format_max: FORMAT })
            }
            Ok(_) | Err(EngineError::Sqlite { .. }) => Err(EngineError::damaged(self.path, Damage::NoFormat)),
            Err(error) => Err(error),
        }
    }

    /// Settings of the committing connection. Those durability rests on are read back.
    fn tune(&self) -> Result<(), EngineError> {
        self.set("page_size", &limits::BASE_PAGE_BYTES.to_string())?;
        self.set("journal_mode", "wal")?;
        self.set("synchronous", "full")?;
        self.set("wal_autocheckpoint", "0")?;
        let journal: String = self.pragma("journal_mode")?;
        let synchronous: i64 = self.pragma("synchronous")?;
        assert!(
            journal == "wal" && synchronous == SYNCHRONOUS_FULL,
            "SQLite must sync every commit: journal_mode={journal} synchronous={synchronous}"
        );
        Ok(())
    }

    /// Makes the tables, all or none.
    fn create(&self) -> Result<(), EngineError> {
        let create = format!(
            "BEGIN IMMEDIATE; {TABLES} {ADDED_BY_2} INSERT INTO meta VALUES ('format', {FORMAT});
             PRAGMA application_id = {APPLICATION_ID}; COMMIT;"
        );
        self.connection.execute_batch(&create).map_err(|source| EngineError::sqlite(self.path, source))
    }

    /// Format 1 knew neither pages nor checksums. Its rows keep none until they are written again.
    fn upgrade_from_1(&self) -> Result<(), EngineError> {
        let upgrade = format!(
            "BEGIN IMMEDIATE; ALTER TABLE kv ADD COLUMN sum INTEGER; {ADDED_BY_2}
             ALTER TABLE object ADD COLUMN bookmark INTEGER NOT NULL DEFAULT 0;
             ALTER TABLE object ADD COLUMN restore_to INTEGER;
             ALTER TABLE object ADD COLUMN restore_undo INTEGER;
             ALTER TABLE object ADD COLUMN sum INTEGER;
             UPDATE meta SET value = {FORMAT} WHERE key = 'format'; COMMIT;"
        );
        self.connection.execute_batch(&upgrade).map_err(|source| EngineError::sqlite(self.path, source))
    }

    /// Finds a file that was cut off. Pages that are still in the write-ahead file are not missing.
    fn check_size(&self) -> Result<(), EngineError> {
        let in_wal: i64 = self
            .connection
            .query_row("PRAGMA wal_checkpoint(NOOP)", (), |row| row.get("log"))
            .map_err(|source| EngineError::sqlite(self.path, source))?;
        if in_wal > 0 {
            return Ok(());
        }
        let (pages, page_bytes): (u32, u32) = (self.pragma("page_count")?, self.pragma("page_size")?);
        let bytes_expected = u64::from(pages) * u64::from(page_bytes);
        let bytes = fs::metadata(self.path)
            .map_err(|source| EngineError::io("read the size of the base file", self.path, source))?
            .len();
        if bytes < bytes_expected {
            let damage = Damage::Truncated { bytes, bytes_expected };
            return Err(EngineError::damaged(self.path, damage));
        }
        Ok(())
    }

    /// The largest number in use. A row may have one that no object has: what is left of a large object
    /// whose last record, the one with the identity, never came. Its number is not used again.
    ///
    /// Reads the last row of each table on the way: a cheap look at pages far apart.
    fn last_object(&self) -> Result<u64, EngineError> {
        let mut last = 0;
        for sql in [
            "SELECT no FROM object ORDER BY no DESC LIMIT 1",
            "SELECT obj FROM kv ORDER BY obj DESC LIMIT 1",
            "SELECT obj FROM page ORDER BY obj DESC LIMIT 1",
        ] {
            last = last.max(self.query::<i64>(sql)?.unwrap_or(0));
        }
        u64::try_from(last).map_err(|_| EngineError::damaged(self.path, Damage::BadObject { object: last }))
    }

    fn set(&self, pragma: &str, value: &str) -> Result<(), EngineError> {
        // Some pragmas answer with the new value; what matters is read back.
        self.connection
            .pragma_update_and_check(None, pragma, value, |_| Ok(()))
            .optional()
            .map_err(|source| EngineError::sqlite(self.path, source))?;
        Ok(())
    }

    fn pragma<T: rusqlite::types::FromSql>(&self, pragma: &str) -> Result<T, EngineError> {
        self.connection
            .pragma_query_value(None, pragma, |row| row.get(0))
            .map_err(|source| EngineError::sqlite(self.path, source))
    }

    fn query<T: rusqlite::types::FromSql>(&self, sql: &str) -> Result<Option<T>, EngineError> {
        self.connection
            .query_row(sql, (), |row| row.get(0))
            .optional()
            .map_err(|source| EngineError::sqlite(self.path, source))
    }
}

/// The format this version writes, and the last it reads.
const FORMAT: i64 = 2;
/// `stdf` in the header of the file, where SQLite keeps the owner.
const APPLICATION_ID: i32 = 0x7374_6466;
const SQLITE_MAGIC: &[u8] = b"SQLite format 3\0";
const SYNCHRONOUS_FULL: i64 = 2;
/// Stands for the path of a base in memory in messages.
const MEMORY: &str = ":memory:";

/// `docs/formats.md` explains every column.
const TABLES: &str = "
    CREATE TABLE meta (key TEXT PRIMARY KEY, value) WITHOUT ROWID;
    CREATE TABLE namespace (no INTEGER PRIMARY KEY, key TEXT NOT NULL UNIQUE) WITHOUT ROWID;
    CREATE TABLE object (
        no INTEGER PRIMARY KEY,
        namespace INTEGER NOT NULL,
        id BLOB NOT NULL,
        name TEXT,
        parent INTEGER NOT NULL,
        facet TEXT NOT NULL,
        incarnation INTEGER NOT NULL,
        alarm_ms INTEGER,
        page_size INTEGER,
        pages INTEGER,
        bookmark INTEGER NOT NULL DEFAULT 0,
        restore_to INTEGER,
        restore_undo INTEGER,
        sum INTEGER
    ) WITHOUT ROWID;
    CREATE UNIQUE INDEX object_identity ON object (namespace, id, parent, facet);
    CREATE INDEX object_alarm ON object (alarm_ms) WHERE alarm_ms IS NOT NULL;
    CREATE TABLE kv (
        obj INTEGER NOT NULL,
        key BLOB NOT NULL,
        val BLOB NOT NULL,
        sum INTEGER,
        PRIMARY KEY (obj, key)
    ) WITHOUT ROWID;
";
const ADDED_BY_2: &str = "
    CREATE TABLE page (
        obj INTEGER NOT NULL,
        no INTEGER NOT NULL,
        data BLOB NOT NULL,
        sum INTEGER NOT NULL,
        PRIMARY KEY (obj, no)
    ) WITHOUT ROWID;
    CREATE TABLE interval (
        obj INTEGER NOT NULL,
        no INTEGER NOT NULL,
        begun_ms INTEGER NOT NULL,
        PRIMARY KEY (obj, no)
    ) WITHOUT ROWID;
    CREATE TABLE history (
        obj INTEGER NOT NULL,
        kind INTEGER NOT NULL,
        item BLOB NOT NULL,
        interval INTEGER NOT NULL,
        old BLOB,
        sum INTEGER NOT NULL,
        PRIMARY KEY (obj, kind, item, interval)
    ) WITHOUT ROWID;
";
