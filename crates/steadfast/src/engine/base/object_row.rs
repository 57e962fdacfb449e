//! The rows of the table `object`, with their checksum.

use std::sync::Arc;

use rusqlite::{Connection, OptionalExtension, Row, params};

use super::rows::{Altered, blob, matches};
use super::{history, sql_no};
use crate::engine::group::GroupEffect;
use crate::engine::{Identity, ObjectHeader, ObjectNo, Value};

/// What [`ObjectRow::of`] reads, of the table `object`.
pub(super) const COLUMNS: &str = "object.no, namespace, id, name, parent, facet, incarnation, alarm_ms, \
     pages, bookmark, restore_to, restore_undo, sum";

/// How many columns these are.
pub(super) const COLUMN_COUNT: usize = 13;

/// A row, as it is stored.
pub(super) struct ObjectRow {
    pub(super) no: i64,
    namespace: i64,
    pub(super) id: Value,
    pub(super) name: Option<Arc<str>>,
    parent: i64,
    facet: Arc<str>,
    incarnation: u32,
    pub(super) alarm_ms: Option<i64>,
    pages: Option<u32>,
    bookmark: i64,
    restore_to: Option<i64>,
    restore_undo: Option<i64>,
    sum: Option<i64>,
}

impl ObjectRow {
    /// The first [`COLUMN_COUNT`] columns of a row, which are [`COLUMNS`].
    pub(super) fn of(row: &Row<'_>) -> rusqlite::Result<Self> {
        Ok(Self {
            no: row.get(0)?,
            namespace: row.get(1)?,
            id: blob(row, 2)?,
            name: row.get(3)?,
            parent: row.get(4)?,
            facet: row.get(5)?,
            incarnation: row.get(6)?,
            alarm_ms: row.get(7)?,
            pages: row.get(8)?,
            bookmark: row.get(9)?,
            restore_to: row.get(10)?,
            restore_undo: row.get(11)?,
            sum: row.get(12)?,
        })
    }

    /// The row of an object that was just created.
    pub(super) fn created(object: ObjectNo, namespace: i64, identity: &Identity) -> Self {
        let (parent, facet) = match &identity.facet {
            Some((parent, facet)) => (sql_no(*parent), facet.clone()),
            None => (0, "".into()),
        };
        Self {
            no: sql_no(object),
            namespace,
            id: Value::copy_from_slice(&identity.id),
            name: identity.name.clone(),
            parent,
            facet,
            incarnation: 0,
            alarm_ms: None,
            pages: None,
            bookmark: 0,
            restore_to: None,
            restore_undo: None,
            sum: None,
        }
    }

    pub(super) fn insert(&self, connection: &Connection) -> rusqlite::Result<()> {
        let Self { no, namespace, id, name, parent, facet, incarnation, .. } = self;
        connection
            .prepare_cached(
                "INSERT INTO object (no, namespace, id, name, parent, facet, incarnation, sum)
                 VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8)",
            )?
            .execute(params![
                no,
                namespace,
                &id[..],
                name,
                parent,
                facet,
                incarnation,
                self.expected_sum()
            ])?;
        Ok(())
    }

    /// Itself, if it is what was written. Rows of format 1 have no checksum.
    pub(super) fn verified(self) -> Result<Self, Altered> {
        matches(self.sum, self.expected_sum()).map(|()| self)
    }

    pub(super) fn header(&self, object: ObjectNo) -> ObjectHeader {
        ObjectHeader {
            no: object,
            incarnation: self.incarnation,
            name: self.name.clone(),
            alarm_ms: self.alarm_ms,
            database_pages: self.pages.unwrap_or(0),
            bookmarks: history::bookmarks(self.bookmark, self.restore_to, self.restore_undo),
        }
    }

    fn expected_sum(&self) -> u32 {
        let mut sum = crc32c::crc32c(&self.no.to_le_bytes());
        let mut add = |bytes: &[u8]| sum = crc32c::crc32c_append(sum, bytes);
        add(&self.namespace.to_le_bytes());
        for text in [Some(&self.id[..]), self.name.as_deref().map(str::as_bytes), Some(self.facet.as_bytes())]
        {
            // The length of one more, so that none and empty differ.
            add(&text.map_or(0, |text| text.len() as u64 + 1).to_le_bytes());
            add(text.unwrap_or_default());
        }
        add(&self.parent.to_le_bytes());
        add(&self.incarnation.to_le_bytes());
        let pages = self.pages.map(i64::from);
        for number in [self.alarm_ms, pages, Some(self.bookmark), self.restore_to, self.restore_undo] {
            add(&[u8::from(number.is_some())]);
            add(&number.unwrap_or(0).to_le_bytes());
        }
        sum
    }
}

/// Renews the checksums of the rows that a group has changed since they were inserted.
pub(super) fn renew_sums(connection: &Connection, effect: &GroupEffect<'_>) -> rusqlite::Result<()> {
    let mut changed: Vec<ObjectNo> = effect.wiped.keys().chain(effect.sized.keys()).copied().collect();
    changed.extend(effect.alarms.keys().chain(effect.bookmarks.keys()));
    changed.sort_unstable();
    changed.dedup();
    if changed.is_empty() {
        return Ok(());
    }
    let mut read = connection.prepare_cached(&format!("SELECT {COLUMNS} FROM object WHERE no = ?1"))?;
    let mut write = connection.prepare_cached("UPDATE object SET sum = ?2 WHERE no = ?1")?;
    for object in changed {
        // The pages of an object that is brought in piece by piece come before its row.
        if let Some(row) = read.query_row([sql_no(object)], ObjectRow::of).optional()? {
            write.execute(params![sql_no(object), row.expected_sum()])?;
        }
    }
    Ok(())
}
