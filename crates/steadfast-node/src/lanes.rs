//! The lanes of this JavaScript thread, as free functions over a small number.
//!
//! A method of a class costs ten times what a function costs at this boundary, and a request makes ten
//! such calls; so a lane is named by its index in a thread-local table. The table belongs to the thread:
//! no other can reach it, and it goes when the thread's environment does.

use std::cell::RefCell;
use std::collections::HashMap;
use std::sync::Arc;
use std::time::Duration;

use bytes::Bytes;
use http::StatusCode;
use napi::bindgen_prelude::{Array, Either, Either3, Function, Null};
use napi::threadsafe_function::ThreadsafeFunctionCallMode;
use napi::{Env, Error, Result, Status};
use napi_derive::napi;
use steadfast::id::{IdFactory, ObjectId};
use steadfast::limits::ID_BYTES;
use steadfast::runtime::{
    ActivationNo, Background, CallRefused, Context, Lane, Mailbox, NamespaceNo, NamespaceSettings, Pulse,
    ResetReason, SectionNo, Step, Target,
};
use steadfast::storage::Backing;

use crate::error;
use crate::front::{Attached, Front, Inbound, Mail, Standing};
use crate::http::Exchange;
use crate::registry;
use crate::step::{self, Detail};

/// How a lane comes to leave its server.
#[derive(Clone, Copy)]
enum Leaving {
    /// Its code is replaced, or the server stops.
    Asked,
    /// Its thread ends.
    Dead,
}

/// One lane and what JavaScript has open with it.
pub(crate) struct OpenLane {
    pub(crate) lane: Lane<Inbound>,
    pub(crate) front: Arc<Front>,
    pulse: Arc<Pulse>,
    /// The life of each place, as far as this lane has heard.
    pub(crate) lives: Vec<u32>,
    /// The life of its own place.
    pub(crate) life: u32,
    /// Requests that have come and are not answered, by number.
    pub(crate) exchanges: HashMap<u32, Exchange>,
    pub(crate) last_exchange: u32,
    /// What JavaScript may ask about the step it was given last.
    pub(crate) detail: Detail,
    ids: Vec<IdFactory>,
    /// It has left its server and only has to tell its own code so.
    detached: bool,
}

thread_local! {
    static LANES: RefCell<Vec<Option<OpenLane>>> = const { RefCell::new(Vec::new()) };
}

/// Stands for a lane where there is none: see [`stores`](crate::stores).
pub(crate) const NO_LANE: u32 = 0;

/// Uses a lane of this thread. No JavaScript runs inside.
pub(crate) fn with_lane<T>(lane: u32, use_lane: impl FnOnce(&mut OpenLane) -> T) -> Result<T> {
    LANES.with_borrow_mut(|lanes| {
        let open = lanes.get_mut(lane as usize).and_then(Option::as_mut);
        open.map(use_lane).ok_or_else(|| failure("the worker has been stopped"))
    })
}

/// The same for what has no one to tell once the lane is gone.
pub(crate) fn with_lane_if_any(lane: u32, use_lane: impl FnOnce(&mut OpenLane)) {
    LANES.with_borrow_mut(|lanes| {
        if let Some(open) = lanes.get_mut(lane as usize).and_then(Option::as_mut) {
            use_lane(open);
        }
    });
}

/// Attaches a lane of this thread to a server, at this place. `wake` is called on this thread when
/// something has arrived.
#[napi]
pub fn open_lane(env: Env, token: u32, place: u32, wake: Function<'_, (), ()>) -> Result<u32> {
    let front = registry::find(token).ok_or_else(|| failure("the server has been stopped"))?;
    let wake = wake.build_threadsafe_function::<()>().weak::<true>().build()?;
    let mailbox = Mailbox::new(move || {
        wake.call((), ThreadsafeFunctionCallMode::NonBlocking);
    });
    let pulse = Arc::new(Pulse::default());
    // Before the lane is made: it reads how far the objects of those before it had come.
    let attached = Attached { mailbox: mailbox.clone(), pulse: pulse.clone() };
    let standing = front.attach(place, attached);
    let Some(Standing { share, lives }) = standing else {
        return Err(failure("another thread runs the worker of this server"));
    };
    let open = OpenLane {
        lane: Lane::new(front.runtime.clone(), mailbox).with_share(share),
        front,
        pulse,
        life: lives[place as usize],
        lives,
        exchanges: HashMap::new(),
        last_exchange: 0,
        detail: Detail::None,
        ids: Vec::new(),
        detached: false,
    };
    let number = LANES.with_borrow_mut(|lanes| {
        if lanes.is_empty() {
            // The place of `NO_LANE`.
            lanes.push(None);
        }
        lanes.push(Some(open));
        u32::try_from(lanes.len() - 1).expect("a thread has few lanes")
    });
    // A thread that ends without detaching takes its objects with it, and the turn it was within.
    env.add_env_cleanup_hook(number, |number| {
        with_lane_if_any(number, |open| open.leave(Leaving::Dead));
        close(number);
    })?;
    Ok(number)
}

/// Resets every object, answers what is open, and leaves the server. Calling it again does nothing.
#[napi]
pub fn detach(lane: u32) {
    with_lane_if_any(lane, |open| {
        if !open.detached {
            open.lane.end_turn();
            open.leave(Leaving::Asked);
        }
    });
}

/// Adds a namespace; `sqlite` says whether its class was declared to use SQLite, `history_ms` for how long
/// what its objects were is kept, if at all.
#[napi]
pub fn add_namespace(lane: u32, unique_key: String, sqlite: bool, history_ms: Option<f64>) -> Result<u32> {
    let history = history_ms.map(|ms| Duration::from_millis(ms.max(0.0) as u64));
    let backing = if sqlite { Backing::Sqlite } else { Backing::KeyValue };
    with_lane(lane, |open| {
        open.ids.push(IdFactory::new(&unique_key));
        open.lane.add_namespace(unique_key, NamespaceSettings { backing, history }).0
    })
}

/// The id of a name, as 64 hex digits.
#[napi]
pub fn id_from_name(lane: u32, namespace: u32, name: String) -> Result<String> {
    with_lane(lane, |open| Ok(open.factory(namespace)?.from_name(&name).to_string()))?
}

/// A new id.
#[napi]
pub fn unique_id(lane: u32, namespace: u32) -> Result<String> {
    with_lane(lane, |open| {
        let id = open.factory(namespace)?.unique().map_err(|error| failure(error.message()))?;
        Ok(id.to_string())
    })?
}

/// The id of 64 hex digits, in lower case.
#[napi]
pub fn id_from_string(lane: u32, namespace: u32, text: String) -> Result<String, String> {
    let id = with_lane(lane, |open| {
        let factory = open.factory(namespace).map_err(error::of_napi)?;
        factory.from_hex(&text).map_err(error::of_library)
    });
    Ok(id.map_err(error::of_napi)??.to_string())
}

/// Takes in what other threads have sent.
#[napi]
pub fn receive(lane: u32) {
    with_lane_if_any(lane, |open| {
        open.lane.receive();
        open.pulse.beat(true);
    });
}

/// Ends the turn and begins the next: 0 when there is nothing to do, else the kind of the step plus
/// 16 times its number. See `step`.
#[napi]
pub fn advance(lane: u32) -> f64 {
    let mut packed = 0.0;
    let mut over = false;
    with_lane_if_any(lane, |open| {
        open.lane.end_turn();
        match open.lane.next() {
            None => over = open.detached && !open.lane.is_awaited(),
            Some(Step::Host(message)) => packed = open.take_in(message),
            Some(step) => (packed, open.detail) = step::pack(step),
        }
        open.pulse.beat(packed != 0.0);
    });
    if over {
        close(lane);
    }
    packed
}

/// The activation of the step given last.
#[napi]
pub fn step_activation(lane: u32) -> Result<f64> {
    with_lane(lane, |open| open.detail.activation())
}

/// Everything about the step given last; its first element says which it is.
#[napi]
pub fn step_detail<'env>(env: &'env Env, lane: u32) -> Result<Array<'env>> {
    let detail = with_lane(lane, |open| std::mem::take(&mut open.detail))?;
    detail.encode(env)
}

/// Queues a call: its number, or why it was refused (class, message, reset, overloaded).
#[napi]
#[allow(clippy::too_many_arguments, reason = "one wide call instead of several crossings")]
pub fn call<'env>(
    env: &'env Env,
    lane: u32,
    activation: f64,
    section: u32,
    depth: u32,
    namespace: u32,
    id: String,
    name: Option<String>,
    first_call: f64,
) -> Result<Either<f64, Array<'env>>> {
    let id = id_of(&id)?;
    let id = ObjectId::from_bytes(id, name.map(Into::into)).seen_by_object();
    let name = id.name().map(Into::into);
    let target = Target { namespace: NamespaceNo(namespace), id: *id.bytes(), name, facet: None };
    let first_call = (first_call > 0.0).then_some(first_call as u64);
    let caller = context(activation, section);
    match with_lane(lane, |open| open.lane.call(caller, target, depth, first_call))? {
        Ok(call) => Ok(Either::A(call as f64)),
        Err(refused) => refusal(env, &refused).map(Either::B),
    }
}

/// Where the lane stands: its place, how many there are, and the life of each.
#[napi]
pub fn standing(lane: u32) -> Result<Vec<u32>> {
    with_lane(lane, |open| {
        let share = open.lane.share();
        [share.place(), share.lanes()].into_iter().chain(open.lives.iter().copied()).collect()
    })
}

/// Numbers a call to an object of another lane, as `call` does those to its own.
#[napi]
pub fn next_call(lane: u32) -> Result<f64> {
    with_lane(lane, |open| open.lane.runtime().next_call() as f64)
}

/// Sends text and bytes to the lane at `place`, when this turn has ended, as the context's doing. It comes
/// as a step there, unless that place has another life than `life` by then.
#[napi]
#[allow(clippy::too_many_arguments, reason = "one wide call instead of several crossings")]
pub fn post(
    lane: u32,
    activation: f64,
    section: u32,
    place: u32,
    life: u32,
    text: String,
    bytes: Either3<&[u8], Null, ()>,
) -> Result<()> {
    let bytes = match bytes {
        Either3::A(bytes) => Some(Bytes::copy_from_slice(bytes)),
        Either3::B(_) | Either3::C(()) => None,
    };
    with_lane(lane, |open| {
        let front = open.front.clone();
        let (from, own_life) = (open.lane.share().place(), open.life);
        let send = move |position| {
            front.post(place, life, Mail { from, life: own_life, position, text, bytes });
        };
        open.lane.post(context(activation, section), Box::new(send));
    })
}

/// The object has answered the call, or thrown.
#[napi]
pub fn reply(lane: u32, call: f64) {
    with_lane_if_any(lane, |open| open.lane.reply(call as u64));
}

/// The constructor has returned.
#[napi]
pub fn constructed(lane: u32, activation: f64) {
    with_lane_if_any(lane, |open| open.lane.constructed(activation_no(activation)));
}

/// The section's callback has succeeded.
#[napi]
pub fn end_section(lane: u32, activation: f64, section: u32) {
    with_lane_if_any(lane, |open| open.lane.end_section(activation_no(activation), SectionNo(section)));
}

/// Something of the activation's is pending.
#[napi]
pub fn begin_activity(lane: u32, activation: f64) {
    with_lane_if_any(lane, |open| open.lane.begin_activity(activation_no(activation)));
}

/// It has settled.
#[napi]
pub fn end_activity(lane: u32, activation: f64) {
    with_lane_if_any(lane, |open| open.lane.end_activity(activation_no(activation)));
}

/// The activation has left a timer (0) or a promise of `waitUntil` (1) behind.
#[napi]
pub fn begin_background(lane: u32, activation: f64, kind: u32) {
    with_lane_if_any(lane, |open| open.lane.begin_background(activation_no(activation), background(kind)));
}

/// It has settled.
#[napi]
pub fn end_background(lane: u32, activation: f64, kind: u32) {
    with_lane_if_any(lane, |open| open.lane.end_background(activation_no(activation), background(kind)));
}

fn background(kind: u32) -> Background {
    if kind == 0 { Background::Timer } else { Background::WaitUntil }
}

/// Evicts an activation now if it is idle; whether it was.
#[napi]
pub fn evict(lane: u32, activation: f64) -> Result<bool> {
    with_lane(lane, |open| open.lane.evict_idle(activation_no(activation)))
}

/// Whether an output may leave now; if not, `token` is resumed when it may.
#[napi]
pub fn output_wait(lane: u32, activation: f64, section: u32, token: f64) -> Result<bool> {
    with_lane(lane, |open| open.lane.output_wait(context(activation, section), token as u64))
}

/// Whether everything written is durable; if not, `token` is resumed when it is.
#[napi]
pub fn sync_wait(lane: u32, activation: f64, section: u32, token: f64) -> Result<bool> {
    with_lane(lane, |open| open.lane.sync_wait(context(activation, section), token as u64))
}

/// Delivers `token` through the context's gate.
#[napi]
pub fn resume(lane: u32, activation: f64, section: u32, token: f64) {
    with_lane_if_any(lane, |open| open.lane.resume(context(activation, section), token as u64));
}

/// Delivers `token` to one context with what another has written by the end of this turn.
#[napi]
pub fn cross(lane: u32, from: f64, to: f64, to_section: u32, token: f64) {
    with_lane_if_any(lane, |open| open.lane.cross(context(from, 0), context(to, to_section), token as u64));
}

/// Opens a critical section inside `parent` (0 for none).
#[napi]
pub fn open_section(lane: u32, activation: f64, parent: u32) -> Result<u32, String> {
    let opened =
        with_lane(lane, |open| open.lane.open_section(activation_no(activation), section_no(parent)));
    opened.map_err(error::of_napi)?.map(|section| section.0).map_err(error::plain)
}

/// Resets an activation with an error of this class and message. An alarm it was running is retried,
/// or given up.
#[napi]
pub fn reset(lane: u32, activation: f64, class: String, message: String, retry_alarm: bool) {
    let reason = ResetReason { class: class.into(), ..ResetReason::error(message) };
    with_lane_if_any(lane, |open| {
        if retry_alarm {
            open.lane.reset(activation_no(activation), reason);
        } else {
            open.lane.reset_abandoning_alarm(activation_no(activation), reason);
        }
    });
}

/// Forgets a lane that has nothing left to tell.
fn close(lane: u32) {
    let closed = LANES.with_borrow_mut(|lanes| lanes.get_mut(lane as usize).and_then(Option::take));
    drop(closed);
}

impl OpenLane {
    /// Lets go of every object and of the server, dropping the turn that is open.
    fn leave(&mut self, leaving: Leaving) {
        if std::mem::replace(&mut self.detached, true) {
            return;
        }
        // Somebody gave it up because it did not leave when it was asked.
        let given_up = self.lane.mailbox().is_closed();
        drop(self.lane.close());
        let place = self.lane.share().place();
        match leaving {
            Leaving::Dead if given_up => self.refuse_open(StatusCode::SERVICE_UNAVAILABLE, REPLACED),
            Leaving::Asked => {
                self.refuse_open(StatusCode::SERVICE_UNAVAILABLE, REPLACED);
                self.front.detach(place, self.lane.mailbox());
            }
            Leaving::Dead => {
                self.refuse_open(StatusCode::INTERNAL_SERVER_ERROR, "the worker's thread has ended\n");
                self.front.lose(place, self.lane.mailbox());
            }
        }
    }

    fn factory(&self, namespace: u32) -> Result<&IdFactory> {
        self.ids.get(namespace as usize).ok_or_else(|| failure("no such namespace"))
    }
}

/// Says to clients why there is no answer.
const REPLACED: &str = "the worker's code was replaced\n";

pub(crate) fn activation_no(activation: f64) -> ActivationNo {
    ActivationNo(activation as u64)
}

pub(crate) fn id_of(hex: &str) -> Result<[u8; ID_BYTES]> {
    let mut id = [0; ID_BYTES];
    let digits = hex.as_bytes();
    if digits.len() != 2 * ID_BYTES {
        return Err(failure("an id has 64 hex digits"));
    }
    for (byte, pair) in id.iter_mut().zip(digits.chunks_exact(2)) {
        *byte = nibble(pair[0])? << 4 | nibble(pair[1])?;
    }
    Ok(id)
}

fn nibble(digit: u8) -> Result<u8> {
    let value = char::from(digit).to_digit(16).ok_or_else(|| failure("an id has 64 hex digits"))?;
    Ok(value as u8)
}

/// A context from the two numbers JavaScript passes.
pub(crate) fn context(activation: f64, section: u32) -> Context {
    if activation == 0.0 {
        return Context::Entry;
    }
    Context::Object { activation: ActivationNo(activation as u64), section: section_no(section) }
}

pub(crate) fn section_no(section: u32) -> Option<SectionNo> {
    (section > 0).then_some(SectionNo(section))
}

pub(crate) fn refusal<'env>(env: &'env Env, refused: &CallRefused) -> Result<Array<'env>> {
    let mut array = env.create_array(4)?;
    let (class, reset, overloaded) = match refused {
        CallRefused::Broken(reason) => (&*reason.class, reason.tells_reset, reason.overloaded),
        CallRefused::Overloaded => ("Error", false, true),
        CallRefused::CodeReplaced => ("Error", true, false),
        CallRefused::TooDeep | CallRefused::CallerGone => ("Error", false, false),
    };
    array.set(0, class)?;
    array.set(1, refused.to_string())?;
    array.set(2, reset)?;
    array.set(3, overloaded)?;
    Ok(array)
}

pub(crate) fn failure(text: impl Into<String>) -> Error {
    Error::new(Status::GenericFailure, text.into())
}
