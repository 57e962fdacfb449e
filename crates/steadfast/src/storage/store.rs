use std::mem;
use std::sync::Arc;

use bytes::Bytes;

use super::StorageError;
use super::alarm::{Alarm, AlarmAtDeleteAll};
use super::bounds::Bounds;
use super::cache::{Cache, Known};
use super::history::Past;
use super::iterate::Iteration;
use super::list::{self, Scan};
use super::occ::History;
use super::pending::Pending;
use super::range::{ListOptions, Listing};
use super::sql::Sql;
use super::transaction::Transactions;
use crate::clock::Clock;
use crate::engine::{
    CommitRecord, Engine, Identity, Key, ObjectHeader, ObjectNo, PageNo, Position, Reset, Value, find_facet,
};
use crate::limits;

/// One activation's view of its object's data.
///
/// Used by the thread that runs the object's code and by no other. Calls are synchronous and
/// local; nothing here waits for a disk sync. Writes gather in the open turn until
/// [`end_turn`](Self::end_turn) submits them as one record, or [`discard_turn`](Self::discard_turn)
/// forgets them. Dropping a store forgets an open turn.
pub struct Store {
    pub(super) engine: Arc<dyn Engine>,
    pub(super) identity: Identity,
    bounds: Bounds,
    /// The time of day in SQL; the system's if there is none.
    pub(super) clock: Option<Arc<dyn Clock>>,
    /// The object's number, once it has written anything.
    pub(super) number: Option<ObjectNo>,
    incarnation: u32,
    pub(super) pending: Pending,
    pub(super) transactions: Transactions,
    /// The alarm as the open turn sees it.
    pub(super) alarm: Alarm,
    /// The alarm as it was last submitted.
    pub(super) stored_alarm_ms: Option<i64>,
    /// The object's database, as far as it was used.
    pub(super) sql: Sql,
    /// What was written while optimistic transactions run.
    pub(super) occ: History,
    /// The lazy listing that may go on.
    pub(super) iteration: Option<Iteration>,
    pub(super) last_iterator: u64,
    /// How often what the open turn sees was changed.
    pub(super) writes: u64,
    pub(super) past: Past,
    cache: Cache,
    pub(super) position: Position,
    pub(super) confirmed_position: Position,
}

/// How a write takes part in its turn. The default is a confirmed write.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Default)]
pub struct WriteOptions {
    /// The write does not hold back what leaves the process. It is as durable as any other in the
    /// end, and a confirmed write in the same turn holds outputs for both.
    pub allow_unconfirmed: bool,
}

impl Store {
    /// Opens the data of an object. Reads nothing but its number, and writes nothing.
    ///
    /// # Errors
    /// [`StorageError::Engine`] when the engine cannot be read.
    pub fn open(engine: Arc<dyn Engine>, identity: Identity) -> Result<Self, StorageError> {
        let header = Self::header(&*engine, &identity)?;
        let stored_alarm_ms = header.as_ref().and_then(|header| header.alarm_ms);
        Ok(Self {
            alarm: Alarm::stored(stored_alarm_ms),
            stored_alarm_ms,
            past: Past::of(header.as_ref()),
            sql: Sql::stored(header.as_ref().map_or(0, |header| header.database_pages)),
            cache: Cache::new(limits::CACHE_BYTES_MAX, header.is_none()),
            number: header.as_ref().map(|header| header.no),
            incarnation: header.map_or(0, |header| header.incarnation),
            engine,
            identity,
            bounds: Bounds::default(),
            clock: None,
            pending: Pending::default(),
            transactions: Transactions::default(),
            occ: History::new(limits::OCC_SETS_MAX),
            iteration: None,
            last_iterator: 0,
            writes: 0,
            position: Position::NONE,
            confirmed_position: Position::NONE,
        })
    }

    /// What is known of the object with this identity, if it ever wrote anything.
    pub(super) fn header(
        engine: &dyn Engine,
        identity: &Identity,
    ) -> Result<Option<ObjectHeader>, StorageError> {
        let Some((parent, name)) = &identity.facet else {
            return Ok(engine.lookup(&identity.namespace, &identity.id)?);
        };
        let facets = engine.facets(&identity.namespace, &identity.id)?;
        Ok(find_facet(&facets, *parent, name).map(|facet| facet.header.clone()))
    }

    /// The same store with these limits on what it holds.
    #[must_use]
    pub fn with_bounds(mut self, bounds: Bounds) -> Self {
        self.bounds = bounds;
        self
    }

    /// The same store with this clock for the time of day in SQL.
    #[must_use]
    pub fn with_clock(mut self, clock: Arc<dyn Clock>) -> Self {
        self.clock = Some(clock);
        self
    }

    /// The limits on what it holds.
    #[must_use]
    pub fn bounds(&self) -> Bounds {
        self.bounds
    }

    /// The value of a key, as the open turn sees it.
    ///
    /// # Errors
    /// [`StorageError::KeyTooLarge`], [`StorageError::RowTooLarge`], and [`StorageError::Engine`] when
    /// the engine cannot be read.
    pub fn get(&mut self, key: &[u8]) -> Result<Option<Value>, StorageError> {
        self.bounds.check_key(key)?;
        self.state(key)
    }

    /// The values of those of `keys` that exist, sorted by key; a key given twice counts once.
    ///
    /// # Errors
    /// As [`get`](Self::get), and [`StorageError::TooManyKeys`].
    pub fn get_many(&mut self, mut keys: Vec<Key>) -> Result<Vec<(Key, Value)>, StorageError> {
        self.bounds.check_count(keys.len())?;
        for key in &keys {
            self.bounds.check_key(key)?;
        }
        keys.sort_unstable();
        keys.dedup();
        let mut found = Vec::with_capacity(keys.len());
        for key in keys {
            if let Some(value) = self.state(&key)? {
                found.push((key, value));
            }
        }
        Ok(found)
    }

    /// Writes a key in the open turn.
    ///
    /// # Errors
    /// [`StorageError::KeyTooLarge`], [`StorageError::ValueTooLarge`],
    /// [`StorageError::RowTooLarge`]. Nothing is written then.
    pub fn put(&mut self, key: Key, value: Value, options: WriteOptions) -> Result<(), StorageError> {
        self.bounds.check_pair(&key, &value)?;
        self.write(key, Some(value));
        self.pending.join(options);
        Ok(())
    }

    /// Writes all pairs in the open turn, or none. Of two pairs with one key the later counts.
    ///
    /// # Errors
    /// As [`put`](Self::put).
    pub fn put_many(&mut self, pairs: Vec<(Key, Value)>, options: WriteOptions) -> Result<(), StorageError> {
        for (key, value) in &pairs {
            self.bounds.check_pair(key, value)?;
        }
        for (key, value) in pairs {
            self.write(key, Some(value));
            self.pending.join(options);
        }
        Ok(())
    }

    /// Deletes a key in the open turn and says whether it existed.
    ///
    /// # Errors
    /// As [`get`](Self::get).
    pub fn delete(&mut self, key: Key, options: WriteOptions) -> Result<bool, StorageError> {
        self.bounds.check_key(&key)?;
        self.remove(key, options)
    }

    /// Deletes keys in the open turn and says how many existed; a key given twice counts once.
    ///
    /// # Errors
    /// As [`get`](Self::get). Nothing is deleted when a key is too large.
    pub fn delete_many(&mut self, keys: Vec<Key>, options: WriteOptions) -> Result<usize, StorageError> {
        for key in &keys {
            self.bounds.check_key(key)?;
        }
        let mut existed = 0;
        for key in keys {
            existed += usize::from(self.remove(key, options)?);
        }
        Ok(existed)
    }

    /// The entries `options` describe, in its order, as the open turn sees them. Ends the lazy
    /// listing there was, if any key can be in the range.
    ///
    /// # Errors
    /// [`StorageError::StartWithStartAfter`], [`StorageError::LimitNotPositive`], and
    /// [`StorageError::Engine`] when the engine cannot be read.
    pub fn list(&mut self, options: &ListOptions) -> Result<Vec<(Key, Value)>, StorageError> {
        let Some(listing) = options.listing()? else {
            return Ok(Vec::new());
        };
        self.iteration = None;
        self.read_range(&listing)
    }

    /// Deletes everything, what the open turn wrote before included, the alarm as given. Takes the
    /// same time however much there is. Always a confirmed write.
    ///
    /// # Errors
    /// [`StorageError::DeleteAllInTransaction`] while a transaction is open.
    pub fn delete_all(&mut self, alarm: AlarmAtDeleteAll) -> Result<(), StorageError> {
        if self.in_transaction() {
            return Err(StorageError::DeleteAllInTransaction);
        }
        self.writes += 1;
        self.occ.note_everything();
        self.end_iteration_of_deleted();
        self.pending.delete_all(self.number.is_some());
        self.past.delete_all();
        self.sql.delete();
        if alarm == AlarmAtDeleteAll::Delete {
            self.alarm = Alarm::default();
        }
        Ok(())
    }

    /// Whether the open turn has something to commit.
    #[must_use]
    pub fn is_dirty(&self) -> bool {
        !self.pending.is_empty()
            || self.alarm_change().is_some()
            || self.past.is_dirty()
            || self.sql.in_transaction()
    }

    /// Ends the turn: submits what it wrote as one record, and says where that stands. `None` when
    /// it wrote nothing, and while a transaction is open: the turn then goes on.
    ///
    /// # Errors
    /// [`StorageError::CommitFailed`] when SQL cannot commit, and [`StorageError::Poisoned`] when the
    /// engine failed. All the turn's writes are forgotten, and the activation must be reset.
    pub fn end_turn(&mut self) -> Result<Option<Position>, StorageError> {
        if self.in_transaction() {
            return Ok(None);
        }
        // SQL goes first: it alone can refuse, and then nothing of the turn may remain.
        let database = self.sql.commit().map_err(|error| {
            self.discard_turn();
            StorageError::CommitFailed(error)
        })?;
        let alarm = self.alarm_change();
        let turn = mem::take(&mut self.pending);
        if turn.is_empty() && alarm.is_none() && database.is_none() && !self.past.is_dirty() {
            return Ok(None);
        }
        let reset = turn.hides_committed();
        let confirmed = turn.is_confirmed() || database.is_some();
        let writes = turn.into_writes();
        let object = self.number.unwrap_or_else(|| self.engine.allocate());
        let incarnation = self.incarnation + u32::from(reset);
        let (database_pages, pages) = match database {
            Some(database) => (self.sql.resized(database.page_count, reset), database.pages),
            None => (None, Vec::new()),
        };
        let submitted = self.submit(CommitRecord {
            created: self.number.is_none().then(|| self.identity.clone()),
            incarnation,
            reset: reset.then_some(Reset::DeleteAll),
            kv: writes.clone(),
            database_pages,
            pages: pages.into_iter().map(|(no, image)| (PageNo(no), image)).collect(),
            alarm,
            ..CommitRecord::new(object)
        });
        let position = submitted.inspect_err(|_| self.sql.discard())?;
        self.sql.submitted(object, database_pages.or(reset.then_some(0)));
        self.number = Some(object);
        self.incarnation = incarnation;
        self.stored_alarm_ms = self.alarm.due_ms();
        self.position = position;
        if confirmed {
            self.confirmed_position = position;
        }
        self.remember(reset, writes);
        Ok(Some(position))
    }

    /// Forgets what the open turn wrote, and every open transaction.
    pub fn discard_turn(&mut self) {
        self.sql.discard();
        self.alarm = Alarm::stored(self.stored_alarm_ms);
        self.pending = Pending::default();
        self.transactions = Transactions::default();
    }

    /// Where this store's last commit stands, confirmed or not: what `sync()` waits for.
    /// [`Position::NONE`] before the first.
    #[must_use]
    pub fn position(&self) -> Position {
        self.position
    }

    /// Where this store's last commit with a confirmed write stands: what outputs wait for.
    /// [`Position::NONE`] before the first. A store opened anew starts there too, although what it
    /// reads may not be durable yet; its lane knows how far the one before had come.
    #[must_use]
    pub fn confirmed_position(&self) -> Position {
        self.confirmed_position
    }

    /// The object's number, once it has written anything.
    #[must_use]
    pub fn object(&self) -> Option<ObjectNo> {
        self.number
    }

    /// Whose data this is.
    #[must_use]
    pub fn identity(&self) -> &Identity {
        &self.identity
    }

    pub(super) fn read_range(&self, listing: &Listing) -> Result<Vec<(Key, Value)>, StorageError> {
        let visible = self.number.filter(|_| !self.pending.hides_committed());
        let written = self.pending.range(&listing.range);
        let hidden = written.clone().filter(|(_, state)| state.is_none()).count();
        let committed = Scan::new(&*self.engine, visible, listing, hidden);
        list::merge(listing, written, committed)
    }

    pub(super) fn state(&mut self, key: &[u8]) -> Result<Option<Value>, StorageError> {
        if let Some(state) = self.pending.state(key) {
            return Ok(state.clone());
        }
        if self.pending.hides_committed() {
            return Ok(None);
        }
        let Some(object) = self.number else { return Ok(None) };
        if let Known::State(state) = self.cache.look_up(key) {
            return Ok(state);
        }
        let state = self.engine.get(object, key)?;
        self.cache.insert(Bytes::copy_from_slice(key), state.clone());
        Ok(state)
    }

    pub(super) fn write(&mut self, key: Key, state: Option<Value>) {
        self.writes += 1;
        self.occ.note(&key);
        if self.in_transaction() {
            let before = self.pending.write(key.clone(), state);
            self.transactions.note(&key, before);
        } else {
            self.pending.write(key, state);
        }
    }

    fn remove(&mut self, key: Key, options: WriteOptions) -> Result<bool, StorageError> {
        let existed = self.state(&key)?.is_some();
        if existed {
            self.write(key, None);
        }
        self.pending.join(options);
        Ok(existed)
    }

    fn submit(&mut self, mut record: CommitRecord) -> Result<Position, StorageError> {
        self.past.note(&*self.engine, &self.identity, &mut record)?;
        let position = self.engine.submit(record)?;
        self.past.submitted();
        Ok(position)
    }

    /// Keeps what was just submitted, so that reading it again does not ask the engine.
    fn remember(&mut self, reset: bool, writes: Vec<(Key, Option<Bytes>)>) {
        if reset {
            self.cache.reset();
        }
        for (key, state) in writes {
            self.cache.insert(key, state);
        }
    }
}
