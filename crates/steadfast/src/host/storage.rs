use std::rc::Rc;

use bytes::Bytes;

use super::shell::{Shell, gone};
use crate::Error;
use crate::engine::Key;
use crate::runtime::ActivationNo;
use crate::storage::{AlarmAtDeleteAll, ListOptions, StorageError, Store, WriteOptions};
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
    shell: Rc<Shell>,
    activation: ActivationNo,
}

impl Storage {
    pub(super) fn new(shell: Rc<Shell>, activation: ActivationNo) -> Self {
        Self { shell, activation }
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
        let bytes = self.with(|store| store.get(key.as_bytes()))?;
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
        decode_pairs(self.with(|store| store.get_many(keys))?)
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
        self.with(|store| store.put(to_key(key), value, options))
    }

    /// Writes all pairs or none.
    ///
    /// # Errors
    /// As [`put`](Self::put).
    pub fn put_many<'a>(&self, pairs: impl IntoIterator<Item = (&'a str, Value)>) -> Result<(), Error> {
        let encode = |(key, value): (&str, Value)| Ok((to_key(key), value.encode()?));
        let pairs = pairs.into_iter().map(encode).collect::<Result<_, Error>>()?;
        self.with(|store| store.put_many(pairs, WriteOptions::default()))
    }

    /// Deletes a key and says whether it existed.
    ///
    /// # Errors
    /// None besides those of every method.
    pub fn delete(&self, key: &str) -> Result<bool, Error> {
        self.with(|store| store.delete(to_key(key), WriteOptions::default()))
    }

    /// Deletes keys and says how many existed.
    ///
    /// # Errors
    /// None besides those of every method.
    pub fn delete_many<'a>(&self, keys: impl IntoIterator<Item = &'a str>) -> Result<usize, Error> {
        let keys = keys.into_iter().map(to_key).collect();
        self.with(|store| store.delete_many(keys, WriteOptions::default()))
    }

    /// The entries `options` describe, in its order.
    ///
    /// # Errors
    /// `Invalid` when the options contradict each other; else as [`get`](Self::get).
    pub fn list(&self, options: &ListOptions) -> Result<Vec<(String, Value)>, Error> {
        decode_pairs(self.with(|store| store.list(options))?)
    }

    /// Deletes everything, the alarm included, in the same time however much there is.
    ///
    /// # Errors
    /// `Refused` inside a transaction.
    pub fn delete_all(&self) -> Result<(), Error> {
        self.with(|store| store.delete_all(AlarmAtDeleteAll::Delete))
    }

    /// Resolves when every write up to now is durable.
    ///
    /// # Errors
    /// `Reset` when one never will be.
    pub fn sync(&self) -> impl Future<Output = Result<(), Error>> + use<> {
        self.shell.wait(self.activation, |lane, context, token| lane.sync_wait(context, token))
    }

    fn with<T>(&self, call: impl FnOnce(&mut Store) -> Result<T, StorageError>) -> Result<T, Error> {
        let done = self.shell.lane.borrow_mut().with_store(self.activation, call);
        Ok(done.ok_or_else(gone)??)
    }
}

fn to_key(key: &str) -> Key {
    Bytes::copy_from_slice(key.as_bytes())
}

fn decode_pairs(pairs: Vec<(Key, Bytes)>) -> Result<Vec<(String, Value)>, Error> {
    let decode =
        |(key, value): (Key, Bytes)| Ok((String::from_utf8_lossy(&key).into_owned(), Value::decode(&value)?));
    pairs.into_iter().map(decode).collect()
}
