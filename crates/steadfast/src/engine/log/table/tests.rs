use super::*;
use crate::engine::{AlarmChange, Identity, Key, KeyRange, Reset, Value};
use std::ops::Bound;

fn put(object: u64, kv: &[(&'static str, Option<&'static str>)]) -> CommitRecord {
    let kv = kv.iter().map(|(key, value)| ((*key).into(), value.map(Into::into))).collect();
    CommitRecord { kv, ..CommitRecord::new(ObjectNo(object)) }
}

fn apply(table: &Table, record: &CommitRecord) -> Vec<Option<PageImage>> {
    let mut shard = table.shard(record.object);
    table.apply(&mut shard, record)
}

fn freeze(table: &Table) -> Frozen {
    table.turn();
    table.frozen()
}

fn get(table: &Table, object: u64, key: &str) -> Option<Option<Value>> {
    match table.shard(ObjectNo(object)).ask(ObjectNo(object), |dirty| dirty.get(key.as_bytes())) {
        Known::State(state) => Some(state),
        Known::Below => None,
    }
}

#[test]
fn a_frozen_generation_is_read_until_it_is_forgotten() {
    let table = Table::new();
    apply(&table, &put(1, &[("a", Some("1")), ("b", Some("1"))]));
    let frozen = freeze(&table);
    apply(&table, &put(1, &[("a", Some("2"))]));
    assert_eq!(get(&table, 1, "a"), Some(Some("2".into())));
    assert_eq!(get(&table, 1, "b"), Some(Some("1".into())));
    let written: Vec<_> = frozen.effect().written.iter().map(|(_, key, _)| Key::clone(key)).collect();
    assert_eq!(written, ["a", "b"].map(Key::from));
    table.forget_frozen();
    assert_eq!(get(&table, 1, "b"), None, "the base has it");
    assert_eq!(get(&table, 1, "a"), Some(Some("2".into())));
}

#[test]
fn a_reset_hides_what_is_frozen() {
    let table = Table::new();
    apply(&table, &put(1, &[("a", Some("1"))]));
    let _frozen = freeze(&table);
    let reset = CommitRecord { reset: Some(Reset::DeleteAll), incarnation: 1, ..put(1, &[]) };
    apply(&table, &reset);
    assert_eq!(get(&table, 1, "a"), Some(None));
    let effect = freeze_after_forgetting(&table);
    assert_eq!(effect.effect().wiped.into_iter().collect::<Vec<_>>(), [(ObjectNo(1), 1)]);
}

fn freeze_after_forgetting(table: &Table) -> Frozen {
    table.forget_frozen();
    freeze(table)
}

#[test]
fn the_first_image_of_a_page_since_a_freeze_has_none_before() {
    let table = Table::new();
    let page = |byte: u8| PageImage::from(vec![byte; crate::limits::SQL_PAGE_BYTES]);
    let write = |byte| CommitRecord {
        database_pages: Some(3),
        pages: vec![(crate::engine::PageNo(2), page(byte))],
        ..put(1, &[])
    };
    assert_eq!(apply(&table, &write(1)), [None]);
    assert_eq!(apply(&table, &write(2)), [Some(page(1))]);
    let _frozen = freeze(&table);
    assert_eq!(apply(&table, &write(3)), [None]);
    let cut = CommitRecord { database_pages: Some(1), ..put(1, &[]) };
    assert_eq!(apply(&table, &cut), []);
    assert_eq!(apply(&table, &write(4)), [None], "it was cut off in between");
}

#[test]
fn alarms_of_both_generations_come_in_order_and_the_newer_counts() {
    let table = Table::new();
    let alarm = |object, due_ms| CommitRecord { alarm: Some(AlarmChange::Set(due_ms)), ..put(object, &[]) };
    for (object, due_ms) in [(1, 30), (2, 10), (3, 20)] {
        apply(&table, &alarm(object, due_ms));
    }
    let _frozen = freeze(&table);
    apply(&table, &alarm(2, 25));
    apply(&table, &CommitRecord { alarm: Some(AlarmChange::Clear), ..put(3, &[]) });
    let alarms = table.alarms();
    let mut due = alarms.due(None, 29, 10);
    due.sort_unstable();
    assert_eq!(due, [(25, ObjectNo(2))]);
    assert_eq!(alarms.due(Some((25, ObjectNo(2))), i64::MAX, 10), [(30, ObjectNo(1))]);
    assert!([1, 2, 3].iter().all(|object| alarms.knows(ObjectNo(*object))));
    assert!(!alarms.knows(ObjectNo(4)));
}

#[test]
fn new_objects_are_found_in_both_generations() {
    let table = Table::new();
    let create = |object: u64| {
        let name = Some(format!("name {object}").into());
        let identity = Identity { namespace: "a".into(), id: [object as u8; 32], name, facet: None };
        CommitRecord { created: Some(identity), ..put(object, &[]) }
    };
    apply(&table, &create(1));
    let frozen = freeze(&table);
    apply(&table, &create(2));
    assert_eq!(table.created_after("a", None, 10).len(), 2);
    assert_eq!(table.lookup("a", &[1; 32]).unwrap().no, ObjectNo(1));
    assert_eq!(frozen.effect().created.len(), 1);
    table.forget_frozen();
    assert_eq!(table.lookup("a", &[1; 32]), None);
    assert_eq!(table.identity(ObjectNo(2)).unwrap().name.as_deref(), Some("name 2"));
}

#[test]
fn bytes_grow_with_what_is_kept_and_begin_anew() {
    let table = Table::new();
    for n in 0..100 {
        let key = Key::from(format!("key {n}"));
        let kv = vec![(key, Some(Value::from(vec![0; 1000])))];
        apply(&table, &CommitRecord { kv, ..CommitRecord::new(ObjectNo(1)) });
    }
    let full = table.bytes();
    assert!(full > 100_000, "{full}");
    apply(&table, &put(1, &[("key 1", None)]));
    assert!(table.bytes() < full);
    let range = KeyRange { start: Bound::Unbounded, end: Bound::Unbounded };
    let shard = table.shard(ObjectNo(1));
    assert_eq!(shard.changes(ObjectNo(1)).next().unwrap().range(&range).count(), 100);
    drop(shard);
    let _frozen = freeze(&table);
    assert_eq!(table.bytes(), 0);
}
