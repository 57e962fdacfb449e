//! Stores over an engine: how fast commits become durable, and what a read from the cache costs.

use std::collections::VecDeque;
use std::hint::black_box;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::thread::{self, Thread};
use std::time::{Duration, Instant};

use bytes::Bytes;
use steadfast::engine::{DurableListener, Engine, Identity, Key, Poisoned, Position};
use steadfast::storage::{StorageError, Store, WriteOptions};

use super::options::Options;
use super::{CONCURRENT, DataDirectory, EngineKind, OBJECTS};

/// Commits per second: each reads a counter of one of 1000 objects and writes it, and 64 wait for
/// the disk at any time.
pub(super) fn durable_commits(options: &Options, kind: EngineKind) -> Result<f64, String> {
    let directory = DataDirectory::new(options, "commits")?;
    let engine = kind.open(&directory.path)?;
    let mut stores = (0..OBJECTS).map(|n| open(&engine, n)).collect::<Result<Vec<_>, _>>()?;
    let durable = Arc::new(Durable::on_this_thread());
    engine.subscribe(durable.clone());
    let warm = load(&mut stores, &durable, WARM_UP)?;
    let begin = Instant::now();
    let measured = load(&mut stores, &durable, Duration::from_secs(options.seconds))?;
    let rate = measured as f64 / begin.elapsed().as_secs_f64();
    drop(stores);
    engine.close().map_err(|error| format!("the engine failed: {error}"))?;
    drop(engine);
    let engine = kind.open(&directory.path)?;
    let mut counted = 0;
    for n in 0..OBJECTS {
        let value = open(&engine, n)?.get(KEY).map_err(|error| failed(&error))?;
        counted += value.map_or(0, |value| number(&value));
    }
    if counted != warm + measured {
        let acknowledged = warm + measured;
        return Err(format!(
            "the counters do not match the commits: counted={counted} acknowledged={acknowledged}"
        ));
    }
    Ok(rate)
}

/// Nanoseconds of one `get` of a key the activation has read or written before.
pub(super) fn cached_get(options: &Options, kind: EngineKind) -> Result<f64, String> {
    let directory = DataDirectory::new(options, "kv-hit")?;
    let engine = kind.open(&directory.path)?;
    let mut store = open(&engine, 0)?;
    let keys: Vec<Key> = (0..KEYS).map(|n| format!("key-{n:04}").into()).collect();
    for key in &keys {
        store
            .put(key.clone(), Bytes::from_static(b"a value of 16 B."), WriteOptions::default())
            .map_err(|error| failed(&error))?;
    }
    store.end_turn().map_err(|error| failed(&error))?;
    let begin = Instant::now();
    for _ in 0..GETS / KEYS {
        for key in &keys {
            black_box(store.get(black_box(key)).map_err(|error| failed(&error))?);
        }
    }
    Ok(begin.elapsed().as_nanos() as f64 / GETS as f64)
}

/// Commits for some time, then waits for the rest. Returns how many there were.
fn load(stores: &mut [Store], durable: &Durable, time: Duration) -> Result<u64, String> {
    let begin = Instant::now();
    let mut in_flight: VecDeque<Position> = VecDeque::with_capacity(CONCURRENT);
    let mut commits = 0_u64;
    while begin.elapsed() < time {
        while in_flight.len() < CONCURRENT {
            let object = commits as usize % stores.len();
            in_flight.push_back(increment(&mut stores[object]).map_err(|error| failed(&error))?);
            commits += 1;
        }
        durable.wait_for(in_flight[0])?;
        let position = durable.position();
        while in_flight.front().is_some_and(|first| *first <= position) {
            in_flight.pop_front();
        }
    }
    if let Some(last) = in_flight.back() {
        durable.wait_for(*last)?;
    }
    Ok(commits)
}

fn increment(store: &mut Store) -> Result<Position, StorageError> {
    let count = store.get(KEY)?.map_or(0, |value| number(&value)) + 1;
    let value = Bytes::copy_from_slice(&count.to_be_bytes());
    store.put(Bytes::from_static(KEY), value, WriteOptions::default())?;
    Ok(store.end_turn()?.expect("the turn wrote"))
}

pub(super) fn open(engine: &Arc<dyn Engine>, n: usize) -> Result<Store, String> {
    let mut id = [0; 32];
    // Spread as hashes are, so that ids do not arrive in order.
    id[..8].copy_from_slice(&(n as u64).wrapping_mul(0x9E37_79B9_7F4A_7C15).to_be_bytes());
    id[24..].copy_from_slice(&(n as u64).to_be_bytes());
    let identity = Identity { namespace: "bench-Counter".into(), id, name: None, facet: None };
    Store::open(engine.clone(), identity).map_err(|error| failed(&error))
}

pub(super) fn number(value: &[u8]) -> u64 {
    u64::from_be_bytes(value.try_into().expect("eight bytes were written"))
}

pub(super) fn failed(error: &StorageError) -> String {
    format!("the storage failed: {error}")
}

/// How far the engine is, for one thread that waits.
struct Durable {
    position: AtomicU64,
    failed: AtomicBool,
    waiting: Thread,
}

impl Durable {
    fn on_this_thread() -> Self {
        Self { position: AtomicU64::new(0), failed: AtomicBool::new(false), waiting: thread::current() }
    }

    fn position(&self) -> Position {
        Position(self.position.load(Ordering::Acquire))
    }

    fn wait_for(&self, position: Position) -> Result<(), String> {
        while self.position() < position {
            if self.failed.load(Ordering::Acquire) {
                return Err(String::from("the engine failed"));
            }
            thread::park();
        }
        Ok(())
    }
}

impl DurableListener for Durable {
    fn durable(&self, position: Position) {
        self.position.store(position.0, Ordering::Release);
        self.waiting.unpark();
    }

    fn failed(&self, cause: &Poisoned) {
        eprintln!("bench: the engine failed: {cause}");
        self.failed.store(true, Ordering::Release);
        self.waiting.unpark();
    }
}

pub(super) const KEY: &[u8] = b"count";
const WARM_UP: Duration = Duration::from_millis(500);
const KEYS: usize = 64;
const GETS: usize = 6_400_000;
