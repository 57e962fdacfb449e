//! Whose directory it is, and what is refused: locked, foreign, newer and damaged ones.

#![expect(clippy::disallowed_methods, reason = "makes the files it is about")]

mod workload;

use std::error::Error as _;
use std::fs;
use std::path::{Path, PathBuf};
use std::thread;

use rusqlite::Connection;
use steadfast::engine::testing::block_on;
use steadfast::engine::{CommitRecord, CommitSink, Engine, EngineError, Foreign, ObjectReader, SqliteEngine};
use steadfast::{Error, ErrorKind};
use tempfile::TempDir;
use workload::{Loaded, child_directory, hear, spawn_child, tell};

#[test]
fn a_second_process_is_refused_until_the_first_ends() {
    let directory = TempDir::new().unwrap();
    let (mut child, mut stdout) = spawn_child("child", directory.path());
    assert_eq!(hear(&mut stdout).as_deref(), Some("open"));
    let error = refused(directory.path());
    let text = error.to_string();
    assert!(matches!(error, EngineError::Locked { holder_pid, .. } if holder_pid == Some(child.id())));
    assert!(text.contains(&format!("holder_pid={}", child.id())), "{text}");
    assert!(text.contains(&format!("directory={}", directory.path().display())), "{text}");
    assert_eq!(Error::from(error).kind(), ErrorKind::Unavailable);
    child.kill().unwrap();
    child.wait().unwrap();
    SqliteEngine::open(directory.path()).expect("the lock went with the process");
}

/// Does nothing, unless it is the child.
#[test]
fn child() {
    let Some(directory) = child_directory() else { return };
    let _engine = SqliteEngine::open(&directory).expect("the directory is free");
    tell("open");
    loop {
        thread::park();
    }
}

#[test]
fn a_second_engine_of_one_process_is_refused_until_the_first_is_closed() {
    let directory = TempDir::new().unwrap();
    let first = SqliteEngine::open(directory.path()).unwrap();
    assert!(matches!(refused(directory.path()), EngineError::Locked { .. }));
    first.close().unwrap();
    SqliteEngine::open(directory.path()).expect("closing lets go");
}

#[test]
fn a_closed_engine_leaves_one_tidy_file() {
    let directory = with_data();
    let mut names: Vec<_> =
        fs::read_dir(directory.path()).unwrap().map(|entry| entry.unwrap().file_name()).collect();
    names.sort();
    assert_eq!(names, ["base.sqlite", "steadfast.lock"]);
}

#[test]
fn a_missing_directory_is_made() {
    let directory = TempDir::new().unwrap();
    let deep = directory.path().join("not/there/yet");
    SqliteEngine::open(&deep).unwrap().close().unwrap();
    assert!(deep.join("base.sqlite").is_file());
}

#[test]
fn a_file_in_place_of_the_directory_is_an_error_that_names_it() {
    let directory = TempDir::new().unwrap();
    let path = directory.path().join("file");
    fs::write(&path, "").unwrap();
    let error = refused(&path);
    assert!(matches!(error, EngineError::Io { .. }), "{error:?}");
    assert!(error.to_string().contains(&path.display().to_string()), "{error}");
}

#[test]
fn an_empty_base_file_is_what_a_crash_left() {
    let directory = TempDir::new().unwrap();
    fs::write(base_of(&directory), "").unwrap();
    SqliteEngine::open(directory.path()).unwrap();
}

#[test]
fn a_file_that_is_not_sqlite_is_foreign() {
    let directory = TempDir::new().unwrap();
    fs::write(base_of(&directory), "dear diary").unwrap();
    let error = refused_unchanged(&directory);
    assert!(matches!(error, EngineError::Foreign { found: Foreign::NotSqlite, .. }), "{error:?}");
    assert!(error.to_string().contains("choose another directory"), "{error}");
    assert_eq!(Error::from(error).kind(), ErrorKind::Invalid);
}

#[test]
fn the_sqlite_file_of_another_program_is_foreign() {
    for application_id in [0, 1] {
        let directory = TempDir::new().unwrap();
        let other = Connection::open(base_of(&directory)).unwrap();
        other.execute_batch("CREATE TABLE diary (day, text)").unwrap();
        other.pragma_update(None, "application_id", application_id).unwrap();
        drop(other);
        let error = refused_unchanged(&directory);
        let foreign = |found: &Foreign| *found == Foreign::OtherApplication { application_id };
        assert!(matches!(&error, EngineError::Foreign { found, .. } if foreign(found)), "{error:?}");
    }
}

#[test]
fn a_later_format_asks_for_an_upgrade() {
    let directory = with_data();
    edit(&directory, "UPDATE meta SET value = 3 WHERE key = 'format'");
    let error = refused_unchanged(&directory);
    assert!(matches!(error, EngineError::Newer { format: 3, format_max: 2, .. }), "{error:?}");
    assert!(error.to_string().contains("upgrade"), "{error}");
}

#[test]
fn a_directory_of_format_1_is_brought_up_to_date_with_its_data() {
    let directory = with_data();
    edit(
        &directory,
        "ALTER TABLE kv DROP COLUMN sum; ALTER TABLE object DROP COLUMN bookmark;
         ALTER TABLE object DROP COLUMN restore_to; ALTER TABLE object DROP COLUMN restore_undo;
         ALTER TABLE object DROP COLUMN sum;
         DROP TABLE page; DROP TABLE interval; DROP TABLE history; UPDATE meta SET value = 1 WHERE key = 'format'",
    );
    let number = 7_u64.to_be_bytes();
    for round in 0..2 {
        let engine = SqliteEngine::open(directory.path()).unwrap();
        let header = engine.lookup(workload::NAMESPACE, &[2; 32]).unwrap().expect("it wrote");
        let found = engine.get(header.no, b"a").unwrap().expect("it wrote this");
        // Format 1 knew no pages, so what is left is no state of the load.
        assert_eq!(found[..], if round == 0 { 20_u64.to_be_bytes() } else { number });
        let kv = vec![("a".into(), Some(number.to_vec().into()))];
        let record = CommitRecord { incarnation: header.incarnation, kv, ..CommitRecord::new(header.no) };
        block_on(engine.durable(engine.submit(record).unwrap())).unwrap();
        engine.close().unwrap();
    }
}

#[test]
fn a_changed_value_is_never_served() {
    let directory = with_data();
    edit(&directory, "UPDATE kv SET val = x'00' WHERE obj = 1 AND key = x'61'");
    let engine = SqliteEngine::open(directory.path()).unwrap();
    let header = engine.lookup(workload::NAMESPACE, &[0; 32]).unwrap().expect("it wrote");
    assert_damaged(engine.get(header.no, b"a").unwrap_err());
    engine.get(header.no, b"b").expect("the next row is intact");
}

#[test]
fn a_changed_row_of_an_object_is_never_served() {
    let directory = with_data();
    edit(&directory, "UPDATE object SET alarm_ms = coalesce(alarm_ms, 0) + 1 WHERE no = 1");
    let engine = SqliteEngine::open(directory.path()).unwrap();
    assert_damaged(engine.lookup(workload::NAMESPACE, &[0; 32]).unwrap_err());
    assert_damaged(engine.due_alarms(None, i64::MAX, 9).unwrap_err());
    engine.lookup(workload::NAMESPACE, &[1; 32]).unwrap().expect("the next row is intact");
}

#[test]
fn a_file_without_its_format_is_damaged() {
    for edited in ["DELETE FROM meta", "DROP TABLE meta"] {
        let directory = with_data();
        edit(&directory, edited);
        assert_damaged(refused_unchanged(&directory));
    }
}

#[test]
fn a_file_cut_off_is_damaged() {
    let directory = with_data();
    let content = fs::read(base_of(&directory)).unwrap();
    fs::write(base_of(&directory), &content[..content.len() - 4096]).unwrap();
    assert_damaged(refused_unchanged(&directory));
}

#[test]
fn a_page_overwritten_is_damaged_when_it_is_met() {
    let whole = fs::read(base_of(&with_data())).unwrap();
    let pages = whole.len() / 4096;
    assert!(pages > 8, "pages={pages}");
    for page in 1..pages {
        let directory = TempDir::new().unwrap();
        let mut content = whole.clone();
        content[page * 4096..][..64].fill(0xA5);
        fs::write(base_of(&directory), &content).unwrap();
        match SqliteEngine::open(directory.path()) {
            Err(error) => assert_damaged(error),
            Ok(engine) => assert_read_or_damaged(&engine),
        }
    }
}

#[test]
fn an_object_row_of_the_wrong_shape_is_damaged() {
    let directory = with_data();
    edit(&directory, "UPDATE object SET id = x'00' WHERE no = 1");
    let engine = SqliteEngine::open(directory.path()).unwrap();
    assert_damaged(engine.objects(workload::NAMESPACE, None, 9).unwrap_err());
}

/// Reads everything; an error must say that the file is damaged. Values over many pages have no
/// checksum, so a page inside one goes unnoticed here.
fn assert_read_or_damaged(engine: &dyn Engine) {
    for index in 0..4 {
        let read = engine.lookup(workload::NAMESPACE, &[index; 32]).and_then(|header| match header {
            Some(header) => engine.get(header.no, b"a"),
            None => Ok(None),
        });
        if let Err(error) = read {
            assert_damaged(error);
        }
    }
}

fn assert_damaged(error: EngineError) {
    assert!(matches!(error, EngineError::Damaged { .. }), "{error:?}");
    assert!(error.to_string().contains("restore"), "{error}");
    assert!(error.source().is_some());
    assert_eq!(Error::from(error).kind(), ErrorKind::Corrupt);
}

fn refused(directory: &Path) -> EngineError {
    match SqliteEngine::open(directory) {
        Ok(_) => panic!("the directory was opened: {}", directory.display()),
        Err(error) => error,
    }
}

/// Refuses, and leaves the file as it was.
fn refused_unchanged(directory: &TempDir) -> EngineError {
    let before = fs::read(base_of(directory)).unwrap();
    let error = refused(directory.path());
    assert!(before == fs::read(base_of(directory)).unwrap(), "the file was changed");
    error
}

/// A closed directory with a few objects.
fn with_data() -> TempDir {
    let directory = TempDir::new().unwrap();
    let engine = SqliteEngine::open(directory.path()).unwrap();
    for index in 0..4 {
        let mut object = Loaded::find(&engine, index);
        for _ in 0..20 {
            block_on(engine.durable(object.turn(&engine).unwrap())).unwrap();
        }
    }
    engine.close().unwrap();
    directory
}

fn edit(directory: &TempDir, sql: &str) {
    let base = Connection::open(base_of(directory)).unwrap();
    base.execute_batch(sql).unwrap();
}

fn base_of(directory: &TempDir) -> PathBuf {
    directory.path().join("base.sqlite")
}
