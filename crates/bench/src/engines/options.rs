//! The command line of `npm run bench:core`.

use std::path::{Path, PathBuf};

use super::{Case, EngineKind};
use crate::settings::number;

/// What a run needs to know.
pub(super) struct Options {
    pub(super) cases: Vec<Case>,
    pub(super) engines: Vec<EngineKind>,
    pub(super) runs: usize,
    /// How long each load lasts.
    pub(super) seconds: u64,
    /// Objects of the case `million`.
    pub(super) objects: u64,
    pub(super) data: PathBuf,
}

/// What the command line asks for.
pub(super) enum Parsed {
    Run(Options),
    Help,
    /// Be the process that is killed.
    Fill {
        engine: EngineKind,
        directory: PathBuf,
        objects: u64,
    },
}

impl Options {
    pub(super) fn parse(mut args: impl Iterator<Item = String>) -> Result<Parsed, String> {
        let mut options = Options {
            cases: Vec::new(),
            engines: Vec::new(),
            runs: 3,
            seconds: 3,
            objects: 1_000_000,
            data: Path::new(env!("CARGO_MANIFEST_DIR")).join("../../target/bench-data"),
        };
        let mut fill = None;
        while let Some(flag) = args.next() {
            if flag == "--help" {
                return Ok(Parsed::Help);
            }
            let value = args.next().ok_or(format!("a value is missing: flag={flag}"))?;
            match flag.as_str() {
                "--only" => options.cases.push(Case::named(&value)?),
                "--engine" => options.engines.push(EngineKind::named(&value)?),
                "--runs" => options.runs = number(&flag, &value)?,
                "--seconds" => options.seconds = number(&flag, &value)?,
                "--objects" => options.objects = number(&flag, &value)?,
                "--data" => options.data = PathBuf::from(value),
                "--fill" => fill = Some(PathBuf::from(value)),
                _ => return Err(format!("unknown flag, try --help: flag={flag}")),
            }
        }
        if let Some(directory) = fill {
            let engine = options.engines.pop().ok_or("a value is missing: flag=--engine")?;
            return Ok(Parsed::Fill { engine, directory, objects: options.objects });
        }
        if options.cases.is_empty() {
            options.cases = Case::ALL.to_vec();
        }
        if options.engines.is_empty() {
            options.engines = EngineKind::ALL.to_vec();
        }
        Ok(Parsed::Run(options))
    }
}

/// What `--help` prints.
pub(super) const HELP: &str = "\
Measures engines and storage from Rust, without HTTP and JavaScript.

  npm run bench:core -- [--only NAME]... [--engine NAME]... [--runs N] [--seconds S] [--objects N] [--data DIR]

  --only NAME    one case, may be repeated:
                 store-commits-1000obj-64  durable commits per second: 1000 stores, 64 commits in flight
                 app-commits-1000obj-64    the same through objects written in Rust, 64 requests in flight
                 kv-hit                    one get of a cached key
                 sql-activation            opening an object and reading a row of its database
                 million                   opening a million objects after kill -9, and bytes on disk per object
  --engine NAME  one engine, may be repeated: log sqlite
  --runs N       measurements, the median counts (3)
  --seconds S    length of each load (3)
  --objects N    objects of the case million (1000000)
  --data DIR     where data goes, on a real disk (target/bench-data)";
