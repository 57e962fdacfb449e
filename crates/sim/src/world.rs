//! What an engine should hold, as plain maps, and what one does hold.

use std::collections::BTreeMap;
use std::ops::Bound;
use std::sync::Arc;

use steadfast::engine::{
    AlarmEntry, CommitRecord, Direction, Engine, EngineError, Identity, Key, KeyRange, ObjectNo, PageImage,
    PageNo, Value,
};

/// All objects. Cheap to clone: objects are shared until they change.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct World {
    objects: BTreeMap<ObjectNo, Arc<Object>>,
}

/// One object.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Object {
    /// Who it is.
    pub identity: Identity,
    /// How often it was deleted.
    pub incarnation: u32,
    /// What it stores.
    pub kv: BTreeMap<Key, Value>,
    /// The size of its database.
    pub database_pages: u32,
    /// The pages of it that were written.
    pub pages: BTreeMap<PageNo, PageImage>,
    /// When its alarm is due.
    pub alarm_ms: Option<i64>,
}

impl Object {
    fn new(identity: Identity) -> Self {
        Self {
            identity,
            incarnation: 0,
            kv: BTreeMap::new(),
            database_pages: 0,
            pages: BTreeMap::new(),
            alarm_ms: None,
        }
    }

    fn apply(&mut self, record: &CommitRecord) {
        if record.reset.is_some() {
            *self = Self { incarnation: record.incarnation, ..Self::new(self.identity.clone()) };
        }
        for (key, value) in &record.kv {
            match value {
                Some(value) => self.kv.insert(key.clone(), value.clone()),
                None => self.kv.remove(key),
            };
        }
        if let Some(pages) = record.database_pages {
            self.database_pages = pages;
            self.pages.retain(|no, _| no.0 <= pages);
        }
        self.pages.extend(record.pages.iter().cloned());
        if let Some(change) = record.alarm {
            self.alarm_ms = change.due_ms();
        }
    }
}

impl World {
    /// The objects by number.
    pub fn objects(&self) -> impl ExactSizeIterator<Item = (ObjectNo, &Object)> {
        self.objects.iter().map(|(no, object)| (*no, &**object))
    }

    /// One object.
    pub fn object(&self, no: ObjectNo) -> Option<&Object> {
        self.objects.get(&no).map(|object| &**object)
    }

    /// Applies a record, as a whole.
    ///
    /// # Panics
    /// If the first record of an object does not say who it is.
    pub fn apply(&mut self, record: &CommitRecord) {
        let object = self.objects.entry(record.object).or_insert_with(|| {
            let identity = record.created.clone().expect("the first record of an object creates it");
            Arc::new(Object::new(identity))
        });
        Arc::make_mut(object).apply(record);
    }

    /// Reads everything an engine holds. Facets are not listed by engines, so those that may exist are
    /// asked for by number.
    ///
    /// # Errors
    /// When the engine cannot be read.
    pub fn read(engine: &dyn Engine, facets: &World) -> Result<Self, EngineError> {
        let mut world = Self::default();
        let mut alarms = Vec::new();
        for namespace in engine.namespaces()? {
            for entry in engine.objects(&namespace, None, usize::MAX)? {
                let header = engine.lookup(&namespace, &entry.id)?;
                assert_eq!(header.as_ref(), Some(&entry.header), "list and lookup differ");
                let name = entry.header.name.clone();
                let identity = Identity { namespace: namespace.clone(), id: entry.id, name, facet: None };
                let mut object = Object::new(identity);
                object.incarnation = entry.header.incarnation;
                object.database_pages = entry.header.database_pages;
                object.alarm_ms = entry.header.alarm_ms;
                alarms.extend(object.alarm_entry(entry.header.no));
                object.read_data(engine, entry.header.no)?;
                world.objects.insert(entry.header.no, Arc::new(object));
            }
        }
        alarms.sort_by_key(|alarm| (alarm.due_ms, alarm.object));
        assert_eq!(engine.due_alarms(None, i64::MAX, usize::MAX)?, alarms, "headers and alarms differ");
        for (no, facet) in facets.objects().filter(|(_, object)| object.identity.facet.is_some()) {
            let mut object = Object::new(facet.identity.clone());
            object.read_data(engine, no)?;
            // What engines only tell by identity is not compared, and of a facet nothing is.
            object.incarnation = facet.incarnation;
            object.alarm_ms = facet.alarm_ms;
            object.database_pages = facet.database_pages;
            world.objects.insert(no, Arc::new(object));
        }
        Ok(world)
    }

    /// Reads keys, values and pages of the objects of another world, and nothing else of them.
    ///
    /// # Errors
    /// When the engine cannot be read.
    pub fn read_data(engine: &dyn Engine, of: &World) -> Result<Self, EngineError> {
        let mut world = Self::default();
        for (no, object) in of.objects() {
            let mut read = Object::new(object.identity.clone());
            read.read_data(engine, no)?;
            world.objects.insert(no, Arc::new(read));
        }
        Ok(world)
    }

    /// In a few words, what another world has that this one has not, or has otherwise: keys, values and pages.
    pub fn what_differs_in(&self, found: &World) -> Option<String> {
        found.objects().find_map(|(no, found)| {
            let known = self.object(no);
            let wrong_key = found
                .kv
                .iter()
                .find(|(key, value)| known.and_then(|known| known.kv.get(*key)) != Some(value));
            let wrong_page = found
                .pages
                .iter()
                .find(|(page, image)| known.and_then(|known| known.pages.get(page)) != Some(image));
            wrong_key
                .map(|(key, _)| format!("object {}: {key:?}", no.0))
                .or(wrong_page.map(|(page, _)| format!("object {}: page {}", no.0, page.0)))
        })
    }

    /// In a few words, where two worlds differ.
    pub fn difference(&self, other: &World) -> Option<String> {
        let numbers = self.objects.keys().chain(other.objects.keys());
        numbers.copied().find_map(|no| match (self.object(no), other.object(no)) {
            (None, None) => None,
            (Some(one), Some(two)) => one.difference(two).map(|what| format!("object {}: {what}", no.0)),
            (one, _) => Some(format!(
                "object {} is only in the {}",
                no.0,
                if one.is_some() { "first" } else { "second" }
            )),
        })
    }
}

impl Object {
    fn alarm_entry(&self, object: ObjectNo) -> Option<AlarmEntry> {
        let Identity { namespace, id, name, .. } = self.identity.clone();
        self.alarm_ms.map(|due_ms| AlarmEntry { due_ms, object, namespace, id, name })
    }

    fn read_data(&mut self, engine: &dyn Engine, no: ObjectNo) -> Result<(), EngineError> {
        let everything = KeyRange { start: Bound::Unbounded, end: Bound::Unbounded };
        self.kv = engine.range(no, &everything, Direction::Forward, usize::MAX)?.into_iter().collect();
        for page in (1..=PAGES_MAX).map(PageNo) {
            if let Some(image) = engine.page(no, page)? {
                self.pages.insert(page, image);
            }
        }
        Ok(())
    }

    fn difference(&self, other: &Object) -> Option<String> {
        let of = |what: &str, one: &dyn std::fmt::Debug, two: &dyn std::fmt::Debug| {
            format!("{what} is {one:?} in the first and {two:?} in the second")
        };
        if self.incarnation != other.incarnation {
            return Some(of("incarnation", &self.incarnation, &other.incarnation));
        }
        if self.alarm_ms != other.alarm_ms {
            return Some(of("alarm", &self.alarm_ms, &other.alarm_ms));
        }
        if self.database_pages != other.database_pages {
            return Some(of("database_pages", &self.database_pages, &other.database_pages));
        }
        let short = |bytes: Option<&Value>| bytes.map(|bytes| bytes.slice(..bytes.len().min(16)));
        let mut keys = self.kv.keys().chain(other.kv.keys());
        if let Some(key) = keys.find(|key| self.kv.get(*key) != other.kv.get(*key)) {
            return Some(of(&format!("{key:?}"), &short(self.kv.get(key)), &short(other.kv.get(key))));
        }
        let mut pages = self.pages.keys().chain(other.pages.keys());
        if let Some(no) = pages.find(|no| self.pages.get(no) != other.pages.get(no)) {
            let (one, two) = (short(self.pages.get(no)), short(other.pages.get(no)));
            return Some(of(&format!("page {}", no.0), &one, &two));
        }
        (self != other).then(|| String::from("they are not the same object"))
    }
}

/// Databases of a run are smaller than this.
pub const PAGES_MAX: u32 = 12;
