//! `NativeLane`: the lane of one JavaScript thread.

use std::collections::HashMap;
use std::sync::Arc;

use napi::bindgen_prelude::{Array, BufferSlice, Either, Function, Undefined};
use napi::threadsafe_function::ThreadsafeFunctionCallMode;
use napi::{Env, Error, Result, Status};
use napi_derive::napi;
use steadfast::id::{IdFactory, ObjectId};
use steadfast::runtime::{
    ActivationNo, CallRefused, Context, Lane, Mailbox, NamespaceNo, ResetReason, SectionNo, Step, Target,
};

use crate::error;
use crate::front::{Front, Inbound};
use crate::http::Exchange;
use crate::registry;
use crate::step::{self, Encoded};

/// The lane of one JavaScript thread.
#[napi]
pub struct NativeLane {
    pub(crate) lane: Lane<Inbound>,
    pub(crate) front: Arc<Front>,
    /// Requests that have come and are not answered, by number.
    pub(crate) exchanges: HashMap<u32, Exchange>,
    pub(crate) last_exchange: u32,
    ids: Vec<IdFactory>,
    detached: bool,
}

#[napi]
impl NativeLane {
    /// Attaches to a server. `wake` is called on this thread when something has arrived.
    #[napi(constructor)]
    pub fn new(token: u32, wake: Function<'_, (), ()>) -> Result<Self> {
        let front = registry::find(token).ok_or_else(|| failure("the server has been stopped"))?;
        let wake = wake.build_threadsafe_function::<()>().weak::<true>().build()?;
        let mailbox = Mailbox::new(move || {
            wake.call((), ThreadsafeFunctionCallMode::NonBlocking);
        });
        if !front.attach(mailbox.clone()) {
            return Err(failure("another thread runs the worker of this server"));
        }
        let lane = Lane::new(front.runtime.clone(), mailbox);
        let exchanges = HashMap::new();
        Ok(Self { lane, front, exchanges, last_exchange: 0, ids: Vec::new(), detached: false })
    }

    /// Adds a namespace.
    #[napi]
    pub fn add_namespace(&mut self, unique_key: String) -> u32 {
        self.ids.push(IdFactory::new(&unique_key));
        self.lane.add_namespace(unique_key).0
    }

    /// The id of a name.
    #[napi]
    pub fn id_from_name<'env>(
        &self,
        env: &'env Env,
        namespace: u32,
        name: String,
    ) -> Result<BufferSlice<'env>> {
        bytes_of(env, &self.factory(namespace)?.from_name(&name))
    }

    /// A new id.
    #[napi]
    pub fn unique_id<'env>(&self, env: &'env Env, namespace: u32) -> Result<BufferSlice<'env>> {
        let id = self.factory(namespace)?.unique().map_err(|error| failure(error.message()))?;
        bytes_of(env, &id)
    }

    /// The id of 64 hex digits.
    #[napi]
    pub fn id_from_string<'env>(
        &self,
        env: &'env Env,
        namespace: u32,
        text: String,
    ) -> Result<BufferSlice<'env>, String> {
        let factory = self.factory(namespace).map_err(|error| error::plain(error.reason.clone()))?;
        let id = factory.from_hex(&text).map_err(error::of_library)?;
        bytes_of(env, &id).map_err(|error| error::plain(error.reason.clone()))
    }

    /// Takes in what other threads have sent.
    #[napi]
    pub fn receive(&mut self) {
        self.lane.receive();
    }

    /// Ends the turn and begins the next.
    #[napi]
    pub fn advance<'env>(&mut self, env: &'env Env) -> Result<Either<Array<'env>, Undefined>> {
        self.lane.end_turn();
        let Some(step) = self.lane.next() else { return Ok(Either::B(())) };
        let encoded = match step {
            Step::Host(message) => self.take_in(message),
            Step::Construct { activation, target } => Encoded::Construct(activation, target),
            Step::Deliver { activation, call } => Encoded::Deliver(activation, call),
            Step::Reply { call, outcome: Ok(()) } => Encoded::Reply(call),
            Step::Reply { call, outcome: Err(reason) } => Encoded::ReplyError(call, reason),
            Step::Section { activation, section } => Encoded::Section(activation, section),
            Step::Resume { token, outcome } => Encoded::Resume(token, outcome.err()),
            Step::End { activation, reason } => Encoded::End(activation, reason),
        };
        step::encode(env, encoded).map(Either::A)
    }

    /// Queues a call: its number, or why it was refused (class, message, reset, overloaded).
    #[napi]
    #[expect(clippy::too_many_arguments, reason = "one wide call instead of several crossings")]
    pub fn call<'env>(
        &mut self,
        env: &'env Env,
        activation: f64,
        section: u32,
        depth: u32,
        namespace: u32,
        id: &[u8],
        name: Option<String>,
        first_call: f64,
    ) -> Result<Either<f64, Array<'env>>> {
        let id = id.try_into().map_err(|_| failure("an id has 32 bytes"))?;
        let name = ObjectId::from_bytes(id, name.map(Into::into)).seen_by_object();
        let target = Target { namespace: NamespaceNo(namespace), id, name: name.name().map(Into::into) };
        let first_call = (first_call > 0.0).then_some(first_call as u64);
        match self.lane.call(context(activation, section), target, depth, first_call) {
            Ok(call) => Ok(Either::A(call as f64)),
            Err(refused) => refusal(env, &refused).map(Either::B),
        }
    }

    /// The object has answered the call, or thrown.
    #[napi]
    pub fn reply(&mut self, call: f64) {
        self.lane.reply(call as u64);
    }

    /// The constructor has returned.
    #[napi]
    pub fn constructed(&mut self, activation: f64) {
        self.lane.constructed(ActivationNo(activation as u64));
    }

    /// Opens a critical section inside `parent` (0 for none).
    #[napi]
    pub fn open_section(&mut self, activation: f64, parent: u32) -> Result<u32> {
        let opened = self.lane.open_section(ActivationNo(activation as u64), section_no(parent));
        opened.map(|section| section.0).map_err(failure)
    }

    /// The section's callback has succeeded.
    #[napi]
    pub fn end_section(&mut self, activation: f64, section: u32) {
        self.lane.end_section(ActivationNo(activation as u64), SectionNo(section));
    }

    /// Resets an activation with an error of this class and message.
    #[napi]
    pub fn reset(&mut self, activation: f64, class: String, message: String, overloaded: bool) {
        let reason = ResetReason { class: class.into(), message: message.into(), overloaded };
        self.lane.reset(ActivationNo(activation as u64), reason);
    }

    /// Evicts an activation now if it is idle.
    #[napi]
    pub fn evict(&mut self, activation: f64) -> bool {
        self.lane.evict_idle(ActivationNo(activation as u64))
    }

    /// Something of the activation's is pending.
    #[napi]
    pub fn begin_activity(&mut self, activation: f64) {
        self.lane.begin_activity(ActivationNo(activation as u64));
    }

    /// It has settled.
    #[napi]
    pub fn end_activity(&mut self, activation: f64) {
        self.lane.end_activity(ActivationNo(activation as u64));
    }

    /// Whether an output may leave now; if not, `token` is resumed when it may.
    #[napi]
    pub fn output_wait(&mut self, activation: f64, section: u32, token: f64) -> bool {
        self.lane.output_wait(context(activation, section), token as u64)
    }

    /// Whether everything written is durable; if not, `token` is resumed when it is.
    #[napi]
    pub fn sync_wait(&mut self, activation: f64, section: u32, token: f64) -> bool {
        self.lane.sync_wait(context(activation, section), token as u64)
    }

    /// Delivers `token` through the context's gate.
    #[napi]
    pub fn resume(&mut self, activation: f64, section: u32, token: f64) {
        self.lane.resume(context(activation, section), token as u64);
    }

    /// Delivers `token` to one context with what another has written by the end of this turn.
    #[napi]
    pub fn cross(&mut self, from: f64, to: f64, to_section: u32, token: f64) {
        self.lane.cross(context(from, 0), context(to, to_section), token as u64);
    }

    /// Resets every object, answers what is open, and leaves the server.
    #[napi]
    pub fn detach(&mut self) {
        if std::mem::replace(&mut self.detached, true) {
            return;
        }
        self.lane.end_turn();
        self.lane.reset_all(&ResetReason::error("Durable Object reset because its code was updated."));
        self.refuse_open();
        self.front.detach(self.lane.mailbox());
    }

    fn factory(&self, namespace: u32) -> Result<&IdFactory> {
        self.ids.get(namespace as usize).ok_or_else(|| failure("no such namespace"))
    }
}

impl Drop for NativeLane {
    /// The thread has ended without detaching: its objects are gone with it.
    fn drop(&mut self) {
        self.detach();
    }
}

/// A context from the two numbers JavaScript passes.
pub(crate) fn context(activation: f64, section: u32) -> Context {
    if activation == 0.0 {
        return Context::Entry;
    }
    Context::Object { activation: ActivationNo(activation as u64), section: section_no(section) }
}

fn section_no(section: u32) -> Option<SectionNo> {
    (section > 0).then_some(SectionNo(section))
}

fn bytes_of<'env>(env: &'env Env, id: &ObjectId) -> Result<BufferSlice<'env>> {
    BufferSlice::copy_from(env, id.bytes())
}

fn refusal<'env>(env: &'env Env, refused: &CallRefused) -> Result<Array<'env>> {
    let mut array = env.create_array(4)?;
    let (class, reset, overloaded) = match refused {
        CallRefused::Broken(reason) => (&*reason.class, true, reason.overloaded),
        CallRefused::Overloaded => ("Error", false, true),
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
