//! Keys and ranges: what `list` returns, against the definition of each option taken literally.

use std::cell::Cell;
use std::collections::BTreeMap;
use std::sync::Arc;

use bytes::Bytes;
use steadfast::engine::{Engine, Identity, Key, SqliteEngine, Value};
use steadfast::storage::{ListOptions, StorageError, Store, WriteOptions};

/// Writes and deletes keys the bytes name, in two turns, and lists what the rest of them asks for.
pub(super) fn run(bytes: &[u8]) {
    let mut input = Input { rest: bytes };
    let mut model = BTreeMap::new();
    OBJECTS.with(|objects| {
        let mut store = objects.open();
        for committed in [true, false] {
            write_turn(&mut input, &mut store, &mut model);
            if committed {
                store.end_turn().expect("memory accepts everything");
            }
        }
        for _ in 0..LISTINGS_MAX {
            let Some(options) = input.options() else { return };
            check(&mut store, &model, &options);
        }
    });
}

/// Inputs that write keys that are prefixes of each other, and list around them.
pub(super) fn inputs() -> Vec<Vec<u8>> {
    let turns: &[u8] = b"\x06\x01a\x02aa\x03aab\x01b\x00\x02\xff\xff\x03\x81a\x02ab\x82aa";
    let listings: [&[u8]; 5] = [
        b"\x00\xff",
        b"\x01\x01a\xff",
        b"\x05\x01a\x02ab\x03",
        b"\x1a\x02aa\x01a\x01",
        b"\x1e\x02aa\x01b\x02a\x00\x02",
    ];
    listings.iter().map(|listing| [turns, listing].concat()).collect()
}

fn write_turn(input: &mut Input<'_>, store: &mut Store, model: &mut BTreeMap<Key, Value>) {
    for n in 0..input.byte().unwrap_or(0) % 16 {
        let Some((deletes, key)) = input.key() else { break };
        if deletes {
            let existed = store.delete(key.clone(), WriteOptions::default()).expect("a short key");
            assert_eq!(existed, model.remove(&key).is_some());
        } else {
            let value = Value::from(vec![n]);
            store.put(key.clone(), value.clone(), WriteOptions::default()).expect("a short key");
            model.insert(key, value);
        }
    }
}

fn check(store: &mut Store, model: &BTreeMap<Key, Value>, options: &ListOptions) {
    let listed = store.list(options);
    if options.start.is_some() && options.start_after.is_some() {
        assert!(matches!(listed, Err(StorageError::StartWithStartAfter)), "{options:?}");
        return;
    }
    if options.limit.is_some_and(|limit| limit <= 0) {
        assert!(matches!(listed, Err(StorageError::LimitNotPositive)), "{options:?}");
        return;
    }
    let wanted = |key: &Key| {
        options.start.as_ref().is_none_or(|start| key >= start)
            && options.start_after.as_ref().is_none_or(|after| key > after)
            && options.end.as_ref().is_none_or(|end| key < end)
            && options.prefix.as_ref().is_none_or(|prefix| key.starts_with(prefix))
    };
    let entries = model.iter().filter(|(key, _)| wanted(key));
    let mut expected: Vec<(Key, Value)> = entries.map(|(key, value)| (key.clone(), value.clone())).collect();
    if options.reverse {
        expected.reverse();
    }
    expected.truncate(options.limit.and_then(|limit| usize::try_from(limit).ok()).unwrap_or(usize::MAX));
    assert_eq!(listed.expect("these options are valid"), expected, "{options:?}");
}

struct Input<'a> {
    rest: &'a [u8],
}

impl Input<'_> {
    fn byte(&mut self) -> Option<u8> {
        let (first, rest) = self.rest.split_first()?;
        self.rest = rest;
        Some(*first)
    }

    /// A key of at most 7 bytes, with a bit beside its length.
    fn key(&mut self) -> Option<(bool, Key)> {
        let head = self.byte()?;
        let (key, rest) = self.rest.split_at(self.rest.len().min(usize::from(head % 8)));
        self.rest = rest;
        Some((head >= 0x80, Bytes::copy_from_slice(key)))
    }

    fn options(&mut self) -> Option<ListOptions> {
        let present = self.byte()?;
        let mut key = |bit: u8| if present & bit != 0 { self.key().map(|(_, key)| key) } else { None };
        let (start, start_after, end, prefix) = (key(1), key(2), key(4), key(8));
        let limit = self.byte()? as i8;
        Some(ListOptions {
            start,
            start_after,
            end,
            prefix,
            reverse: present & 16 != 0,
            limit: (limit >= 0).then_some(i64::from(limit)),
        })
    }
}

/// An engine in memory that gives every input an object of its own.
struct Objects {
    engine: Arc<dyn Engine>,
    opened: Cell<u64>,
}

impl Objects {
    fn new() -> Self {
        let engine = SqliteEngine::memory().expect("an engine in memory");
        Self { engine: Arc::new(engine), opened: Cell::new(0) }
    }

    fn open(&self) -> Store {
        self.opened.set(self.opened.get() + 1);
        let mut id = [0; 32];
        id[..8].copy_from_slice(&self.opened.get().to_be_bytes());
        let identity = Identity { namespace: "fuzz-Class".into(), id, name: None, facet: None };
        Store::open(self.engine.clone(), identity).expect("memory can be read")
    }
}

thread_local! {
    static OBJECTS: Objects = Objects::new();
}

const LISTINGS_MAX: usize = 8;
