//! Promises about what objects were before.

use super::{Subject, create, get, id, record, wait_until_durable};
use crate::engine::{
    Bookmarks, CommitRecord, Engine, HistoryChange, HistoryItem, ObjectNo, PageNo, Reset, Restore, Value,
};

/// The first state of an interval counts, of several intervals the first; a reset changes nothing, and
/// what is pending is told too.
pub fn a_history_tells_what_was_before(subject: &dyn Subject) {
    let mut engine = subject.open();
    let object = create(&*engine, "a", 1, &[("k", "1")]);
    let other = create(&*engine, "a", 2, &[]);
    add(&*engine, other, 1, Some(5), &[("k", Some("other"))]);
    add(&*engine, object, 1, Some(10), &[("k", Some("1")), ("new", None)]);
    add(&*engine, object, 1, None, &[("k", Some("not the first")), ("late", Some("l"))]);
    let restore = Some(Restore { to: 1, undo: 7 });
    let bookmarks = Some(Bookmarks { next: 8, restore });
    engine.submit(CommitRecord { bookmarks, ..record(object, &[]) }).unwrap();
    let reset = CommitRecord { incarnation: 1, reset: Some(Reset::DeleteAll), ..record(object, &[]) };
    engine.submit(reset).unwrap();
    let page = (HistoryItem::Page(PageNo(3)), Some(Value::from_static(b"page")));
    let before = vec![(key("k"), Some(Value::from_static(b"2"))), page.clone(), (HistoryItem::Alarm, None)];
    let history = Some(HistoryChange { interval: 3, begun_ms: Some(30), keep_since_ms: None, before });
    engine.submit(CommitRecord { incarnation: 1, history, ..record(object, &[]) }).unwrap();

    for reopened in [false, true] {
        if reopened && subject.keeps_data() {
            engine.close().expect("a healthy engine closes");
            drop(engine);
            engine = subject.open();
        }
        let header = engine.lookup("a", &id(1)).unwrap().expect("it exists");
        assert_eq!(header.bookmarks, Bookmarks { next: 8, restore });
        assert_eq!(get(&*engine, object, "k"), None);
        let all = [
            (key("k"), Some("1".into())),
            (key("late"), Some("l".into())),
            (key("new"), None),
            page.clone(),
            (HistoryItem::Alarm, None),
        ];
        assert_eq!(engine.history(object, 0).unwrap(), all);
        assert_eq!(engine.history(object, 1).unwrap(), all);
        let since_2 = [(key("k"), Some("2".into())), page.clone(), (HistoryItem::Alarm, None)];
        assert_eq!(engine.history(object, 2).unwrap(), since_2);
        assert_eq!(engine.history(object, 4).unwrap(), []);
        let intervals = [9, 10, 29, 30].map(|time_ms| engine.interval_at(object, time_ms).unwrap());
        assert_eq!(intervals, [None, Some((1, 10)), Some((1, 10)), Some((3, 30))]);
    }

    assert_eq!(engine.oldest_interval(object).unwrap(), Some((1, 10)));
    let before = vec![(key("k"), None)];
    let change = HistoryChange { interval: 4, begun_ms: Some(40), keep_since_ms: Some(39), before };
    engine.submit(CommitRecord { incarnation: 1, history: Some(change), ..record(object, &[]) }).unwrap();
    wait_until_durable(&*engine);
    assert_eq!(engine.interval_at(object, 29).unwrap(), None, "forgotten");
    assert_eq!(engine.oldest_interval(object).unwrap(), Some((3, 30)));
    let kept = [(key("k"), Some("2".into())), page, (HistoryItem::Alarm, None)];
    assert_eq!(engine.history(object, 0).unwrap(), kept);
    assert_eq!(engine.history(other, 0).unwrap().len(), 1, "other objects keep theirs");
}

fn add(
    engine: &dyn Engine,
    object: ObjectNo,
    interval: u64,
    begun_ms: Option<i64>,
    before: &[(&'static str, Option<&'static str>)],
) {
    let state = |(name, old): &(&'static str, Option<&'static str>)| (key(name), old.map(Value::from));
    let before = before.iter().map(state).collect();
    let history = Some(HistoryChange { interval, begun_ms, keep_since_ms: None, before });
    engine.submit(CommitRecord { history, ..record(object, &[]) }).expect("it is healthy");
}

fn key(name: &'static str) -> HistoryItem {
    HistoryItem::Key(name.into())
}
