use std::ops::Bound;
use std::sync::Arc;

use super::TransferError;
use super::database::ObjectDatabase;
use super::layout::parse_id;
use super::walk::{for_each_key, object_count};
use crate::engine::{Direction, Engine, KeyRange, ObjectEntry, Value};
use crate::id::IdFactory;
use crate::limits::{ID_BYTES, SQL_PAGE_BYTES};

/// A namespace with its number of objects.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct NamespaceSummary {
    /// The unique key, `<worker>-<Class>`.
    pub key: Arc<str>,
    /// Objects that ever wrote something.
    pub objects: u64,
}

/// What an object stores, in numbers.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct ObjectSummary {
    /// The 32-byte id.
    pub id: [u8; ID_BYTES],
    /// The name it was first reached by.
    pub name: Option<Arc<str>>,
    /// How many keys it has.
    pub keys: u64,
    /// The size of its SQL database in bytes; 0 without one.
    pub database_bytes: u64,
    /// Its tables, by name; those SQLite keeps for itself aside.
    pub tables: Vec<String>,
    /// When its alarm is due, in milliseconds since the Unix epoch.
    pub alarm_ms: Option<i64>,
}

/// A key with its value.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct KeyEntry {
    /// The key.
    pub key: String,
    /// The value as it is stored: V8's serialisation.
    pub value: Value,
}

/// A table with its number of rows.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct TableSummary {
    /// The name.
    pub name: String,
    /// How many rows it has; none if SQLite cannot say, and why.
    pub rows: Result<u64, String>,
}

/// Everything about one object.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct ObjectDetails {
    /// The numbers.
    pub summary: ObjectSummary,
    /// The first of its keys.
    pub keys: Vec<KeyEntry>,
    /// All its tables.
    pub tables: Vec<TableSummary>,
}

/// The namespaces an engine holds, sorted by key.
///
/// # Errors
/// When the engine cannot be read.
pub fn inspect_namespaces(engine: &Arc<dyn Engine>) -> Result<Vec<NamespaceSummary>, TransferError> {
    let keys = engine.namespaces()?.into_iter();
    keys.map(|key| Ok(NamespaceSummary { objects: object_count(&**engine, &key)?, key })).collect()
}

/// The first `limit` objects of a namespace, in order of their ids.
///
/// # Errors
/// When the engine cannot be read, or an object's database.
pub fn inspect_objects(
    engine: &Arc<dyn Engine>,
    namespace: &str,
    limit: usize,
) -> Result<Vec<ObjectSummary>, TransferError> {
    let objects = engine.objects(namespace, None, limit)?.into_iter();
    objects.map(|object| summary(engine, &object)).collect()
}

/// One object with the first `limit` of its keys; none if it never wrote anything. `object` is its id
/// as 64 hex digits, or the name it is reached by.
///
/// # Errors
/// When the engine cannot be read, or the object's database.
pub fn inspect_object(
    engine: &Arc<dyn Engine>,
    namespace: &str,
    object: &str,
    limit: usize,
) -> Result<Option<ObjectDetails>, TransferError> {
    let ids = IdFactory::new(namespace);
    let by_id = parse_id(&object.to_ascii_lowercase());
    let Some((id, header)) = by_id
        .into_iter()
        .chain([*ids.from_name(object).bytes()])
        .find_map(|id| engine.lookup(namespace, &id).map(|found| Some((id, found?))).transpose())
        .transpose()?
    else {
        return Ok(None);
    };
    let all = KeyRange { start: Bound::Unbounded, end: Bound::Unbounded };
    let keys = engine.range(header.no, &all, Direction::Forward, limit)?.into_iter();
    let keys = keys.map(|(key, value)| KeyEntry { key: String::from_utf8_lossy(&key).into_owned(), value });
    let tables = match ObjectDatabase::open(engine, &header)? {
        Some(database) => {
            let names = database.tables()?.into_iter();
            names.map(|name| TableSummary { rows: database.row_count(&name), name }).collect()
        }
        None => Vec::new(),
    };
    let summary = summary(engine, &ObjectEntry { id, header })?;
    Ok(Some(ObjectDetails { summary, keys: keys.collect(), tables }))
}

fn summary(engine: &Arc<dyn Engine>, object: &ObjectEntry) -> Result<ObjectSummary, TransferError> {
    let header = &object.header;
    let mut keys = 0;
    for_each_key(&**engine, header.no, |_, _| {
        keys += 1;
        Ok(())
    })?;
    let tables = match ObjectDatabase::open(engine, header)? {
        Some(database) => database.tables()?,
        None => Vec::new(),
    };
    Ok(ObjectSummary {
        id: object.id,
        name: header.name.clone(),
        keys,
        database_bytes: u64::from(header.database_pages) * SQL_PAGE_BYTES as u64,
        tables,
        alarm_ms: header.alarm_ms,
    })
}
