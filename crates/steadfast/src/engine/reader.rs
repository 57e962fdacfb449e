//! The read side of an engine. Synchronous, because storage reads of an object are.

use std::ops::Bound;
use std::sync::Arc;

use super::record::{Bookmarks, HistoryItem, Key, ObjectNo, PageImage, PageNo, Value};
use super::{EngineError, FacetEntry};

/// What an engine knows of an object besides its data.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct ObjectHeader {
    /// Its number.
    pub no: ObjectNo,
    /// How often it was reset by `delete_all`.
    pub incarnation: u32,
    /// The name recorded with its first write.
    pub name: Option<Arc<str>>,
    /// When its alarm is due, in milliseconds since the Unix epoch.
    pub alarm_ms: Option<i64>,
    /// The size of its SQL database in pages; 0 when it has none.
    pub database_pages: u32,
    /// Where it stands in its own past.
    pub bookmarks: Bookmarks,
}

impl ObjectHeader {
    /// The header of an object that was just created and stores nothing.
    pub fn new(no: ObjectNo, name: Option<Arc<str>>) -> Self {
        let bookmarks = Bookmarks::default();
        Self { no, incarnation: 0, name, alarm_ms: None, database_pages: 0, bookmarks }
    }
}

/// One entry of [`ObjectReader::due_alarms`].
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct AlarmEntry {
    /// When the alarm is due, in milliseconds since the Unix epoch.
    pub due_ms: i64,
    /// Whose it is.
    pub object: ObjectNo,
    /// The namespace's unique key.
    pub namespace: Arc<str>,
    /// The 32-byte id.
    pub id: [u8; 32],
    /// The name recorded with the object's first write.
    pub name: Option<Arc<str>>,
}

/// A range of keys in byte order.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct KeyRange {
    /// The lower end.
    pub start: Bound<Key>,
    /// The upper end.
    pub end: Bound<Key>,
}

impl KeyRange {
    /// Whether no key can be in it.
    pub fn is_empty(&self) -> bool {
        match (&self.start, &self.end) {
            (Bound::Unbounded, Bound::Excluded(end)) => end.is_empty(),
            (Bound::Unbounded, _) | (_, Bound::Unbounded) => false,
            (Bound::Included(start), Bound::Included(end)) => start > end,
            (
                Bound::Included(start) | Bound::Excluded(start),
                Bound::Included(end) | Bound::Excluded(end),
            ) => start >= end,
        }
    }
}

/// One entry of [`ObjectReader::objects`].
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct ObjectEntry {
    /// The 32-byte id.
    pub id: [u8; 32],
    /// Number, incarnation and name.
    pub header: ObjectHeader,
}

/// Which end of a range comes first.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Direction {
    /// Smallest key first.
    Forward,
    /// Largest key first.
    Reverse,
}

/// Reads the latest submitted state of objects, durable or not.
pub trait ObjectReader: Send + Sync {
    /// The object with this identity (facets aside), if it ever wrote anything. Numbers nothing.
    ///
    /// # Errors
    /// When the base file cannot be read; the message names it.
    fn lookup(&self, namespace: &str, id: &[u8; 32]) -> Result<Option<ObjectHeader>, EngineError>;

    /// All facets of the root object with this identity, in order of their numbers.
    ///
    /// # Errors
    /// When the base file cannot be read; the message names it.
    fn facets(&self, namespace: &str, id: &[u8; 32]) -> Result<Vec<FacetEntry>, EngineError>;

    /// The value of one key.
    ///
    /// # Errors
    /// When the base file cannot be read; the message names it.
    fn get(&self, object: ObjectNo, key: &[u8]) -> Result<Option<Value>, EngineError>;

    /// At most `limit` entries of a range, from the end `direction` names.
    ///
    /// # Errors
    /// When the base file cannot be read; the message names it.
    fn range(
        &self,
        object: ObjectNo,
        range: &KeyRange,
        direction: Direction,
        limit: usize,
    ) -> Result<Vec<(Key, Value)>, EngineError>;

    /// At most `limit` objects of a namespace with an id above `after`, in order of id.
    ///
    /// # Errors
    /// When the base file cannot be read; the message names it.
    fn objects(
        &self,
        namespace: &str,
        after: Option<&[u8; 32]>,
        limit: usize,
    ) -> Result<Vec<ObjectEntry>, EngineError>;

    /// A page of an object's database; `None` for one that was never written, which reads as zeros.
    ///
    /// # Errors
    /// When the base file cannot be read; the message names it.
    fn page(&self, object: ObjectNo, no: PageNo) -> Result<Option<PageImage>, EngineError>;

    /// At most `limit` alarms due at or before `until_ms`, in order of time and then of object, from
    /// behind `after` on. Facets have none.
    ///
    /// # Errors
    /// When the base file cannot be read; the message names it.
    fn due_alarms(
        &self,
        after: Option<(i64, ObjectNo)>,
        until_ms: i64,
        limit: usize,
    ) -> Result<Vec<AlarmEntry>, EngineError>;

    /// The states that items had at a bookmark, of all that changed since, sorted by item. Waits until
    /// everything submitted is in the base.
    ///
    /// # Errors
    /// When the base file cannot be read, or the engine fails meanwhile.
    fn history(
        &self,
        object: ObjectNo,
        bookmark: u64,
    ) -> Result<Vec<(HistoryItem, Option<Value>)>, EngineError>;

    /// The last interval of an object's history that began at or before a time, and when it began.
    /// Waits as [`history`](Self::history) does.
    ///
    /// # Errors
    /// As [`history`](Self::history).
    fn interval_at(&self, object: ObjectNo, time_ms: i64) -> Result<Option<(u64, i64)>, EngineError>;

    /// The first interval that is kept of an object's history, and when it began. Waits as
    /// [`history`](Self::history) does.
    ///
    /// # Errors
    /// As [`history`](Self::history).
    fn oldest_interval(&self, object: ObjectNo) -> Result<Option<(u64, i64)>, EngineError>;

    /// The unique keys of all namespaces with an object that ever wrote, sorted.
    ///
    /// # Errors
    /// When the base file cannot be read; the message names it.
    fn namespaces(&self) -> Result<Vec<Arc<str>>, EngineError>;
}
