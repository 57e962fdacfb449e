//! A lane: the activations of one thread, and the one order in which things happen to them.
//!
//! A lane is driven by its host. The host asks for the [`next`](Lane::next) step, runs the code the
//! step names until nothing of it is left to run in this turn (for JavaScript: all microtasks), and
//! then calls [`end_turn`](Lane::end_turn). A step is one delivery, so two deliveries never share a
//! turn: neither two events of one object, nor two replies to one caller, can read before either
//! has written. At the end of the turn every store that was written commits, and only then are the
//! turn's replies handed on, with the position the caller now depends on.
//!
//! Files: this one holds the steps and the turn; `calls` the calls and their replies; `alarms` the
//! alarms; `commits` the end of a turn's writes; `ends` how activations are constructed, reset and evicted;
//! `databases` when theirs are closed; `namespaces` what its objects are of; `facets` those that belong to
//! others; `posts` what goes to other lanes; `sockets` what is sent to and by sockets; `sections` what holds
//! their gates, transactions included; `holds` for
//! how long commits hold outputs back; `timers` and `rest` serve a clock that is moved by hand.

mod alarms;
mod calls;
mod commits;
mod databases;
mod ends;
mod facets;
mod holds;
mod namespaces;
mod posts;
mod rest;
mod sections;
mod sockets;
#[cfg(all(test, feature = "testing"))]
mod tests;
mod timers;

use std::collections::{BTreeMap, BTreeSet, HashMap, VecDeque};
use std::sync::Arc;

use self::alarms::Alarms;
use self::holds::Holds;
use self::sockets::{SocketDelivery, SocketWork};
use self::timers::Timers;
pub(super) use alarms::AlarmEvent;
pub use alarms::AlarmOutcome;
use namespaces::Namespace;
pub use namespaces::{NamespaceNo, NamespaceSettings};
pub use posts::Post;
pub use rest::Rest;
pub use sockets::SocketRefused;

use super::activation::{Activation, ActivationNo, Ended, ObjectKey, ResetReason, Resets, Target};
use super::call::{Call, CallNo, Context};
use super::gate::{Entry, SectionNo};
use super::lifecycle::Background;
use super::mailbox::{Mailbox, Message, Token};
use super::share::Share;
use super::shared::{Release, Runtime};
use super::sockets::{Inbox, SocketEvent, SocketNo};
use crate::clock::Wake;
use crate::engine::{Poisoned, Position};
use crate::storage::Store;

/// What the host does next. Each step begins a turn.
#[derive(Debug)]
pub enum Step<M> {
    /// A message of the host's own has arrived.
    Host(M),
    /// Run the constructor, then report [`Lane::constructed`].
    Construct {
        /// The new activation.
        activation: ActivationNo,
        /// Whose it is.
        target: Target,
        /// Whose facet it is.
        parent: Option<ActivationNo>,
    },
    /// Deliver the request of this call to its object, then report [`Lane::reply`].
    Deliver {
        /// The object's activation.
        activation: ActivationNo,
        /// The call.
        call: CallNo,
    },
    /// Call the object's alarm handler, then report [`Lane::alarm_ended`].
    Alarm {
        /// The object's activation.
        activation: ActivationNo,
        /// The time the alarm was set to, in milliseconds since the Unix epoch.
        scheduled_ms: i64,
        /// How many retries came before; only those of failures that count.
        retry_count: u32,
    },
    /// The call is over: hand its answer to the caller, or the error.
    Reply {
        /// The call.
        call: CallNo,
        /// `Err` when the callee was reset before it answered.
        outcome: Result<(), ResetReason>,
    },
    /// Start the callback of a critical section, then report [`Lane::end_section`] or, for a
    /// transaction, [`Lane::end_transaction`].
    Section {
        /// Whose section.
        activation: ActivationNo,
        /// Which.
        section: SectionNo,
    },
    /// What the host waited for has come.
    Resume {
        /// What it was called.
        token: Token,
        /// `Err` when it never will be durable.
        outcome: Result<(), Poisoned>,
    },
    /// Something has arrived at a socket: give it to the code that takes it. For an object that hibernates
    /// report [`Lane::socket_handled`] when its handler has ended.
    Socket {
        /// Whose code.
        context: Context,
        /// The socket.
        socket: SocketNo,
        /// Whether it hibernates: the object's handlers take its events, else who listens.
        hibernates: bool,
        /// How many events of hibernating sockets the activation was given, this one included.
        count: u64,
        /// What has arrived.
        event: SocketEvent,
    },
    /// The activation is gone: drop its code's state, let nothing of it run on.
    End {
        /// Which.
        activation: ActivationNo,
        /// Why.
        reason: Ended,
    },
}

/// Something that waits for its turn.
#[derive(Debug)]
pub(super) enum Delivery {
    Construct(ActivationNo),
    Event(CallNo),
    Alarm(ActivationNo),
    AlarmEnded(ActivationNo, AlarmOutcome),
    Reply { call: CallNo, caller: Context, position: Position, outcome: Result<(), ResetReason> },
    Resume { context: Context, token: Token, position: Position, outcome: Result<(), Poisoned> },
    Socket(Box<SocketDelivery>),
    End(ActivationNo, Ended),
}

impl Delivery {
    /// What `to` waits for under `token` was to come from an activation that has ended.
    fn lost(to: Context, token: Token) -> Self {
        Self::Resume { context: to, token, position: Position::NONE, outcome: Err(ends::not_committed()) }
    }
}

enum Ready<M> {
    Host(M),
    Delivery(Delivery),
}

/// One thread's activations. Not `Send`: it lives where its objects' code runs.
pub struct Lane<M> {
    runtime: Arc<Runtime>,
    mailbox: Mailbox<M>,
    /// Which of the runtime's objects live here.
    share: Share,
    /// The mailbox as sockets know it.
    inbox: Arc<dyn Inbox>,
    namespaces: Vec<Namespace>,
    objects: HashMap<ObjectKey, ActivationNo>,
    activations: HashMap<ActivationNo, Activation>,
    /// Errors of past resets, oldest first: a stub that was in use at the time fails with its own.
    resets: HashMap<ObjectKey, Resets>,
    /// The objects of `resets`, the one reset first in front.
    reset_objects: VecDeque<ObjectKey>,
    /// How far objects that have left memory had come, while that is not durable: who comes back reads
    /// it, and must not tell of it before it is.
    departed: HashMap<ObjectKey, Position>,
    calls: HashMap<CallNo, Call>,
    ready: VecDeque<Ready<M>>,
    /// Sections go before everything else, so that nothing slips in between.
    sections: VecDeque<(ActivationNo, SectionNo, Option<SectionNo>)>,
    turn: Turn,
    /// How many waits for durability the mailbox has not brought yet.
    awaited: usize,
    /// What the objects of lanes before this one had come to: any object may read it.
    inherited: Position,
    /// What the entry worker has seen of objects; nothing of it leaves before this is durable.
    entry_position: Position,
    /// When to look at each activation that is idle.
    idle: BTreeSet<(u64, ActivationNo)>,
    section_deadlines: BTreeMap<(u64, ActivationNo, SectionNo), ()>,
    /// When to look at an open database, and how often it had been used when that was decided.
    databases: VecDeque<(u64, ActivationNo, u64)>,
    alarms: Alarms,
    timers: Timers,
    holds: Holds,
    sockets: SocketWork,
    /// Where the lane's last commit stands.
    submitted: Position,
    /// The next deadline the clock will wake the lane at.
    armed: Option<(u64, Wake)>,
    next_activation: u64,
}

/// What one turn leaves to do at its end.
#[derive(Default)]
struct Turn {
    dirty: Vec<ActivationNo>,
    calls: Vec<(CallNo, Context)>,
    replies: Vec<CallNo>,
    outputs: Vec<(Context, Release)>,
    syncs: Vec<(Context, Token)>,
    crossings: Vec<(Context, Context, Token)>,
    posts: Vec<(Context, Post)>,
}

impl<M: Send + 'static> Lane<M> {
    /// A lane without objects.
    pub fn new(runtime: Arc<Runtime>, mailbox: Mailbox<M>) -> Self {
        let entry_position = runtime.departed();
        Self {
            awaited: 0,
            inherited: entry_position,
            entry_position,
            runtime,
            inbox: Arc::new(mailbox.clone()),
            mailbox,
            namespaces: Vec::new(),
            objects: HashMap::new(),
            activations: HashMap::new(),
            resets: HashMap::new(),
            reset_objects: VecDeque::new(),
            departed: HashMap::new(),
            calls: HashMap::new(),
            ready: VecDeque::new(),
            sections: VecDeque::new(),
            turn: Turn::default(),
            idle: BTreeSet::new(),
            section_deadlines: BTreeMap::new(),
            databases: VecDeque::new(),
            alarms: Alarms::default(),
            timers: Timers::default(),
            holds: Holds::default(),
            sockets: SocketWork::default(),
            submitted: Position::NONE,
            armed: None,
            next_activation: 0,
            share: Share::ALL,
        }
    }

    /// Has only this share of the runtime's objects; the others live on other lanes.
    pub fn with_share(mut self, share: Share) -> Self {
        self.share = share;
        self
    }

    /// Its share of the runtime's objects.
    pub fn share(&self) -> Share {
        self.share
    }

    /// What the lane shares with others.
    pub fn runtime(&self) -> &Arc<Runtime> {
        &self.runtime
    }

    /// The inbox other threads send to.
    pub fn mailbox(&self) -> &Mailbox<M> {
        &self.mailbox
    }

    /// Takes in what other threads have sent. Call when the mailbox wakes the lane.
    pub fn receive(&mut self) {
        for message in self.mailbox.take() {
            match message {
                Message::Host(message) => self.ready.push_back(Ready::Host(message)),
                Message::Resume { context, token, outcome } => {
                    self.awaited = self.awaited.saturating_sub(1);
                    self.push(Delivery::Resume { context, token, position: Position::NONE, outcome });
                }
                Message::Socket(arrival) => self.socket_arrived(arrival),
                Message::Tick => self.tick(),
            }
        }
    }

    /// Begins the next turn, if there is anything to do.
    #[expect(clippy::should_implement_trait, reason = "a lane never ends; it has nothing to do for now")]
    pub fn next(&mut self) -> Option<Step<M>> {
        loop {
            let step = self.next_ready();
            if step.is_some() || !self.look_at_alarms() {
                return step;
            }
            self.arm();
        }
    }

    fn next_ready(&mut self) -> Option<Step<M>> {
        if let Some(step) = self.begin_section() {
            return Some(step);
        }
        while let Some(ready) = self.ready.pop_front() {
            match ready {
                Ready::Host(message) => return Some(Step::Host(message)),
                Ready::Delivery(delivery) => {
                    if let Some(step) = self.begin(delivery) {
                        return Some(step);
                    }
                }
            }
        }
        None
    }

    /// Ends the turn: commits every store written in it, gives its outputs their position, and hands
    /// its replies on. Also right between turns, when code outside the lane's order has written.
    pub fn end_turn(&mut self) {
        self.commit_dirty();
        self.finish_alarms();
        self.place_calls();
        for call in std::mem::take(&mut self.turn.replies) {
            self.hand_over(call);
        }
        for (context, release) in std::mem::take(&mut self.turn.outputs) {
            self.runtime.hold(self.position(context), release);
        }
        self.finish_sockets();
        for (context, token) in std::mem::take(&mut self.turn.syncs) {
            self.hold_sync(context, token);
        }
        for (from, to, token) in std::mem::take(&mut self.turn.crossings) {
            let position = self.position(from);
            self.push(if self.is_gone(from) {
                Delivery::lost(to, token)
            } else {
                Delivery::Resume { context: to, token, position, outcome: Ok(()) }
            });
        }
        self.send_posts();
        self.look_at_alarms();
        self.forget_durable_holds();
        self.arm();
    }

    /// Runs `use_store` on an activation's store, and commits at the end of this turn what it wrote.
    /// `None` when the activation has ended or not begun.
    pub fn with_store<T>(
        &mut self,
        activation: ActivationNo,
        use_store: impl FnOnce(&mut Store) -> T,
    ) -> Option<T> {
        let live = self.activations.get_mut(&activation)?;
        let store = live.store.as_mut()?;
        let result = use_store(store);
        if store.is_dirty() && !live.listed_dirty {
            live.listed_dirty = true;
            self.turn.dirty.push(activation);
        }
        if store.sql_is_open() && !live.listed_database {
            self.watch_database(activation);
        }
        Some(result)
    }

    /// Performs `release` once everything that `context` has written or seen is durable. Refuses it
    /// when that is an activation that has ended.
    pub fn output(&mut self, context: Context, release: Release) {
        match context {
            _ if self.is_gone(context) => release(Err(ends::not_committed())),
            Context::Entry => self.runtime.hold(self.entry_position, release),
            Context::Object { .. } => self.turn.outputs.push((context, release)),
        }
    }

    /// Like [`output`](Self::output), for something the host itself does next: returns `true` when it
    /// may go ahead now, else it gets a [`Step::Resume`] with `token`. An activation that has ended
    /// waits for ever.
    pub fn output_wait(&mut self, context: Context, token: Token) -> bool {
        if self.is_gone(context) {
            return false;
        }
        if !self.is_dirty(context) && self.runtime.is_durable(self.position(context)) {
            return true;
        }
        let resume = self.resume_later(context, token);
        self.output(context, resume);
        false
    }

    /// Resumes with `token` when every write the activation has issued, confirmed or not, is durable.
    /// Returns `true` when that is so now.
    pub fn sync_wait(&mut self, context: Context, token: Token) -> bool {
        if self.is_dirty(context) {
            self.turn.syncs.push((context, token));
            return false;
        }
        if self.runtime.is_durable(self.written_position(context)) {
            return true;
        }
        self.hold_sync(context, token);
        false
    }

    fn hold_sync(&mut self, context: Context, token: Token) {
        let resume = self.resume_later(context, token);
        self.runtime.hold(self.written_position(context), resume);
    }

    /// What brings `token` back through the mailbox.
    fn resume_later(&mut self, context: Context, token: Token) -> Release {
        self.awaited += 1;
        let mailbox = self.mailbox.clone();
        Box::new(move |outcome| mailbox.resume(context, token, outcome))
    }

    /// Whether anything still waits for durability.
    pub fn is_awaited(&self) -> bool {
        self.awaited > 0
    }

    fn written_position(&self, context: Context) -> Position {
        let live = context.activation().and_then(|activation| self.activations.get(&activation));
        live.and_then(|live| live.store.as_ref()).map_or(Position::NONE, Store::position)
    }

    /// Delivers `token` to `context` in a turn of its own, through its input gate: a timer that fired,
    /// an answer from outside.
    pub fn resume(&mut self, context: Context, token: Token) {
        self.push(Delivery::Resume { context, token, position: Position::NONE, outcome: Ok(()) });
    }

    /// Delivers `token` to `to` after this turn has ended, and lets `to` depend on what `from` has
    /// written by then: a chunk of a body that one made and the other reads.
    pub fn cross(&mut self, from: Context, to: Context, token: Token) {
        self.turn.crossings.push((from, to, token));
    }

    /// Something of the activation's is pending that somebody waits for (a fetch, a stream, a stub): it stays
    /// in memory.
    pub fn begin_activity(&mut self, activation: ActivationNo) {
        self.begin_life(activation);
    }

    /// It has settled.
    pub fn end_activity(&mut self, activation: ActivationNo) {
        self.end_life(activation);
    }

    /// The activation has left something pending for itself: it stays in memory, but not for ever.
    pub fn begin_background(&mut self, activation: ActivationNo, background: Background) {
        self.begin_background_life(activation, background);
    }

    /// It has settled.
    pub fn end_background(&mut self, activation: ActivationNo, background: Background) {
        self.end_background_life(activation, background);
    }

    /// How many activations are in memory.
    pub fn activation_count(&self) -> usize {
        self.activations.len()
    }

    /// Whether any activation has an event or anything else pending.
    pub fn is_active(&self) -> bool {
        !self.ready.is_empty() || self.activations.values().any(|live| live.life.is_active())
    }

    fn begin(&mut self, delivery: Delivery) -> Option<Step<M>> {
        match delivery {
            Delivery::Construct(activation) => self.construct(activation),
            Delivery::Event(call) => self.deliver(call),
            Delivery::Alarm(activation) => self.deliver_alarm(activation),
            Delivery::AlarmEnded(activation, outcome) => {
                self.alarm_ended(activation, outcome);
                self.end_turn();
                None
            }
            Delivery::Reply { call, caller, position, outcome } => {
                let delivery = Delivery::Reply { call, caller, position, outcome };
                let Delivery::Reply { call, position, outcome, .. } = self.admit(caller, delivery)? else {
                    return None;
                };
                self.finish_call(caller, position);
                Some(Step::Reply { call, outcome })
            }
            Delivery::Resume { context, token, position, outcome } => {
                let delivery = Delivery::Resume { context, token, position, outcome };
                let Delivery::Resume { token, position, outcome, .. } = self.admit(context, delivery)? else {
                    return None;
                };
                self.inherit(context, position);
                Some(Step::Resume { token, outcome })
            }
            Delivery::Socket(delivery) => {
                let Delivery::Socket(delivery) = self.admit(delivery.context, Delivery::Socket(delivery))?
                else {
                    return None;
                };
                Some(self.begin_socket(*delivery))
            }
            Delivery::End(activation, reason) => Some(Step::End { activation, reason }),
        }
    }

    /// Gives the delivery back when the gate lets it in; else keeps it, or drops it with its activation.
    fn admit(&mut self, context: Context, delivery: Delivery) -> Option<Delivery> {
        let Context::Object { activation, section } = context else { return Some(delivery) };
        let live = self.activations.get_mut(&activation)?;
        match live.gate.entry(section) {
            Entry::Enter => Some(delivery),
            Entry::Wait => {
                live.waiting.push_back(delivery);
                None
            }
        }
    }

    fn push(&mut self, delivery: Delivery) {
        self.ready.push_back(Ready::Delivery(delivery));
    }

    /// The position everything that leaves `context` now must wait for.
    fn position(&self, context: Context) -> Position {
        match context.activation() {
            None => self.entry_position,
            Some(activation) => {
                self.activations.get(&activation).map_or(Position::NONE, Activation::output_position)
            }
        }
    }

    fn inherit(&mut self, context: Context, position: Position) {
        self.hold_outputs(context, position);
        match context.activation() {
            None => self.entry_position = self.entry_position.max(position),
            Some(activation) => {
                if let Some(live) = self.activations.get_mut(&activation) {
                    live.inherited = live.inherited.max(position);
                }
            }
        }
    }

    fn is_gone(&self, context: Context) -> bool {
        context.activation().is_some_and(|activation| !self.activations.contains_key(&activation))
    }

    fn is_dirty(&self, context: Context) -> bool {
        let live = context.activation().and_then(|activation| self.activations.get(&activation));
        live.is_some_and(|live| live.listed_dirty)
    }
}
