//! The body of a record.

use super::page::{LoggedPage, put_page, take_page};
use super::past::{has_past, put_past, take_past};
use super::wire::{Malformed, Reader, put_bytes, put_number, put_optional};
use crate::engine::{
    AlarmChange, CommitRecord, Epoch, Identity, Key, ObjectNo, PageImage, PageNo, Reset, Value,
};

/// A record as it stands in the log: its pages may lean on what was logged before.
#[derive(Clone, Debug)]
pub(in crate::engine::log) struct LoggedRecord {
    /// The record without its pages.
    pub(in crate::engine::log) record: CommitRecord,
    pub(in crate::engine::log) pages: Vec<(PageNo, LoggedPage)>,
}

/// Appends a body. `previous` has the image each page replaces, where the log has it: as many as pages, or
/// none at all.
pub(in crate::engine::log) fn encode_body(
    into: &mut Vec<u8>,
    record: &CommitRecord,
    previous: &[Option<PageImage>],
) {
    put_number(into, record.object.0);
    let mut flags = 0;
    let mut flag = |set: bool, flag: u8| flags |= if set { flag } else { 0 };
    flag(record.created.is_some(), CREATED);
    flag(record.incarnation != 0, INCARNATION);
    flag(record.ownership != Epoch::LOCAL, OWNERSHIP);
    flag(record.reset.is_some(), RESET);
    flag(record.alarm.is_some(), ALARM);
    flag(record.database_pages.is_some(), DATABASE_PAGES);
    flag(!record.pages.is_empty(), PAGES);
    flag(has_past(record), PAST);
    into.push(flags);
    if let Some(identity) = &record.created {
        put_identity(into, identity);
    }
    if record.incarnation != 0 {
        put_number(into, u64::from(record.incarnation));
    }
    if record.ownership != Epoch::LOCAL {
        put_number(into, record.ownership.0);
    }
    match record.reset {
        Some(Reset::DeleteAll) => into.push(DELETE_ALL),
        None => {}
    }
    match record.alarm {
        Some(AlarmChange::Clear) => into.push(ALARM_CLEARED),
        Some(AlarmChange::Set(due_ms)) => {
            into.push(ALARM_SET);
            into.extend_from_slice(&due_ms.to_le_bytes());
        }
        None => {}
    }
    if let Some(pages) = record.database_pages {
        put_number(into, u64::from(pages));
    }
    put_number(into, record.kv.len() as u64);
    for (key, value) in &record.kv {
        put_bytes(into, key);
        put_optional(into, value.as_deref());
    }
    if !record.pages.is_empty() {
        put_number(into, record.pages.len() as u64);
        for (index, (no, image)) in record.pages.iter().enumerate() {
            put_number(into, u64::from(no.0));
            put_page(into, image, previous.get(index).and_then(Option::as_ref));
        }
    }
    if has_past(record) {
        put_past(into, record);
    }
}

/// Reads a body whose checksum was right.
pub(in crate::engine::log) fn decode_body(body: &[u8]) -> Result<LoggedRecord, Malformed> {
    let mut reader = Reader::new(body);
    let mut record = CommitRecord::new(ObjectNo(reader.number("object")?));
    let flags = reader.byte("flags")?;
    if flags & CREATED != 0 {
        record.created = Some(take_identity(&mut reader)?);
    }
    if flags & INCARNATION != 0 {
        record.incarnation = reader.number_u32("incarnation")?;
    }
    if flags & OWNERSHIP != 0 {
        record.ownership = Epoch(reader.number("ownership")?);
    }
    if flags & RESET != 0 {
        record.reset = match reader.byte("reset")? {
            DELETE_ALL => Some(Reset::DeleteAll),
            _ => return Err(Malformed { part: "reset" }),
        };
    }
    if flags & ALARM != 0 {
        record.alarm = match reader.byte("alarm")? {
            ALARM_CLEARED => Some(AlarmChange::Clear),
            ALARM_SET => Some(AlarmChange::Set(i64::from_le_bytes(reader.array("alarm")?))),
            _ => return Err(Malformed { part: "alarm" }),
        };
    }
    if flags & DATABASE_PAGES != 0 {
        record.database_pages = Some(reader.number_u32("database size")?);
    }
    for _ in 0..reader.count("number of keys")? {
        let key = Key::copy_from_slice(reader.bytes("key")?);
        record.kv.push((key, reader.optional("value")?.map(Value::copy_from_slice)));
    }
    let mut pages = Vec::new();
    if flags & PAGES != 0 {
        for _ in 0..reader.count("number of pages")? {
            let no = PageNo(reader.number_u32("page number")?);
            pages.push((no, take_page(&mut reader)?));
        }
    }
    if flags & PAST != 0 {
        take_past(&mut reader, &mut record)?;
    }
    if reader.is_at_end() { Ok(LoggedRecord { record, pages }) } else { Err(Malformed { part: "end" }) }
}

fn put_identity(into: &mut Vec<u8>, identity: &Identity) {
    put_bytes(into, identity.namespace.as_bytes());
    into.extend_from_slice(&identity.id);
    put_optional(into, identity.name.as_ref().map(|name| name.as_bytes()));
    match &identity.facet {
        None => into.push(0),
        Some((parent, facet)) => {
            put_number(into, parent.0);
            put_bytes(into, facet.as_bytes());
        }
    }
}

fn take_identity(reader: &mut Reader<'_>) -> Result<Identity, Malformed> {
    let namespace = reader.text("namespace")?.into();
    let id = reader.array("id")?;
    let name = reader.optional_text("name")?.map(Into::into);
    let facet = match reader.number("parent")? {
        0 => None,
        parent => Some((ObjectNo(parent), reader.text("facet")?.into())),
    };
    Ok(Identity { namespace, id, name, facet })
}

const CREATED: u8 = 1;
const INCARNATION: u8 = 2;
const OWNERSHIP: u8 = 4;
const RESET: u8 = 8;
const ALARM: u8 = 16;
const DATABASE_PAGES: u8 = 32;
const PAGES: u8 = 64;
const PAST: u8 = 128;
const DELETE_ALL: u8 = 1;
const ALARM_CLEARED: u8 = 0;
const ALARM_SET: u8 = 1;
