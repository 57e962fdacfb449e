//! Submitted records that are not yet in the base file, so that readers see them at once.

mod created;
mod pending;

use std::collections::HashMap;
use std::sync::{Mutex, MutexGuard};

pub(super) use created::Created;
pub(super) use pending::{Known, Pending};

use super::queue::Submitted;
use super::{AlarmEntry, CommitRecord, FacetEntry, Identity, ObjectHeader, ObjectNo, Position, lock};
use crate::limits::ID_BYTES;

/// What is submitted and not yet pruned, by object.
///
/// A record enters before its submitter's call returns and leaves after its group is in the base:
/// whoever looks here first and then in the base misses nothing.
pub(super) struct Overlay {
    shards: [Mutex<Shard>; SHARDS],
    created: Mutex<Created>,
    alarms: Mutex<Alarms>,
}

/// The objects of one shard with something pending.
pub(super) type Shard = HashMap<ObjectNo, Pending>;

/// When the alarms of objects are due whose records say something about it, and since which.
type Alarms = HashMap<ObjectNo, (Position, Option<i64>)>;

impl Overlay {
    pub(super) fn new() -> Self {
        Self {
            shards: std::array::from_fn(|_| Mutex::default()),
            created: Mutex::default(),
            alarms: Mutex::default(),
        }
    }

    /// Locks the shard of an object.
    pub(super) fn shard(&self, object: ObjectNo) -> MutexGuard<'_, Shard> {
        lock(&self.shards[object.0 as usize % SHARDS])
    }

    /// Notes a new object. Comes before its record is queued.
    pub(super) fn create(&self, record: &CommitRecord) {
        if let Some(identity) = &record.created {
            lock(&self.created).insert(record.object, identity);
        }
    }

    /// Applies a record to the shard of its object, locked since before the record was queued.
    pub(super) fn apply(&self, shard: &mut Shard, position: Position, record: &CommitRecord) {
        shard.entry(record.object).or_default().apply(position, record);
        let cleared = record.reset.is_some().then_some(None);
        if let Some(due_ms) = record.alarm.map(|change| change.due_ms()).or(cleared) {
            lock(&self.alarms).insert(record.object, (position, due_ms));
        }
    }

    /// Forgets records that are in the base now.
    pub(super) fn prune(&self, group: &[Submitted]) {
        for Submitted { position, record, .. } in group {
            let mut shard = self.shard(record.object);
            let Some(pending) = shard.get_mut(&record.object) else { continue };
            if pending.last() <= *position {
                shard.remove(&record.object);
            } else {
                pending.forget(*position, record);
            }
        }
        let mentions_alarm = |record: &CommitRecord| record.alarm.is_some() || record.reset.is_some();
        if group.iter().any(|submitted| mentions_alarm(&submitted.record)) {
            let mut alarms = lock(&self.alarms);
            for Submitted { position, record, .. } in group {
                if alarms.get(&record.object).is_some_and(|(set_at, _)| set_at <= position) {
                    alarms.remove(&record.object);
                }
            }
        }
        if group.iter().any(|submitted| submitted.record.created.is_some()) {
            let mut created = lock(&self.created);
            for Submitted { record, .. } in group {
                if let Some(identity) = &record.created {
                    created.remove(record.object, identity);
                }
            }
        }
    }

    /// A new object of this identity: its header as it was created.
    pub(super) fn lookup(&self, namespace: &str, id: &[u8; ID_BYTES]) -> Option<ObjectHeader> {
        lock(&self.created).lookup(namespace, id)
    }

    /// New facets of the root with this identity, as they were created.
    pub(super) fn facets(&self, namespace: &str, id: &[u8; ID_BYTES]) -> Vec<FacetEntry> {
        lock(&self.created).facets(namespace, id)
    }

    /// At most `limit` new objects with an id above `after`, as they were created.
    pub(super) fn created_after(
        &self,
        namespace: &str,
        after: Option<&[u8; ID_BYTES]>,
        limit: usize,
    ) -> Vec<([u8; ID_BYTES], ObjectHeader)> {
        lock(&self.created).after(namespace, after, limit)
    }

    /// The namespaces of new objects.
    pub(super) fn namespaces(&self) -> Vec<std::sync::Arc<str>> {
        lock(&self.created).namespaces()
    }

    /// The identity of a new object.
    pub(super) fn identity(&self, object: ObjectNo) -> Option<Identity> {
        lock(&self.created).identity(object)
    }

    /// The pending alarms, and of which objects the base's no longer count.
    pub(super) fn alarms(&self) -> HashMap<ObjectNo, Option<i64>> {
        lock(&self.alarms).iter().map(|(object, (_, due_ms))| (*object, *due_ms)).collect()
    }
}

/// An alarm of `object`, whose identity is this.
pub(super) fn alarm_entry(due_ms: i64, object: ObjectNo, identity: Identity) -> AlarmEntry {
    let Identity { namespace, id, name, .. } = identity;
    AlarmEntry { due_ms, object, namespace, id, name }
}

/// How many locks objects share. Ours: two busy threads rarely meet, and empty shards are small.
const SHARDS: usize = 64;
