//! `NativeServer`: an engine, and a listener when asked for one.

use std::net::ToSocketAddrs;
use std::path::Path;
use std::sync::{Arc, PoisonError};
use std::time::Duration;

use napi::bindgen_prelude::{FnArgs, Function};
use napi::threadsafe_function::{ThreadsafeFunction, ThreadsafeFunctionCallMode};
use napi::{Error, Result, Status};
use napi_derive::napi;
use steadfast::clock::{Clock, SystemClock};
use steadfast::engine::{DurableListener, Engine, EngineError, LogEngine, Poisoned, Position, SqliteEngine};
use steadfast::runtime::{Runtime, RuntimeSettings};
use steadfast::storage::Limits;
use steadfast_server::{ErrorKind, Server, Settings};

use crate::clock::NativeClock;
use crate::error::coded;
use crate::front::{Front, FrontHandler};
use crate::registry;

type AccessLine = FnArgs<(String, String, u32, f64)>;
/// Tells JavaScript of a served request.
pub(crate) type AccessLog = ThreadsafeFunction<AccessLine, (), AccessLine, Status, false, true>;
type Report = ThreadsafeFunction<String, (), String, Status, false, true>;

/// Opens a data directory, or memory for `null`. `limits` says whose limits hold for what is stored,
/// `local` or `production`; `commit` names the engine, `log` or `sqlite`; `lanes` is how many threads will
/// run its code. It lives by the machine's clock
/// unless one is given.
#[napi]
pub fn open_server(
    directory: Option<String>,
    idle_eviction_ms: Option<f64>,
    limits: String,
    commit: String,
    lanes: u32,
    clock: Option<&NativeClock>,
) -> Result<NativeServer> {
    crate::log::start();
    let engine = open_engine(directory.as_deref().map(Path::new), &commit)?;
    #[cfg(feature = "testing")]
    let engine = crate::testing::holding_back(engine);
    let mut settings = RuntimeSettings { limits: limits_named(&limits)?, ..RuntimeSettings::default() };
    if let Some(ms) = idle_eviction_ms {
        settings.idle_eviction = Duration::try_from_secs_f64(ms / 1000.0)
            .map_err(|_| Error::new(Status::InvalidArg, format!("idleEvictionMs is not a duration: {ms}")))?;
    }
    let clock: Arc<dyn Clock> = match clock {
        Some(manual) => manual.clock.clone(),
        None => Arc::new(SystemClock::new()),
    };
    let runtime = Runtime::new(engine.clone(), clock, settings);
    let front = Front::new(engine, runtime, lanes.clamp(1, LANES_MAX));
    Ok(NativeServer { token: registry::add(&front), front, server: None })
}

/// No machine has more cores than that to spare for one server.
const LANES_MAX: u32 = 256;

fn limits_named(name: &str) -> Result<Limits> {
    match name {
        "local" => Ok(Limits::Local),
        "production" => Ok(Limits::Production),
        _ => {
            let message = format!("limits must be \"local\" or \"production\": limits=\"{name}\"");
            Err(Error::new(Status::InvalidArg, message))
        }
    }
}

/// Opens a data directory, or memory for `None`, with the engine of this name.
pub(crate) fn open_engine(directory: Option<&Path>, commit: &str) -> Result<Arc<dyn Engine>> {
    let engine: std::result::Result<Arc<dyn Engine>, EngineError> = match (commit, directory) {
        ("log", None) => LogEngine::memory().map(|engine| Arc::new(engine) as _),
        ("log", Some(directory)) => LogEngine::open(directory).map(|engine| Arc::new(engine) as _),
        ("sqlite", None) => SqliteEngine::memory().map(|engine| Arc::new(engine) as _),
        ("sqlite", Some(directory)) => SqliteEngine::open(directory).map(|engine| Arc::new(engine) as _),
        _ => {
            let message = format!("commit must be \"log\" or \"sqlite\": commit=\"{commit}\"");
            return Err(Error::new(Status::InvalidArg, message));
        }
    };
    engine.map_err(|error| coded(code_of(&error), error.with_causes()))
}

/// An engine, and a listener when asked for one.
#[napi]
pub struct NativeServer {
    /// Names the server for lanes in other threads.
    #[napi(readonly)]
    pub token: u32,
    front: Arc<Front>,
    server: Option<Server>,
}

#[napi]
impl NativeServer {
    /// Listens, and returns the port.
    #[napi]
    pub fn listen(&mut self, host: String, port: u32) -> Result<u32> {
        let port = u16::try_from(port)
            .map_err(|_| coded("ERR_LISTEN", format!("the port must be below 65536: port={port}")))?;
        let address = (host.as_str(), port)
            .to_socket_addrs()
            .map_err(|error| coded("ERR_LISTEN", format!("the host is not known: {error}: host={host}")))?
            .next()
            .ok_or_else(|| coded("ERR_LISTEN", format!("the host has no address: host={host}")))?;
        let handler = Arc::new(FrontHandler(self.front.clone()));
        let server = Server::bind(address, Settings::default(), handler).map_err(|error| {
            let code = if error.kind() == ErrorKind::AddressInUse { "ERR_PORT_IN_USE" } else { "ERR_LISTEN" };
            coded(code, error)
        })?;
        let port = server.local_addr().port();
        self.server = Some(server);
        Ok(u32::from(port))
    }

    /// Reports every served request: method, path, status (0 when the client left), milliseconds.
    /// Call before [`listen`](Self::listen).
    #[napi]
    pub fn on_access(&mut self, log: Function<'_, AccessLine, ()>) -> Result<()> {
        let log = log.build_threadsafe_function::<AccessLine>().weak::<true>().build()?;
        *self.front.access.lock().unwrap_or_else(PoisonError::into_inner) = Some(log);
        Ok(())
    }

    /// Reports, once, that nothing more can be made durable.
    #[napi]
    pub fn on_failure(&mut self, report: Function<'_, String, ()>) -> Result<()> {
        let report = report.build_threadsafe_function::<String>().weak::<true>().build()?;
        self.front.engine.subscribe(Arc::new(FailureReport(report)));
        Ok(())
    }

    /// Keeps new requests waiting, lets running ones finish for `drain_ms`, and has the lane let go
    /// of its objects. The next lane that attaches resumes.
    #[napi]
    pub fn pause(&mut self, drain_ms: f64, done: Function<'_, (), ()>) -> Result<()> {
        let done = done.build_threadsafe_function::<()>().build()?;
        let front = self.front.clone();
        // Now, so that no request that comes after this call reaches the old code.
        front.hold_requests();
        run_aside("steadfast-pause", move || {
            front.pause(millis(drain_ms));
            done.call((), ThreadsafeFunctionCallMode::NonBlocking);
        })
    }

    /// The places of lanes that have stood still for `limit_ms` although there was something to do, when
    /// the last look was `elapsed_ms` ago.
    #[napi]
    pub fn stalled(&self, elapsed_ms: f64, limit_ms: f64) -> Vec<u32> {
        self.front.stalled(millis(elapsed_ms), millis(limit_ms))
    }

    /// Gives up the lane at a place whose thread does not end: another may take its place.
    #[napi]
    pub fn abandon(&self, place: u32) {
        self.front.abandon(place);
    }

    /// Stops accepting, lets running requests finish for `drain_ms`, makes everything durable and
    /// releases the directory. `done` gets `null`, or what could not be made durable.
    #[napi]
    pub fn stop(&mut self, drain_ms: f64, done: Function<'_, Option<String>, ()>) -> Result<()> {
        let done = done.build_threadsafe_function::<Option<String>>().build()?;
        let front = self.front.clone();
        let server = self.server.take();
        run_aside("steadfast-stop", move || {
            if let Some(server) = server {
                server.shutdown(millis(drain_ms));
            }
            front.pause(Duration::ZERO);
            front.refuse_waiting();
            let failure = front.engine.close().err().map(|cause| cause.to_string());
            done.call(failure, ThreadsafeFunctionCallMode::NonBlocking);
        })
    }
}

struct FailureReport(Report);

impl DurableListener for FailureReport {
    fn durable(&self, _position: Position) {}

    fn failed(&self, cause: &Poisoned) {
        self.0.call(cause.to_string(), ThreadsafeFunctionCallMode::NonBlocking);
    }
}

/// Runs what blocks on a thread of its own.
pub(crate) fn run_aside(name: &str, work: impl FnOnce() + Send + 'static) -> Result<()> {
    let spawned = std::thread::Builder::new().name(name.to_owned()).spawn(work);
    spawned.map(drop).map_err(|error| Error::new(Status::GenericFailure, format!("no thread: {error}")))
}

fn millis(ms: f64) -> Duration {
    Duration::try_from_secs_f64(ms / 1000.0).unwrap_or(Duration::ZERO)
}

/// The code the package documents for an engine that does not open.
pub(crate) fn code_of(error: &EngineError) -> &'static str {
    match error {
        EngineError::Locked { .. } => "ERR_DIRECTORY_LOCKED",
        EngineError::Foreign { .. } => "ERR_DIRECTORY_FOREIGN",
        EngineError::Newer { .. } => "ERR_DIRECTORY_NEWER",
        EngineError::Damaged { .. } => "ERR_DIRECTORY_DAMAGED",
        _ => "ERR_DIRECTORY",
    }
}
