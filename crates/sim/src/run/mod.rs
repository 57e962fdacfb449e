//! Lives of a log engine on a [`SimulatedDisk`], each ended by a crash, and what must hold after it.
//!
//! One thread takes the steps of all of them, so a seed decides everything: what is submitted, when groups are
//! written, when the base takes a checkpoint, at which request to the disk the process ends, and what is left.

mod flip;
mod life;
mod machine;

use std::collections::VecDeque;
use std::fmt;

use steadfast::engine::log::{LogSettings, Stepwise};
use steadfast::engine::testing::MemoryBase;
use steadfast::engine::{CommitSink, Position};

use crate::Random;
use crate::disk::{Fault, SimulatedDisk};
use crate::workload::{Shape, Workload};
use crate::world::World;

pub use flip::{Flip, flip};
pub use machine::Machine;

/// What a run did; the same seed gives the same.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Default)]
pub struct Tally {
    /// Records submitted.
    pub submitted: u64,
    /// Records that were acknowledged or found after a crash.
    pub durable: u64,
    /// Checkpoints taken.
    pub checkpoints: u64,
    /// Times the process ended other than in order.
    pub crashes: u64,
    /// Crashes while the engine was opening.
    pub crashes_while_opening: u64,
    /// Records that were submitted and not found after a crash.
    pub dropped: u64,
    /// A fingerprint of all of it.
    pub trace: u64,
}

/// Something an engine must never do.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Violation {
    /// The seed that shows it.
    pub seed: u64,
    /// Which life, counted from 0.
    pub life: u64,
    /// What it did.
    pub what: String,
}

impl fmt::Display for Violation {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}: seed={} life={}", self.what, self.seed, self.life)
    }
}

/// Runs a seed to its end.
///
/// # Errors
/// The first [`Violation`].
pub fn run(seed: u64, machine: Machine) -> Result<Tally, Violation> {
    let mut run = Run::new(seed, machine);
    let lives = run.random.within(2..8);
    for life in 0..lives {
        run.live_once(None).map_err(|what| Violation { seed, life, what })?;
    }
    run.come_back().map_err(|what| Violation { seed, life: lives, what })?;
    Ok(run.tally)
}

/// Runs a seed of many short lives: records that are all alike, and a power cut at one of the first requests
/// of each, so that leftovers of one life meet those of another in the same place.
///
/// # Errors
/// The first [`Violation`].
pub fn run_short_lives(seed: u64, machine: Machine) -> Result<Tally, Violation> {
    let mut run = Run::new(seed, machine);
    run.workload = Workload::of_shape(run.random.fork(), Shape::Uniform);
    for life in 0..SHORT_LIVES {
        let at = run.disk.requests() + run.random.within(2..7);
        run.live_once(Some(Fault::PowerCut { at })).map_err(|what| Violation { seed, life, what })?;
    }
    run.come_back().map_err(|what| Violation { seed, life: SHORT_LIVES, what })?;
    Ok(run.tally)
}

/// Runs a seed again and again, each time with a fault at another request of its first life: at every
/// write, every sync, every change of a name and every checkpoint. Returns how many there were.
///
/// # Errors
/// The first [`Violation`].
pub fn run_with_fault_everywhere(seed: u64, machine: Machine) -> Result<u64, Violation> {
    let undisturbed = Fault::Kill { at: u64::MAX };
    let in_life = |life| move |what| Violation { seed, life, what };
    let mut run = Run::new(seed, machine);
    run.live_once(Some(undisturbed)).map_err(in_life(0))?;
    let requests = run.disk.requests();
    for at in 1..=requests {
        for fault in [Fault::PowerCut { at }, Fault::Kill { at }, Fault::Error { at }] {
            let mut run = Run::new(seed, machine);
            run.live_once(Some(fault)).map_err(in_life(0))?;
            run.come_back().map_err(in_life(1))?;
        }
    }
    Ok(requests)
}

/// A run between two steps.
struct Run {
    random: Random,
    machine: Machine,
    settings: LogSettings,
    disk: SimulatedDisk,
    base: MemoryBase,
    workload: Workload,
    /// The state after each record from the last one that must be found again; that one first.
    states: VecDeque<(Position, World)>,
    tally: Tally,
}

/// How an engine came to its end.
enum End {
    /// It was closed: all is in the base.
    Closed,
    /// The process was killed.
    Killed,
    /// The power went.
    Dark,
}

impl Run {
    fn new(seed: u64, machine: Machine) -> Self {
        let mut random = Random::new(seed);
        let segment_bytes = random.choose([2, 4, 16]) * 1024;
        let settings = LogSettings {
            segment_bytes_first: segment_bytes,
            segment_bytes_max: segment_bytes * random.choose([1, 4]),
            freeze_bytes: random.choose([1, 8, 64]) * 1024,
            log_bytes_max: segment_bytes * random.choose([8, 32]),
        };
        let disk = SimulatedDisk::new(random.fork());
        let workload = Workload::new(random.fork());
        let base = MemoryBase::new().expect("memory is there");
        let states = [(Position::NONE, World::default())].into();
        Self { random, machine, settings, disk, base, workload, states, tally: Tally::default() }
    }

    /// Opens the engine, lets it work until it ends, and does to the disk what that end does.
    fn live_once(&mut self, fault: Option<Fault>) -> Result<(), String> {
        let fault = fault.or_else(|| self.random_fault());
        self.disk.plan(fault);
        let end = match self.open()? {
            Some(engine) => life::live(self, engine)?,
            None => {
                self.tally.crashes_while_opening += 1;
                self.end_of_fault()
            }
        };
        match end {
            End::Closed => return Ok(()),
            End::Killed => self.disk.restart(),
            End::Dark => self.disk.lose_power(),
        }
        self.tally.crashes += 1;
        self.trace(self.disk.requests());
        Ok(())
    }

    /// Opens a last time, without a fault, and closes in order.
    fn come_back(&mut self) -> Result<(), String> {
        self.disk.plan(None);
        let engine = self.open()?.expect("nothing stops it");
        self.close(engine)
    }

    /// Opens the engine and compares what it found. None if the process ended meanwhile.
    fn open(&mut self) -> Result<Option<Stepwise>, String> {
        let engine = match self.machine.open(&self.disk, &self.base, self.settings) {
            Ok(engine) => engine,
            Err(_) if self.disk.struck().is_some() => return Ok(None),
            Err(error) => return Err(format!("it refuses to open: {}", causes(&error))),
        };
        let found = engine.engine.durable_position();
        let (must, last) = (self.must(), self.last());
        if found < must {
            return Err(format!("acknowledged records are gone: found={} acknowledged={}", found.0, must.0));
        }
        if found > last {
            return Err(format!("records were found that nobody made: found={} made={}", found.0, last.0));
        }
        self.tally.dropped += last.0 - found.0;
        self.states.truncate((found.0 - must.0) as usize + 1);
        self.acknowledge(found);
        self.compare(&engine, "after opening")?;
        Ok(Some(engine))
    }

    fn close(&mut self, engine: Stepwise) -> Result<(), String> {
        let last = self.last();
        let closed = engine.close();
        if closed.is_err() && self.disk.struck().is_some() {
            return Ok(());
        }
        closed.map_err(|cause| format!("it does not close: {cause}"))?;
        self.acknowledge(last);
        match self.disk.segments() {
            0 => Ok(()),
            left => Err(format!("a log is left after closing: segments={left}")),
        }
    }

    /// Reads everything and compares it with what was submitted.
    fn compare(&self, engine: &Stepwise, when: &str) -> Result<(), String> {
        let expected = &self.states.back().expect("never empty").1;
        let found = World::read(&engine.engine, expected);
        let found = found.map_err(|error| format!("{when}, it cannot be read: {}", causes(&error)))?;
        match expected.difference(&found) {
            None => Ok(()),
            Some(what) => {
                Err(format!("{when}, what was written (first) is not what is there (second): {what}"))
            }
        }
    }

    /// Everything up to `position` has to be found from now on.
    fn acknowledge(&mut self, position: Position) {
        while self.must() < position {
            self.states.pop_front();
            self.tally.durable += 1;
        }
        self.trace(position.0);
    }

    /// The last position that must be found again.
    fn must(&self) -> Position {
        self.states.front().expect("never empty").0
    }

    /// The last position submitted.
    fn last(&self) -> Position {
        self.states.back().expect("never empty").0
    }

    fn random_fault(&mut self) -> Option<Fault> {
        let soon = self.random.choose([6, 50]);
        let at = self.disk.requests() + self.random.within(1..soon);
        match self.random.index(10) {
            0..5 => Some(Fault::PowerCut { at }),
            5..7 => Some(Fault::Kill { at }),
            7..9 => Some(Fault::Error { at }),
            _ => None,
        }
    }

    /// What the planned fault, which has struck, makes of the process.
    fn end_of_fault(&mut self) -> End {
        match self.disk.struck() {
            Some(Fault::PowerCut { .. }) => End::Dark,
            Some(Fault::Kill { .. }) => End::Killed,
            Some(Fault::Error { .. }) | None => {
                if self.random.one_in(2) {
                    End::Dark
                } else {
                    End::Killed
                }
            }
        }
    }

    fn trace(&mut self, what: u64) {
        self.tally.trace = (self.tally.trace ^ what).wrapping_mul(0x100_0000_01B3).rotate_left(7);
    }
}

/// An error and what caused it, on one line.
fn causes(error: &dyn std::error::Error) -> String {
    let mut text = error.to_string();
    let mut cause = error.source();
    while let Some(error) = cause {
        text = format!("{text}: {error}");
        cause = error.source();
    }
    text
}

const SHORT_LIVES: u64 = 20;
