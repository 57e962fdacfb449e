//! Everything an engine holds, a bounded number of objects and rows at a time.

use std::ops::Bound;

use super::TransferError;
use crate::engine::{Direction, Key, KeyRange, ObjectEntry, ObjectHeader, ObjectNo, ObjectReader, Value};

/// Hands every object of a namespace to `visit`, in order of the ids, facets aside.
pub(super) fn for_each_object(
    reader: &dyn ObjectReader,
    namespace: &str,
    mut visit: impl FnMut(ObjectEntry) -> Result<(), TransferError>,
) -> Result<(), TransferError> {
    let mut after = None;
    loop {
        let objects = reader.objects(namespace, after.as_ref(), OBJECTS_PER_READ)?;
        let Some(last) = objects.last() else { return Ok(()) };
        after = Some(last.id);
        objects.into_iter().try_for_each(&mut visit)?;
    }
}

/// Hands every key of an object to `visit`, in order of the keys.
pub(super) fn for_each_key(
    reader: &dyn ObjectReader,
    object: ObjectNo,
    mut visit: impl FnMut(Key, Value) -> Result<(), TransferError>,
) -> Result<(), TransferError> {
    let mut start = Bound::Unbounded;
    loop {
        let range = KeyRange { start, end: Bound::Unbounded };
        let rows = reader.range(object, &range, Direction::Forward, ROWS_PER_READ)?;
        let Some((last, _)) = rows.last() else { return Ok(()) };
        start = Bound::Excluded(last.clone());
        rows.into_iter().try_for_each(|(key, value)| visit(key, value))?;
    }
}

/// How many objects a namespace has, facets aside.
pub(super) fn object_count(reader: &dyn ObjectReader, namespace: &str) -> Result<u64, TransferError> {
    let mut objects = 0;
    for_each_object(reader, namespace, |_| {
        objects += 1;
        Ok(())
    })?;
    Ok(objects)
}

/// Whether there is anything of an object but its identity.
pub(super) fn stores_something(
    reader: &dyn ObjectReader,
    header: &ObjectHeader,
) -> Result<bool, TransferError> {
    if header.database_pages > 0 || header.alarm_ms.is_some() || header.bookmarks.next > 0 {
        return Ok(true);
    }
    let all = KeyRange { start: Bound::Unbounded, end: Bound::Unbounded };
    Ok(!reader.range(header.no, &all, Direction::Forward, 1)?.is_empty())
}

/// Ours: a few pages of the base.
const OBJECTS_PER_READ: usize = 1024;
/// Ours: rows may be 2 MiB each.
const ROWS_PER_READ: usize = 16;
