//! Ten thousand seeds: whatever was acknowledged is there after every crash, whole and in order.

use std::sync::atomic::{AtomicU64, Ordering};
use std::thread;

use steadfast_sim::run::{Machine, Tally, Violation, run, run_short_lives, run_with_fault_everywhere};

#[test]
fn nothing_acknowledged_is_lost() {
    let (first, seeds) = seeds();
    let tally = all(first..first + seeds, |seed| run(seed, Machine::SOUND));
    if seeds > 1 {
        assert!(tally.crashes > seeds && tally.dropped > seeds && tally.checkpoints > seeds, "{tally:?}");
        assert!(tally.crashes_while_opening > seeds / 100, "{tally:?}");
    }
}

#[test]
fn leftovers_of_many_short_lives_are_never_taken_for_records() {
    let (first, seeds) = seeds();
    let tally =
        all(first..first + seeds / SHORT_LIVES_SHARE + 1, |seed| run_short_lives(seed, Machine::SOUND));
    assert!(tally.dropped > 0 && tally.durable > 0, "{tally:?}");
}

#[test]
fn a_crash_at_every_request_loses_nothing() {
    let mut requests = 0;
    for seed in 0..EVERYWHERE_SEEDS {
        requests +=
            run_with_fault_everywhere(seed, Machine::SOUND).unwrap_or_else(|violation| panic!("{violation}"));
    }
    assert!(requests > 10 * EVERYWHERE_SEEDS, "requests={requests}");
}

#[test]
fn a_seed_decides_everything() {
    let traces =
        |seeds: std::ops::Range<u64>| seeds.map(|seed| run(seed, Machine::SOUND).expect("sound")).collect();
    let (once, again): (Vec<Tally>, Vec<Tally>) = (traces(0..40), traces(0..40));
    assert_eq!(once, again);
    assert_ne!(once[0].trace, once[1].trace);
}

/// Runs seeds on two threads and adds up what they did.
fn all(seeds: std::ops::Range<u64>, run: impl Fn(u64) -> Result<Tally, Violation> + Sync) -> Tally {
    let next = AtomicU64::new(seeds.start);
    let work = || {
        let mut sum = Tally::default();
        loop {
            let seed = next.fetch_add(1, Ordering::Relaxed);
            if seed >= seeds.end {
                return sum;
            }
            let tally = run(seed).unwrap_or_else(|violation| panic!("{violation}"));
            sum.submitted += tally.submitted;
            sum.durable += tally.durable;
            sum.checkpoints += tally.checkpoints;
            sum.crashes += tally.crashes;
            sum.crashes_while_opening += tally.crashes_while_opening;
            sum.dropped += tally.dropped;
        }
    };
    thread::scope(|scope| {
        let other = scope.spawn(work);
        let mut sum = work();
        let more = other.join().unwrap_or_else(|panic| std::panic::resume_unwind(panic));
        sum.submitted += more.submitted;
        sum.durable += more.durable;
        sum.checkpoints += more.checkpoints;
        sum.crashes += more.crashes;
        sum.crashes_while_opening += more.crashes_while_opening;
        sum.dropped += more.dropped;
        sum
    })
}

/// The first seed and how many: `STEADFAST_SIM_SEED` replays one.
fn seeds() -> (u64, u64) {
    match std::env::var("STEADFAST_SIM_SEED") {
        Ok(seed) => (seed.parse().expect("a number"), 1),
        Err(_) => (0, SEEDS),
    }
}

const SEEDS: u64 = 10_000;
const EVERYWHERE_SEEDS: u64 = 12;
/// Of the seeds, one in so many is run with short lives, too.
const SHORT_LIVES_SHARE: u64 = 20;
