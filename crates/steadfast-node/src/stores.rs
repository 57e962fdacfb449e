//! The stores of this JavaScript thread that no lane runs: storage by itself.
//!
//! They are named as activations of the lane with number 0, so the functions of [`kv`](crate::kv),
//! [`sql`](crate::sql) and [`txn`](crate::txn) that work within a turn work on them too. Their turn ends
//! when JavaScript says so. The functions here also read and write bytes as they are, each write
//! a turn of its own.

use std::cell::RefCell;
use std::collections::HashMap;
use std::path::Path;
use std::sync::Arc;

use napi::bindgen_prelude::{Array, BufferSlice, Either, Function, Null, ToNapiValue};
use napi::threadsafe_function::ThreadsafeFunctionCallMode;
use napi::{Env, Result};
use napi_derive::napi;
use steadfast::engine::{EngineError, Identity, Key, Value};
use steadfast::id::IdFactory;
use steadfast::limits::LOCAL_ROW_BYTES_MAX;
use steadfast::storage::{ListOptions, StorageError, Store, WriteOptions};

use crate::disks::{Claim, Disk, Progress, StoreKey};
use crate::error::{coded, of_napi, of_storage, plain, range};
use crate::kv::list_options;
use crate::lanes::{failure, id_of};
use crate::server::{code_of, run_aside};

#[derive(Default)]
struct Stores {
    last_disk: u32,
    last_store: u64,
    disks: HashMap<u32, OpenDisk>,
    stores: HashMap<u64, OpenStore>,
    /// What is open is let go of when the thread ends.
    is_hooked: bool,
}

struct OpenDisk {
    disk: Arc<Disk>,
    watcher: u64,
}

struct OpenStore {
    store: Store,
    disk: Arc<Disk>,
    key: StoreKey,
    /// The numbers under which its disk was opened by those who have opened it.
    users: Vec<u32>,
}

thread_local! {
    static STORES: RefCell<Stores> = RefCell::default();
}

/// Opens a data directory, or memory for `null`: its number in this thread. `on_progress` is told how far
/// everything is durable, and why nothing more will be.
#[napi]
pub fn open_disk(
    env: Env,
    directory: Option<String>,
    on_progress: Function<'_, Progress, ()>,
) -> Result<u32> {
    crate::log::start();
    let disk = Disk::open(directory.as_deref().map(Path::new))?;
    let watcher = disk.watch(on_progress)?;
    let (number, is_hooked) = STORES.with_borrow_mut(|table| {
        table.last_disk += 1;
        table.disks.insert(table.last_disk, OpenDisk { disk, watcher });
        (table.last_disk, std::mem::replace(&mut table.is_hooked, true))
    });
    if !is_hooked {
        env.add_env_cleanup_hook((), |()| leave())?;
    }
    Ok(number)
}

/// Closes what was opened through this number, without the turns that are open, and the directory unless it
/// is used otherwise. `done` gets `null`, or what could not be made durable.
#[napi]
pub fn close_disk(disk: u32, done: Function<'_, Option<String>, ()>) -> Result<()> {
    let done = done.build_threadsafe_function::<Option<String>>().build()?;
    let closed = STORES.with_borrow_mut(|table| table.close_disk(disk));
    let open = closed.ok_or_else(|| failure(CLOSED))?;
    run_aside("steadfast-close", move || {
        let failure = open.disk.release().err().map(|cause| cause.to_string());
        open.disk.unwatch(open.watcher);
        done.call(failure, ThreadsafeFunctionCallMode::NonBlocking);
    })
}

/// Opens the store of an object, by its id of 64 hex digits, or by its name: the number of the store. One
/// that this thread has open already is shared.
#[napi]
pub fn open_store(disk: u32, namespace: String, id: Option<String>, name: Option<String>) -> Result<f64> {
    let id = match &id {
        Some(hex) => id_of(hex)?,
        None => *IdFactory::new(&namespace).from_name(name.as_deref().unwrap_or_default()).bytes(),
    };
    let (namespace, name) = (Arc::from(namespace), name.map(Arc::from));
    let identity = Identity { namespace, id, name, facet: None };
    STORES.with_borrow_mut(|table| table.open_store(disk, identity)).map(|store| store as f64)
}

/// Ends the turn: the position from which what it wrote, and everything before, is durable.
#[napi]
pub fn commit_store(store: f64) -> Result<f64, String> {
    with_raw(store, |_| Ok(()))
}

/// The bytes of each key, in the order of the keys; undefined for none.
#[napi]
pub fn store_get_many<'env>(env: &'env Env, store: f64, keys: Vec<String>) -> Result<Array<'env>, String> {
    let values = read_all(store, keys)?;
    let bytes = values.iter().map(|value| value.as_deref().map(|bytes| BufferSlice::copy_from(env, bytes)));
    let bytes = bytes.map(Option::transpose).collect::<Result<Vec<_>>>().map_err(of_napi)?;
    to_array(env, bytes).map_err(of_napi)
}

/// The bytes of a key.
#[napi]
pub fn store_get<'env>(env: &'env Env, store: f64, key: String) -> Result<Option<BufferSlice<'env>>, String> {
    let value = with_open(store, |store| store.get(key.as_bytes()).map_err(of_store))?;
    value.map(|bytes| BufferSlice::copy_from(env, &bytes[..])).transpose().map_err(of_napi)
}

/// What each key has in front of its value, in the order of the keys: bytes, `null` for nothing; undefined
/// for a key that does not exist.
#[napi]
pub fn store_heads<'env>(env: &'env Env, store: f64, keys: Vec<String>) -> Result<Array<'env>, String> {
    let values = read_all(store, keys)?;
    let heads = values.iter().map(|value| value.as_ref().map(|value| head_to_js(env, value)));
    let heads = heads.map(Option::transpose).collect::<Result<Vec<_>>>().map_err(of_napi)?;
    to_array(env, heads).map_err(of_napi)
}

/// Writes a key: the position at which it is durable.
#[napi]
pub fn store_put(store: f64, key: String, value: &[u8]) -> Result<f64, String> {
    let value = Value::copy_from_slice(value);
    with_raw(store, |store| store.put(key.into(), value, WriteOptions::default()))
}

/// Deletes keys, then writes others, all or nothing: the position at which that is durable.
#[napi]
pub fn store_write(
    store: f64,
    deleted: Vec<String>,
    keys: Vec<String>,
    values: Array<'_>,
) -> Result<f64, String> {
    let deleted: Vec<_> = deleted.into_iter().map(Key::from).collect();
    let mut pairs = Vec::with_capacity(keys.len());
    for (at, key) in (0..).zip(keys) {
        let value: Option<&[u8]> = values.get(at).map_err(of_napi)?;
        pairs.push((Key::from(key), Value::copy_from_slice(value.unwrap_or_default())));
    }
    with_raw(store, |store| {
        let bounds = store.bounds();
        pairs.iter().try_for_each(|(key, value)| bounds.check_pair(key, value))?;
        store.delete_many(deleted, WriteOptions::default())?;
        store.put_many(pairs, WriteOptions::default())
    })
}

/// The keys of a range in order, each followed by what it has in front of its value, as
/// [`store_heads`] gives it.
#[napi]
#[allow(clippy::too_many_arguments, reason = "an object with these fields costs several times as much")]
pub fn store_list<'env>(
    env: &'env Env,
    store: f64,
    start: Option<String>,
    start_after: Option<String>,
    end: Option<String>,
    prefix: Option<String>,
    exclude_prefix: Option<String>,
    reverse: bool,
    limit: Option<f64>,
) -> Result<Array<'env>, String> {
    let options = list_options(start, start_after, end, prefix, reverse, limit);
    let entries = with_store(store, |store| list(store, options, exclude_prefix))?;
    let mut array = env.create_array(0).map_err(of_napi)?;
    for (at, (key, value)) in (0..).zip(&entries) {
        array.set(2 * at, &*String::from_utf8_lossy(key)).map_err(of_napi)?;
        array.set(2 * at + 1, head_to_js(env, value).map_err(of_napi)?).map_err(of_napi)?;
    }
    Ok(array)
}

/// Uses a store of this thread.
pub(crate) fn with_store<T>(
    store: f64,
    use_store: impl FnOnce(&mut Store) -> std::result::Result<T, StorageError>,
) -> Result<T, String> {
    with_open(store, |store| use_store(store).map_err(of_any))
}

fn with_open<T>(store: f64, use_store: impl FnOnce(&mut Store) -> Result<T, String>) -> Result<T, String> {
    STORES.with_borrow_mut(|table| {
        let open = table.stores.get_mut(&(store as u64)).ok_or_else(|| plain(CLOSED))?;
        use_store(&mut open.store)
    })
}

/// Writes in a turn of its own, together with what the open one wrote, and says where it stands.
fn with_raw(
    store: f64,
    write: impl FnOnce(&mut Store) -> std::result::Result<(), StorageError>,
) -> Result<f64, String> {
    with_open(store, |store| {
        if store.in_transaction() {
            return Err(plain("storage cannot be written outside of a transaction while it runs"));
        }
        write(store).map_err(of_store)?;
        let position = store.end_turn().map_err(of_store)?;
        Ok(position.unwrap_or_else(|| store.position()).0 as f64)
    })
}

fn read_all(store: f64, keys: Vec<String>) -> Result<Vec<Option<Value>>, String> {
    with_open(store, |store| keys.iter().map(|key| store.get(key.as_bytes()).map_err(of_store)).collect())
}

/// A range without the keys that have a prefix: what is on both sides of them, the near side first.
fn list(
    store: &mut Store,
    options: ListOptions,
    excluded: Option<String>,
) -> std::result::Result<Vec<(Key, Value)>, StorageError> {
    let Some(excluded) = excluded else { return store.list(&options) };
    let below = ListOptions {
        end: Some(match &options.end {
            Some(end) if end.as_ref() <= excluded.as_bytes() => end.clone(),
            _ => Key::from(excluded.clone()),
        }),
        ..options.clone()
    };
    let above = prefix_end(excluded.as_bytes()).map(|from| behind(&options, from));
    let parts = if options.reverse { [above, Some(below)] } else { [Some(below), above] };
    let mut found = Vec::new();
    for part in parts.into_iter().flatten() {
        let rest = part.limit.map(|limit| limit - found.len() as i64);
        if rest != Some(0) {
            found.extend(store.list(&ListOptions { limit: rest, ..part })?);
        }
    }
    Ok(found)
}

/// The part of a range from a key on.
fn behind(options: &ListOptions, from: Key) -> ListOptions {
    match (&options.start, &options.start_after) {
        (Some(start), _) if *start >= from => options.clone(),
        (_, Some(after)) if *after >= from => options.clone(),
        _ => ListOptions { start: Some(from), start_after: None, ..options.clone() },
    }
}

/// The smallest key above all with a prefix of UTF-8, whose last byte can always grow; none for the empty one.
fn prefix_end(prefix: &[u8]) -> Option<Key> {
    let (last, rest) = prefix.split_last()?;
    Some([rest, &[last + 1]].concat().into())
}

/// What a value has in front as JavaScript gets it: no buffer for nothing, since each costs as much as a read.
fn head_to_js<'env>(env: &'env Env, value: &[u8]) -> Result<Either<BufferSlice<'env>, Null>> {
    let head = head_of(value);
    if head.len() <= EMPTY_HEAD_BYTES {
        return Ok(Either::B(Null));
    }
    BufferSlice::copy_from(env, head).map(Either::A)
}

/// What a value has in front: see "Values of `DiskStorage`" in `docs/formats.md`.
fn head_of(value: &[u8]) -> &[u8] {
    let [0, flags, rest @ ..] = value else { return &[] };
    let mut bytes = if flags & HAS_EXPIRATION == 0 { 0 } else { size_of::<f64>() };
    if flags & HAS_METADATA != 0
        && let Some(length) = rest.get(bytes..).and_then(|rest| rest.first_chunk::<METADATA_LENGTH_BYTES>())
    {
        bytes =
            bytes.saturating_add(METADATA_LENGTH_BYTES).saturating_add(u32::from_le_bytes(*length) as usize);
    }
    &value[..value.len().min(bytes.saturating_add(EMPTY_HEAD_BYTES))]
}

/// A head that says that nothing follows.
const EMPTY_HEAD_BYTES: usize = 2;
const HAS_EXPIRATION: u8 = 1;
const HAS_METADATA: u8 = 2;
const METADATA_LENGTH_BYTES: usize = 4;

fn to_array<'env>(env: &'env Env, values: Vec<Option<impl ToNapiValue>>) -> Result<Array<'env>> {
    let mut array = env.create_array(u32::try_from(values.len()).unwrap_or(u32::MAX))?;
    for (at, value) in (0..).zip(values) {
        if let Some(value) = value {
            array.set(at, value)?;
        }
    }
    Ok(array)
}

/// What a raw read or write refuses, in words of ours.
fn of_store(error: StorageError) -> napi::Error<String> {
    match error {
        StorageError::RowTooLarge => {
            range(format!("key and value together are too large: bytes_max={LOCAL_ROW_BYTES_MAX}"))
        }
        _ => of_any(error),
    }
}

/// What any use of a store refuses, in the words that objects see.
fn of_any(error: StorageError) -> napi::Error<String> {
    match error {
        StorageError::Poisoned(_) | StorageError::Engine(_) => plain(of_engine(&error).reason.clone()),
        _ => of_storage(error),
    }
}

/// Why the engine does not serve a store, with the code the package documents: nobody else tells the user.
fn of_engine(error: &StorageError) -> napi::Error {
    match error {
        StorageError::Poisoned(cause) | StorageError::Engine(EngineError::Poisoned(cause)) => {
            coded("ERR_FAILED", format_args!("the data can no longer be written: {cause}"))
        }
        StorageError::Engine(error) => coded(code_of(error), error.with_causes()),
        _ => coded("ERR_DIRECTORY", error),
    }
}

const CLOSED: &str = "ERR_STOPPED: the storage has been closed";

impl Stores {
    fn open_store(&mut self, disk_no: u32, identity: Identity) -> Result<u64> {
        let open = self.disks.get(&disk_no).ok_or_else(|| failure(CLOSED))?;
        let (disk, number) = (open.disk.clone(), self.last_store + 1);
        let key = StoreKey { namespace: identity.namespace.clone(), id: identity.id };
        match disk.claim(&key, number) {
            Claim::Open(number) => {
                let open = self.stores.get_mut(&number).ok_or_else(|| failure(CLOSED))?;
                open.users.push(disk_no);
                Ok(number)
            }
            Claim::Elsewhere => Err(coded(
                "ERR_OBJECT_IN_USE",
                format_args!(
                    "another thread of this process has the object open: close its storage there first, or \
                     use it from that thread alone: namespace=\"{}\"",
                    key.namespace
                ),
            )),
            Claim::New => {
                let store = Store::open(disk.engine.clone(), identity).map_err(|error| {
                    disk.disclaim(&key);
                    of_engine(&error)
                })?;
                self.last_store = number;
                self.stores.insert(number, OpenStore { store, disk, key, users: vec![disk_no] });
                Ok(number)
            }
        }
    }

    fn close_disk(&mut self, disk: u32) -> Option<OpenDisk> {
        let open = self.disks.remove(&disk)?;
        self.stores.retain(|_, store| {
            store.users.retain(|user| *user != disk);
            !store.users.is_empty()
        });
        Some(open)
    }
}

impl Drop for OpenStore {
    fn drop(&mut self) {
        self.disk.disclaim(&self.key);
    }
}

/// The thread ends: what it has open is closed, and the directories that no other thread uses.
fn leave() {
    let table = STORES.take();
    drop(table.stores);
    for open in table.disks.into_values() {
        open.disk.unwatch(open.watcher);
        if let Err(cause) = open.disk.release() {
            tracing::error!(target: "steadfast::storage", %cause, "what was written last is not durable");
        }
    }
}
