//! Promises about what is no key: pages of databases, alarms, and the list of namespaces.

use super::{Subject, create, id, record, wait_until_durable};
use crate::engine::{AlarmChange, AlarmEntry, CommitRecord, Engine, ObjectNo, PageImage, PageNo, Reset};
use crate::limits::SQL_PAGE_BYTES;

/// Holes, cuts and growth, pending over durable, before and after it is durable and reopened.
pub fn a_database_is_its_pages(subject: &dyn Subject) {
    let mut engine = subject.open();
    let object = create(&*engine, "a", 1, &[("k", "v")]);
    let other = create(&*engine, "a", 2, &[]);
    assert_eq!(map(&*engine, object, 1), "");
    resize(&*engine, object, 5, &[(1, b'a'), (2, b'a'), (4, b'a'), (5, b'a')]);
    resize(&*engine, other, 1, &[(1, b'o')]);
    wait_until_durable(&*engine);
    assert_eq!(map(&*engine, object, 1), "aa-aa");
    subject.hold();
    resize(&*engine, object, 3, &[(2, b'b')]);
    assert_eq!(map(&*engine, object, 1), "ab-");
    resize(&*engine, object, 6, &[(6, b'c')]);
    let pages = vec![(PageNo(1), image(b'd'))];
    engine.submit(CommitRecord { pages, ..record(object, &[]) }).unwrap();
    assert_eq!(map(&*engine, object, 1), "db---c", "what was cut off stays away");
    subject.release();
    wait_until_durable(&*engine);
    assert_eq!(map(&*engine, object, 1), "db---c");
    if subject.keeps_data() {
        engine.close().expect("a healthy engine closes");
        drop(engine);
        engine = subject.open();
        assert_eq!(map(&*engine, object, 1), "db---c");
    }
    subject.hold();
    let reset = CommitRecord { incarnation: 1, reset: Some(Reset::DeleteAll), ..record(object, &[]) };
    engine
        .submit(CommitRecord { pages: vec![(PageNo(1), image(b'e'))], database_pages: Some(2), ..reset })
        .unwrap();
    assert_eq!(map(&*engine, object, 1), "e-", "a record may fill what it emptied");
    subject.release();
    wait_until_durable(&*engine);
    assert_eq!(map(&*engine, object, 1), "e-");
    assert_eq!(map(&*engine, other, 2), "o", "other objects keep their pages");
}

/// Set, moved, cleared and reset; pending over durable; in windows.
pub fn alarms_are_listed_in_order_of_time(subject: &dyn Subject) {
    let engine = subject.open();
    let objects: Vec<ObjectNo> = (1..=5).map(|n| create(&*engine, "a", n, &[])).collect();
    for (object, due_ms) in objects.iter().zip([50, 40, 30, 20, 10]) {
        set_alarm(&*engine, *object, AlarmChange::Set(due_ms));
    }
    assert_eq!(due(&*engine, None, i64::MAX, 10), [(10, 5), (20, 4), (30, 3), (40, 2), (50, 1)]);
    wait_until_durable(&*engine);
    subject.hold();
    set_alarm(&*engine, objects[4], AlarmChange::Clear);
    set_alarm(&*engine, objects[3], AlarmChange::Set(45));
    let reset = CommitRecord { incarnation: 1, reset: Some(Reset::DeleteAll), ..record(objects[2], &[]) };
    engine.submit(reset).unwrap();
    let sixth = create(&*engine, "b", 6, &[]);
    set_alarm(&*engine, sixth, AlarmChange::Set(40));
    let expected = [(40, 2), (40, 6), (45, 4), (50, 1)];
    for released in [false, true] {
        if released {
            subject.release();
            wait_until_durable(&*engine);
        }
        assert_eq!(due(&*engine, None, i64::MAX, 10), expected);
        assert_eq!(due(&*engine, None, 45, 2), expected[..2]);
        assert_eq!(due(&*engine, Some((40, objects[1])), 45, 10), expected[1..3]);
        let entry = &engine.due_alarms(Some((40, objects[1])), 45, 1).unwrap()[0];
        let AlarmEntry { object, namespace, id: found, name, .. } = entry;
        assert_eq!((*object, &**namespace, *found, name.as_deref()), (sixth, "b", id(6), Some("name-6")));
        let header = engine.lookup("a", &id(4)).unwrap().expect("it exists");
        assert_eq!(header.alarm_ms, Some(45));
    }
}

/// Pending and durable ones, in order.
pub fn namespaces_are_listed_once(subject: &dyn Subject) {
    let engine = subject.open();
    let listed = |engine: &dyn Engine| -> Vec<String> {
        let all = engine.namespaces().unwrap();
        all.iter().map(|name| name.to_string()).filter(|name| name != "waits").collect()
    };
    assert!(listed(&*engine).is_empty());
    create(&*engine, "b", 1, &[]);
    wait_until_durable(&*engine);
    subject.hold();
    create(&*engine, "a", 1, &[]);
    create(&*engine, "b", 2, &[]);
    assert_eq!(listed(&*engine), ["a", "b"]);
    subject.release();
    wait_until_durable(&*engine);
    assert_eq!(listed(&*engine), ["a", "b"]);
}

fn resize(engine: &dyn Engine, object: ObjectNo, database_pages: u32, pages: &[(u32, u8)]) {
    let pages = pages.iter().map(|(no, byte)| (PageNo(*no), image(*byte))).collect();
    let database_pages = Some(database_pages);
    engine.submit(CommitRecord { database_pages, pages, ..record(object, &[]) }).expect("it is healthy");
}

fn set_alarm(engine: &dyn Engine, object: ObjectNo, change: AlarmChange) {
    engine.submit(CommitRecord { alarm: Some(change), ..record(object, &[]) }).expect("it is healthy");
}

/// The first byte of each page of an object whose id is `n`, `-` for a hole. What lies behind the end is
/// nothing, and every page is whole.
fn map(engine: &dyn Engine, object: ObjectNo, n: u8) -> String {
    let size = engine.lookup("a", &id(n)).unwrap().map_or(0, |header| header.database_pages);
    assert_eq!(engine.page(object, PageNo(size + 1)).unwrap(), None);
    let page = |no| match engine.page(object, PageNo(no)).unwrap() {
        Some(found) => {
            assert_eq!(found, image(found[0]));
            char::from(found[0])
        }
        None => '-',
    };
    (1..=size).map(page).collect()
}

fn image(byte: u8) -> PageImage {
    PageImage::from(vec![byte; SQL_PAGE_BYTES])
}

/// Time and number of the id of each alarm.
fn due(engine: &dyn Engine, after: Option<(i64, ObjectNo)>, until_ms: i64, limit: usize) -> Vec<(i64, u8)> {
    let entries = engine.due_alarms(after, until_ms, limit).expect("a healthy engine can be read");
    entries.iter().map(|entry| (entry.due_ms, entry.id[0])).collect()
}
