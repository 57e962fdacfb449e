use std::path::Path;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::sync::{Arc, Mutex};
use std::thread::{self, JoinHandle};

use super::LogSettings;
use super::files::LogFiles;
use super::format::Seal;
use super::io::LogIo;
use super::memory::MemoryLog;
use super::recovery::{Known, LastGroup, recover};
use super::segments::Segments;
use super::shared::{Shared, Signals};
use super::steps::{Committer, Mover};
use super::table::Table;
use super::writer::Writer;
#[cfg(feature = "testing")]
use crate::engine::base::MemoryBase;
use crate::engine::base::{self, Checkpoint, CheckpointStore, OpenBase};
use crate::engine::directory::DataDirectory;
use crate::engine::progress::Progress;
use crate::engine::queue::CommitQueue;
use crate::engine::{
    CommitRecord, CommitSink, DurableFuture, DurableListener, EngineError, ObjectNo, Poisoned, Position, lock,
};

/// The engine that commits to a log, and moves what is durable to the base file in large checkpoints.
///
/// One thread commits: it takes all that is queued, writes it with one write, syncs it once, and reports the
/// position. Another moves. Readers see records from the moment they are submitted.
///
/// Dropping it closes it. A process killed at any point leaves a directory that opens with every record that was
/// reported durable; one that was closed leaves nothing but the base file.
pub struct LogEngine {
    pub(super) shared: Arc<Shared>,
    objects: AtomicU64,
    running: Mutex<Running>,
}

/// What an open engine holds until it is closed.
struct Running {
    committing: Option<JoinHandle<()>>,
    moving: Option<JoinHandle<()>>,
    directory: Option<DataDirectory>,
}

/// An engine, with the steps its threads would take: for tests that decide when.
pub struct Stepwise {
    /// The engine. Closing or dropping it does nothing: to crash, drop everything.
    pub engine: LogEngine,
    /// What the commit thread does.
    pub committer: Committer,
    /// What the checkpoint thread does.
    pub mover: Mover,
}

impl Stepwise {
    /// Makes everything durable, moves it to the base and removes the log, as [`LogEngine`] does when it is
    /// closed.
    ///
    /// # Errors
    /// When a step fails.
    pub fn close(mut self) -> Result<(), Poisoned> {
        self.engine.shared.queue.close();
        loop {
            self.committer.step()?;
            self.mover.step()?;
            if self.engine.shared.queue.is_drained() && self.mover.watermark == self.engine.durable_position()
            {
                break;
            }
        }
        self.mover.close(false).map_err(|error| Poisoned::by(&error))
    }
}

impl LogEngine {
    /// Opens the data in a directory; makes both if need be.
    ///
    /// # Errors
    /// Every kind of [`EngineError`] but `Poisoned` and `Closed`. Nothing was changed then.
    pub fn open(directory: &Path) -> Result<Self, EngineError> {
        let directory = DataDirectory::hold(directory)?;
        let base = base::open(Some(&directory))?;
        let io = Arc::new(LogFiles::new(directory.log_path()));
        Self::assemble(base, io, LogSettings::default(), as_it_is)?.start(Some(directory))
    }

    /// The same engine without a directory: all is lost when it is dropped.
    ///
    /// # Errors
    /// [`EngineError::Sqlite`] and [`EngineError::Io`], when memory or threads run out.
    pub fn memory() -> Result<Self, EngineError> {
        let base = base::open(None)?;
        Self::assemble(base, Arc::new(MemoryLog::default()), LogSettings::default(), as_it_is)?.start(None)
    }

    /// [`open`](Self::open) with something between the engine and its segments.
    ///
    /// # Errors
    /// As [`open`](Self::open).
    #[cfg(feature = "testing")]
    pub fn open_with(
        directory: &Path,
        settings: LogSettings,
        wrap: impl FnOnce(Arc<dyn LogIo>) -> Arc<dyn LogIo>,
    ) -> Result<Self, EngineError> {
        let directory = DataDirectory::hold(directory)?;
        let base = base::open(Some(&directory))?;
        let io = wrap(Arc::new(LogFiles::new(directory.log_path())));
        Self::assemble(base, io, settings, as_it_is)?.start(Some(directory))
    }

    /// [`memory`](Self::memory) with something between the engine and its segments.
    ///
    /// # Errors
    /// As [`memory`](Self::memory).
    #[cfg(feature = "testing")]
    pub fn memory_with(wrap: impl FnOnce(Arc<dyn LogIo>) -> Arc<dyn LogIo>) -> Result<Self, EngineError> {
        let io = wrap(Arc::new(MemoryLog::default()));
        Self::assemble(base::open(None)?, io, LogSettings::default(), as_it_is)?.start(None)
    }

    /// An engine without threads, over any disk and a base that outlives it.
    ///
    /// # Errors
    /// As [`open`](Self::open).
    #[cfg(feature = "testing")]
    pub fn stepwise(
        io: Arc<dyn LogIo>,
        base: &MemoryBase,
        settings: LogSettings,
        wrap: impl FnOnce(Box<dyn CheckpointStore>) -> Box<dyn CheckpointStore>,
    ) -> Result<Stepwise, EngineError> {
        Self::assemble(base.open()?, io, settings, wrap)
    }

    /// Recovers the log over a base and puts the parts together.
    fn assemble(
        base: OpenBase,
        io: Arc<dyn LogIo>,
        settings: LogSettings,
        wrap: impl FnOnce(Box<dyn CheckpointStore>) -> Box<dyn CheckpointStore>,
    ) -> Result<Stepwise, EngineError> {
        let OpenBase { mut store, reader, mut last_object } = base;
        let facts = store.log_facts()?;
        let table = Table::new();
        let recovered = recover(&*io, Known::from(facts), &mut |_, logged| {
            last_object = last_object.max(logged.record.object.0);
            table.replay(logged)
        })?;
        if let Some(group) = &recovered.last_group {
            write_again(&*io, group)?;
        }
        let epoch = facts.epoch.max(recovered.epoch_max) + 1;
        store.begin_epoch(epoch, recovered.last)?;
        let last = recovered.last;
        let segments = Arc::new(Segments::new(io, settings, recovered.segments)?);
        let writer =
            Writer::new(segments.clone(), Seal::new(facts.salt, epoch), recovered.sequence_max, last);
        let progress = Arc::<Progress>::default();
        progress.publish(last);
        let queue = CommitQueue::after(last);
        let signals = Signals::default();
        let shared = Arc::new(Shared {
            settings,
            queue,
            table,
            progress,
            base: reader,
            segments,
            signals,
            cut: AtomicU64::new(facts.watermark.0),
            watermark: AtomicU64::new(facts.watermark.0),
            asked: AtomicU64::new(0),
            has_threads: AtomicBool::new(false),
        });
        let mover = Mover {
            shared: shared.clone(),
            store: wrap(Box::new(store)),
            watermark: facts.watermark,
            cut: None,
        };
        let committer = Committer { shared: shared.clone(), writer };
        let running = Mutex::new(Running { committing: None, moving: None, directory: None });
        let engine = Self { shared, objects: AtomicU64::new(last_object), running };
        Ok(Stepwise { engine, committer, mover })
    }
}

impl Stepwise {
    /// Lets threads take the steps.
    fn start(self, directory: Option<DataDirectory>) -> Result<LogEngine, EngineError> {
        let Self { engine, committer, mover } = self;
        let begin = |name: &str, body: Box<dyn FnOnce() + Send>| {
            let thread = thread::Builder::new().name(name.into()).spawn(body);
            thread.map_err(|source| EngineError::io("start a thread", Path::new(name), source))
        };
        let mut running = lock(&engine.running);
        running.moving = Some(begin("steadfast-checkpoint", Box::new(|| mover.run()))?);
        running.committing = Some(begin("steadfast-commit", Box::new(|| committer.run()))?);
        running.directory = directory;
        engine.shared.has_threads.store(true, Ordering::Release);
        drop(running);
        if engine.shared.wants_checkpoint() {
            engine.shared.signals.want();
        }
        Ok(engine)
    }
}

impl CommitSink for LogEngine {
    fn allocate(&self) -> ObjectNo {
        ObjectNo(self.objects.fetch_add(1, Ordering::Relaxed) + 1)
    }

    fn submit(&self, record: CommitRecord) -> Result<Position, Poisoned> {
        let Shared { queue, table, progress, .. } = &*self.shared;
        queue.wait_for_room();
        if let Some(cause) = progress.failure() {
            return Err(cause.clone());
        }
        let mut shard = table.shard(record.object);
        let position = queue.push(record, |_, record| table.apply(&mut shard, record));
        position.ok_or_else(|| progress.failure().cloned().unwrap_or_else(Poisoned::closed))
    }

    fn durable_position(&self) -> Position {
        self.shared.progress.durable_position()
    }

    fn durable(&self, position: Position) -> DurableFuture {
        self.shared.progress.wait(position)
    }

    fn subscribe(&self, listener: Arc<dyn DurableListener>) {
        self.shared.progress.subscribe(listener);
    }

    fn close(&self) -> Result<(), Poisoned> {
        let Shared { queue, progress, base, signals, .. } = &*self.shared;
        let mut running = lock(&self.running);
        let Some(committing) = running.committing.take() else { return Ok(()) };
        queue.close();
        // Readers go first: the last connection to close puts the files in order.
        base.close();
        let committed = committing.join();
        signals.close();
        let moved = running.moving.take().map_or(Ok(()), JoinHandle::join);
        running.directory = None;
        if committed.is_err() || moved.is_err() {
            progress.fail(Poisoned::panicked());
        }
        match progress.failure() {
            Some(cause) => Err(cause.clone()),
            None => {
                progress.end(Poisoned::closed());
                Ok(())
            }
        }
    }
}

impl Drop for LogEngine {
    fn drop(&mut self) {
        if let Err(cause) = self.close() {
            tracing::error!(%cause, "the engine was dropped after a failure");
        }
    }
}

/// Moves what a crash left in the log of a directory to its base, and removes the log: for an engine that has
/// none.
pub(in crate::engine) fn drain(directory: &DataDirectory, base: &mut OpenBase) -> Result<(), EngineError> {
    let io = LogFiles::new(directory.log_path());
    let listed =
        io.list().map_err(|source| EngineError::io("list the log", &directory.log_path(), source))?;
    if listed.is_empty() {
        return Ok(());
    }
    let OpenBase { store, last_object, .. } = base;
    let facts = store.log_facts()?;
    let table = Table::new();
    let recovered = recover(&io, Known::from(facts), &mut |_, logged| {
        *last_object = (*last_object).max(logged.record.object.0);
        table.replay(logged)
    })?;
    table.turn();
    let frozen = table.frozen();
    store.checkpoint(&Checkpoint { effect: frozen.effect(), upto: recovered.last })?;
    store.begin_epoch(facts.epoch.max(recovered.epoch_max) + 1, recovered.last)?;
    for (file, _) in recovered.segments {
        io.remove(file.id)
            .map_err(|source| EngineError::io("remove a segment of the log", &io.path(file.id), source))?;
    }
    Ok(())
}

/// Writes the last group once more and syncs it. It was read from the system's cache, which may have what the
/// disk has not, even after a sync that failed.
fn write_again(io: &dyn LogIo, group: &LastGroup) -> Result<(), EngineError> {
    let fails = |source| EngineError::io("write the log", &io.path(group.segment), source);
    io.write_at(group.segment, group.offset, &group.bytes).map_err(fails)?;
    io.sync(group.segment).map_err(fails)
}

fn as_it_is(store: Box<dyn CheckpointStore>) -> Box<dyn CheckpointStore> {
    store
}
