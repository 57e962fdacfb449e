//! The server's threads: accepting, watching, and ending.

use crate::connection::{Connection, protocol};
use crate::error::{Error, ErrorKind};
use crate::handler::Handler;
use crate::link::{Home, Link};
use crate::settings::{ACCEPT_PAUSE, Settings};
use crate::watch::Watch;
use hyper::server::conn::http1::Builder;
use std::collections::HashMap;
use std::future::poll_fn;
use std::io;
use std::net::{SocketAddr, TcpListener};
use std::sync::{Arc, Mutex};
use std::task::Poll;
use std::thread::{self, JoinHandle};
use std::time::{Duration, Instant};
use tokio::net::TcpStream;
use tokio::runtime::Runtime;
use tokio::sync::mpsc::{self, UnboundedReceiver, UnboundedSender};
use tokio::sync::{OwnedSemaphorePermit, Semaphore};
use tokio::task::{self, JoinError, JoinSet};
use tokio::time::{Interval, MissedTickBehavior};

/// A listening server and its threads.
///
/// Dropped, it stops at once: requests in progress are cut.
#[derive(Debug)]
pub struct Server {
    address: SocketAddr,
    threads: Vec<Thread>,
    ended: Arc<Ended>,
}

#[derive(Debug)]
struct Thread {
    home: Arc<Home>,
    commands: UnboundedSender<Command>,
    running: Option<JoinHandle<()>>,
}

/// What a server thread is told.
#[derive(Debug)]
enum Command {
    /// Serve this socket.
    Admit(std::net::TcpStream, SocketAddr, OwnedSemaphorePermit),
    /// Finish what has begun; cut at the instant given what has not ended by then.
    Drain(Instant),
}

impl Server {
    /// Listens on `address` and serves `handler` on threads of its own. Port 0 chooses a free one.
    ///
    /// # Errors
    /// `AddressInUse`, `AddressRefused`, or `Internal` when the system has no thread or descriptor left.
    pub fn bind(address: SocketAddr, settings: Settings, handler: Arc<dyn Handler>) -> Result<Server, Error> {
        let listener =
            TcpListener::bind(address).map_err(|error| Error::because(bind_kind(&error), error))?;
        listener.set_nonblocking(true).map_err(internal)?;
        let address = listener.local_addr().map_err(internal)?;
        let count = settings.threads.max(1);
        let settings = Arc::new(settings);
        let ended = Arc::new(Ended::default());
        let (senders, receivers): (Vec<_>, Vec<_>) = (0..count).map(|_| mpsc::unbounded_channel()).unzip();
        let mut acceptor = Some(Acceptor {
            listener,
            places: Arc::new(Semaphore::new(settings.connections_max.clamp(1, Semaphore::MAX_PERMITS))),
            threads: senders.clone(),
            next: 0,
        });
        // Dropped when a later thread cannot be had, it stops the earlier ones.
        let mut server = Server { address, threads: Vec::with_capacity(count), ended };
        for (number, (commands, received)) in senders.into_iter().zip(receivers).enumerate() {
            let runtime =
                tokio::runtime::Builder::new_current_thread().enable_all().build().map_err(internal)?;
            let home = Arc::new(Home::new(Arc::clone(&handler), Arc::clone(&settings)));
            let acceptor = acceptor.take();
            let serving = Arc::clone(&home);
            let ended = Arc::clone(&server.ended);
            let running = thread::Builder::new()
                .name(format!("steadfast-http-{number}"))
                .spawn(move || {
                    serve(runtime, serving, acceptor, received);
                    drop(ended);
                })
                .map_err(internal)?;
            server.threads.push(Thread { home, commands, running: Some(running) });
        }
        Ok(server)
    }

    /// The address it listens on.
    pub fn local_addr(&self) -> SocketAddr {
        self.address
    }

    /// Stops accepting, lets requests in progress finish for at most `grace`, closes every connection, and returns when
    /// all that is done. Must not be called from a handler.
    pub fn shutdown(mut self, grace: Duration) {
        self.drain(grace);
        self.join();
    }

    /// The same without waiting: `done` is called on a server thread when it is over.
    pub fn shutdown_then(mut self, grace: Duration, done: impl FnOnce() + Send + 'static) {
        *crate::link::lock(&self.ended.callback) = Some(Box::new(done));
        self.drain(grace);
        // Detached: each thread ends by itself after the drain.
        self.threads.clear();
    }

    fn drain(&self, grace: Duration) {
        let now = Instant::now();
        let until = now.checked_add(grace).unwrap_or(now + GRACE_MAX);
        // All threads know before the first one stops listening, which is what clients see.
        for thread in &self.threads {
            thread.home.drain();
        }
        for thread in &self.threads {
            // A thread that has ended already needs no telling.
            let _ = thread.commands.send(Command::Drain(until));
        }
    }

    fn join(&mut self) {
        for thread in &mut self.threads {
            let Some(running) = thread.running.take() else { continue };
            if running.thread().id() != thread::current().id() && running.join().is_err() {
                tracing::error!("server thread panicked");
            }
        }
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        self.drain(Duration::ZERO);
        self.join();
    }
}

fn bind_kind(error: &io::Error) -> ErrorKind {
    match error.kind() {
        io::ErrorKind::AddrInUse => ErrorKind::AddressInUse,
        io::ErrorKind::AddrNotAvailable | io::ErrorKind::PermissionDenied | io::ErrorKind::InvalidInput => {
            ErrorKind::AddressRefused
        }
        _ => ErrorKind::Internal,
    }
}

fn internal(error: io::Error) -> Error {
    Error::because(ErrorKind::Internal, error)
}

/// A grace that the clock cannot express is this long: for ever.
const GRACE_MAX: Duration = Duration::from_secs(100 * 365 * 24 * 60 * 60);

/// Held by every server thread; the last one to let go calls back.
#[derive(Default)]
struct Ended {
    callback: Mutex<Option<Box<dyn FnOnce() + Send>>>,
}

impl std::fmt::Debug for Ended {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Ended").finish_non_exhaustive()
    }
}

impl Drop for Ended {
    fn drop(&mut self) {
        let callback = crate::link::lock(&self.callback).take();
        if let Some(callback) = callback {
            callback();
        }
    }
}

/// The listening socket, on the first thread; connections go to the threads in turn.
struct Acceptor {
    listener: TcpListener,
    places: Arc<Semaphore>,
    threads: Vec<UnboundedSender<Command>>,
    next: usize,
}

/// One thread's life.
fn serve(
    runtime: Runtime,
    home: Arc<Home>,
    acceptor: Option<Acceptor>,
    commands: UnboundedReceiver<Command>,
) {
    runtime.block_on(async move {
        let passing = Arc::clone(&home);
        let mut links = Vec::new();
        let passing = tokio::spawn(poll_fn(move |cx| {
            passing.pass_calls(cx, &mut links);
            Poll::<()>::Pending
        }));
        let mut local = Local::new(home);
        let until = local.run(acceptor, commands).await;
        local.drain(until).await;
        passing.abort();
    });
}

/// The connections of one thread.
struct Local {
    home: Arc<Home>,
    http: Builder,
    tasks: JoinSet<()>,
    watched: HashMap<task::Id, (Arc<Link>, Watch)>,
    ticks: Interval,
}

impl Local {
    fn new(home: Arc<Home>) -> Local {
        let mut ticks = tokio::time::interval(home.settings.watch_interval());
        ticks.set_missed_tick_behavior(MissedTickBehavior::Delay);
        let http = protocol(&home.settings);
        Local { home, http, tasks: JoinSet::new(), watched: HashMap::new(), ticks }
    }

    /// Serves until told to drain; gives the instant at which patience ends, and the queue of further commands.
    async fn run(
        &mut self,
        acceptor: Option<Acceptor>,
        mut commands: UnboundedReceiver<Command>,
    ) -> (Instant, UnboundedReceiver<Command>) {
        let mut incoming = acceptor.and_then(Incoming::new);
        loop {
            // Losing loses nothing: commands, sockets and ended tasks wait where they are, a missed tick comes late.
            tokio::select! {
                command = commands.recv() => match command {
                    Some(Command::Admit(socket, peer, place)) => self.admit_from(socket, peer, place),
                    Some(Command::Drain(until)) => return (until, commands),
                    None => return (Instant::now(), commands),
                },
                (socket, peer, place) = Incoming::next(&mut incoming) => {
                    if let Some(incoming) = &mut incoming
                        && let Some((socket, place)) = incoming.pass_on(socket, peer, place)
                    {
                        self.admit(socket, peer, place);
                    }
                }
                Some(ended) = self.tasks.join_next_with_id() => self.forget(ended),
                _ = self.ticks.tick(), if !self.watched.is_empty() => {
                    let settings = Arc::clone(&self.home.settings);
                    self.look(&settings);
                }
            }
        }
    }

    async fn drain(&mut self, (mut until, mut commands): (Instant, UnboundedReceiver<Command>)) {
        for (link, _) in self.watched.values() {
            link.call_here();
        }
        let settings = self.home.settings.hurried();
        while !self.tasks.is_empty() {
            // As above; a deadline that loses is asked for again.
            tokio::select! {
                Some(ended) = self.tasks.join_next_with_id() => self.forget(ended),
                Some(command) = commands.recv() => if let Command::Drain(earlier) = command {
                    until = until.min(earlier);
                },
                _ = self.ticks.tick() => self.look(&settings),
                () = tokio::time::sleep_until(until.into()) => {
                    self.tasks.shutdown().await;
                }
            }
        }
    }

    fn admit_from(&mut self, socket: std::net::TcpStream, peer: SocketAddr, place: OwnedSemaphorePermit) {
        match TcpStream::from_std(socket) {
            Ok(socket) => self.admit(socket, peer, place),
            Err(error) => tracing::warn!(%peer, %error, "connection dropped"),
        }
    }

    fn admit(&mut self, socket: TcpStream, peer: SocketAddr, place: OwnedSemaphorePermit) {
        if let Err(error) = socket.set_nodelay(true) {
            // The client has closed it already, which serving will find.
            tracing::debug!(%peer, %error, "small writes may be delayed");
        }
        let link = Arc::new(Link::new(Arc::clone(&self.home), peer));
        let task = self.tasks.spawn(Connection::new(&self.http, socket, Arc::clone(&link), place));
        self.watched.insert(task.id(), (link, Watch::new(Instant::now())));
    }

    fn forget(&mut self, ended: Result<(task::Id, ()), JoinError>) {
        let id = match ended {
            Ok((id, ())) => id,
            Err(error) => {
                if error.is_panic() {
                    tracing::error!(%error, "connection task panicked");
                }
                error.id()
            }
        };
        self.watched.remove(&id);
    }

    /// Looks at every connection, and cuts those whose client is too slow.
    fn look(&mut self, settings: &Settings) {
        let now = Instant::now();
        for (link, watch) in self.watched.values_mut() {
            if let Some(cut) = watch.look(now, &link.progress.sight(), settings) {
                link.progress.cut(cut);
                link.call_here();
            }
        }
    }
}

/// The acceptor, listening through this thread's executor.
struct Incoming {
    listener: tokio::net::TcpListener,
    places: Arc<Semaphore>,
    threads: Vec<UnboundedSender<Command>>,
    next: usize,
}

impl Incoming {
    fn new(acceptor: Acceptor) -> Option<Incoming> {
        let Acceptor { listener, places, threads, next } = acceptor;
        match tokio::net::TcpListener::from_std(listener) {
            Ok(listener) => Some(Incoming { listener, places, threads, next }),
            Err(error) => {
                tracing::error!(%error, "listening failed");
                None
            }
        }
    }

    /// The next connection, once there is a place for it; never, without a listener.
    async fn next(incoming: &mut Option<Incoming>) -> (TcpStream, SocketAddr, OwnedSemaphorePermit) {
        let Some(incoming) = incoming else { return std::future::pending().await };
        let Ok(place) = Arc::clone(&incoming.places).acquire_owned().await else {
            return std::future::pending().await;
        };
        loop {
            match incoming.listener.accept().await {
                Ok((socket, peer)) => return (socket, peer, place),
                Err(error) if is_of_one_connection(&error) => {}
                Err(error) => {
                    tracing::warn!(%error, "accepting failed");
                    tokio::time::sleep(ACCEPT_PAUSE).await;
                }
            }
        }
    }

    /// Gives the connection to the thread whose turn it is; back, if that is this one.
    fn pass_on(
        &mut self,
        socket: TcpStream,
        peer: SocketAddr,
        place: OwnedSemaphorePermit,
    ) -> Option<(TcpStream, OwnedSemaphorePermit)> {
        let turn = self.next;
        self.next = (turn + 1) % self.threads.len();
        if turn == 0 {
            return Some((socket, place));
        }
        match socket.into_std() {
            Ok(socket) => {
                // A thread that has ended drops the connection, as the server is ending.
                let _ = self.threads[turn].send(Command::Admit(socket, peer, place));
            }
            Err(error) => tracing::warn!(%peer, %error, "connection dropped"),
        }
        None
    }
}

/// Whether only the connection that was being accepted failed.
fn is_of_one_connection(error: &io::Error) -> bool {
    matches!(
        error.kind(),
        io::ErrorKind::ConnectionAborted | io::ErrorKind::ConnectionReset | io::ErrorKind::ConnectionRefused
    )
}
