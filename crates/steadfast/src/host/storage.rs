use std::cell::Cell;
use std::rc::Rc;

use bytes::Bytes;

use super::shell::{Shell, gone};
use super::transaction::Progress;
use crate::Error;
use crate::engine::Key;
use crate::runtime::ActivationNo;
use crate::storage::{
    AlarmAtDeleteAll, Bookmark, IteratorNo, ListOptions, StorageError, Store, WriteOptions,
};
use crate::value::Value;

/// An object's private data: keys to values, in byte order of the keys.
///
/// Calls are synchronous and see every earlier write. What is written between two awaits is one
/// atomic unit, and responses wait by themselves until it is durable, so nothing here needs to be
/// awaited. Values are stored as JavaScript stores them.
///
/// # Errors
/// Every method fails with `Reset` when the activation has ended and with `Internal` when the data
/// cannot be read, besides what it names itself.
#[derive(Clone)]
pub struct Storage {
    pub(super) shell: Rc<Shell>,
    pub(super) activation: ActivationNo,
    /// The transaction whose handle this is.
    transaction: Option<Rc<Cell<Progress>>>,
}

impl Storage {
    pub(super) fn new(shell: Rc<Shell>, activation: ActivationNo) -> Self {
        Self { shell, activation, transaction: None }
    }

    /// The same data through the handle of a transaction.
    pub(super) fn inside(&self, transaction: Rc<Cell<Progress>>) -> Self {
        Self { transaction: Some(transaction), ..self.clone() }
    }

    /// The value of a key.
    ///
    /// # Errors
    /// `Invalid` when it is of another type than asked for, `Unsupported` when only JavaScript can
    /// hold it, `Corrupt` when it is damaged.
    pub fn get<T: TryFrom<Value>>(&self, key: &str) -> Result<Option<T>, Error>
    where
        Error: From<T::Error>,
    {
        let bytes = self.with("get", |store| store.get(key.as_bytes()))?;
        let value = bytes.map(|bytes| Value::decode(&bytes)).transpose()?;
        Ok(value.map(T::try_from).transpose()?)
    }

    /// Those of `keys` that exist, with their values, sorted.
    ///
    /// # Errors
    /// As [`get`](Self::get).
    pub fn get_many<'a>(
        &self,
        keys: impl IntoIterator<Item = &'a str>,
    ) -> Result<Vec<(String, Value)>, Error> {
        let keys = keys.into_iter().map(to_key).collect();
        decode_pairs(self.with("get", |store| store.get_many(keys))?)
    }

    /// Writes a key.
    ///
    /// # Errors
    /// `TooLarge` when key and value are over a limit, `Invalid` when the value cannot be written.
    pub fn put<T: TryInto<Value>>(&self, key: &str, value: T) -> Result<(), Error>
    where
        Error: From<T::Error>,
    {
        self.put_with(key, value, WriteOptions::default())
    }

    /// Writes a key, with options.
    ///
    /// # Errors
    /// As [`put`](Self::put).
    pub fn put_with<T: TryInto<Value>>(&self, key: &str, value: T, options: WriteOptions) -> Result<(), Error>
    where
        Error: From<T::Error>,
    {
        let value = value.try_into()?.encode()?;
        self.with("put", |store| store.put(to_key(key), value, options))
    }

    /// Writes all pairs or none.
    ///
    /// # Errors
    /// As [`put`](Self::put).
    pub fn put_many<'a>(&self, pairs: impl IntoIterator<Item = (&'a str, Value)>) -> Result<(), Error> {
        let encode = |(key, value): (&str, Value)| Ok((to_key(key), value.encode()?));
        let pairs = pairs.into_iter().map(encode).collect::<Result<_, Error>>()?;
        self.with("put", |store| store.put_many(pairs, WriteOptions::default()))
    }

    /// Deletes a key and says whether it existed.
    ///
    /// # Errors
    /// None besides those of every method.
    pub fn delete(&self, key: &str) -> Result<bool, Error> {
        self.with("delete", |store| store.delete(to_key(key), WriteOptions::default()))
    }

    /// Deletes keys and says how many existed.
    ///
    /// # Errors
    /// None besides those of every method.
    pub fn delete_many<'a>(&self, keys: impl IntoIterator<Item = &'a str>) -> Result<usize, Error> {
        let keys = keys.into_iter().map(to_key).collect();
        self.with("delete", |store| store.delete_many(keys, WriteOptions::default()))
    }

    /// The entries `options` describe, in its order.
    ///
    /// # Errors
    /// `Invalid` when the options contradict each other; else as [`get`](Self::get).
    pub fn list(&self, options: &ListOptions) -> Result<Vec<(String, Value)>, Error> {
        decode_pairs(self.with("list", |store| store.list(options))?)
    }

    /// Deletes everything, the alarm included, in the same time however much there is.
    ///
    /// # Errors
    /// `Refused` inside a transaction.
    pub fn delete_all(&self) -> Result<(), Error> {
        self.with("deleteAll", |store| store.delete_all(AlarmAtDeleteAll::Delete))
    }

    /// The entries `options` describe, each read when it is asked for, so that what is written behind
    /// the last one is yielded too. A listing of the same object ends it if any key can be in its
    /// range.
    ///
    /// # Errors
    /// `Invalid` when the options contradict each other. Each entry: `Refused` when another listing
    /// has begun or everything was deleted; else as [`get`](Self::get).
    pub fn iterate(&self, options: &ListOptions) -> Result<Entries, Error> {
        let no = self.with("list", |store| store.iterate(options))?;
        Ok(Entries { storage: self.clone(), no })
    }

    /// When the object's alarm is due, in milliseconds since the Unix epoch. `None` while its handler
    /// runs, until another is set.
    ///
    /// # Errors
    /// None besides those of every method.
    pub fn alarm(&self) -> Result<Option<i64>, Error> {
        self.with("getAlarm", |store| Ok(store.alarm()))
    }

    /// Sets the alarm to a time in milliseconds since the Unix epoch, in place of the one there was;
    /// a time in the past becomes now. It takes effect when the turn is committed, and only if it is.
    ///
    /// # Errors
    /// `Invalid` for a time at or before the epoch, or after the year 2262.
    pub fn set_alarm(&self, due_ms: i64) -> Result<(), Error> {
        self.set_alarm_with(due_ms, WriteOptions::default())
    }

    /// Sets the alarm, with options.
    ///
    /// # Errors
    /// As [`set_alarm`](Self::set_alarm).
    pub fn set_alarm_with(&self, due_ms: i64, options: WriteOptions) -> Result<(), Error> {
        let now_ms = self.shell.lane.borrow().runtime().clock().now_ms();
        self.with("setAlarm", |store| store.set_alarm(due_ms as f64, now_ms, options))
    }

    /// Deletes the alarm, if there is one.
    ///
    /// # Errors
    /// None besides those of every method.
    pub fn delete_alarm(&self) -> Result<(), Error> {
        self.with("deleteAlarm", |store| {
            store.delete_alarm(WriteOptions::default());
            Ok(())
        })
    }

    /// The bookmark of this moment, or of the end of this turn if it has written something. The next
    /// one is larger.
    ///
    /// Source: Cloudflare docs, "SQLite in Durable Objects, Point in time recovery".
    pub fn current_bookmark(&self) -> Result<Bookmark, Error> {
        self.with("current_bookmark", |store| Ok(store.current_bookmark()))
    }

    /// The bookmark of a time, in milliseconds since the Unix epoch; at most ten seconds before it.
    ///
    /// # Errors
    /// `Unsupported` when the class keeps no [`HISTORY`](crate::host::DurableObject::HISTORY), `Invalid`
    /// when the time is to come or further back than is kept.
    pub fn bookmark_for_time(&self, time_ms: i64) -> Result<Bookmark, Error> {
        self.with("bookmark_for_time", |store| store.bookmark_for_time(time_ms))
    }

    /// Lets the object go back to a bookmark when it is next opened, with keys, database and alarm, and
    /// returns the bookmark that undoes it. Call [`State::abort`](super::State::abort) to go back now.
    ///
    /// # Errors
    /// As [`bookmark_for_time`](Self::bookmark_for_time).
    pub fn restore_at_next_open(&self, to: Bookmark) -> Result<Bookmark, Error> {
        self.with("restore_at_next_open", |store| store.restore_at_next_open(to))
    }

    /// Resolves when every write up to now is durable.
    ///
    /// # Errors
    /// `Reset` when one never will be.
    pub fn sync(&self) -> impl Future<Output = Result<(), Error>> + use<> {
        self.shell.wait(self.activation, |lane, context, token| lane.sync_wait(context, token))
    }

    /// Refuses an operation through the handle of a transaction that is over.
    pub(super) fn check(&self, operation: &'static str) -> Result<(), Error> {
        let progress = self.transaction.as_ref().map_or(Progress::Open, |progress| progress.get());
        Ok(progress.check(operation)?)
    }

    pub(super) fn with<T>(
        &self,
        operation: &'static str,
        call: impl FnOnce(&mut Store) -> Result<T, StorageError>,
    ) -> Result<T, Error> {
        self.check(operation)?;
        let done = self.shell.lane.borrow_mut().with_store(self.activation, call);
        Ok(done.ok_or_else(gone)??)
    }
}

/// A lazy listing: see [`Storage::iterate`].
pub struct Entries {
    storage: Storage,
    /// `None` when it has come to its end.
    no: Option<IteratorNo>,
}

impl Iterator for Entries {
    type Item = Result<(String, Value), Error>;

    fn next(&mut self) -> Option<Self::Item> {
        let no = self.no?;
        match self.storage.with("list", |store| store.next_entry(no)) {
            Ok(Some(entry)) => Some(decode_pair(entry)),
            Ok(None) => {
                self.no = None;
                None
            }
            Err(error) => {
                self.no = None;
                Some(Err(error))
            }
        }
    }
}

pub(super) fn to_key(key: &str) -> Key {
    Bytes::copy_from_slice(key.as_bytes())
}

pub(super) fn decode_pairs(pairs: Vec<(Key, Bytes)>) -> Result<Vec<(String, Value)>, Error> {
    pairs.into_iter().map(decode_pair).collect()
}

fn decode_pair((key, value): (Key, Bytes)) -> Result<(String, Value), Error> {
    Ok((String::from_utf8_lossy(&key).into_owned(), Value::decode(&value)?))
}
