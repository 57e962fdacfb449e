use std::fs;
use std::path::Path;
use std::sync::Arc;

use rusqlite::Connection;
use steadfast::engine::{CommitRecord, Engine, EngineError, LogEngine, PageNo};
use steadfast::transfer::{CheckReport, Progress, TransferError, check};
use tempfile::TempDir;

use crate::source::{KEY, KEYS_AND_ALARM, Source, TABLES, copy_directory, header, id, import_all};

#[test]
fn a_sound_directory_has_no_findings() {
    let directory = with_objects();
    let mut seen = Vec::new();
    let report = check(directory.path(), open, &mut |progress| seen.push(progress)).unwrap();
    assert_eq!((report.objects, report.keys, report.databases), (2, 6, 1));
    assert!(report.pages > 10 && report.findings.is_empty(), "{report:?}");
    assert_eq!(seen, [1, 2].map(|done| Progress { done, total: 2 }));
}

#[test]
fn a_changed_value_and_a_changed_page_are_found_and_the_rest_is_looked_at() {
    for (sql, name) in [
        ("UPDATE kv SET val = x'ff0f30' WHERE key = CAST('a' AS BLOB) AND obj = 1", "keys"),
        ("UPDATE page SET data = zeroblob(4096) WHERE no = 2", "all"),
    ] {
        let directory = with_objects();
        altered(directory.path(), sql);
        let report = checked(directory.path());
        assert_eq!(report.objects, 2);
        let [finding] = &report.findings[..] else { panic!("{sql}: {report:?}") };
        assert_eq!(finding.place, format!("{KEY} {}", id(name)), "{finding:?}");
        assert!(finding.text.contains("damaged"), "{finding:?}");
    }
}

#[test]
fn what_sqlite_finds_in_an_object_is_found() {
    // A table whose index lost its entries, with right checksums: only SQLite can tell.
    let source = Source::new();
    source.object("a", "CREATE TABLE t (v); CREATE INDEX i ON t (v); INSERT INTO t VALUES (1), (2), (3)");
    let directory = TempDir::new().unwrap();
    let engine = open(directory.path()).unwrap();
    import_all(&*engine, &source).unwrap();
    let stored = header(&*engine, "a");
    assert_eq!(stored.database_pages, 3);
    let empty_index = {
        let mut page = vec![0; 4096];
        page[0] = 10;
        page[5..7].copy_from_slice(&4096_u16.to_be_bytes());
        page
    };
    let record = CommitRecord {
        database_pages: Some(3),
        pages: vec![(PageNo(3), empty_index.into())],
        ..CommitRecord::new(stored.no)
    };
    engine.submit(record).unwrap();
    engine.close().unwrap();
    let report = checked(directory.path());
    assert!(!report.findings.is_empty());
    for finding in report.findings {
        assert_eq!(finding.place, format!("{KEY} {}", id("a")));
        assert!(finding.text.contains("index i"), "{finding:?}");
    }
}

#[test]
fn a_damaged_base_is_found_before_anything_is_opened() {
    let directory = with_objects();
    let path = directory.path().join("base.sqlite");
    let mut bytes = fs::read(&path).unwrap();
    let page = 4096 * (bytes.len() / 4096 / 2);
    bytes[page..page + 4096].fill(0x5a);
    fs::write(&path, bytes).unwrap();
    let never = |_: &Path| -> Result<Arc<dyn Engine>, EngineError> { panic!("nothing is opened") };
    let report = check(directory.path(), never, &mut |_| ()).unwrap();
    assert!(!report.findings.is_empty());
    assert!(report.findings.iter().all(|finding| finding.place == directory.path().display().to_string()));
}

#[test]
fn what_a_crash_left_in_the_log_is_looked_at_too() {
    let directory = TempDir::new().unwrap();
    let engine: Arc<dyn Engine> = Arc::new(LogEngine::open(directory.path()).unwrap());
    for name in ["first", "second"] {
        // The second proves that the first was acknowledged.
        let one = Source::new();
        one.object(name, KEYS_AND_ALARM);
        import_all(&*engine, &one).unwrap();
    }
    let sound = TempDir::new().unwrap();
    copy_directory(directory.path(), sound.path());
    engine.close().unwrap();
    let damaged = TempDir::new().unwrap();
    copy_directory(sound.path(), damaged.path());
    let report = checked(sound.path());
    assert_eq!((report.objects, report.keys), (2, 6), "{report:?}");
    assert!(report.findings.is_empty(), "{report:?}");

    let log = damaged.path().join("log");
    let segment = fs::read_dir(&log)
        .unwrap()
        .map(|entry| entry.unwrap().path())
        .find(|path| fs::read(path).unwrap().windows(KEY.len()).any(|bytes| bytes == KEY.as_bytes()));
    let segment = segment.expect("a segment with records");
    let mut bytes = fs::read(&segment).unwrap();
    let at = bytes.windows(KEY.len()).position(|bytes| bytes == KEY.as_bytes()).unwrap();
    bytes[at] ^= 1;
    fs::write(&segment, bytes).unwrap();
    let report = checked(damaged.path());
    let [finding] = &report.findings[..] else { panic!("{report:?}") };
    assert!(finding.text.contains("log") && finding.text.contains("offset="), "{finding:?}");
}

#[test]
fn a_directory_without_data_is_an_error_and_stays_as_it_is() {
    let directory = TempDir::new().unwrap();
    let error = check(directory.path(), open, &mut |_| ()).unwrap_err();
    assert!(matches!(&error, TransferError::Engine(EngineError::Io { .. })), "{error}");
    assert_eq!(fs::read_dir(directory.path()).unwrap().count(), 0);
}

fn with_objects() -> TempDir {
    let source = Source::new();
    source.object("all", &format!("{KEYS_AND_ALARM} {TABLES}"));
    source.object("keys", KEYS_AND_ALARM);
    let directory = TempDir::new().unwrap();
    let engine = open(directory.path()).unwrap();
    import_all(&*engine, &source).unwrap();
    engine.close().unwrap();
    directory
}

fn altered(directory: &Path, sql: &str) {
    let changed = Connection::open(directory.join("base.sqlite")).unwrap().execute(sql, ()).unwrap();
    assert_eq!(changed, 1, "{sql}");
}

fn checked(directory: &Path) -> CheckReport {
    check(directory, open, &mut |_| ()).unwrap()
}

fn open(directory: &Path) -> Result<Arc<dyn Engine>, EngineError> {
    Ok(Arc::new(LogEngine::open(directory)?))
}
