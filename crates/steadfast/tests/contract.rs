//! Every promise of the engine's contract, on every engine.

use std::sync::Arc;
use std::thread;

use steadfast::engine::contract::{PROMISES, Subject};
use steadfast::engine::log::LogSettings;
use steadfast::engine::testing::{HeldBack, Valve};
use steadfast::engine::{Engine, LogEngine, SqliteEngine};
use tempfile::TempDir;

#[test]
fn sqlite_keeps_every_promise() {
    check_all(|| Sqlite { directory: TempDir::new().expect("a temporary directory"), valve: Valve::new() });
}

#[test]
fn the_log_keeps_every_promise() {
    check_all(|| Log::with(LogSettings::default()));
}

/// Every few groups fill a segment, and checkpoints come as fast as they can.
#[test]
fn a_log_that_always_moves_keeps_every_promise() {
    let settings = LogSettings {
        segment_bytes_first: 1024,
        segment_bytes_max: 4096,
        freeze_bytes: 1,
        log_bytes_max: 64 * 1024,
    };
    check_all(|| Log::with(settings));
}

#[test]
fn a_log_in_memory_keeps_every_promise() {
    check_all(|| LogInMemory { valve: Valve::new() });
}

#[test]
fn memory_keeps_every_promise() {
    check_all(|| Memory { valve: Valve::new() });
}

#[test]
fn an_engine_held_back_keeps_every_promise() {
    check_all(Held::default);
}

/// Runs each promise on a subject of its own, in a thread named after it.
fn check_all<S: Subject>(subject: impl Fn() -> S + Send + Copy) {
    for (name, check) in PROMISES {
        thread::scope(|scope| {
            let checking = thread::Builder::new().name((*name).into());
            let checked = checking.spawn_scoped(scope, move || check(&subject())).expect("a thread");
            assert!(checked.join().is_ok(), "broken promise: {name}");
        });
    }
}

/// The engine on a disk, with a valve before the base file.
struct Sqlite {
    directory: TempDir,
    valve: Valve,
}

impl Subject for Sqlite {
    fn open(&self) -> Arc<dyn Engine> {
        let engine = SqliteEngine::open_with(self.directory.path(), |store| self.valve.before(store));
        Arc::new(engine.expect("the directory can be opened"))
    }
    fn hold(&self) {
        self.valve.shut();
    }
    fn release(&self) {
        self.valve.open();
    }
    fn fail(&self) {
        self.valve.break_down();
    }
    fn keeps_data(&self) -> bool {
        true
    }
}

/// The engine with a log, with a valve before its segments.
struct Log {
    directory: TempDir,
    valve: Valve,
    settings: LogSettings,
}

impl Log {
    fn with(settings: LogSettings) -> Self {
        let directory = TempDir::new().expect("a temporary directory");
        Self { directory, valve: Valve::new(), settings }
    }
}

impl Subject for Log {
    fn open(&self) -> Arc<dyn Engine> {
        let wrap = |io| self.valve.before_log(io);
        let engine = LogEngine::open_with(self.directory.path(), self.settings, wrap);
        Arc::new(engine.expect("the directory can be opened"))
    }
    fn hold(&self) {
        self.valve.shut();
    }
    fn release(&self) {
        self.valve.open();
    }
    fn fail(&self) {
        self.valve.break_down();
    }
    fn keeps_data(&self) -> bool {
        true
    }
}

/// The engine with a log and without a disk.
struct LogInMemory {
    valve: Valve,
}

impl Subject for LogInMemory {
    fn open(&self) -> Arc<dyn Engine> {
        Arc::new(LogEngine::memory_with(|io| self.valve.before_log(io)).expect("memory is there"))
    }
    fn hold(&self) {
        self.valve.shut();
    }
    fn release(&self) {
        self.valve.open();
    }
    fn fail(&self) {
        self.valve.break_down();
    }
    fn keeps_data(&self) -> bool {
        false
    }
}

/// The engine without a disk, with a valve before its base.
struct Memory {
    valve: Valve,
}

impl Subject for Memory {
    fn open(&self) -> Arc<dyn Engine> {
        Arc::new(SqliteEngine::memory_with(|store| self.valve.before(store)).expect("memory is there"))
    }
    fn hold(&self) {
        self.valve.shut();
    }
    fn release(&self) {
        self.valve.open();
    }
    fn fail(&self) {
        self.valve.break_down();
    }
    fn keeps_data(&self) -> bool {
        false
    }
}

/// The wrapper that tests of the layers above use, which must not bend the contract.
#[derive(Default)]
struct Held {
    engine: std::sync::OnceLock<Arc<HeldBack>>,
}

impl Held {
    fn engine(&self) -> &HeldBack {
        self.engine.get().expect("opened before use")
    }
}

impl Subject for Held {
    fn open(&self) -> Arc<dyn Engine> {
        let memory = || Arc::new(HeldBack::over(Arc::new(SqliteEngine::memory().expect("memory is there"))));
        self.engine.get_or_init(memory).clone()
    }
    fn hold(&self) {
        self.engine().hold();
    }
    fn release(&self) {
        self.engine().release_all();
    }
    fn fail(&self) {
        self.engine().fail("the test failed it");
    }
    fn keeps_data(&self) -> bool {
        false
    }
}
