//! Entry points that must withstand any bytes, and a loop that throws bytes at them.
//!
//! `fuzz/` drives the same [`TARGETS`] with a fuzzer that sees which code was reached. [`smoke`] does not
//! see it, but runs on every machine: it changes good inputs at random, from a seed.

mod listing;
mod mutation;

use std::panic::{self, AssertUnwindSafe};
use std::time::{Duration, Instant};

use steadfast::engine::log::fuzz as log;
use steadfast::engine::{CommitRecord, ObjectNo};
use steadfast::{transfer, value};
use steadfast_server as server;

use crate::Random;
use crate::workload::Workload;
use crate::world::World;
use mutation::mutate;

/// One entry point.
#[derive(Clone, Copy)]
pub struct Target {
    /// What it is called on the command line.
    pub name: &'static str,
    /// Takes any bytes; panics when something is wrong.
    pub run: fn(&[u8]),
    /// Good inputs to begin with.
    pub inputs: fn() -> Vec<Vec<u8>>,
}

/// All of them.
pub const TARGETS: &[Target] = &[
    Target { name: "value", run: value::fuzz_decode, inputs: values },
    Target { name: "log-record", run: log::fuzz_record, inputs: log_records },
    Target { name: "log-segment", run: log::fuzz_segment, inputs: log_segments },
    Target { name: "listing", run: listing::run, inputs: listing::inputs },
    Target { name: "socket-frames", run: server::fuzz_frames, inputs: server::fuzz_frames_inputs },
    Target { name: "import", run: transfer::fuzz_import, inputs: transfer::fuzz_inputs },
];

/// The target of this name.
pub fn target(name: &str) -> Option<&'static Target> {
    TARGETS.iter().find(|target| target.name == name)
}

/// Runs the target of this name on one input.
///
/// # Panics
/// If there is no such target, or if it does not withstand the input.
pub fn run(name: &str, input: &[u8]) {
    (target(name).expect("a target of this name").run)(input);
}

/// What a smoke run of one target came to.
#[derive(Debug, PartialEq, Eq)]
pub enum Smoke {
    /// So many inputs were withstood.
    Withstood(u64),
    /// This one was not.
    Failed(Vec<u8>),
}

/// Throws inputs at a target for some time, but no more than `inputs_max`.
pub fn smoke(target: &Target, seed: u64, time: Duration, inputs_max: u64) -> Smoke {
    let mut random = Random::new(seed);
    let inputs = (target.inputs)();
    let begin = Instant::now();
    let mut thrown = 0;
    while thrown < inputs_max && begin.elapsed() < time {
        let input = mutate(&mut random, &inputs);
        if panic::catch_unwind(AssertUnwindSafe(|| (target.run)(&input))).is_err() {
            return Smoke::Failed(input);
        }
        thrown += 1;
    }
    Smoke::Withstood(thrown)
}

/// Objects of JavaScript of every kind the codec knows.
fn values() -> Vec<Vec<u8>> {
    // Written by Node: objects, arrays dense and sparse, maps, sets, dates, bigints, expressions, typed arrays,
    // references, errors, boxed values, numbers, strings of both widths.
    const WRITTEN: &[&[u8]] = &[
        b"\xff\x0fo\x22\x01aI\x02\x22\x01bA\x03T0_$\0\x03{\x02",
        b"\xff\x0f;\x22\x01kI\x02\x22\x01mN\0\0\0\0\0\0\xf8\x7f:\x04",
        b"\xff\x0f'\x22\x01\xe9c\x02\x03&,\x02",
        b"\xff\x0fD\0\0\0\0\0\0\xf0?",
        b"\xff\x0fZ!\0\0\0\0\0\0\0\0@\0\0\0\0\0\0\0",
        b"\xff\x0fR\x22\x03a+b\x03",
        b"\xff\x0fB\x06\x01\0\x02\0\x03\0VW\0\x06\0",
        b"\xff\x0fB\x04\0\0\0\0V?\0\x04\0",
        b"\xff\x0fo\x22\x01nI\x02\x22\x04self^\0{\x02",
        b"\xff\x0fa\xe8\x07I\0I\x02I\x04I\x06@\x02\xe8\x07",
        b"\xff\x0fA\x02I\x02I\x04\x22\x01x\x22\x01y$\x01\x02",
        b"\xff\x0frRm\x22\x03whyc\x22\x01c.",
        b"\xff\x0fy",
        b"\xff\x0fs\x22\x05boxed",
        b"\xff\x0fz\x10\x07\0\0\0\0\0\0\0",
        b"\xff\x0fN\0\0\0\0\0\0pB",
        b"\xff\x0fI\x09",
        b"\xff\x0fN\0\0\0\0\0\0\xf8?",
        b"\xff\x0f\x22\0",
        b"\xff\x0foI\x02I\x04\x22\x01xc\x04=\xd8\0\xde{\x02",
    ];
    let mut inputs: Vec<Vec<u8>> = WRITTEN.iter().map(|bytes| bytes.to_vec()).collect();
    for nested in [1_usize, 20, 499] {
        let mut bytes = vec![0xff, 0x0f];
        bytes.extend(std::iter::repeat_n(*b"A\x01", nested).flatten());
        bytes.push(b'0');
        bytes.extend(std::iter::repeat_n(*b"$\0\x01", nested).flatten());
        inputs.push(bytes);
    }
    inputs
}

fn log_records() -> Vec<Vec<u8>> {
    log::record_inputs(&records())
}

fn log_segments() -> Vec<Vec<u8>> {
    let records = records();
    [1, 3, 8]
        .into_iter()
        .flat_map(|len| records.chunks(16).map(move |part| log::segment_input(part, len)))
        .collect()
}

/// Records as objects make them.
fn records() -> Vec<CommitRecord> {
    let mut records = Vec::new();
    for seed in 0..6 {
        let mut world = World::default();
        let mut workload = Workload::new(Random::new(seed));
        let mut last = 0;
        for _ in 0..24 {
            let record = workload.next(&world, || {
                last += 1;
                ObjectNo(last)
            });
            world.apply(&record);
            records.push(record);
        }
    }
    records
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_target_withstands_its_own_inputs_and_some_changed_ones() {
        for target in TARGETS {
            for input in (target.inputs)() {
                (target.run)(&input);
            }
            assert_eq!(
                smoke(target, 1, Duration::from_secs(60), 500),
                Smoke::Withstood(500),
                "target={}",
                target.name
            );
        }
    }

    #[test]
    fn good_inputs_of_the_codecs_are_good() {
        for input in values() {
            assert!(value::Value::decode(&input).is_ok(), "{input:02x?}");
        }
    }

    #[test]
    fn a_target_that_fails_is_found_out_and_replays() {
        let fragile = Target {
            name: "fragile",
            run: |bytes| assert!(!bytes.contains(&0x7f), "as asked"),
            inputs: || vec![vec![0x3f; 8]],
        };
        let quiet = panic::take_hook();
        panic::set_hook(Box::new(|_| ()));
        let failed = smoke(&fragile, 7, Duration::from_secs(60), 10_000);
        let again = smoke(&fragile, 7, Duration::from_secs(60), 10_000);
        panic::set_hook(quiet);
        assert!(matches!(&failed, Smoke::Failed(input) if input.contains(&0x7f)));
        assert_eq!(failed, again);
    }
}
