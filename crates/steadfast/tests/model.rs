//! Random programs against a plain model, with the engine closed and opened at random.

use std::collections::BTreeMap;
use std::ops::Bound;

use proptest::collection::vec;
use proptest::prelude::*;
use steadfast::engine::testing::{Valve, block_on};
use steadfast::engine::{
    CommitRecord, CommitSink, Direction, Identity, Key, KeyRange, ObjectNo, ObjectReader, Position, Reset,
    SqliteEngine, Value,
};
use tempfile::TempDir;

const OBJECTS: usize = 3;

#[derive(Clone, Debug)]
enum Step {
    /// A record with these writes, after a reset if so.
    Commit { object: usize, reset: bool, kv: BTreeMap<Key, Option<Value>> },
    /// Compares one range with the model.
    Range { object: usize, range: KeyRange, direction: Direction, limit: usize },
    /// Waits until all is durable.
    Settle,
    /// Holds records in memory from here on.
    Shut,
    /// Lets them go.
    Open,
    /// Closes the engine and opens the directory again.
    Reopen,
}

fn key() -> impl Strategy<Value = Key> {
    // Few and short, so that writes meet; with bytes that sort apart from characters.
    vec(prop::sample::select(vec![0, b'a', b'b', 0x7f, 0xc3, 0xff]), 0..3).prop_map(Key::from)
}

fn value() -> impl Strategy<Value = Value> {
    (any::<u8>(), prop_oneof![4 => 0..40_usize, 1 => 900..9000_usize])
        .prop_map(|(byte, len)| Value::from(vec![byte; len]))
}

fn bound() -> impl Strategy<Value = Bound<Key>> {
    prop_oneof![key().prop_map(Bound::Included), key().prop_map(Bound::Excluded), Just(Bound::Unbounded)]
}

fn step() -> impl Strategy<Value = Step> {
    let kv = prop::collection::btree_map(key(), prop::option::weighted(0.7, value()), 0..6);
    let commit = (0..OBJECTS, prop::bool::weighted(0.08), kv).prop_map(|(object, reset, kv)| Step::Commit {
        object,
        reset,
        kv,
    });
    let direction = prop::sample::select(vec![Direction::Forward, Direction::Reverse]);
    let range = (0..OBJECTS, bound(), bound(), direction, prop_oneof![0..5_usize, Just(usize::MAX)])
        .prop_map(|(object, start, end, direction, limit)| Step::Range {
            object,
            range: KeyRange { start, end },
            direction,
            limit,
        });
    prop_oneof![
        12 => commit,
        12 => range,
        2 => Just(Step::Settle),
        2 => Just(Step::Shut),
        2 => Just(Step::Open),
        1 => Just(Step::Reopen),
    ]
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 96, ..ProptestConfig::default() })]

    #[test]
    fn agrees_with_the_model(steps in vec(step(), 1..60)) {
        let mut run = Run::new();
        for step in steps {
            run.step(step);
            run.check_everything();
        }
        run.step(Step::Reopen);
        run.check_everything();
    }
}

#[derive(Default)]
struct Model {
    no: Option<ObjectNo>,
    incarnation: u32,
    rows: BTreeMap<Key, Value>,
}

struct Run {
    directory: TempDir,
    valve: Valve,
    /// Present except while it is reopened.
    engine: Option<SqliteEngine>,
    last: Position,
    objects: [Model; OBJECTS],
}

impl Run {
    fn new() -> Self {
        let directory = TempDir::new().expect("a temporary directory");
        let mut run = Self {
            directory,
            valve: Valve::new(),
            engine: None,
            last: Position::NONE,
            objects: Default::default(),
        };
        run.open();
        run
    }

    fn open(&mut self) {
        let opened = SqliteEngine::open_with(self.directory.path(), |store| self.valve.before(store));
        self.engine = Some(opened.expect("the directory opens"));
        self.last = Position::NONE;
    }

    fn engine(&self) -> &SqliteEngine {
        self.engine.as_ref().expect("open between steps")
    }

    fn step(&mut self, step: Step) {
        match step {
            Step::Commit { object, reset, kv } => self.commit(object, reset, kv),
            Step::Range { object, range, direction, limit } => {
                self.check_range(object, &range, direction, limit);
            }
            Step::Settle => {
                self.valve.open();
                block_on(self.engine().durable(self.last)).expect("the disk is well");
            }
            Step::Shut => self.valve.shut(),
            Step::Open => self.valve.open(),
            Step::Reopen => {
                self.valve.open();
                self.engine().close().expect("the disk is well");
                self.engine = None;
                self.open();
            }
        }
    }

    fn commit(&mut self, index: usize, reset: bool, kv: BTreeMap<Key, Option<Value>>) {
        let engine = self.engine.as_ref().expect("open between steps");
        let model = &mut self.objects[index];
        let created = model.no.is_none().then(|| identity(index));
        let object = *model.no.get_or_insert_with(|| engine.allocate());
        if reset {
            model.incarnation += 1;
            model.rows.clear();
        }
        for (key, value) in &kv {
            match value {
                Some(value) => model.rows.insert(key.clone(), value.clone()),
                None => model.rows.remove(key),
            };
        }
        let record = CommitRecord {
            created,
            incarnation: model.incarnation,
            reset: reset.then_some(Reset::DeleteAll),
            kv: kv.into_iter().collect(),
            ..CommitRecord::new(object)
        };
        self.last = engine.submit(record).expect("the disk is well");
    }

    fn check_range(&self, index: usize, range: &KeyRange, direction: Direction, limit: usize) {
        let Some(object) = self.objects[index].no else { return };
        let found = self.engine().range(object, range, direction, limit).expect("readable");
        let rows = self.objects[index].rows.iter().filter(|(key, _)| contains(range, key));
        let mut rows: Vec<(Key, Value)> = rows.map(|(key, value)| (key.clone(), value.clone())).collect();
        if direction == Direction::Reverse {
            rows.reverse();
        }
        rows.truncate(limit);
        assert_eq!(found, rows, "{range:?} {direction:?} limit={limit}");
    }

    fn check_everything(&self) {
        let everything = KeyRange { start: Bound::Unbounded, end: Bound::Unbounded };
        for (index, model) in self.objects.iter().enumerate() {
            let identity = identity(index);
            let header = self.engine().lookup(&identity.namespace, &identity.id).expect("readable");
            assert_eq!(header.as_ref().map(|header| header.no), model.no);
            assert_eq!(header.map_or(0, |header| header.incarnation), model.incarnation);
            self.check_range(index, &everything, Direction::Forward, usize::MAX);
            let Some(object) = model.no else { continue };
            for key in [&b"a"[..], b"", b"\xff\xff"] {
                let found = self.engine().get(object, key).expect("readable");
                assert_eq!(found.as_ref(), model.rows.get(key));
            }
        }
    }
}

impl Drop for Run {
    /// A failed case must not wait for a valve that nobody opens.
    fn drop(&mut self) {
        self.valve.open();
    }
}

fn contains(range: &KeyRange, key: &Key) -> bool {
    let above = match &range.start {
        Bound::Included(start) => key >= start,
        Bound::Excluded(start) => key > start,
        Bound::Unbounded => true,
    };
    let below = match &range.end {
        Bound::Included(end) => key <= end,
        Bound::Excluded(end) => key < end,
        Bound::Unbounded => true,
    };
    above && below
}

fn identity(index: usize) -> Identity {
    Identity { namespace: "model".into(), id: [index as u8; 32], name: None, facet: None }
}
