//! `npm run bench`: Steadfast and workerd on the same worker, under the same load, in one run.
//!
//! Each case starts one server at a time with an empty data directory, checks its answers, loads it with
//! `wrk`, checks that no acknowledged request was lost, and stops it; ours and the peer's turn about. A null
//! server first shows that `wrk` itself is not what is measured. Servers and `wrk` share one set of processors, the
//! same for both sides: a server that needs more threads pays for them.
//!
//! Prints one line per case, `bench <name> ours=<n> peer=<n> ratio=<r>`, each number the median of its runs.
//! A ratio above 1 means that ours is better, for rates, times and memory alike. Conditions go to standard error.
//!
//! Sockets are loaded by this program itself (`sockets.rs`). The case `lanes` compares two lanes of ours with one.
//!
//! `npm run bench:core` is `engines`: ours by themselves, from Rust.
#![allow(clippy::print_stdout, clippy::print_stderr)] // its output is what it is for

mod case;
mod engines;
mod load;
mod memory;
mod null;
mod probe;
mod server;
mod settings;
mod sockets;

use std::process::ExitCode;

use case::{Case, Sample};
use server::Side;
use settings::{Parsed, Settings};

fn main() -> ExitCode {
    if std::env::args().nth(1).as_deref() == Some("core") {
        return match engines::run(std::env::args().skip(2)) {
            Ok(()) => ExitCode::SUCCESS,
            Err(error) => fail(&error),
        };
    }
    if std::env::args().nth(1).as_deref() == Some("sockets") {
        return match sockets::generate(std::env::args().skip(2)) {
            Ok(measured) => {
                println!("{measured}");
                ExitCode::SUCCESS
            }
            Err(error) => fail(&error),
        };
    }
    match Settings::parse(std::env::args().skip(1)) {
        Ok(Parsed::Run(settings)) => match run(&settings) {
            Ok(()) => ExitCode::SUCCESS,
            Err(error) => fail(&error),
        },
        Ok(Parsed::Help) => {
            println!("{}", settings::HELP);
            ExitCode::SUCCESS
        }
        Ok(Parsed::Null { port }) => match null::serve(port) {
            Ok(()) => ExitCode::SUCCESS,
            Err(error) => fail(&error.to_string()),
        },
        Err(error) => fail(&error),
    }
}

fn fail(error: &str) -> ExitCode {
    eprintln!("bench: {error}");
    ExitCode::FAILURE
}

fn run(settings: &Settings) -> Result<(), String> {
    settings.check_machine()?;
    eprintln!("# {}", settings.conditions());
    let mut fastest: f64 = 0.0;
    for case in &settings.cases {
        let (mut ours, mut peer) = (Vec::new(), Vec::new());
        for round in 0..case.rounds(settings.runs) {
            for (side, samples) in [(Side::Ours, &mut ours), (Side::Peer, &mut peer)] {
                if settings.sides.includes(side) {
                    let sample = case.measure(settings, side)?;
                    eprintln!("# {} round={round} {}={sample}", case.name(), case.side_name(side));
                    samples.push(sample);
                }
            }
        }
        report(*case, &ours, &peer);
        if case.is_wrk() {
            fastest = fastest.max(median(&ours)).max(median(&peer));
        }
    }
    if fastest > 0.0 { check_generator(settings, fastest) } else { Ok(()) }
}

fn report(case: Case, ours: &[Sample], peer: &[Sample]) {
    let (ours_value, peer_value) = (median(ours), median(peer));
    if ours.is_empty() || peer.is_empty() {
        let (side, value) = if ours.is_empty() { (Side::Peer, peer_value) } else { (Side::Ours, ours_value) };
        println!("bench {} {}={value:.1}", case.name(), case.side_name(side));
        return;
    }
    let ratio = if case.is_rate() { ours_value / peer_value } else { peer_value / ours_value };
    let (ours_name, peer_name) = (case.side_name(Side::Ours), case.side_name(Side::Peer));
    println!(
        "bench {} {ours_name}={ours_value:.1} {peer_name}={peer_value:.1} ratio={ratio:.2}",
        case.name()
    );
    if case == Case::Counter1Obj1Conn {
        let p50 = |samples: &[Sample]| median_of(samples.iter().map(|sample| sample.p50_us));
        eprintln!("# {} p50_us ours={:.0} peer={:.0}", case.name(), p50(ours), p50(peer));
    }
}

/// The null server must be so much faster than the fastest case that `wrk` cannot be what limits that.
fn check_generator(settings: &Settings, fastest: f64) -> Result<(), String> {
    let mut samples = Vec::new();
    for _ in 0..settings.runs {
        samples.push(case::measure_null(settings)?);
    }
    let null = median(&samples);
    let ratio = null / fastest;
    println!("null-server rate={null:.1} fastest={fastest:.1} ratio={ratio:.2}");
    if ratio < NULL_RATIO_MIN {
        return Err(format!(
            "the load generator is too slow to judge: ratio={ratio:.2} ratio_min={NULL_RATIO_MIN}"
        ));
    }
    Ok(())
}

fn median(samples: &[Sample]) -> f64 {
    median_of(samples.iter().map(|sample| sample.value))
}

/// The middle one, the mean of the two in the middle, or 0 for none.
fn median_of(values: impl Iterator<Item = f64>) -> f64 {
    let mut sorted: Vec<f64> = values.collect();
    sorted.sort_by(f64::total_cmp);
    let middle = sorted.len() / 2;
    match sorted.len() {
        0 => 0.0,
        length if length % 2 == 1 => sorted[middle],
        _ => f64::midpoint(sorted[middle - 1], sorted[middle]),
    }
}

const NULL_RATIO_MIN: f64 = 1.5;

#[cfg(test)]
mod tests {
    use super::median_of;

    #[test]
    fn the_median_is_the_middle() {
        assert_eq!(median_of([].into_iter()), 0.0);
        assert_eq!(median_of([3.0].into_iter()), 3.0);
        assert_eq!(median_of([9.0, 1.0, 2.0].into_iter()), 2.0);
        assert_eq!(median_of([4.0, 1.0, 2.0, 9.0].into_iter()), 3.0);
    }
}
