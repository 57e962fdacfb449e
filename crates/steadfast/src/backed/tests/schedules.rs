//! Transactions in every order a schedule can bring them.

use std::collections::BTreeMap;

use proptest::collection::vec;
use proptest::prelude::*;

use super::*;

const COUNTERS: usize = 3;
/// Runs of all transactions together, beyond which a schedule is stuck.
const STEPS_MAX: usize = 20_000;

/// A transaction that adds one to some counters, or throws.
#[derive(Clone, Debug)]
struct Program {
    counters: Vec<usize>,
    throws: bool,
    nested: bool,
}

/// How far a program is.
enum Stage {
    Arrives,
    /// It has read; next it reads another counter, or tries to commit.
    Runs {
        above: Overlay,
        copies: BTreeMap<Key, u32>,
        read: usize,
    },
    Waits,
    /// It is the turn of one that has waited.
    Woken,
    /// Committed or thrown.
    Ends,
    Ended,
}

struct Run {
    program: Program,
    stage: Stage,
    transaction: Option<Transaction>,
    runs: usize,
}

/// The shell of a store: what performs.
struct World {
    store: BackedStore,
    /// Of another store: what nested transactions are begun by.
    outer: Transaction,
    overlay: Overlay,
    copies: BTreeMap<Key, u32>,
    stored: BTreeMap<Key, u32>,
    runs: Vec<Run>,
    committed: Vec<u32>,
}

fn counter(number: usize) -> Key {
    Key::from(vec![number as u8])
}

impl World {
    fn new(programs: &[Program]) -> Self {
        let new = |program: &Program| Run {
            program: program.clone(),
            stage: Stage::Arrives,
            transaction: None,
            runs: 0,
        };
        Self {
            store: BackedStore::new(),
            outer: BackedStore::new().begin(None),
            overlay: Overlay::new(),
            copies: BTreeMap::new(),
            stored: BTreeMap::new(),
            runs: programs.iter().map(new).collect(),
            committed: vec![0; COUNTERS],
        }
    }

    /// The programs that can take a step.
    fn ready(&self) -> Vec<usize> {
        let is_ready = |run: &Run| !matches!(run.stage, Stage::Waits | Stage::Ended);
        (0..self.runs.len()).filter(|at| is_ready(&self.runs[*at])).collect()
    }

    fn step(&mut self, at: usize) {
        let stage = std::mem::replace(&mut self.runs[at].stage, Stage::Ended);
        let next = match stage {
            Stage::Arrives | Stage::Woken => self.start(at),
            Stage::Runs { above, copies, read } if read < self.runs[at].program.counters.len() => {
                self.read(at, above, copies, read)
            }
            Stage::Runs { above, copies, .. } => self.commit(at, above, copies),
            Stage::Ends => self.end(at),
            Stage::Waits | Stage::Ended => panic!("it is not ready"),
        };
        self.runs[at].stage = next;
    }

    fn start(&mut self, at: usize) -> Stage {
        let run = &mut self.runs[at];
        match &mut run.transaction {
            Some(transaction) => self.store.restart(transaction).expect("it has not ended"),
            none => {
                let parent = run.program.nested.then_some(&self.outer);
                *none = Some(self.store.begin(parent));
            }
        }
        run.runs += 1;
        Stage::Runs { above: Overlay::recording(), copies: BTreeMap::new(), read: 0 }
    }

    /// Reads one counter and writes it.
    fn read(&mut self, at: usize, mut above: Overlay, mut copies: BTreeMap<Key, u32>, read: usize) -> Stage {
        let run = &mut self.runs[at];
        let name = counter(run.program.counters[read]);
        let value = match above.ask(name.clone()) {
            Some(_) => copies[&name],
            None => match self.overlay.known(&name) {
                Some(_) => self.copies[&name],
                None => self.stored.get(&name).copied().unwrap_or_default(),
            },
        };
        copies.insert(name.clone(), value + 1);
        above.set(name.clone(), Known::Written);
        run.transaction.as_mut().expect("it runs").wrote([name]);
        Stage::Runs { above, copies, read: read + 1 }
    }

    fn commit(&mut self, at: usize, above: Overlay, copies: BTreeMap<Key, u32>) -> Stage {
        let run = &mut self.runs[at];
        if run.program.throws && run.runs > 1 {
            return Stage::Ends;
        }
        let transaction = run.transaction.as_mut().expect("it runs");
        let verdict = self.store.commit(&mut self.overlay, transaction, &above).expect("it runs");
        match verdict {
            Verdict::RunAgain => return self.start(at),
            Verdict::WaitTurn => {
                assert!(!run.program.nested, "nested transactions never wait");
                return Stage::Waits;
            }
            Verdict::Committed => {}
        }
        self.copies.extend(copies);
        self.runs[at].program.counters.iter().for_each(|number| self.committed[*number] += 1);
        self.flush();
        Stage::Ends
    }

    fn flush(&mut self) {
        match self.store.flush(&self.overlay) {
            Flush::Nothing => assert!(self.copies.is_empty()),
            Flush::PutAll => self.stored.append(&mut self.copies),
            Flush::Plan(plan) => panic!("nothing is deleted: {plan:?}"),
        }
        self.store.flushed(&mut self.overlay);
    }

    fn end(&mut self, at: usize) -> Stage {
        let transaction = self.runs[at].transaction.as_mut().expect("it has begun");
        let Some(ticket) = self.store.end(transaction) else { return Stage::Ended };
        let waiting = self.runs.iter().filter(|run| matches!(run.stage, Stage::Waits));
        let tickets = waiting.map(|run| run.transaction.as_ref().expect("it has begun").ticket());
        assert_eq!(tickets.min(), Some(ticket), "turns come in the order of arrival");
        let is_it = |run: &&mut Run| run.transaction.as_ref().is_some_and(|its| its.ticket() == ticket);
        self.runs.iter_mut().find(is_it).expect("it has begun").stage = Stage::Woken;
        Stage::Ended
    }
}

fn program() -> impl Strategy<Value = Program> {
    (vec(0..COUNTERS, 0..4), prop::bool::weighted(0.1), prop::bool::weighted(0.1))
        .prop_map(|(counters, throws, nested)| Program { counters, throws, nested })
}

proptest! {
    #[test]
    fn all_end_and_no_increment_is_lost(
        programs in vec(program(), 1..40),
        picks in vec(0..usize::MAX, 1..200),
    ) {
        let mut world = World::new(&programs);
        let mut picks = picks.iter().cycle();
        for step in 0.. {
            let ready = world.ready();
            if ready.is_empty() {
                break;
            }
            prop_assert!(step < STEPS_MAX, "it does not come to an end");
            world.step(ready[picks.next().expect("endless") % ready.len()]);
        }
        let left = world.runs.iter().filter(|run| !matches!(run.stage, Stage::Ended)).count();
        prop_assert_eq!(left, 0, "nobody is left waiting");
        for number in 0..COUNTERS {
            let value = world.stored.get(&counter(number)).copied().unwrap_or_default();
            prop_assert_eq!(value, world.committed[number]);
        }
    }
}

#[test]
fn five_thousand_on_one_counter_run_twice_each() {
    let program = Program { counters: vec![0], throws: false, nested: false };
    let mut world = World::new(&vec![program; 5_000]);
    // All at once, as when one turn of the event loop begins them.
    for _ in 0..2 {
        (0..5_000).for_each(|at| world.step(at));
    }
    while let Some(at) = world.ready().first().copied() {
        world.step(at);
    }
    assert_eq!(world.stored[&counter(0)], 5_000);
    let runs: usize = world.runs.iter().map(|run| run.runs).sum();
    assert_eq!(runs, 2 * 5_000 - 1);
}
