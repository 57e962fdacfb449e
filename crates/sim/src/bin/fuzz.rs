//! `npm run fuzz`: a minute of changed inputs for every entry point that takes bytes from outside.
#![allow(clippy::print_stdout, clippy::print_stderr)] // its output is what it is for

use std::fs;
use std::path::PathBuf;
use std::process::ExitCode;
use std::time::Duration;

use steadfast_sim::fuzz::{Smoke, TARGETS, Target, smoke, target};

fn main() -> ExitCode {
    match Options::parse(std::env::args().skip(1)).and_then(|options| options.run()) {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("fuzz: {error}");
            ExitCode::FAILURE
        }
    }
}

struct Options {
    targets: Vec<&'static Target>,
    seconds: u64,
    seed: u64,
    /// An input to replay.
    input: Option<PathBuf>,
}

impl Options {
    fn parse(mut args: impl Iterator<Item = String>) -> Result<Self, String> {
        let mut options = Self { targets: Vec::new(), seconds: 60, seed: 1, input: None };
        while let Some(flag) = args.next() {
            let value = args.next().ok_or_else(|| format!("a value is missing: flag={flag}\n{HELP}"))?;
            let number = || value.parse().map_err(|_| format!("not a number: flag={flag} value={value}"));
            match flag.as_str() {
                "--only" => {
                    let found =
                        target(&value).ok_or_else(|| format!("no such target: name={value}\n{HELP}"))?;
                    options.targets.push(found);
                }
                "--seconds" => options.seconds = number()?,
                "--seed" => options.seed = number()?,
                "--input" => options.input = Some(value.into()),
                _ => return Err(format!("unknown flag: flag={flag}\n{HELP}")),
            }
        }
        if options.targets.is_empty() {
            options.targets = TARGETS.iter().collect();
        }
        Ok(options)
    }

    fn run(&self) -> Result<(), String> {
        if let Some(path) = &self.input {
            let input = fs::read(path).map_err(|error| format!("no input: {} {error}", path.display()))?;
            for target in &self.targets {
                (target.run)(&input);
            }
            return Ok(());
        }
        let time = Duration::from_secs(self.seconds) / self.targets.len() as u32;
        for target in &self.targets {
            match smoke(target, self.seed, time, u64::MAX) {
                Smoke::Withstood(inputs) => {
                    println!("fuzz {} seed={} inputs={inputs}", target.name, self.seed)
                }
                Smoke::Failed(input) => return Err(keep(target, &input)),
            }
        }
        Ok(())
    }
}

/// Keeps an input that failed, and says how to run it again.
fn keep(target: &Target, input: &[u8]) -> String {
    let path = PathBuf::from(format!("target/fuzz-{}.bin", target.name));
    match fs::write(&path, input) {
        Ok(()) => format!(
            "target failed: again with `npm run fuzz -- --only {} --input {}`",
            target.name,
            path.display()
        ),
        Err(error) => format!("target failed: name={} input={input:02x?} not kept: {error}", target.name),
    }
}

const HELP: &str = "\
  npm run fuzz -- [--only TARGET]... [--seconds S] [--seed N] [--input FILE]

  --only TARGET  one target, may be repeated: value log-record log-segment listing
                 socket-frames import
  --seconds S    for all of them together (60)
  --seed N       what decides the inputs (1)
  --input FILE   runs one input again";
