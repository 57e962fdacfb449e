use std::sync::{Arc, Mutex};

use crate::engine::progress::Progress;
use crate::engine::{
    AlarmEntry, CommitRecord, CommitSink, Direction, DurableFuture, DurableListener, Engine, EngineError,
    FacetEntry, HistoryItem, Key, KeyRange, ObjectEntry, ObjectHeader, ObjectNo, ObjectReader, PageImage,
    PageNo, Poisoned, Position, Value, lock,
};

/// An engine that says of nothing that it is durable before it is told to.
///
/// Reports pass through until [`hold`](Self::hold). The engine below commits as always, so a
/// position is only ever reported when it is durable in truth as well.
pub struct HeldBack {
    below: Arc<dyn Engine>,
    gate: Arc<Gate>,
    closed: Mutex<bool>,
}

/// What the engine below reports, and how much of it may pass.
struct Gate {
    progress: Arc<Progress>,
    state: Mutex<GateState>,
}

struct GateState {
    durable_below: Position,
    allowed: Allowed,
}

#[derive(Clone, Copy)]
enum Allowed {
    Everything,
    UpTo(Position),
}

impl HeldBack {
    /// Goes over an engine nobody uses directly any more.
    pub fn over(below: Arc<dyn Engine>) -> Self {
        let state = GateState { durable_below: Position::NONE, allowed: Allowed::Everything };
        let gate = Arc::new(Gate { progress: Arc::default(), state: Mutex::new(state) });
        below.subscribe(gate.clone());
        Self { below, gate, closed: Mutex::new(false) }
    }

    /// From now on nothing more is reported durable.
    pub fn hold(&self) {
        lock(&self.gate.state).allowed = Allowed::UpTo(self.durable_position());
    }

    /// Lets everything up to `position` be reported, and nothing more.
    pub fn release(&self, position: Position) {
        self.gate.change(|state| state.allowed = Allowed::UpTo(position));
    }

    /// Lets everything pass again.
    pub fn release_all(&self) {
        self.gate.change(|state| state.allowed = Allowed::Everything);
    }

    /// Fails as an engine does whose sync failed: nothing held back ever becomes durable, and the
    /// engine refuses everything from now on.
    pub fn fail(&self, cause: &str) {
        self.gate.progress.fail(Poisoned::new(cause));
    }

    fn check(&self) -> Result<&dyn Engine, Poisoned> {
        match self.gate.progress.failure() {
            Some(cause) => Err(cause.clone()),
            None => Ok(&*self.below),
        }
    }

    fn readable(&self) -> Result<&dyn Engine, EngineError> {
        self.check().map_err(EngineError::Poisoned)
    }
}

impl Gate {
    fn change(&self, change: impl FnOnce(&mut GateState)) {
        let mut state = lock(&self.state);
        change(&mut state);
        let reported = match state.allowed {
            Allowed::Everything => state.durable_below,
            Allowed::UpTo(position) => state.durable_below.min(position),
        };
        drop(state);
        self.progress.publish(reported);
    }
}

impl DurableListener for Gate {
    fn durable(&self, position: Position) {
        self.change(|state| state.durable_below = position);
    }

    fn failed(&self, cause: &Poisoned) {
        self.progress.fail(cause.clone());
    }
}

impl CommitSink for HeldBack {
    fn allocate(&self) -> ObjectNo {
        self.below.allocate()
    }

    fn submit(&self, record: CommitRecord) -> Result<Position, Poisoned> {
        self.check()?.submit(record)
    }

    fn durable_position(&self) -> Position {
        self.gate.progress.durable_position()
    }

    fn durable(&self, position: Position) -> DurableFuture {
        self.gate.progress.wait(position)
    }

    fn subscribe(&self, listener: Arc<dyn DurableListener>) {
        self.gate.progress.subscribe(listener);
    }

    /// Closes the engine below, and reports what that made durable.
    fn close(&self) -> Result<(), Poisoned> {
        let mut closed = lock(&self.closed);
        if *closed {
            return Ok(());
        }
        *closed = true;
        let closed_below = self.below.close();
        self.check()?;
        closed_below?;
        self.release_all();
        self.gate.progress.end(Poisoned::new("the engine is closed"));
        Ok(())
    }
}

impl ObjectReader for HeldBack {
    fn lookup(&self, namespace: &str, id: &[u8; 32]) -> Result<Option<ObjectHeader>, EngineError> {
        self.readable()?.lookup(namespace, id)
    }

    fn facets(&self, namespace: &str, id: &[u8; 32]) -> Result<Vec<FacetEntry>, EngineError> {
        self.readable()?.facets(namespace, id)
    }

    fn get(&self, object: ObjectNo, key: &[u8]) -> Result<Option<Value>, EngineError> {
        self.readable()?.get(object, key)
    }

    fn range(
        &self,
        object: ObjectNo,
        range: &KeyRange,
        direction: Direction,
        limit: usize,
    ) -> Result<Vec<(Key, Value)>, EngineError> {
        self.readable()?.range(object, range, direction, limit)
    }

    fn objects(
        &self,
        namespace: &str,
        after: Option<&[u8; 32]>,
        limit: usize,
    ) -> Result<Vec<ObjectEntry>, EngineError> {
        self.readable()?.objects(namespace, after, limit)
    }

    fn page(&self, object: ObjectNo, no: PageNo) -> Result<Option<PageImage>, EngineError> {
        self.readable()?.page(object, no)
    }

    fn due_alarms(
        &self,
        after: Option<(i64, ObjectNo)>,
        until_ms: i64,
        limit: usize,
    ) -> Result<Vec<AlarmEntry>, EngineError> {
        self.readable()?.due_alarms(after, until_ms, limit)
    }

    fn history(
        &self,
        object: ObjectNo,
        bookmark: u64,
    ) -> Result<Vec<(HistoryItem, Option<Value>)>, EngineError> {
        self.readable()?.history(object, bookmark)
    }

    fn interval_at(&self, object: ObjectNo, time_ms: i64) -> Result<Option<(u64, i64)>, EngineError> {
        self.readable()?.interval_at(object, time_ms)
    }

    fn oldest_interval(&self, object: ObjectNo) -> Result<Option<(u64, i64)>, EngineError> {
        self.readable()?.oldest_interval(object)
    }

    fn namespaces(&self) -> Result<Vec<Arc<str>>, EngineError> {
        self.readable()?.namespaces()
    }
}
