//! What one object has pending.

use std::collections::BTreeMap;
use std::ops::Bound;

use crate::engine::{
    Bookmarks, CommitRecord, Key, KeyRange, ObjectHeader, PageImage, PageNo, Position, Value,
};

/// The records of one object that are not yet in the base, as their effect.
#[derive(Default)]
pub(in crate::engine) struct Pending {
    /// The last record that touched the object.
    last: Position,
    /// The last reset, and the incarnation it began.
    reset: Option<(Position, u32)>,
    entries: BTreeMap<Key, (Position, Option<Value>)>,
    pages: BTreeMap<PageNo, (Position, PageImage)>,
    /// The sizes the database had, in order of time; of several only those that a later one does not
    /// undercut. The last is its size, and no page of the base above the first counts.
    sizes: Vec<(Position, u32)>,
    alarm: Option<(Position, Option<i64>)>,
    bookmarks: Option<(Position, Bookmarks)>,
}

/// What is known of a key or a page without the base.
pub(in crate::engine) enum Known<T> {
    /// This is its state.
    State(Option<T>),
    /// The base has its state.
    Below,
}

impl Pending {
    /// The last record that touched the object.
    pub(super) fn last(&self) -> Position {
        self.last
    }

    pub(super) fn apply(&mut self, position: Position, record: &CommitRecord) {
        self.last = position;
        if record.reset.is_some() {
            self.reset = Some((position, record.incarnation));
            self.entries.clear();
            self.resize(position, 0);
            self.alarm = Some((position, None));
        }
        for (key, value) in &record.kv {
            self.entries.insert(key.clone(), (position, value.clone()));
        }
        if let Some(database_pages) = record.database_pages {
            self.resize(position, database_pages);
        }
        for (no, image) in &record.pages {
            self.pages.insert(*no, (position, image.clone()));
        }
        if let Some(change) = record.alarm {
            self.alarm = Some((position, change.due_ms()));
        }
        if let Some(bookmarks) = record.bookmarks {
            self.bookmarks = Some((position, bookmarks));
        }
    }

    /// Forgets a record that is in the base now, while later ones are not.
    pub(super) fn forget(&mut self, position: Position, record: &CommitRecord) {
        self.reset = self.reset.filter(|(reset_at, _)| *reset_at > position);
        for (key, _) in &record.kv {
            if self.entries.get(key).is_some_and(|(written_at, _)| *written_at <= position) {
                self.entries.remove(key);
            }
        }
        for (no, _) in &record.pages {
            if self.pages.get(no).is_some_and(|(written_at, _)| *written_at <= position) {
                self.pages.remove(no);
            }
        }
        self.sizes.retain(|(sized_at, _)| *sized_at > position);
        self.alarm = self.alarm.filter(|(set_at, _)| *set_at > position);
        self.bookmarks = self.bookmarks.filter(|(set_at, _)| *set_at > position);
    }

    pub(in crate::engine) fn get(&self, key: &[u8]) -> Known<Value> {
        match self.entries.get(key) {
            Some((_, state)) => Known::State(state.clone()),
            None if self.reset.is_some() => Known::State(None),
            None => Known::Below,
        }
    }

    pub(in crate::engine) fn page(&self, no: PageNo) -> Known<PageImage> {
        match self.pages.get(&no) {
            Some((_, image)) => Known::State(Some(image.clone())),
            None if self.sizes.first().is_some_and(|(_, pages)| no.0 > *pages) => Known::State(None),
            None => Known::Below,
        }
    }

    /// Whether no key of the object in the base counts any more.
    pub(in crate::engine) fn hides_base(&self) -> bool {
        self.reset.is_some()
    }

    /// The object's header, given what the base says of it.
    pub(in crate::engine) fn header_over(&self, below: ObjectHeader) -> ObjectHeader {
        let incarnation = self.reset.map_or(below.incarnation, |(_, reset)| reset.max(below.incarnation));
        let database_pages = self.sizes.last().map_or(below.database_pages, |(_, pages)| *pages);
        let alarm_ms = self.alarm.map_or(below.alarm_ms, |(_, due_ms)| due_ms);
        let bookmarks = self.bookmarks.map_or(below.bookmarks, |(_, bookmarks)| bookmarks);
        ObjectHeader { incarnation, database_pages, alarm_ms, bookmarks, ..below }
    }

    /// The pending states of keys in a range, in byte order.
    pub(in crate::engine) fn range(
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

    fn resize(&mut self, position: Position, database_pages: u32) {
        self.pages.split_off(&PageNo(database_pages.saturating_add(1)));
        while self.sizes.last().is_some_and(|(_, pages)| *pages >= database_pages) {
            self.sizes.pop();
        }
        self.sizes.push((position, database_pages));
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::engine::{ObjectNo, Reset};

    fn resized(database_pages: u32, pages: &[u32]) -> CommitRecord {
        let pages = pages.iter().map(|no| (PageNo(*no), PageImage::from_static(b"page"))).collect();
        CommitRecord { database_pages: Some(database_pages), pages, ..CommitRecord::new(ObjectNo(1)) }
    }

    /// Which of pages 1 to 6 come from here (`p`), from the base (`b`), from nowhere (`-`).
    fn map(pending: &Pending) -> String {
        let page = |no| match pending.page(PageNo(no)) {
            Known::State(Some(_)) => 'p',
            Known::State(None) => '-',
            Known::Below => 'b',
        };
        (1..=6).map(page).collect()
    }

    #[test]
    fn pages_that_were_cut_off_do_not_come_back_when_the_database_grows() {
        let records = [resized(3, &[2]), resized(6, &[5])];
        let mut pending = Pending::default();
        pending.apply(Position(1), &records[0]);
        assert_eq!(map(&pending), "bpb---");
        pending.apply(Position(2), &records[1]);
        assert_eq!(map(&pending), "bpb-p-");
        pending.forget(Position(1), &records[0]);
        assert_eq!(map(&pending), "bbbbpb", "the base has cut off what was above page 3");
    }

    #[test]
    fn a_reset_empties_the_database_and_clears_the_alarm() {
        let mut pending = Pending::default();
        pending.apply(Position(1), &resized(2, &[1, 2]));
        let reset = Some(Reset::DeleteAll);
        pending.apply(Position(2), &CommitRecord { incarnation: 1, reset, ..CommitRecord::new(ObjectNo(1)) });
        assert_eq!(map(&pending), "------");
        let below =
            ObjectHeader { alarm_ms: Some(5), database_pages: 9, ..ObjectHeader::new(ObjectNo(1), None) };
        let header = pending.header_over(below);
        assert_eq!((header.incarnation, header.database_pages, header.alarm_ms), (1, 0, None));
    }
}
