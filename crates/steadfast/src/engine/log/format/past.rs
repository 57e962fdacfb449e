//! The part of a body that is about what its object was before.

use super::wire::{Malformed, Reader, put_bytes, put_number, put_optional};
use crate::engine::{Bookmarks, CommitRecord, HistoryChange, HistoryItem, Key, PageNo, Restore, Value};

/// Whether a record has this part.
pub(super) fn has_past(record: &CommitRecord) -> bool {
    record.bookmarks.is_some() || record.history.is_some()
}

/// Appends it.
pub(super) fn put_past(into: &mut Vec<u8>, record: &CommitRecord) {
    let CommitRecord { bookmarks, history, .. } = record;
    let restore = bookmarks.and_then(|bookmarks| bookmarks.restore);
    let begun_ms = history.as_ref().and_then(|history| history.begun_ms);
    let keep_since_ms = history.as_ref().and_then(|history| history.keep_since_ms);
    let mut flags = 0;
    let mut flag = |set: bool, flag: u8| flags |= if set { flag } else { 0 };
    flag(bookmarks.is_some(), BOOKMARKS);
    flag(restore.is_some(), RESTORE);
    flag(history.is_some(), HISTORY);
    flag(begun_ms.is_some(), BEGUN);
    flag(keep_since_ms.is_some(), KEEP_SINCE);
    into.push(flags);
    if let Some(Bookmarks { next, .. }) = bookmarks {
        put_number(into, *next);
    }
    if let Some(Restore { to, undo }) = restore {
        put_number(into, to);
        put_number(into, undo);
    }
    let Some(history) = history else { return };
    put_number(into, history.interval);
    for time_ms in [begun_ms, keep_since_ms].into_iter().flatten() {
        into.extend_from_slice(&time_ms.to_le_bytes());
    }
    put_number(into, history.before.len() as u64);
    for (item, old) in &history.before {
        match item {
            HistoryItem::Key(key) => {
                into.push(KEY);
                put_bytes(into, key);
            }
            HistoryItem::Page(no) => {
                into.push(PAGE);
                put_number(into, u64::from(no.0));
            }
            HistoryItem::DatabasePages => into.push(DATABASE_PAGES),
            HistoryItem::Alarm => into.push(ALARM),
        }
        put_optional(into, old.as_deref());
    }
}

/// Reads it into a record.
pub(super) fn take_past(reader: &mut Reader<'_>, record: &mut CommitRecord) -> Result<(), Malformed> {
    let flags = reader.byte("flags of the past")?;
    if flags & !(BOOKMARKS | RESTORE | HISTORY | BEGUN | KEEP_SINCE) != 0 {
        return Err(Malformed { part: "flags of the past" });
    }
    if flags & BOOKMARKS != 0 {
        let next = reader.number("bookmark")?;
        let restore = match flags & RESTORE {
            0 => None,
            _ => Some(Restore { to: reader.number("restore")?, undo: reader.number("undo")? }),
        };
        record.bookmarks = Some(Bookmarks { next, restore });
    }
    if flags & HISTORY == 0 {
        return Ok(());
    }
    let interval = reader.number("interval")?;
    let mut time = |flag: u8| match flags & flag {
        0 => Ok(None),
        _ => reader.array("time").map(i64::from_le_bytes).map(Some),
    };
    let (begun_ms, keep_since_ms) = (time(BEGUN)?, time(KEEP_SINCE)?);
    let mut before = Vec::new();
    for _ in 0..reader.count("number of earlier states")? {
        let item = match reader.byte("kind of item")? {
            KEY => HistoryItem::Key(Key::copy_from_slice(reader.bytes("key")?)),
            PAGE => HistoryItem::Page(PageNo(reader.number_u32("page number")?)),
            DATABASE_PAGES => HistoryItem::DatabasePages,
            ALARM => HistoryItem::Alarm,
            _ => return Err(Malformed { part: "kind of item" }),
        };
        before.push((item, reader.optional("earlier state")?.map(Value::copy_from_slice)));
    }
    record.history = Some(HistoryChange { interval, begun_ms, keep_since_ms, before });
    Ok(())
}

const BOOKMARKS: u8 = 1;
const RESTORE: u8 = 2;
const HISTORY: u8 = 4;
const BEGUN: u8 = 8;
const KEEP_SINCE: u8 = 16;
// Kinds of items.
const KEY: u8 = 0;
const PAGE: u8 = 1;
const DATABASE_PAGES: u8 = 2;
const ALARM: u8 = 3;
