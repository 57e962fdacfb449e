use std::fs;
use std::path::Path;
use std::sync::Arc;

use rusqlite::Connection;
use steadfast::engine::{CommitRecord, Engine, Identity};
use steadfast::transfer::{ExportOptions, TransferError, export, inspect_object};
use tempfile::TempDir;

use crate::source::{KEY, KEYS_AND_ALARM, Source, TABLES, id, import_all, memory};

#[test]
fn an_export_is_what_workerd_would_have_written() {
    let source = Source::new();
    source.object("all", &format!("{KEYS_AND_ALARM} {TABLES}"));
    source.object("keys", KEYS_AND_ALARM);
    source.object("tables", TABLES);
    source.alarms(&[("all", 5, Some("all"))]);
    let engine = memory();
    import_all(&*engine, &source).unwrap();
    let target = TempDir::new().unwrap();
    let report = export_all(&*engine, target.path(), false).unwrap();
    assert_eq!((report.namespaces, report.objects, report.empty_objects), (1, 3, 0));
    assert_eq!((report.keys, report.databases, report.alarms), (6, 2, 2));

    let directory = target.path().join(KEY);
    for name in ["all", "keys", "tables"] {
        let file = format!("{}.sqlite", id(name));
        let (one, other) = (open(&source.file(name)), open(&directory.join(file)));
        assert_eq!(pragma(&other, "integrity_check"), "ok");
        for pragma_name in ["page_size", "encoding", "journal_mode", "application_id", "user_version"] {
            assert_eq!(pragma(&one, pragma_name), pragma(&other, pragma_name), "{pragma_name}");
        }
        assert_eq!(dump(&one), dump(&other), "{name}");
    }
    let alarms = open(&directory.join("metadata.sqlite"));
    let mut expected = [
        format!("{}|1700000000000000000|all", id("all")),
        format!("{}|1700000000000000000|NULL", id("keys")),
    ];
    expected.sort();
    assert_eq!(rows(&alarms, "SELECT * FROM _cf_ALARM ORDER BY actor_id"), expected);
    drop(alarms);
    let leftovers = fs::read_dir(target.path()).unwrap().count();
    assert_eq!(leftovers, 1, "only the namespace's directory is there");

    // And back.
    let (again, back) = (memory(), Source { directory: target });
    import_all(&*again, &back).unwrap();
    for name in ["all", "keys", "tables"] {
        let read = |engine: &Arc<dyn Engine>| {
            inspect_object(engine, KEY, &id(name).to_string(), 10).unwrap().unwrap()
        };
        let (mut before, after) = (read(&engine), read(&again));
        before.summary.database_bytes = after.summary.database_bytes;
        assert_eq!(before, after);
    }
}

#[test]
fn a_target_that_is_taken_is_replaced_only_when_asked() {
    let source = Source::new();
    source.object("a", KEYS_AND_ALARM);
    let engine = memory();
    import_all(&*engine, &source).unwrap();
    let target = TempDir::new().unwrap();
    let directory = target.path().join(KEY);
    fs::create_dir(&directory).unwrap();
    fs::write(directory.join("old"), "").unwrap();
    let refused = export_all(&*engine, target.path(), false).unwrap_err();
    assert!(matches!(&refused, TransferError::TargetExists { path } if *path == directory), "{refused}");
    assert_eq!(fs::read_dir(&directory).unwrap().count(), 1);
    export_all(&*engine, target.path(), true).unwrap();
    assert!(!directory.join("old").exists() && directory.join(format!("{}.sqlite", id("a"))).exists());
    assert_eq!(fs::read_dir(target.path()).unwrap().count(), 1);
}

#[test]
fn objects_that_store_nothing_have_no_file_and_a_key_with_a_path_is_refused() {
    let engine = memory();
    let create = |namespace: &str| {
        let identity = Identity { namespace: namespace.into(), id: [7; 32], name: None, facet: None };
        let record = CommitRecord { created: Some(identity), ..CommitRecord::new(engine.allocate()) };
        engine.submit(record).unwrap();
    };
    create(KEY);
    let target = TempDir::new().unwrap();
    let report = export_all(&*engine, target.path(), false).unwrap();
    assert_eq!((report.objects, report.empty_objects, report.namespaces), (0, 1, 0));
    assert_eq!(fs::read_dir(target.path()).unwrap().count(), 0);
    create("../up");
    let refused = export_all(&*engine, target.path(), false).unwrap_err();
    assert!(matches!(refused, TransferError::KeyIsNoDirectoryName { .. }));
}

fn export_all(
    engine: &dyn Engine,
    target: &Path,
    overwrite: bool,
) -> Result<steadfast::transfer::ExportReport, TransferError> {
    export(engine, target, ExportOptions { overwrite }, &mut |_| ())
}

fn open(path: &Path) -> Connection {
    assert!(path.exists(), "{}", path.display());
    Connection::open(path).unwrap()
}

fn pragma(connection: &Connection, name: &str) -> String {
    rows(connection, &format!("PRAGMA {name}")).join(",")
}

/// Schema and rows of everything; the text of workerd's own tables aside.
fn dump(connection: &Connection) -> Vec<String> {
    let mut lines = rows(connection, "SELECT type, name, tbl_name, sql FROM sqlite_schema ORDER BY name");
    lines.retain(|line| !line.contains("_cf_"));
    let tables = rows(
        connection,
        "SELECT name FROM pragma_table_list WHERE schema = 'main' AND type IN ('table', 'virtual') ORDER BY name",
    );
    for table in tables.iter().filter(|table| *table != "sqlite_schema") {
        let found = rows(connection, &format!("SELECT * FROM \"{table}\""));
        lines.extend(found.into_iter().map(|row| format!("{table}: {row}")));
    }
    lines
}

fn rows(connection: &Connection, sql: &str) -> Vec<String> {
    let mut statement = connection.prepare(sql).unwrap();
    let columns = statement.column_count();
    let row = |row: &rusqlite::Row<'_>| {
        let cells = (0..columns).map(|column| match row.get_ref(column).unwrap() {
            rusqlite::types::ValueRef::Null => "NULL".to_owned(),
            rusqlite::types::ValueRef::Integer(value) => value.to_string(),
            rusqlite::types::ValueRef::Real(value) => format!("{value:?}"),
            rusqlite::types::ValueRef::Text(bytes) => String::from_utf8(bytes.to_vec()).unwrap(),
            rusqlite::types::ValueRef::Blob(bytes) => format!("{bytes:02x?}"),
        });
        Ok(cells.collect::<Vec<_>>().join("|"))
    };
    statement.query_map((), row).unwrap().map(Result::unwrap).collect()
}
