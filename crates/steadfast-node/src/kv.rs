//! Key-value storage of an activation.
//!
//! Numbers, booleans and `null` are encoded and decoded here, in V8's format, because crossing with a
//! buffer costs more than what is in it; everything else crosses as serialized bytes.

use bytes::Bytes;
use napi::bindgen_prelude::{Array, BufferSlice, Either4, Either5, Null, Undefined};
use napi::{Env, Result};
use napi_derive::napi;
use steadfast::engine::{Key, Value};
use steadfast::storage::{AlarmAtDeleteAll, ListOptions, StorageError, Store, WriteOptions};

use crate::error::{of_napi, of_storage, plain};
use crate::lanes::{NO_LANE, activation_no, with_lane};
use crate::stores;

/// A value as JavaScript passes it.
pub(crate) type Given<'a> = Either4<f64, bool, Null, &'a [u8]>;
/// A value as JavaScript gets it; undefined when there is none.
pub(crate) type Stored<'env> = Either5<f64, bool, Null, BufferSlice<'env>, Undefined>;

/// The value of a key.
#[napi]
pub fn kv_get<'env>(env: &'env Env, lane: u32, activation: f64, key: String) -> Result<Stored<'env>, String> {
    let value = with_store(lane, activation, |store| store.get(key.as_bytes()))?;
    to_js(env, value).map_err(of_napi)
}

/// Key and value of those keys that exist, in order of key.
#[napi]
pub fn kv_get_many<'env>(
    env: &'env Env,
    lane: u32,
    activation: f64,
    keys: Vec<String>,
) -> Result<Array<'env>, String> {
    let keys = keys.into_iter().map(Key::from).collect();
    let entries = with_store(lane, activation, |store| store.get_many(keys))?;
    entries_to_js(env, entries).map_err(of_napi)
}

/// Writes a key.
#[napi]
pub fn kv_put(
    lane: u32,
    activation: f64,
    key: String,
    value: Given<'_>,
    allow_unconfirmed: bool,
) -> Result<(), String> {
    let value = from_js(value);
    let options = WriteOptions { allow_unconfirmed };
    with_store(lane, activation, |store| store.put(Key::from(key), value, options))
}

/// Writes several keys, all or none.
#[napi]
pub fn kv_put_many(
    lane: u32,
    activation: f64,
    pairs: Vec<Array<'_>>,
    allow_unconfirmed: bool,
) -> Result<(), String> {
    let pairs = pairs.iter().map(pair_from_js).collect::<Result<Vec<_>>>().map_err(of_napi)?;
    let options = WriteOptions { allow_unconfirmed };
    with_store(lane, activation, |store| store.put_many(pairs, options))
}

/// Deletes a key; whether it existed.
#[napi]
pub fn kv_delete(lane: u32, activation: f64, key: String, allow_unconfirmed: bool) -> Result<bool, String> {
    let options = WriteOptions { allow_unconfirmed };
    with_store(lane, activation, |store| store.delete(Key::from(key), options))
}

/// Deletes several keys; how many existed.
#[napi]
pub fn kv_delete_many(
    lane: u32,
    activation: f64,
    keys: Vec<String>,
    allow_unconfirmed: bool,
) -> Result<f64, String> {
    let keys = keys.into_iter().map(Key::from).collect();
    let options = WriteOptions { allow_unconfirmed };
    let deleted = with_store(lane, activation, |store| store.delete_many(keys, options))?;
    Ok(deleted as f64)
}

/// Keys and values of a range, in order.
#[napi]
#[allow(clippy::too_many_arguments, reason = "an object with these fields costs several times as much")]
pub fn kv_list<'env>(
    env: &'env Env,
    lane: u32,
    activation: f64,
    start: Option<String>,
    start_after: Option<String>,
    end: Option<String>,
    prefix: Option<String>,
    reverse: bool,
    limit: Option<f64>,
) -> Result<Array<'env>, String> {
    let options = list_options(start, start_after, end, prefix, reverse, limit);
    let entries = with_store(lane, activation, |store| store.list(&options))?;
    entries_to_js(env, entries).map_err(of_napi)
}

/// Deletes everything, the alarm with it unless that is kept.
#[napi]
pub fn kv_delete_all(lane: u32, activation: f64, keep_alarm: bool) -> Result<(), String> {
    let alarm = if keep_alarm { AlarmAtDeleteAll::Keep } else { AlarmAtDeleteAll::Delete };
    with_store(lane, activation, |store| store.delete_all(alarm))
}

/// Uses the store of an activation, or of none for [`NO_LANE`].
pub(crate) fn with_store<T>(
    lane: u32,
    activation: f64,
    use_store: impl FnOnce(&mut Store) -> std::result::Result<T, StorageError>,
) -> Result<T, String> {
    if lane == NO_LANE {
        return stores::with_store(activation, use_store);
    }
    let used = with_lane(lane, |open| open.lane.with_store(activation_no(activation), use_store));
    let used = used.map_err(of_napi)?;
    used.ok_or_else(|| plain("the Durable Object is no longer running"))?.map_err(of_storage)
}

/// What to list, of the arguments that every function that lists takes.
pub(crate) fn list_options(
    start: Option<String>,
    start_after: Option<String>,
    end: Option<String>,
    prefix: Option<String>,
    reverse: bool,
    limit: Option<f64>,
) -> ListOptions {
    ListOptions {
        start: start.map(Key::from),
        start_after: start_after.map(Key::from),
        end: end.map(Key::from),
        prefix: prefix.map(Key::from),
        reverse,
        limit: limit.map(|limit| limit as i64),
    }
}

pub(crate) fn pair_from_js(pair: &Array<'_>) -> Result<(Key, Value)> {
    let key: Option<String> = pair.get(0)?;
    let value: Option<Given<'_>> = pair.get(1)?;
    Ok((Key::from(key.unwrap_or_default()), from_js(value.unwrap_or(Either4::C(Null)))))
}

pub(crate) fn entries_to_js<'env>(env: &'env Env, entries: Vec<(Key, Value)>) -> Result<Array<'env>> {
    let mut array = env.create_array(u32::try_from(entries.len()).unwrap_or(u32::MAX))?;
    for (at, (key, value)) in (0..).zip(entries) {
        let mut pair = env.create_array(2)?;
        pair.set(0, &*String::from_utf8_lossy(&key))?;
        pair.set(1, to_js(env, Some(value))?)?;
        array.set(at, pair)?;
    }
    Ok(array)
}

pub(crate) fn from_js(value: Given<'_>) -> Value {
    match value {
        Either4::A(number) => encode_number(number),
        Either4::B(true) => Bytes::from_static(&[HEADER, VERSION, TAG_TRUE]),
        Either4::B(false) => Bytes::from_static(&[HEADER, VERSION, TAG_FALSE]),
        Either4::C(_) => Bytes::from_static(&[HEADER, VERSION, TAG_NULL]),
        Either4::D(bytes) => Bytes::copy_from_slice(bytes),
    }
}

pub(crate) fn to_js<'env>(env: &'env Env, value: Option<Value>) -> Result<Stored<'env>> {
    let Some(value) = value else { return Ok(Either5::E(())) };
    Ok(match &value[..] {
        [HEADER, _, TAG_TRUE] => Either5::B(true),
        [HEADER, _, TAG_FALSE] => Either5::B(false),
        [HEADER, _, TAG_NULL] => Either5::C(Null),
        [HEADER, _, TAG_INTEGER, varint @ ..] if !varint.is_empty() => Either5::A(decode_integer(varint)),
        [HEADER, _, TAG_DOUBLE, bytes @ ..] if bytes.len() == size_of::<f64>() => {
            Either5::A(f64::from_le_bytes(bytes.try_into().expect("the length was checked")))
        }
        _ => Either5::D(BufferSlice::copy_from(env, &value[..])?),
    })
}

/// As V8 does: an integer of 32 bits as a zig-zag varint, any other number as a double.
fn encode_number(number: f64) -> Value {
    let integer = number as i32;
    let mut bytes = vec![HEADER, VERSION];
    if f64::from(integer).to_bits() == number.to_bits() {
        bytes.push(TAG_INTEGER);
        let mut rest = ((integer << 1) ^ (integer >> 31)) as u32;
        while rest >= 0x80 {
            bytes.push((rest & 0x7f) as u8 | 0x80);
            rest >>= 7;
        }
        bytes.push(rest as u8);
    } else {
        bytes.push(TAG_DOUBLE);
        bytes.extend_from_slice(&number.to_le_bytes());
    }
    bytes.into()
}

fn decode_integer(varint: &[u8]) -> f64 {
    let zigzag =
        varint.iter().take(VARINT_BYTES_MAX).rev().fold(0_u64, |sum, byte| sum << 7 | u64::from(byte & 0x7f))
            as u32;
    f64::from((zigzag >> 1) as i32 ^ -((zigzag & 1) as i32))
}

const HEADER: u8 = 0xff;
const VERSION: u8 = 0x0f;
const TAG_TRUE: u8 = b'T';
const TAG_FALSE: u8 = b'F';
const TAG_NULL: u8 = b'0';
const TAG_INTEGER: u8 = b'I';
const TAG_DOUBLE: u8 = b'N';
/// A varint of 32 bits.
const VARINT_BYTES_MAX: usize = 5;
