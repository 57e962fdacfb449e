//! An object's SQL database as an ordinary file, made of the pages an engine keeps.

#![expect(clippy::disallowed_methods, reason = "writes files that are not the engine's")]

use std::fs::File;
use std::io::{self, Seek, SeekFrom, Write};
use std::path::{Path, PathBuf};

use rusqlite::{Connection, OpenFlags};
use tempfile::TempDir;

use super::TransferError;
use crate::engine::{ObjectHeader, ObjectReader, PageNo};
use crate::limits::SQL_PAGE_BYTES;

/// Writes an object's pages to a new file; an object without a database makes an empty one.
pub(super) fn write_pages(
    reader: &dyn ObjectReader,
    header: &ObjectHeader,
    path: &Path,
) -> Result<(), TransferError> {
    let fails = |source| TransferError::io("write a database", path, source);
    let mut file = File::create(path).map_err(fails)?;
    for no in 1..=header.database_pages {
        if let Some(page) = reader.page(header.no, PageNo(no))? {
            file.seek(SeekFrom::Start(u64::from(no - 1) * SQL_PAGE_BYTES as u64)).map_err(fails)?;
            file.write_all(&page).map_err(fails)?;
        }
    }
    // Pages at the end that were never written read as zeros, too.
    file.set_len(u64::from(header.database_pages) * SQL_PAGE_BYTES as u64).map_err(fails)
}

/// Connects to a database that nobody else uses and that needs no journal: a copy, or a file in the making.
pub(super) fn connect(path: &Path) -> rusqlite::Result<Connection> {
    let flags = OpenFlags::SQLITE_OPEN_READ_WRITE | OpenFlags::SQLITE_OPEN_CREATE;
    let connection = Connection::open_with_flags(path, flags | OpenFlags::SQLITE_OPEN_NO_MUTEX)?;
    connection.pragma_update(None, "page_size", SQL_PAGE_BYTES as u32)?;
    connection.pragma_update(None, "synchronous", "off")?;
    connection.pragma_update_and_check(None, "journal_mode", "off", |_| Ok(()))?;
    Ok(connection)
}

/// An object's database, to be looked into.
pub(super) struct ObjectDatabase {
    connection: Connection,
    path: PathBuf,
    _directory: TempDir,
}

impl ObjectDatabase {
    /// Reads every page; none if the object has no database.
    pub(super) fn open(
        reader: &dyn ObjectReader,
        header: &ObjectHeader,
    ) -> Result<Option<Self>, TransferError> {
        if header.database_pages == 0 {
            return Ok(None);
        }
        let directory = tempfile::tempdir().map_err(|source| {
            TransferError::io("make a temporary directory", &std::env::temp_dir(), source)
        })?;
        let path = directory.path().join("database.sqlite");
        write_pages(reader, header, &path)?;
        let connection = connect(&path).map_err(|source| TransferError::sqlite(OPEN, &path, source))?;
        Ok(Some(Self { connection, path, _directory: directory }))
    }

    /// The tables, by name; those SQLite keeps for itself aside.
    pub(super) fn tables(&self) -> Result<Vec<String>, TransferError> {
        let sql = "SELECT name FROM pragma_table_list
                   WHERE schema = 'main' AND type IN ('table', 'virtual') AND name NOT LIKE 'sqlite\\_%' ESCAPE '\\'
                   ORDER BY name";
        self.lines(sql)
    }

    /// How many rows a table has.
    ///
    /// # Errors
    /// What SQLite says, when the table cannot be read.
    pub(super) fn row_count(&self, table: &str) -> Result<u64, String> {
        let sql = format!("SELECT count(*) FROM \"{}\"", table.replace('"', "\"\""));
        let count = self.connection.query_row(&sql, (), |row| row.get::<_, i64>(0));
        count.map(|count| count.max(0).cast_unsigned()).map_err(|error| error.to_string())
    }

    /// What SQLite's integrity check finds, at most `limit` lines; nothing if the database is sound.
    pub(super) fn findings(&self, limit: u32) -> Result<Vec<String>, TransferError> {
        let mut findings = self.lines(&format!("PRAGMA integrity_check({limit})"))?;
        findings.retain(|finding| finding != "ok");
        Ok(findings)
    }

    fn lines(&self, sql: &str) -> Result<Vec<String>, TransferError> {
        let lines = |connection: &Connection| {
            let mut statement = connection.prepare(sql)?;
            statement.query_map((), |row| row.get(0))?.collect::<rusqlite::Result<Vec<String>>>()
        };
        lines(&self.connection).map_err(|source| TransferError::sqlite(OPEN, &self.path, source))
    }
}

/// Makes a file's content survive a power cut.
pub(super) fn sync_file(path: &Path) -> io::Result<()> {
    File::options().write(true).open(path)?.sync_all()
}

/// Makes the names in a directory survive one.
#[cfg(unix)]
pub(super) fn sync_directory(path: &Path) -> io::Result<()> {
    File::open(path)?.sync_all()
}

/// Directories cannot be synced here; their entries are journaled by the file system.
#[cfg(not(unix))]
pub(super) fn sync_directory(_path: &Path) -> io::Result<()> {
    Ok(())
}

const OPEN: &str = "read an object's database";
