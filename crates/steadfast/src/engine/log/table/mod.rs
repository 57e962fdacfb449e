//! Submitted records that are not yet in the base: what readers see first, and what a checkpoint writes.

mod alarms;
mod dirty;
mod frozen;

use std::collections::HashMap;
use std::sync::atomic::{AtomicI64, AtomicU64, Ordering};
use std::sync::{Arc, Mutex, MutexGuard};

use alarms::Alarms;
pub(super) use dirty::Dirty;
pub(super) use frozen::Frozen;

use super::format::{LoggedRecord, Malformed};
use crate::engine::overlay::{Created, Known};
use crate::engine::{CommitRecord, FacetEntry, Identity, ObjectHeader, ObjectNo, PageImage, lock};
use crate::limits::ID_BYTES;

/// Two generations of changes by object: one that grows, and, while a checkpoint writes it, a frozen one.
///
/// A record enters before its submitter's call returns, and leaves when a checkpoint that has it is in the
/// base: whoever looks here first and then in the base misses nothing. The generation turns inside the
/// queue's lock, where records get their position, so the frozen one has exactly the records up to a position.
/// Its parts turn when they are next touched, or when the checkpoint comes for them.
///
/// Locks are taken in this order: a shard, the queue, alarms, new objects.
pub(super) struct Table {
    shards: [Mutex<Shard>; SHARDS],
    created: Mutex<Generations<Created>>,
    alarms: Mutex<Generations<Alarms>>,
    generation: AtomicU64,
    /// What the growing generation takes, roughly.
    bytes: AtomicI64,
}

/// The objects of one shard with changes.
pub(super) type Shard = Generations<HashMap<ObjectNo, Dirty>>;

/// What grows, and what is frozen.
#[derive(Default)]
pub(super) struct Generations<T> {
    generation: u64,
    growing: T,
    frozen: Option<Arc<T>>,
}

impl<T: Default> Generations<T> {
    /// The part of this generation, the one in which records are submitted now.
    fn at(&mut self, generation: u64) -> &mut T {
        if self.generation < generation {
            assert!(self.frozen.is_none(), "one checkpoint at a time");
            self.frozen = Some(Arc::new(std::mem::take(&mut self.growing)));
            self.generation = generation;
        }
        &mut self.growing
    }

    /// Newest first.
    fn layers(&self) -> impl Iterator<Item = &T> {
        [Some(&self.growing), self.frozen.as_deref()].into_iter().flatten()
    }
}

impl Shard {
    /// What is known of an object, newest first.
    pub(super) fn changes(&self, object: ObjectNo) -> impl Iterator<Item = &Dirty> {
        self.layers().filter_map(move |layer| layer.get(&object))
    }

    /// Asks the generations, newest first, until one knows.
    pub(super) fn ask<T>(&self, object: ObjectNo, question: impl Fn(&Dirty) -> Known<T>) -> Known<T> {
        for dirty in self.changes(object) {
            if let Known::State(state) = question(dirty) {
                return Known::State(state);
            }
        }
        Known::Below
    }
}

impl Table {
    pub(super) fn new() -> Self {
        Self {
            shards: std::array::from_fn(|_| Mutex::default()),
            created: Mutex::default(),
            alarms: Mutex::default(),
            generation: AtomicU64::new(0),
            bytes: AtomicI64::new(0),
        }
    }

    /// Locks the shard of an object.
    pub(super) fn shard(&self, object: ObjectNo) -> MutexGuard<'_, Shard> {
        lock(&self.shards[object.0 as usize % SHARDS])
    }

    /// Applies a record to the shard of its object, locked since before the record was queued. Called inside
    /// the queue's lock. Returns the images its pages replace, where the log since the last freeze has them.
    pub(super) fn apply(&self, shard: &mut Shard, record: &CommitRecord) -> Vec<Option<PageImage>> {
        let generation = self.generation.load(Ordering::Relaxed);
        let mut growth = 0;
        let cleared = record.reset.is_some().then_some(None);
        if let Some(due_ms) = record.alarm.map(|change| change.due_ms()).or(cleared) {
            lock(&self.alarms).at(generation).set(record.object, due_ms);
        }
        if let Some(identity) = &record.created {
            lock(&self.created).at(generation).insert(record.object, identity);
            growth += CREATED_BYTES;
        }
        let objects = shard.at(generation);
        let dirty = objects.entry(record.object).or_insert_with(|| {
            growth += OBJECT_BYTES;
            Dirty::default()
        });
        let previous = dirty.apply(record, &mut growth);
        self.bytes.fetch_add(growth, Ordering::Relaxed);
        previous
    }

    /// Applies a record of the log while the engine opens.
    ///
    /// # Errors
    /// When a page says what changed, of a page that the log does not have.
    pub(super) fn replay(&self, logged: LoggedRecord) -> Result<(), Malformed> {
        let LoggedRecord { mut record, pages } = logged;
        let mut shard = self.shard(record.object);
        for (no, page) in pages {
            let previous = match record.reset {
                Some(_) => None,
                None => shard.growing.get(&record.object).and_then(|dirty| dirty.logged_page(no)),
            };
            record.pages.push((no, page.image(previous)?));
        }
        self.apply(&mut shard, &record);
        Ok(())
    }

    /// What the growing generation takes, in bytes, roughly.
    pub(super) fn bytes(&self) -> u64 {
        self.bytes.load(Ordering::Relaxed).max(0).cast_unsigned()
    }

    /// Begins another generation. Called inside the queue's lock, when nothing is frozen.
    pub(super) fn turn(&self) {
        self.generation.fetch_add(1, Ordering::Relaxed);
        self.bytes.store(0, Ordering::Relaxed);
    }

    /// What was frozen by the last [`turn`](Self::turn).
    pub(super) fn frozen(&self) -> Frozen {
        let generation = self.generation.load(Ordering::Relaxed);
        let objects = self.shards.iter().filter_map(|shard| {
            let mut shard = lock(shard);
            shard.at(generation);
            shard.frozen.clone()
        });
        let objects = objects.collect();
        // One lock at a time: who reads alarms asks for identities while it holds them.
        lock(&self.alarms).at(generation);
        let mut created = lock(&self.created);
        created.at(generation);
        Frozen::new(objects, created.frozen.clone().unwrap_or_default())
    }

    /// Forgets what was frozen: it is in the base. The memory goes with the last [`Frozen`].
    pub(super) fn forget_frozen(&self) {
        for shard in &self.shards {
            lock(shard).frozen = None;
        }
        lock(&self.created).frozen = None;
        let alarms = lock(&self.alarms).frozen.take();
        drop(alarms);
    }

    /// A new object of this identity: its header as it was created.
    pub(super) fn lookup(&self, namespace: &str, id: &[u8; ID_BYTES]) -> Option<ObjectHeader> {
        lock(&self.created).layers().find_map(|created| created.lookup(namespace, id))
    }

    /// New facets of the root with this identity, as they were created.
    pub(super) fn facets(&self, namespace: &str, id: &[u8; ID_BYTES]) -> Vec<FacetEntry> {
        lock(&self.created).layers().flat_map(|created| created.facets(namespace, id)).collect()
    }

    /// At most `limit` new objects of each generation with an id above `after`, as they were created.
    pub(super) fn created_after(
        &self,
        namespace: &str,
        after: Option<&[u8; ID_BYTES]>,
        limit: usize,
    ) -> Vec<([u8; ID_BYTES], ObjectHeader)> {
        lock(&self.created).layers().flat_map(|created| created.after(namespace, after, limit)).collect()
    }

    /// The namespaces of new objects.
    pub(super) fn namespaces(&self) -> Vec<Arc<str>> {
        lock(&self.created).layers().flat_map(Created::namespaces).collect()
    }

    /// The identity of a new object.
    pub(super) fn identity(&self, object: ObjectNo) -> Option<Identity> {
        lock(&self.created).layers().find_map(|created| created.identity(object))
    }

    /// Locks the alarms, so that none leaves for the base meanwhile.
    pub(super) fn alarms(&self) -> AlarmView<'_> {
        AlarmView { alarms: lock(&self.alarms) }
    }
}

/// The header of an object with what its shard knows of it.
pub(super) fn header_over(shard: &Shard, below: ObjectHeader) -> ObjectHeader {
    let changes: Vec<&Dirty> = shard.changes(below.no).collect();
    changes.into_iter().rev().fold(below, |header, dirty| dirty.header_over(header))
}

/// The alarms that are not yet in the base.
pub(super) struct AlarmView<'a> {
    alarms: MutexGuard<'a, Generations<Alarms>>,
}

impl AlarmView<'_> {
    /// Whether what the base says of an object's alarm no longer counts.
    pub(super) fn knows(&self, object: ObjectNo) -> bool {
        self.alarms.layers().any(|alarms| alarms.knows(object))
    }

    /// At most `limit` alarms of each generation behind `after` and due by `until_ms`.
    pub(super) fn due(
        &self,
        after: Option<(i64, ObjectNo)>,
        until_ms: i64,
        limit: usize,
    ) -> Vec<(i64, ObjectNo)> {
        let growing = &self.alarms.growing;
        let mut due: Vec<_> = growing.due(after, until_ms).take(limit).collect();
        if let Some(frozen) = &self.alarms.frozen {
            let below = frozen.due(after, until_ms).filter(|(_, object)| !growing.knows(*object));
            due.extend(below.take(limit));
        }
        due
    }
}

/// How many locks objects share. Ours: two busy threads rarely meet.
const SHARDS: usize = 64;
/// What an object takes besides its keys, pages and values.
const OBJECT_BYTES: i64 = 96;
/// What a new object takes besides.
const CREATED_BYTES: i64 = 256;

#[cfg(test)]
mod tests;
