use std::path::Path;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex};
use std::thread::{self, JoinHandle};

use super::base::{self, BaseReader, GroupStore, OpenBase};
use super::directory::DataDirectory;
use super::identities::Objects;
use super::log;
use super::merge::{RangeQuery, read_range};
use super::overlay::{self, Known, Overlay};
use super::progress::Progress;
use super::queue::CommitQueue;
use super::{
    AlarmEntry, CommitRecord, CommitSink, Direction, DurableFuture, DurableListener, EngineError, FacetEntry,
    HistoryItem, Key, KeyRange, ObjectEntry, ObjectHeader, ObjectNo, ObjectReader, PageImage, PageNo,
    Poisoned, Position, Value, lock,
};
use crate::limits::ID_BYTES;

/// The engine whose only file is SQLite's: every group is one transaction of the base file.
///
/// One thread commits: it takes all that is queued, runs one transaction with one sync, and reports
/// the position. Readers see records from the moment they are submitted. Crash safety is SQLite's:
/// write-ahead mode with `synchronous=FULL`.
///
/// Dropping it closes it. A process killed at any point leaves a directory that opens with every
/// record that was reported durable.
pub struct SqliteEngine {
    shared: Arc<Shared>,
    objects: AtomicU64,
    running: Mutex<Running>,
}

/// What the commit thread and everybody else use.
struct Shared {
    queue: CommitQueue,
    overlay: Overlay,
    progress: Arc<Progress>,
    base: BaseReader,
}

/// What an open engine holds until it is closed.
struct Running {
    commit_thread: Option<JoinHandle<()>>,
    directory: Option<DataDirectory>,
}

impl SqliteEngine {
    /// Opens the data in a directory; makes both if need be.
    ///
    /// # Errors
    /// Every kind of [`EngineError`] but `Poisoned` and `Closed`. Nothing was changed then.
    pub fn open(directory: &Path) -> Result<Self, EngineError> {
        let directory = DataDirectory::hold(directory)?;
        let base = Self::open_base(&directory)?;
        Self::start(base.reader, Box::new(base.store.for_groups()?), base.last_object, Some(directory))
    }

    /// The same engine without a directory: all is lost when it is dropped.
    ///
    /// # Errors
    /// [`EngineError::Sqlite`] and [`EngineError::Io`], when memory or threads run out.
    pub fn memory() -> Result<Self, EngineError> {
        let base = base::open(None)?;
        Self::start(base.reader, Box::new(base.store.for_groups()?), 0, None)
    }

    /// [`memory`](Self::memory) with something between the engine and its base.
    ///
    /// # Errors
    /// As [`memory`](Self::memory).
    #[cfg(feature = "testing")]
    pub fn memory_with(
        wrap: impl FnOnce(Box<dyn GroupStore>) -> Box<dyn GroupStore>,
    ) -> Result<Self, EngineError> {
        let base = base::open(None)?;
        Self::start(base.reader, wrap(Box::new(base.store.for_groups()?)), 0, None)
    }

    /// [`open`](Self::open) with something between the engine and its base file, to watch commits
    /// or make them fail.
    ///
    /// # Errors
    /// As [`open`](Self::open).
    #[cfg(feature = "testing")]
    pub fn open_with(
        directory: &Path,
        wrap: impl FnOnce(Box<dyn GroupStore>) -> Box<dyn GroupStore>,
    ) -> Result<Self, EngineError> {
        let directory = DataDirectory::hold(directory)?;
        let base = Self::open_base(&directory)?;
        Self::start(base.reader, wrap(Box::new(base.store.for_groups()?)), base.last_object, Some(directory))
    }

    /// [`open`](Self::open) with a bound on the pages of the base file: a disk that fills up.
    ///
    /// # Errors
    /// As [`open`](Self::open).
    #[cfg(feature = "testing")]
    pub fn open_bounded(directory: &Path, pages_max: u32) -> Result<Self, EngineError> {
        let directory = DataDirectory::hold(directory)?;
        let base = Self::open_base(&directory)?;
        base.store.bound_pages(pages_max)?;
        Self::start(base.reader, Box::new(base.store.for_groups()?), base.last_object, Some(directory))
    }

    /// Opens the base, and puts into it what the engine with a log left there.
    fn open_base(directory: &DataDirectory) -> Result<OpenBase, EngineError> {
        let mut base = base::open(Some(directory))?;
        log::drain(directory, &mut base)?;
        Ok(base)
    }

    fn start(
        base: BaseReader,
        store: Box<dyn GroupStore>,
        last_object: u64,
        directory: Option<DataDirectory>,
    ) -> Result<Self, EngineError> {
        let progress = Arc::<Progress>::default();
        let shared = Arc::new(Shared { queue: CommitQueue::new(), overlay: Overlay::new(), progress, base });
        let committing = shared.clone();
        let commit_thread = thread::Builder::new()
            .name("steadfast-commit".into())
            .spawn(move || committing.commit_until_closed(store))
            .map_err(|source| EngineError::io("start the commit thread", Path::new("."), source))?;
        let running = Running { commit_thread: Some(commit_thread), directory };
        Ok(Self { shared, objects: AtomicU64::new(last_object), running: Mutex::new(running) })
    }
}

impl CommitSink for SqliteEngine {
    fn allocate(&self) -> ObjectNo {
        ObjectNo(self.objects.fetch_add(1, Ordering::Relaxed) + 1)
    }

    fn submit(&self, record: CommitRecord) -> Result<Position, Poisoned> {
        let Shared { queue, overlay, progress, .. } = &*self.shared;
        queue.wait_for_room();
        if let Some(cause) = progress.failure() {
            return Err(cause.clone());
        }
        let mut shard = overlay.shard(record.object);
        overlay.create(&record);
        let position = queue.push(record, |position, record| {
            overlay.apply(&mut shard, position, record);
            Vec::new()
        });
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
        let Shared { queue, progress, base, .. } = &*self.shared;
        let mut running = lock(&self.running);
        let Some(commit_thread) = running.commit_thread.take() else { return Ok(()) };
        queue.close();
        // Readers go first: the last connection to close puts the files in order.
        base.close();
        let ended = commit_thread.join();
        running.directory = None;
        if ended.is_err() {
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

impl Drop for SqliteEngine {
    fn drop(&mut self) {
        if let Err(cause) = self.close() {
            tracing::error!(%cause, "the engine was dropped after a failure");
        }
    }
}

impl ObjectReader for SqliteEngine {
    fn lookup(&self, namespace: &str, id: &[u8; ID_BYTES]) -> Result<Option<ObjectHeader>, EngineError> {
        let shared = self.shared.readable()?;
        shared.lookup(shared.overlay.lookup(namespace, id), namespace, id)
    }

    fn facets(&self, namespace: &str, id: &[u8; ID_BYTES]) -> Result<Vec<FacetEntry>, EngineError> {
        let shared = self.shared.readable()?;
        shared.facets(shared.overlay.facets(namespace, id), namespace, id)
    }

    fn get(&self, object: ObjectNo, key: &[u8]) -> Result<Option<Value>, EngineError> {
        let shared = self.shared.readable()?;
        let known = shared.overlay.shard(object).get(&object).map(|pending| pending.get(key));
        match known {
            Some(Known::State(state)) => Ok(state),
            Some(Known::Below) | None => shared.base.get(object, key),
        }
    }

    fn range(
        &self,
        object: ObjectNo,
        range: &KeyRange,
        direction: Direction,
        limit: usize,
    ) -> Result<Vec<(Key, Value)>, EngineError> {
        let shared = self.shared.readable()?;
        let query = RangeQuery { object, range, direction, limit };
        let shard = shared.overlay.shard(object);
        match shard.get(&object) {
            // Held while the base is read: records may enter the base meanwhile, but none may leave
            // the overlay and none may be submitted, so the two fit together.
            Some(pending) => read_range(&query, Some(pending), &shared.base),
            None => {
                drop(shard);
                read_range(&query, None, &shared.base)
            }
        }
    }

    fn objects(
        &self,
        namespace: &str,
        after: Option<&[u8; ID_BYTES]>,
        limit: usize,
    ) -> Result<Vec<ObjectEntry>, EngineError> {
        let shared = self.shared.readable()?;
        shared.objects(shared.overlay.created_after(namespace, after, limit), namespace, after, limit)
    }

    fn page(&self, object: ObjectNo, no: PageNo) -> Result<Option<PageImage>, EngineError> {
        let shared = self.shared.readable()?;
        let known = shared.overlay.shard(object).get(&object).map(|pending| pending.page(no));
        match known {
            Some(Known::State(image)) => Ok(image),
            Some(Known::Below) | None => shared.base.page(object, no),
        }
    }

    fn due_alarms(
        &self,
        after: Option<(i64, ObjectNo)>,
        until_ms: i64,
        limit: usize,
    ) -> Result<Vec<AlarmEntry>, EngineError> {
        self.shared.readable()?.alarms_in(&AlarmQuery { after, until_ms, limit })
    }

    fn history(
        &self,
        object: ObjectNo,
        bookmark: u64,
    ) -> Result<Vec<(HistoryItem, Option<Value>)>, EngineError> {
        self.shared.settled()?.base.history(object, bookmark)
    }

    fn interval_at(&self, object: ObjectNo, time_ms: i64) -> Result<Option<(u64, i64)>, EngineError> {
        self.shared.settled()?.base.interval_at(object, time_ms)
    }

    fn oldest_interval(&self, object: ObjectNo) -> Result<Option<(u64, i64)>, EngineError> {
        self.shared.settled()?.base.oldest_interval(object)
    }

    fn namespaces(&self) -> Result<Vec<Arc<str>>, EngineError> {
        let shared = self.shared.readable()?;
        let mut namespaces = shared.overlay.namespaces();
        namespaces.extend(shared.base.namespaces()?);
        namespaces.sort_unstable();
        namespaces.dedup();
        Ok(namespaces)
    }
}

impl Objects for Shared {
    fn base(&self) -> &BaseReader {
        &self.base
    }

    fn header(&self, object: ObjectNo) -> Result<Option<ObjectHeader>, EngineError> {
        let shard = self.overlay.shard(object);
        let below = match shard.contains_key(&object) {
            // Held while the base is read, so that nothing can leave.
            true => self.base.header(object)?.map(|header| shard[&object].header_over(header)),
            false => {
                drop(shard);
                self.base.header(object)?
            }
        };
        Ok(below)
    }

    fn created_header(&self, created: ObjectHeader) -> Result<ObjectHeader, EngineError> {
        let object = created.no;
        // Held while the base is read, so that what is left of it cannot leave.
        let shard = self.overlay.shard(object);
        let below = self.base.header(object)?.unwrap_or(created);
        Ok(match shard.get(&object) {
            Some(pending) => pending.header_over(below),
            None => below,
        })
    }
}

impl Shared {
    /// The body of the commit thread.
    fn commit_until_closed(&self, mut store: Box<dyn GroupStore>) {
        // If this thread panics, nobody must wait for it.
        let guard = FailOnPanic(self);
        let outcome = self.commit_groups(&mut *store);
        if let Err(error) = &outcome {
            self.fail(Poisoned::by(error));
        }
        if let Err(error) = store.close(outcome.is_err()) {
            tracing::warn!(error = error.with_causes(), "the base file was not put in order");
        }
        drop(guard);
    }

    fn commit_groups(&self, store: &mut dyn GroupStore) -> Result<(), EngineError> {
        while let Some(group) = self.queue.take() {
            store.commit(&group)?;
            if let Some(last) = group.last() {
                self.progress.publish(last.position);
            }
            self.overlay.prune(&group);
            self.queue.done(&group);
            store.maintain()?;
        }
        Ok(())
    }

    /// Fails for good: whoever submits, waits or reads from now on is told the cause.
    fn fail(&self, cause: Poisoned) {
        self.progress.fail(cause);
        self.queue.close();
    }

    fn readable(&self) -> Result<&Self, EngineError> {
        if self.base.is_closed() {
            return Err(EngineError::Closed);
        }
        match self.progress.failure() {
            Some(cause) => Err(EngineError::Poisoned(cause.clone())),
            None => Ok(self),
        }
    }

    /// Waits until everything submitted so far is in the base.
    fn settled(&self) -> Result<&Self, EngineError> {
        self.progress.wait_here(self.queue.last()).map_err(EngineError::Poisoned)?;
        self.readable()
    }

    fn alarms_in(&self, query: &AlarmQuery) -> Result<Vec<AlarmEntry>, EngineError> {
        // Taken before the base is read: what leaves for the base meanwhile is in both.
        let pending = self.overlay.alarms();
        let mut entries =
            self.base.due_alarms(query.after, query.until_ms, query.limit.saturating_add(pending.len()))?;
        entries.retain(|entry| !pending.contains_key(&entry.object));
        for (object, due_ms) in pending {
            let Some(due_ms) = due_ms.filter(|due_ms| query.covers(*due_ms, object)) else { continue };
            let identity = match self.overlay.identity(object) {
                Some(identity) => Some(identity),
                None => self.base.identity(object)?,
            };
            entries.extend(
                identity
                    .filter(|identity| identity.facet.is_none())
                    .map(|identity| overlay::alarm_entry(due_ms, object, identity)),
            );
        }
        entries.sort_unstable_by_key(|entry| (entry.due_ms, entry.object));
        entries.truncate(query.limit);
        Ok(entries)
    }
}

/// Which alarms are asked for.
struct AlarmQuery {
    after: Option<(i64, ObjectNo)>,
    until_ms: i64,
    limit: usize,
}

impl AlarmQuery {
    fn covers(&self, due_ms: i64, object: ObjectNo) -> bool {
        due_ms <= self.until_ms && self.after.is_none_or(|after| (due_ms, object) > after)
    }
}

struct FailOnPanic<'a>(&'a Shared);

impl Drop for FailOnPanic<'_> {
    fn drop(&mut self) {
        if thread::panicking() {
            self.0.fail(Poisoned::panicked());
        }
    }
}
