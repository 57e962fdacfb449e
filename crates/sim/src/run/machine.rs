//! How an engine is put together: as it is, or broken on purpose.

use std::sync::Arc;

use steadfast::engine::log::{LogEngine, LogIo, LogSettings, Stepwise};
use steadfast::engine::testing::{Checkpoint, CheckpointStore, MemoryBase};
use steadfast::engine::{CommitRecord, EngineError, Poisoned};

use crate::disk::SimulatedDisk;

/// What stands between an engine and the disk, the base and those who submit. As it is, nothing.
#[derive(Clone, Copy)]
pub struct Machine {
    /// Between the engine and its segments.
    pub log: fn(Arc<dyn LogIo>) -> Arc<dyn LogIo>,
    /// Between the engine and its base.
    pub base: fn(Box<dyn CheckpointStore>) -> Box<dyn CheckpointStore>,
    /// What the engine is given of a record.
    pub record: fn(CommitRecord) -> CommitRecord,
}

impl Machine {
    /// The engine as users have it.
    pub const SOUND: Self = Self { log: |log| log, base: |base| base, record: |record| record };

    pub(super) fn open(
        self,
        disk: &SimulatedDisk,
        base: &MemoryBase,
        settings: LogSettings,
    ) -> Result<Stepwise, EngineError> {
        let of_base = disk.clone();
        LogEngine::stepwise((self.log)(Arc::new(disk.clone())), base, settings, |store| {
            Box::new(OnDisk { store: (self.base)(store), disk: of_base })
        })
    }

    pub(super) fn submits(self, record: CommitRecord) -> CommitRecord {
        (self.record)(record)
    }
}

/// A base on the disk that may go dark: a transaction is a request, done whole or not at all.
struct OnDisk {
    store: Box<dyn CheckpointStore>,
    disk: SimulatedDisk,
}

impl CheckpointStore for OnDisk {
    fn checkpoint(&mut self, checkpoint: &Checkpoint<'_>) -> Result<(), EngineError> {
        let mut outcome = Ok(());
        let store = &mut self.store;
        let on_disk = self.disk.transaction(|| outcome = store.checkpoint(checkpoint));
        outcome?;
        on_disk.map_err(|error| EngineError::Poisoned(Poisoned::new(error.to_string())))
    }

    fn close(self: Box<Self>, failed: bool) -> Result<(), EngineError> {
        self.store.close(failed)
    }
}
