//! Random transactions over keys, SQL and the alarm, nested and mixed, against a stack of copies.

use std::collections::BTreeMap;
use std::sync::Arc;

use bytes::Bytes;
use proptest::prelude::*;
use steadfast_sqlite::{Value as SqlValue, ValueRef};

use super::fake::FakeEngine;
use crate::engine::{Key, Value};
use crate::storage::{
    AlarmAtDeleteAll, ListOptions, StorageError, Store, TransactionEnd, TransactionNo, WriteOptions,
};

#[derive(Clone, Debug)]
enum Step {
    Put(u8, u8),
    Delete(u8),
    Get(u8),
    Insert(i64),
    /// Deletes the rows above a value.
    DeleteRows(i64),
    /// Reads all rows, which opens a savepoint where none is.
    Rows,
    SetAlarm(i64),
    DeleteAlarm,
    Begin,
    BeginSync,
    /// Ends the innermost transaction.
    End(TransactionEnd),
    /// Ends an asynchronous transaction that others may run inside, by failing.
    Fail(usize),
    /// Rolls an asynchronous transaction back before its end.
    RollBack(usize),
    EndTurn,
    DeleteAll,
    Reopen,
}

fn any_step() -> impl Strategy<Value = Step> {
    let end = prop_oneof![Just(TransactionEnd::Commit), Just(TransactionEnd::RollBack)];
    prop_oneof![
        6 => (0..5u8, any::<u8>()).prop_map(|(key, value)| Step::Put(key, value)),
        3 => (0..5u8).prop_map(Step::Delete),
        2 => (0..5u8).prop_map(Step::Get),
        4 => (0..100i64).prop_map(Step::Insert),
        1 => (0..100i64).prop_map(Step::DeleteRows),
        1 => Just(Step::Rows),
        2 => (1_000..1_005i64).prop_map(Step::SetAlarm),
        1 => Just(Step::DeleteAlarm),
        3 => Just(Step::Begin),
        3 => Just(Step::BeginSync),
        5 => end.prop_map(Step::End),
        1 => (0..4usize).prop_map(Step::Fail),
        1 => (0..4usize).prop_map(Step::RollBack),
        3 => Just(Step::EndTurn),
        1 => Just(Step::DeleteAll),
        1 => Just(Step::Reopen),
    ]
}

/// All that an object keeps.
#[derive(Clone, Default)]
struct Data {
    entries: BTreeMap<Key, Value>,
    rows: Vec<i64>,
    has_table: bool,
    alarm: Option<i64>,
}

#[derive(Default)]
struct Model {
    committed: Data,
    open: Data,
    stack: Vec<Level>,
}

struct Level {
    no: TransactionNo,
    is_sync: bool,
    before: Data,
    failed: bool,
}

impl Model {
    fn apply(&mut self, store: &mut Store, step: Step) {
        let options = WriteOptions::default();
        match step {
            Step::Put(key, value) => {
                let (key, value) = (Bytes::from(vec![key]), Bytes::from(vec![value]));
                self.open.entries.insert(key.clone(), value.clone());
                store.put(key, value, options).expect("put");
            }
            Step::Delete(key) => {
                let key = Bytes::from(vec![key]);
                let existed = self.open.entries.remove(&key).is_some();
                assert_eq!(store.delete(key, options).expect("delete"), existed);
            }
            Step::Get(key) => {
                let found = store.get(&[key]).expect("get");
                assert_eq!(found.as_ref(), self.open.entries.get(&[key][..]));
            }
            Step::Insert(_) | Step::DeleteRows(_) | Step::Rows => self.use_sql(store, &step),
            Step::SetAlarm(due_ms) => {
                self.open.alarm = Some(due_ms);
                store.set_alarm(due_ms as f64, 0, options).expect("a time that can be set");
            }
            Step::DeleteAlarm => {
                self.open.alarm = None;
                store.delete_alarm(options);
            }
            Step::Begin => {
                self.settle();
                let no = store.begin_transaction().expect("begin");
                self.push(no, false);
            }
            Step::BeginSync => {
                let no = store.begin_transaction_sync();
                self.push(no, true);
            }
            Step::End(end) => self.end(store, end),
            Step::Fail(at) => self.fail(store, at),
            Step::RollBack(at) => self.roll_back(store, at),
            Step::EndTurn => {
                self.settle();
                store.end_turn().expect("submit");
            }
            Step::DeleteAll => {
                let deleted = store.delete_all(AlarmAtDeleteAll::Delete);
                assert_eq!(deleted.is_ok(), self.stack.is_empty());
                if self.stack.is_empty() {
                    self.open = Data::default();
                }
            }
            Step::Reopen => unreachable!("the caller reopens"),
        }
    }

    fn use_sql(&mut self, store: &mut Store, step: &Step) {
        if !self.open.has_table {
            rows(store, "CREATE TABLE t (x)", &[]);
            self.open.has_table = true;
        }
        match step {
            Step::Insert(x) => {
                rows(store, "INSERT INTO t VALUES (?)", &[ValueRef::Integer(*x)]);
                self.open.rows.push(*x);
            }
            Step::DeleteRows(above) => {
                rows(store, "DELETE FROM t WHERE x > ?", &[ValueRef::Integer(*above)]);
                self.open.rows.retain(|x| x <= above);
            }
            _ => assert_eq!(rows(store, "SELECT x FROM t ORDER BY rowid", &[]), self.open.rows),
        }
    }

    fn push(&mut self, no: TransactionNo, is_sync: bool) {
        self.stack.push(Level { no, is_sync, before: self.open.clone(), failed: false });
    }

    /// What a turn's end, or the end of the outermost transaction, makes permanent.
    fn settle(&mut self) {
        if self.stack.is_empty() {
            self.committed = self.open.clone();
        }
    }

    fn undo_to(&mut self, at: usize) {
        self.open = self.stack[at].before.clone();
        self.stack.truncate(at);
        while let Some(level) = self.stack.pop_if(|level| level.failed) {
            self.open = level.before;
        }
    }

    fn end(&mut self, store: &mut Store, end: TransactionEnd) {
        let Some(level) = self.stack.last() else { return };
        let (no, is_sync) = (level.no, level.is_sync);
        match end {
            TransactionEnd::Commit => {
                self.stack.pop();
                while let Some(level) = self.stack.pop_if(|level| level.failed) {
                    self.open = level.before;
                }
            }
            TransactionEnd::RollBack => self.undo_to(self.stack.len() - 1),
        }
        if is_sync {
            store.end_transaction_sync(no, end).expect("it is innermost");
        } else {
            store.end_transaction(no, end).expect("it is innermost");
            self.settle();
        }
    }

    fn fail(&mut self, store: &mut Store, at: usize) {
        let Some(level) = self.stack.get_mut(at).filter(|level| !level.is_sync && !level.failed) else {
            return;
        };
        let no = level.no;
        level.failed = true;
        if at + 1 == self.stack.len() {
            self.undo_to(at);
        }
        store.end_transaction(no, TransactionEnd::RollBack).expect("a failure ends it any time");
        self.settle();
    }

    fn roll_back(&mut self, store: &mut Store, at: usize) {
        let Some(level) = self.stack.get(at).filter(|level| !level.is_sync && !level.failed) else { return };
        let rolled_back = store.roll_back_transaction(level.no);
        if self.stack[at + 1..].iter().all(|level| level.is_sync) {
            rolled_back.expect("nothing asynchronous runs inside");
            self.undo_to(at);
        } else {
            assert!(matches!(rolled_back, Err(StorageError::OuterRollback)));
        }
    }
}

/// The integers a statement yields.
fn rows(store: &mut Store, sql: &str, bindings: &[ValueRef<'_>]) -> Vec<i64> {
    let rows = store.sql_exec(sql, bindings).expect(sql).rows().expect(sql);
    let integer = |row: Vec<SqlValue>| match row[..] {
        [SqlValue::Integer(x)] => x,
        _ => panic!("not one integer: {row:?}"),
    };
    rows.into_iter().map(integer).collect()
}

proptest! {
    #[test]
    fn a_store_is_a_stack_of_copies(steps in prop::collection::vec(any_step(), 1..80)) {
        let engine = Arc::new(FakeEngine::default());
        let (mut store, mut model) = (engine.open(), Model::default());
        for step in steps {
            if let Step::Reopen = step {
                model = Model { open: model.committed.clone(), committed: model.committed, stack: Vec::new() };
                store = engine.open();
            } else {
                model.apply(&mut store, step);
            }
            assert_eq!(store.in_transaction(), !model.stack.is_empty());
            let all = store.list(&ListOptions::default()).expect("list");
            assert_eq!(all, Vec::from_iter(model.open.entries.clone()));
            assert_eq!(store.alarm(), model.open.alarm);
        }
        let mut store = engine.open();
        let committed = store.list(&ListOptions::default()).expect("list");
        assert_eq!(committed, Vec::from_iter(model.committed.entries));
        assert_eq!(store.alarm(), model.committed.alarm);
        if model.committed.has_table {
            assert_eq!(rows(&mut store, "SELECT x FROM t ORDER BY rowid", &[]), model.committed.rows);
        }
    }
}
