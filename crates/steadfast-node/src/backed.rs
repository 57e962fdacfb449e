//! Storage on a backing in JavaScript: converts names, calls [`steadfast::backed`], converts back.
//!
//! What lives here is held by JavaScript as externals, and freed with them. An overlay is shared, since a
//! store and a transaction go on using theirs. No function calls JavaScript while it borrows one, and none
//! lets a panic out: it becomes an error of that call.

use std::cell::RefCell;
use std::rc::Rc;

use napi::bindgen_prelude::{Array, Either, Either3, External, Null};
use napi::{Env, Error, JsString, Result, Status};
use napi_derive::napi;
use steadfast::backed::{
    Alarms, BackedStore, DeleteSet, Flush, FlushPlan, Known, ListFilter, NotRunning, Overlay, Transaction,
    Verdict,
};
use steadfast::engine::{Direction, Key};

/// An overlay, shared by those who use it.
pub(crate) type Shared = Rc<RefCell<Overlay>>;
/// One name or several.
type Names<'a> = Either<JsString<'a>, Vec<JsString<'a>>>;

/// A store and its overlay.
pub struct Backed {
    store: Rc<RefCell<BackedStore>>,
    overlay: Shared,
}

/// A transaction, its store, and the overlay of its present run.
pub struct Running {
    transaction: RefCell<Transaction>,
    store: Rc<RefCell<BackedStore>>,
    below: Shared,
    overlay: RefCell<Shared>,
}

/// An empty overlay.
#[napi(catch_unwind)]
pub fn overlay_new(record_reads: bool) -> External<Shared> {
    let overlay = if record_reads { Overlay::recording() } else { Overlay::new() };
    External::new(Rc::new(RefCell::new(overlay)))
}

/// The keys are written now.
#[napi(catch_unwind)]
pub fn overlay_put(overlay: &External<Shared>, keys: Names<'_>) -> Result<()> {
    set(overlay, keys, Known::Written)
}

/// The keys are deleted now.
#[napi(catch_unwind)]
pub fn overlay_delete(overlay: &External<Shared>, keys: Names<'_>) -> Result<()> {
    set(overlay, keys, Known::Deleted)
}

/// Nothing is known of the key any more.
#[napi(catch_unwind)]
pub fn overlay_forget(overlay: &External<Shared>, key: JsString<'_>) -> Result<()> {
    let key = key_of(key)?;
    overlay.borrow_mut().forget(&key);
    Ok(())
}

/// Nothing is known of any key any more.
#[napi(catch_unwind)]
pub fn overlay_clear(overlay: &External<Shared>) {
    overlay.borrow_mut().clear();
}

/// Indices of the keys that the backing must be asked for.
#[napi(catch_unwind)]
pub fn overlay_ask(overlay: &External<Shared>, keys: Vec<JsString<'_>>) -> Result<Vec<u32>> {
    let keys = keys_of(keys)?;
    let mut overlay = overlay.borrow_mut();
    let asked = (0..).zip(keys).filter(|(_, key)| overlay.ask(key.clone()).is_none());
    Ok(asked.map(|(at, _)| at).collect())
}

/// Whether the backing must be asked for the key.
#[napi(catch_unwind)]
pub fn overlay_ask_one(overlay: &External<Shared>, key: JsString<'_>) -> Result<bool> {
    let key = key_of(key)?;
    Ok(overlay.borrow_mut().ask(key).is_none())
}

/// How many of the keys are written, then the indices of those that the backing must be asked for.
#[napi(catch_unwind)]
pub fn overlay_ask_has(overlay: &External<Shared>, keys: Vec<JsString<'_>>) -> Result<Vec<u32>> {
    let keys = keys_of(keys)?;
    let mut overlay = overlay.borrow_mut();
    let mut answer = vec![0];
    for (at, key) in (0..).zip(keys) {
        match overlay.ask(key) {
            Some(Known::Written) => answer[0] += 1,
            Some(Known::Deleted) => {}
            None => answer.push(at),
        }
    }
    Ok(answer)
}

/// The limit to ask the backing for. No limit and 0, which is none, stay what they are.
#[napi(catch_unwind)]
pub fn overlay_list_limit(
    overlay: &External<Shared>,
    prefix: Option<JsString<'_>>,
    exclude_prefix: Option<JsString<'_>>,
    start: Option<JsString<'_>>,
    end: Option<JsString<'_>>,
    limit: Option<f64>,
) -> Result<Option<f64>> {
    let filter = filter_of(prefix, exclude_prefix, start, end)?;
    let deleted = || overlay.borrow().deleted_matching(&filter) as f64;
    Ok(limit.map(|limit| if names_max(limit).is_some() { limit + deleted() } else { limit }))
}

/// The names of a listing, merged.
#[napi(catch_unwind)]
#[allow(clippy::too_many_arguments, reason = "an object with these fields costs several times as much")]
pub fn overlay_list<'env>(
    env: &'env Env,
    overlay: &External<Shared>,
    prefix: Option<JsString<'_>>,
    exclude_prefix: Option<JsString<'_>>,
    start: Option<JsString<'_>>,
    end: Option<JsString<'_>>,
    reverse: bool,
    limit: Option<f64>,
    names: Vec<JsString<'_>>,
) -> Result<Array<'env>> {
    let filter = filter_of(prefix, exclude_prefix, start, end)?;
    let direction = if reverse { Direction::Reverse } else { Direction::Forward };
    let names = keys_of(names)?;
    let names = overlay.borrow_mut().list(&filter, direction, limit.and_then(names_max), names);
    to_names(env, &names)
}

/// A key is read.
#[napi(catch_unwind)]
pub fn overlay_note_read(overlay: &External<Shared>, key: JsString<'_>) -> Result<()> {
    let key = key_of(key)?;
    overlay.borrow_mut().note_read(key);
    Ok(())
}

/// The storage of one object over its overlay.
#[napi(catch_unwind)]
pub fn backed_new(overlay: &External<Shared>) -> External<Backed> {
    let store = Rc::new(RefCell::new(BackedStore::new()));
    External::new(Backed { store, overlay: Rc::clone(overlay) })
}

/// The keys are written.
#[napi(catch_unwind)]
pub fn backed_put(backed: &External<Backed>, keys: Names<'_>) -> Result<()> {
    let (store, overlay) = (&backed.store, &backed.overlay);
    match keys {
        Either::A(key) => {
            let key = key_of(key)?;
            store.borrow_mut().put(&mut overlay.borrow_mut(), [key]);
        }
        Either::B(keys) => {
            let keys = keys_of(keys)?;
            store.borrow_mut().put(&mut overlay.borrow_mut(), keys);
        }
    }
    Ok(())
}

/// The keys are deleted: how many were written, and the number of the delete set.
#[napi(catch_unwind)]
pub fn backed_delete(backed: &External<Backed>, keys: Names<'_>) -> Result<Vec<u32>> {
    let keys = all_keys_of(keys)?;
    let deleted = backed.store.borrow_mut().delete(&mut backed.overlay.borrow_mut(), keys);
    let written = u32::try_from(deleted.written).expect("an array has fewer than 2^32 names");
    Ok(vec![written, deleted.set.unwrap_or_default()])
}

/// The keys are deleted, uncounted.
#[napi(catch_unwind)]
pub fn backed_delete_all(backed: &External<Backed>, names: Vec<JsString<'_>>) -> Result<()> {
    let keys = keys_of(names)?;
    backed.store.borrow_mut().delete_uncounted(&mut backed.overlay.borrow_mut(), keys);
    Ok(())
}

/// Something beside the overlay is written.
#[napi(catch_unwind)]
pub fn backed_note(backed: &External<Backed>, keys: Vec<JsString<'_>>) -> Result<()> {
    let keys = keys_of(keys)?;
    backed.store.borrow_mut().note(keys);
    Ok(())
}

/// What to flush.
#[napi(catch_unwind)]
pub fn backed_flush<'env>(
    env: &'env Env,
    backed: &External<Backed>,
) -> Result<Either3<Array<'env>, bool, Null>> {
    let flush = backed.store.borrow_mut().flush(&backed.overlay.borrow());
    Ok(match flush {
        Flush::Nothing => Either3::C(Null),
        Flush::PutAll => Either3::B(true),
        Flush::Plan(plan) => Either3::A(to_plan(env, &plan)?),
    })
}

/// The flush is done.
#[napi(catch_unwind)]
pub fn backed_flushed(backed: &External<Backed>) {
    backed.store.borrow_mut().flushed(&mut backed.overlay.borrow_mut());
}

/// The flush has failed.
#[napi(catch_unwind)]
pub fn backed_flush_failed(backed: &External<Backed>) {
    backed.store.borrow_mut().flush_failed();
}

/// A transaction arrives.
#[napi(catch_unwind)]
pub fn txn_begin(
    backed: &External<Backed>,
    overlay: &External<Shared>,
    parent: Either<&External<Running>, Null>,
) -> External<Running> {
    let transaction = match parent {
        Either::A(parent) => backed.store.borrow_mut().begin(Some(&parent.transaction.borrow())),
        Either::B(Null) => backed.store.borrow_mut().begin(None),
    };
    External::new(Running {
        transaction: RefCell::new(transaction),
        store: Rc::clone(&backed.store),
        below: Rc::clone(&backed.overlay),
        overlay: RefCell::new(Rc::clone(overlay)),
    })
}

/// It runs again.
#[napi(catch_unwind)]
pub fn txn_restart(running: &External<Running>, overlay: &External<Shared>) -> Result<()> {
    let mut transaction = running.transaction.borrow_mut();
    running.store.borrow_mut().restart(&mut transaction).map_err(not_running)?;
    running.overlay.replace(Rc::clone(overlay));
    Ok(())
}

/// It writes or deletes keys: how many so far.
#[napi(catch_unwind)]
pub fn txn_wrote(running: &External<Running>, keys: Names<'_>) -> Result<f64> {
    let keys = all_keys_of(keys)?;
    Ok(running.transaction.borrow_mut().wrote(keys) as f64)
}

/// Its run has ended.
#[napi(catch_unwind)]
pub fn txn_commit(running: &External<Running>) -> Result<u32> {
    let above = running.overlay.borrow();
    if Rc::ptr_eq(&above, &running.below) {
        return Err(failure("a transaction needs an overlay of its own"));
    }
    let mut transaction = running.transaction.borrow_mut();
    let mut store = running.store.borrow_mut();
    let verdict = store.commit(&mut running.below.borrow_mut(), &mut transaction, &above.borrow());
    Ok(match verdict.map_err(not_running)? {
        Verdict::Committed => 0,
        Verdict::RunAgain => 1,
        Verdict::WaitTurn => 2,
    })
}

/// It has ended: the ticket of the one whose turn it is now, or 0.
#[napi(catch_unwind)]
pub fn txn_end(running: &External<Running>) -> f64 {
    let turn = running.store.borrow_mut().end(&mut running.transaction.borrow_mut());
    turn.map_or(0.0, |ticket| ticket.number() as f64)
}

/// Its place in the order of arrival.
#[napi(catch_unwind)]
pub fn txn_ticket(running: &External<Running>) -> f64 {
    running.transaction.borrow().ticket().number() as f64
}

/// No alarms.
#[napi(catch_unwind)]
pub fn alarms_new() -> External<RefCell<Alarms>> {
    External::new(RefCell::new(Alarms::new()))
}

/// Alarms that were stored.
#[napi(catch_unwind)]
pub fn alarms_load(
    alarms: &External<RefCell<Alarms>>,
    keys: Vec<JsString<'_>>,
    times: Vec<f64>,
) -> Result<()> {
    let keys = keys_of(keys)?;
    let mut alarms = alarms.borrow_mut();
    keys.into_iter().zip(times).for_each(|(key, time)| alarms.load(key, time));
    Ok(())
}

/// Sets an alarm: milliseconds until its timer, or -1.
#[napi(catch_unwind)]
pub fn alarms_set(alarms: &External<RefCell<Alarms>>, key: JsString<'_>, time: f64, now: f64) -> Result<f64> {
    let key = key_of(key)?;
    Ok(alarms.borrow_mut().set(key, time, now).unwrap_or(NO_TIMER))
}

/// Forgets an alarm.
#[napi(catch_unwind)]
pub fn alarms_delete(alarms: &External<RefCell<Alarms>>, key: JsString<'_>) -> Result<bool> {
    let key = key_of(key)?;
    Ok(alarms.borrow_mut().delete(&key))
}

/// Forgets all alarms.
#[napi(catch_unwind)]
pub fn alarms_clear(alarms: &External<RefCell<Alarms>>) {
    alarms.borrow_mut().clear();
}

/// The timers to start.
#[napi(catch_unwind)]
pub fn alarms_scan<'env>(
    env: &'env Env,
    alarms: &External<RefCell<Alarms>>,
    now: f64,
) -> Result<Array<'env>> {
    let timers = alarms.borrow().scan(now);
    let mut array = env.create_array(length(timers.len()))?;
    for (at, timer) in (0..).zip(timers) {
        let mut pair = env.create_array(2)?;
        pair.set(0, to_name(env, &timer.key)?)?;
        pair.set(1, timer.delay_ms)?;
        array.set(at, pair)?;
    }
    Ok(array)
}

fn set(overlay: &External<Shared>, keys: Names<'_>, known: Known) -> Result<()> {
    let keys = all_keys_of(keys)?;
    let mut overlay = overlay.borrow_mut();
    keys.into_iter().for_each(|key| overlay.set(key, known));
    Ok(())
}

fn filter_of(
    prefix: Option<JsString<'_>>,
    exclude_prefix: Option<JsString<'_>>,
    start: Option<JsString<'_>>,
    end: Option<JsString<'_>>,
) -> Result<ListFilter> {
    let key = |name: Option<JsString<'_>>| name.map(key_of).transpose();
    Ok(ListFilter {
        prefix: key(prefix)?,
        exclude_prefix: key(exclude_prefix)?,
        start: key(start)?,
        end: key(end)?,
    })
}

/// How many names a limit allows; none for one that is no limit.
fn names_max(limit: f64) -> Option<usize> {
    (limit != 0.0 && !limit.is_nan()).then_some(limit as usize)
}

fn all_keys_of(names: Names<'_>) -> Result<Vec<Key>> {
    match names {
        Either::A(name) => Ok(vec![key_of(name)?]),
        Either::B(names) => keys_of(names),
    }
}

fn keys_of(names: Vec<JsString<'_>>) -> Result<Vec<Key>> {
    names.into_iter().map(key_of).collect()
}

/// The key of a name, as [`steadfast::backed`] says. Reading as UTF-8 turns half a surrogate pair into
/// U+FFFD, so only a name with that is looked at twice.
fn key_of(name: JsString<'_>) -> Result<Key> {
    let utf8 = name.into_utf8()?;
    let bytes = utf8.as_slice();
    if !bytes.contains(&REPLACEMENT[0]) || !bytes.windows(REPLACEMENT.len()).any(|part| part == REPLACEMENT) {
        return Ok(Key::copy_from_slice(bytes));
    }
    let utf16 = name.into_utf16()?;
    // A zero ends what was read, and is not part of it.
    let units = char::decode_utf16(utf16.iter().copied().take(name.utf16_len()?));
    let mut bytes = Vec::with_capacity(bytes.len());
    for unit in units {
        match unit {
            Ok(character) => bytes.extend_from_slice(character.encode_utf8(&mut [0; 4]).as_bytes()),
            Err(half) => {
                let unit = half.unpaired_surrogate();
                let low = |shift: u32| (unit >> shift & 0x3f) as u8 | 0x80;
                bytes.extend_from_slice(&[(unit >> 12) as u8 | 0xe0, low(6), low(0)]);
            }
        }
    }
    Ok(Key::from(bytes))
}

fn to_name<'env>(env: &'env Env, key: &[u8]) -> Result<JsString<'env>> {
    match std::str::from_utf8(key) {
        Ok(name) => env.create_string(name),
        Err(_) => env.create_string_utf16(utf16_of(key)),
    }
}

/// The characters of a key that has half a surrogate pair among them.
fn utf16_of(key: &[u8]) -> Vec<u16> {
    let mut units = Vec::with_capacity(key.len());
    let mut rest = key;
    while !rest.is_empty() {
        let valid = match std::str::from_utf8(rest) {
            Ok(text) => text.len(),
            Err(error) => error.valid_up_to(),
        };
        units.extend(String::from_utf8_lossy(&rest[..valid]).encode_utf16());
        rest = &rest[valid..];
        let [first, second, third, behind @ ..] = rest else { break };
        let low = |byte: u8| u16::from(byte & 0x3f);
        units.push(u16::from(first & 0x0f) << 12 | low(*second) << 6 | low(*third));
        rest = behind;
    }
    units
}

fn to_names<'env>(env: &'env Env, keys: &[Key]) -> Result<Array<'env>> {
    let mut array = env.create_array(length(keys.len()))?;
    for (at, key) in (0..).zip(keys) {
        array.set(at, to_name(env, key)?)?;
    }
    Ok(array)
}

fn to_plan<'env>(env: &'env Env, plan: &FlushPlan) -> Result<Array<'env>> {
    let mut sets = env.create_array(length(plan.delete_sets.len()))?;
    for (at, DeleteSet { no, keys }) in (0..).zip(&plan.delete_sets) {
        let mut set = env.create_array(length(keys.len() + 1))?;
        set.set(0, *no)?;
        for (at, key) in (1..).zip(keys) {
            set.set(at, to_name(env, key)?)?;
        }
        sets.set(at, set)?;
    }
    let mut array = env.create_array(3)?;
    array.set(0, sets)?;
    array.set(1, to_names(env, &plan.puts)?)?;
    array.set(2, to_names(env, &plan.late_deletes)?)?;
    Ok(array)
}

fn length(keys: usize) -> u32 {
    u32::try_from(keys).expect("an array has fewer than 2^32 names")
}

fn not_running(error: NotRunning) -> Error {
    failure(error.to_string())
}

fn failure(message: impl Into<String>) -> Error {
    Error::new(Status::GenericFailure, message.into())
}

/// What JavaScript is told when an alarm needs no timer yet.
const NO_TIMER: f64 = -1.0;
/// U+FFFD.
const REPLACEMENT: &[u8] = "\u{fffd}".as_bytes();
