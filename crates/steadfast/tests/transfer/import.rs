use std::fs;
use std::path::Path;

use rusqlite::Connection;
use steadfast::engine::testing::block_on;
use steadfast::engine::{CommitRecord, HistoryChange, HistoryItem, PageImage, PageNo};
use steadfast::limits::{IMPORT_RECORD_BYTES_MAX, SQL_PAGE_BYTES};
use steadfast::transfer::{ImportOptions, Progress, TransferError, import, inspect_object};
use steadfast_sqlite::{Bytes, Database, Options, PageSource, SourceError};
use tempfile::TempDir;

use crate::source::{
    ENGINES, KEY, KEYS_AND_ALARM, Source, TABLES, copy_directory, header, id, import_all, memory,
};

#[test]
fn keys_tables_alarm_and_name_arrive() {
    let source = Source::new();
    source.object("all", &format!("{KEYS_AND_ALARM} {TABLES}"));
    source.object("empty", "");
    source.alarms(&[("all", 5, Some("all"))]);
    let engine = memory();
    let mut seen = Vec::new();
    let report =
        import(&*engine, source.path(), ImportOptions::default(), &mut |progress| seen.push(progress));
    let report = report.unwrap();
    assert_eq!((report.namespaces, report.objects, report.empty_objects), (1, 1, 1));
    assert_eq!((report.keys, report.databases, report.alarms), (3, 1, 1));
    assert!(report.problems.is_empty() && report.notes.is_empty(), "{report:?}");
    assert_eq!(seen, [1, 2].map(|done| Progress { done, total: 2 }));

    let details = inspect_object(&engine, KEY, &id("all").to_string(), 10).unwrap().unwrap();
    let keys: Vec<_> = details.keys.iter().map(|entry| (&*entry.key, &entry.value[..])).collect();
    let expected: [(&str, &[u8]); 3] =
        [("", b"\xff\x0f0"), ("a", b"\xff\x0fI\x02"), ("é😀", b"\xff\x0f\x22\x01z")];
    assert_eq!(keys, expected);
    // The object's own row is the truth, the index of alarms only has the name.
    assert_eq!(details.summary.alarm_ms, Some(1_700_000_000_000));
    assert_eq!(details.summary.name.as_deref(), Some("all"));
    assert_eq!(details.summary.tables, ["t", "words"]);
    let rows: Vec<_> = details.tables.iter().map(|table| table.rows.clone().unwrap()).collect();
    assert_eq!(rows, [1, 2]);
    assert_eq!(details.summary.database_bytes % SQL_PAGE_BYTES as u64, 0);
}

#[test]
fn what_is_still_in_the_write_ahead_file_arrives_and_the_source_is_not_touched() {
    let source = Source::new();
    let path = source.file("open");
    let connection = Connection::open(&path).unwrap();
    connection.pragma_update_and_check(None, "journal_mode", "wal", |_| Ok(())).unwrap();
    connection.execute_batch(KEYS_AND_ALARM).unwrap();
    let before = listing(source.path());
    let engine = memory();
    assert_eq!(import_all(&*engine, &source).unwrap().keys, 3);
    assert_eq!(listing(source.path()), before);
    drop(connection);
}

#[test]
fn project_state_and_objects_directory_are_all_accepted() {
    for (below, named) in [
        (".wrangler/state/v3/do", ""),
        (".wrangler/state/v3/do", ".wrangler"),
        (".wrangler/state/v3/do", ".wrangler/state"),
        ("v3/do", ""),
        ("do", ""),
        ("do", "do"),
    ] {
        let (source, project) = (Source::new(), TempDir::new().unwrap());
        source.object("a", KEYS_AND_ALARM);
        fs::create_dir_all(project.path().join(below)).unwrap();
        fs::rename(source.path().join(KEY), project.path().join(below).join(KEY)).unwrap();
        let from = project.path().join(named);
        let report = import(&*memory(), &from, ImportOptions::default(), &mut |_| ()).unwrap();
        assert_eq!((report.objects, report.root), (1, project.path().join(below)), "{below} {named}");
    }
}

#[test]
fn a_directory_without_objects_is_refused() {
    let empty = TempDir::new().unwrap();
    for path in [empty.path().to_owned(), empty.path().join("absent")] {
        let refused = import(&*memory(), &path, ImportOptions::default(), &mut |_| ()).unwrap_err();
        assert!(matches!(&refused, TransferError::NoSource { .. }), "{refused}");
        assert!(refused.to_string().ends_with(&format!("path={}", path.display())), "{refused}");
    }
}

#[test]
fn unusable_files_are_named_and_the_others_arrive() {
    let source = Source::new();
    source.object("good", KEYS_AND_ALARM);
    fs::write(source.file("text"), "no database at all").unwrap();
    let cut = source.object("cut", TABLES);
    let bytes = fs::read(&cut).unwrap();
    fs::write(&cut, &bytes[..bytes.len() - SQL_PAGE_BYTES]).unwrap();
    let bad = source.object("bad", TABLES);
    let mut bytes = fs::read(&bad).unwrap();
    bytes[SQL_PAGE_BYTES..2 * SQL_PAGE_BYTES].fill(0x5a);
    fs::write(&bad, bytes).unwrap();
    source.object("other", "PRAGMA application_id = 7; CREATE TABLE t (a)");
    let kv = "CREATE TABLE _cf_KV (key TEXT PRIMARY KEY, value BLOB) WITHOUT ROWID; INSERT INTO _cf_KV";
    source.object("key", &format!("{kv} VALUES (CAST(x'ff' AS TEXT), x'ff0f30')"));
    source.object("value", &format!("{kv} VALUES ('k', 'text')"));
    source.object("version", &format!("{kv} VALUES ('k', x'ff1030')"));
    source.object("large", &format!("{kv} VALUES ('k', zeroblob(9000000))"));
    source.object("utf16", "PRAGMA encoding = 'UTF-16le'; CREATE TABLE t (a)");
    source.object(
        "alarm",
        "CREATE TABLE _cf_METADATA (key INTEGER PRIMARY KEY, value BLOB); INSERT INTO _cf_METADATA VALUES (1, 'x')",
    );
    let engine = memory();
    let report = import_all(&*engine, &source).unwrap();
    assert_eq!((report.objects, report.keys), (1, 3));
    let expected = [
        ("alarm", "its alarm or bookmark is no number: key=1 found=Text"),
        ("bad", "it is damaged; restore it: "),
        ("cut", "it is cut off; restore it: bytes="),
        ("key", "a key is no text: found=no UTF-8"),
        ("large", "a value is too large here: bytes=9000003 bytes_max=8388636 key=\"k\""),
        ("other", "it belongs to another program; move it away: application_id=0x00000007"),
        ("text", "it is no SQLite file; move it away"),
        ("utf16", "its text is not UTF-8, so workerd did not write it: encoding=UTF-16le"),
        ("value", "a value is no stored value: type=Text key=\"k\""),
        ("version", "a value is no stored value: version=16 version_max=15 key=\"k\""),
    ];
    assert_eq!(report.problems.len(), expected.len(), "{report:?}");
    for (name, why) in expected {
        let path = source.file(name);
        let problem = report.problems.iter().find(|problem| problem.path == path).expect(name);
        let text = problem.why.to_string();
        assert!(text.starts_with(why), "{name}: {text}");
        assert_eq!(engine.lookup(KEY, id(name).bytes()).unwrap(), None, "{name}");
    }
}

#[test]
fn indexes_may_use_functions_that_stock_sqlite_lacks() {
    let source = Source::new();
    let database = Database::open(Box::new(NoPages), 0, &Options::default()).unwrap();
    let sql =
        "CREATE TABLE t (a, b GENERATED ALWAYS AS (pow(a, 2)) STORED); CREATE INDEX roots ON t (sqrt(a));
               INSERT INTO t VALUES (4.0), (9.0)";
    database.exec(sql, &[]).unwrap();
    let commit = database.commit().unwrap().unwrap();
    let file: Vec<u8> = commit.pages.iter().flat_map(|(_, page)| page.to_vec()).collect();
    assert_eq!(file.len(), commit.page_count as usize * SQL_PAGE_BYTES);
    fs::write(source.file("math"), file).unwrap();
    let engine = memory();
    let report = import_all(&*engine, &source).unwrap();
    assert_eq!((report.objects, report.problems.len()), (1, 0), "{report:?}");
}

#[test]
fn other_page_sizes_arrive_as_pages_of_ours() {
    let source = Source::new();
    source.object("small", &format!("PRAGMA page_size = 1024; {KEYS_AND_ALARM}"));
    let connection = Connection::open(source.file("pages")).unwrap();
    connection.execute_batch(&format!("PRAGMA page_size = 1024; {KEYS_AND_ALARM} {TABLES}")).unwrap();
    drop(connection);
    let engine = memory();
    let report = import_all(&*engine, &source).unwrap();
    assert_eq!((report.objects, report.problems.len()), (2, 0), "{report:?}");
    let details = inspect_object(&engine, KEY, "pages", 10).unwrap().unwrap();
    assert_eq!(details.tables.iter().map(|table| table.rows.clone().unwrap()).collect::<Vec<_>>(), [1, 2]);
}

#[test]
fn nothing_of_the_keys_is_left_in_the_pages() {
    let source = Source::new();
    source.object(
        "keys",
        "CREATE TABLE _cf_KV (key TEXT PRIMARY KEY, value BLOB) WITHOUT ROWID;
         INSERT INTO _cf_KV VALUES ('k', CAST(x'ff0f22' || zeroblob(1) || replace(hex(zeroblob(50000)), '00', 'secret') AS BLOB));
         CREATE TABLE t (a); INSERT INTO t VALUES (1)",
    );
    let engine = memory();
    import_all(&*engine, &source).unwrap();
    let stored = header(&*engine, "keys");
    let pages = (1..=stored.database_pages).filter_map(|no| engine.page(stored.no, PageNo(no)).unwrap());
    let pages: Vec<_> = pages.collect();
    assert!(pages.iter().all(|page| !page.windows(6).any(|bytes| bytes == b"secret")));
    assert!(pages.len() < 5, "freed pages are holes: pages={}", pages.len());
}

#[test]
fn values_without_a_header_get_one() {
    let source = Source::new();
    let kv = "CREATE TABLE _cf_KV (key TEXT PRIMARY KEY, value BLOB) WITHOUT ROWID";
    source.object("old", &format!("{kv}; INSERT INTO _cf_KV VALUES ('k', x'4902')"));
    let engine = memory();
    import_all(&*engine, &source).unwrap();
    let stored = engine.get(header(&*engine, "old").no, b"k").unwrap().unwrap();
    assert_eq!(&stored[..], b"\xff\x0dI\x02");
}

#[test]
fn what_is_left_out_is_noted() {
    let source = Source::new();
    let directory = source.path().join(KEY);
    source.object(
        "a",
        &format!(
            "{KEYS_AND_ALARM} CREATE TABLE _cf_EXTERNALS (key TEXT, idx INTEGER, token BLOB,
             PRIMARY KEY (key, idx)) WITHOUT ROWID; INSERT INTO _cf_EXTERNALS VALUES ('a', 0, x'00');
             CREATE TABLE _cf_NEW (x)"
        ),
    );
    let facet = source.file("a").with_extension("1.sqlite");
    fs::write(&facet, "").unwrap();
    fs::write(source.file("a").with_extension("facets"), "").unwrap();
    fs::write(directory.join("notes.txt"), "").unwrap();
    fs::copy(source.file("a"), directory.join(format!("{}.sqlite", "ab".repeat(32)))).unwrap();
    // A name that does not stand for the id is none.
    source.alarms(&[("a", 5, Some("b"))]);
    let engine = memory();
    let report = import_all(&*engine, &source).unwrap();
    assert_eq!((report.objects, report.problems.len()), (2, 0));
    let mut notes: Vec<_> = report.notes.iter().map(|note| note.text.as_str()).collect();
    notes.sort_unstable();
    notes.dedup();
    let expected = [
        "a facet was left out: only objects are imported",
        "a table of workerd's that is not known was left out: table=_cf_NEW",
        "ids were made for another key, so no program finds these objects; was the directory renamed? objects=1",
        "stubs of other services were left out: stubs=1",
        "workerd writes no such file, so it was left alone",
    ];
    assert_eq!(notes, expected);
    assert_eq!(header(&*engine, "a").name, None);
    assert!(inspect_object(&engine, KEY, &id("a").to_string(), 1).unwrap().unwrap().tables.is_empty());
}

#[test]
fn an_object_with_data_is_replaced_only_when_asked() {
    let source = Source::new();
    source.object("a", &format!("{KEYS_AND_ALARM} {TABLES}"));
    let engine = memory();
    import_all(&*engine, &source).unwrap();
    let refused = import_all(&*engine, &source).unwrap_err();
    assert!(matches!(&refused, TransferError::ObjectsExist { objects: 1, .. }), "{refused}");
    assert!(
        refused.to_string().ends_with(&format!("first_namespace={KEY} first_id={}", id("a"))),
        "{refused}"
    );

    fs::remove_file(source.file("a")).unwrap();
    source.object("a", "CREATE TABLE only (x); INSERT INTO only VALUES (1)");
    let options = ImportOptions { overwrite: true };
    import(&*engine, source.path(), options, &mut |_| ()).unwrap();
    let details = inspect_object(&engine, KEY, &id("a").to_string(), 10).unwrap().unwrap();
    assert_eq!((details.summary.keys, details.summary.alarm_ms), (0, None));
    assert_eq!(details.summary.tables, ["only"]);
    assert_eq!(header(&*engine, "a").incarnation, 1);
}

#[test]
fn an_object_with_a_history_is_not_replaced() {
    let source = Source::new();
    source.object("a", KEYS_AND_ALARM);
    let engine = memory();
    import_all(&*engine, &source).unwrap();
    let stored = header(&*engine, "a");
    // Bookmarks go on where workerd's ended.
    assert_eq!(stored.bookmarks.next, 8);
    let history = HistoryChange {
        interval: 8,
        begun_ms: Some(0),
        keep_since_ms: None,
        before: vec![(HistoryItem::Key("new".into()), None)],
    };
    let record = CommitRecord {
        kv: vec![("new".into(), Some("x".into()))],
        history: Some(history),
        ..CommitRecord::new(stored.no)
    };
    block_on(engine.durable(engine.submit(record).unwrap())).unwrap();
    let options = ImportOptions { overwrite: true };
    let report = import(&*engine, source.path(), options, &mut |_| ()).unwrap();
    let why = report.problems[0].why.to_string();
    assert!(why.contains("with a history that replacing it would break"), "{why}");
    assert_eq!(&engine.get(stored.no, b"new").unwrap().unwrap()[..], b"x");
}

#[test]
fn a_large_object_takes_several_records_and_is_there_with_the_last() {
    let source = Source::new();
    let rows = IMPORT_RECORD_BYTES_MAX / 1_000_000 + 2;
    source.object(
        "large",
        &format!(
            "CREATE TABLE t (b BLOB); WITH RECURSIVE n (i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < {rows})
             INSERT INTO t SELECT randomblob(1000000) FROM n; {KEYS_AND_ALARM}"
        ),
    );
    for open in ENGINES {
        let directory = TempDir::new().unwrap();
        let engine = open(directory.path());
        let before = engine.durable_position();
        import_all(&*engine, &source).unwrap();
        assert!(engine.durable_position().0 - before.0 > 1, "several records");
        engine.close().unwrap();
        let engine = open(directory.path());
        let details = inspect_object(&engine, KEY, "large", 10).unwrap().unwrap();
        assert_eq!(details.tables[0].rows, Ok(rows));
        assert_eq!((details.summary.keys, details.summary.alarm_ms), (3, Some(1_700_000_000_000)));
        let options = ImportOptions { overwrite: true };
        let report = import(&*engine, source.path(), options, &mut |_| ()).unwrap();
        let why = report.problems[0].why.to_string();
        assert!(why.contains("too large to be replaced at once"), "{why}");
        assert_eq!(header(&*engine, "large").incarnation, 0);
    }
}

#[test]
fn what_a_cut_off_import_leaves_is_no_object_and_its_number_is_not_used_again() {
    for open in ENGINES {
        let directory = TempDir::new().unwrap();
        let engine = open(directory.path());
        let left = engine.allocate();
        let page = PageImage::from(vec![7; SQL_PAGE_BYTES]);
        let first_record = CommitRecord {
            database_pages: Some(2),
            pages: vec![(PageNo(1), page.clone()), (PageNo(2), page)],
            kv: vec![("left".into(), Some("over".into()))],
            ..CommitRecord::new(left)
        };
        block_on(engine.durable(engine.submit(first_record).unwrap())).unwrap();
        for reopened in [false, true] {
            // Once from what a crash leaves, once from what closing leaves.
            let copy = TempDir::new().unwrap();
            if reopened {
                engine.close().unwrap();
            }
            copy_directory(directory.path(), copy.path());
            let engine = open(copy.path());
            assert_eq!(engine.namespaces().unwrap().len(), 0);
            let source = Source::new();
            source.object("small", KEYS_AND_ALARM);
            import_all(&*engine, &source).unwrap();
            assert!(header(&*engine, "small").no > left);
            let details = inspect_object(&engine, KEY, "small", 10).unwrap().unwrap();
            assert_eq!((details.summary.keys, details.summary.database_bytes), (3, 0));
        }
    }
}

/// Every file with its length.
fn listing(directory: &Path) -> Vec<(String, u64)> {
    let mut files = Vec::new();
    for entry in directory.read_dir().unwrap().map(Result::unwrap) {
        if entry.path().is_dir() {
            files.extend(listing(&entry.path()));
        } else {
            files.push((entry.path().display().to_string(), entry.metadata().unwrap().len()));
        }
    }
    files.sort();
    files
}

/// A database that is new.
struct NoPages;

impl PageSource for NoPages {
    fn page(&self, _no: u32) -> Result<Option<Bytes>, SourceError> {
        Ok(None)
    }
}
