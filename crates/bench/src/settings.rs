//! The command line, and the machine it asks for.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

use nix::sys::resource::{Resource, getrlimit, setrlimit};

use crate::case::Case;
use crate::server::Side;

/// What a run needs to know.
pub(crate) struct Settings {
    /// The cases to run, in order.
    pub(crate) cases: Vec<Case>,
    /// How often each side of a case is measured.
    pub(crate) runs: usize,
    /// How long each load lasts.
    pub(crate) seconds: u64,
    /// Where the servers keep data; on a real disk.
    pub(crate) data: PathBuf,
    /// The processors that a server and the load generator share, as `taskset -c` takes them.
    pub(crate) cpus: String,
    /// Which sides to measure.
    pub(crate) sides: Sides,
    /// The root of the repository.
    pub(crate) root: PathBuf,
}

/// Which sides to measure.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(crate) enum Sides {
    Both,
    Only(Side),
}

impl Sides {
    pub(crate) fn includes(self, side: Side) -> bool {
        self == Sides::Both || self == Sides::Only(side)
    }
}

/// What the command line asks for.
pub(crate) enum Parsed {
    Run(Settings),
    Help,
    /// Be the null server.
    Null {
        port: u16,
    },
}

impl Settings {
    pub(crate) fn parse(args: impl Iterator<Item = String>) -> Result<Parsed, String> {
        let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("../..");
        let root = root.canonicalize().map_err(|error| format!("no repository: {error}"))?;
        let mut settings = Settings {
            cases: Case::ALL.to_vec(),
            runs: 3,
            seconds: 3,
            data: root.join("target/bench-data"),
            cpus: String::from("0,1"),
            sides: Sides::Both,
            root,
        };
        let mut only = Vec::new();
        let mut args = args.peekable();
        while let Some(flag) = args.next() {
            if flag == "--help" {
                return Ok(Parsed::Help);
            }
            let value = args.next().ok_or(format!("a value is missing: flag={flag}"))?;
            match flag.as_str() {
                "--only" => only.push(Case::named(&value)?),
                "--runs" => settings.runs = number(&flag, &value)?,
                "--seconds" => settings.seconds = number(&flag, &value)?,
                "--data" => settings.data = PathBuf::from(value),
                "--cpus" => settings.cpus = value,
                "--side" => settings.sides = Sides::Only(Side::named(&value)?),
                "--null-server" => return Ok(Parsed::Null { port: number(&flag, &value)? }),
                _ => return Err(format!("unknown flag, try --help: flag={flag}")),
            }
        }
        if !only.is_empty() {
            settings.cases = only;
        }
        Ok(Parsed::Run(settings))
    }

    /// Fails when a tool is missing, or when the data would not be on a disk.
    pub(crate) fn check_machine(&self) -> Result<(), String> {
        for (tool, package) in [("wrk", "wrk"), ("taskset", "util-linux"), ("setpriv", "util-linux")] {
            if Command::new(tool).arg("--version").output().is_err() {
                return Err(format!("{tool} is missing: install it with `apt-get install {package}`"));
            }
        }
        check_disk(&self.data)
    }

    /// One line that says under which conditions the numbers were taken.
    pub(crate) fn conditions(&self) -> String {
        let (load, file_system) = (load_average(), file_system(&self.data).unwrap_or_default());
        format!(
            "runs={} seconds={} cpus={} file_system={file_system} load_before={load}",
            self.runs, self.seconds, self.cpus
        )
    }
}

/// Makes the data directory, and fails when it would not be on a disk.
pub(crate) fn check_disk(data: &Path) -> Result<(), String> {
    fs::create_dir_all(data).map_err(|error| format!("no data directory: {error}"))?;
    let kind = file_system(data)?;
    if kind == "tmpfs" || kind == "ramfs" {
        let directory = data.display();
        return Err(format!("data must be on a disk, use --data: directory={directory} file_system={kind}"));
    }
    Ok(())
}

/// The kind of the file system that holds a directory.
pub(crate) fn file_system(data: &Path) -> Result<String, String> {
    let data = data.canonicalize().map_err(|error| format!("no data directory: {error}"))?;
    let mounts = fs::read_to_string("/proc/mounts").map_err(|error| error.to_string())?;
    mounts
        .lines()
        .filter_map(|line| {
            let mut fields = line.split(' ').skip(1);
            Some((fields.next()?, fields.next()?))
        })
        .filter(|(directory, _)| data.starts_with(directory))
        .max_by_key(|(directory, _)| directory.len())
        .map(|(_, kind)| kind.to_owned())
        .ok_or_else(|| format!("no mount holds the data: directory={}", data.display()))
}

/// Lets this program and its servers have as many descriptors as the system allows; gives how many that is.
pub(crate) fn raise_descriptors() -> Result<u64, String> {
    let (_, most) = getrlimit(Resource::RLIMIT_NOFILE).map_err(|error| format!("no limit: {error}"))?;
    let set = setrlimit(Resource::RLIMIT_NOFILE, most, most);
    set.map_err(|error| format!("no descriptors: {error}")).map(|()| most)
}

/// How busy the machine was during the last minute.
pub(crate) fn load_average() -> String {
    let load = fs::read_to_string("/proc/loadavg").unwrap_or_default();
    load.split(' ').next().unwrap_or_default().to_owned()
}

pub(crate) fn number<N: std::str::FromStr>(flag: &str, value: &str) -> Result<N, String> {
    value.parse().map_err(|_| format!("not a number: flag={flag} value={value}"))
}

/// What `--help` prints.
pub(crate) const HELP: &str = "\
Compares Steadfast with workerd on this machine.

  npm run bench -- [--only NAME]... [--runs N] [--seconds S] [--data DIR] [--cpus LIST] [--side ours|peer]

  --only NAME    one case, may be repeated: hello-64 counter-1obj-1conn counter-1obj-64
                 counter-1000obj-64 rss-1000obj (MB) ready (ms) sql-insert-1000obj-64 rpc-64
                 ws-echo-64 ws-broadcast-1000 idle-ws-10000 (MB) lanes
  --runs N       measurements of each side, the median counts (3)
  --seconds S    length of each load (3)
  --data DIR     where the servers keep data, on a real disk (target/bench-data)
  --cpus LIST    processors shared by server and load generator (0,1)
  --side SIDE    measure one side alone

Needs wrk (`apt-get install wrk`).";
