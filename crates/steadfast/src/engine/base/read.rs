use std::path::PathBuf;
use std::sync::{Arc, Mutex};

use rusqlite::{Connection, OpenFlags, OptionalExtension, ToSql, params};

use super::history;
use super::object_row::{COLUMN_COUNT, COLUMNS, ObjectRow};
use super::open::connect;
use super::rows::{Altered, blob, kv_sum, matches, page_sum, unpack_page};
use super::sql_no;
use crate::engine::error::Damage;
use crate::engine::{
    AlarmEntry, Direction, EngineError, HistoryItem, Identity, Key, ObjectHeader, ObjectNo, PageImage,
    PageNo, Value, lock,
};
use crate::limits::ID_BYTES;

/// Reads the base, from any thread.
pub(in crate::engine) struct BaseReader {
    path: PathBuf,
    connections: Mutex<Connections>,
}

enum Connections {
    /// Connections nobody reads with at the moment; as many exist as threads once read at a time.
    Idle(Vec<Connection>),
    /// The connection that also writes.
    Shared(Arc<Mutex<Connection>>),
    Closed,
}

/// Borrows a connection until it is dropped.
enum Lease<'a> {
    Own { reader: &'a BaseReader, connection: Option<Connection> },
    Shared(Arc<Mutex<Connection>>),
}

/// A range as SQL takes it: from `start` on, up to but without `end`.
pub(in crate::engine) struct HalfOpenRange {
    pub(in crate::engine) start: Key,
    pub(in crate::engine) end: Option<Key>,
}

impl BaseReader {
    pub(super) fn pool(path: PathBuf) -> Self {
        Self { path, connections: Mutex::new(Connections::Idle(Vec::new())) }
    }

    pub(super) fn shared(path: PathBuf, connection: Arc<Mutex<Connection>>) -> Self {
        Self { path, connections: Mutex::new(Connections::Shared(connection)) }
    }

    /// The value of a key.
    pub(in crate::engine) fn get(&self, object: ObjectNo, key: &[u8]) -> Result<Option<Value>, EngineError> {
        let row: Option<(Value, Option<i64>)> = self.read(|connection| {
            connection
                .prepare_cached("SELECT val, sum FROM kv WHERE obj = ?1 AND key = ?2")?
                .query_row(params![sql_no(object), key], |row| Ok((blob(row, 0)?, row.get(1)?)))
                .optional()
        })?;
        let Some((value, sum)) = row else { return Ok(None) };
        self.verify(object, matches(sum, kv_sum(object, key, &value)))?;
        Ok(Some(value))
    }

    /// A page of an object's database.
    pub(in crate::engine) fn page(
        &self,
        object: ObjectNo,
        no: PageNo,
    ) -> Result<Option<PageImage>, EngineError> {
        let row: Option<(Value, Option<i64>)> = self.read(|connection| {
            connection
                .prepare_cached("SELECT data, sum FROM page WHERE obj = ?1 AND no = ?2")?
                .query_row(params![sql_no(object), no.0], |row| Ok((blob(row, 0)?, row.get(1)?)))
                .optional()
        })?;
        let Some((stored, sum)) = row else { return Ok(None) };
        self.verify(object, matches(sum, page_sum(object, no, &stored)))?;
        self.verify(object, unpack_page(&stored)).map(Some)
    }

    /// Hands the rows of a range to `visit`, in order, until it says `false`.
    pub(in crate::engine) fn scan(
        &self,
        object: ObjectNo,
        range: &HalfOpenRange,
        direction: Direction,
        mut visit: impl FnMut(&[u8], &[u8]) -> bool,
    ) -> Result<(), EngineError> {
        let end = range.end.as_deref();
        let sql = match (direction, end) {
            (Direction::Forward, None) => {
                "SELECT key, val, sum FROM kv WHERE obj = ?1 AND key >= ?2 ORDER BY key"
            }
            (Direction::Forward, Some(_)) => {
                "SELECT key, val, sum FROM kv WHERE obj = ?1 AND key >= ?2 AND key < ?3 ORDER BY key"
            }
            (Direction::Reverse, None) => {
                "SELECT key, val, sum FROM kv WHERE obj = ?1 AND key >= ?2 ORDER BY key DESC"
            }
            (Direction::Reverse, Some(_)) => {
                "SELECT key, val, sum FROM kv WHERE obj = ?1 AND key >= ?2 AND key < ?3 ORDER BY key DESC"
            }
        };
        let (no, start) = (sql_no(object), &range.start[..]);
        let bounds: [&dyn ToSql; 3] = [&no, &start, &end];
        let used = if end.is_some() { 3 } else { 2 };
        let altered = self.read(|connection| {
            let mut statement = connection.prepare_cached(sql)?;
            let mut rows = statement.query(&bounds[..used])?;
            while let Some(row) = rows.next()? {
                let (key, value) = (row.get_ref(0)?.as_blob()?, row.get_ref(1)?.as_blob()?);
                let intact = matches(row.get(2)?, kv_sum(object, key, value));
                if intact.is_err() || !visit(key, value) {
                    return Ok(intact);
                }
            }
            Ok(Ok(()))
        })?;
        self.verify(object, altered)
    }

    /// The number of the object with this identity that is no facet.
    pub(in crate::engine) fn find(
        &self,
        namespace: &str,
        id: &[u8; ID_BYTES],
    ) -> Result<Option<ObjectNo>, EngineError> {
        let found: Option<i64> = self.read(|connection| {
            connection
                .prepare_cached(
                    "SELECT no FROM object WHERE namespace = (SELECT no FROM namespace WHERE key = ?1)
                     AND id = ?2 AND parent = 0 AND facet = ''",
                )?
                .query_row(params![namespace, id], |row| row.get(0))
                .optional()
        })?;
        found.map(|no| self.object_no(no)).transpose()
    }

    /// The facets of the root with this identity: each with its parent and name.
    pub(in crate::engine) fn facets(
        &self,
        namespace: &str,
        id: &[u8; ID_BYTES],
    ) -> Result<Vec<(ObjectNo, Arc<str>, ObjectNo)>, EngineError> {
        let rows: Vec<(i64, Arc<str>, i64)> = self.read(|connection| {
            connection
                .prepare_cached(
                    "SELECT parent, facet, no FROM object
                     WHERE namespace = (SELECT no FROM namespace WHERE key = ?1) AND id = ?2 AND parent > 0",
                )?
                .query_map(params![namespace, id], |row| Ok((row.get(0)?, row.get(1)?, row.get(2)?)))?
                .collect()
        })?;
        let entries = rows
            .into_iter()
            .map(|(parent, name, no)| Ok((self.object_no(parent)?, name, self.object_no(no)?)));
        entries.collect()
    }

    /// The header of an object.
    pub(in crate::engine) fn header(&self, object: ObjectNo) -> Result<Option<ObjectHeader>, EngineError> {
        let row = self.read(|connection| {
            connection
                .prepare_cached(&format!("SELECT {COLUMNS} FROM object WHERE no = ?1"))?
                .query_row([sql_no(object)], ObjectRow::of)
                .optional()
        })?;
        let row = row.map(|row| self.verify(object, row.verified())).transpose()?;
        Ok(row.map(|row| row.header(object)))
    }

    /// The identity of an object that is no facet.
    pub(in crate::engine) fn identity(&self, object: ObjectNo) -> Result<Option<Identity>, EngineError> {
        let row = self.read(|connection| {
            connection
                .prepare_cached(&format!(
                    "SELECT {COLUMNS}, namespace.key FROM object JOIN namespace ON namespace.no = namespace
                     WHERE object.no = ?1 AND parent = 0 AND facet = ''"
                ))?
                .query_row([sql_no(object)], |row| Ok((ObjectRow::of(row)?, row.get(COLUMN_COUNT)?)))
                .optional()
        })?;
        let Some((row, namespace)) = row else { return Ok(None) };
        let row = self.verify(object, row.verified())?;
        Ok(Some(Identity { namespace, id: self.id(&row.id, row.no)?, name: row.name, facet: None }))
    }

    /// At most `limit` alarms, in order of time and object, behind `after` and due by `until_ms`.
    pub(in crate::engine) fn due_alarms(
        &self,
        after: Option<(i64, ObjectNo)>,
        until_ms: i64,
        limit: usize,
    ) -> Result<Vec<AlarmEntry>, EngineError> {
        let (after_ms, after_no) = after.map_or((i64::MIN, 0), |(due_ms, object)| (due_ms, sql_no(object)));
        let limit = i64::try_from(limit).unwrap_or(i64::MAX);
        let rows: Vec<(ObjectRow, Arc<str>)> = self.read(|connection| {
            connection
                .prepare_cached(&format!(
                    "SELECT {COLUMNS}, namespace.key FROM object JOIN namespace ON namespace.no = namespace
                     WHERE alarm_ms IS NOT NULL AND (alarm_ms, object.no) > (?1, ?2) AND alarm_ms <= ?3
                     AND parent = 0 AND facet = '' ORDER BY alarm_ms, object.no LIMIT ?4"
                ))?
                .query_map(params![after_ms, after_no, until_ms, limit], |row| {
                    Ok((ObjectRow::of(row)?, row.get(COLUMN_COUNT)?))
                })?
                .collect()
        })?;
        let entries = rows.into_iter().map(|(row, namespace)| {
            let object = self.object_no(row.no)?;
            let row = self.verify(object, row.verified())?;
            let due_ms = row.alarm_ms.expect("only rows with an alarm were asked for");
            Ok(AlarmEntry { due_ms, object, namespace, id: self.id(&row.id, row.no)?, name: row.name })
        });
        entries.collect()
    }

    /// The states of items at a bookmark, of all that changed since.
    pub(in crate::engine) fn history(
        &self,
        object: ObjectNo,
        bookmark: u64,
    ) -> Result<Vec<(HistoryItem, Option<Value>)>, EngineError> {
        let found = self.read(|connection| history::since(connection, object, bookmark))?;
        self.verify(object, found)
    }

    /// The last interval that began at or before a time.
    pub(in crate::engine) fn interval_at(
        &self,
        object: ObjectNo,
        time_ms: i64,
    ) -> Result<Option<(u64, i64)>, EngineError> {
        self.read(|connection| history::interval_at(connection, object, time_ms))
    }

    /// The first interval that is kept.
    pub(in crate::engine) fn oldest_interval(
        &self,
        object: ObjectNo,
    ) -> Result<Option<(u64, i64)>, EngineError> {
        self.read(|connection| history::oldest_interval(connection, object))
    }

    /// The keys of all namespaces.
    pub(in crate::engine) fn namespaces(&self) -> Result<Vec<Arc<str>>, EngineError> {
        self.read(|connection| {
            connection.prepare_cached("SELECT key FROM namespace")?.query_map((), |row| row.get(0))?.collect()
        })
    }

    /// At most `limit` objects of a namespace with an id above `after`, in order of id, facets aside.
    pub(in crate::engine) fn objects(
        &self,
        namespace: &str,
        after: Option<&[u8; ID_BYTES]>,
        limit: usize,
    ) -> Result<Vec<([u8; ID_BYTES], ObjectNo)>, EngineError> {
        // No id is empty, so the empty one is below all.
        let after = after.map_or(&[][..], |id| &id[..]);
        let limit = i64::try_from(limit).unwrap_or(i64::MAX);
        let rows: Vec<(Value, i64)> = self.read(|connection| {
            connection
                .prepare_cached(
                    "SELECT id, no FROM object
                     WHERE namespace = (SELECT no FROM namespace WHERE key = ?1)
                     AND id > ?2 AND parent = 0 AND facet = '' ORDER BY id LIMIT ?3",
                )?
                .query_map(params![namespace, after, limit], |row| Ok((blob(row, 0)?, row.get(1)?)))?
                .collect()
        })?;
        let entries = rows.into_iter().map(|(id, no)| Ok((self.id(&id, no)?, self.object_no(no)?)));
        entries.collect()
    }

    /// Ends all reading.
    pub(in crate::engine) fn close(&self) {
        *lock(&self.connections) = Connections::Closed;
    }

    pub(in crate::engine) fn is_closed(&self) -> bool {
        matches!(*lock(&self.connections), Connections::Closed)
    }

    fn id(&self, id: &[u8], no: i64) -> Result<[u8; ID_BYTES], EngineError> {
        let id = <[u8; ID_BYTES]>::try_from(id);
        id.map_err(|_| EngineError::damaged(&self.path, Damage::BadObject { object: no }))
    }

    fn verify<T>(&self, object: ObjectNo, row: Result<T, Altered>) -> Result<T, EngineError> {
        row.map_err(|Altered| EngineError::damaged(&self.path, Damage::Altered { object }))
    }

    fn object_no(&self, no: i64) -> Result<ObjectNo, EngineError> {
        let valid = u64::try_from(no).ok().filter(|no| *no > 0).map(ObjectNo);
        valid.ok_or_else(|| EngineError::damaged(&self.path, Damage::BadObject { object: no }))
    }

    fn read<T>(&self, with: impl FnOnce(&Connection) -> rusqlite::Result<T>) -> Result<T, EngineError> {
        let lease = self.lease()?;
        let outcome = match &lease {
            Lease::Own { connection, .. } => with(connection.as_ref().expect("a lease has its connection")),
            Lease::Shared(connection) => with(&lock(connection)),
        };
        outcome.map_err(|source| EngineError::sqlite(&self.path, source))
    }

    fn lease(&self) -> Result<Lease<'_>, EngineError> {
        let idle = match &mut *lock(&self.connections) {
            Connections::Idle(idle) => idle.pop(),
            Connections::Shared(connection) => return Ok(Lease::Shared(connection.clone())),
            Connections::Closed => return Err(EngineError::Closed),
        };
        let connection = match idle {
            Some(connection) => connection,
            None => {
                let connection = connect(&self.path, OpenFlags::SQLITE_OPEN_READ_ONLY)?;
                connection.set_prepared_statement_cache_capacity(STATEMENTS);
                connection
            }
        };
        Ok(Lease::Own { reader: self, connection: Some(connection) })
    }
}

impl Drop for Lease<'_> {
    fn drop(&mut self) {
        if let Self::Own { reader, connection } = self
            && let Connections::Idle(idle) = &mut *lock(&reader.connections)
        {
            idle.extend(connection.take());
        }
    }
}

/// Statements kept prepared: all there are.
const STATEMENTS: usize = 32;
