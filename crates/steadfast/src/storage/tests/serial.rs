//! Random histories of a few optimistic transactions, against every order in which they could have
//! run one after the other.
//!
//! What a transaction writes depends on all it has read, so a history is serialisable exactly when
//! some order gives every transaction the same reads and leaves the same data. The checker is tested
//! as well: with a validation that forgets something it must find histories that are not.

use std::collections::BTreeMap;
use std::collections::hash_map::DefaultHasher;
use std::hash::{Hash, Hasher};
use std::sync::Arc;

use bytes::Bytes;
use proptest::prelude::*;
use proptest::strategy::ValueTree;
use proptest::test_runner::{Config, TestRng, TestRunner};

use super::fake::FakeEngine;
use super::listed;
use crate::engine::{Key, Value};
use crate::storage::{ListOptions, OptimisticTransaction, StorageError, Store, WriteOptions};

/// One operation of a transaction's program.
#[derive(Clone, Debug)]
enum Op {
    Get(u8),
    List {
        start: u8,
        end: u8,
        reverse: bool,
        limit: Option<i64>,
    },
    /// Writes what depends on everything read so far.
    Put(u8),
    /// Reads whether the key exists, too.
    Delete(u8),
}

/// A program, and whether it runs without a transaction: all of it in one go.
#[derive(Clone, Debug)]
struct Program {
    ops: Vec<Op>,
    is_plain: bool,
}

#[derive(Clone, Debug)]
struct Plan {
    programs: Vec<Program>,
    stored: Vec<u8>,
    /// Which program takes its next step; those that are left over finish in order.
    schedule: Vec<usize>,
}

/// What a validation may forget.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
enum Broken {
    No,
    ForgetsKeys,
    ForgetsRanges,
    ForgetsEverything,
}

const KEYS: u8 = 4;

fn any_op() -> impl Strategy<Value = Op> {
    prop_oneof![
        3 => (0..KEYS).prop_map(Op::Get),
        2 => (0..KEYS, 0..=KEYS, any::<bool>(), prop::option::of(1..3i64))
            .prop_map(|(start, end, reverse, limit)| Op::List { start, end, reverse, limit }),
        4 => (0..KEYS).prop_map(Op::Put),
        2 => (0..KEYS).prop_map(Op::Delete),
    ]
}

fn any_plan() -> impl Strategy<Value = Plan> {
    let program = (prop::collection::vec(any_op(), 1..5), prop::bool::weighted(0.25))
        .prop_map(|(ops, is_plain)| Program { ops, is_plain });
    let programs = prop::collection::vec(program, 2..5);
    let stored = prop::collection::vec(0..KEYS, 0..4);
    (programs, stored, prop::collection::vec(0..4usize, 0..24))
        .prop_map(|(programs, stored, schedule)| Plan { programs, stored, schedule })
}

/// What a program has seen, as far as it has run.
#[derive(Clone, Debug, Default, PartialEq, Eq, Hash)]
struct Seen(Vec<Vec<(Key, Value)>>);

impl Seen {
    fn value(&self, program: usize) -> Value {
        let mut hasher = DefaultHasher::new();
        (program, self).hash(&mut hasher);
        Bytes::copy_from_slice(&hasher.finish().to_be_bytes())
    }
}

fn key(index: u8) -> Key {
    Bytes::copy_from_slice(&[index])
}

fn options(start: u8, end: u8, reverse: bool, limit: Option<i64>) -> ListOptions {
    ListOptions { start: Some(key(start)), end: Some(key(end)), reverse, limit, ..ListOptions::default() }
}

/// Runs one operation against a plain map.
fn step_serially(data: &mut BTreeMap<Key, Value>, program: usize, seen: &mut Seen, op: &Op) {
    match op {
        Op::Get(index) => {
            let found = data.get_key_value(&key(*index));
            seen.0.push(found.map(|(key, value)| (key.clone(), value.clone())).into_iter().collect());
        }
        Op::List { start, end, reverse, limit } => {
            let all: Vec<_> = data.clone().into_iter().collect();
            seen.0.push(listed(&all, &options(*start, *end, *reverse, *limit)));
        }
        Op::Put(index) => drop(data.insert(key(*index), seen.value(program))),
        Op::Delete(index) => {
            let existed = data.remove(&key(*index)).map(|_| (key(*index), Value::new()));
            seen.0.push(existed.into_iter().collect());
        }
    }
}

/// A program on its way through a store.
struct Run {
    at: usize,
    seen: Seen,
    txn: Option<OptimisticTransaction>,
}

impl Run {
    fn start(store: &mut Store) -> Self {
        Self { at: 0, seen: Seen::default(), txn: Some(store.begin_optimistic()) }
    }

    fn step(&mut self, store: &mut Store, program: usize, op: &Op) -> Result<(), StorageError> {
        let txn = self.txn.as_mut().expect("a program runs to its end once");
        match op {
            Op::Get(index) => {
                let found = store.optimistic_get(txn, &key(*index))?;
                self.seen.0.push(found.map(|value| (key(*index), value)).into_iter().collect());
            }
            Op::List { start, end, reverse, limit } => {
                let found = store.optimistic_list(txn, &options(*start, *end, *reverse, *limit))?;
                self.seen.0.push(found);
            }
            Op::Put(index) => store.optimistic_put(txn, key(*index), self.seen.value(program))?,
            Op::Delete(index) => {
                let existed = store.optimistic_delete(txn, key(*index))?;
                self.seen.0.push(existed.then(|| (key(*index), Value::new())).into_iter().collect());
            }
        }
        self.at += 1;
        Ok(())
    }
}

/// Runs all of a program in one turn, without a transaction.
fn run_plainly(store: &mut Store, program: usize, ops: &[Op]) -> Seen {
    let mut seen = Seen::default();
    for op in ops {
        match op {
            Op::Get(index) => {
                let found = store.get(&key(*index)).expect("get");
                seen.0.push(found.map(|value| (key(*index), value)).into_iter().collect());
            }
            Op::List { start, end, reverse, limit } => {
                seen.0.push(store.list(&options(*start, *end, *reverse, *limit)).expect("list"));
            }
            Op::Put(index) => {
                store.put(key(*index), seen.value(program), WriteOptions::default()).expect("put");
            }
            Op::Delete(index) => {
                let existed = store.delete(key(*index), WriteOptions::default()).expect("delete");
                seen.0.push(existed.then(|| (key(*index), Value::new())).into_iter().collect());
            }
        }
    }
    seen
}

/// What one history came to: what each program saw in its last run, and the data at the end.
struct Outcome {
    seen: Vec<Seen>,
    data: BTreeMap<Key, Value>,
    reruns: usize,
}

fn perform(plan: &Plan, broken: Broken) -> Outcome {
    let mut store = Arc::new(FakeEngine::default()).open();
    for index in &plan.stored {
        store.put(key(*index), Bytes::from_static(b"stored"), WriteOptions::default()).expect("put");
    }
    store.end_turn().expect("submit");
    let mut runs: Vec<Option<Run>> = plan.programs.iter().map(|_| None).collect();
    let mut done: Vec<Option<Seen>> = vec![None; plan.programs.len()];
    let mut reruns = 0;
    let rest = (0..plan.programs.len()).flat_map(|program| std::iter::repeat_n(program, 100));
    for program in plan.schedule.iter().map(|turn| turn % plan.programs.len()).chain(rest) {
        if done[program].is_some() {
            continue;
        }
        let Program { ops, is_plain } = &plan.programs[program];
        if *is_plain {
            done[program] = Some(run_plainly(&mut store, program, ops));
            store.end_turn().expect("submit");
            continue;
        }
        let run = runs[program].get_or_insert_with(|| Run::start(&mut store));
        let progress = ops.get(run.at).map_or(Ok(()), |op| run.step(&mut store, program, op));
        if progress.is_ok() && run.at < ops.len() {
            store.end_turn().expect("submit");
            continue;
        }
        let mut txn = run.txn.take().expect("a program runs to its end once");
        txn.forget(broken);
        match store.commit_optimistic(txn) {
            Ok(()) => done[program] = Some(run.seen.clone()),
            Err(StorageError::Conflict) => {
                reruns += 1;
                runs[program] = None;
            }
            Err(error) => panic!("{error}"),
        }
        store.end_turn().expect("submit");
    }
    let seen = done.into_iter().map(|seen| seen.expect("the schedule lets all finish")).collect();
    let data = store.list(&ListOptions::default()).expect("list").into_iter().collect();
    Outcome { seen, data, reruns }
}

impl OptimisticTransaction {
    fn forget(&mut self, broken: Broken) {
        self.forget_reads(
            matches!(broken, Broken::ForgetsKeys | Broken::ForgetsEverything),
            matches!(broken, Broken::ForgetsRanges | Broken::ForgetsEverything),
        );
    }
}

/// Whether some order of the programs explains what happened.
fn is_serialisable(plan: &Plan, outcome: &Outcome) -> bool {
    let mut order: Vec<usize> = (0..plan.programs.len()).collect();
    any_order(&mut order, 0, &mut |order| {
        let stored = plan.stored.iter().map(|index| (key(*index), Bytes::from_static(b"stored")));
        let mut data: BTreeMap<Key, Value> = stored.collect();
        order.iter().all(|program| {
            let mut seen = Seen::default();
            for op in &plan.programs[*program].ops {
                step_serially(&mut data, *program, &mut seen, op);
            }
            seen == outcome.seen[*program]
        }) && data == outcome.data
    })
}

fn any_order(order: &mut [usize], from: usize, explains: &mut impl FnMut(&[usize]) -> bool) -> bool {
    if from == order.len() {
        return explains(order);
    }
    for at in from..order.len() {
        order.swap(from, at);
        if any_order(order, from + 1, explains) {
            return true;
        }
        order.swap(from, at);
    }
    false
}

proptest! {
    #![proptest_config(Config::with_cases(2_000))]

    #[test]
    fn every_history_equals_a_serial_one(plan in any_plan()) {
        let outcome = perform(&plan, Broken::No);
        prop_assert!(is_serialisable(&plan, &outcome), "{:?}", outcome.seen);
    }
}

/// How many of some histories are not serialisable, and how often programs ran again.
fn count_anomalies(broken: Broken) -> (usize, usize) {
    let mut runner = TestRunner::new_with_rng(
        Config::default(),
        TestRng::deterministic_rng(proptest::test_runner::RngAlgorithm::ChaCha),
    );
    let (mut anomalies, mut reruns) = (0, 0);
    for _ in 0..2_000 {
        let plan = any_plan().new_tree(&mut runner).expect("plans are never rejected").current();
        let outcome = perform(&plan, broken);
        anomalies += usize::from(!is_serialisable(&plan, &outcome));
        reruns += outcome.reruns;
    }
    (anomalies, reruns)
}

#[test]
fn a_validation_that_forgets_something_is_caught() {
    let (anomalies, reruns) = count_anomalies(Broken::No);
    assert_eq!(anomalies, 0);
    assert!(reruns > 100, "the histories must conflict: reruns={reruns}");
    for broken in [Broken::ForgetsKeys, Broken::ForgetsRanges, Broken::ForgetsEverything] {
        let (anomalies, _) = count_anomalies(broken);
        assert!(anomalies > 0, "{broken:?} went unnoticed");
    }
}
