//! Submitted records that are not yet in the base file, so that readers see them at once.

use std::collections::{BTreeMap, HashMap};
use std::ops::Bound;
use std::sync::{Arc, Mutex, MutexGuard};

use super::queue::Submitted;
use super::{CommitRecord, Key, KeyRange, ObjectHeader, ObjectNo, Position, Value, lock};
use crate::limits::ID_BYTES;

/// What is submitted and not yet pruned, by object.
///
/// A record enters before its submitter's call returns and leaves after its group is in the base:
/// whoever looks here first and then in the base misses nothing.
pub(super) struct Overlay {
    shards: [Mutex<Shard>; SHARDS],
    created: Mutex<HashMap<Arc<str>, NewObjects>>,
}

/// The objects of one shard with something pending.
pub(super) type Shard = HashMap<ObjectNo, Pending>;

/// What one object has pending.
#[derive(Default)]
pub(super) struct Pending {
    /// The last record that touched the object.
    last: Position,
    /// The last reset, and the incarnation it began.
    reset: Option<(Position, u32)>,
    entries: BTreeMap<Key, (Position, Option<Value>)>,
}

/// What an overlay knows of a key.
pub(super) enum Known {
    /// This is its state.
    State(Option<Value>),
    /// The base has its state.
    Below,
}

/// New objects of one namespace, by id.
type NewObjects = BTreeMap<[u8; ID_BYTES], NewObject>;

struct NewObject {
    no: ObjectNo,
    name: Option<Arc<str>>,
}

impl Overlay {
    pub(super) fn new() -> Self {
        Self { shards: std::array::from_fn(|_| Mutex::default()), created: Mutex::default() }
    }

    /// Locks the shard of an object.
    pub(super) fn shard(&self, object: ObjectNo) -> MutexGuard<'_, Shard> {
        lock(&self.shards[object.0 as usize % SHARDS])
    }

    /// Notes a new object. Comes before its record is queued.
    pub(super) fn create(&self, record: &CommitRecord) {
        let Some(identity) = &record.created else { return };
        // Facets are found through their parent, not by id.
        if identity.facet.is_none() {
            let object = NewObject { no: record.object, name: identity.name.clone() };
            let mut created = lock(&self.created);
            created.entry(identity.namespace.clone()).or_default().insert(identity.id, object);
        }
    }

    /// Applies a record to the shard of its object, locked since before the record was queued.
    pub(super) fn apply(shard: &mut Shard, position: Position, record: &CommitRecord) {
        let pending = shard.entry(record.object).or_default();
        pending.last = position;
        if record.reset.is_some() {
            pending.reset = Some((position, record.incarnation));
            pending.entries.clear();
        }
        for (key, value) in &record.kv {
            pending.entries.insert(key.clone(), (position, value.clone()));
        }
    }

    /// Forgets records that are in the base now.
    pub(super) fn prune(&self, group: &[Submitted]) {
        for Submitted { position, record } in group {
            let mut shard = self.shard(record.object);
            let Some(pending) = shard.get_mut(&record.object) else { continue };
            if pending.last <= *position {
                shard.remove(&record.object);
                continue;
            }
            pending.reset = pending.reset.filter(|(reset_at, _)| reset_at > position);
            for (key, _) in &record.kv {
                if pending.entries.get(key).is_some_and(|(written_at, _)| written_at <= position) {
                    pending.entries.remove(key);
                }
            }
        }
        if group.iter().any(|submitted| submitted.record.created.is_some()) {
            self.prune_created(group);
        }
    }

    /// A new object of this identity: its header, without regard to resets.
    pub(super) fn lookup(&self, namespace: &str, id: &[u8; ID_BYTES]) -> Option<ObjectHeader> {
        lock(&self.created).get(namespace)?.get(id).map(NewObject::header)
    }

    /// At most `limit` new objects with an id above `after`.
    pub(super) fn created_after(
        &self,
        namespace: &str,
        after: Option<&[u8; ID_BYTES]>,
        limit: usize,
    ) -> Vec<([u8; ID_BYTES], ObjectHeader)> {
        let created = lock(&self.created);
        let Some(objects) = created.get(namespace) else { return Vec::new() };
        let start = after.map_or(Bound::Unbounded, Bound::Excluded);
        let range = objects.range::<[u8; ID_BYTES], _>((start, Bound::Unbounded));
        range.take(limit).map(|(id, object)| (*id, object.header())).collect()
    }

    /// The incarnation a pending reset of this object began.
    pub(super) fn incarnation(&self, object: ObjectNo) -> Option<u32> {
        self.shard(object).get(&object)?.reset.map(|(_, incarnation)| incarnation)
    }

    fn prune_created(&self, group: &[Submitted]) {
        let mut created = lock(&self.created);
        for identity in group.iter().filter_map(|submitted| submitted.record.created.as_ref()) {
            if identity.facet.is_some() {
                continue;
            }
            if let Some(objects) = created.get_mut(&identity.namespace) {
                objects.remove(&identity.id);
                if objects.is_empty() {
                    created.remove(&identity.namespace);
                }
            }
        }
    }
}

impl Pending {
    pub(super) fn get(&self, key: &[u8]) -> Known {
        match self.entries.get(key) {
            Some((_, state)) => Known::State(state.clone()),
            None if self.reset.is_some() => Known::State(None),
            None => Known::Below,
        }
    }

    /// Whether nothing of the object in the base counts any more.
    pub(super) fn hides_base(&self) -> bool {
        self.reset.is_some()
    }

    /// The pending states of keys in a range, in byte order.
    pub(super) fn range(
        &self,
        range: &KeyRange,
    ) -> impl DoubleEndedIterator<Item = (&Key, Option<&Value>)> + use<'_> {
        let empty = range.is_empty();
        let bounds = if empty {
            (Bound::Included(&[][..]), Bound::Excluded(&[][..]))
        } else {
            (range.start.as_ref().map(|key| &key[..]), range.end.as_ref().map(|key| &key[..]))
        };
        self.entries.range::<[u8], _>(bounds).map(|(key, (_, state))| (key, state.as_ref()))
    }
}

impl NewObject {
    fn header(&self) -> ObjectHeader {
        ObjectHeader { no: self.no, incarnation: 0, name: self.name.clone() }
    }
}

/// How many locks objects share. Ours: two busy threads rarely meet, and empty shards are small.
const SHARDS: usize = 64;
