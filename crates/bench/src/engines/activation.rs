//! What it costs to wake an object that keeps its data in SQL.

use std::hint::black_box;
use std::sync::Arc;
use std::time::{Duration, Instant};

use steadfast::engine::Engine;

use super::commits::{failed, open};
use super::options::Options;
use super::{DataDirectory, EngineKind};

/// Microseconds from opening the store of an object that is not in memory to the first row of its database.
/// The data is in the base, the system's cache is warm.
pub(super) fn of_sql_object(options: &Options, kind: EngineKind) -> Result<f64, String> {
    let directory = DataDirectory::new(options, "activation")?;
    let engine = kind.open(&directory.path)?;
    for object in 0..OBJECTS {
        make(&engine, object)?;
    }
    engine.close().map_err(|error| format!("the engine failed: {error}"))?;
    drop(engine);
    let engine = kind.open(&directory.path)?;
    let mut spent = Duration::ZERO;
    for n in 0..OBJECTS {
        let object = n * 7_919 % OBJECTS;
        let begin = Instant::now();
        let mut store = open(&engine, object)?;
        let mut cursor = store.sql_exec(QUERY, &[]).map_err(|error| failed(&error))?;
        let row = cursor.next_row().map_err(|error| format!("the query failed: {error}"))?;
        spent += begin.elapsed();
        if black_box(row).is_none() {
            return Err(format!("the row is gone: object={object}"));
        }
    }
    Ok(spent.as_secs_f64() * 1e6 / OBJECTS as f64)
}

fn make(engine: &Arc<dyn Engine>, object: usize) -> Result<(), String> {
    let mut store = open(engine, object)?;
    store.sql_exec(TABLE, &[]).map_err(|error| failed(&error))?;
    store.end_turn().map_err(|error| failed(&error))?;
    Ok(())
}

const OBJECTS: usize = 5_000;
const TABLE: &str =
    "CREATE TABLE user (id INTEGER PRIMARY KEY, name TEXT); INSERT INTO user VALUES (1, 'Ada'), (2, 'Grace')";
const QUERY: &str = "SELECT name FROM user WHERE id = 2";
