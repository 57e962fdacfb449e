//! A process killed under load loses nothing it acknowledged, and leaves no half turn.

mod workload;

use std::collections::HashMap;
use std::path::Path;
use std::sync::mpsc;
use std::thread;

use steadfast::engine::log::LogSettings;
use steadfast::engine::testing::block_on;
use steadfast::engine::{Engine, LogEngine, SqliteEngine};
use tempfile::TempDir;
use workload::{Loaded, child_directory, hear, spawn_child, tell};

const ROUNDS: usize = 40;
const OBJECTS: u8 = 24;
const IN_FLIGHT: usize = 64;

#[test]
fn nothing_acknowledged_is_lost() {
    kill_rounds(&["child"], ROUNDS);
}

#[test]
fn nothing_acknowledged_is_lost_in_the_log() {
    kill_rounds(&["child_with_a_log"], ROUNDS);
}

/// What one engine left when it was killed, the other opens.
#[test]
fn nothing_acknowledged_is_lost_between_engines() {
    kill_rounds(&["child_with_a_log", "child"], ROUNDS / 2);
}

/// Starts children in turn, kills each, and looks at what it left.
fn kill_rounds(children: &[&str], rounds: usize) {
    let directory = TempDir::new().expect("a temporary directory");
    let mut acknowledged = HashMap::new();
    for round in 0..rounds {
        let (mut child, mut stdout) = spawn_child(children[round % children.len()], directory.path());
        // Primes of different size: some rounds end in the first turns, some after checkpoints.
        let lives_for = 1 + (round * 1_009) % 2_503;
        let mut note = |words: String| {
            let (object, turns) = words.split_once(' ').expect("an object and its turns");
            let turns: u64 = turns.parse().expect("a number of turns");
            acknowledged.insert(object.parse::<u8>().expect("an object"), turns);
        };
        for _ in 0..lives_for {
            note(hear(&mut stdout).expect("the child runs until it is killed"));
        }
        child.kill().expect("a child can be killed");
        child.wait().expect("it was ours");
        // What it still said before the end counts too.
        while let Some(words) = hear(&mut stdout) {
            note(words);
        }
        // Opened by the engine that comes next: it is the one to find everything.
        let next = children[(round + 1) % children.len()];
        let engine = open(next, directory.path());
        for (index, turns) in &acknowledged {
            let found = Loaded::find(&*engine, *index);
            assert!(
                found.turns >= *turns,
                "object {index} lost turns in round {round}: {} < {turns}",
                found.turns
            );
        }
    }
    assert_eq!(acknowledged.len(), usize::from(OBJECTS));
}

/// Does nothing, unless it is the child.
#[test]
fn child() {
    run_child("child");
}

/// Does nothing, unless it is the child.
#[test]
fn child_with_a_log() {
    run_child("child_with_a_log");
}

/// The engine a child of this name uses.
fn open(child: &str, directory: &Path) -> Box<dyn Engine> {
    match child {
        "child" => Box::new(SqliteEngine::open(directory).expect("a killed process leaves an open door")),
        _ => {
            // Small, so that segments are filled and checkpoints made all the time.
            let settings = LogSettings {
                segment_bytes_first: 256 * 1024,
                segment_bytes_max: 1024 * 1024,
                freeze_bytes: 512 * 1024,
                log_bytes_max: 4 * 1024 * 1024,
            };
            let engine = LogEngine::open_with(directory, settings, |io| io);
            Box::new(engine.expect("a killed process leaves an open door"))
        }
    }
}

fn run_child(name: &str) {
    let Some(directory) = child_directory() else { return };
    let engine = open(name, &directory);
    let (submitted, in_order) = mpsc::sync_channel(IN_FLIGHT);
    thread::scope(|scope| {
        scope.spawn(|| {
            for (position, index, turns) in in_order {
                block_on(engine.durable(position)).expect("the disk is well");
                tell(&format!("{index} {turns}"));
            }
        });
        let mut objects: Vec<Loaded> = (0..OBJECTS).map(|index| Loaded::find(&*engine, index)).collect();
        for n in 0_usize.. {
            // Some objects more often than others, some twice in one group.
            let object = &mut objects[(n * n + n / 3) % usize::from(OBJECTS)];
            let position = object.turn(&*engine).expect("the disk is well");
            submitted.send((position, object.index, object.turns)).expect("the other thread listens");
        }
    });
}
