//! Directories as workerd writes them. That the real one does is tested with the npm package.

use std::fs;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use rusqlite::Connection;
use steadfast::engine::{Engine, LogEngine, ObjectHeader, SqliteEngine};
use steadfast::id::{IdFactory, ObjectId};
use steadfast::transfer::{ImportOptions, ImportReport, TransferError, import};
use tempfile::TempDir;

/// The unique key of the only namespace.
pub(crate) const KEY: &str = "worker-Thing";

/// A directory of workerd's.
pub(crate) struct Source {
    pub(crate) directory: TempDir,
}

impl Source {
    pub(crate) fn new() -> Self {
        let directory = TempDir::new().unwrap();
        fs::create_dir(directory.path().join(KEY)).unwrap();
        Self { directory }
    }

    pub(crate) fn path(&self) -> &Path {
        self.directory.path()
    }

    /// The file of the object with this name.
    pub(crate) fn file(&self, name: &str) -> PathBuf {
        self.path().join(KEY).join(format!("{}.sqlite", id(name)))
    }

    /// Makes an object with these statements, in write-ahead mode, closed in order.
    pub(crate) fn object(&self, name: &str, sql: &str) -> PathBuf {
        let path = self.file(name);
        let connection = Connection::open(&path).unwrap();
        connection.pragma_update_and_check(None, "journal_mode", "wal", |_| Ok(())).unwrap();
        connection.execute_batch(sql).unwrap();
        path
    }

    /// Writes the index of alarms.
    pub(crate) fn alarms(&self, rows: &[(&str, i64, Option<&str>)]) {
        let connection = Connection::open(self.path().join(KEY).join("metadata.sqlite")).unwrap();
        connection
            .execute_batch(
                "CREATE TABLE _cf_ALARM (actor_id TEXT PRIMARY KEY, scheduled_time INTEGER, actor_name TEXT)
                 WITHOUT ROWID",
            )
            .unwrap();
        for (object, due_ns, name) in rows {
            let row = (id(object).to_string(), due_ns, name);
            connection.execute("INSERT INTO _cf_ALARM VALUES (?1, ?2, ?3)", row).unwrap();
        }
    }
}

/// Keys of every kind, and an alarm at 1 700 000 000 000 ms.
pub(crate) const KEYS_AND_ALARM: &str = "
    CREATE TABLE _cf_KV (key TEXT PRIMARY KEY, value BLOB) WITHOUT ROWID;
    INSERT INTO _cf_KV VALUES ('a', x'ff0f4902'), ('', x'ff0f30'), ('é😀', x'ff0f22017a');
    CREATE TABLE _cf_METADATA (key INTEGER PRIMARY KEY, value BLOB);
    INSERT INTO _cf_METADATA VALUES (1, 1700000000000000000), (2, 7);";

/// Tables with all that a database can hold.
pub(crate) const TABLES: &str = "
    CREATE TABLE t (id INTEGER PRIMARY KEY AUTOINCREMENT, v TEXT, b BLOB);
    CREATE INDEX by_v ON t (v);
    CREATE VIRTUAL TABLE words USING fts5 (body);
    CREATE TRIGGER indexed AFTER INSERT ON t BEGIN INSERT INTO words VALUES (new.v); END;
    CREATE VIEW values_of_t AS SELECT v FROM t;
    INSERT INTO t (v, b) VALUES ('one two', zeroblob(20000)), ('three', x'00ff');
    DELETE FROM t WHERE v = 'three';";

pub(crate) fn id(name: &str) -> ObjectId {
    IdFactory::new(KEY).from_name(name)
}

pub(crate) fn memory() -> Arc<dyn Engine> {
    Arc::new(SqliteEngine::memory().unwrap())
}

pub(crate) fn import_all(engine: &dyn Engine, source: &Source) -> Result<ImportReport, TransferError> {
    import(engine, source.path(), ImportOptions::default(), &mut |_| ())
}

/// Of an object that is expected to be there.
pub(crate) fn header(engine: &dyn Engine, name: &str) -> ObjectHeader {
    engine.lookup(KEY, id(name).bytes()).unwrap().expect("the object was imported")
}

/// Opens an engine on a directory.
type Open = fn(&Path) -> Arc<dyn Engine>;

/// What opens a directory: each engine there is.
pub(crate) const ENGINES: [Open; 2] = [
    |directory| Arc::new(SqliteEngine::open(directory).unwrap()),
    |directory| Arc::new(LogEngine::open(directory).unwrap()),
];

/// A directory as it is now, as if its process had ended.
pub(crate) fn copy_directory(from: &Path, to: &Path) {
    fs::create_dir_all(to).unwrap();
    for entry in fs::read_dir(from).unwrap().map(Result::unwrap) {
        let target = to.join(entry.file_name());
        if entry.path().is_dir() {
            copy_directory(&entry.path(), &target);
        } else {
            fs::copy(entry.path(), target).unwrap();
        }
    }
}
