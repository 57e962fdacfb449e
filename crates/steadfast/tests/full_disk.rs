//! A full disk stops the engine cleanly, and loses nothing it acknowledged.
//!
//! The disk is made full by a bound on the pages of the base file, which SQLite reports as it does a full
//! disk, or on the bytes of the log.

mod workload;

use std::io;
use std::path::PathBuf;
use std::sync::Arc;
use std::sync::atomic::{AtomicI64, Ordering};

use steadfast::engine::log::{LogIo, LogSettings, SegmentFile, SegmentId};
use steadfast::engine::testing::block_on;
use steadfast::engine::{Engine, EngineError, LogEngine, SqliteEngine};
use steadfast::{Error, ErrorKind};
use tempfile::TempDir;
use workload::Loaded;

const OBJECTS: u8 = 8;

#[test]
fn a_full_disk_refuses_and_loses_nothing_acknowledged() {
    for pages_max in [24, 40, 100] {
        let directory = TempDir::new().unwrap();
        let engine = SqliteEngine::open_bounded(directory.path(), pages_max).unwrap();
        let acknowledged = fill(&engine, "base.sqlite");
        drop(engine);
        go_on(&SqliteEngine::open(directory.path()).unwrap(), &acknowledged);
    }
}

#[test]
fn a_log_without_room_refuses_and_loses_nothing_acknowledged() {
    // Checkpoints come late, so that no segment becomes free.
    let settings = LogSettings {
        segment_bytes_first: 16 * 1024,
        segment_bytes_max: 16 * 1024,
        freeze_bytes: u64::MAX / 8,
        log_bytes_max: u64::MAX,
    };
    for segments in [1, 3] {
        let directory = TempDir::new().unwrap();
        let bounded = |io| Arc::new(Bounded { io, left: AtomicI64::new(segments) }) as Arc<dyn LogIo>;
        let engine = LogEngine::open_with(directory.path(), settings, bounded).unwrap();
        let acknowledged = fill(&engine, "log");
        drop(engine);
        go_on(&LogEngine::open(directory.path()).unwrap(), &acknowledged);
    }
}

/// Commits until the disk is full. Returns how many turns of each object were acknowledged.
fn fill(engine: &dyn Engine, file: &str) -> Vec<u64> {
    let mut objects: Vec<Loaded> = (0..OBJECTS).map(|index| Loaded::find(engine, index)).collect();
    let mut acknowledged = vec![0; usize::from(OBJECTS)];
    let mut next = (0..usize::from(OBJECTS)).cycle();
    let cause = loop {
        let object = &mut objects[next.next().unwrap()];
        let position = object.turn(engine).expect("nothing failed so far");
        match block_on(engine.durable(position)) {
            Ok(()) => acknowledged[usize::from(object.index)] = object.turns,
            Err(cause) => break cause,
        }
    };
    assert!(cause.to_string().starts_with("the disk is full; free some space"), "{cause}");
    assert!(cause.to_string().contains(file), "{cause}");
    assert!(acknowledged.iter().sum::<u64>() > 0);
    assert!(objects[0].turn(engine).is_err());
    let refused = engine.lookup(workload::NAMESPACE, &[0; 32]).unwrap_err();
    assert!(matches!(refused, EngineError::Poisoned(_)), "{refused:?}");
    assert_eq!(Error::from(refused).kind(), ErrorKind::Unavailable);
    assert!(engine.close().is_err());
    acknowledged
}

/// With room again, the directory opens with all that was acknowledged, and goes on.
fn go_on(engine: &dyn Engine, acknowledged: &[u64]) {
    for (index, turns) in (0..OBJECTS).zip(acknowledged) {
        let mut object = Loaded::find(engine, index);
        assert!(object.turns >= *turns, "object {index}: {} < {turns}", object.turns);
        block_on(engine.durable(object.turn(engine).unwrap())).unwrap();
    }
}

/// A disk with room for so many segments, ever.
struct Bounded {
    io: Arc<dyn LogIo>,
    left: AtomicI64,
}

impl LogIo for Bounded {
    fn list(&self) -> io::Result<Vec<SegmentFile>> {
        self.io.list()
    }
    fn allocate(&self, bytes: u64) -> io::Result<SegmentId> {
        match self.left.fetch_sub(1, Ordering::Relaxed) {
            left if left > 0 => self.io.allocate(bytes),
            _ => Err(io::ErrorKind::StorageFull.into()),
        }
    }
    fn read(&self, segment: SegmentId, offset: u64, bytes: usize) -> io::Result<Vec<u8>> {
        self.io.read(segment, offset, bytes)
    }
    fn write_at(&self, segment: SegmentId, offset: u64, bytes: &[u8]) -> io::Result<()> {
        self.io.write_at(segment, offset, bytes)
    }
    fn sync(&self, segment: SegmentId) -> io::Result<()> {
        self.io.sync(segment)
    }
    fn remove(&self, segment: SegmentId) -> io::Result<()> {
        self.io.remove(segment)
    }
    fn path(&self, segment: SegmentId) -> PathBuf {
        self.io.path(segment)
    }
}
