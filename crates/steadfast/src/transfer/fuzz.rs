#![expect(clippy::disallowed_methods, reason = "makes the files it imports")]

use std::fs;
use std::path::Path;
use std::sync::Arc;

use rusqlite::Connection;

use super::layout::{self, object_file};
use super::{ExportOptions, ImportOptions, export, import, inspect_object};
use crate::engine::{Engine, SqliteEngine};
use crate::id::{IdFactory, ObjectId};

/// Imports any bytes: the length of an object's file in three bytes, the file, and its write-ahead file.
///
/// # Panics
/// When the import does, when it neither imports the object nor says why not, or when what it imported
/// is not the same after an export and another import.
pub fn fuzz_import(bytes: &[u8]) {
    let Some((&[a, b, c], rest)) = bytes.split_first_chunk() else { return };
    let (file, wal) = rest.split_at(usize::min(u32::from_be_bytes([0, a, b, c]) as usize, rest.len()));
    let directory = tempfile::tempdir().expect("a temporary directory");
    let id = IdFactory::new(NAMESPACE).from_name(NAME);
    let source = directory.path().join("source");
    let path = source.join(NAMESPACE).join(object_file(id.bytes()));
    fs::create_dir_all(source.join(NAMESPACE)).expect("a directory");
    fs::write(&path, file).expect("a file");
    if !wal.is_empty() {
        fs::write(layout::beside(&path, "-wal"), wal).expect("a file");
    }
    let Some(first) = imported(&source) else { return };
    let target = directory.path().join("target");
    export(&*first, &target, ExportOptions::default(), &mut |_| ()).expect("what was imported goes out");
    let second = imported(&target).expect("what was exported comes in");
    assert_eq!(described(&first, &id), described(&second, &id));
}

/// Good inputs to begin with.
pub fn fuzz_inputs() -> Vec<Vec<u8>> {
    let directory = tempfile::tempdir().expect("a temporary directory");
    let inputs = SOURCES.iter().enumerate().map(|(no, sql)| {
        let path = directory.path().join(no.to_string());
        let connection = Connection::open(&path).expect("a database");
        connection.pragma_update_and_check(None, "journal_mode", "wal", |_| Ok(())).expect("a journal");
        connection.execute_batch(sql).expect("good statements");
        // Still open: its last changes are in the write-ahead file.
        let (file, wal) = (fs::read(&path), fs::read(layout::beside(&path, "-wal")));
        let open = input(&file.expect("a file"), &wal.expect("a file"));
        drop(connection);
        [open, input(&fs::read(&path).expect("a file"), &[])]
    });
    inputs.flatten().collect()
}

fn input(file: &[u8], wal: &[u8]) -> Vec<u8> {
    let length = u32::try_from(file.len()).expect("a small file").to_be_bytes();
    [&length[1..], file, wal].concat()
}

/// The engine with what was imported; none if it was nothing.
fn imported(source: &Path) -> Option<Arc<dyn Engine>> {
    let engine: Arc<dyn Engine> = Arc::new(SqliteEngine::memory().expect("memory"));
    let report = import(&*engine, source, ImportOptions::default(), &mut |_| ()).expect("there is a file");
    let told = report.objects + report.empty_objects + report.problems.len() as u64;
    assert_eq!(told, 1, "{report:?}");
    (report.objects == 1).then_some(engine)
}

/// Everything of the object that an export keeps.
fn described(engine: &Arc<dyn Engine>, id: &ObjectId) -> String {
    let details = inspect_object(engine, NAMESPACE, &id.to_string(), 1000);
    let details = details.expect("what was imported can be read").expect("it was imported");
    format!("{:?} {:?} {:?}", details.keys, details.tables, details.summary.alarm_ms)
}

const NAMESPACE: &str = "fuzz-Object";
const NAME: &str = "object";

const SOURCES: [&str; 3] = [
    "CREATE TABLE _cf_KV (key TEXT PRIMARY KEY, value BLOB) WITHOUT ROWID;
     INSERT INTO _cf_KV VALUES ('a', x'ff0f4902'), ('b', x'ff0f2203616263');",
    "CREATE TABLE _cf_METADATA (key INTEGER PRIMARY KEY, value BLOB);
     INSERT INTO _cf_METADATA VALUES (1, 1700000000000000000);
     CREATE TABLE t (a INTEGER PRIMARY KEY, b TEXT); CREATE INDEX i ON t (b);
     INSERT INTO t (b) VALUES ('one'), ('two'), (hex(zeroblob(3000)));",
    "CREATE VIRTUAL TABLE f USING fts5 (x); INSERT INTO f VALUES ('some words'), ('more words');
     CREATE TABLE p (x, y, PRIMARY KEY (x, y)) WITHOUT ROWID; INSERT INTO p VALUES (1, 2), (3, '');",
];

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn good_inputs_are_imported_and_bad_ones_withstood() {
        for input in fuzz_inputs() {
            fuzz_import(&input);
            fuzz_import(&input[..input.len() / 2]);
        }
        fuzz_import(&[]);
        fuzz_import(&[0, 0, 3, 1, 2]);
    }
}
