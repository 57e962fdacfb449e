//! `npm run bench:core`: engines and storage from Rust, without HTTP and JavaScript.
//!
//! Prints one line per case and engine, `core <name> engine=<e> <unit>=<n> wanted=<bound>`, the number the median
//! of its runs. Every case checks what it measured: counters must have counted what was acknowledged, and a
//! directory that is opened after a kill must hold its objects.

mod activation;
mod app;
mod commits;
mod million;
mod options;

use std::fs;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use steadfast::engine::{Engine, LogEngine, SqliteEngine};

use crate::median_of;
use crate::settings::{check_disk, file_system, load_average};
use options::{Options, Parsed};

/// Runs what the command line behind `core` asks for.
pub(crate) fn run(args: impl Iterator<Item = String>) -> Result<(), String> {
    match Options::parse(args)? {
        Parsed::Help => println!("{}", options::HELP),
        Parsed::Fill { engine, directory, objects } => return million::fill(engine, &directory, objects),
        Parsed::Run(options) => return measure(&options),
    }
    Ok(())
}

fn measure(options: &Options) -> Result<(), String> {
    check_disk(&options.data)?;
    eprintln!(
        "# runs={} seconds={} objects={} file_system={} load_before={}",
        options.runs,
        options.seconds,
        options.objects,
        file_system(&options.data)?,
        load_average()
    );
    for kind in &options.engines {
        for case in &options.cases {
            let mut samples = Vec::new();
            for round in 0..options.runs {
                let sample = case.measure(options, *kind)?;
                let numbers = sample.iter().map(|Number { name, value, .. }| format!("{name}={value:.1}"));
                let numbers = numbers.collect::<Vec<_>>().join(" ");
                eprintln!("# {} engine={} round={round} {numbers}", case.name(), kind.name());
                samples.push(sample);
            }
            report(*kind, &samples);
        }
    }
    Ok(())
}

fn report(kind: EngineKind, samples: &[Vec<Number>]) {
    let Some(first) = samples.first() else { return };
    for (at, Number { name, unit, wanted, .. }) in first.iter().enumerate() {
        let value = median_of(samples.iter().map(|sample| sample[at].value));
        println!("core {name} engine={} {unit}={value:.1} wanted={wanted}", kind.name());
    }
}

/// One line of the result.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Case {
    StoreCommits,
    AppCommits,
    KvHit,
    SqlActivation,
    Million,
}

impl Case {
    const ALL: [Case; 5] =
        [Case::StoreCommits, Case::AppCommits, Case::KvHit, Case::SqlActivation, Case::Million];

    fn name(self) -> &'static str {
        match self {
            Case::StoreCommits => "store-commits-1000obj-64",
            Case::AppCommits => "app-commits-1000obj-64",
            Case::KvHit => "kv-hit",
            Case::SqlActivation => "sql-activation",
            Case::Million => "million",
        }
    }

    fn named(name: &str) -> Result<Case, String> {
        let found = Case::ALL.into_iter().find(|case| case.name() == name);
        found.ok_or_else(|| format!("no such case, try --help: name={name}"))
    }

    fn measure(self, options: &Options, kind: EngineKind) -> Result<Vec<Number>, String> {
        let number = |unit, wanted, value| vec![Number { name: self.name(), unit, value, wanted }];
        match self {
            Case::StoreCommits => {
                Ok(number("commits_per_s", ">=100000", commits::durable_commits(options, kind)?))
            }
            Case::AppCommits => {
                Ok(number("requests_per_s", ">=100000", app::durable_requests(options, kind)?))
            }
            Case::KvHit => Ok(number("ns", "<=100", commits::cached_get(options, kind)?)),
            Case::SqlActivation => Ok(number("us", "<=100", activation::of_sql_object(options, kind)?)),
            Case::Million => million::reopen(options, kind),
        }
    }
}

/// One measured number.
struct Number {
    name: &'static str,
    unit: &'static str,
    value: f64,
    /// The bound it is held against.
    wanted: &'static str,
}

/// An engine that can be measured.
#[derive(Clone, Copy, PartialEq, Eq)]
enum EngineKind {
    Log,
    Sqlite,
}

impl EngineKind {
    const ALL: [EngineKind; 2] = [EngineKind::Log, EngineKind::Sqlite];

    fn name(self) -> &'static str {
        match self {
            EngineKind::Log => "log",
            EngineKind::Sqlite => "sqlite",
        }
    }

    fn named(name: &str) -> Result<EngineKind, String> {
        let found = EngineKind::ALL.into_iter().find(|kind| kind.name() == name);
        found.ok_or_else(|| format!("no such engine, try --help: engine={name}"))
    }

    fn open(self, directory: &Path) -> Result<Arc<dyn Engine>, String> {
        let opened = match self {
            EngineKind::Log => LogEngine::open(directory).map(|engine| Arc::new(engine) as Arc<_>),
            EngineKind::Sqlite => SqliteEngine::open(directory).map(|engine| Arc::new(engine) as Arc<_>),
        };
        opened.map_err(|error| format!("the engine did not open: {error}"))
    }
}

/// An empty data directory that goes with its owner.
struct DataDirectory {
    path: PathBuf,
}

impl DataDirectory {
    fn new(options: &Options, case: &str) -> Result<Self, String> {
        let path = options.data.join(format!("core-{}-{case}", std::process::id()));
        // What a run before this one left when it was killed.
        match fs::remove_dir_all(&path) {
            Err(error) if error.kind() != std::io::ErrorKind::NotFound => {
                return Err(format!("a data directory is in the way: {error}"));
            }
            _ => {}
        }
        fs::create_dir_all(&path).map_err(|error| format!("no data directory: {error}"))?;
        Ok(Self { path })
    }
}

impl Drop for DataDirectory {
    fn drop(&mut self) {
        if let Err(error) = fs::remove_dir_all(&self.path) {
            eprintln!("bench: could not remove data: {} {error}", self.path.display());
        }
    }
}

const CONCURRENT: usize = 64;
const OBJECTS: usize = 1000;
