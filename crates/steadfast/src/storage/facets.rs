//! What becomes of an object's data as a whole: facets are deleted and copied that way.

use std::ops::Bound;
use std::sync::Arc;

use super::alarm::AlarmAtDeleteAll;
use super::{StorageError, Store};
use crate::engine::{
    CommitRecord, Direction, Engine, Identity, KeyRange, ObjectHeader, ObjectNo, PageNo, Position, Reset,
};

impl Store {
    /// The object's number; one that never wrote anything is given one, so that others can refer to it. A
    /// position when that was submitted now.
    ///
    /// # Errors
    /// [`StorageError::Poisoned`] when the engine failed.
    pub fn ensure_object(&mut self) -> Result<(ObjectNo, Option<Position>), StorageError> {
        if let Some(object) = self.number {
            return Ok((object, None));
        }
        let object = self.engine.allocate();
        let created = Some(self.identity.clone());
        let position = self.engine.submit(CommitRecord { created, ..CommitRecord::new(object) })?;
        self.number = Some(object);
        self.position = position;
        self.confirmed_position = position;
        Ok((object, Some(position)))
    }
}

/// Deletes everything that an object nobody uses has stored.
///
/// # Errors
/// As [`Store::open`] and [`Store::end_turn`].
pub fn delete_object(engine: &Arc<dyn Engine>, identity: Identity) -> Result<Option<Position>, StorageError> {
    let mut store = Store::open(engine.clone(), identity)?;
    if store.object().is_none() {
        return Ok(None);
    }
    store.delete_all(AlarmAtDeleteAll::Delete)?;
    store.end_turn()
}

/// Puts what an object has submitted in the place of everything another has, in one record; its number, and
/// where that stands. Nobody uses the other.
///
/// # Errors
/// [`StorageError::Engine`] when the engine cannot be read, [`StorageError::Poisoned`] when it failed.
pub fn copy_object(
    engine: &Arc<dyn Engine>,
    from: &ObjectHeader,
    to: Identity,
) -> Result<(ObjectNo, Position), StorageError> {
    let known = Store::header(&**engine, &to)?;
    let everything = KeyRange { start: Bound::Unbounded, end: Bound::Unbounded };
    let kv = engine.range(from.no, &everything, Direction::Forward, usize::MAX)?;
    let mut pages = Vec::new();
    for no in 1..=from.database_pages {
        // One that was never written reads as zeros in the copy too.
        if let Some(page) = engine.page(from.no, PageNo(no))? {
            pages.push((PageNo(no), page));
        }
    }
    let object = known.as_ref().map_or_else(|| engine.allocate(), |known| known.no);
    let position = engine.submit(CommitRecord {
        created: known.is_none().then_some(to),
        incarnation: known.as_ref().map_or(0, |known| known.incarnation + 1),
        reset: known.map(|_| Reset::DeleteAll),
        kv: kv.into_iter().map(|(key, value)| (key, Some(value))).collect(),
        database_pages: (from.database_pages > 0).then_some(from.database_pages),
        pages,
        ..CommitRecord::new(object)
    })?;
    Ok((object, position))
}
