//! The servers that are compared: started on a free port with an empty data directory, ended with all they started.

use std::ffi::OsString;
use std::fs::{self, File};
use std::net::TcpListener;
use std::os::unix::process::CommandExt;
use std::path::PathBuf;
use std::process::{Child, Command, Stdio};
use std::thread;
use std::time::{Duration, Instant};

use crate::probe::Client;
use crate::settings::Settings;

/// Who is measured.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(crate) enum Side {
    Ours,
    Peer,
}

impl Side {
    pub(crate) fn name(self) -> &'static str {
        match self {
            Side::Ours => "ours",
            Side::Peer => "peer",
        }
    }

    pub(crate) fn named(name: &str) -> Result<Side, String> {
        let found = [Side::Ours, Side::Peer].into_iter().find(|side| side.name() == name);
        found.ok_or_else(|| format!("no such side: side={name}"))
    }
}

/// Which of the workers under `workers/` is served.
#[derive(Clone, Copy)]
pub(crate) enum Worker {
    Hello,
    Counter,
    SqlInsert,
    Rpc,
    Sockets,
    Burn,
}

impl Worker {
    fn name(self) -> &'static str {
        match self {
            Worker::Hello => "hello",
            Worker::Counter => "counter",
            Worker::SqlInsert => "sql-insert",
            Worker::Rpc => "rpc",
            Worker::Sockets => "sockets",
            Worker::Burn => "burn",
        }
    }

    /// Its constant in `peer/config.capnp`, whose names have no hyphens.
    fn config(self) -> &'static str {
        match self {
            Worker::SqlInsert => "sqlInsert",
            other => other.name(),
        }
    }
}

/// A running server; dropping it ends it and removes its data.
pub(crate) struct Server {
    child: Child,
    port: u16,
    directory: PathBuf,
    side: Option<Side>,
}

impl Server {
    /// `steadfast serve` or `workerd serve`.
    pub(crate) fn start(settings: &Settings, side: Side, worker: Worker) -> Result<Server, String> {
        match side {
            Side::Ours => Server::steadfast(settings, worker, &[]),
            Side::Peer => Server::workerd(settings, worker),
        }
    }

    /// `steadfast serve` with so many lanes.
    pub(crate) fn start_lanes(settings: &Settings, worker: Worker, lanes: usize) -> Result<Server, String> {
        Server::steadfast(settings, worker, &["--lanes", &lanes.to_string()])
    }

    /// As a user starts it: `steadfast serve`, or the peer's tool around workerd.
    pub(crate) fn start_cold(settings: &Settings, side: Side) -> Result<Server, String> {
        match side {
            Side::Ours => Server::steadfast(settings, Worker::Counter, &[]),
            Side::Peer => Server::miniflare(settings),
        }
    }

    /// This program as a server that does nothing but answer.
    pub(crate) fn null(settings: &Settings) -> Result<Server, String> {
        let program = std::env::current_exe().map_err(|error| format!("no program: {error}"))?;
        Server::spawn(settings, None, |port, _| {
            vec![program.into(), "--null-server".into(), port.to_string().into()]
        })
    }

    fn steadfast(settings: &Settings, worker: Worker, flags: &[&str]) -> Result<Server, String> {
        let cli = settings.root.join("packages/steadfast/bin/steadfast.js");
        let project = settings.root.join("crates/bench/workers").join(worker.name());
        Server::spawn(settings, Some(Side::Ours), |port, data| {
            let mut args = words(["node"]);
            args.extend([cli.into(), "serve".into(), project.into()]);
            args.extend(words(["--port", &port.to_string(), "--persist-to"]));
            args.push(data.into());
            args.extend(flags.iter().map(Into::into));
            args
        })
    }

    fn workerd(settings: &Settings, worker: Worker) -> Result<Server, String> {
        let program = settings.root.join(WORKERD);
        if !program.exists() {
            return Err(format!("workerd is missing, run `npm ci`: path={}", program.display()));
        }
        let config = settings.root.join("crates/bench/peer/config.capnp");
        Server::spawn(settings, Some(Side::Peer), |port, data| {
            let mut args = vec![program.into(), "serve".into(), config.into()];
            args.extend(words([worker.config(), "--socket-addr", &format!("http=127.0.0.1:{port}")]));
            if !matches!(worker, Worker::Hello) {
                args.extend(words(["--directory-path", &format!("data={}", data.display())]));
            }
            args
        })
    }

    fn miniflare(settings: &Settings) -> Result<Server, String> {
        let script = settings.root.join("crates/bench/peer/miniflare.mjs");
        let worker = settings.root.join("crates/bench/workers/counter/worker.js");
        Server::spawn(settings, Some(Side::Peer), |port, data| {
            let port = port.to_string().into();
            vec!["node".into(), script.into(), worker.into(), port, data.into()]
        })
    }

    fn spawn(
        settings: &Settings,
        side: Option<Side>,
        args: impl FnOnce(u16, PathBuf) -> Vec<OsString>,
    ) -> Result<Server, String> {
        let port = free_port()?;
        let directory = settings.data.join(format!("{}-{port}", std::process::id()));
        let data = directory.join("data");
        let log = fs::create_dir_all(&data).and_then(|()| File::create(directory.join("log")));
        let log = log.map_err(|error| format!("no data directory: {error}"))?;
        let error_log = log.try_clone().map_err(|error| format!("no log: {error}"))?;
        // The server ends with this program, however that ends.
        let child = Command::new("setpriv")
            .args(["--pdeathsig", "KILL", "taskset", "-c", &settings.cpus])
            .args(args(port, data))
            .current_dir(&settings.root)
            .stdin(Stdio::null())
            .stdout(log)
            .stderr(error_log)
            .process_group(0)
            .spawn()
            .map_err(|error| format!("the server did not start: {error}"))?;
        Ok(Server { child, port, directory, side })
    }

    pub(crate) fn port(&self) -> u16 {
        self.port
    }

    pub(crate) fn process(&self) -> u32 {
        self.child.id()
    }

    pub(crate) fn side_name(&self) -> &'static str {
        self.side.map_or("null", Side::name)
    }

    /// Asks for `path` until the server answers.
    pub(crate) fn first_response(&self, path: &str) -> Result<(), String> {
        let begin = Instant::now();
        loop {
            match Client::connect(self.port).and_then(|mut client| client.get(path)) {
                Ok(_) => return Ok(()),
                Err(error) if begin.elapsed() > START_TIMEOUT => {
                    let log = fs::read_to_string(self.directory.join("log")).unwrap_or_default();
                    let side = self.side_name();
                    return Err(format!("no first response: side={side} last={error}\n{log}"));
                }
                Err(_) => thread::sleep(POLL),
            }
        }
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        // The group, so that what the server started ends too; the data is thrown away anyway.
        let group = format!("-{}", self.child.id());
        let killed = Command::new("kill").args(["-KILL", "--", &group]).status();
        if !killed.is_ok_and(|status| status.success()) {
            eprintln!("bench: could not end the server: process_group={}", self.child.id());
        }
        if let Err(error) = self.child.wait() {
            eprintln!("bench: could not wait for the server: {error}");
        }
        if let Err(error) = fs::remove_dir_all(&self.directory) {
            eprintln!("bench: could not remove data: {} {error}", self.directory.display());
        }
    }
}

fn words<const N: usize>(words: [&str; N]) -> Vec<OsString> {
    words.iter().map(Into::into).collect()
}

/// A port that was free a moment ago.
fn free_port() -> Result<u16, String> {
    let listener = TcpListener::bind(("127.0.0.1", 0));
    let address = listener.and_then(|listener| listener.local_addr());
    address.map(|address| address.port()).map_err(|error| format!("no free port: {error}"))
}

/// The program itself; the package's own entry may be a script around it.
#[cfg(target_arch = "aarch64")]
const WORKERD: &str = "node_modules/@cloudflare/workerd-linux-arm64/bin/workerd";
#[cfg(not(target_arch = "aarch64"))]
const WORKERD: &str = "node_modules/@cloudflare/workerd-linux-64/bin/workerd";
const START_TIMEOUT: Duration = Duration::from_secs(20);
const POLL: Duration = Duration::from_millis(1);
