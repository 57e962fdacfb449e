//! An object's way back: bookmarks, and what the object was before.
//!
//! Where a namespace keeps a history, each record carries the states that what it changes had at the
//! beginning of an interval: once for each item and interval, so that a counter costs a row every
//! [`HISTORY_INTERVAL`], not every turn. A bookmark ends the interval, so the state at a bookmark is
//! exact; the state at a time is that at the beginning of the interval the time lies in. A turn is one
//! unit here too: a bookmark taken within a turn names the end of it.

use std::collections::HashSet;
use std::fmt;
use std::str::FromStr;
use std::sync::Arc;
use std::time::Duration;

use super::{StorageError, Store};
use crate::clock::Clock;
use crate::engine::{
    AlarmChange, Bookmarks, CommitRecord, Direction, Engine, HistoryChange, HistoryItem, Identity, KeyRange,
    ObjectHeader, PageImage, PageNo, Position, Reset, Restore, Value,
};
use crate::limits::{HISTORY_INTERVAL, SQL_PAGE_BYTES};

/// A point in the time of one object. Later ones are larger, as values and as texts.
///
/// The text is that of Cloudflare: `hhhhhhhh-hhhhhhhh-00000000-` and 32 zeros.
///
/// ```
/// use steadfast::storage::Bookmark;
///
/// let bookmark: Bookmark = "00000000-0000000a-00000000-00000000000000000000000000000000".parse()?;
/// assert_eq!(bookmark.to_string(), "00000000-0000000a-00000000-00000000000000000000000000000000");
/// assert!("yesterday".parse::<Bookmark>().is_err());
/// # Ok::<(), steadfast::storage::StorageError>(())
/// ```
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Debug)]
pub struct Bookmark(u64);

/// That a namespace keeps what its objects were, and for how long.
#[derive(Clone)]
pub struct HistoryPolicy {
    /// What is older can no longer be gone back to. Cloudflare keeps 30 days.
    pub retention: Duration,
    /// Says when changes are made.
    pub clock: Arc<dyn Clock>,
}

/// The past of the object of a store.
#[derive(Default)]
pub(super) struct Past {
    policy: Option<HistoryPolicy>,
    bookmarks: Bookmarks,
    /// `bookmarks` is not what the last record says.
    changed: bool,
    interval: Option<Interval>,
    /// A bookmark was taken in this turn: the interval ends with it.
    ends: bool,
}

/// The changes that are made under one number.
struct Interval {
    no: u64,
    begun_ms: i64,
    /// No record has told of it yet.
    is_new: bool,
    saved: HashSet<HistoryItem>,
}

impl Store {
    /// Opens the data of an object of a namespace that may keep a history. Goes back in time first if
    /// that was asked for.
    ///
    /// # Errors
    /// As [`open`](Self::open), and [`StorageError::Poisoned`] when the engine has failed.
    pub fn open_with_history(
        engine: Arc<dyn Engine>,
        identity: Identity,
        policy: Option<HistoryPolicy>,
    ) -> Result<Self, StorageError> {
        let Some(policy) = policy else { return Self::open(engine, identity) };
        let restored = restore(&*engine, &identity, &policy)?;
        let mut store = Self::open(engine, identity)?;
        store.past.policy = Some(policy);
        if let Some(position) = restored {
            (store.position, store.confirmed_position) = (position, position);
        }
        Ok(store)
    }

    /// Refuses what only a namespace that keeps a history offers.
    ///
    /// # Errors
    /// [`StorageError::NoHistory`] when the namespace keeps none.
    pub fn requires_history(&self) -> Result<(), StorageError> {
        self.past.policy().map(drop)
    }

    /// The bookmark of this moment, or of the end of the open turn if that has written something. The
    /// next one is larger.
    pub fn current_bookmark(&mut self) -> Bookmark {
        let dirty = self.is_dirty();
        self.past.take_bookmark(dirty)
    }

    /// The bookmark of a time, in milliseconds since the Unix epoch: at most [`HISTORY_INTERVAL`] before
    /// it, and after everything that was written until then.
    ///
    /// # Errors
    /// [`StorageError::NoHistory`] when the namespace keeps none, [`StorageError::NotInHistory`] when the
    /// time is to come or lies further back than is kept, and when the engine cannot be read.
    pub fn bookmark_for_time(&self, time_ms: i64) -> Result<Bookmark, StorageError> {
        let policy = self.past.policy()?;
        if time_ms > policy.clock.now_ms() {
            return Err(StorageError::NotInHistory);
        }
        let Some(object) = self.number else { return Ok(Bookmark(self.past.bookmarks.next)) };
        let interval_ms = HISTORY_INTERVAL.as_millis() as i64;
        match self.engine.interval_at(object, time_ms)? {
            Some((interval, begun_ms)) if time_ms < begun_ms.saturating_add(interval_ms) => {
                Ok(Bookmark(interval))
            }
            Some((interval, _)) => Ok(Bookmark(interval + 1)),
            None => match self.engine.oldest_interval(object)? {
                Some((_, oldest_ms)) if policy.may_have_forgotten(oldest_ms) => {
                    Err(StorageError::NotInHistory)
                }
                // Nothing had been written then.
                _ => Ok(Bookmark(0)),
            },
        }
    }

    /// Asks for the object to go back to a bookmark when it is next opened, and returns the bookmark that
    /// will undo it. Part of the open turn. Asking again replaces what was asked for.
    ///
    /// # Errors
    /// As [`bookmark_for_time`](Self::bookmark_for_time).
    pub fn restore_at_next_open(&mut self, to: Bookmark) -> Result<Bookmark, StorageError> {
        let policy = self.past.policy()?;
        if to.0 > self.past.bookmarks.next {
            return Err(StorageError::NotInHistory);
        }
        let oldest = match self.number {
            Some(object) => self.engine.oldest_interval(object)?,
            None => None,
        };
        if oldest.is_some_and(|(oldest, begun_ms)| to.0 < oldest && policy.may_have_forgotten(begun_ms)) {
            return Err(StorageError::NotInHistory);
        }
        self.pending.join(super::WriteOptions::default());
        Ok(self.past.ask_to_restore(to))
    }
}

/// Undoes, as one record, everything that an object changed since the bookmark it asked to go back to.
fn restore(
    engine: &dyn Engine,
    identity: &Identity,
    policy: &HistoryPolicy,
) -> Result<Option<Position>, StorageError> {
    let Some(header) = engine.lookup(&identity.namespace, &identity.id)? else { return Ok(None) };
    let Some(Restore { to, undo }) = header.bookmarks.restore else { return Ok(None) };
    let mut record = CommitRecord { incarnation: header.incarnation, ..CommitRecord::new(header.no) };
    let mut size = header.database_pages;
    for (item, old) in engine.history(header.no, to)? {
        match item {
            HistoryItem::Key(key) => record.kv.push((key, old)),
            HistoryItem::Page(no) => {
                let hole = || PageImage::from(vec![0; SQL_PAGE_BYTES]);
                record.pages.push((no, old.unwrap_or_else(hole)));
            }
            HistoryItem::DatabasePages => {
                size = old.map_or(0, |bytes| u32::from_le_bytes(bytes[..].try_into().expect(WHOLE)));
                record.database_pages = Some(size);
            }
            HistoryItem::Alarm => {
                let due_ms = old.map(|bytes| i64::from_le_bytes(bytes[..].try_into().expect(WHOLE)));
                record.alarm = Some(due_ms.map_or(AlarmChange::Clear, AlarmChange::Set));
            }
        }
    }
    record.pages.retain(|(no, _)| no.0 <= size);
    let bookmarks = Bookmarks { restore: None, ..header.bookmarks };
    let mut past = Past { policy: Some(policy.clone()), bookmarks, changed: true, ..Past::default() };
    past.begin(undo, policy.clock.now_ms());
    past.note(engine, identity, &mut record)?;
    Ok(Some(engine.submit(record)?))
}

impl Past {
    /// The past of an object with these bookmarks, where no history is kept.
    pub(super) fn of(header: Option<&ObjectHeader>) -> Self {
        Self {
            bookmarks: header.map_or_else(Bookmarks::default, |header| header.bookmarks),
            ..Self::default()
        }
    }

    /// Everything is deleted: where no history is kept, bookmarks begin anew.
    pub(super) fn delete_all(&mut self) {
        if self.policy.is_none() && self.bookmarks != Bookmarks::default() {
            self.bookmarks = Bookmarks::default();
            self.changed = true;
        }
    }

    /// Whether the next record has something to say of bookmarks.
    pub(super) fn is_dirty(&self) -> bool {
        self.changed
    }

    /// Adds to a record that is about to be submitted what it changes of the past.
    pub(super) fn note(
        &mut self,
        engine: &dyn Engine,
        identity: &Identity,
        record: &mut CommitRecord,
    ) -> Result<(), StorageError> {
        let policy = self.policy.clone();
        if let Some(policy) = policy.filter(|_| changes_data(record)) {
            let now_ms = policy.clock.now_ms();
            let keep_since_ms = now_ms.saturating_sub(retention_ms(&policy));
            let interval = self.open_interval(now_ms);
            let mut change = HistoryChange {
                interval: interval.no,
                begun_ms: interval.is_new.then_some(interval.begun_ms),
                keep_since_ms: interval.is_new.then_some(keep_since_ms),
                before: Vec::new(),
            };
            let states = States::of(engine, identity, record)?;
            for item in states.changed(record)? {
                if interval.saved.insert(item.clone()) {
                    let old = states.old(&item)?;
                    change.before.push((item, old));
                }
            }
            if change.begun_ms.is_some() || !change.before.is_empty() {
                record.history = Some(change);
            }
        }
        record.bookmarks = self.changed.then_some(self.bookmarks);
        Ok(())
    }

    /// The record that was noted last is submitted, and the turn with it.
    pub(super) fn submitted(&mut self) {
        self.changed = false;
        match &mut self.interval {
            _ if std::mem::take(&mut self.ends) => self.interval = None,
            Some(interval) => interval.is_new = false,
            None => {}
        }
    }

    fn policy(&self) -> Result<&HistoryPolicy, StorageError> {
        self.policy.as_ref().ok_or(StorageError::NoHistory)
    }

    fn take_bookmark(&mut self, dirty: bool) -> Bookmark {
        if let Some(restore) = self.bookmarks.restore {
            return Bookmark(restore.undo);
        }
        if let Some(now_ms) = self.policy.as_ref().map(|policy| policy.clock.now_ms()) {
            if dirty {
                // What the turn has written comes before the bookmark, and needs a number below it.
                self.open_interval(now_ms);
                self.ends = true;
            } else {
                self.interval = None;
            }
        }
        self.changed = true;
        self.bookmarks.next += 1;
        Bookmark(self.bookmarks.next - 1)
    }

    fn ask_to_restore(&mut self, to: Bookmark) -> Bookmark {
        let undo = match self.bookmarks.restore {
            Some(Restore { undo, .. }) => undo,
            None => {
                // Changes of this session need a number below the one that undoes going back.
                let undo = self.bookmarks.next.max(1);
                self.bookmarks.next = undo + 1;
                undo
            }
        };
        self.bookmarks.restore = Some(Restore { to: to.0, undo });
        self.changed = true;
        Bookmark(undo)
    }

    /// The interval changes are made under now.
    fn open_interval(&mut self, now_ms: i64) -> &mut Interval {
        let interval_ms = HISTORY_INTERVAL.as_millis() as i64;
        let over = |interval: &Interval| now_ms.saturating_sub(interval.begun_ms) >= interval_ms;
        let restore = self.bookmarks.restore;
        if restore.is_none() && self.interval.as_ref().is_some_and(over) {
            self.interval = None;
        }
        if self.interval.is_none() {
            let no = match restore {
                Some(Restore { undo, .. }) => undo - 1,
                None => {
                    self.bookmarks.next += 1;
                    self.changed = true;
                    self.bookmarks.next - 1
                }
            };
            self.begin(no, now_ms);
        }
        self.interval.as_mut().expect("one was begun")
    }

    fn begin(&mut self, no: u64, begun_ms: i64) {
        self.interval = Some(Interval { no, begun_ms, is_new: true, saved: HashSet::new() });
    }
}

/// What the engine says of an object before a record.
struct States<'a> {
    engine: &'a dyn Engine,
    /// None before its first record.
    header: Option<ObjectHeader>,
}

impl<'a> States<'a> {
    fn of(engine: &'a dyn Engine, identity: &Identity, record: &CommitRecord) -> Result<Self, StorageError> {
        let header = match record.created {
            Some(_) => None,
            None => engine.lookup(&identity.namespace, &identity.id)?,
        };
        Ok(Self { engine, header })
    }

    /// The items a record changes.
    fn changed(&self, record: &CommitRecord) -> Result<Vec<HistoryItem>, StorageError> {
        let mut items: Vec<HistoryItem> =
            record.kv.iter().map(|(key, _)| HistoryItem::Key(key.clone())).collect();
        let size_before = self.header.as_ref().map_or(0, |header| header.database_pages);
        let kept = match (record.reset, record.database_pages) {
            (Some(Reset::DeleteAll), _) => 0,
            (None, size) => size.unwrap_or(size_before),
        };
        items.extend((kept + 1..=size_before).map(|no| HistoryItem::Page(PageNo(no))));
        items.extend(record.pages.iter().map(|(no, _)| HistoryItem::Page(*no)));
        let resized = record.database_pages.is_some() || kept != size_before;
        items.extend(resized.then_some(HistoryItem::DatabasePages));
        let alarmed = record.alarm.is_some() || record.reset.is_some();
        items.extend(alarmed.then_some(HistoryItem::Alarm));
        if let (Some(Reset::DeleteAll), Some(header)) = (record.reset, &self.header) {
            let all = KeyRange { start: std::ops::Bound::Unbounded, end: std::ops::Bound::Unbounded };
            let rows = self.engine.range(header.no, &all, Direction::Forward, usize::MAX)?;
            items.extend(rows.into_iter().map(|(key, _)| HistoryItem::Key(key)));
        }
        Ok(items)
    }

    /// The state of an item.
    fn old(&self, item: &HistoryItem) -> Result<Option<Value>, StorageError> {
        let Some(header) = &self.header else { return Ok(None) };
        Ok(match item {
            HistoryItem::Key(key) => self.engine.get(header.no, key)?,
            HistoryItem::Page(no) => self.engine.page(header.no, *no)?,
            HistoryItem::DatabasePages => {
                let size = Some(header.database_pages).filter(|pages| *pages > 0);
                size.map(|pages| Value::copy_from_slice(&pages.to_le_bytes()))
            }
            HistoryItem::Alarm => header.alarm_ms.map(|due_ms| Value::copy_from_slice(&due_ms.to_le_bytes())),
        })
    }
}

impl HistoryPolicy {
    /// Whether something before the oldest interval that is kept may have been forgotten.
    fn may_have_forgotten(&self, oldest_ms: i64) -> bool {
        oldest_ms <= self.clock.now_ms().saturating_sub(retention_ms(self))
    }
}

/// Why the numbers in a history can be read.
const WHOLE: &str = "engines report a number of another length as damage";

fn retention_ms(policy: &HistoryPolicy) -> i64 {
    i64::try_from(policy.retention.as_millis()).unwrap_or(i64::MAX)
}

fn changes_data(record: &CommitRecord) -> bool {
    let CommitRecord { reset, kv, database_pages, pages, alarm, .. } = record;
    reset.is_some() || !kv.is_empty() || database_pages.is_some() || !pages.is_empty() || alarm.is_some()
}

impl fmt::Display for Bookmark {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{:08x}-{:08x}-00000000-{:032}", self.0 >> 32, self.0 & 0xffff_ffff, 0)
    }
}

impl FromStr for Bookmark {
    type Err = StorageError;

    fn from_str(text: &str) -> Result<Self, StorageError> {
        let digits = |part: &str| part.bytes().all(|byte| matches!(byte, b'0'..=b'9' | b'a'..=b'f'));
        let mut parts = text.split('-');
        let mut number = |len: usize| {
            let part = parts.next().filter(|part| part.len() == len && digits(part));
            u64::from_str_radix(part.ok_or(StorageError::BadBookmark)?, 16)
                .map_err(|_| StorageError::BadBookmark)
        };
        let (high, low, rest) = (number(8)?, number(8)?, number(8)?);
        let tail = parts.next().is_some_and(|tail| tail.len() == 32 && tail.bytes().all(|byte| byte == b'0'));
        if rest != 0 || !tail || parts.next().is_some() {
            return Err(StorageError::BadBookmark);
        }
        Ok(Self(high << 32 | low))
    }
}
