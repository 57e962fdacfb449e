//! Pages in memory, and a database over them.

use std::cell::{Cell, RefCell};
use std::collections::BTreeMap;
use std::rc::Rc;

use steadfast_sqlite::{
    Bytes, Commit, Database, Options, PageSource, SourceError, SqlError, Value, ValueRef, plain,
};

/// What a page store would hold. Clones are the same store.
#[derive(Clone, Default)]
pub(crate) struct Memory {
    pages: Rc<RefCell<BTreeMap<u32, Bytes>>>,
    page_count: Rc<Cell<u32>>,
    pub(crate) reads: Rc<Cell<usize>>,
    /// The page that cannot be read.
    pub(crate) damaged: Rc<Cell<Option<u32>>>,
}

impl Memory {
    pub(crate) fn open(&self) -> Database {
        self.open_with(&Options::default())
    }

    pub(crate) fn open_with(&self, options: &Options) -> Database {
        Database::open(Box::new(self.clone()), self.page_count.get(), options).unwrap()
    }

    pub(crate) fn keep(&self, commit: Option<Commit>) {
        let Some(commit) = commit else { return };
        let mut pages = self.pages.borrow_mut();
        for (no, page) in commit.pages {
            assert!((1..=commit.page_count).contains(&no), "page {no} of {}", commit.page_count);
            pages.insert(no, page);
        }
        pages.split_off(&(commit.page_count + 1));
        self.page_count.set(commit.page_count);
    }

    /// The bytes a plain file of the database would have.
    pub(crate) fn file(&self) -> Vec<u8> {
        let mut file = Vec::new();
        let page = |no| Ok::<_, std::io::Error>(self.pages.borrow().get(&no).cloned());
        plain::write(self.page_count.get(), page, &mut file).unwrap();
        file
    }

    /// Whether there are pages nobody ever wrote.
    pub(crate) fn has_holes(&self) -> bool {
        self.pages() < self.page_count.get() as usize
    }

    pub(crate) fn pages(&self) -> usize {
        self.pages.borrow().len()
    }
}

impl PageSource for Memory {
    fn page(&self, no: u32) -> Result<Option<Bytes>, SourceError> {
        self.reads.set(self.reads.get() + 1);
        if self.damaged.get() == Some(no) {
            return Err(format!("page is damaged: no={no}").into());
        }
        Ok(self.pages.borrow().get(&no).cloned())
    }
}

/// A database nobody keeps.
pub(crate) fn fresh() -> Database {
    Memory::default().open()
}

pub(crate) fn run(database: &Database, sql: &str) -> Result<Vec<Vec<Value>>, SqlError> {
    run_with(database, sql, &[])
}

pub(crate) fn run_with(
    database: &Database,
    sql: &str,
    bindings: &[ValueRef<'_>],
) -> Result<Vec<Vec<Value>>, SqlError> {
    database.exec(sql, bindings)?.rows()
}

/// Rows as text: values joined by `|`, rows by a space; or the message of the error behind `!! `.
pub(crate) fn shown(database: &Database, sql: &str) -> String {
    shown_with(database, sql, &[])
}

pub(crate) fn shown_with(database: &Database, sql: &str, bindings: &[ValueRef<'_>]) -> String {
    match run_with(database, sql, bindings) {
        Ok(rows) => {
            let row = |row: &Vec<Value>| row.iter().map(Value::to_string).collect::<Vec<_>>().join("|");
            rows.iter().map(row).collect::<Vec<_>>().join(" ")
        }
        Err(error) => format!("!! {error}"),
    }
}

/// Runs each text in turn and compares what it shows.
pub(crate) fn check(database: &Database, expected: &[(&str, &str)]) {
    for (sql, expected) in expected {
        assert_eq!(shown(database, sql), *expected, "{sql}");
    }
}
