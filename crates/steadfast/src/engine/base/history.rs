//! The tables `interval` and `history`: what objects were before.

use rusqlite::{Connection, OptionalExtension, Row, params};

use super::rows::{Altered, blob, history_sum, matches};
use super::sql_no;
use crate::engine::group::GroupEffect;
use crate::engine::{Bookmarks, HistoryChange, HistoryItem, Key, ObjectNo, PageNo, Restore, Value};

/// Items with the state they had.
type States = Vec<(HistoryItem, Option<Value>)>;

/// Adds what a group adds to histories, and drops what is too old.
pub(super) fn write(connection: &Connection, effect: &GroupEffect<'_>) -> rusqlite::Result<()> {
    for (object, Bookmarks { next, restore }) in &effect.bookmarks {
        connection
            .prepare_cached(
                "UPDATE object SET bookmark = ?2, restore_to = ?3, restore_undo = ?4 WHERE no = ?1",
            )?
            .execute(params![
                sql_no(*object),
                next.cast_signed(),
                restore.map(|restore| restore.to.cast_signed()),
                restore.map(|restore| restore.undo.cast_signed())
            ])?;
    }
    for (object, change) in &effect.history {
        add(connection, *object, change)?;
    }
    Ok(())
}

fn add(connection: &Connection, object: ObjectNo, change: &HistoryChange) -> rusqlite::Result<()> {
    let (obj, interval) = (sql_no(object), change.interval.cast_signed());
    if let Some(begun_ms) = change.begun_ms {
        connection
            .prepare_cached("INSERT OR IGNORE INTO interval (obj, no, begun_ms) VALUES (?1, ?2, ?3)")?
            .execute(params![obj, interval, begun_ms])?;
    }
    let mut insert = connection.prepare_cached(
        "INSERT OR IGNORE INTO history (obj, kind, item, interval, old, sum)
         VALUES (?1, ?2, ?3, ?4, ?5, ?6)",
    )?;
    for (item, old) in &change.before {
        let (kind, name) = encode(item);
        let sum = history_sum(object, kind, &name, change.interval, old.as_deref());
        insert.execute(params![obj, kind, &name[..], interval, old.as_deref(), sum])?;
    }
    match change.keep_since_ms {
        Some(keep_since_ms) => prune(connection, obj, keep_since_ms),
        None => Ok(()),
    }
}

/// Drops the intervals before the one in which the time to keep begins.
fn prune(connection: &Connection, obj: i64, keep_since_ms: i64) -> rusqlite::Result<()> {
    let first_kept: Option<i64> = connection
        .prepare_cached("SELECT max(no) FROM interval WHERE obj = ?1 AND begun_ms <= ?2")?
        .query_row([obj, keep_since_ms], |row| row.get(0))?;
    let Some(first_kept) = first_kept else { return Ok(()) };
    let dropped = connection
        .prepare_cached("DELETE FROM interval WHERE obj = ?1 AND no < ?2")?
        .execute([obj, first_kept])?;
    if dropped > 0 {
        connection
            .prepare_cached("DELETE FROM history WHERE obj = ?1 AND interval < ?2")?
            .execute([obj, first_kept])?;
    }
    Ok(())
}

/// See [`ObjectReader::history`](crate::engine::ObjectReader::history).
pub(super) fn since(
    connection: &Connection,
    object: ObjectNo,
    bookmark: u64,
) -> rusqlite::Result<Result<States, Altered>> {
    let mut statement = connection.prepare_cached(
        "SELECT kind, item, interval, old, sum FROM history WHERE obj = ?1 AND interval >= ?2
         ORDER BY kind, item, interval",
    )?;
    let mut rows = statement.query(params![sql_no(object), bookmark.cast_signed()])?;
    let mut states = States::new();
    while let Some(row) = rows.next()? {
        let (kind, name): (u8, Value) = (row.get(0)?, blob(row, 1)?);
        let old = row.get_ref(3)?.as_blob_or_null()?.map(Value::copy_from_slice);
        let interval = row.get::<_, i64>(2)?.cast_unsigned();
        let sum = history_sum(object, kind, &name, interval, old.as_deref());
        let item = matches(row.get(4)?, sum)
            .and_then(|()| decode(kind, name))
            .and_then(|item| whole(&item, old.as_deref()).map(|()| item));
        match item {
            Ok(item) if states.last().is_some_and(|(last, _)| *last == item) => {}
            Ok(item) => states.push((item, old)),
            Err(altered) => return Ok(Err(altered)),
        }
    }
    Ok(Ok(states))
}

/// See [`ObjectReader::interval_at`](crate::engine::ObjectReader::interval_at).
pub(super) fn interval_at(
    connection: &Connection,
    object: ObjectNo,
    time_ms: i64,
) -> rusqlite::Result<Option<(u64, i64)>> {
    connection
        .prepare_cached(
            "SELECT no, begun_ms FROM interval WHERE obj = ?1 AND begun_ms <= ?2 ORDER BY no DESC LIMIT 1",
        )?
        .query_row([sql_no(object), time_ms], interval)
        .optional()
}

/// See [`ObjectReader::oldest_interval`](crate::engine::ObjectReader::oldest_interval).
pub(super) fn oldest_interval(
    connection: &Connection,
    object: ObjectNo,
) -> rusqlite::Result<Option<(u64, i64)>> {
    connection
        .prepare_cached("SELECT no, begun_ms FROM interval WHERE obj = ?1 ORDER BY no LIMIT 1")?
        .query_row([sql_no(object)], interval)
        .optional()
}

fn interval(row: &Row<'_>) -> rusqlite::Result<(u64, i64)> {
    Ok((row.get::<_, i64>(0)?.cast_unsigned(), row.get(1)?))
}

/// The columns `bookmark`, `restore_to` and `restore_undo` of an object.
pub(super) fn bookmarks(next: i64, to: Option<i64>, undo: Option<i64>) -> Bookmarks {
    let restore = to.zip(undo);
    let restore = restore.map(|(to, undo)| Restore { to: to.cast_unsigned(), undo: undo.cast_unsigned() });
    Bookmarks { next: next.cast_unsigned(), restore }
}

fn encode(item: &HistoryItem) -> (u8, Key) {
    match item {
        HistoryItem::Key(key) => (KEY, key.clone()),
        HistoryItem::Page(no) => (PAGE, Key::copy_from_slice(&no.0.to_be_bytes())),
        HistoryItem::DatabasePages => (DATABASE_PAGES, Key::new()),
        HistoryItem::Alarm => (ALARM, Key::new()),
    }
}

fn decode(kind: u8, name: Key) -> Result<HistoryItem, Altered> {
    match kind {
        KEY => Ok(HistoryItem::Key(name)),
        PAGE => {
            let no = <[u8; 4]>::try_from(&name[..]).map_err(|_| Altered)?;
            Ok(HistoryItem::Page(PageNo(u32::from_be_bytes(no))))
        }
        DATABASE_PAGES => Ok(HistoryItem::DatabasePages),
        ALARM => Ok(HistoryItem::Alarm),
        _ => Err(Altered),
    }
}

/// Numbers have a fixed length.
fn whole(item: &HistoryItem, old: Option<&[u8]>) -> Result<(), Altered> {
    let bytes = match item {
        HistoryItem::DatabasePages => 4,
        HistoryItem::Alarm => 8,
        HistoryItem::Key(_) | HistoryItem::Page(_) => return Ok(()),
    };
    if old.is_none_or(|old| old.len() == bytes) { Ok(()) } else { Err(Altered) }
}

// Kinds of items, in the order in which they are given back.
const KEY: u8 = 0;
const PAGE: u8 = 1;
const DATABASE_PAGES: u8 = 2;
const ALARM: u8 = 3;
