#![expect(clippy::disallowed_methods, reason = "writes files that are not the engine's")]

use std::fs;
use std::path::{Path, PathBuf};

use rusqlite::{Connection, params};
use tempfile::TempDir;

use super::layout::{self, ALARM_KEY, BOOKMARK_KEY, NS_PER_MS, id_text};
use super::walk::{for_each_key, for_each_object, object_count, stores_something};
use super::{OnProgress, Progress, TransferError, database};
use crate::engine::{Engine, ObjectEntry};

/// How to export.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Default)]
pub struct ExportOptions {
    /// Replace namespaces that the target has already, with every object in them. Without it the
    /// export is refused when there is one.
    pub overwrite: bool,
}

/// What was exported.
#[derive(Clone, PartialEq, Eq, Debug, Default)]
pub struct ExportReport {
    /// Namespaces with an object that was exported.
    pub namespaces: u64,
    /// Objects that were exported.
    pub objects: u64,
    /// Objects that store nothing: they have no file.
    pub empty_objects: u64,
    /// Keys of all objects.
    pub keys: u64,
    /// Objects with a SQL database.
    pub databases: u64,
    /// Objects with an alarm.
    pub alarms: u64,
    /// Bytes of all files.
    pub bytes: u64,
}

/// Exports everything an engine holds, in the layout of workerd: a directory per namespace below
/// `target`, with a SQLite file per object.
///
/// A namespace appears in `target` under its name when all of it is written and synced. Nobody else
/// may use the engine meanwhile, and everything submitted before must be durable, as it is in an engine
/// that was just opened. Names of objects without an alarm have no place in this layout and are not
/// exported.
///
/// # Errors
/// When a namespace is in the target already and may not be overwritten (nothing was changed then),
/// when the target cannot be written, and when stored data are damaged. Namespaces exported before stay.
pub fn export(
    engine: &dyn Engine,
    target: &Path,
    options: ExportOptions,
    progress: OnProgress<'_>,
) -> Result<ExportReport, TransferError> {
    let namespaces = engine.namespaces()?;
    let mut total = 0;
    for key in &namespaces {
        if !layout::is_directory_name(key) {
            return Err(TransferError::KeyIsNoDirectoryName { namespace: key.to_string() });
        }
        let path = target.join(&**key);
        if !options.overwrite && is_taken(&path)? {
            return Err(TransferError::TargetExists { path });
        }
        total += object_count(engine, key)?;
    }
    fs::create_dir_all(target).map_err(|source| TransferError::io("make the target", target, source))?;
    let mut export = Export { engine, progress, total, done: 0, report: ExportReport::default() };
    for key in &namespaces {
        export.namespace(key, target)?;
    }
    Ok(export.report)
}

/// An export under way.
struct Export<'a> {
    engine: &'a dyn Engine,
    progress: OnProgress<'a>,
    total: u64,
    done: u64,
    report: ExportReport,
}

impl Export<'_> {
    /// Writes a namespace under another name, and renames it at the end.
    fn namespace(&mut self, key: &str, target: &Path) -> Result<(), TransferError> {
        let making = directory_in(target, ".steadfast-export-")?;
        let alarms = Alarms::create(making.path().join(layout::METADATA_FILE))?;
        let before = self.report.objects;
        let engine = self.engine;
        for_each_object(engine, key, |object| {
            self.object(&object, making.path(), &alarms)?;
            self.done += 1;
            (self.progress)(Progress { done: self.done, total: self.total });
            Ok(())
        })?;
        if self.report.objects == before {
            return Ok(());
        }
        self.report.bytes += alarms.finish()?;
        self.report.namespaces += 1;
        put_in_place(making, target, key)
    }

    fn object(
        &mut self,
        object: &ObjectEntry,
        directory: &Path,
        alarms: &Alarms,
    ) -> Result<(), TransferError> {
        if !stores_something(self.engine, &object.header)? {
            self.report.empty_objects += 1;
            return Ok(());
        }
        let path = directory.join(layout::object_file(&object.id));
        database::write_pages(self.engine, &object.header, &path)?;
        let fails = |source| TransferError::sqlite("write a database", &path, source);
        let connection = database::connect(&path).map_err(fails)?;
        let transaction = connection.unchecked_transaction().map_err(fails)?;
        self.report.keys += write_keys(self.engine, object, &connection, &path)?;
        let due_ns = object.header.alarm_ms.map(|due_ms| due_ms.saturating_mul(NS_PER_MS));
        write_metadata(&connection, due_ns, object.header.bookmarks.next).map_err(fails)?;
        if let Some(due_ns) = due_ns {
            alarms.add(&object.id, due_ns, object.header.name.as_deref())?;
            self.report.alarms += 1;
        }
        transaction.commit().map_err(fails)?;
        self.report.bytes += finish(connection, &path)?;
        self.report.objects += 1;
        self.report.databases += u64::from(object.header.database_pages > 0);
        Ok(())
    }
}

/// The namespace's index of alarms in the making.
struct Alarms {
    connection: Connection,
    path: PathBuf,
}

impl Alarms {
    fn create(path: PathBuf) -> Result<Self, TransferError> {
        let connection = database::connect(&path)
            .and_then(|connection| connection.execute_batch(layout::ALARM_TABLE).map(|()| connection))
            .map_err(|source| TransferError::sqlite("write the index of alarms", &path, source))?;
        Ok(Self { connection, path })
    }

    fn add(&self, id: &[u8; 32], due_ns: i64, name: Option<&str>) -> Result<(), TransferError> {
        self.connection
            .prepare_cached("INSERT INTO _cf_ALARM VALUES (?1, ?2, ?3)")
            .and_then(|mut insert| insert.execute(params![id_text(id), due_ns, name]))
            .map(drop)
            .map_err(|source| TransferError::sqlite("write the index of alarms", &self.path, source))
    }

    fn finish(self) -> Result<u64, TransferError> {
        finish(self.connection, &self.path)
    }
}

/// Whether something is there that an export would replace.
fn is_taken(path: &Path) -> Result<bool, TransferError> {
    match path.read_dir() {
        Ok(mut entries) => Ok(entries.next().is_some()),
        Err(error) if error.kind() == std::io::ErrorKind::NotFound => Ok(false),
        Err(source) => Err(TransferError::io("list the directory", path, source)),
    }
}

/// Writes the keys as workerd does, without a table if there is none.
fn write_keys(
    engine: &dyn Engine,
    object: &ObjectEntry,
    connection: &Connection,
    path: &Path,
) -> Result<u64, TransferError> {
    let fails = |source| TransferError::sqlite("write keys", path, source);
    let mut keys = 0;
    for_each_key(engine, object.header.no, |key, value| {
        if keys == 0 {
            connection.execute_batch(layout::KV_TABLE).map_err(fails)?;
        }
        keys += 1;
        let text = std::str::from_utf8(&key).map_err(|_| TransferError::DamagedObject {
            id: id_text(&object.id),
            what: "a key is not UTF-8".into(),
        })?;
        let mut insert = connection.prepare_cached("INSERT INTO _cf_KV VALUES (?1, ?2)").map_err(fails)?;
        insert.execute(params![text, &value[..]]).map_err(fails)?;
        Ok(())
    })?;
    Ok(keys)
}

/// Writes what workerd keeps of an object itself, without a table if there is nothing.
fn write_metadata(connection: &Connection, due_ns: Option<i64>, bookmarks: u64) -> rusqlite::Result<()> {
    let last_bookmark = bookmarks.checked_sub(1).map(u64::cast_signed);
    if due_ns.is_none() && last_bookmark.is_none() {
        return Ok(());
    }
    connection.execute_batch(layout::OBJECT_METADATA_TABLE)?;
    for (key, value) in [(ALARM_KEY, due_ns), (BOOKMARK_KEY, last_bookmark)] {
        if let Some(value) = value {
            connection.execute("INSERT INTO _cf_METADATA VALUES (?1, ?2)", [key, value])?;
        }
    }
    Ok(())
}

/// Leaves a file as workerd keeps it, in write-ahead mode, on the disk. Its length.
fn finish(connection: Connection, path: &Path) -> Result<u64, TransferError> {
    let fails = |source| TransferError::sqlite("finish a database", path, source);
    connection.pragma_update_and_check(None, "journal_mode", "wal", |_| Ok(())).map_err(fails)?;
    connection.close().map_err(|(_, source)| fails(source))?;
    database::sync_file(path).map_err(|source| TransferError::io("sync a database", path, source))?;
    let file = fs::metadata(path).map_err(|source| TransferError::io("read the size", path, source))?;
    Ok(file.len())
}

/// Gives a finished namespace its name. What had it before is moved aside first and removed last.
fn put_in_place(making: TempDir, target: &Path, key: &str) -> Result<(), TransferError> {
    let sync = |path: &Path| {
        database::sync_directory(path).map_err(|source| TransferError::io("sync a directory", path, source))
    };
    let path = target.join(key);
    let fails = |source| TransferError::io("put the namespace in its place", &path, source);
    sync(making.path())?;
    let replaced = directory_in(target, ".steadfast-replaced-")?;
    if path.exists() {
        fs::rename(&path, replaced.path().join(key)).map_err(fails)?;
    }
    fs::rename(making.keep(), &path).map_err(fails)?;
    sync(target)?;
    replaced.close().map_err(|source| TransferError::io("remove what was replaced", &path, source))
}

/// A directory that is removed unless it is kept, open to whom the system's settings say.
fn directory_in(parent: &Path, prefix: &str) -> Result<TempDir, TransferError> {
    let mut builder = tempfile::Builder::new();
    #[cfg(unix)]
    builder.permissions(std::os::unix::fs::PermissionsExt::from_mode(0o777));
    let made = builder.prefix(prefix).tempdir_in(parent);
    made.map_err(|source| TransferError::io("make a directory", parent, source))
}
