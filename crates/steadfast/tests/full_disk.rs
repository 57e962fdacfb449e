//! A full disk stops the engine cleanly, and loses nothing it acknowledged.
//!
//! The disk is made full by SQLite's own bound on pages, which reports what a real one does.

mod workload;

use steadfast::engine::testing::block_on;
use steadfast::engine::{CommitSink, EngineError, ObjectReader, SqliteEngine};
use steadfast::{Error, ErrorKind};
use tempfile::TempDir;
use workload::Loaded;

const OBJECTS: u8 = 8;

#[test]
fn a_full_disk_refuses_and_loses_nothing_acknowledged() {
    for pages_max in [12, 40, 100] {
        let directory = TempDir::new().unwrap();
        let engine = SqliteEngine::open_bounded(directory.path(), pages_max).unwrap();
        let mut objects: Vec<Loaded> = (0..OBJECTS).map(|index| Loaded::find(&engine, index)).collect();
        let mut acknowledged = vec![0; usize::from(OBJECTS)];
        let mut next = (0..usize::from(OBJECTS)).cycle();
        let cause = loop {
            let object = &mut objects[next.next().unwrap()];
            let position = object.turn(&engine).expect("nothing failed so far");
            match block_on(engine.durable(position)) {
                Ok(()) => acknowledged[usize::from(object.index)] = object.turns,
                Err(cause) => break cause,
            }
        };
        assert!(cause.to_string().starts_with("the disk is full; free some space"), "{cause}");
        assert!(cause.to_string().contains("base.sqlite"), "{cause}");
        assert!(acknowledged.iter().sum::<u64>() > 0);
        assert!(objects[0].turn(&engine).is_err());
        let refused = engine.lookup(workload::NAMESPACE, &[0; 32]).unwrap_err();
        assert!(matches!(refused, EngineError::Poisoned(_)), "{refused:?}");
        assert_eq!(Error::from(refused).kind(), ErrorKind::Unavailable);
        assert!(engine.close().is_err());

        // With room again, the directory opens with all that was acknowledged, and goes on.
        let engine = SqliteEngine::open(directory.path()).unwrap();
        for (index, turns) in (0..OBJECTS).zip(acknowledged) {
            let mut object = Loaded::find(&engine, index);
            assert!(object.turns >= turns, "object {index}: {} < {turns}", object.turns);
            block_on(engine.durable(object.turn(&engine).unwrap())).unwrap();
        }
    }
}
