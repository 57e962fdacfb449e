//! Random turns against two sorted maps: what is committed, and what the open turn sees.

use std::collections::BTreeMap;
use std::sync::Arc;

use bytes::Bytes;
use proptest::prelude::*;

use super::fake::{self, FakeEngine};
use super::listed;
use crate::engine::{CommitSink, Engine, Key, SqliteEngine, Value};
use crate::storage::{AlarmAtDeleteAll, ListOptions, Store, WriteOptions};

#[derive(Clone, Debug)]
enum Step {
    Get(Key),
    GetMany(Vec<Key>),
    Put(Key, Value),
    PutMany(Vec<(Key, Value)>),
    Delete(Key),
    DeleteMany(Vec<Key>),
    List(ListOptions),
    DeleteAll,
    EndTurn,
    DiscardTurn,
    /// The open turn is lost, the rest is read back: by a new store, or by a new engine as well.
    Reopen,
}

fn any_key() -> impl Strategy<Value = Key> {
    prop::collection::vec(prop::sample::select(vec![0u8, b'a', b'b', 0xff]), 0..4).prop_map(Bytes::from)
}

fn any_value() -> impl Strategy<Value = Value> {
    prop::collection::vec(any::<u8>(), 0..6).prop_map(Bytes::from)
}

fn any_list() -> impl Strategy<Value = ListOptions> {
    let bound = || prop::option::of(any_key());
    let limit = prop::option::of(1i64..6);
    (bound(), bound(), bound(), any::<(bool, bool)>(), limit).prop_map(
        |(start, end, prefix, (after, reverse), limit)| {
            let (start, start_after) = if after { (None, start) } else { (start, None) };
            ListOptions { start, start_after, end, prefix, reverse, limit }
        },
    )
}

fn any_step() -> impl Strategy<Value = Step> {
    let keys = || prop::collection::vec(any_key(), 0..5);
    prop_oneof![
        4 => any_key().prop_map(Step::Get),
        2 => keys().prop_map(Step::GetMany),
        6 => (any_key(), any_value()).prop_map(|(key, value)| Step::Put(key, value)),
        2 => prop::collection::vec((any_key(), any_value()), 0..5).prop_map(Step::PutMany),
        3 => any_key().prop_map(Step::Delete),
        2 => keys().prop_map(Step::DeleteMany),
        6 => any_list().prop_map(Step::List),
        1 => Just(Step::DeleteAll),
        4 => Just(Step::EndTurn),
        1 => Just(Step::DiscardTurn),
        1 => Just(Step::Reopen),
    ]
}

#[derive(Default)]
struct Model {
    committed: BTreeMap<Key, Value>,
    open: BTreeMap<Key, Value>,
}

impl Model {
    fn list(&self, options: &ListOptions) -> Vec<(Key, Value)> {
        let all: Vec<_> = self.open.clone().into_iter().collect();
        listed(&all, options)
    }

    fn apply(&mut self, reopen: &mut impl FnMut() -> Store, store: &mut Option<Store>, step: Step) {
        let store = match step {
            Step::Reopen => {
                self.open = self.committed.clone();
                // The old one goes first, as it does when an object is evicted.
                drop(store.take());
                *store = Some(reopen());
                return;
            }
            _ => store.as_mut().expect("a store is open between steps"),
        };
        let options = WriteOptions::default();
        match step {
            Step::Get(key) => assert_eq!(store.get(&key).expect("get").as_ref(), self.open.get(&key)),
            Step::GetMany(keys) => {
                let mut open = self.open.clone();
                open.retain(|key, _| keys.contains(key));
                assert_eq!(store.get_many(keys).expect("get"), Vec::from_iter(open));
            }
            Step::Put(key, value) => {
                self.open.insert(key.clone(), value.clone());
                store.put(key, value, options).expect("put");
            }
            Step::PutMany(pairs) => {
                self.open.extend(pairs.clone());
                store.put_many(pairs, options).expect("put");
            }
            Step::Delete(key) => {
                let existed = self.open.remove(&key).is_some();
                assert_eq!(store.delete(key, options).expect("delete"), existed);
            }
            Step::DeleteMany(keys) => {
                let existed = keys.iter().filter(|key| self.open.remove(*key).is_some()).count();
                assert_eq!(store.delete_many(keys, options).expect("delete"), existed);
            }
            Step::List(options) => assert_eq!(store.list(&options).expect("list"), self.list(&options)),
            Step::DeleteAll => {
                self.open.clear();
                store.delete_all(AlarmAtDeleteAll::Delete).expect("no transaction is open");
            }
            Step::EndTurn => {
                self.committed = self.open.clone();
                store.end_turn().expect("submit");
                assert!(!store.is_dirty());
            }
            Step::DiscardTurn => {
                self.open = self.committed.clone();
                store.discard_turn();
            }
            Step::Reopen => unreachable!("reopened above"),
        }
    }
}

/// Runs the steps on stores that `reopen` opens.
fn agree(mut reopen: impl FnMut() -> Store, steps: Vec<Step>) {
    let mut store = Some(reopen());
    let mut model = Model::default();
    for step in steps {
        model.apply(&mut reopen, &mut store, step);
    }
    let everything = ListOptions::default();
    let mut store = store.expect("a store is open between steps");
    assert_eq!(store.list(&everything).expect("list"), model.list(&everything));
}

fn open(engine: Arc<dyn Engine>) -> Store {
    Store::open(engine, fake::identity()).expect("a store")
}

fn any_steps() -> impl Strategy<Value = Vec<Step>> {
    prop::collection::vec(any_step(), 1..80)
}

proptest! {
    #[test]
    fn a_store_is_a_sorted_map_with_turns(steps in any_steps()) {
        let engine = Arc::new(FakeEngine::default());
        agree(|| engine.open(), steps);
    }

    #[test]
    fn so_it_is_over_an_engine_that_commits_meanwhile(steps in any_steps()) {
        let engine: Arc<dyn Engine> = Arc::new(SqliteEngine::memory().expect("an engine in memory"));
        agree(|| open(engine.clone()), steps);
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(32))]

    #[test]
    fn so_it_is_when_the_engine_is_opened_anew(steps in any_steps()) {
        let directory = tempfile::tempdir().expect("a temporary directory");
        let mut engine: Option<Arc<SqliteEngine>> = None;
        let reopen = || {
            if let Some(engine) = engine.take() {
                engine.close().expect("everything becomes durable");
            }
            let opened = Arc::new(SqliteEngine::open(directory.path()).expect("an engine"));
            engine = Some(opened.clone());
            open(opened)
        };
        agree(reopen, steps);
    }
}
