//! A scripted host over a lane. A test says what the code does in each turn, and compares everything
//! that happened: the steps it was given, in order, and the outputs that left or were refused.
//!
//! Objects are letters. The engine is in memory and reports nothing durable before it is told to.

mod alarms;
mod calls;
mod ends;
mod facets;
mod holds;
mod interleavings;
mod outputs;
mod posts;
mod sections;
mod sockets;
mod transactions;

use std::collections::HashMap;
use std::sync::{Arc, Mutex};
use std::time::Duration;

use super::super::{
    ActivationNo, CallNo, CallRefused, Context, Ended, Lane, Mailbox, NamespaceNo, NamespaceSettings,
    ResetReason, Rest, Runtime, RuntimeSettings, SectionNo, Share, Step, Target,
};
use crate::clock::ManualClock;
use crate::engine::testing::{HeldBack, block_on};
use crate::engine::{
    CommitRecord, CommitSink, DurableListener, Identity, Key, Poisoned, Position, SqliteEngine, Value,
};
use crate::storage::WriteOptions;

const ENTRY: Context = Context::Entry;

struct Host {
    lane: Lane<&'static str>,
    engine: Arc<HeldBack>,
    clock: Arc<ManualClock>,
    log: Arc<Mutex<Vec<String>>>,
    names: HashMap<ActivationNo, char>,
}

impl Host {
    /// A lane with one namespace, over an engine that holds everything back.
    fn new() -> Self {
        let below = SqliteEngine::memory().expect("an engine in memory opens");
        let engine = Arc::new(HeldBack::over(Arc::new(below)));
        engine.hold();
        let clock = Arc::new(ManualClock::new(0));
        let settings = RuntimeSettings { random: || 0.0, ..RuntimeSettings::default() };
        let runtime = Runtime::new(engine.clone(), clock.clone(), settings);
        let mut lane = Lane::new(runtime, Mailbox::new(|| ()));
        lane.add_namespace("worker-Object", NamespaceSettings::default());
        Self { lane, engine, clock, log: Arc::default(), names: HashMap::new() }
    }

    /// Another lane of the same runtime, as after a reload.
    fn next_lane(&mut self) {
        self.lane = Lane::new(self.lane.runtime().clone(), Mailbox::new(|| ()));
        self.lane.add_namespace("worker-Object", NamespaceSettings::default());
    }

    /// A call made by a stub that was never used.
    fn call(&mut self, caller: Context, object: char) -> CallNo {
        self.lane.call(caller, target(object), 0, None).expect("nothing refuses it")
    }

    /// A call made by a stub whose first call was `first`.
    fn call_again(&mut self, object: char, first: CallNo) -> Result<CallNo, CallRefused> {
        self.lane.call(ENTRY, target(object), 0, Some(first))
    }

    /// A turn in which the code does nothing.
    fn turn(&mut self) {
        self.turn_with(|_| ());
    }

    /// A turn in which the code does `code`. A constructor returns at its end.
    fn turn_with(&mut self, code: impl FnOnce(&mut Self)) {
        if !self.try_turn(code) {
            self.note("nothing");
        }
    }

    /// Turns in which the code does nothing, until there is nothing to do.
    fn rest(&mut self) {
        while self.try_turn(|_| ()) {}
    }

    fn try_turn(&mut self, code: impl FnOnce(&mut Self)) -> bool {
        self.lane.receive();
        let Some(step) = self.lane.next() else { return false };
        let told = self.tell(&step);
        self.note(&told);
        code(self);
        if let Step::Construct { activation, .. } = step {
            self.lane.constructed(activation);
        }
        self.lane.end_turn();
        true
    }

    /// A turn that constructs the object and one in which it gets a call of the entry worker's,
    /// neither of them noted; the call is not answered.
    fn start(&mut self, object: char) -> (ActivationNo, CallNo) {
        let call = self.call(ENTRY, object);
        self.turn();
        self.turn();
        self.take_log();
        (self.activation(object), call)
    }

    /// The activation of the object that was constructed last.
    fn activation(&self, object: char) -> ActivationNo {
        let of_it = self.names.iter().filter(|(_, name)| **name == object);
        *of_it.map(|(activation, _)| activation).max().expect("the object was constructed")
    }

    /// Code of the object outside of sections.
    fn within(&self, object: char) -> Context {
        Context::Object { activation: self.activation(object), section: None }
    }

    fn put(&mut self, object: char, key: &'static str, value: &'static str) {
        let activation = self.activation(object);
        let put = self.lane.with_store(activation, |store| {
            store.put(Key::from(key), Value::from(value), WriteOptions::default())
        });
        put.expect("the object lives").expect("the value is small");
    }

    fn get(&mut self, object: char, key: &str) -> Option<String> {
        let activation = self.activation(object);
        let found = self.lane.with_store(activation, |store| store.get(key.as_bytes()));
        let value = found.expect("the object lives").expect("a healthy engine can be read");
        value.map(|value| String::from_utf8(value.to_vec()).expect("these tests store text"))
    }

    /// Says what became of an output once that is known.
    fn output(&mut self, context: Context, name: &'static str) {
        let log = self.log.clone();
        let release = move |outcome: Result<(), Poisoned>| {
            let became = if outcome.is_ok() { "left" } else { "refused" };
            log.lock().unwrap().push(format!("{name} {became}"));
        };
        self.lane.output(context, Box::new(release));
    }

    /// Everything submitted so far becomes durable, and its outputs leave before this returns.
    fn make_durable(&mut self) {
        self.engine.release_all();
        let object = self.engine.allocate();
        let identity = Identity { namespace: "waits".into(), id: [0; 32], name: None, facet: None };
        let created = Some(Identity { id: number(object.0), ..identity });
        let record = CommitRecord { created, ..CommitRecord::new(object) };
        let position = self.engine.submit(record).expect("a healthy engine takes records");
        block_on(self.engine.durable(position)).expect("a healthy engine makes them durable");
        // Listeners are told under a lock that subscribing needs too.
        self.engine.subscribe(Arc::new(Nobody));
        self.engine.hold();
    }

    fn reset(&mut self, object: char, message: &'static str) {
        let activation = self.activation(object);
        self.lane.reset(activation, ResetReason::error(message));
    }

    fn advance(&mut self, by: Duration) {
        self.clock.advance(by);
    }

    fn note(&self, text: &str) {
        self.log.lock().unwrap().push(text.to_owned());
    }

    fn take_log(&self) -> Vec<String> {
        std::mem::take(&mut self.log.lock().unwrap())
    }

    /// Everything that happened since the last look.
    #[track_caller]
    fn expect(&self, expected: &[&str]) {
        assert_eq!(self.take_log(), expected);
    }

    fn name(&self, activation: ActivationNo) -> char {
        self.names.get(&activation).copied().unwrap_or('?')
    }

    fn tell(&mut self, step: &Step<&'static str>) -> String {
        match step {
            Step::Host(message) => (*message).to_owned(),
            Step::Construct { activation, target, .. } => {
                let name = char::from(target.id[0]);
                self.names.insert(*activation, name);
                format!("construct {name}")
            }
            Step::Deliver { activation, call } => format!("deliver {} {call}", self.name(*activation)),
            Step::Alarm { activation, scheduled_ms, retry_count } => {
                format!("alarm {} {scheduled_ms} {retry_count}", self.name(*activation))
            }
            Step::Reply { call, outcome: Ok(()) } => format!("reply {call}"),
            Step::Reply { call, outcome: Err(reason) } => format!("reply {call}: {}", told(reason)),
            Step::Section { activation, section } => {
                format!("section {} {}", self.name(*activation), section.0)
            }
            Step::Resume { token, outcome: Ok(()) } => format!("resume {token}"),
            Step::Resume { token, outcome: Err(cause) } => format!("resume {token}: {cause}"),
            Step::Socket { context, event, .. } => self.tell_socket(*context, event),
            Step::End { activation, reason: Ended::Evicted } => format!("evict {}", self.name(*activation)),
            Step::End { activation, reason: Ended::Reset(reason) } => {
                format!("reset {}: {}", self.name(*activation), told(reason))
            }
        }
    }
}

fn told(reason: &ResetReason) -> String {
    let overloaded = if reason.overloaded { " (overloaded)" } else { "" };
    let silent = if reason.tells_reset { "" } else { " (without reset)" };
    format!("{}{overloaded}{silent}", reason.message)
}

fn target(object: char) -> Target {
    let id = [u8::try_from(object).expect("objects are ASCII letters"); 32];
    Target { namespace: NamespaceNo(0), id, name: None, facet: None }
}

fn number(n: u64) -> [u8; 32] {
    let mut id = [0; 32];
    id[..8].copy_from_slice(&n.to_be_bytes());
    id
}

/// Listens to nothing.
struct Nobody;

impl DurableListener for Nobody {
    fn durable(&self, _position: Position) {}

    fn failed(&self, _cause: &Poisoned) {}
}

const SECOND: Duration = Duration::from_secs(1);
