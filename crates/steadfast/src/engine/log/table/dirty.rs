//! What one object changed in one generation, as its effect.

use std::collections::BTreeMap;
use std::ops::Bound;

use crate::engine::group::DatabaseSize;
use crate::engine::overlay::Known;
use crate::engine::{
    Bookmarks, CommitRecord, HistoryChange, Key, KeyRange, ObjectHeader, PageImage, PageNo, Value,
};
use crate::limits::SQL_PAGE_BYTES;

/// The changes of one object. Most have a few keys and nothing else, and take little.
#[derive(Default)]
pub(in crate::engine::log) struct Dirty {
    entries: Entries,
    rest: Option<Box<Rest>>,
}

/// What few records change.
#[derive(Default)]
struct Rest {
    /// The incarnation that the last reset began.
    reset: Option<u32>,
    size: Option<DatabaseSize>,
    pages: BTreeMap<PageNo, PageImage>,
    alarm: Option<Option<i64>>,
    bookmarks: Option<Bookmarks>,
    /// In order of time.
    history: Vec<HistoryChange>,
}

/// The last states of keys, in byte order.
enum Entries {
    Few(Vec<(Key, Option<Value>)>),
    Many(BTreeMap<Key, Option<Value>>),
}

impl Dirty {
    /// Applies a record, and adds the bytes that this takes to `growth`. Returns the images its pages
    /// replace, if it has pages.
    pub(super) fn apply(&mut self, record: &CommitRecord, growth: &mut i64) -> Vec<Option<PageImage>> {
        if record.reset.is_some() {
            *growth -= self.entries.bytes();
            self.entries = Entries::default();
            let rest = self.rest(growth);
            rest.reset = Some(record.incarnation);
            rest.alarm = Some(None);
            rest.resize(0, growth);
        }
        for (key, value) in &record.kv {
            *growth += self.entries.insert(key.clone(), value.clone());
        }
        if let Some(database_pages) = record.database_pages {
            self.rest(growth).resize(database_pages, growth);
        }
        if let Some(change) = record.alarm {
            self.rest(growth).alarm = Some(change.due_ms());
        }
        if record.bookmarks.is_some() {
            self.rest(growth).bookmarks = record.bookmarks;
        }
        if let Some(history) = &record.history {
            let old = history.before.iter().map(|(_, old)| ENTRY_BYTES + value_bytes(old));
            *growth += ENTRY_BYTES + old.sum::<i64>();
            self.rest(growth).history.push(history.clone());
        }
        if record.pages.is_empty() {
            return Vec::new();
        }
        let rest = self.rest(growth);
        let replaced = record.pages.iter().map(|(no, image)| {
            let previous = rest.pages.insert(*no, image.clone());
            *growth += if previous.is_none() { PAGE_BYTES } else { 0 };
            previous
        });
        replaced.collect()
    }

    pub(in crate::engine::log) fn get(&self, key: &[u8]) -> Known<Value> {
        match self.entries.get(key) {
            Some(state) => Known::State(state.clone()),
            None if self.hides_keys_below() => Known::State(None),
            None => Known::Below,
        }
    }

    pub(in crate::engine::log) fn page(&self, no: PageNo) -> Known<PageImage> {
        let Some(rest) = &self.rest else { return Known::Below };
        match rest.pages.get(&no) {
            Some(image) => Known::State(Some(image.clone())),
            None if rest.size.is_some_and(|size| no.0 > size.kept) => Known::State(None),
            None => Known::Below,
        }
    }

    /// The image of a page that the log of this generation has.
    pub(super) fn logged_page(&self, no: PageNo) -> Option<&PageImage> {
        self.rest.as_ref()?.pages.get(&no)
    }

    /// Whether no key of the object below counts any more.
    pub(in crate::engine::log) fn hides_keys_below(&self) -> bool {
        self.reset().is_some()
    }

    /// The object's header, given what is below.
    pub(super) fn header_over(&self, below: ObjectHeader) -> ObjectHeader {
        let Some(rest) = &self.rest else { return below };
        let incarnation = rest.reset.map_or(below.incarnation, |reset| reset.max(below.incarnation));
        let database_pages = rest.size.map_or(below.database_pages, |size| size.pages);
        let alarm_ms = rest.alarm.unwrap_or(below.alarm_ms);
        let bookmarks = rest.bookmarks.unwrap_or(below.bookmarks);
        ObjectHeader { incarnation, database_pages, alarm_ms, bookmarks, ..below }
    }

    /// The states of keys in a range, in byte order.
    pub(in crate::engine::log) fn range<'a>(
        &'a self,
        range: &KeyRange,
    ) -> Box<dyn DoubleEndedIterator<Item = Entry<'a>> + 'a> {
        if range.is_empty() {
            return Box::new(std::iter::empty());
        }
        match &self.entries {
            Entries::Few(entries) => {
                let begin = match &range.start {
                    Bound::Included(start) => entries.partition_point(|(key, _)| key < start),
                    Bound::Excluded(start) => entries.partition_point(|(key, _)| key <= start),
                    Bound::Unbounded => 0,
                };
                let end = match &range.end {
                    Bound::Included(end) => entries.partition_point(|(key, _)| key <= end),
                    Bound::Excluded(end) => entries.partition_point(|(key, _)| key < end),
                    Bound::Unbounded => entries.len(),
                };
                Box::new(entries[begin..end].iter().map(|(key, state)| (key, state.as_ref())))
            }
            Entries::Many(entries) => {
                let bounds =
                    (range.start.as_ref().map(|key| &key[..]), range.end.as_ref().map(|key| &key[..]));
                Box::new(entries.range::<[u8], _>(bounds).map(|(key, state)| (key, state.as_ref())))
            }
        }
    }

    pub(super) fn entries(&self) -> Box<dyn Iterator<Item = Entry<'_>> + '_> {
        match &self.entries {
            Entries::Few(entries) => Box::new(entries.iter().map(|(key, state)| (key, state.as_ref()))),
            Entries::Many(entries) => Box::new(entries.iter().map(|(key, state)| (key, state.as_ref()))),
        }
    }

    pub(super) fn reset(&self) -> Option<u32> {
        self.rest.as_ref()?.reset
    }

    pub(super) fn size(&self) -> Option<DatabaseSize> {
        self.rest.as_ref()?.size
    }

    pub(super) fn alarm(&self) -> Option<Option<i64>> {
        self.rest.as_ref()?.alarm
    }

    pub(super) fn bookmarks(&self) -> Option<Bookmarks> {
        self.rest.as_ref()?.bookmarks
    }

    pub(super) fn history(&self) -> impl Iterator<Item = &HistoryChange> {
        self.rest.iter().flat_map(|rest| &rest.history)
    }

    pub(super) fn pages(&self) -> impl Iterator<Item = (PageNo, &PageImage)> {
        let rest = self.rest.as_ref();
        rest.into_iter().flat_map(|rest| rest.pages.iter().map(|(no, image)| (*no, image)))
    }

    fn rest(&mut self, growth: &mut i64) -> &mut Rest {
        self.rest.get_or_insert_with(|| {
            *growth += REST_BYTES;
            Box::default()
        })
    }
}

/// A key and its state: none if it was deleted.
pub(in crate::engine::log) type Entry<'a> = (&'a Key, Option<&'a Value>);

impl Rest {
    fn resize(&mut self, database_pages: u32, growth: &mut i64) {
        let cut = self.pages.split_off(&PageNo(database_pages.saturating_add(1)));
        *growth -= cut.len() as i64 * PAGE_BYTES;
        let kept = self.size.map_or(database_pages, |size| size.kept.min(database_pages));
        self.size = Some(DatabaseSize { kept, pages: database_pages });
    }
}

impl Default for Entries {
    fn default() -> Self {
        Self::Few(Vec::new())
    }
}

impl Entries {
    fn get(&self, key: &[u8]) -> Option<&Option<Value>> {
        match self {
            Self::Few(entries) => {
                let at = entries.binary_search_by(|(known, _)| known[..].cmp(key)).ok()?;
                Some(&entries[at].1)
            }
            Self::Many(entries) => entries.get(key),
        }
    }

    /// Returns how many bytes more it takes now.
    fn insert(&mut self, key: Key, value: Option<Value>) -> i64 {
        let new = ENTRY_BYTES + key.len() as i64;
        let grown = value_bytes(&value);
        match self {
            Self::Few(entries) => match entries.binary_search_by(|(known, _)| known.cmp(&key)) {
                Ok(at) => grown - value_bytes(&std::mem::replace(&mut entries[at].1, value)),
                Err(at) => {
                    if entries.is_empty() {
                        entries.reserve_exact(1);
                    }
                    entries.insert(at, (key, value));
                    if entries.len() > FEW_ENTRIES_MAX {
                        *self = Self::Many(std::mem::take(entries).into_iter().collect());
                    }
                    new + grown
                }
            },
            Self::Many(entries) => match entries.insert(key, value) {
                Some(before) => grown - value_bytes(&before),
                None => new + grown,
            },
        }
    }

    fn bytes(&self) -> i64 {
        let entry =
            |(key, value): (&Key, &Option<Value>)| ENTRY_BYTES + key.len() as i64 + value_bytes(value);
        match self {
            Self::Few(entries) => entries.iter().map(|(key, value)| entry((key, value))).sum(),
            Self::Many(entries) => entries.iter().map(entry).sum(),
        }
    }
}

fn value_bytes(value: &Option<Value>) -> i64 {
    value.as_ref().map_or(0, |value| value.len() as i64)
}

/// Beyond this many keys a tree is faster than a sorted list.
const FEW_ENTRIES_MAX: usize = 32;
/// What a key and its value take besides their bytes.
const ENTRY_BYTES: i64 = 160;
/// What a page takes.
const PAGE_BYTES: i64 = SQL_PAGE_BYTES as i64 + 96;
const REST_BYTES: i64 = 96;
