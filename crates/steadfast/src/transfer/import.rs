#![expect(clippy::disallowed_methods, reason = "reads files that are not the engine's")]

use std::collections::HashMap;
use std::fs::File;
use std::io::Read;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use super::layout::{NamespaceFiles, Source, id_text};
use super::object_file::{self, Contents, Database, ObjectFile};
use super::walk::stores_something;
use super::{OnProgress, Progress, TransferError, Unusable, wait_until_durable};
use crate::engine::{
    AlarmChange, Bookmarks, CommitRecord, Engine, Identity, Key, PageNo, Position, Reset, Value,
};
use crate::id::IdFactory;
use crate::limits::{ID_BYTES, IMPORT_RECORD_BYTES_MAX, SQL_PAGE_BYTES};

/// How to import.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Default)]
pub struct ImportOptions {
    /// Replace objects that have data already. Without it the import is refused when there is one.
    pub overwrite: bool,
}

/// What was imported, and what was not.
#[derive(Debug, Default)]
pub struct ImportReport {
    /// Where the namespaces were found.
    pub root: PathBuf,
    /// Namespaces with an object that was imported.
    pub namespaces: u64,
    /// Objects that were imported.
    pub objects: u64,
    /// Objects that stored nothing, so nothing of them was imported.
    pub empty_objects: u64,
    /// Keys of all imported objects.
    pub keys: u64,
    /// Imported objects with a SQL database.
    pub databases: u64,
    /// Imported objects with an alarm.
    pub alarms: u64,
    /// Bytes of keys, values and pages.
    pub bytes: u64,
    /// Files of which nothing was imported.
    pub problems: Vec<Problem>,
    /// What was left out on purpose.
    pub notes: Vec<Note>,
}

/// A file of which nothing was imported.
#[derive(Debug)]
pub struct Problem {
    /// The file.
    pub path: PathBuf,
    /// Why, and what to do.
    pub why: Unusable,
}

/// Something that was left out on purpose.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Note {
    /// The file or directory it is about.
    pub path: PathBuf,
    /// What was left out, and why.
    pub text: String,
}

/// Imports what workerd has stored: keys, SQL databases, alarms, how many bookmarks were given, and the
/// names of objects with an alarm, which are all workerd keeps.
///
/// `source` is a project, its `.wrangler/state`, or the directory with a directory per namespace.
/// Nothing in it is changed. An object is imported whole or not at all, whenever the process ends;
/// a file that cannot be used is named in the report, and the others are imported. Everything imported
/// is durable on return. Nobody else may use the engine meanwhile.
///
/// # Errors
/// When there is nothing to import, when an object has data already and may not be overwritten (nothing
/// was changed then), and when the engine fails.
pub fn import(
    engine: &dyn Engine,
    source: &Path,
    options: ImportOptions,
    progress: OnProgress<'_>,
) -> Result<ImportReport, TransferError> {
    let source = Source::find(source)?;
    if !options.overwrite {
        refuse_existing(engine, &source)?;
    }
    let scratch = tempfile::tempdir()
        .map_err(|error| TransferError::io("make a temporary directory", &std::env::temp_dir(), error))?;
    let report = ImportReport { root: source.root.clone(), ..ImportReport::default() };
    let mut import = Import { engine, scratch: scratch.path(), report, last: Position::NONE };
    let total = source.object_count();
    let mut done = 0;
    for namespace in &source.namespaces {
        let names = import.names(namespace);
        let before = import.report.objects;
        for (id, path) in &namespace.objects {
            let name = names.get(id).cloned();
            let identity = Identity { namespace: namespace.key.as_str().into(), id: *id, name, facet: None };
            import.object(identity, path)?;
            done += 1;
            progress(Progress { done, total });
        }
        import.report.namespaces += u64::from(import.report.objects > before);
        import.note_left_out(namespace);
    }
    wait_until_durable(engine, import.last)?;
    Ok(import.report)
}

/// An import under way.
struct Import<'a> {
    engine: &'a dyn Engine,
    scratch: &'a Path,
    report: ImportReport,
    /// Of the last record.
    last: Position,
}

impl Import<'_> {
    /// Imports one object, or notes why not.
    fn object(&mut self, identity: Identity, path: &Path) -> Result<(), TransferError> {
        let scratch = tempfile::tempdir_in(self.scratch)
            .map_err(|error| TransferError::io("make a temporary directory", self.scratch, error))?;
        match self.read_and_submit(identity, path, scratch.path()) {
            Ok(()) => Ok(()),
            Err(Failed::Unusable(why)) => {
                self.report.problems.push(Problem { path: path.into(), why });
                Ok(())
            }
            Err(Failed::Ended(error)) => Err(error),
        }
    }

    fn read_and_submit(&mut self, identity: Identity, path: &Path, scratch: &Path) -> Result<(), Failed> {
        let Some(file) = ObjectFile::open(path, scratch)? else {
            self.report.empty_objects += 1;
            return Ok(());
        };
        let contents = file.contents()?;
        let mut records = Records::begin(self.engine, &identity)?;
        let mut keys = 0;
        file.for_each_key(|key, value| {
            keys += 1;
            records.put(key, value)
        })?;
        let database = file.into_database()?;
        if let Some(database) = &database {
            records.put_database(database)?;
        }
        self.note_contents(path, &contents);
        let has_facts = contents.alarm_ms.is_some() || contents.bookmarks > 0;
        if keys == 0 && database.is_none() && !has_facts {
            self.report.empty_objects += 1;
            return Ok(());
        }
        self.report.bytes += records.bytes;
        self.last = records.finish(identity, &contents)?;
        self.report.objects += 1;
        self.report.keys += keys;
        self.report.databases += u64::from(database.is_some());
        self.report.alarms += u64::from(contents.alarm_ms.is_some());
        Ok(())
    }

    /// The names the index of alarms knows. Only a name that stands for the id counts.
    fn names(&mut self, namespace: &NamespaceFiles) -> HashMap<[u8; ID_BYTES], Arc<str>> {
        let Some(path) = &namespace.metadata else { return HashMap::new() };
        let ids = IdFactory::new(&namespace.key);
        let read = tempfile::tempdir_in(self.scratch)
            .map_err(|source| Unusable::Io { action: "make a temporary directory", source })
            .and_then(|scratch| object_file::names(path, scratch.path()));
        let names = match read {
            Ok(names) => names,
            Err(why) => {
                self.report.problems.push(Problem { path: path.clone(), why });
                return HashMap::new();
            }
        };
        let named = names.into_iter().map(|(id, name)| (ids.from_name(&name), id, name));
        let fitting = named.filter(|(expected, id, _)| expected.to_string() == *id);
        fitting.map(|(id, _, name)| (*id.bytes(), name.into())).collect()
    }

    fn note_contents(&mut self, path: &Path, contents: &Contents) {
        if contents.externals > 0 {
            let text = format!("stubs of other services were left out: stubs={}", contents.externals);
            self.note(path, text);
        }
        for table in &contents.unknown_tables {
            self.note(path, format!("a table of workerd's that is not known was left out: table={table}"));
        }
    }

    fn note_left_out(&mut self, namespace: &NamespaceFiles) {
        let ids = IdFactory::new(&namespace.key);
        let foreign = namespace.objects.iter().filter(|(id, _)| ids.from_hex(&id_text(id)).is_err()).count();
        if foreign > 0 {
            let text = "ids were made for another key, so no program finds these objects; was the directory \
                        renamed?";
            self.note(&self.report.root.join(&namespace.key), format!("{text} objects={foreign}"));
        }
        for path in &namespace.facets {
            self.note(path, "a facet was left out: only objects are imported".into());
        }
        for path in &namespace.others {
            self.note(path, "workerd writes no such file, so it was left alone".into());
        }
    }

    fn note(&mut self, path: &Path, text: String) {
        self.report.notes.push(Note { path: path.into(), text });
    }
}

/// The commit records of one object.
///
/// Mostly it is one. A larger object takes several, and the last one brings the identity: what was
/// submitted before belongs to nobody until then, and the engine drops it when it opens the next time.
struct Records<'a> {
    engine: &'a dyn Engine,
    record: CommitRecord,
    /// In `record`.
    pending_bytes: u64,
    /// In all records.
    bytes: u64,
    /// The object was there before; it can only be replaced at once.
    replaces: bool,
    database_pages: Option<u32>,
}

impl<'a> Records<'a> {
    fn begin(engine: &'a dyn Engine, identity: &Identity) -> Result<Self, Failed> {
        let existing = engine.lookup(&identity.namespace, &identity.id).map_err(TransferError::from)?;
        let record = match &existing {
            Some(header) if engine.oldest_interval(header.no).map_err(TransferError::from)?.is_some() => {
                return Err(Unusable::HasHistory.into());
            }
            Some(header) => CommitRecord {
                incarnation: header.incarnation + 1,
                reset: Some(Reset::DeleteAll),
                ..CommitRecord::new(header.no)
            },
            None => CommitRecord::new(engine.allocate()),
        };
        let replaces = existing.is_some();
        Ok(Self { engine, record, pending_bytes: 0, bytes: 0, replaces, database_pages: None })
    }

    fn put(&mut self, key: Key, value: Value) -> Result<(), Failed> {
        self.make_room(key.len() + value.len())?;
        self.record.kv.push((key, Some(value)));
        Ok(())
    }

    fn put_database(&mut self, database: &Database) -> Result<(), Failed> {
        let fails = |source| Unusable::Io { action: "read its copy", source };
        let mut file = File::open(&database.path).map_err(fails)?;
        self.database_pages = Some(database.pages);
        for no in 1..=database.pages {
            let mut page = vec![0; SQL_PAGE_BYTES];
            file.read_exact(&mut page).map_err(fails)?;
            // What was never written reads as zeros.
            if page.iter().any(|byte| *byte != 0) {
                self.make_room(SQL_PAGE_BYTES)?;
                self.record.pages.push((PageNo(no), page.into()));
            }
        }
        Ok(())
    }

    /// Submits the rest; from then on the object is there.
    fn finish(mut self, identity: Identity, contents: &Contents) -> Result<Position, Failed> {
        if !self.replaces {
            self.record.created = Some(identity);
        }
        self.record.database_pages = self.database_pages;
        self.record.alarm = contents.alarm_ms.map(AlarmChange::Set);
        self.record.bookmarks = Some(Bookmarks { next: contents.bookmarks, restore: None });
        Ok(self.engine.submit(self.record).map_err(TransferError::from)?)
    }

    fn make_room(&mut self, bytes: usize) -> Result<(), Failed> {
        let bytes = bytes as u64;
        if self.pending_bytes + bytes > IMPORT_RECORD_BYTES_MAX {
            if self.replaces {
                return Err(Unusable::TooLargeToReplace { bytes_max: IMPORT_RECORD_BYTES_MAX }.into());
            }
            let next = CommitRecord::new(self.record.object);
            let mut full = std::mem::replace(&mut self.record, next);
            full.database_pages = self.database_pages;
            self.engine.submit(full).map_err(TransferError::from)?;
            self.pending_bytes = 0;
        }
        self.pending_bytes += bytes;
        self.bytes += bytes;
        Ok(())
    }
}

/// Looks whether any object to import has data already.
fn refuse_existing(engine: &dyn Engine, source: &Source) -> Result<(), TransferError> {
    let mut first = None;
    let mut objects = 0;
    for namespace in &source.namespaces {
        for (id, _) in &namespace.objects {
            let Some(header) = engine.lookup(&namespace.key, id)? else { continue };
            if stores_something(engine, &header)? {
                objects += 1;
                first.get_or_insert((&namespace.key, id));
            }
        }
    }
    let Some((namespace, id)) = first else { return Ok(()) };
    Err(TransferError::ObjectsExist { objects, namespace: namespace.clone(), id: id_text(id) })
}

/// Why an object was not imported: its file is to blame, or nothing more can be.
enum Failed {
    Unusable(Unusable),
    Ended(TransferError),
}

impl From<Unusable> for Failed {
    fn from(why: Unusable) -> Self {
        Self::Unusable(why)
    }
}

impl From<TransferError> for Failed {
    fn from(error: TransferError) -> Self {
        Self::Ended(error)
    }
}
