//! Objects that read, modify and write, and call each other, in every order proptest thinks of.

use std::collections::HashMap;

use proptest::prelude::*;

use super::*;

/// What an event does to its object's counter and whom it calls between reading and writing.
#[derive(Clone, Debug)]
struct Event {
    object: char,
    calls: Option<char>,
}

#[derive(Clone, Debug)]
enum Act {
    Send(Event),
    /// One turn.
    Turn,
    Release,
    Reset(char),
    Evict(char),
}

fn object() -> impl Strategy<Value = char> {
    prop::sample::select(vec!['a', 'b', 'c'])
}

fn act() -> impl Strategy<Value = Act> {
    let event = (object(), prop::option::of(object())).prop_map(|(object, calls)| Event { object, calls });
    prop_oneof![
        4 => event.prop_map(Act::Send),
        8 => Just(Act::Turn),
        2 => Just(Act::Release),
        1 => object().prop_map(Act::Reset),
        1 => object().prop_map(Act::Evict),
    ]
}

/// The code of the objects, and what the outside has been told.
struct World {
    host: Host,
    events: HashMap<CallNo, Event>,
    /// Calls made on behalf of another event, by their number.
    inner: HashMap<CallNo, CallNo>,
    /// Increments that were submitted, by object.
    written: HashMap<char, u64>,
    /// What answers that left have told: object, its count.
    told: Arc<Mutex<Vec<(char, u64)>>>,
    counts: HashMap<CallNo, u64>,
    /// The counts of each object that are durable for sure.
    durable: HashMap<char, u64>,
}

impl World {
    fn new() -> Self {
        Self {
            host: Host::new(),
            events: HashMap::new(),
            inner: HashMap::new(),
            written: HashMap::new(),
            told: Arc::default(),
            counts: HashMap::new(),
            durable: HashMap::new(),
        }
    }

    fn act(&mut self, act: Act) {
        match act {
            Act::Send(event) => {
                let call = self.host.call(ENTRY, event.object);
                self.events.insert(call, event);
                // Sent between turns.
                self.host.lane.end_turn();
            }
            Act::Turn => {
                self.turn();
            }
            Act::Release => {
                self.durable = self.written.clone();
                self.host.make_durable();
            }
            Act::Reset(object) => {
                if let Some(activation) = self.live(object) {
                    self.host.lane.reset(activation, ResetReason::error("on purpose"));
                    self.host.lane.end_turn();
                }
            }
            Act::Evict(object) => {
                if let Some(activation) = self.live(object) {
                    self.host.lane.evict_idle(activation);
                }
            }
        }
        self.check();
    }

    fn live(&self, object: char) -> Option<ActivationNo> {
        self.host.names.iter().filter(|(_, name)| **name == object).map(|(activation, _)| *activation).max()
    }

    /// One turn: returns whether there was one.
    fn turn(&mut self) -> bool {
        self.host.lane.receive();
        let Some(step) = self.host.lane.next() else { return false };
        match step {
            Step::Construct { activation, target, .. } => {
                self.host.names.insert(activation, char::from(target.id[0]));
                self.host.lane.constructed(activation);
            }
            Step::Deliver { call, activation } => {
                let event = self.events[&call].clone();
                match event.calls {
                    Some(callee) if callee != event.object => {
                        let context = Context::Object { activation, section: None };
                        let inner = self.host.call(context, callee);
                        self.events.insert(inner, Event { object: callee, calls: None });
                        self.inner.insert(inner, call);
                    }
                    _ => self.increment(call, event.object),
                }
            }
            Step::Reply { call, outcome: Ok(()) } => match self.inner.remove(&call) {
                Some(outer) => {
                    let object = self.events[&outer].object;
                    self.increment(outer, object);
                }
                None => self.tell(call),
            },
            Step::Reply { call, outcome: Err(_) } => {
                if let Some(outer) = self.inner.remove(&call) {
                    // The handler fails.
                    self.host.lane.reply(outer);
                }
            }
            Step::Host(_)
            | Step::Alarm { .. }
            | Step::Section { .. }
            | Step::Resume { .. }
            | Step::Socket { .. }
            | Step::End { .. } => {}
        }
        self.host.lane.end_turn();
        true
    }

    /// Reads, adds one, writes and answers, in one turn.
    fn increment(&mut self, call: CallNo, object: char) {
        let before = self.host.get(object, "count").map_or(0, |count| count.parse::<u64>().unwrap());
        let count = before + 1;
        let activation = self.host.activation(object);
        self.host.lane.with_store(activation, |store| {
            store.put(Key::from("count"), Value::from(count.to_string()), WriteOptions::default()).unwrap();
        });
        let written = self.written.entry(object).or_default();
        *written += 1;
        assert_eq!(count, *written, "an update of {object} was lost");
        self.counts.insert(call, count);
        self.host.lane.reply(call);
    }

    /// The entry answers the client with what the call came to.
    fn tell(&mut self, call: CallNo) {
        let (Some(count), object) = (self.counts.get(&call).copied(), self.events[&call].object) else {
            return;
        };
        let told = self.told.clone();
        let release = move |outcome: Result<(), Poisoned>| {
            if outcome.is_ok() {
                told.lock().unwrap().push((object, count));
            }
        };
        self.host.lane.output(ENTRY, Box::new(release));
    }

    fn check(&self) {
        for (object, count) in self.told.lock().unwrap().iter() {
            let durable = self.durable.get(object).copied().unwrap_or(0);
            assert!(*count <= durable, "{object} was told of {count}, durable are {durable}");
        }
    }
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 128, ..ProptestConfig::default() })]

    #[test]
    fn no_update_is_lost_and_nothing_undurable_is_told(acts in prop::collection::vec(act(), 1..80)) {
        let mut world = World::new();
        for act in acts {
            world.act(act);
        }
        while world.turn() {}
        world.act(Act::Release);
        let objects: Vec<char> = world.written.keys().copied().collect();
        for object in objects {
            if let Some(activation) = world.live(object) {
                world.host.lane.reset(activation, ResetReason::error("to read what is stored"));
            }
            while world.turn() {}
            world.host.start(object);
            let count = world.host.get(object, "count").map(|count| count.parse::<u64>().unwrap());
            prop_assert_eq!(count, world.written.get(&object).copied());
        }
    }
}
