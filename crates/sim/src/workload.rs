//! Random turns of objects: keys, pages, alarms, and everything deleted.

use bytes::Bytes;
use steadfast::engine::{
    AlarmChange, CommitRecord, Identity, Key, ObjectNo, PageImage, PageNo, Reset, Value,
};
use steadfast::limits::SQL_PAGE_BYTES;

use crate::Random;
use crate::world::{Object, PAGES_MAX, World};

/// Makes up records.
#[derive(Clone, Debug)]
pub struct Workload {
    random: Random,
    shape: Shape,
    made: u64,
}

/// What kind of records a run is about.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Shape {
    /// Everything there is.
    Mixed,
    /// One key of one object, all records of one size and alike but for a number: what is left of an old
    /// group can stand exactly behind a new one, or complete it.
    Uniform,
    /// Mostly pages, so that deltas follow each other.
    Pages,
    /// Values that take several groups of sectors.
    Large,
}

impl Workload {
    /// The records of a seed.
    pub fn new(mut random: Random) -> Self {
        let shape = match random.index(10) {
            0..4 => Shape::Mixed,
            4..7 => Shape::Uniform,
            7..9 => Shape::Pages,
            _ => Shape::Large,
        };
        Self::of_shape(random, shape)
    }

    /// Records of one kind.
    pub fn of_shape(random: Random, shape: Shape) -> Self {
        Self { random, shape, made: 0 }
    }

    /// The next record over a world. `allocate` gives numbers to new objects.
    pub fn next(&mut self, world: &World, allocate: impl FnOnce() -> ObjectNo) -> CommitRecord {
        self.made += 1;
        let objects = world.objects().len();
        let most = if self.shape == Shape::Uniform { 1 } else { OBJECTS_MAX };
        if objects == 0 || (objects < most && self.random.one_in(6)) {
            return self.create(world, allocate());
        }
        let chosen = self.random.index(objects);
        let (no, object) = world.objects().nth(chosen).expect("it was counted");
        let mut record = CommitRecord { incarnation: object.incarnation, ..CommitRecord::new(no) };
        match self.shape {
            Shape::Uniform => self.write_uniform(&mut record),
            Shape::Mixed | Shape::Pages | Shape::Large => self.write(&mut record, object),
        }
        record
    }

    fn create(&mut self, world: &World, no: ObjectNo) -> CommitRecord {
        let mut id = [0; 32];
        id[..8].copy_from_slice(&no.0.to_be_bytes());
        id[31] = self.made as u8;
        let parent = world.objects().map(|(no, _)| no).last().filter(|_| self.random.one_in(5));
        let namespace = self.random.choose(["one-Class", "another-Class"]);
        let identity = Identity {
            namespace: namespace.into(),
            id,
            name: self.random.one_in(2).then(|| format!("object {}", no.0).into()),
            facet: parent.map(|parent| (parent, format!("facet {}", no.0).into())),
        };
        let mut record = CommitRecord { created: Some(identity.clone()), ..CommitRecord::new(no) };
        match self.shape {
            Shape::Uniform => self.write_uniform(&mut record),
            Shape::Mixed | Shape::Pages | Shape::Large => {
                let object = Object {
                    identity,
                    incarnation: 0,
                    kv: [].into(),
                    database_pages: 0,
                    pages: [].into(),
                    alarm_ms: None,
                };
                self.write(&mut record, &object);
            }
        }
        record
    }

    fn write_uniform(&mut self, record: &mut CommitRecord) {
        let mut value = vec![b'='; UNIFORM_VALUE_BYTES];
        value[..8].copy_from_slice(&self.made.to_be_bytes());
        record.kv.push(("key".into(), Some(Value::from(value))));
    }

    fn write(&mut self, record: &mut CommitRecord, object: &Object) {
        let mut size = object.database_pages;
        if record.created.is_none() && self.random.one_in(20) {
            record.reset = Some(Reset::DeleteAll);
            record.incarnation += 1;
            size = 0;
        }
        let (kv_percent, pages_percent) = if self.shape == Shape::Pages { (20, 90) } else { (80, 35) };
        if self.random.percent(kv_percent) {
            self.write_keys(record);
        }
        if record.created.as_ref().is_none_or(|identity| identity.facet.is_none())
            && self.random.percent(pages_percent)
        {
            self.write_pages(record, object, size);
        }
        if self.random.percent(25) && object.identity.facet.is_none() {
            let due_ms = self.random.within(0..1_000) as i64 - 100;
            record.alarm =
                Some(if self.random.one_in(3) { AlarmChange::Clear } else { AlarmChange::Set(due_ms) });
        }
    }

    fn write_keys(&mut self, record: &mut CommitRecord) {
        for _ in 0..self.random.within(1..5) {
            let key = Key::from(format!("key {}", self.random.index(8)));
            if record.kv.iter().any(|(written, _)| *written == key) {
                continue;
            }
            let value = (!self.random.one_in(4)).then(|| self.value());
            record.kv.push((key, value));
        }
    }

    fn value(&mut self) -> Value {
        let most = match self.shape {
            Shape::Large => 20_000,
            _ if self.random.one_in(10) => 2_000,
            _ => 60,
        };
        let len = self.random.index(most);
        // A value that looks like the log itself must not confuse it.
        let pattern: &[u8] = if self.random.one_in(8) { b"grup\x01\0\0\0stdf-log" } else { &[0] };
        let tag = self.made as u8;
        (0..len).map(|at| pattern[at % pattern.len()] ^ if pattern.len() == 1 { tag } else { 0 }).collect()
    }

    fn write_pages(&mut self, record: &mut CommitRecord, object: &Object, mut size: u32) {
        if size == 0 || self.random.one_in(4) {
            size = self.random.within(1..u64::from(PAGES_MAX)) as u32;
            record.database_pages = Some(size);
        }
        for _ in 0..self.random.within(1..4) {
            let no = PageNo(self.random.within(1..u64::from(size) + 1) as u32);
            if record.pages.iter().any(|(written, _)| *written == no) {
                continue;
            }
            let before = object.pages.get(&no).filter(|_| record.reset.is_none());
            record.pages.push((no, self.page(before)));
        }
    }

    /// Most often a few bytes of the page before, as an UPDATE changes them.
    fn page(&mut self, before: Option<&PageImage>) -> PageImage {
        let mut image = match before {
            Some(before) if !self.random.one_in(4) => before.to_vec(),
            _ => vec![0; SQL_PAGE_BYTES],
        };
        for _ in 0..self.random.within(1..5) {
            let most = if self.random.one_in(6) { 3_000 } else { 40 };
            let len = self.random.within(1..most) as usize;
            let at = self.random.index(SQL_PAGE_BYTES - len + 1);
            let noise = self.random.one_in(2);
            let fill = self.made as u8;
            for byte in &mut image[at..at + len] {
                *byte = if noise { self.random.bits() as u8 } else { fill };
            }
        }
        Bytes::from(image)
    }
}

const OBJECTS_MAX: usize = 6;
/// Three sectors, with the header.
const UNIFORM_VALUE_BYTES: usize = 1_300;
