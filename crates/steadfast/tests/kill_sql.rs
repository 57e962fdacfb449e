//! A turn that writes SQL, a key and the alarm survives a kill with all three or with none.

mod workload;

use std::collections::{HashMap, VecDeque};
use std::path::Path;
use std::sync::Arc;

use bytes::Bytes;
use steadfast::engine::testing::block_on;
use steadfast::engine::{Engine, Identity, LogEngine, Position, SqliteEngine};
use steadfast::storage::{Backing, Bounds, Limits, SqlValue, SqlValueRef, Store, WriteOptions};
use tempfile::TempDir;
use workload::{child_directory, hear, spawn_child, tell};

#[test]
fn no_turn_is_split_in_the_log() {
    kill_rounds("child_with_a_log");
}

#[test]
fn no_turn_is_split_in_the_base() {
    kill_rounds("child_without_a_log");
}

fn kill_rounds(child: &str) {
    let directory = TempDir::new().expect("a temporary directory");
    let mut acknowledged: HashMap<u8, i64> = HashMap::new();
    for round in 0..ROUNDS {
        let (mut process, mut stdout) = spawn_child(child, directory.path());
        let lives_for = 1 + (round * 211) % 397;
        let mut note = |words: String| {
            let (object, turns) = words.split_once(' ').expect("an object and its turns");
            acknowledged.insert(object.parse().expect("an object"), turns.parse().expect("a number"));
        };
        for _ in 0..lives_for {
            note(hear(&mut stdout).expect("the child runs until it is killed"));
        }
        process.kill().expect("a child can be killed");
        process.wait().expect("it was ours");
        while let Some(words) = hear(&mut stdout) {
            note(words);
        }
        let engine = open(child, directory.path());
        for (object, turns) in &acknowledged {
            let found = Turned::find(&engine, *object).turns;
            assert!(found >= *turns, "object {object} lost turns in round {round}: {found} < {turns}");
        }
        engine.close().expect("the disk is well");
    }
    assert_eq!(acknowledged.len(), usize::from(OBJECTS));
}

/// An object each of whose turns adds a row, writes their number under a key, and sets the alarm to it.
struct Turned {
    store: Store,
    turns: i64,
}

impl Turned {
    /// Finds it where the last process left it.
    fn find(engine: &Arc<dyn Engine>, object: u8) -> Self {
        let identity =
            Identity { namespace: "test-Object".into(), id: [object; 32], name: None, facet: None };
        let store = Store::open(engine.clone(), identity).expect("readable");
        let mut store = store.with_bounds(Bounds::new(Limits::Local, Backing::Sqlite));
        let by_key = store
            .get(KEY)
            .expect("readable")
            .map_or(0, |value| i64::from_be_bytes(value[..].try_into().expect("a number")));
        let by_alarm = store.alarm().map_or(0, |due_ms| due_ms - FIRST_ALARM_MS);
        store.sql_exec(TABLE, &[]).expect("a table");
        let rows = store.sql_exec("SELECT count(*), coalesce(max(n), 0) FROM turn", &[]).expect("a query");
        let rows = rows.rows().expect("a row");
        store.discard_turn();
        let both = vec![SqlValue::Integer(by_key), SqlValue::Integer(by_key)];
        assert_eq!(rows, [both], "object {object} is in no state between turns");
        assert_eq!(by_alarm, by_key, "object {object} is in no state between turns");
        Self { store, turns: by_key }
    }

    fn turn(&mut self) -> Position {
        let n = self.turns + 1;
        self.store.sql_exec(TABLE, &[]).expect("a table");
        let text = "x".repeat(n as usize * 7919 % 3000);
        let bindings = [SqlValueRef::Integer(n), SqlValueRef::Text(text.as_bytes())];
        self.store.sql_exec("INSERT INTO turn VALUES (?, ?)", &bindings).expect("an insert");
        let value = Bytes::copy_from_slice(&n.to_be_bytes());
        self.store.put(Bytes::from_static(KEY), value, WriteOptions::default()).expect("a short key");
        let due_ms = (FIRST_ALARM_MS + n) as f64;
        self.store.set_alarm(due_ms, 0, WriteOptions::default()).expect("a time");
        self.turns = n;
        self.store.end_turn().expect("the disk is well").expect("the turn wrote")
    }
}

/// Does nothing, unless it is the child.
#[test]
fn child_with_a_log() {
    run_child("child_with_a_log");
}

/// Does nothing, unless it is the child.
#[test]
fn child_without_a_log() {
    run_child("child_without_a_log");
}

fn run_child(child: &str) {
    let Some(directory) = child_directory() else { return };
    let engine = open(child, &directory);
    let mut objects: Vec<Turned> = (0..OBJECTS).map(|object| Turned::find(&engine, object)).collect();
    let mut in_flight: VecDeque<(Position, u8, i64)> = VecDeque::new();
    for n in 0_usize.. {
        let object = (n * n + n / 3) % objects.len();
        let position = objects[object].turn();
        in_flight.push_back((position, object as u8, objects[object].turns));
        if in_flight.len() == IN_FLIGHT {
            let (position, object, turns) = in_flight.pop_front().expect("it is full");
            block_on(engine.durable(position)).expect("the disk is well");
            tell(&format!("{object} {turns}"));
        }
    }
}

fn open(child: &str, directory: &Path) -> Arc<dyn Engine> {
    match child {
        "child_with_a_log" => {
            Arc::new(LogEngine::open(directory).expect("a killed process leaves an open door"))
        }
        _ => Arc::new(SqliteEngine::open(directory).expect("a killed process leaves an open door")),
    }
}

const ROUNDS: usize = 12;
const OBJECTS: u8 = 5;
const IN_FLIGHT: usize = 16;
const KEY: &[u8] = b"turns";
const TABLE: &str = "CREATE TABLE IF NOT EXISTS turn (n INTEGER PRIMARY KEY, text TEXT)";
/// Far from the epoch, before which no alarm may be.
const FIRST_ALARM_MS: i64 = 1_000_000;
