//! The simulation notices what it is there to notice; and a changed bit in the log is never served.

use std::panic::{self, AssertUnwindSafe};

use steadfast_sim::broken::BROKEN;
use steadfast_sim::run::{Flip, Machine, flip, run, run_short_lives};

#[test]
fn every_broken_engine_is_caught() {
    let quiet = panic::take_hook();
    panic::set_hook(Box::new(|_| ()));
    let uncaught: Vec<&str> =
        BROKEN.iter().filter(|(_, machine)| !is_caught(*machine)).map(|(name, _)| *name).collect();
    panic::set_hook(quiet);
    assert!(uncaught.is_empty(), "nobody noticed: {uncaught:?}");
}

#[test]
fn a_changed_bit_in_the_log_is_reported_or_harmless() {
    let mut reported = 0;
    for seed in 0..FLIPS {
        match flip(seed, Machine::SOUND) {
            Ok(Flip::Reported) => reported += 1,
            Ok(Flip::Harmless) => {}
            Err(violation) => panic!("{violation}"),
        }
    }
    assert!(reported > FLIPS / 10 && reported < FLIPS, "reported={reported} of {FLIPS}");
}

/// By a violation, or by an assertion on the way to one.
fn is_caught(machine: Machine) -> bool {
    let sound = |check: &dyn Fn() -> bool| panic::catch_unwind(AssertUnwindSafe(check)).unwrap_or(false);
    (0..SEEDS).any(|seed| {
        !sound(&|| run(seed, machine).is_ok())
            || !sound(&|| flip(seed, machine).is_ok())
            || !sound(&|| run_short_lives(seed, machine).is_ok())
    })
}

/// Enough for every fault to show; most show in the first.
const SEEDS: u64 = 300;
const FLIPS: u64 = 1_500;
