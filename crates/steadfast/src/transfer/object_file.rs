//! One database of workerd's, read from a private copy.

#![expect(clippy::disallowed_methods, reason = "copies files that are not the engine's")]

use std::fs::{self, File};
use std::io::{self, Read};
use std::path::{Path, PathBuf};

use rusqlite::config::DbConfig;
use rusqlite::types::{FromSql, ValueRef};
use rusqlite::{Connection, OpenFlags, OptionalExtension};

use super::layout::{self, RESERVED_PREFIX};
use super::{Unusable, database};
use crate::engine::{Key, Value};
use crate::limits::{LOCAL_ROW_BYTES_MAX, SQL_PAGE_BYTES};

/// A whole copy of a database, its write-ahead file folded in, found sound. The original is never
/// opened as a database, so not even the index of its write-ahead file is touched.
pub(super) struct ObjectFile {
    connection: Connection,
    path: PathBuf,
}

/// What is in an object's file, beside the keys themselves.
pub(super) struct Contents {
    /// When the alarm is due, in milliseconds since the Unix epoch.
    pub(super) alarm_ms: Option<i64>,
    /// How many bookmarks were given.
    pub(super) bookmarks: u64,
    /// Stored stubs of other services, which nothing here can read.
    pub(super) externals: u64,
    /// Tables of workerd's that we do not know.
    pub(super) unknown_tables: Vec<String>,
}

/// The object's own tables, as a database of pages.
pub(super) struct Database {
    /// An ordinary SQLite file.
    pub(super) path: PathBuf,
    pub(super) pages: u32,
}

impl ObjectFile {
    /// Copies a database into `scratch`, which it has for itself, and looks whether it is sound. None
    /// if the file is empty.
    pub(super) fn open(original: &Path, scratch: &Path) -> Result<Option<Self>, Unusable> {
        let path = scratch.join("object.sqlite");
        if copy(original, &path)? == 0 {
            return Ok(None);
        }
        check_header(&path)?;
        let connection = connect(&path).map_err(opening)?;
        let file = Self { connection, path };
        let application_id: i32 = file.pragma("application_id")?;
        if application_id != 0 {
            return Err(Unusable::OtherApplication { application_id });
        }
        file.check()?;
        Ok(Some(file))
    }

    /// Everything but the keys and the object's own tables.
    pub(super) fn contents(&self) -> Result<Contents, Unusable> {
        let tables = self.reserved_tables()?;
        let has = |name: &str| tables.iter().any(|table| table == name);
        let mut contents =
            Contents { alarm_ms: None, bookmarks: 0, externals: 0, unknown_tables: Vec::new() };
        if has(METADATA) {
            let alarm_ns = self.metadata(layout::ALARM_KEY)?;
            contents.alarm_ms = alarm_ns.map(|ns| ns.div_euclid(layout::NS_PER_MS));
            let given = self.metadata(layout::BOOKMARK_KEY)?.and_then(|last| last.checked_add(1));
            contents.bookmarks = given.and_then(|given| u64::try_from(given).ok()).unwrap_or(0);
        }
        if has(EXTERNALS) {
            contents.externals = self.number("SELECT count(*) FROM _cf_EXTERNALS")?;
        }
        let known = [KV, METADATA, EXTERNALS];
        contents.unknown_tables =
            tables.into_iter().filter(|table| !known.contains(&table.as_str())).collect();
        Ok(contents)
    }

    /// Hands every key and its value to `visit`, in order of the keys. Values have a header afterwards.
    pub(super) fn for_each_key<E: From<Unusable>>(
        &self,
        mut visit: impl FnMut(Key, Value) -> Result<(), E>,
    ) -> Result<(), E> {
        if !self.reserved_tables()?.iter().any(|table| table == KV) {
            return Ok(());
        }
        let sql = "SELECT key, value FROM _cf_KV ORDER BY key";
        let mut statement = self.connection.prepare(sql).map_err(reading_keys)?;
        let mut rows = statement.query(()).map_err(reading_keys)?;
        while let Some(row) = rows.next().map_err(reading_keys)? {
            let key = key(row.get_ref(0).map_err(reading_keys)?)?;
            let value = value(&key, row.get_ref(1).map_err(reading_keys)?)?;
            visit(key, value)?;
        }
        Ok(())
    }

    /// The object's own tables, as a file of [`SQL_PAGE_BYTES`] pages without a journal; none if it has no
    /// tables. What workerd kept for itself is gone from it, and its pages are zeros.
    pub(super) fn into_database(self) -> Result<Option<Database>, Unusable> {
        let fails = |source| Unusable::sqlite("take out the object's own tables", source);
        self.set("secure_delete", "on")?;
        self.set("journal_mode", "memory")?;
        for table in self.reserved_tables()? {
            let table = table.replace('"', "\"\"");
            self.connection.execute_batch(&format!("DROP TABLE \"{table}\"")).map_err(fails)?;
        }
        if self.number("SELECT count(*) FROM sqlite_schema")? == 0 {
            return Ok(None);
        }
        let mut path = self.path.clone();
        if self.pragma::<u32>("page_size")? != SQL_PAGE_BYTES as u32 {
            path = self.path.with_file_name("database.sqlite");
            self.set("page_size", &SQL_PAGE_BYTES.to_string())?;
            self.connection.execute("VACUUM INTO ?1", [path.to_string_lossy()]).map_err(fails)?;
        }
        self.connection.close().map_err(|(_, source)| fails(source))?;
        let bytes = fs::metadata(&path).map_err(|source| Unusable::Io { action: "read its size", source })?;
        let pages = u32::try_from(bytes.len() / SQL_PAGE_BYTES as u64)
            .map_err(|_| Unusable::Damaged { findings: "it has too many pages".into() })?;
        Ok(Some(Database { path, pages }))
    }

    /// Folds the write-ahead file in and lets SQLite verify every page.
    fn check(&self) -> Result<(), Unusable> {
        self.set("journal_mode", "delete")?;
        let encoding: String = self.pragma("encoding")?;
        if encoding != "UTF-8" {
            return Err(Unusable::Encoding { encoding });
        }
        let (page_bytes, pages): (u32, u32) = (self.pragma("page_size")?, self.pragma("page_count")?);
        let mut findings = if page_bytes == SQL_PAGE_BYTES as u32 {
            // Knows every function that indexes and generated columns may use.
            database::findings_in_file(&self.path, pages).map_err(Unusable::sql)?
        } else {
            self.lines("PRAGMA integrity_check")?
        };
        findings.retain(|finding| finding != "ok");
        findings.truncate(FINDINGS_MAX);
        if findings.is_empty() { Ok(()) } else { Err(Unusable::Damaged { findings: findings.join("; ") }) }
    }

    fn set(&self, pragma: &str, value: &str) -> Result<(), Unusable> {
        // Some pragmas answer with the new value.
        self.connection
            .pragma_update_and_check(None, pragma, value, |_| Ok(()))
            .optional()
            .map(drop)
            .map_err(opening)
    }

    fn pragma<T: FromSql>(&self, pragma: &str) -> Result<T, Unusable> {
        self.connection.pragma_query_value(None, pragma, |row| row.get(0)).map_err(opening)
    }

    fn lines(&self, sql: &str) -> Result<Vec<String>, Unusable> {
        let mut statement = self.connection.prepare(sql).map_err(opening)?;
        let lines = statement.query_map((), |row| row.get(0)).map_err(opening)?;
        lines.collect::<rusqlite::Result<_>>().map_err(opening)
    }

    /// The tables workerd keeps for itself.
    fn reserved_tables(&self) -> Result<Vec<String>, Unusable> {
        let pattern = RESERVED_PREFIX.replace('_', "\\_");
        self.lines(&format!(
            "SELECT name FROM sqlite_schema WHERE type = 'table' AND name LIKE '{pattern}%' ESCAPE '\\'"
        ))
    }

    /// One of workerd's own facts about the object.
    fn metadata(&self, key: i64) -> Result<Option<i64>, Unusable> {
        let fails = |source| Unusable::sqlite("read its metadata", source);
        let mut statement =
            self.connection.prepare("SELECT value FROM _cf_METADATA WHERE key = ?1").map_err(fails)?;
        let mut rows = statement.query([key]).map_err(fails)?;
        let Some(row) = rows.next().map_err(fails)? else { return Ok(None) };
        match row.get_ref(0).map_err(fails)? {
            ValueRef::Null => Ok(None),
            ValueRef::Integer(value) => Ok(Some(value)),
            other => Err(Unusable::Metadata { key, found: other.data_type().to_string() }),
        }
    }

    fn number(&self, sql: &str) -> Result<u64, Unusable> {
        let fails = |source| Unusable::sqlite("count what is in it", source);
        let number: i64 = self.connection.query_row(sql, (), |row| row.get(0)).map_err(fails)?;
        Ok(number.max(0).cast_unsigned())
    }
}

/// The alarms a namespace's index names: id in hex, name. The times are the objects' own.
pub(super) fn names(original: &Path, scratch: &Path) -> Result<Vec<(String, String)>, Unusable> {
    let Some(file) = ObjectFile::open(original, scratch)? else { return Ok(Vec::new()) };
    let fails = |source| Unusable::sqlite("read the names", source);
    // Older versions had no such column, and no names.
    let has_names = file
        .connection
        .query_row("SELECT 1 FROM pragma_table_info('_cf_ALARM') WHERE name = 'actor_name'", (), |_| Ok(()))
        .optional()
        .map_err(fails)?;
    if has_names.is_none() {
        return Ok(Vec::new());
    }
    let sql = "SELECT actor_id, actor_name FROM _cf_ALARM WHERE actor_name IS NOT NULL";
    let mut statement = file.connection.prepare(sql).map_err(fails)?;
    let rows = statement.query_map((), |row| Ok((row.get(0)?, row.get(1)?))).map_err(fails)?;
    rows.collect::<rusqlite::Result<_>>().map_err(fails)
}

/// Copies a database with its write-ahead file, and says how long it is.
fn copy(original: &Path, path: &Path) -> Result<u64, Unusable> {
    let fails = |source| Unusable::Io { action: "copy it", source };
    let wal = layout::beside(original, "-wal");
    let stamp = || -> io::Result<_> {
        let stamp = |path: &Path| fs::metadata(path).and_then(|file| Ok((file.len(), file.modified()?)));
        let wal = if wal.exists() { Some(stamp(&wal)?) } else { None };
        Ok((stamp(original)?, wal))
    };
    let before = stamp().map_err(fails)?;
    let copied_wal = layout::beside(path, "-wal");
    match before.1 {
        Some((bytes, _)) if bytes > 0 => drop(fs::copy(&wal, &copied_wal).map_err(fails)?),
        _ => {}
    }
    fs::copy(original, path).map_err(fails)?;
    if stamp().map_err(fails)? != before {
        return Err(Unusable::InUse);
    }
    let (bytes, _) = before.0;
    Ok(bytes)
}

/// What SQLite would not say as clearly.
fn check_header(path: &Path) -> Result<(), Unusable> {
    let mut header = Vec::with_capacity(HEADER_BYTES);
    File::open(path)
        .and_then(|file| file.take(HEADER_BYTES as u64).read_to_end(&mut header))
        .map_err(|source| Unusable::Io { action: "read it", source })?;
    if !header.starts_with(SQLITE_MAGIC) || header.len() < HEADER_BYTES {
        return Err(Unusable::NotSqlite);
    }
    let word = |at: usize| u32::from_be_bytes(header[at..at + 4].try_into().expect("four bytes"));
    let page_bytes = match u16::from_be_bytes([header[16], header[17]]) {
        1 => 65536,
        bytes => u64::from(bytes),
    };
    // The number of pages counts only if it was written with the last change; and what a write-ahead
    // file still holds need not be in the database.
    let pages = if word(24) == word(92) { u64::from(word(28)) } else { 0 };
    let bytes = fs::metadata(path).map_err(|source| Unusable::Io { action: "read its size", source })?.len();
    let bytes_expected = pages * page_bytes;
    if bytes < bytes_expected && !layout::beside(path, "-wal").exists() {
        return Err(Unusable::Truncated { bytes, bytes_expected });
    }
    Ok(())
}

/// Connects to a copy of a file nobody vouches for.
fn connect(path: &Path) -> rusqlite::Result<Connection> {
    let flags = OpenFlags::SQLITE_OPEN_READ_WRITE | OpenFlags::SQLITE_OPEN_NO_MUTEX;
    let connection = Connection::open_with_flags(path, flags)?;
    connection.set_db_config(DbConfig::SQLITE_DBCONFIG_DEFENSIVE, true)?;
    connection.set_db_config(DbConfig::SQLITE_DBCONFIG_TRUSTED_SCHEMA, false)?;
    connection.pragma_update(None, "cell_size_check", true)?;
    connection.pragma_update(None, "synchronous", "off")?;
    Ok(connection)
}

fn key(stored: ValueRef<'_>) -> Result<Key, Unusable> {
    match stored {
        ValueRef::Text(bytes) if std::str::from_utf8(bytes).is_ok() => Ok(Key::copy_from_slice(bytes)),
        ValueRef::Text(_) => Err(Unusable::Key { found: "no UTF-8".into() }),
        other => Err(Unusable::Key { found: other.data_type().to_string() }),
    }
}

/// A value in the form that is stored here, which always has a header.
fn value(key: &[u8], stored: ValueRef<'_>) -> Result<Value, Unusable> {
    let unusable = |found: String| Unusable::Value { key: shown(key), found };
    let ValueRef::Blob(bytes) = stored else {
        return Err(unusable(format!("type={}", stored.data_type())));
    };
    let value = match bytes {
        [VERSION_TAG, version, ..] if *version > VERSION_MAX => {
            return Err(unusable(format!("version={version} version_max={VERSION_MAX}")));
        }
        [VERSION_TAG, _, ..] => Value::copy_from_slice(bytes),
        [] | [VERSION_TAG] => return Err(unusable(format!("bytes={}", bytes.len()))),
        // Before values had headers they were of this version.
        _ => [&[VERSION_TAG, HEADERLESS_VERSION], bytes].concat().into(),
    };
    let bytes = key.len() + value.len();
    if bytes > LOCAL_ROW_BYTES_MAX {
        return Err(Unusable::RowTooLarge {
            key: shown(key),
            bytes: bytes as u64,
            bytes_max: LOCAL_ROW_BYTES_MAX,
        });
    }
    Ok(value)
}

fn shown(key: &[u8]) -> String {
    String::from_utf8_lossy(key).into_owned()
}

fn opening(source: rusqlite::Error) -> Unusable {
    Unusable::sqlite("open it", source)
}

fn reading_keys(source: rusqlite::Error) -> Unusable {
    Unusable::sqlite("read its keys", source)
}

/// Findings of a check that are told. Ours: the first say what the rest is about.
const FINDINGS_MAX: usize = 5;

const KV: &str = "_cf_KV";
const METADATA: &str = "_cf_METADATA";
const EXTERNALS: &str = "_cf_EXTERNALS";

const SQLITE_MAGIC: &[u8] = b"SQLite format 3\0";
const HEADER_BYTES: usize = 100;

/// Begins the header of a serialised value; the version follows.
const VERSION_TAG: u8 = 0xff;
/// The newest version that V8 writes and reads.
const VERSION_MAX: u8 = 15;
const HEADERLESS_VERSION: u8 = 13;
