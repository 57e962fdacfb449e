//! Transactions of a store that no lane runs: optimistic ones, and those that have the store to themselves.
//!
//! An optimistic transaction has a number of its own, which its functions take where those of [`kv`](crate::kv)
//! take the activation's, so that JavaScript can use either in the place of the other. A store has others
//! running meanwhile; who may go on when is JavaScript's business.

use std::cell::RefCell;
use std::collections::HashMap;

use napi::bindgen_prelude::Array;
use napi::{Env, Result};
use napi_derive::napi;
use steadfast::engine::Key;
use steadfast::storage::{
    OptimisticTransaction, StorageError, Store, TransactionEnd, TransactionNo, WriteOptions,
};

use crate::error::{of_napi, plain};
use crate::kv::{Given, Stored, entries_to_js, from_js, list_options, pair_from_js, to_js};
use crate::stores::with_store;

struct Open {
    store: f64,
    txn: OptimisticTransaction,
}

#[derive(Default)]
struct Transactions {
    last: u64,
    open: HashMap<u64, Open>,
}

thread_local! {
    static TRANSACTIONS: RefCell<Transactions> = RefCell::default();
}

/// Begins an optimistic transaction of a store: its number.
#[napi]
pub fn optimistic_begin(store: f64) -> Result<f64, String> {
    let txn = with_store(store, |store| Ok(store.begin_optimistic()))?;
    Ok(TRANSACTIONS.with_borrow_mut(|table| {
        table.last += 1;
        table.open.insert(table.last, Open { store, txn });
        table.last as f64
    }))
}

/// The value of a key, as the transaction sees it. Like every read it fails when that has been written since.
#[napi]
pub fn optimistic_get<'env>(env: &'env Env, txn: f64, key: String) -> Result<Stored<'env>, String> {
    let value = with_txn(txn, |store, txn| store.optimistic_get(txn, key.as_bytes()))?;
    to_js(env, value).map_err(of_napi)
}

/// Key and value of those keys that exist, in order of key.
#[napi]
pub fn optimistic_get_many<'env>(env: &'env Env, txn: f64, keys: Vec<String>) -> Result<Array<'env>, String> {
    let mut keys: Vec<_> = keys.into_iter().map(Key::from).collect();
    keys.sort_unstable();
    keys.dedup();
    let entries = with_txn(txn, |store, txn| {
        let mut found = Vec::with_capacity(keys.len());
        for key in keys {
            if let Some(value) = store.optimistic_get(txn, &key)? {
                found.push((key, value));
            }
        }
        Ok(found)
    })?;
    entries_to_js(env, entries).map_err(of_napi)
}

/// Writes a key.
#[napi]
pub fn optimistic_put(txn: f64, key: String, value: Given<'_>) -> Result<(), String> {
    let value = from_js(value);
    with_txn(txn, |store, txn| store.optimistic_put(txn, Key::from(key), value))
}

/// Writes several keys, all or none.
#[napi]
pub fn optimistic_put_many(txn: f64, pairs: Vec<Array<'_>>) -> Result<(), String> {
    let pairs = pairs.iter().map(pair_from_js).collect::<Result<Vec<_>>>().map_err(of_napi)?;
    with_txn(txn, |store, txn| store.optimistic_put_many(txn, pairs))
}

/// Deletes a key; whether it existed.
#[napi]
pub fn optimistic_delete(txn: f64, key: String) -> Result<bool, String> {
    with_txn(txn, |store, txn| store.optimistic_delete(txn, Key::from(key)))
}

/// Deletes several keys; how many existed.
#[napi]
pub fn optimistic_delete_many(txn: f64, keys: Vec<String>) -> Result<u32, String> {
    with_txn(txn, |store, txn| {
        let mut existed = 0;
        for key in keys {
            existed += u32::from(store.optimistic_delete(txn, Key::from(key))?);
        }
        Ok(existed)
    })
}

/// Keys and values of a range, in order.
#[napi]
#[allow(clippy::too_many_arguments, reason = "as `kv_list`")]
pub fn optimistic_list<'env>(
    env: &'env Env,
    txn: f64,
    start: Option<String>,
    start_after: Option<String>,
    end: Option<String>,
    prefix: Option<String>,
    reverse: bool,
    limit: Option<f64>,
) -> Result<Array<'env>, String> {
    let options = list_options(start, start_after, end, prefix, reverse, limit);
    let entries = with_txn(txn, |store, txn| store.optimistic_list(txn, &options))?;
    entries_to_js(env, entries).map_err(of_napi)
}

/// When the alarm is due, as the transaction sees it.
#[napi]
pub fn optimistic_alarm(txn: f64) -> Result<Option<f64>, String> {
    with_txn(txn, |store, txn| Ok(store.optimistic_alarm(txn).map(|due_ms| due_ms as f64)))
}

/// Sets the alarm to a time in milliseconds since the Unix epoch, `now_ms` at the earliest.
#[napi]
pub fn optimistic_set_alarm(txn: f64, time_ms: f64, now_ms: f64) -> Result<(), String> {
    with_txn(txn, |_, txn| txn.set_alarm(time_ms, now_ms as i64))
}

/// Deletes the alarm.
#[napi]
pub fn optimistic_delete_alarm(txn: f64) -> Result<(), String> {
    with_txn(txn, |_, txn| {
        txn.delete_alarm();
        Ok(())
    })
}

/// Begins a part that can be undone by itself: its number within the transaction.
#[napi]
pub fn optimistic_begin_part(txn: f64) -> Result<u32, String> {
    with_txn(txn, |_, txn| Ok(txn.begin_part() as u32))
}

/// Ends a part, whose writes stay or are forgotten.
#[napi]
pub fn optimistic_end_part(txn: f64, part: u32, keep: bool) -> Result<(), String> {
    with_txn(txn, |_, txn| {
        if keep {
            txn.keep_part(part as usize)
        } else {
            txn.undo_part(part as usize)
        }
        Ok(())
    })
}

/// Ends the transaction, which either joins the open turn or writes nothing. Whether what it read was still so:
/// if not, it has written nothing and what became of it means nothing.
#[napi]
pub fn optimistic_end(txn: f64, commit: bool) -> Result<bool, String> {
    let Some(Open { store, txn }) = take(txn) else { return Ok(false) };
    with_store(store, |store| {
        let ended = if commit { store.commit_optimistic(txn) } else { store.abandon_optimistic(&txn) };
        match ended {
            Ok(()) => Ok(true),
            Err(StorageError::Conflict) => Ok(false),
            Err(error) => Err(error),
        }
    })
}

/// Gives the store to the transaction, which was optimistic up to now: the numbers of it and of its open parts
/// for the functions below, outermost first. None when what it read is not so any more: it has ended then.
#[napi]
pub fn optimistic_take_store(txn: f64) -> Result<Option<Vec<f64>>, String> {
    let Some(Open { store, txn }) = take(txn) else { return Ok(None) };
    with_store(store, |store| match store.take_store(txn) {
        Ok(opened) => Ok(Some(opened.into_iter().map(|no| no.0 as f64).collect())),
        Err(StorageError::Conflict) => Ok(None),
        Err(error) => Err(error),
    })
}

/// Begins a transaction that has the store to itself, inside those that have.
#[napi]
pub fn begin_store_transaction(store: f64) -> Result<f64, String> {
    with_store(store, |store| Ok(store.begin_transaction()?.0 as f64))
}

/// Ends it.
#[napi]
pub fn end_store_transaction(store: f64, transaction: f64, commit: bool) -> Result<(), String> {
    let end = if commit { TransactionEnd::Commit } else { TransactionEnd::RollBack };
    with_store(store, |store| store.end_transaction(TransactionNo(transaction as u64), end).map(drop))
}

/// Sets the alarm of a store to a time in milliseconds since the Unix epoch, `now_ms` at the earliest.
#[napi]
pub fn set_store_alarm(store: f64, time_ms: f64, now_ms: f64) -> Result<(), String> {
    with_store(store, |store| store.set_alarm(time_ms, now_ms as i64, WriteOptions::default()))
}

/// Uses a transaction and its store.
fn with_txn<T>(
    txn: f64,
    use_txn: impl FnOnce(&mut Store, &mut OptimisticTransaction) -> std::result::Result<T, StorageError>,
) -> Result<T, String> {
    TRANSACTIONS.with_borrow_mut(|table| {
        let open = table.open.get_mut(&(txn as u64)).ok_or_else(|| plain("the transaction has ended"))?;
        with_store(open.store, |store| use_txn(store, &mut open.txn))
    })
}

fn take(txn: f64) -> Option<Open> {
    TRANSACTIONS.with_borrow_mut(|table| table.open.remove(&(txn as u64)))
}
