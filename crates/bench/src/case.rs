//! The cases: what is loaded how, and what is measured.

use std::fmt;
use std::thread;
use std::time::{Duration, Instant};

use crate::load::{Load, Measured};
use crate::memory;
use crate::probe::Client;
use crate::server::{Server, Side, Worker};
use crate::settings::{self, Settings};
use crate::sockets::{self, SocketLoad, Talk};

/// One line of the result.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(crate) enum Case {
    Hello64,
    Counter1Obj1Conn,
    Counter1Obj64,
    Counter1000Obj64,
    SqlInsert1000Obj64,
    Rss1000Obj,
    Ready,
    Rpc64,
    WsEcho64,
    WsBroadcast1000,
    IdleWs10000,
    Lanes,
}

/// What one run of one side gave.
pub(crate) struct Sample {
    /// Requests per second, megabytes or milliseconds.
    pub(crate) value: f64,
    /// The median latency under load in microseconds, 0 where nothing was loaded.
    pub(crate) p50_us: f64,
}

impl fmt::Display for Sample {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{:.1}", self.value)?;
        if self.p50_us > 0.0 { write!(f, " p50_us={:.0}", self.p50_us) } else { Ok(()) }
    }
}

impl Case {
    pub(crate) const ALL: [Case; 12] = [
        Case::Hello64,
        Case::Counter1Obj1Conn,
        Case::Counter1Obj64,
        Case::Counter1000Obj64,
        Case::Rss1000Obj,
        Case::Ready,
        Case::SqlInsert1000Obj64,
        Case::Rpc64,
        Case::WsEcho64,
        Case::WsBroadcast1000,
        Case::IdleWs10000,
        Case::Lanes,
    ];

    pub(crate) fn name(self) -> &'static str {
        match self {
            Case::Hello64 => "hello-64",
            Case::Counter1Obj1Conn => "counter-1obj-1conn",
            Case::Counter1Obj64 => "counter-1obj-64",
            Case::Counter1000Obj64 => "counter-1000obj-64",
            Case::SqlInsert1000Obj64 => "sql-insert-1000obj-64",
            Case::Rss1000Obj => "rss-1000obj",
            Case::Ready => "ready",
            Case::Rpc64 => "rpc-64",
            Case::WsEcho64 => "ws-echo-64",
            Case::WsBroadcast1000 => "ws-broadcast-1000",
            Case::IdleWs10000 => "idle-ws-10000",
            Case::Lanes => "lanes",
        }
    }

    pub(crate) fn named(name: &str) -> Result<Case, String> {
        let found = Case::ALL.into_iter().find(|case| case.name() == name);
        found.ok_or_else(|| format!("no such case, try --help: name={name}"))
    }

    /// Whether more is better.
    pub(crate) fn is_rate(self) -> bool {
        !matches!(self, Case::Rss1000Obj | Case::Ready | Case::IdleWs10000)
    }

    /// Whether `wrk` loads it.
    pub(crate) fn is_wrk(self) -> bool {
        self.is_rate() && !matches!(self, Case::WsEcho64 | Case::WsBroadcast1000)
    }

    /// What the two sides are called: ours and the peer, unless both are ours.
    pub(crate) fn side_name(self, side: Side) -> &'static str {
        match (self, side) {
            (Case::Lanes, Side::Ours) => "lanes_2",
            (Case::Lanes, Side::Peer) => "lanes_1",
            _ => side.name(),
        }
    }

    /// How often each side is measured when the command line says `runs`; a start is short and varies.
    pub(crate) fn rounds(self, runs: usize) -> usize {
        if self == Case::Ready { runs * 3 } else { runs }
    }

    /// One run of one side, on a server of its own with an empty data directory.
    pub(crate) fn measure(self, settings: &Settings, side: Side) -> Result<Sample, String> {
        match self {
            Case::Hello64 => hello(settings, side),
            Case::Counter1Obj1Conn => count(settings, side, Worker::Counter, 1, 1),
            Case::Counter1Obj64 => count(settings, side, Worker::Counter, 1, CONNECTIONS),
            Case::Counter1000Obj64 => count(settings, side, Worker::Counter, OBJECTS, CONNECTIONS),
            Case::SqlInsert1000Obj64 => count(settings, side, Worker::SqlInsert, OBJECTS, CONNECTIONS),
            Case::Rss1000Obj => resident(settings, side),
            Case::Ready => ready(settings, side),
            Case::Rpc64 => count(settings, side, Worker::Rpc, 1, CONNECTIONS),
            Case::WsEcho64 => talk(settings, side, Talk::Echo, CONNECTIONS as usize),
            Case::WsBroadcast1000 => talk(settings, side, Talk::Broadcast, LISTENERS),
            Case::IdleWs10000 => idle_sockets(settings, side),
            Case::Lanes => burn(settings, side),
        }
    }
}

/// The rate of the null server under the load of the fastest cases.
pub(crate) fn measure_null(settings: &Settings) -> Result<Sample, String> {
    let server = Server::null(settings)?;
    server.first_response("/")?;
    let load = Load { port: server.port(), connections: CONNECTIONS, objects: 1, path: "/object-0" };
    Ok(load.run(settings)?.into())
}

fn hello(settings: &Settings, side: Side) -> Result<Sample, String> {
    let server = Server::start(settings, side, Worker::Hello)?;
    server.first_response("/")?;
    let load = Load { port: server.port(), connections: CONNECTIONS, objects: 1, path: "/" };
    let check = || match Client::connect(server.port())?.get("/")?.as_str() {
        "hello\n" => Ok(()),
        other => Err(format!("wrong answer: side={} body={other:?}", side.name())),
    };
    check()?;
    load.warm_up(settings)?;
    let measured = load.run(settings)?;
    check()?;
    Ok(measured.into())
}

/// A worker whose objects answer how many requests they have had, each durable.
fn count(
    settings: &Settings,
    side: Side,
    worker: Worker,
    objects: u64,
    connections: u64,
) -> Result<Sample, String> {
    let server = Server::start(settings, side, worker)?;
    Ok(load_counters(settings, &server, objects, connections)?.into())
}

fn resident(settings: &Settings, side: Side) -> Result<Sample, String> {
    let server = Server::start(settings, side, Worker::Counter)?;
    load_counters(settings, &server, OBJECTS, CONNECTIONS)?;
    let bytes = memory::resident_bytes(server.process())?;
    Ok(Sample { value: bytes as f64 / 1e6, p50_us: 0.0 })
}

fn ready(settings: &Settings, side: Side) -> Result<Sample, String> {
    let begin = Instant::now();
    let server = Server::start_cold(settings, side)?;
    server.first_response("/object-0")?;
    Ok(Sample { value: begin.elapsed().as_secs_f64() * 1e3, p50_us: 0.0 })
}

/// Sockets of one object that talk without a pause.
fn talk(settings: &Settings, side: Side, talk: Talk, sockets: usize) -> Result<Sample, String> {
    let server = Server::start(settings, side, Worker::Sockets)?;
    server.first_response("/")?;
    let load = SocketLoad { talk, port: server.port(), sockets };
    Ok(load.run(settings)?.into())
}

/// By how much a server grows for sockets of one object that has been let go of.
fn idle_sockets(settings: &Settings, side: Side) -> Result<Sample, String> {
    // The peer takes two descriptors for each socket.
    let sockets = IDLE_SOCKETS.min(settings::raise_descriptors()?.saturating_sub(DESCRIPTORS_SPARE) / 2);
    if sockets < IDLE_SOCKETS {
        eprintln!("# too few descriptors, so that {sockets} sockets stand for {IDLE_SOCKETS}");
    }
    let server = Server::start(settings, side, Worker::Sockets)?;
    server.first_response("/")?;
    let open = |count: u64| -> Result<Vec<_>, String> {
        (0..count).map(|_| sockets::open(server.port(), "/echo")).collect()
    };
    // What is made once is made before the count begins.
    let first = open(CONNECTIONS)?;
    first.iter().try_for_each(sockets::echo)?;
    let before = memory::resident_bytes(server.process())?;
    let idle = open(sockets)?;
    thread::sleep(HIBERNATION);
    let after = memory::resident_bytes(server.process())?;
    // All of them are still there.
    idle.iter().step_by(idle.len() / 100 + 1).try_for_each(sockets::echo)?;
    let grown = after.saturating_sub(before) as f64 / sockets as f64 * IDLE_SOCKETS as f64;
    Ok(Sample { value: grown / 1e6, p50_us: 0.0 })
}

/// Objects that need a processor each: two lanes of ours beside one.
fn burn(settings: &Settings, side: Side) -> Result<Sample, String> {
    let lanes = if side == Side::Ours { 2 } else { 1 };
    let server = Server::start_lanes(settings, Worker::Burn, lanes)?;
    server.first_response("/object-0")?;
    let load = Load { port: server.port(), connections: CONNECTIONS, objects: BURNERS, path: "/object-0" };
    load.warm_up(settings)?;
    Ok(load.run(settings)?.into())
}

/// Loads the counters and checks that each answer was counted, once.
fn load_counters(
    settings: &Settings,
    server: &Server,
    objects: u64,
    connections: u64,
) -> Result<Measured, String> {
    server.first_response("/warm")?;
    let mut client = Client::connect(server.port())?;
    let first = sum(&mut client, objects)?;
    if first != objects {
        return Err(format!("fresh counters are not 1: sum={first} objects={objects}"));
    }
    let load = Load { port: server.port(), connections, objects, path: "/object-0" };
    let warm = load.warm_up(settings)?;
    let measured = load.run(settings)?;
    // What both reads of the counters added is not the load's.
    let counted = sum(&mut Client::connect(server.port())?, objects)? - 2 * objects;
    let answered = warm.answers + measured.answers;
    // A connection may have had one request on its way when its load ended.
    let counted_max = answered + 2 * connections;
    if counted < answered || counted > counted_max {
        return Err(format!(
            "the counters do not match the answers: side={} counted={counted} answered={answered} counted_max={counted_max}",
            server.side_name()
        ));
    }
    Ok(measured)
}

/// Increments each counter once and adds up what they say.
fn sum(client: &mut Client, objects: u64) -> Result<u64, String> {
    let mut total = 0;
    for object in 0..objects {
        let body = client.get(&format!("/object-{object}"))?;
        let count: u64 = body.trim().parse().map_err(|_| format!("not a count: body={body:?}"))?;
        total += count;
    }
    Ok(total)
}

impl From<Measured> for Sample {
    fn from(measured: Measured) -> Sample {
        Sample { value: measured.rate, p50_us: measured.p50_us }
    }
}

const CONNECTIONS: u64 = 64;
const OBJECTS: u64 = 1000;
const BURNERS: u64 = 64;
const LISTENERS: usize = 1000;
const IDLE_SOCKETS: u64 = 10_000;
/// For everything that is not one of the sockets.
const DESCRIPTORS_SPARE: u64 = 400;
/// Longer than the ten seconds after which an idle object is let go of, on both sides.
const HIBERNATION: Duration = Duration::from_secs(15);
