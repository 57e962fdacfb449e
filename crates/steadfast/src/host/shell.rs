//! Performs the lane's steps: constructs objects, starts and polls tasks, hands answers over.

use std::any::TypeId;
use std::cell::{Cell, RefCell};
use std::collections::{HashMap, VecDeque};
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::pin::Pin;
use std::rc::Rc;
use std::sync::Arc;
use std::task::{self, Poll, Waker};
use std::time::Duration;

use super::alarm::{AlarmInfo, is_no_alarm_handler};
use super::app::{Fetch, Message};
use super::namespace::Env;
use super::settle::Settle;
use super::socket::{self, WebSocket};
use super::state::State;
use super::task::{LocalFuture, Owner, Tasks};
use super::wait::{MaybeWait, Slot, Wait};
use super::{DurableObject, Request, Response};
use crate::engine::Poisoned;
use crate::id::{IdFactory, ObjectId};
use crate::runtime::{
    ActivationNo, AlarmOutcome, CallNo, CallRefused, Context, Ended, Lane, NamespaceSettings, ResetReason,
    SectionNo, SocketEvent, Step, Target, Token,
};
use crate::{Error, ErrorKind};

/// A class as the shell knows it.
pub(super) struct Class {
    pub(super) rust_type: TypeId,
    pub(super) type_name: &'static str,
    pub(super) unique_key: Arc<str>,
    pub(super) ids: IdFactory,
    pub(super) settings: NamespaceSettings,
    pub(super) construct: Construct,
}

/// Makes an object of a class.
pub(super) type Construct = Box<dyn Fn(State) -> Result<Rc<dyn LiveObject>, Error> + Send>;

/// What a request comes to.
pub(super) type Answer = Result<Response, Error>;

/// An object in memory, its class forgotten.
pub(super) trait LiveObject {
    /// The future that answers a request; it keeps the object.
    fn fetch(self: Rc<Self>, request: Request) -> LocalFetch;
    /// The future that handles an alarm; it keeps the object.
    fn alarm(self: Rc<Self>, info: AlarmInfo) -> LocalHandler;
    /// The future that handles an event of a socket; it keeps the object.
    fn web_socket_event(self: Rc<Self>, socket: WebSocket, event: SocketEvent) -> LocalHandler;
}

type LocalFetch = Pin<Box<dyn Future<Output = Answer>>>;
type LocalHandler = Pin<Box<dyn Future<Output = Result<(), Error>>>>;

impl<T: DurableObject> LiveObject for T {
    fn fetch(self: Rc<Self>, request: Request) -> LocalFetch {
        Box::pin(async move { DurableObject::fetch(&*self, request).await })
    }

    fn alarm(self: Rc<Self>, info: AlarmInfo) -> LocalHandler {
        Box::pin(async move { DurableObject::alarm(&*self, info).await })
    }

    fn web_socket_event(self: Rc<Self>, socket: WebSocket, event: SocketEvent) -> LocalHandler {
        Box::pin(socket::handle(self, socket, event))
    }
}

/// Code outside of objects that answers the app's requests.
pub(super) type Entry = Box<dyn Fn(Request, Env) -> LocalFetch>;

/// One lane with what its steps act on. Its cells are borrowed for a statement at a time, and never
/// while an object's code runs or is dropped.
pub(super) struct Shell {
    pub(super) lane: RefCell<Lane<Message>>,
    pub(super) classes: Vec<Class>,
    entry: Entry,
    tasks: RefCell<Tasks>,
    objects: RefCell<HashMap<ActivationNo, Rc<dyn LiveObject>>>,
    calls: RefCell<HashMap<CallNo, Call>>,
    /// Callbacks that have not begun, and how many calls are above them.
    sections: RefCell<HashMap<(ActivationNo, SectionNo), (u32, LocalFuture)>>,
    waits: RefCell<HashMap<Token, Durability>>,
    /// Whose code is running, and in which task.
    current: Cell<Option<(Owner, Option<Token>)>>,
    /// Tasks to poll before the turn ends.
    next_in_turn: RefCell<VecDeque<Token>>,
    /// Who waits until there is nothing to do.
    settlers: RefCell<Vec<Settle>>,
    last_token: Cell<Token>,
    ending: Cell<Ending>,
}

/// Whether the app goes on.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Default)]
enum Ending {
    #[default]
    No,
    WhenIdle,
    Now,
}

/// A wait for something to be durable.
struct Durability {
    context: Context,
    slot: Rc<Slot<Result<(), Poisoned>>>,
}

/// A call between its two ends.
struct Call {
    /// Until it is delivered.
    request: Option<Request>,
    /// Until the caller's end; then nobody waits.
    caller: Option<Caller>,
    answer: Option<Answer>,
}

struct Caller {
    context: Context,
    slot: Rc<Slot<Answer>>,
}

impl Shell {
    pub(super) fn new(mut lane: Lane<Message>, classes: Vec<Class>, entry: Entry) -> Rc<Self> {
        for class in &classes {
            lane.add_namespace(class.unique_key.clone(), class.settings);
        }
        lane.start_alarms();
        lane.claim_sockets();
        Rc::new(Self {
            lane: RefCell::new(lane),
            classes,
            entry,
            tasks: RefCell::default(),
            objects: RefCell::default(),
            calls: RefCell::default(),
            sections: RefCell::default(),
            waits: RefCell::default(),
            current: Cell::new(None),
            next_in_turn: RefCell::default(),
            settlers: RefCell::default(),
            last_token: Cell::default(),
            ending: Cell::default(),
        })
    }

    /// Runs one turn, if there is anything to do.
    pub(super) fn turn(self: &Rc<Self>) -> bool {
        let step = self.lane.borrow_mut().next();
        let Some(step) = step else { return false };
        self.perform(step);
        loop {
            let next = self.next_in_turn.borrow_mut().pop_front();
            let Some(task) = next else { break };
            self.poll(task);
        }
        self.lane.borrow_mut().end_turn();
        true
    }

    /// Takes in what other threads have sent.
    pub(super) fn receive(&self) {
        self.lane.borrow_mut().receive();
    }

    /// There is nothing to do for now: tells those who wait for that.
    pub(super) fn answer_settlers(&self) {
        let mut lane = self.lane.borrow_mut();
        let asked = self.settlers.take();
        let unanswered = asked.into_iter().filter_map(|settle| settle.try_answer(&mut lane)).collect();
        self.settlers.replace(unanswered);
    }

    /// Whether the app was stopped and nothing that it waits for is left.
    pub(super) fn is_over(&self) -> bool {
        match self.ending.get() {
            Ending::No => false,
            Ending::WhenIdle => !self.tasks.borrow().serves_entry() && !self.lane.borrow().is_active(),
            Ending::Now => true,
        }
    }

    /// Drops everything that runs.
    pub(super) fn clear(&self) {
        let futures = self.tasks.borrow_mut().end_all();
        drop(futures);
        drop(self.sections.take());
        drop(self.objects.take());
        drop(self.calls.take());
        drop(self.waits.take());
        drop(self.settlers.take());
    }

    fn perform(self: &Rc<Self>, step: Step<Message>) {
        match step {
            Step::Host(Message::Fetch(fetch)) => self.serve(*fetch),
            Step::Host(Message::Wake(task)) => {
                let owner = self.tasks.borrow().owner(task);
                if let Some(owner) = owner {
                    self.lane.borrow_mut().resume(owner.context, task);
                }
            }
            Step::Host(Message::Settle(settle)) => self.settlers.borrow_mut().push(settle),
            Step::Host(Message::Stop) => self.ending.set(self.ending.get().max(Ending::WhenIdle)),
            Step::Host(Message::StopNow) => self.ending.set(Ending::Now),
            Step::Construct { activation, target, .. } => self.construct(activation, target),
            Step::Deliver { activation, call } => self.deliver(activation, call),
            Step::Alarm { activation, scheduled_ms, retry_count } => {
                self.alarm(activation, AlarmInfo { scheduled_time_ms: scheduled_ms, retry_count });
            }
            Step::Reply { call, outcome } => self.finish_call(call, outcome),
            Step::Section { activation, section } => self.start_section(activation, section),
            Step::Resume { token, outcome } => self.resume(token, outcome),
            Step::Socket { context, socket, count, event, .. } => {
                self.socket_event(context, socket, count, event);
            }
            Step::End { activation, reason } => self.end(activation, &reason),
        }
    }

    fn serve(self: &Rc<Self>, fetch: Fetch) {
        let Fetch { request, done } = fetch;
        let answer = (self.entry)(request, Env::new(self.clone()));
        let shell = self.clone();
        let serve = async move {
            let answer = answer.await;
            let release = Box::new(move |outcome: Result<(), Poisoned>| {
                done(outcome.map_err(|cause| not_durable(&cause)).and(answer));
            });
            shell.lane.borrow_mut().output(Context::Entry, release);
        };
        let of = Owner { context: Context::Entry, depth: 0, is_activity: false };
        self.start(of, Box::pin(serve));
    }

    fn construct(self: &Rc<Self>, activation: ActivationNo, target: Target) {
        let class = &self.classes[target.namespace.0 as usize];
        let id = ObjectId::from_bytes(target.id, target.name.clone()).seen_by_object();
        let state = State::new(self.clone(), activation, id);
        let of = Owner { context: object_context(activation), depth: 0, is_activity: false };
        let before = self.current.replace(Some((of, None)));
        let constructed = catch_unwind(AssertUnwindSafe(|| (class.construct)(state)));
        self.current.set(before);
        match constructed {
            Ok(Ok(object)) => {
                self.objects.borrow_mut().insert(activation, object);
                self.lane.borrow_mut().constructed(activation);
            }
            Ok(Err(error)) => self.reset(activation, reason(&error)),
            Err(_panic) => self.reset(activation, panicked()),
        }
    }

    fn deliver(self: &Rc<Self>, activation: ActivationNo, no: CallNo) {
        let object = self.objects.borrow().get(&activation).cloned();
        let request = self.calls.borrow_mut().get_mut(&no).and_then(|call| call.request.take());
        let (Some(object), Some(request)) = (object, request) else {
            self.lane.borrow_mut().reply(no);
            return;
        };
        let depth = self.lane.borrow().depth(no);
        let shell = self.clone();
        let answer = async move {
            let answer = object.fetch(request).await;
            if let Some(call) = shell.calls.borrow_mut().get_mut(&no) {
                call.answer = Some(answer);
            }
            shell.lane.borrow_mut().reply(no);
        };
        let of = Owner { context: object_context(activation), depth, is_activity: false };
        self.start(of, Box::pin(answer));
    }

    fn alarm(self: &Rc<Self>, activation: ActivationNo, info: AlarmInfo) {
        let Some(object) = self.object(activation) else { return };
        let shell = self.clone();
        let run = async move {
            let outcome = match object.alarm(info).await {
                Ok(()) => AlarmOutcome::Succeeded,
                Err(error) if is_no_alarm_handler(&error) => {
                    tracing::warn!(target: "steadfast::host", %error, "an alarm is due and cannot run");
                    AlarmOutcome::NoHandler
                }
                Err(error) => {
                    tracing::warn!(target: "steadfast::host", %error, "an alarm handler failed");
                    AlarmOutcome::Threw
                }
            };
            shell.lane.borrow_mut().alarm_ended(activation, outcome);
        };
        let of = Owner { context: object_context(activation), depth: 0, is_activity: false };
        self.start(of, Box::pin(run));
    }

    /// Queues a request for an object, on behalf of the code that is running.
    pub(super) fn call(
        self: &Rc<Self>,
        target: Target,
        request: Request,
        first_call: Option<CallNo>,
    ) -> Result<(CallNo, Wait<Answer>), Error> {
        let context = self.current.get().map_or(Context::Entry, |(owner, _)| owner.context);
        let called = self.lane.borrow_mut().call(context, target, self.depth(), first_call);
        let no = called.map_err(|refused| call_refused(&refused))?;
        let slot = Slot::new();
        let caller = Some(Caller { context, slot: slot.clone() });
        self.calls.borrow_mut().insert(no, Call { request: Some(request), caller, answer: None });
        Ok((no, Wait::new(slot, self.clone())))
    }

    fn finish_call(&self, no: CallNo, outcome: Result<(), ResetReason>) {
        let call = self.calls.borrow_mut().remove(&no);
        let Some(Call { caller: Some(Caller { slot, .. }), answer, .. }) = call else { return };
        let answer = match outcome {
            Err(reason) => Err(reset_error(&reason)),
            Ok(()) => answer.unwrap_or_else(|| {
                Err(Error::new(ErrorKind::Internal, "an object ended a call without an answer"))
            }),
        };
        slot.fill(self, answer);
    }

    /// Opens a critical section, and keeps its callback until the lane starts it.
    pub(super) fn open_section(
        &self,
        activation: ActivationNo,
        run: impl FnOnce(SectionNo) -> LocalFuture,
    ) -> Result<(), Error> {
        let opened = self.lane.borrow_mut().open_section(activation, self.section_of(activation));
        self.keep_callback(activation, opened, run)
    }

    /// The same for a transaction.
    pub(super) fn open_transaction(
        &self,
        activation: ActivationNo,
        run: impl FnOnce(SectionNo) -> LocalFuture,
    ) -> Result<(), Error> {
        let opened = self.lane.borrow_mut().open_transaction(activation, self.section_of(activation));
        self.keep_callback(activation, opened, run)
    }

    fn keep_callback(
        &self,
        activation: ActivationNo,
        opened: Result<SectionNo, &'static str>,
        run: impl FnOnce(SectionNo) -> LocalFuture,
    ) -> Result<(), Error> {
        let section = opened.map_err(|message| Error::new(ErrorKind::Invalid, message))?;
        let callback = (self.depth(), run(section));
        self.sections.borrow_mut().insert((activation, section), callback);
        Ok(())
    }

    fn start_section(self: &Rc<Self>, activation: ActivationNo, section: SectionNo) {
        let callback = self.sections.borrow_mut().remove(&(activation, section));
        let context = Context::Object { activation, section: Some(section) };
        if let Some((depth, callback)) = callback {
            self.start(Owner { context, depth, is_activity: false }, callback);
        }
    }

    fn resume(&self, token: Token, outcome: Result<(), Poisoned>) {
        let wait = self.waits.borrow_mut().remove(&token);
        match wait {
            Some(wait) => wait.slot.fill(self, outcome),
            None => self.next_in_turn.borrow_mut().push_back(token),
        }
    }

    /// Waits under a new token for what `begin` asks the lane for; not at all if that is so already.
    pub(super) fn wait(
        self: &Rc<Self>,
        activation: ActivationNo,
        begin: impl FnOnce(&mut Lane<Message>, Context, Token) -> bool,
    ) -> MaybeWait {
        let mut lane = self.lane.borrow_mut();
        if lane.with_store(activation, |_| ()).is_none() {
            return MaybeWait::Over(Some(Err(gone())));
        }
        let (context, token) = (self.context_of(activation), self.token());
        if begin(&mut lane, context, token) {
            return MaybeWait::Over(Some(Ok(())));
        }
        let slot = Slot::new();
        self.waits.borrow_mut().insert(token, Durability { context, slot: slot.clone() });
        MaybeWait::Wait(Wait::new(slot, self.clone()))
    }

    /// Waits for time to pass on the runtime's clock; for ever when the activation has ended.
    pub(super) fn sleep(
        self: &Rc<Self>,
        activation: ActivationNo,
        duration: Duration,
    ) -> impl Future<Output = ()> + use<> {
        let (context, token) = (self.context_of(activation), self.token());
        let slot = Slot::new();
        self.waits.borrow_mut().insert(token, Durability { context, slot: slot.clone() });
        self.lane.borrow_mut().start_timer(context, duration, token);
        let wait = Wait::new(slot, self.clone());
        async move { drop(wait.await) }
    }

    /// The object, while its activation lives.
    pub(super) fn object(&self, activation: ActivationNo) -> Option<Rc<dyn LiveObject>> {
        self.objects.borrow().get(&activation).cloned()
    }

    /// Starts a task and polls it in this turn.
    pub(super) fn start(&self, of: Owner, future: LocalFuture) {
        let no = self.spawn(of, future);
        self.next_in_turn.borrow_mut().push_back(no);
    }

    /// Starts a task that is first polled in a turn of its own.
    pub(super) fn start_later(&self, activation: ActivationNo, future: LocalFuture) {
        if self.lane.borrow_mut().with_store(activation, |_| ()).is_none() {
            return;
        }
        let of = Owner { context: object_context(activation), depth: self.depth(), is_activity: true };
        let no = self.spawn(of, future);
        let mut lane = self.lane.borrow_mut();
        lane.begin_activity(activation);
        lane.resume(of.context, no);
    }

    fn spawn(&self, of: Owner, future: LocalFuture) -> Token {
        let no = self.token();
        let mailbox = self.lane.borrow().mailbox().clone();
        self.tasks.borrow_mut().insert(no, of, future, mailbox);
        no
    }

    fn poll(&self, no: Token) {
        let taken = self.tasks.borrow_mut().take(no);
        let Some((of, mut future, waker)) = taken else { return };
        let before = self.current.replace(Some((of, Some(no))));
        let polled =
            catch_unwind(AssertUnwindSafe(|| future.as_mut().poll(&mut task::Context::from_waker(&waker))));
        self.current.set(before);
        match polled {
            Ok(Poll::Pending) => {
                let ended = self.tasks.borrow_mut().put_back(no, future);
                drop(ended);
            }
            Ok(Poll::Ready(())) => self.finish(no, of),
            Err(_panic) => {
                self.finish(no, of);
                if let Some(activation) = of.context.activation() {
                    self.reset(activation, panicked());
                }
            }
        }
    }

    fn finish(&self, no: Token, of: Owner) {
        self.tasks.borrow_mut().remove(no);
        if let Some(activation) = of.context.activation().filter(|_| of.is_activity) {
            self.lane.borrow_mut().end_activity(activation);
        }
    }

    pub(super) fn reset(&self, activation: ActivationNo, reason: ResetReason) {
        self.lane.borrow_mut().reset(activation, reason);
    }

    /// Lets go of everything an activation had.
    fn end(&self, activation: ActivationNo, reason: &Ended) {
        if let Ended::Reset(reason) = reason {
            tracing::warn!(target: "steadfast::host", message = %reason.message, "an object was reset");
        }
        let futures = self.tasks.borrow_mut().end(activation);
        let sections: Vec<_> =
            self.sections.borrow_mut().extract_if(|(of, _), _| *of == activation).collect();
        let ended = self.objects.borrow_mut().remove(&activation);
        self.waits.borrow_mut().retain(|_, wait| wait.context.activation() != Some(activation));
        self.forget_calls(activation);
        drop((futures, sections, ended));
    }

    /// Nobody waits for the calls of an activation that ended; those not delivered are taken back.
    fn forget_calls(&self, activation: ActivationNo) {
        self.calls.borrow_mut().retain(|_, call| {
            let by_it = |caller: &Caller| caller.context.activation() == Some(activation);
            if call.caller.as_ref().is_some_and(by_it) {
                call.caller = None;
            }
            call.caller.is_some()
        });
    }

    /// Polls a task before this turn ends; `waker` tells what is inside it which part may go on.
    pub(super) fn continue_in_this_turn(&self, task: Token, waker: Waker) {
        let lives = self.tasks.borrow().mark_woken(task);
        waker.wake();
        if lives {
            self.next_in_turn.borrow_mut().push_back(task);
        }
    }

    /// The task that is being polled.
    pub(super) fn current_task(&self) -> Option<Token> {
        self.current.get().and_then(|(_, task)| task)
    }

    /// Where code of this activation runs now: in which section, above all.
    pub(super) fn context_of(&self, activation: ActivationNo) -> Context {
        let current = self.current.get().map(|(owner, _)| owner.context);
        current
            .filter(|context| context.activation() == Some(activation))
            .unwrap_or(object_context(activation))
    }

    /// The innermost section in which code of this activation runs now.
    fn section_of(&self, activation: ActivationNo) -> Option<SectionNo> {
        match self.context_of(activation) {
            Context::Object { section, .. } => section,
            Context::Entry => None,
        }
    }

    /// How many calls are above the code that is running.
    fn depth(&self) -> u32 {
        self.current.get().map_or(0, |(owner, _)| owner.depth)
    }

    fn token(&self) -> Token {
        self.last_token.update(|last| last + 1);
        self.last_token.get()
    }
}

pub(super) fn object_context(activation: ActivationNo) -> Context {
    Context::Object { activation, section: None }
}

/// Why an activation that returned this error is reset.
pub(super) fn reason(error: &Error) -> ResetReason {
    ResetReason { overloaded: error.is_overloaded(), ..ResetReason::error(error.message()) }
}

fn panicked() -> ResetReason {
    ResetReason::error("the object's code panicked")
}

fn reset_error(reason: &ResetReason) -> Error {
    let message = reason.message.to_string();
    if reason.overloaded { Error::reset_by_timeout(message) } else { Error::new(ErrorKind::Reset, message) }
}

fn call_refused(refused: &CallRefused) -> Error {
    let kind = match refused {
        CallRefused::Broken(reason) => return reset_error(reason),
        CallRefused::TooDeep => ErrorKind::Invalid,
        CallRefused::Overloaded => ErrorKind::Overloaded,
        CallRefused::CallerGone | CallRefused::CodeReplaced => ErrorKind::Reset,
    };
    Error::new(kind, refused.to_string())
}

/// What depends on a write that was lost.
pub(super) fn not_durable(cause: &Poisoned) -> Error {
    Error::with_source(ErrorKind::Reset, "what this depends on could not be made durable", cause.clone())
}

/// A call of an activation that is gone.
pub(super) fn gone() -> Error {
    Error::new(ErrorKind::Reset, "the object this belongs to is no longer running")
}
