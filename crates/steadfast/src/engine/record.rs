//! What one object changed in one turn, and where that stands in the engine's order.

use std::sync::Arc;

use bytes::Bytes;

/// A key of an object's storage: UTF-8 bytes, compared as bytes.
pub type Key = Bytes;

/// A stored value: opaque bytes to the engine.
pub type Value = Bytes;

/// A page of an object's SQL database. Counts from 1.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Debug)]
pub struct PageNo(pub u32);

/// The content of a page: [`SQL_PAGE_BYTES`](crate::limits::SQL_PAGE_BYTES) bytes.
pub type PageImage = Bytes;

/// An object, interned to eight bytes. Numbers start at 1 and are never reused.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Debug)]
pub struct ObjectNo(pub u64);

/// A point in the engine's commit order. Positions are one total order per engine;
/// "durable up to `p`" means every record submitted at or before `p` is durable.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Debug, Default)]
pub struct Position(pub u64);

impl Position {
    /// Before every record: durable from the start.
    pub const NONE: Self = Self(0);

    /// The position of the record behind.
    pub(crate) fn next(self) -> Self {
        Self(self.0 + 1)
    }
}

/// Who may commit for an object: checked by the sink inside the commit, so that a node that lost
/// its ownership cannot write. A single process owns everything it opens at epoch 1.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Debug)]
pub struct Epoch(pub u64);

impl Epoch {
    /// The epoch of a directory that only one process can open.
    pub const LOCAL: Self = Self(1);
}

/// The permanent identity of an object, recorded with its first write.
#[derive(Clone, PartialEq, Eq, Hash, Debug)]
pub struct Identity {
    /// The namespace's unique key, as `worker-Class`.
    pub namespace: Arc<str>,
    /// The 32-byte id.
    pub id: [u8; 32],
    /// The name the object was first reached by, when it has one.
    pub name: Option<Arc<str>>,
    /// The parent and the facet's name, when the object is a facet.
    pub facet: Option<(ObjectNo, Arc<str>)>,
}

/// What has to happen to an object before the rest of a record applies.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Reset {
    /// Everything the object stored is gone: keys, database and alarm. The record carries the new
    /// incarnation.
    DeleteAll,
}

/// What becomes of an object's alarm.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum AlarmChange {
    /// It is due at this time, in milliseconds since the Unix epoch.
    Set(i64),
    /// There is none.
    Clear,
}

impl AlarmChange {
    /// When the alarm is due after this change.
    pub fn due_ms(self) -> Option<i64> {
        match self {
            Self::Set(due_ms) => Some(due_ms),
            Self::Clear => None,
        }
    }
}

/// Where an object stands in its own past.
///
/// Bookmarks count from 0 and name points in time: the state just before anything was changed under
/// that number or a later one.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Default)]
pub struct Bookmarks {
    /// The bookmark that comes next.
    pub next: u64,
    /// What happens to the object when it is next opened.
    pub restore: Option<Restore>,
}

/// A point in time an object goes back to when it is next opened.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Restore {
    /// The bookmark it goes back to.
    pub to: u64,
    /// The bookmark that undoes it: the changes of going back are made under this number.
    pub undo: u64,
}

/// One thing an object's history remembers the earlier states of.
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Debug)]
pub enum HistoryItem {
    /// A key. Its state is the value.
    Key(Key),
    /// A page of the database. Its state is the image; none is a hole.
    Page(PageNo),
    /// The size of the database: four bytes, little-endian. None is no database.
    DatabasePages,
    /// The alarm: eight bytes, little-endian, signed milliseconds since the Unix epoch.
    Alarm,
}

/// What a record adds to the history of its object.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct HistoryChange {
    /// The bookmark the record's changes are made under.
    pub interval: u64,
    /// When this interval began, in milliseconds since the Unix epoch: with its first record only.
    pub begun_ms: Option<i64>,
    /// What is older than every state at or after this time may be forgotten.
    pub keep_since_ms: Option<i64>,
    /// The states at the beginning of the interval of items that change in it for the first time.
    /// Of two states of one item in one interval the first counts.
    pub before: Vec<(HistoryItem, Option<Bytes>)>,
}

/// Everything one object changed in one turn. Atomic as a whole.
#[derive(Clone, Debug)]
pub struct CommitRecord {
    /// Whose record it is.
    pub object: ObjectNo,
    /// The identity, with the object's first record only.
    pub created: Option<Identity>,
    /// Bumped by every [`Reset`]; starts at 0.
    pub incarnation: u32,
    /// Checked by the sink.
    pub ownership: Epoch,
    /// Applies before everything below.
    pub reset: Option<Reset>,
    /// Keys written (`Some`) and deleted (`None`); a key appears at most once.
    pub kv: Vec<(Key, Option<Value>)>,
    /// The new size of the SQL database, in pages. What lies above is gone, also if the database
    /// grows again: applies before `pages`.
    pub database_pages: Option<u32>,
    /// Pages written, whole, each at most once and none above the size of the database.
    pub pages: Vec<(PageNo, PageImage)>,
    /// What becomes of the alarm.
    pub alarm: Option<AlarmChange>,
    /// Where the object stands in its own past from now on.
    pub bookmarks: Option<Bookmarks>,
    /// What its history gains. Outlives a reset.
    pub history: Option<HistoryChange>,
}

impl CommitRecord {
    /// A record of an object in its first incarnation that changes nothing, to be filled in.
    pub fn new(object: ObjectNo) -> Self {
        Self {
            object,
            created: None,
            incarnation: 0,
            ownership: Epoch::LOCAL,
            reset: None,
            kv: Vec::new(),
            database_pages: None,
            pages: Vec::new(),
            alarm: None,
            bookmarks: None,
            history: None,
        }
    }
}
