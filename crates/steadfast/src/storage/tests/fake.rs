//! An engine without a disk or a thread, that counts what it was asked.

use std::collections::BTreeMap;
use std::future;
use std::ops::Bound;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex};

use bytes::Bytes;

use crate::engine::{
    AlarmEntry, CommitRecord, CommitSink, Direction, DurableFuture, DurableListener, EngineError, FacetEntry,
    HistoryItem, Identity, Key, KeyRange, ObjectEntry, ObjectHeader, ObjectNo, ObjectReader, PageImage,
    PageNo, Poisoned, Position, Reset, Value,
};
use crate::storage::Store;

#[derive(Default)]
pub(super) struct FakeEngine {
    state: Mutex<State>,
    reads: AtomicUsize,
}

#[derive(Default)]
struct State {
    numbers: u64,
    poisoned: bool,
    records: Vec<CommitRecord>,
    objects: BTreeMap<(String, [u8; 32]), ObjectHeader>,
    rows: BTreeMap<(ObjectNo, Key), Value>,
    pages: BTreeMap<(ObjectNo, PageNo), PageImage>,
}

impl State {
    /// Applies what a record says of the database and the alarm.
    fn change_database(&mut self, record: &CommitRecord) {
        let Self { objects, pages, .. } = self;
        let header = objects.values_mut().find(|header| header.no == record.object);
        let header = header.expect("the first record of an object carries its identity");
        if let Some(change) = record.alarm {
            header.alarm_ms = change.due_ms();
        }
        header.bookmarks = record.bookmarks.unwrap_or(header.bookmarks);
        header.database_pages = record.database_pages.unwrap_or(header.database_pages);
        let size = header.database_pages;
        pages.retain(|(object, no), _| *object != record.object || no.0 <= size);
        pages.extend(record.pages.iter().map(|(no, image)| ((record.object, *no), image.clone())));
    }
}

impl FakeEngine {
    /// A store of one object, opened on this engine.
    pub(super) fn open(self: &Arc<Self>) -> Store {
        Store::open(Arc::<Self>::clone(self), identity()).expect("the fake can always be read")
    }

    pub(super) fn records(&self) -> Vec<CommitRecord> {
        self.state().records.clone()
    }

    /// How many reads reached the engine so far.
    pub(super) fn reads(&self) -> usize {
        self.reads.load(Ordering::Relaxed)
    }

    pub(super) fn numbers(&self) -> u64 {
        self.state().numbers
    }

    pub(super) fn poison(&self) {
        self.state().poisoned = true;
    }

    fn state(&self) -> std::sync::MutexGuard<'_, State> {
        self.state.lock().expect("no test panics while it holds the fake")
    }
}

pub(super) fn identity() -> Identity {
    Identity { namespace: "worker-Counter".into(), id: [7; 32], name: Some("seven".into()), facet: None }
}

pub(super) fn key(text: &str) -> Key {
    Bytes::copy_from_slice(text.as_bytes())
}

impl CommitSink for FakeEngine {
    fn allocate(&self) -> ObjectNo {
        let mut state = self.state();
        state.numbers += 1;
        ObjectNo(state.numbers)
    }

    fn submit(&self, record: CommitRecord) -> Result<Position, Poisoned> {
        let mut state = self.state();
        if state.poisoned {
            return Err(Poisoned::new("the fake was told to fail"));
        }
        if let Some(created) = &record.created {
            let header = ObjectHeader::new(record.object, created.name.clone());
            let before = state.objects.insert((created.namespace.to_string(), created.id), header);
            assert!(before.is_none(), "an object is created once");
        }
        let header = state.objects.values_mut().find(|header| header.no == record.object);
        let header = header.expect("the first record of an object carries its identity");
        if record.reset == Some(Reset::DeleteAll) {
            assert_eq!(record.incarnation, header.incarnation + 1);
            header.incarnation = record.incarnation;
            header.alarm_ms = None;
            header.database_pages = 0;
            state.rows.retain(|(object, _), _| *object != record.object);
        } else {
            assert_eq!(record.incarnation, header.incarnation);
        }
        state.change_database(&record);
        for (key, value) in &record.kv {
            let row = (record.object, key.clone());
            match value {
                Some(value) => state.rows.insert(row, value.clone()),
                None => state.rows.remove(&row),
            };
        }
        state.records.push(record);
        Ok(Position(state.records.len() as u64))
    }

    fn durable_position(&self) -> Position {
        Position(self.state().records.len() as u64)
    }

    fn durable(&self, _: Position) -> DurableFuture {
        Box::pin(future::ready(Ok(())))
    }

    fn subscribe(&self, listener: Arc<dyn DurableListener>) {
        listener.durable(self.durable_position());
    }

    fn close(&self) -> Result<(), Poisoned> {
        Ok(())
    }
}

impl ObjectReader for FakeEngine {
    fn lookup(&self, namespace: &str, id: &[u8; 32]) -> Result<Option<ObjectHeader>, EngineError> {
        Ok(self.state().objects.get(&(namespace.to_owned(), *id)).cloned())
    }

    fn facets(&self, _namespace: &str, _id: &[u8; 32]) -> Result<Vec<FacetEntry>, EngineError> {
        Ok(Vec::new())
    }

    fn get(&self, object: ObjectNo, key: &[u8]) -> Result<Option<Value>, EngineError> {
        self.reads.fetch_add(1, Ordering::Relaxed);
        Ok(self.state().rows.get(&(object, Bytes::copy_from_slice(key))).cloned())
    }

    fn range(
        &self,
        object: ObjectNo,
        range: &KeyRange,
        direction: Direction,
        limit: usize,
    ) -> Result<Vec<(Key, Value)>, EngineError> {
        self.reads.fetch_add(1, Ordering::Relaxed);
        let state = self.state();
        let inside =
            |key: &Key| std::ops::RangeBounds::contains(&(range.start.clone(), range.end.clone()), key);
        let all = (
            Bound::Included((object, Bytes::new())),
            Bound::Excluded((ObjectNo(object.0 + 1), Bytes::new())),
        );
        let mut rows: Vec<_> = state
            .rows
            .range(all)
            .filter(|((_, key), _)| inside(key))
            .map(|((_, key), value)| (key.clone(), value.clone()))
            .collect();
        if direction == Direction::Reverse {
            rows.reverse();
        }
        rows.truncate(limit);
        Ok(rows)
    }

    fn objects(
        &self,
        namespace: &str,
        after: Option<&[u8; 32]>,
        limit: usize,
    ) -> Result<Vec<ObjectEntry>, EngineError> {
        let state = self.state();
        let of_namespace = state
            .objects
            .iter()
            .filter(|((name, id), _)| name == namespace && after.is_none_or(|after| id > after));
        let entry = |((_, id), header): (&(String, [u8; 32]), &ObjectHeader)| ObjectEntry {
            id: *id,
            header: header.clone(),
        };
        Ok(of_namespace.take(limit).map(entry).collect())
    }

    fn page(&self, object: ObjectNo, no: PageNo) -> Result<Option<PageImage>, EngineError> {
        self.reads.fetch_add(1, Ordering::Relaxed);
        Ok(self.state().pages.get(&(object, no)).cloned())
    }

    fn due_alarms(
        &self,
        after: Option<(i64, ObjectNo)>,
        until_ms: i64,
        limit: usize,
    ) -> Result<Vec<AlarmEntry>, EngineError> {
        let state = self.state();
        let mut due: Vec<AlarmEntry> = state
            .objects
            .iter()
            .filter_map(|((namespace, id), header)| {
                let due_ms = header.alarm_ms?;
                let (namespace, name) = (namespace.as_str().into(), header.name.clone());
                Some(AlarmEntry { due_ms, object: header.no, namespace, id: *id, name })
            })
            .filter(|entry| {
                entry.due_ms <= until_ms && after.is_none_or(|a| (entry.due_ms, entry.object) > a)
            })
            .collect();
        due.sort_unstable_by_key(|entry| (entry.due_ms, entry.object));
        due.truncate(limit);
        Ok(due)
    }

    fn history(
        &self,
        object: ObjectNo,
        bookmark: u64,
    ) -> Result<Vec<(HistoryItem, Option<Value>)>, EngineError> {
        let mut states = BTreeMap::new();
        for record in self.state().records.iter().filter(|record| record.object == object) {
            let Some(change) = record.history.as_ref().filter(|change| change.interval >= bookmark) else {
                continue;
            };
            for (item, old) in &change.before {
                states.entry(item.clone()).or_insert_with(|| old.clone());
            }
        }
        Ok(states.into_iter().collect())
    }

    fn interval_at(&self, object: ObjectNo, time_ms: i64) -> Result<Option<(u64, i64)>, EngineError> {
        let state = self.state();
        let changes = state.records.iter().filter(|record| record.object == object);
        let begun = changes.filter_map(|record| record.history.as_ref());
        let begun = begun.filter_map(|change| Some((change.interval, change.begun_ms?)));
        Ok(begun.filter(|(_, begun_ms)| *begun_ms <= time_ms).max())
    }

    fn oldest_interval(&self, object: ObjectNo) -> Result<Option<(u64, i64)>, EngineError> {
        let state = self.state();
        let changes = state.records.iter().filter(|record| record.object == object);
        let begun = changes.filter_map(|record| record.history.as_ref());
        Ok(begun.filter_map(|change| Some((change.interval, change.begun_ms?))).min())
    }

    fn namespaces(&self) -> Result<Vec<Arc<str>>, EngineError> {
        let mut names: Vec<Arc<str>> =
            self.state().objects.keys().map(|(name, _)| name.as_str().into()).collect();
        names.dedup();
        Ok(names)
    }
}
