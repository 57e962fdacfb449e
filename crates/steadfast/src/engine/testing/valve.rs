use std::io;
use std::path::{Path, PathBuf};
use std::sync::{Arc, Condvar, Mutex, PoisonError};

use super::{GroupStore, Submitted};
use crate::engine::log::{LogIo, SegmentFile, SegmentId};
use crate::engine::{EngineError, Position, lock};

/// Stands between an engine and its base file: shut, no group gets through; broken, the next one
/// fails. Counts what came through.
///
/// Clones are handles on one valve. Open it before the engine is closed or dropped, or that waits.
#[derive(Clone, Default)]
pub struct Valve {
    shared: Arc<Shared>,
}

#[derive(Default)]
struct Shared {
    state: Mutex<State>,
    moved: Condvar,
}

#[derive(Default)]
struct State {
    setting: Setting,
    groups: u64,
    synced: Position,
}

#[derive(Clone, Copy, PartialEq, Eq, Default)]
enum Setting {
    #[default]
    Open,
    Shut,
    Broken,
}

impl Valve {
    /// A valve that is open.
    pub fn new() -> Self {
        Self::default()
    }

    /// Puts the valve in front of a store: for
    /// [`SqliteEngine::open_with`](crate::engine::SqliteEngine::open_with).
    pub fn before(&self, store: Box<dyn GroupStore>) -> Box<dyn GroupStore> {
        Box::new(Valved { store, valve: self.clone() })
    }

    /// Puts the valve in front of the segments of a log.
    pub fn before_log(&self, io: Arc<dyn LogIo>) -> Arc<dyn LogIo> {
        Arc::new(ValvedLog { io, valve: self.clone() })
    }

    /// Holds up every group from the next on, until [`open`](Self::open).
    pub fn shut(&self) {
        self.set(Setting::Shut);
    }

    /// Lets groups through.
    pub fn open(&self) {
        self.set(Setting::Open);
    }

    /// Makes the next group fail as if its sync had, also one that is held up.
    pub fn break_down(&self) {
        self.set(Setting::Broken);
    }

    /// The last position whose COMMIT, sync included, has returned.
    pub fn synced_position(&self) -> Position {
        lock(&self.shared.state).synced
    }

    /// How many groups were committed.
    pub fn groups(&self) -> u64 {
        lock(&self.shared.state).groups
    }

    fn set(&self, setting: Setting) {
        lock(&self.shared.state).setting = setting;
        self.shared.moved.notify_all();
    }

    fn pass(&self) -> io::Result<()> {
        let mut state = lock(&self.shared.state);
        while state.setting == Setting::Shut {
            state = self.shared.moved.wait(state).unwrap_or_else(PoisonError::into_inner);
        }
        match state.setting {
            Setting::Broken => Err(io::Error::other("the test broke it")),
            Setting::Open | Setting::Shut => Ok(()),
        }
    }
}

struct Valved {
    store: Box<dyn GroupStore>,
    valve: Valve,
}

impl GroupStore for Valved {
    fn commit(&mut self, group: &[Submitted]) -> Result<(), EngineError> {
        let passed = self.valve.pass();
        passed.map_err(|source| EngineError::io("sync", Path::new("the base file"), source))?;
        self.store.commit(group)?;
        let mut state = lock(&self.valve.shared.state);
        state.groups += 1;
        state.synced = group.last().map_or(state.synced, |last| last.position);
        Ok(())
    }

    fn maintain(&mut self) -> Result<(), EngineError> {
        self.store.maintain()
    }

    fn close(self: Box<Self>, failed: bool) -> Result<(), EngineError> {
        self.store.close(failed)
    }
}

struct ValvedLog {
    io: Arc<dyn LogIo>,
    valve: Valve,
}

impl LogIo for ValvedLog {
    fn list(&self) -> io::Result<Vec<SegmentFile>> {
        self.io.list()
    }

    fn allocate(&self, bytes: u64) -> io::Result<SegmentId> {
        self.io.allocate(bytes)
    }

    fn read(&self, segment: SegmentId, offset: u64, bytes: usize) -> io::Result<Vec<u8>> {
        self.io.read(segment, offset, bytes)
    }

    /// Where a group is held up: before any of it is on its way.
    fn write_at(&self, segment: SegmentId, offset: u64, bytes: &[u8]) -> io::Result<()> {
        self.valve.pass()?;
        self.io.write_at(segment, offset, bytes)
    }

    fn sync(&self, segment: SegmentId) -> io::Result<()> {
        self.io.sync(segment)?;
        lock(&self.valve.shared.state).groups += 1;
        Ok(())
    }

    fn remove(&self, segment: SegmentId) -> io::Result<()> {
        self.io.remove(segment)
    }

    fn path(&self, segment: SegmentId) -> PathBuf {
        self.io.path(segment)
    }
}
