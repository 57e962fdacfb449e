//! SQL databases: those of objects, page by page from an engine, and those in files.

#![expect(clippy::disallowed_methods, reason = "reads and writes files that are not the engine's")]

use std::cell::RefCell;
use std::fs::File;
use std::io::{self, Read, Seek, SeekFrom, Write};
use std::path::Path;
use std::sync::Arc;

use bytes::Bytes;
use rusqlite::{Connection, OpenFlags};
use steadfast_sqlite::{Database, Options, PageSource, SourceError, SqlError, Value};

use super::TransferError;
use crate::engine::{Engine, ObjectHeader, ObjectNo, PageNo};
use crate::limits::SQL_PAGE_BYTES;

/// An object's database, to be looked into. Pages are read when they are needed.
pub(super) struct ObjectDatabase {
    database: Database,
}

impl ObjectDatabase {
    /// None if the object has no database.
    pub(super) fn open(
        engine: &Arc<dyn Engine>,
        header: &ObjectHeader,
    ) -> Result<Option<Self>, TransferError> {
        if header.database_pages == 0 {
            return Ok(None);
        }
        let pages = ObjectPages { engine: engine.clone(), object: header.no };
        let database = Database::open(Box::new(pages), header.database_pages, &Options::default())?;
        Ok(Some(Self { database }))
    }

    /// The tables, by name; those SQLite keeps for itself and for others aside.
    pub(super) fn tables(&self) -> Result<Vec<String>, TransferError> {
        let rows = self.database.exec("PRAGMA table_list", &[]).and_then(|cursor| cursor.rows());
        let mut tables = Vec::new();
        for row in rows? {
            let [Value::Text(schema), Value::Text(name), Value::Text(kind), ..] = &row[..] else { continue };
            let is_users = matches!(&**kind, "table" | "virtual") && !name.starts_with("sqlite_");
            if schema == "main" && is_users {
                tables.push(name.clone());
            }
        }
        tables.sort_unstable();
        Ok(tables)
    }

    /// How many rows a table has.
    ///
    /// # Errors
    /// What SQLite says, when the table cannot be read.
    pub(super) fn row_count(&self, table: &str) -> Result<u64, String> {
        let sql = format!("SELECT count(*) FROM \"{}\"", table.replace('"', "\"\""));
        let rows = self.database.exec(&sql, &[]).and_then(|cursor| cursor.rows());
        match rows.map_err(|error| error.to_string())?.first().map(Vec::as_slice) {
            Some([Value::Integer(rows)]) => Ok(rows.max(&0).cast_unsigned()),
            _ => Err("it has no number of rows".into()),
        }
    }

    /// What SQLite's integrity check finds; nothing if the database is sound.
    pub(super) fn findings(&self) -> Result<Vec<String>, TransferError> {
        Ok(self.database.integrity_check()?)
    }
}

/// The pages of an object.
struct ObjectPages {
    engine: Arc<dyn Engine>,
    object: ObjectNo,
}

impl PageSource for ObjectPages {
    fn page(&self, no: u32) -> Result<Option<Bytes>, SourceError> {
        Ok(self.engine.page(self.object, PageNo(no))?)
    }
}

/// What SQLite's integrity check finds in a file of whole pages that no journal belongs to.
pub(super) fn findings_in_file(path: &Path, pages: u32) -> Result<Vec<String>, SqlError> {
    let source = match File::open(path) {
        Ok(file) => FilePages { file: RefCell::new(file) },
        Err(error) => return Err(SqlError::Source(Arc::new(error))),
    };
    Database::open(Box::new(source), pages, &Options::default())?.integrity_check()
}

/// The pages of a file.
struct FilePages {
    file: RefCell<File>,
}

impl PageSource for FilePages {
    fn page(&self, no: u32) -> Result<Option<Bytes>, SourceError> {
        let mut file = self.file.borrow_mut();
        file.seek(SeekFrom::Start(u64::from(no - 1) * SQL_PAGE_BYTES as u64))?;
        let mut page = vec![0; SQL_PAGE_BYTES];
        file.read_exact(&mut page)?;
        Ok(Some(page.into()))
    }
}

/// Writes an object's pages to a new file; an object without a database makes an empty one.
pub(super) fn write_pages(
    engine: &dyn Engine,
    header: &ObjectHeader,
    path: &Path,
) -> Result<(), TransferError> {
    let fails = |source| TransferError::io("write a database", path, source);
    let mut file = File::create(path).map_err(fails)?;
    for no in 1..=header.database_pages {
        if let Some(page) = engine.page(header.no, PageNo(no))? {
            file.seek(SeekFrom::Start(u64::from(no - 1) * SQL_PAGE_BYTES as u64)).map_err(fails)?;
            file.write_all(&page).map_err(fails)?;
        }
    }
    // Pages at the end that were never written read as zeros, too.
    file.set_len(u64::from(header.database_pages) * SQL_PAGE_BYTES as u64).map_err(fails)
}

/// Connects to a file in the making, which needs no journal.
pub(super) fn connect(path: &Path) -> rusqlite::Result<Connection> {
    let flags = OpenFlags::SQLITE_OPEN_READ_WRITE | OpenFlags::SQLITE_OPEN_CREATE;
    let connection = Connection::open_with_flags(path, flags | OpenFlags::SQLITE_OPEN_NO_MUTEX)?;
    connection.pragma_update(None, "page_size", SQL_PAGE_BYTES as u32)?;
    connection.pragma_update(None, "synchronous", "off")?;
    connection.pragma_update_and_check(None, "journal_mode", "off", |_| Ok(()))?;
    Ok(connection)
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
