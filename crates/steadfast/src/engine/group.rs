//! What a group changes in the end, in the order in which a B-tree takes it best.

use std::collections::HashMap;

use super::queue::Submitted;
use super::{Identity, Key, ObjectNo, Position, Reset, Value};

/// The records of one sync, reduced to their effect.
///
/// A group is atomic, so of several writes to one key only the last matters, and what came before a
/// reset of the object not at all. Apply in the order of the fields.
pub(super) struct GroupEffect<'a> {
    /// New objects.
    pub(super) created: Vec<(ObjectNo, &'a Identity)>,
    /// Objects that lose everything they stored before this group, with their new incarnation.
    pub(super) wiped: Vec<(ObjectNo, u32)>,
    /// The last write to each key, sorted by object and key.
    pub(super) written: Vec<(ObjectNo, &'a Key, Option<&'a Value>)>,
}

impl<'a> GroupEffect<'a> {
    pub(super) fn of(group: &'a [Submitted]) -> Self {
        let mut created = Vec::new();
        let mut wiped: HashMap<ObjectNo, (Position, u32)> = HashMap::new();
        let mut writes = Vec::with_capacity(group.len());
        for Submitted { position, record } in group {
            created.extend(record.created.as_ref().map(|identity| (record.object, identity)));
            match record.reset {
                Some(Reset::DeleteAll) => {
                    wiped.insert(record.object, (*position, record.incarnation));
                }
                None => {}
            }
            let entries = record.kv.iter();
            writes.extend(entries.map(|(key, value)| (record.object, key, *position, value.as_ref())));
        }
        if !wiped.is_empty() {
            let reset_at = |object| wiped.get(&object).map_or(Position::NONE, |(position, _)| *position);
            writes.retain(|(object, _, position, _)| *position >= reset_at(*object));
        }
        writes.sort_unstable_by_key(|(object, key, position, _)| (*object, *key, *position));
        let mut written: Vec<(ObjectNo, &Key, Option<&Value>)> = Vec::with_capacity(writes.len());
        for (object, key, _, value) in writes {
            match written.last_mut() {
                Some(last) if last.0 == object && last.1 == key => last.2 = value,
                _ => written.push((object, key, value)),
            }
        }
        let wiped = wiped.into_iter().map(|(object, (_, incarnation))| (object, incarnation)).collect();
        Self { created, wiped, written }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::engine::{CommitRecord, Epoch};

    fn submitted(
        position: u64,
        object: u64,
        reset: bool,
        kv: &[(&'static str, Option<&'static str>)],
    ) -> Submitted {
        let record = CommitRecord {
            object: ObjectNo(object),
            created: None,
            incarnation: u32::from(reset),
            ownership: Epoch::LOCAL,
            reset: reset.then_some(Reset::DeleteAll),
            kv: kv.iter().map(|(key, value)| ((*key).into(), value.map(Into::into))).collect(),
        };
        Submitted { position: Position(position), record }
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
        assert_eq!(GroupEffect::of(&group).wiped, [(ObjectNo(1), 1)]);
    }
}
