//! What a group changes in the end, in the order in which a B-tree takes it best.

use std::collections::{BTreeMap, HashMap};

use super::queue::Submitted;
use super::{
    Bookmarks, CommitRecord, HistoryChange, Identity, Key, ObjectNo, PageImage, PageNo, Position, Value,
};

/// The records of one sync, reduced to their effect.
///
/// A group is atomic, so of several writes to one key only the last matters, and what came before a
/// reset of the object not at all. Apply in the order of the fields.
#[derive(Clone, Default)]
pub(super) struct GroupEffect<'a> {
    /// New objects.
    pub(super) created: Vec<(ObjectNo, &'a Identity)>,
    /// Objects that lose everything they stored before this group, with their new incarnation.
    pub(super) wiped: BTreeMap<ObjectNo, u32>,
    /// The last write to each key, sorted by object and key.
    pub(super) written: Vec<(ObjectNo, &'a Key, Option<&'a Value>)>,
    /// Databases whose size was set.
    pub(super) sized: BTreeMap<ObjectNo, DatabaseSize>,
    /// The last image of each page, none above the size of its database.
    pub(super) pages: BTreeMap<(ObjectNo, PageNo), &'a PageImage>,
    /// When alarms are due, of objects whose alarm was changed.
    pub(super) alarms: BTreeMap<ObjectNo, Option<i64>>,
    /// The last bookmarks of objects.
    pub(super) bookmarks: BTreeMap<ObjectNo, Bookmarks>,
    /// What histories gain, in order of time.
    pub(super) history: Vec<(ObjectNo, &'a HistoryChange)>,
}

/// What a group makes of the size of a database, in pages.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(super) struct DatabaseSize {
    /// Earlier pages above this one are gone.
    pub(super) kept: u32,
    /// The size in the end.
    pub(super) pages: u32,
}

impl<'a> GroupEffect<'a> {
    pub(super) fn of(group: &'a [Submitted]) -> Self {
        let mut effect = Self::default();
        let mut wiped_at: HashMap<ObjectNo, Position> = HashMap::new();
        let mut writes = Vec::with_capacity(group.len());
        for Submitted { position, record, .. } in group {
            effect.created.extend(record.created.as_ref().map(|identity| (record.object, identity)));
            if record.reset.is_some() {
                wiped_at.insert(record.object, *position);
            }
            effect.take_rest(record);
            let entries = record.kv.iter();
            writes.extend(entries.map(|(key, value)| (record.object, key, *position, value.as_ref())));
        }
        if !wiped_at.is_empty() {
            let reset_at = |object| wiped_at.get(&object).copied().unwrap_or_default();
            writes.retain(|(object, _, position, _)| *position >= reset_at(*object));
        }
        writes.sort_unstable_by_key(|(object, key, position, _)| (*object, *key, *position));
        effect.written.reserve(writes.len());
        for (object, key, _, value) in writes {
            match effect.written.last_mut() {
                Some(last) if last.0 == object && last.1 == key => last.2 = value,
                _ => effect.written.push((object, key, value)),
            }
        }
        effect
    }

    /// Everything of a record but its identity and its keys.
    fn take_rest(&mut self, record: &'a CommitRecord) {
        let object = record.object;
        if record.reset.is_some() {
            self.wiped.insert(object, record.incarnation);
            self.alarms.insert(object, None);
            self.resize(object, 0);
        }
        if let Some(database_pages) = record.database_pages {
            self.resize(object, database_pages);
        }
        self.pages.extend(record.pages.iter().map(|(no, image)| ((object, *no), image)));
        self.alarms.extend(record.alarm.map(|change| (object, change.due_ms())));
        self.bookmarks.extend(record.bookmarks.map(|bookmarks| (object, bookmarks)));
        self.history.extend(record.history.as_ref().map(|change| (object, change)));
    }

    fn resize(&mut self, object: ObjectNo, pages: u32) {
        let size = self.sized.entry(object).or_insert(DatabaseSize { kept: pages, pages });
        *size = DatabaseSize { kept: size.kept.min(pages), pages };
        let above = (object, PageNo(pages.saturating_add(1)))..=(object, PageNo(u32::MAX));
        let cut: Vec<_> = self.pages.range(above).map(|(key, _)| *key).collect();
        for key in cut {
            self.pages.remove(&key);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::engine::{AlarmChange, Reset};

    fn submitted(
        position: u64,
        object: u64,
        reset: bool,
        kv: &[(&'static str, Option<&'static str>)],
    ) -> Submitted {
        let record = CommitRecord {
            incarnation: u32::from(reset),
            reset: reset.then_some(Reset::DeleteAll),
            kv: kv.iter().map(|(key, value)| ((*key).into(), value.map(Into::into))).collect(),
            ..CommitRecord::new(ObjectNo(object))
        };
        Submitted { position: Position(position), record, previous: Vec::new() }
    }

    fn written(group: &[Submitted]) -> Vec<(u64, String, Option<String>)> {
        let text = |bytes: &[u8]| String::from_utf8(bytes.to_vec()).unwrap();
        let effect = GroupEffect::of(group);
        let rows = effect.written.iter();
        rows.map(|(object, key, value)| (object.0, text(key), value.map(|value| text(value)))).collect()
    }

    #[test]
    fn the_last_write_of_a_key_wins_and_keys_are_sorted() {
        let group = [
            submitted(1, 2, false, &[("b", Some("1")), ("a", Some("1"))]),
            submitted(2, 1, false, &[("z", None)]),
            submitted(3, 2, false, &[("b", None)]),
        ];
        let expected = [(1, "z", None), (2, "a", Some("1")), (2, "b", None)];
        let expected =
            expected.map(|(object, key, value)| (object, key.to_owned(), value.map(str::to_owned)));
        assert_eq!(written(&group), expected);
    }

    #[test]
    fn a_reset_drops_earlier_writes_of_its_object_only() {
        let group = [
            submitted(1, 1, false, &[("a", Some("1"))]),
            submitted(2, 2, false, &[("a", Some("2"))]),
            submitted(3, 1, true, &[("b", Some("3"))]),
        ];
        let expected = [(1, "b", "3"), (2, "a", "2")];
        let expected = expected.map(|(object, key, value)| (object, key.to_owned(), Some(value.to_owned())));
        assert_eq!(written(&group), expected);
        assert_eq!(GroupEffect::of(&group).wiped, [(ObjectNo(1), 1)].into());
    }

    #[test]
    fn pages_above_a_cut_go_and_later_ones_stay() {
        let image = || PageImage::from_static(b"page");
        let record = |pages: u32, written: &[u32]| CommitRecord {
            database_pages: Some(pages),
            pages: written.iter().map(|no| (PageNo(*no), image())).collect(),
            ..CommitRecord::new(ObjectNo(1))
        };
        let records = [record(4, &[1, 4]), record(2, &[2]), record(5, &[5])];
        let group: Vec<Submitted> = (1..)
            .zip(records)
            .map(|(position, record)| Submitted {
                position: Position(position),
                record,
                previous: Vec::new(),
            })
            .collect();
        let effect = GroupEffect::of(&group);
        assert_eq!(effect.sized, [(ObjectNo(1), DatabaseSize { kept: 2, pages: 5 })].into());
        let pages: Vec<u32> = effect.pages.keys().map(|(_, no)| no.0).collect();
        assert_eq!(pages, [1, 2, 5]);
    }

    #[test]
    fn a_reset_clears_an_alarm_and_the_last_change_wins() {
        let alarm = |position, change| {
            let record = CommitRecord { alarm: Some(change), ..CommitRecord::new(ObjectNo(1)) };
            Submitted { position: Position(position), record, previous: Vec::new() }
        };
        let mut group = vec![alarm(1, AlarmChange::Set(5)), submitted(2, 1, true, &[])];
        assert_eq!(GroupEffect::of(&group).alarms, [(ObjectNo(1), None)].into());
        group.push(alarm(3, AlarmChange::Set(7)));
        assert_eq!(GroupEffect::of(&group).alarms, [(ObjectNo(1), Some(7))].into());
    }
}
