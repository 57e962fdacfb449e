//! An engine whose commits wait until they are let go, or are made to fail.

use std::sync::{Arc, Condvar, Mutex};

use steadfast::engine::testing::{GroupStore, Submitted};
use steadfast::engine::{Engine, EngineError, SqliteEngine};

/// Decides about the commits of one engine, and keeps a list of what happened.
#[derive(Clone, Default)]
pub(super) struct Valve {
    inner: Arc<(Mutex<Inner>, Condvar)>,
}

/// The files of a held engine. Dropping it lets everything go, so that a failing test ends.
pub(super) struct Directory {
    valve: Valve,
    _files: tempfile::TempDir,
}

impl Drop for Directory {
    fn drop(&mut self) {
        self.valve.open();
    }
}

#[derive(Default)]
struct Inner {
    state: State,
    events: Vec<String>,
}

#[derive(Clone, Copy, PartialEq, Eq, Default)]
enum State {
    #[default]
    Held,
    Open,
    Failing,
}

impl Valve {
    /// An engine in a temporary directory whose commits are held back from the start.
    pub(super) fn engine(&self) -> (Arc<dyn Engine>, Directory) {
        let files = tempfile::tempdir().expect("a temporary directory");
        let valve = self.clone();
        let wrap = |store| Box::new(HeldStore { store, valve }) as Box<dyn GroupStore>;
        let engine = SqliteEngine::open_with(files.path(), wrap).expect("an engine");
        (Arc::new(engine), Directory { valve: self.clone(), _files: files })
    }

    /// Lets all commits go.
    pub(super) fn open(&self) {
        self.set(State::Open);
    }

    /// Makes the commit that is held, and so the engine, fail.
    pub(super) fn fail(&self) {
        self.set(State::Failing);
    }

    pub(super) fn note(&self, event: impl Into<String>) {
        self.inner.0.lock().expect("no test panics here").events.push(event.into());
    }

    pub(super) fn events(&self) -> Vec<String> {
        self.inner.0.lock().expect("no test panics here").events.clone()
    }

    fn set(&self, state: State) {
        self.inner.0.lock().expect("no test panics here").state = state;
        self.inner.1.notify_all();
    }

    /// Waits for a decision; whether it is to go on.
    fn decide(&self) -> bool {
        let mut inner = self.inner.0.lock().expect("no test panics here");
        while inner.state == State::Held {
            inner = self.inner.1.wait(inner).expect("no test panics here");
        }
        inner.state == State::Open
    }
}

struct HeldStore {
    store: Box<dyn GroupStore>,
    valve: Valve,
}

impl GroupStore for HeldStore {
    fn commit(&mut self, group: &[Submitted]) -> Result<(), EngineError> {
        if !self.valve.decide() {
            self.valve.note("failed");
            return Err(EngineError::Closed);
        }
        self.store.commit(group)?;
        self.valve.note("durable");
        Ok(())
    }

    fn maintain(&mut self) -> Result<(), EngineError> {
        self.store.maintain()
    }

    fn close(self: Box<Self>, failed: bool) -> Result<(), EngineError> {
        self.store.close(failed)
    }
}
