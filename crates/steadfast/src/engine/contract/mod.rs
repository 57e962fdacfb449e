//! What every engine promises: one function per promise, run on each engine by its tests.
//!
//! An engine joins by a [`Subject`]; [`PROMISES`] lists them all.

mod database;
mod facets;
mod past;

use std::collections::BTreeMap;
use std::ops::Bound;
use std::sync::{Arc, Condvar, Mutex, PoisonError};
use std::task::{Context, Poll, Waker};
use std::thread;

pub use database::{a_database_is_its_pages, alarms_are_listed_in_order_of_time, namespaces_are_listed_once};

pub use facets::facets_are_listed_with_their_root;
pub use past::a_history_tells_what_was_before;

use super::testing::block_on;
use super::{
    CommitRecord, Direction, DurableListener, Engine, Identity, Key, KeyRange, ObjectNo, Poisoned, Position,
    Reset, Value, lock,
};

/// An engine under test, with a grip on its durability.
pub trait Subject {
    /// Opens it, each time over the same data.
    fn open(&self) -> Arc<dyn Engine>;
    /// From now on nothing becomes durable.
    fn hold(&self);
    /// What was held becomes durable.
    fn release(&self);
    /// The next sync fails, also one that is held.
    fn fail(&self);
    /// Whether data outlives the engine that wrote it.
    fn keeps_data(&self) -> bool;
}

/// A promise with its name.
pub type Promise = (&'static str, fn(&dyn Subject));

/// All promises.
pub const PROMISES: &[Promise] = &[
    ("readers see a submitted record before it is durable", readers_see_a_submitted_record),
    ("a range merges what is pending with what is durable", a_range_merges_pending_and_durable),
    ("readers see a record whole or not at all", readers_see_a_record_whole),
    ("a reset hides everything before it and nothing after", a_reset_hides_everything_before_it),
    ("a database is its pages, cut where a record says so", a_database_is_its_pages),
    ("alarms are listed in order of time", alarms_are_listed_in_order_of_time),
    ("namespaces are listed once", namespaces_are_listed_once),
    ("a history tells what was before, and forgets what is too old", a_history_tells_what_was_before),
    ("a lookup numbers nothing", a_lookup_numbers_nothing),
    ("identities are apart", identities_are_apart),
    ("facets are listed with their root", facets_are_listed_with_their_root),
    ("objects are listed by id", objects_are_listed_by_id),
    ("positions follow the order of submission", positions_follow_the_order_of_submission),
    ("nothing is reported durable before its time", nothing_is_reported_durable_before_its_time),
    ("listeners hear growing positions", listeners_hear_growing_positions),
    ("a dropped wait leaves nothing behind", a_dropped_wait_leaves_nothing_behind),
    ("a failure is final and for everyone", a_failure_is_final_and_for_everyone),
    ("closing makes everything durable", closing_makes_everything_durable),
    ("a reopened engine has everything", a_reopened_engine_has_everything),
];

/// Read-your-writes does not wait for the disk: value, deletion and header.
pub fn readers_see_a_submitted_record(subject: &dyn Subject) {
    let engine = subject.open();
    let object = create(&*engine, "a", 1, &[("kept", "old"), ("gone", "old")]);
    wait_until_durable(&*engine);
    subject.hold();
    put(&*engine, object, &[("new", Some("1")), ("kept", Some("2")), ("gone", None)]);
    assert_eq!(get(&*engine, object, "new").as_deref(), Some("1"));
    assert_eq!(get(&*engine, object, "kept").as_deref(), Some("2"));
    assert_eq!(get(&*engine, object, "gone"), None);
    assert_eq!(get(&*engine, object, "never"), None);
    let second = create(&*engine, "a", 2, &[("k", "v")]);
    let header = engine.lookup("a", &id(2)).unwrap().expect("a submitted object is found");
    assert_eq!((header.no, header.incarnation, header.name.as_deref()), (second, 0, Some("name-2")));
    subject.release();
    wait_until_durable(&*engine);
    assert_eq!(get(&*engine, object, "kept").as_deref(), Some("2"));
    assert_eq!(get(&*engine, object, "gone"), None);
    assert_eq!(engine.lookup("a", &id(2)).unwrap(), Some(header));
}

/// Every bound, direction and limit, with pending writes and deletions between durable keys.
pub fn a_range_merges_pending_and_durable(subject: &dyn Subject) {
    let engine = subject.open();
    let object = create(&*engine, "a", 1, &[("a", "1"), ("c", "1"), ("e", "1"), ("g", "1"), ("g\0", "1")]);
    create(&*engine, "a", 2, &[("b", "other object")]);
    wait_until_durable(&*engine);
    subject.hold();
    put(&*engine, object, &[("", Some("2")), ("b", Some("2")), ("c", None), ("e", Some("2")), ("z", None)]);
    let model: BTreeMap<Key, Value> =
        [("", "2"), ("a", "1"), ("b", "2"), ("e", "2"), ("g", "1"), ("g\0", "1")]
            .into_iter()
            .map(|(key, value)| (Key::from(key), Value::from(value)))
            .collect();
    check_ranges(&*engine, object, &model);
    subject.release();
    wait_until_durable(&*engine);
    check_ranges(&*engine, object, &model);
}

/// A reader on another thread never sees one key of a record without the other.
pub fn readers_see_a_record_whole(subject: &dyn Subject) {
    let engine = subject.open();
    let object = create(&*engine, "a", 1, &[("left", "0"), ("right", "0")]);
    thread::scope(|scope| {
        let writer = scope.spawn(|| {
            for n in 0..2_000 {
                let n = n.to_string();
                put(&*engine, object, &[("left", Some(&n)), ("right", Some(&n))]);
            }
        });
        while !writer.is_finished() {
            let rows = engine.range(object, &everything(), Direction::Forward, 10).unwrap();
            assert_eq!(rows.len(), 2);
            assert_eq!(rows[0].1, rows[1].1);
        }
    });
}

/// Pending and durable alike, and again after what came before the reset became durable.
pub fn a_reset_hides_everything_before_it(subject: &dyn Subject) {
    let engine = subject.open();
    let object = create(&*engine, "a", 1, &[("durable", "1")]);
    wait_until_durable(&*engine);
    subject.hold();
    put(&*engine, object, &[("pending", Some("1"))]);
    let reset = CommitRecord {
        incarnation: 1,
        reset: Some(Reset::DeleteAll),
        ..record(object, &[("with", Some("1"))])
    };
    engine.submit(reset).unwrap();
    put(&*engine, object, &[("after", Some("1"))]);
    let check = |engine: &dyn Engine| {
        let rows = engine.range(object, &everything(), Direction::Forward, 10).unwrap();
        let keys: Vec<Key> = rows.into_iter().map(|(key, _)| key).collect();
        assert_eq!(keys, ["after", "with"].map(Key::from));
        assert_eq!(get(engine, object, "durable"), None);
        assert_eq!(get(engine, object, "pending"), None);
        let header = engine.lookup("a", &id(1)).unwrap().unwrap();
        assert_eq!((header.no, header.incarnation), (object, 1));
    };
    check(&*engine);
    subject.release();
    wait_until_durable(&*engine);
    check(&*engine);
}

/// Asking for objects that never wrote leaves no trace, and nor does a number never used.
pub fn a_lookup_numbers_nothing(subject: &dyn Subject) {
    let engine = subject.open();
    assert_eq!(engine.lookup("a", &id(1)).unwrap(), None);
    let unused = engine.allocate();
    assert_eq!(engine.lookup("a", &id(1)).unwrap(), None);
    assert_eq!(engine.get(unused, b"k").unwrap(), None);
    assert_eq!(engine.objects("a", None, 10).unwrap(), []);
    let object = create(&*engine, "a", 1, &[]);
    assert_ne!(object, unused);
    assert_eq!(engine.lookup("a", &id(1)).unwrap().map(|header| header.no), Some(object));
}

/// The same id in another namespace, and a facet with its parent's id, are other objects.
pub fn identities_are_apart(subject: &dyn Subject) {
    let engine = subject.open();
    let one = create(&*engine, "a", 1, &[("k", "one")]);
    let two = create(&*engine, "b", 1, &[("k", "two")]);
    let facet = engine.allocate();
    let identity = Identity { name: None, facet: Some((one, "child".into())), ..identity("a", 1) };
    engine
        .submit(CommitRecord { created: Some(identity), ..record(facet, &[("k", Some("facet"))]) })
        .unwrap();
    for _ in 0..2 {
        assert_eq!(engine.lookup("a", &id(1)).unwrap().map(|header| header.no), Some(one));
        assert_eq!(engine.lookup("b", &id(1)).unwrap().map(|header| header.no), Some(two));
        let values = [one, two, facet].map(|object| get(&*engine, object, "k").unwrap());
        assert_eq!(values, ["one", "two", "facet"]);
        assert_eq!(engine.objects("a", None, 10).unwrap().len(), 1);
        wait_until_durable(&*engine);
    }
}

/// Durable and pending objects in one order, a page at a time.
pub fn objects_are_listed_by_id(subject: &dyn Subject) {
    let engine = subject.open();
    for n in [8, 2, 6] {
        create(&*engine, "a", n, &[("k", "v")]);
    }
    create(&*engine, "b", 4, &[]);
    wait_until_durable(&*engine);
    subject.hold();
    for n in [7, 1] {
        create(&*engine, "a", n, &[]);
    }
    for _ in 0..2 {
        let mut listed = Vec::new();
        let mut after = None;
        loop {
            let page = engine.objects("a", after.as_ref(), 2).unwrap();
            let Some(last) = page.last() else { break };
            assert!(page.len() <= 2);
            after = Some(last.id);
            listed.extend(page);
        }
        assert_eq!(listed.iter().map(|entry| entry.id).collect::<Vec<_>>(), [1, 2, 6, 7, 8].map(id));
        assert_eq!(listed[1].header.name.as_deref(), Some("name-2"));
        subject.release();
        wait_until_durable(&*engine);
    }
}

/// One order over all objects, growing with every record.
pub fn positions_follow_the_order_of_submission(subject: &dyn Subject) {
    let engine = subject.open();
    assert_eq!(engine.durable_position(), Position::NONE);
    let objects = [create(&*engine, "a", 1, &[]), create(&*engine, "a", 2, &[])];
    let mut last = Position::NONE;
    for n in 0..100 {
        let value = n.to_string();
        let position = engine.submit(record(objects[n % 2], &[("k", Some(&value))])).unwrap();
        assert!(position > last);
        last = position;
    }
    block_on(engine.durable(last)).unwrap();
    assert_eq!(get(&*engine, objects[0], "k").as_deref(), Some("98"));
    assert_eq!(get(&*engine, objects[1], "k").as_deref(), Some("99"));
}

/// Neither the position, nor a listener, nor a future runs ahead of the disk.
pub fn nothing_is_reported_durable_before_its_time(subject: &dyn Subject) {
    let engine = subject.open();
    let object = create(&*engine, "a", 1, &[]);
    wait_until_durable(&*engine);
    let before = engine.durable_position();
    let heard = Heard::subscribe(&*engine);
    subject.hold();
    let position = engine.submit(record(object, &[("k", Some("v"))])).unwrap();
    let mut waits =
        [engine.durable(position), engine.durable(Position(position.0 - 1)), engine.durable(position)];
    let mut context = Context::from_waker(Waker::noop());
    assert_eq!(engine.durable_position(), before);
    assert!(waits[0].as_mut().poll(&mut context).is_pending());
    assert!(matches!(waits[1].as_mut().poll(&mut context), Poll::Ready(Ok(()))));
    assert_eq!(heard.positions().last(), Some(&before));
    subject.release();
    let [first, _, third] = waits;
    block_on(first).unwrap();
    block_on(third).unwrap();
    assert!(engine.durable_position() >= position);
    heard.wait_for(position);
}

/// Each listener hears where things stand when it subscribes, and every step from there.
pub fn listeners_hear_growing_positions(subject: &dyn Subject) {
    let engine = subject.open();
    let early = Heard::subscribe(&*engine);
    assert_eq!(early.positions(), [Position::NONE]);
    let object = create(&*engine, "a", 1, &[]);
    for _ in 0..50 {
        wait_until_durable(&*engine);
        put(&*engine, object, &[("k", Some("v"))]);
    }
    wait_until_durable(&*engine);
    early.wait_for(engine.durable_position());
    let late = Heard::subscribe(&*engine);
    assert_eq!(late.positions(), [engine.durable_position()]);
    let positions = early.positions();
    assert!(positions.is_sorted_by(|a, b| a < b), "{positions:?}");
    assert_eq!(positions.last(), Some(&engine.durable_position()));
}

/// A wait that is given up does not disturb the others.
pub fn a_dropped_wait_leaves_nothing_behind(subject: &dyn Subject) {
    let engine = subject.open();
    let object = create(&*engine, "a", 1, &[]);
    subject.hold();
    let position = engine.submit(record(object, &[("k", Some("v"))])).unwrap();
    let mut given_up = engine.durable(position);
    let kept = engine.durable(position);
    assert!(given_up.as_mut().poll(&mut Context::from_waker(Waker::noop())).is_pending());
    drop(given_up);
    subject.release();
    block_on(kept).unwrap();
}

/// After a failed sync nothing is durable any more, nothing is accepted, nothing is read.
pub fn a_failure_is_final_and_for_everyone(subject: &dyn Subject) {
    let engine = subject.open();
    let object = create(&*engine, "a", 1, &[("k", "durable")]);
    wait_until_durable(&*engine);
    let before = engine.durable_position();
    let heard = Heard::subscribe(&*engine);
    subject.hold();
    let position = engine.submit(record(object, &[("k", Some("lost"))])).unwrap();
    let wait = engine.durable(position);
    subject.fail();
    let cause = block_on(wait).unwrap_err();
    subject.release();
    assert!(block_on(engine.durable(Position(position.0 + 1))).is_err());
    assert_eq!(engine.submit(record(object, &[])).unwrap_err().to_string(), cause.to_string());
    assert_eq!(engine.durable_position(), before);
    assert!(engine.get(object, b"k").is_err());
    assert!(engine.lookup("a", &id(1)).is_err());
    heard.wait_for(Position(u64::MAX));
    assert_eq!(heard.failures(), [cause.to_string()]);
    assert_eq!(Heard::subscribe(&*engine).failures(), [cause.to_string()]);
    assert!(block_on(engine.durable(before)).is_ok());
    assert!(engine.close().is_err());
    if subject.keeps_data() {
        drop(engine);
        let engine = subject.open();
        let header = engine.lookup("a", &id(1)).unwrap().expect("what was durable is still there");
        assert_eq!(get(&*engine, header.no, "k").as_deref(), Some("durable"));
    }
}

/// Close waits for all that was submitted; then the engine accepts and reads nothing.
pub fn closing_makes_everything_durable(subject: &dyn Subject) {
    let engine = subject.open();
    let object = create(&*engine, "a", 1, &[]);
    let mut last = Position::NONE;
    for n in 0..500 {
        last = engine.submit(record(object, &[("k", Some(&n.to_string()))])).unwrap();
    }
    engine.close().unwrap();
    engine.close().unwrap();
    assert_eq!(engine.durable_position(), last);
    block_on(engine.durable(last)).unwrap();
    assert!(block_on(engine.durable(Position(last.0 + 1))).is_err());
    assert!(engine.submit(record(object, &[])).is_err());
    assert!(engine.get(object, b"k").is_err());
    if subject.keeps_data() {
        drop(engine);
        assert_eq!(get(&*subject.open(), object, "k").as_deref(), Some("499"));
    }
}

/// Values, names, incarnations; and numbers go on where they were.
pub fn a_reopened_engine_has_everything(subject: &dyn Subject) {
    if !subject.keeps_data() {
        return;
    }
    let engine = subject.open();
    let object = create(&*engine, "a", 1, &[("k", "v"), ("gone", "v")]);
    let reset = CommitRecord {
        incarnation: 1,
        reset: Some(Reset::DeleteAll),
        ..record(object, &[("k", Some("w")), ("", Some(""))])
    };
    engine.submit(reset).unwrap();
    let nameless = engine.allocate();
    let created = Some(Identity { name: None, ..identity("a", 2) });
    engine.submit(CommitRecord { created, ..record(nameless, &[]) }).unwrap();
    engine.close().unwrap();
    drop(engine);
    let engine = subject.open();
    let header = engine.lookup("a", &id(1)).unwrap().unwrap();
    assert_eq!((header.no, header.incarnation, header.name.as_deref()), (object, 1, Some("name-1")));
    assert_eq!(engine.lookup("a", &id(2)).unwrap().unwrap().name, None);
    let rows = engine.range(object, &everything(), Direction::Reverse, 10).unwrap();
    assert_eq!(rows, [("k", "w"), ("", "")].map(|(key, value)| (Key::from(key), Value::from(value))));
    assert!(engine.allocate() > nameless);
}

/// A listener that remembers what it heard.
#[derive(Default)]
struct Heard {
    news: Mutex<News>,
    changed: Condvar,
}

#[derive(Default)]
struct News {
    positions: Vec<Position>,
    failures: Vec<String>,
}

impl Heard {
    fn subscribe(engine: &dyn Engine) -> Arc<Self> {
        let heard = Arc::new(Self::default());
        engine.subscribe(heard.clone());
        heard
    }

    /// Waits until it has heard of this position, or of a failure.
    fn wait_for(&self, position: Position) {
        let mut news = lock(&self.news);
        while news.failures.is_empty() && news.positions.last() < Some(&position) {
            news = self.changed.wait(news).unwrap_or_else(PoisonError::into_inner);
        }
    }

    fn positions(&self) -> Vec<Position> {
        lock(&self.news).positions.clone()
    }

    fn failures(&self) -> Vec<String> {
        lock(&self.news).failures.clone()
    }
}

impl DurableListener for Heard {
    fn durable(&self, position: Position) {
        lock(&self.news).positions.push(position);
        self.changed.notify_all();
    }

    fn failed(&self, cause: &Poisoned) {
        lock(&self.news).failures.push(cause.to_string());
        self.changed.notify_all();
    }
}

/// Compares every range over the model's keys and their neighbours with the model.
fn check_ranges(engine: &dyn Engine, object: ObjectNo, model: &BTreeMap<Key, Value>) {
    let keys = ["", "\0", "a", "b", "c", "d", "g", "g\0", "z"].map(Key::from);
    let bounds = || {
        let included = keys.iter().cloned().map(Bound::Included);
        let excluded = keys.iter().cloned().map(Bound::Excluded);
        included.chain(excluded).chain([Bound::Unbounded])
    };
    for start in bounds() {
        for end in bounds() {
            let range = KeyRange { start: start.clone(), end };
            let within = |key: &Key| {
                let above = match &range.start {
                    Bound::Included(start) => key >= start,
                    Bound::Excluded(start) => key > start,
                    Bound::Unbounded => true,
                };
                above
                    && match &range.end {
                        Bound::Included(end) => key <= end,
                        Bound::Excluded(end) => key < end,
                        Bound::Unbounded => true,
                    }
            };
            let rows = model.iter().filter(|(key, _)| within(key));
            let mut rows: Vec<(Key, Value)> = rows.map(|(key, value)| (key.clone(), value.clone())).collect();
            for direction in [Direction::Forward, Direction::Reverse] {
                for limit in [0, 1, 3, usize::MAX] {
                    let expected = &rows[..limit.min(rows.len())];
                    let found = engine.range(object, &range, direction, limit).unwrap();
                    assert_eq!(found, expected, "{range:?} {direction:?} limit={limit}");
                }
                rows.reverse();
            }
        }
    }
}

fn create(engine: &dyn Engine, namespace: &str, n: u8, kv: &[(&str, &str)]) -> ObjectNo {
    let object = engine.allocate();
    let kv: Vec<(&str, Option<&str>)> = kv.iter().map(|(key, value)| (*key, Some(*value))).collect();
    let created = Some(identity(namespace, n));
    engine
        .submit(CommitRecord { created, ..record(object, &kv) })
        .expect("a healthy engine accepts a record");
    object
}

fn put(engine: &dyn Engine, object: ObjectNo, kv: &[(&str, Option<&str>)]) {
    engine.submit(record(object, kv)).expect("a healthy engine accepts a record");
}

fn get(engine: &dyn Engine, object: ObjectNo, key: &str) -> Option<String> {
    let value = engine.get(object, key.as_bytes()).expect("a healthy engine can be read");
    value.map(|value| String::from_utf8(value.to_vec()).expect("these tests store text"))
}

/// Waits for all that this thread submitted so far.
fn wait_until_durable(engine: &dyn Engine) {
    let object = engine.allocate();
    let created = Some(Identity { namespace: "waits".into(), ..numbered(object) });
    let position = engine.submit(CommitRecord { created, ..record(object, &[]) }).unwrap();
    block_on(engine.durable(position)).expect("a healthy engine makes records durable");
}

fn record(object: ObjectNo, kv: &[(&str, Option<&str>)]) -> CommitRecord {
    let entry = |(key, value): &(&str, Option<&str>)| {
        (Key::copy_from_slice(key.as_bytes()), value.map(|value| Value::copy_from_slice(value.as_bytes())))
    };
    CommitRecord { kv: kv.iter().map(entry).collect(), ..CommitRecord::new(object) }
}

fn identity(namespace: &str, n: u8) -> Identity {
    Identity { namespace: namespace.into(), id: id(n), name: Some(format!("name-{n}").into()), facet: None }
}

fn numbered(object: ObjectNo) -> Identity {
    let mut id = [0; 32];
    id[..8].copy_from_slice(&object.0.to_be_bytes());
    Identity { namespace: "".into(), id, name: None, facet: None }
}

fn id(n: u8) -> [u8; 32] {
    [n; 32]
}

fn everything() -> KeyRange {
    KeyRange { start: Bound::Unbounded, end: Bound::Unbounded }
}
