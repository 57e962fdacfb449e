//! A load whose every state can be foretold, and a child process that runs it.
//!
//! Turn `n` of an object writes `n` under two keys, adds an entry to a log of sixteen and deletes the
//! oldest, writes pages of a database that grows and shrinks, and often sets or clears the alarm; every
//! hundredth turn deletes everything instead. So the number of turns says what the whole object must look
//! like, and half a turn shows.

#![allow(dead_code, reason = "each test binary uses its part")]

use std::collections::BTreeMap;
use std::env;
use std::io::{BufRead, BufReader, Write};
use std::ops::{Bound, RangeInclusive};
use std::path::{Path, PathBuf};
use std::process::{Child, ChildStdout, Command, Stdio};

use steadfast::engine::{
    AlarmChange, CommitRecord, Direction, Engine, Identity, Key, KeyRange, ObjectHeader, ObjectNo, PageImage,
    PageNo, Poisoned, Position, Reset, Value,
};
use steadfast::limits::SQL_PAGE_BYTES;

pub(crate) const NAMESPACE: &str = "test-Object";
const LOG_LEN: u64 = 16;
const RESET_EVERY: u64 = 100;
const DATABASE_PAGES_MAX: u32 = 7;

/// One object of the load, and how many turns it has had.
pub(crate) struct Loaded {
    pub(crate) index: u8,
    pub(crate) turns: u64,
    no: Option<ObjectNo>,
}

impl Loaded {
    /// Finds the object where the last process left it.
    ///
    /// # Panics
    /// If its state is not one the load can leave.
    pub(crate) fn find(engine: &dyn Engine, index: u8) -> Self {
        let Some(header) = engine.lookup(NAMESPACE, &[index; 32]).expect("readable") else {
            return Self { index, turns: 0, no: None };
        };
        let turns = check(engine, &header);
        Self { index, turns, no: Some(header.no) }
    }

    /// Submits the next turn.
    pub(crate) fn turn(&mut self, engine: &dyn Engine) -> Result<Position, Poisoned> {
        let number = self.no.unwrap_or_else(|| engine.allocate());
        let created = self.no.is_none().then(|| Identity {
            namespace: NAMESPACE.into(),
            id: [self.index; 32],
            name: Some(format!("object {}", self.index).into()),
            facet: None,
        });
        let n = self.turns + 1;
        let resets = n.is_multiple_of(RESET_EVERY);
        let mut kv = vec![("a".into(), Some(number_value(n))), ("b".into(), Some(number_value(n)))];
        let mut record = CommitRecord { created, incarnation: incarnation(n), ..CommitRecord::new(number) };
        if resets {
            record.reset = Some(Reset::DeleteAll);
        } else {
            kv.push((log_key(n), Some(log_value(n))));
            kv.extend(n.checked_sub(LOG_LEN).map(|oldest| (log_key(oldest), None)));
            record.database_pages = Some(database_pages(n));
            record.pages = written_pages(n).map(|no| (PageNo(no), page(n))).collect();
            record.alarm = alarm_change(n);
        }
        record.kv = kv;
        let position = engine.submit(record)?;
        self.no = Some(number);
        self.turns = n;
        Ok(position)
    }
}

/// Reads a whole object, and returns after how many turns it looks like this.
fn check(engine: &dyn Engine, header: &ObjectHeader) -> u64 {
    let everything = KeyRange { start: Bound::Unbounded, end: Bound::Unbounded };
    let found = engine.range(header.no, &everything, Direction::Forward, usize::MAX).expect("readable");
    let found: BTreeMap<Key, Value> = found.into_iter().collect();
    let a = found.get(&b"a"[..]).expect("every turn writes a");
    let n = u64::from_be_bytes(a[..].try_into().expect("a number"));
    let begin = n - n % RESET_EVERY;
    let mut expected: BTreeMap<Key, Value> = ["a", "b"].map(|key| (key.into(), number_value(n))).into();
    let log = (n + 1).saturating_sub(LOG_LEN).max(begin + 1)..=n;
    expected.extend(log.map(|m| (log_key(m), log_value(m))));
    assert_eq!(found, expected, "object {} is in no state between turns", header.no.0);
    assert_eq!(header.incarnation, incarnation(n));
    check_database(engine, header, begin + 1..=n);
    let alarm_ms = (begin + 1..=n).rev().find_map(alarm_change).and_then(AlarmChange::due_ms);
    assert_eq!(header.alarm_ms, alarm_ms, "object {} after {n} turns", header.no.0);
    n
}

/// Compares the pages with what these turns wrote, since the database was deleted.
fn check_database(engine: &dyn Engine, header: &ObjectHeader, turns: RangeInclusive<u64>) {
    let n = *turns.end();
    // By which turn each was last written.
    let mut pages: BTreeMap<u32, u64> = BTreeMap::new();
    let mut size = 0;
    for turn in turns {
        size = database_pages(turn);
        pages.retain(|no, _| *no <= size);
        pages.extend(written_pages(turn).map(|no| (no, turn)));
    }
    assert_eq!(header.database_pages, size, "object {} after {n} turns", header.no.0);
    for no in 1..=DATABASE_PAGES_MAX {
        let found = engine.page(header.no, PageNo(no)).expect("readable");
        assert!(
            found == pages.get(&no).map(|turn| page(*turn)),
            "page {no} of object {} after {n} turns",
            header.no.0
        );
    }
}

/// Starts this test binary again as a process of its own that runs the test `entry` alone, which
/// should begin with [`child_directory`].
pub(crate) fn spawn_child(entry: &str, directory: &Path) -> (Child, BufReader<ChildStdout>) {
    let mut child = Command::new(env::current_exe().expect("a test binary has a path"))
        .args(["--exact", entry, "--nocapture", "--test-threads=1"])
        .env(CHILD_DIRECTORY, directory)
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .spawn()
        .expect("this binary can be started");
    let stdout = BufReader::new(child.stdout.take().expect("it is piped"));
    (child, stdout)
}

/// The directory this process should work on, if it is a child.
pub(crate) fn child_directory() -> Option<PathBuf> {
    env::var_os(CHILD_DIRECTORY).map(PathBuf::from)
}

/// Tells the parent something, on a line of its own, in one write.
pub(crate) fn tell(words: &str) {
    let line = format!("{TOLD}{words}\n");
    let mut stdout = std::io::stdout().lock();
    stdout.write_all(line.as_bytes()).and_then(|()| stdout.flush()).expect("the parent listens");
}

/// The next thing the child told; none when it has ended.
pub(crate) fn hear(stdout: &mut BufReader<ChildStdout>) -> Option<String> {
    let mut line = String::new();
    loop {
        line.clear();
        if stdout.read_line(&mut line).expect("a pipe can be read") == 0 {
            return None;
        }
        // Whatever else is on it comes from the test harness; half a line from a kill.
        if let Some((_, words)) = line.split_once(TOLD)
            && let Some(words) = words.strip_suffix('\n')
        {
            return Some(words.to_owned());
        }
    }
}

const CHILD_DIRECTORY: &str = "STEADFAST_TEST_DIRECTORY";
const TOLD: &str = "told: ";

/// Grows and shrinks, so that pages are cut off and holes appear.
fn database_pages(n: u64) -> u32 {
    1 + (n * 5 % u64::from(DATABASE_PAGES_MAX)) as u32
}

/// The first page, as SQLite often does, and another.
fn written_pages(n: u64) -> impl Iterator<Item = u32> {
    let other = 1 + (n * 3 % u64::from(database_pages(n))) as u32;
    [1, other].into_iter().take(if other == 1 { 1 } else { 2 })
}

/// Every other one compresses.
fn page(n: u64) -> PageImage {
    let bytes = (0..SQL_PAGE_BYTES as u64).map(|at| match n % 2 {
        0 => n as u8,
        _ => (n.wrapping_add(at).wrapping_mul(0x9E37_79B9_7F4A_7C15) >> 56) as u8,
    });
    bytes.collect::<Vec<u8>>().into()
}

fn alarm_change(n: u64) -> Option<AlarmChange> {
    match n % 5 {
        0 | 1 => None,
        2 => Some(AlarmChange::Clear),
        _ => Some(AlarmChange::Set(n as i64)),
    }
}

fn incarnation(n: u64) -> u32 {
    u32::try_from(n / RESET_EVERY).expect("tests are short")
}

fn number_value(n: u64) -> Value {
    Value::copy_from_slice(&n.to_be_bytes())
}

fn log_key(n: u64) -> Key {
    format!("log/{n:08}").into()
}

/// Of sizes that span from nothing to more than a page.
fn log_value(n: u64) -> Value {
    vec![n as u8; (n * 7919 % 6000) as usize].into()
}
