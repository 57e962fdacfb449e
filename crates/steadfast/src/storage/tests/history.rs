//! Bookmarks and the way back.

use std::collections::BTreeMap;
use std::sync::Arc;
use std::time::Duration;

use bytes::Bytes;
use proptest::prelude::*;

use super::fake::{FakeEngine, identity, key};
use crate::clock::{Clock, ManualClock};
use crate::engine::{Engine, SqliteEngine};
use crate::storage::{
    AlarmAtDeleteAll, Bookmark, HistoryPolicy, ListOptions, StorageError, Store, WriteOptions,
};

const RETENTION: Duration = Duration::from_secs(3600);
const NOW_MS: i64 = 1_000_000_000;

/// An engine, a clock, and the store of one object on them.
struct Session {
    engine: Arc<dyn Engine>,
    clock: Arc<ManualClock>,
    store: Store,
}

/// What an object stores.
type State = (BTreeMap<Bytes, Bytes>, Option<i64>);

impl Session {
    fn new() -> Self {
        let engine: Arc<dyn Engine> = Arc::new(SqliteEngine::memory().expect("memory is there"));
        let clock = Arc::new(ManualClock::new(NOW_MS));
        let store = open(&engine, &clock);
        Self { engine, clock, store }
    }

    fn put(&mut self, name: &str, value: u64) {
        let value = Bytes::copy_from_slice(&value.to_be_bytes());
        self.store.put(key(name), value, WriteOptions::default()).unwrap();
    }

    fn state(&mut self) -> State {
        let rows = self.store.list(&ListOptions::default()).unwrap();
        (rows.into_iter().collect(), self.store.alarm())
    }

    /// Asks to go back, and opens the object anew.
    fn go_back(&mut self, to: Bookmark) -> Bookmark {
        let undo = self.store.restore_at_next_open(to).unwrap();
        self.store.end_turn().unwrap();
        self.store = open(&self.engine, &self.clock);
        undo
    }
}

fn open(engine: &Arc<dyn Engine>, clock: &Arc<ManualClock>) -> Store {
    let policy = HistoryPolicy { retention: RETENTION, clock: clock.clone() };
    Store::open_with_history(engine.clone(), identity(), Some(policy)).expect("it can be read")
}

#[test]
fn without_a_history_bookmarks_are_numbers_that_survive_and_begin_anew_with_delete_all() {
    let engine = Arc::new(FakeEngine::default());
    let mut store = engine.open();
    let taken: Vec<String> = (0..2).map(|_| store.current_bookmark().to_string()).collect();
    assert_eq!(
        taken,
        [
            "00000000-00000000-00000000-00000000000000000000000000000000",
            "00000000-00000001-00000000-00000000000000000000000000000000"
        ]
    );
    store.end_turn().unwrap();
    let mut store = engine.open();
    assert!(store.current_bookmark().to_string().starts_with("00000000-00000002-"));
    assert!(matches!(store.bookmark_for_time(5), Err(StorageError::NoHistory)));
    assert!(matches!(store.restore_at_next_open(zero()), Err(StorageError::NoHistory)));
    store.delete_all(AlarmAtDeleteAll::Delete).unwrap();
    store.end_turn().unwrap();
    assert_eq!(engine.open().current_bookmark(), zero());
}

fn zero() -> Bookmark {
    "00000000-00000000-00000000-00000000000000000000000000000000".parse().expect("it is one")
}

#[test]
fn a_bookmark_within_a_turn_names_its_end() {
    let mut session = Session::new();
    session.put("a", 1);
    let bookmark = session.store.current_bookmark();
    session.put("a", 2);
    session.store.end_turn().unwrap();
    let at_bookmark = session.state();
    session.put("a", 3);
    session.store.end_turn().unwrap();
    session.go_back(bookmark);
    assert_eq!(session.state(), at_bookmark);
}

#[test]
fn a_time_is_gone_back_to_within_an_interval() {
    let mut session = Session::new();
    for n in 0..100 {
        session.put("n", n);
        session.store.end_turn().unwrap();
        session.clock.advance(Duration::from_secs(1));
    }
    let time_ms = NOW_MS + 55_000;
    let bookmark = session.store.bookmark_for_time(time_ms).unwrap();
    session.go_back(bookmark);
    let n = session.state().0[&key("n")].clone();
    let n = u64::from_be_bytes(n[..].try_into().unwrap());
    assert!((45..=55).contains(&n), "n={n}");
    let later = session.store.bookmark_for_time(NOW_MS + 200_000);
    assert!(matches!(later, Err(StorageError::NotInHistory)));
}

#[test]
fn what_was_written_long_before_a_time_is_not_undone() {
    let mut session = Session::new();
    session.put("old", 1);
    session.store.end_turn().unwrap();
    session.clock.advance(Duration::from_secs(600));
    let bookmark = session.store.bookmark_for_time(NOW_MS + 300_000).unwrap();
    session.put("new", 1);
    session.store.end_turn().unwrap();
    session.go_back(bookmark);
    assert_eq!(session.state().0.keys().cloned().collect::<Vec<_>>(), [key("old")]);
    let before_all = session.store.bookmark_for_time(NOW_MS - 1).unwrap();
    session.go_back(before_all);
    assert!(session.state().0.is_empty());
}

#[test]
fn what_is_too_old_is_forgotten_and_refused() {
    let mut session = Session::new();
    let first = session.store.current_bookmark();
    for n in 0..5 {
        session.put("n", n);
        session.store.end_turn().unwrap();
        session.clock.advance(RETENTION / 2);
    }
    assert!(matches!(session.store.restore_at_next_open(first), Err(StorageError::NotInHistory)));
    assert!(matches!(session.store.bookmark_for_time(NOW_MS), Err(StorageError::NotInHistory)));
    let header = session.engine.lookup(&identity().namespace, &identity().id).unwrap().unwrap();
    let (oldest, _) = session.engine.oldest_interval(header.no).unwrap().unwrap();
    assert!(oldest > 1, "oldest={oldest}");
    let recent = session.store.bookmark_for_time(session.clock.now_ms() - 1_000).unwrap();
    session.go_back(recent);
}

/// One thing a program does.
#[derive(Clone, Debug)]
enum Op {
    Put(u8, u64),
    Delete(u8),
    SetAlarm(i64),
    DeleteAlarm,
    DeleteAll,
    EndTurn,
    Wait(u64),
    Bookmark,
    /// Ends the turn, opens the object anew.
    Reopen,
    /// Goes back to one of the bookmarks taken.
    GoBack(usize),
}

fn ops() -> impl Strategy<Value = Vec<Op>> {
    let op = prop_oneof![
        6 => (0..5_u8, any::<u64>()).prop_map(|(name, value)| Op::Put(name, value)),
        2 => (0..5_u8).prop_map(Op::Delete),
        1 => (1..1_000_i64).prop_map(Op::SetAlarm),
        1 => Just(Op::DeleteAlarm),
        1 => Just(Op::DeleteAll),
        4 => Just(Op::EndTurn),
        1 => (0..25_u64).prop_map(Op::Wait),
        3 => Just(Op::Bookmark),
        1 => Just(Op::Reopen),
        1 => any::<usize>().prop_map(Op::GoBack),
    ];
    prop::collection::vec(op, 0..60)
}

proptest! {
    #![proptest_config(ProptestConfig { failure_persistence: None, ..ProptestConfig::with_cases(400) })]

    /// Every bookmark ever taken leads back to the state it was taken at, also over other ways back, and
    /// each way back can be undone.
    #[test]
    fn every_bookmark_leads_back_to_its_state(ops in ops()) {
        let mut session = Session::new();
        let mut taken: Vec<(Bookmark, State)> = Vec::new();
        for op in ops {
            match op {
                Op::Put(name, value) => session.put(&name.to_string(), value),
                Op::Delete(name) => {
                    session.store.delete(key(&name.to_string()), WriteOptions::default()).unwrap();
                }
                Op::SetAlarm(after) => {
                    let due_ms = (NOW_MS + after) as f64;
                    session.store.set_alarm(due_ms, 0, WriteOptions::default()).unwrap();
                }
                Op::DeleteAlarm => session.store.delete_alarm(WriteOptions::default()),
                Op::DeleteAll => session.store.delete_all(AlarmAtDeleteAll::Delete).unwrap(),
                Op::EndTurn => drop(session.store.end_turn().unwrap()),
                Op::Wait(seconds) => session.clock.advance(Duration::from_secs(seconds)),
                Op::Bookmark => {
                    let bookmark = session.store.current_bookmark();
                    session.store.end_turn().unwrap();
                    prop_assert!(taken.iter().all(|(earlier, _)| *earlier < bookmark));
                    let state = session.state();
                    taken.push((bookmark, state));
                }
                Op::Reopen => {
                    session.store.end_turn().unwrap();
                    session.store = open(&session.engine, &session.clock);
                }
                Op::GoBack(_) if taken.is_empty() => {}
                Op::GoBack(index) => {
                    let (to, expected) = taken[index % taken.len()].clone();
                    session.store.end_turn().unwrap();
                    let before = session.state();
                    let undo = session.go_back(to);
                    prop_assert_eq!(session.state(), expected, "back to {}", to);
                    session.go_back(undo);
                    prop_assert_eq!(session.state(), before, "undone by {}", undo);
                }
            }
        }
    }
}
