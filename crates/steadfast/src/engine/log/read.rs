//! Reading: the table over the base.

use std::sync::Arc;
use std::sync::atomic::Ordering;

use super::engine::LogEngine;
use super::shared::Shared;
use super::table::{self, Dirty};
use crate::engine::base::BaseReader;
use crate::engine::identities::Objects;
use crate::engine::merge::{Entry, Layered, RangeQuery, read_under};
use crate::engine::overlay::{Known, alarm_entry};
use crate::engine::{
    AlarmEntry, Direction, EngineError, FacetEntry, HistoryItem, Key, KeyRange, ObjectEntry, ObjectHeader,
    ObjectNo, ObjectReader, PageImage, PageNo, Value,
};
use crate::limits::ID_BYTES;

impl ObjectReader for LogEngine {
    fn lookup(&self, namespace: &str, id: &[u8; ID_BYTES]) -> Result<Option<ObjectHeader>, EngineError> {
        let shared = self.shared.readable()?;
        shared.lookup(shared.table.lookup(namespace, id), namespace, id)
    }

    fn facets(&self, namespace: &str, id: &[u8; ID_BYTES]) -> Result<Vec<FacetEntry>, EngineError> {
        let shared = self.shared.readable()?;
        shared.facets(shared.table.facets(namespace, id), namespace, id)
    }

    fn get(&self, object: ObjectNo, key: &[u8]) -> Result<Option<Value>, EngineError> {
        let shared = self.shared.readable()?;
        let known = shared.table.shard(object).ask(object, |dirty| dirty.get(key));
        match known {
            Known::State(state) => Ok(state),
            Known::Below => shared.base.get(object, key),
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
        let shard = shared.table.shard(object);
        let mut changes = Vec::new();
        for dirty in shard.changes(object) {
            changes.push(dirty);
            if dirty.hides_keys_below() {
                break;
            }
        }
        // The shard stays locked while the base is read: changes may enter the base meanwhile, but none may
        // leave the table and none may be submitted, so the two fit together.
        match changes[..] {
            [] => {
                drop(shard);
                read_under(&query, Box::new(std::iter::empty()), false, &shared.base)
            }
            [only] => read_under(&query, in_order(only, &query), only.hides_keys_below(), &shared.base),
            [upper, lower, ..] => {
                let layered = Layered::new(in_order(upper, &query), in_order(lower, &query), direction);
                read_under(&query, Box::new(layered), lower.hides_keys_below(), &shared.base)
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
        shared.objects(shared.table.created_after(namespace, after, limit), namespace, after, limit)
    }

    fn page(&self, object: ObjectNo, no: PageNo) -> Result<Option<PageImage>, EngineError> {
        let shared = self.shared.readable()?;
        let known = shared.table.shard(object).ask(object, |dirty| dirty.page(no));
        match known {
            Known::State(image) => Ok(image),
            Known::Below => shared.base.page(object, no),
        }
    }

    fn due_alarms(
        &self,
        after: Option<(i64, ObjectNo)>,
        until_ms: i64,
        limit: usize,
    ) -> Result<Vec<AlarmEntry>, EngineError> {
        self.shared.readable()?.due_alarms(after, until_ms, limit)
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
        let mut namespaces = shared.table.namespaces();
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
        self.header_or(object, None)
    }

    fn created_header(&self, created: ObjectHeader) -> Result<ObjectHeader, EngineError> {
        let no = created.no;
        Ok(self.header_or(no, Some(created))?.expect("at least what it was created with"))
    }
}

impl Shared {
    /// Waits until everything submitted is in the base. Without threads it is as it is.
    fn settled(&self) -> Result<&Self, EngineError> {
        if self.has_threads.load(Ordering::Acquire) {
            self.signals.wait_in_base(self.queue.last(), self);
        }
        self.readable()
    }

    /// The header in the base, or else this one, with what the table knows of it.
    fn header_or(
        &self,
        object: ObjectNo,
        created: Option<ObjectHeader>,
    ) -> Result<Option<ObjectHeader>, EngineError> {
        let shard = self.table.shard(object);
        // What is in the table only leaves for the base: with the shard locked it cannot.
        let changed = shard.changes(object).next().is_some();
        let guard = changed.then_some(shard);
        let below = self.base.header(object)?.or(created);
        Ok(match (guard, below) {
            (Some(shard), Some(below)) => Some(table::header_over(&shard, below)),
            (_, below) => below,
        })
    }

    fn due_alarms(
        &self,
        after: Option<(i64, ObjectNo)>,
        until_ms: i64,
        limit: usize,
    ) -> Result<Vec<AlarmEntry>, EngineError> {
        // Locked while the base is read: what enters the base meanwhile does not leave.
        let alarms = self.table.alarms();
        let mut entries = Vec::new();
        let mut read_after = after;
        loop {
            let batch = self.base.due_alarms(read_after, until_ms, limit)?;
            let is_last = batch.len() < limit;
            read_after = batch.last().map(|entry| (entry.due_ms, entry.object));
            entries.extend(batch.into_iter().filter(|entry| !alarms.knows(entry.object)));
            if is_last || entries.len() >= limit {
                break;
            }
        }
        for (due_ms, object) in alarms.due(after, until_ms, limit) {
            let identity = match self.table.identity(object) {
                Some(identity) => Some(identity),
                None => self.base.identity(object)?,
            };
            let identity = identity.filter(|identity| identity.facet.is_none());
            entries.extend(identity.map(|identity| alarm_entry(due_ms, object, identity)));
        }
        entries.sort_unstable_by_key(|entry| (entry.due_ms, entry.object));
        entries.truncate(limit);
        Ok(entries)
    }
}

fn in_order<'a>(dirty: &'a Dirty, query: &RangeQuery<'_>) -> Box<dyn Iterator<Item = Entry<'a>> + 'a> {
    match query.direction {
        Direction::Forward => Box::new(dirty.range(query.range)),
        Direction::Reverse => Box::new(dirty.range(query.range).rev()),
    }
}
