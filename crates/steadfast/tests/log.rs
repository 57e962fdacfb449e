//! What a directory with a log looks like from outside: tidy, recovered, or refused with the reason.
//!
//! A crash is a copy of the files of an engine that runs.

#![expect(clippy::disallowed_methods, reason = "copies and damages the files it is about")]

mod workload;

use std::fs;
use std::path::{Path, PathBuf};

use steadfast::engine::testing::block_on;
use steadfast::engine::{CommitSink, Engine, EngineError, LogEngine, SqliteEngine};
use steadfast::{Error, ErrorKind};
use tempfile::TempDir;
use workload::Loaded;

const OBJECTS: u8 = 5;
const TURNS: u64 = 30;

#[test]
fn a_closed_engine_leaves_one_tidy_file() {
    let directory = TempDir::new().unwrap();
    let engine = LogEngine::open(directory.path()).unwrap();
    load(&engine);
    assert!(directory.path().join("log").is_dir());
    engine.close().unwrap();
    let mut names: Vec<_> =
        fs::read_dir(&directory).unwrap().map(|entry| entry.unwrap().file_name()).collect();
    names.sort();
    assert_eq!(names, ["base.sqlite", "steadfast.lock"]);
    check(&SqliteEngine::open(directory.path()).unwrap());
}

#[test]
fn what_a_crash_leaves_opens_with_either_engine() {
    let image = crash_image();
    check(&LogEngine::open(image.path()).unwrap());
    let image = crash_image();
    let engine = SqliteEngine::open(image.path()).unwrap();
    check(&engine);
    assert!(!image.path().join("log").exists(), "the log is in the base now");
    engine.close().unwrap();
    check(&LogEngine::open(image.path()).unwrap());
}

#[test]
fn a_damaged_log_is_refused_by_name_and_left_alone() {
    let image = crash_image();
    let segment = segment(image.path());
    let mut bytes = fs::read(&segment).unwrap();
    bytes[3000] ^= 1;
    fs::write(&segment, &bytes).unwrap();
    for _ in 0..2 {
        for refused in [refused(LogEngine::open(image.path())), refused(SqliteEngine::open(image.path()))] {
            let text = refused.to_string();
            assert!(matches!(refused, EngineError::DamagedLog { .. }), "{text}");
            assert!(text.contains("position=") && text.contains(&segment.display().to_string()), "{text}");
            assert_eq!(Error::from(refused).kind(), ErrorKind::Corrupt);
        }
    }
    assert_eq!(fs::read(&segment).unwrap(), bytes);
    // As the message says.
    fs::rename(image.path().join("log"), image.path().join("log-moved-away")).unwrap();
    LogEngine::open(image.path()).unwrap();
}

#[test]
fn a_log_that_was_cut_off_is_refused() {
    let image = crash_image();
    let segment = segment(image.path());
    let whole = fs::metadata(&segment).unwrap().len();
    for bytes in [4096, whole - 1] {
        let cut = copy(image.path());
        let path = cut.path().join(segment.strip_prefix(image.path()).unwrap());
        fs::OpenOptions::new().write(true).open(path).unwrap().set_len(bytes).unwrap();
        let refused = refused(LogEngine::open(cut.path()));
        assert!(matches!(refused, EngineError::DamagedLog { .. }), "{refused:?}");
        let reason = refused.with_causes();
        assert!(reason.contains(&format!("cut off: bytes={bytes} bytes_made={whole}")), "{reason}");
    }
}

#[test]
fn a_log_without_its_base_is_refused() {
    let image = crash_image();
    for entry in fs::read_dir(image.path()).unwrap().map(Result::unwrap) {
        if entry.file_name().to_string_lossy().starts_with("base.") {
            fs::remove_file(entry.path()).unwrap();
        }
    }
    let refused = refused(LogEngine::open(image.path()));
    assert!(matches!(refused, EngineError::ForeignLog { .. }), "{refused:?}");
    assert!(refused.to_string().contains("log"), "{refused}");
    assert_eq!(Error::from(refused).kind(), ErrorKind::Invalid);
}

fn refused<T>(opened: Result<T, EngineError>) -> EngineError {
    match opened {
        Ok(_) => panic!("it must be refused"),
        Err(error) => error,
    }
}

/// A directory as a crash would leave it, with everything in the log.
fn crash_image() -> TempDir {
    let directory = TempDir::new().unwrap();
    let engine = LogEngine::open(directory.path()).unwrap();
    load(&engine);
    copy(directory.path())
}

fn load(engine: &dyn Engine) {
    let mut objects: Vec<Loaded> = (0..OBJECTS).map(|index| Loaded::find(engine, index)).collect();
    for _ in 0..TURNS {
        for object in &mut objects {
            block_on(engine.durable(object.turn(engine).unwrap())).unwrap();
        }
    }
}

/// Every object is there, in a state between turns, with all that was acknowledged.
fn check(engine: &dyn Engine) {
    for index in 0..OBJECTS {
        assert!(Loaded::find(engine, index).turns >= TURNS);
    }
}

fn copy(from: &Path) -> TempDir {
    let to = TempDir::new().unwrap();
    copy_into(from, to.path());
    to
}

fn copy_into(from: &Path, to: &Path) {
    for entry in fs::read_dir(from).unwrap().map(Result::unwrap) {
        let target = to.join(entry.file_name());
        if entry.path().is_dir() {
            fs::create_dir(&target).unwrap();
            copy_into(&entry.path(), &target);
        } else {
            fs::copy(entry.path(), target).unwrap();
        }
    }
}

fn segment(directory: &Path) -> PathBuf {
    let entries = fs::read_dir(directory.join("log")).unwrap().map(|entry| entry.unwrap().path());
    entries.min().expect("there is a log")
}
