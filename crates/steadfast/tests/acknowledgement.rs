//! No acknowledgement precedes the sync it speaks of.

mod workload;

use std::sync::{Arc, Mutex};
use std::thread;

use steadfast::engine::testing::{Valve, block_on};
use steadfast::engine::{CommitSink, DurableListener, Poisoned, Position, SqliteEngine};
use tempfile::TempDir;
use workload::Loaded;

/// Compares each report with what the valve before the base file has seen committed.
///
/// A commit counts when SQLite's COMMIT has returned, which under the `synchronous=FULL` that the
/// engine reads back at every start is after its sync.
struct Auditor {
    valve: Valve,
    reports: Mutex<Vec<Position>>,
}

impl DurableListener for Auditor {
    fn durable(&self, position: Position) {
        assert!(position <= self.valve.synced_position(), "{position:?} was reported before its sync");
        self.reports.lock().unwrap().push(position);
    }

    fn failed(&self, cause: &Poisoned) {
        panic!("nothing fails here: {cause}");
    }
}

#[test]
fn every_report_follows_its_sync() {
    let directory = TempDir::new().unwrap();
    let valve = Valve::new();
    let engine = SqliteEngine::open_with(directory.path(), |store| valve.before(store)).unwrap();
    let auditor = Arc::new(Auditor { valve: valve.clone(), reports: Mutex::default() });
    engine.subscribe(auditor.clone());
    let turns = 400;
    thread::scope(|scope| {
        for index in 0..8 {
            let (engine, valve) = (&engine, &valve);
            scope.spawn(move || {
                let mut object = Loaded::find(engine, index);
                for _ in 0..turns {
                    let position = object.turn(engine).unwrap();
                    assert!(engine.durable_position() <= valve.synced_position());
                    block_on(engine.durable(position)).unwrap();
                    assert!(position <= valve.synced_position());
                }
            });
        }
    });
    let records = 8 * turns;
    assert_eq!(valve.synced_position(), Position(records));
    // A report for each sync, beside the one at the start.
    assert_eq!(auditor.reports.lock().unwrap().len() as u64, valve.groups() + 1);
    assert!(valve.groups() < records, "groups must form by themselves: {}", valve.groups());
}
