//! The model the simulation compares with is what the engines themselves do, with their threads running.

use steadfast::engine::{Engine, LogEngine, SqliteEngine};
use steadfast_sim::Random;
use steadfast_sim::workload::Workload;
use steadfast_sim::world::World;

#[test]
fn agrees_with_the_sqlite_engine() {
    agrees_with(|| Box::new(SqliteEngine::memory().expect("an engine in memory")));
}

#[test]
fn agrees_with_the_log_engine() {
    agrees_with(|| Box::new(LogEngine::memory().expect("an engine in memory")));
}

fn agrees_with(open: impl Fn() -> Box<dyn Engine>) {
    for seed in 0..SEEDS {
        let engine = open();
        let mut workload = Workload::new(Random::new(seed));
        let mut world = World::default();
        for step in 0..STEPS {
            let record = workload.next(&world, || engine.allocate());
            world.apply(&record);
            engine.submit(record).expect("memory accepts everything");
            if step % 10 == 0 {
                let found = World::read(&*engine, &world).expect("memory can be read");
                assert_eq!(world.difference(&found), None, "seed={seed} step={step}");
            }
        }
        engine.close().expect("memory does not fail");
    }
}

const SEEDS: u64 = 60;
const STEPS: u64 = 120;
