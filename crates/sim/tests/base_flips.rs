//! A changed bit in the base file is never served as a key, a value or a page.

use std::fs;

use steadfast::engine::{CommitSink, SqliteEngine};
use steadfast_sim::Random;
use steadfast_sim::workload::Workload;
use steadfast_sim::world::World;
use tempfile::TempDir;

#[test]
fn a_changed_bit_is_never_served() {
    let directory = TempDir::new().expect("a temporary directory");
    let world = fill(directory.path());
    let sound = fs::read(directory.path().join(BASE)).expect("the base is there");
    let damaged = TempDir::new().expect("a temporary directory");
    let mut random = Random::new(1);
    let (mut reported, mut harmless) = (0, 0);
    for _ in 0..FLIPS {
        let at = random.index(sound.len());
        let mut bytes = sound.clone();
        bytes[at] ^= 1 << random.index(8);
        fs::write(damaged.path().join(BASE), &bytes).expect("it can be written");
        let found = SqliteEngine::open(damaged.path()).and_then(|engine| World::read_data(&engine, &world));
        match found {
            Err(_) => reported += 1,
            Ok(found) => {
                assert_eq!(world.what_differs_in(&found), None, "a changed bit is served: at={at}");
                harmless += 1;
            }
        }
    }
    // Most of the file is data; what is not is free, or the structure of the file, or rows of objects.
    assert!(reported > FLIPS / 10 && harmless > 0, "reported={reported} harmless={harmless}");
}

fn fill(directory: &std::path::Path) -> World {
    let engine = SqliteEngine::open(directory).expect("a new directory");
    let mut workload = Workload::new(Random::new(3));
    let mut world = World::default();
    for _ in 0..RECORDS {
        let record = workload.next(&world, || engine.allocate());
        world.apply(&record);
        engine.submit(record).expect("the disk is well");
    }
    engine.close().expect("the disk is well");
    world
}

const BASE: &str = "base.sqlite";
const FLIPS: usize = 300;
const RECORDS: usize = 150;
