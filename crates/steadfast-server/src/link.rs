//! What a connection's task shares with the threads that answer its requests and with the watch over it.

use crate::handler::{Access, Handler};
use crate::responder::Slot;
use crate::settings::Settings;
use crate::socket::session::Scratch;
use crate::socket::{self, Wire};
use crate::watch::{Cut, Sight, Stage};
use http::{Method, StatusCode, Uri};
use std::net::SocketAddr;
use std::sync::atomic::Ordering::{Relaxed, SeqCst};
use std::sync::atomic::{AtomicBool, AtomicU8, AtomicU32};
use std::sync::{Arc, Mutex, MutexGuard, OnceLock, PoisonError};
use std::task::{Context, Waker};
use std::time::Instant;

/// One server thread, as its connections and their answers see it.
pub(crate) struct Home {
    pub(crate) handler: Arc<dyn Handler>,
    pub(crate) settings: Arc<Settings>,
    pub(crate) wants_accesses: bool,
    /// Set once, when the server begins to shut down.
    draining: AtomicBool,
    calls: Calls,
    /// Used by its thread alone; nothing while a socket is being worked on, and until the first one is.
    scratch: Mutex<Option<Box<Scratch>>>,
}

/// One connection, shared.
pub(crate) struct Link {
    pub(crate) home: Arc<Home>,
    pub(crate) peer: SocketAddr,
    pub(crate) progress: Progress,
    /// The request being answered.
    slot: Mutex<Slot>,
    /// The connection's task; the same for its whole life.
    task: OnceLock<Waker>,
    /// What the connection becomes when its last answer has been sent.
    wire: OnceLock<Box<Wire>>,
    /// The answer that switches protocols is on its way.
    switching: AtomicBool,
    /// The connection's task has ended.
    gone: AtomicBool,
}

impl Home {
    pub(crate) fn new(handler: Arc<dyn Handler>, settings: Arc<Settings>) -> Home {
        let wants_accesses = handler.wants_accesses();
        Home {
            handler,
            settings,
            wants_accesses,
            draining: AtomicBool::new(false),
            calls: Calls::default(),
            scratch: Mutex::new(None),
        }
    }

    /// Passes calls from other threads on to the connections they are for; polled by a task of this thread.
    pub(crate) fn pass_calls(&self, cx: &mut Context<'_>, links: &mut Vec<Arc<Link>>) {
        self.calls.listener.get_or_init(|| cx.waker().clone());
        std::mem::swap(&mut *lock(&self.calls.waiting), links);
        for link in links.drain(..) {
            if link.is_gone() {
                socket::lose(&link);
            } else {
                link.call_here();
            }
        }
    }

    /// The buffers of this thread, until they are put back.
    pub(crate) fn take_scratch(&self) -> Box<Scratch> {
        lock(&self.scratch).take().unwrap_or_default()
    }

    pub(crate) fn put_scratch(&self, scratch: Box<Scratch>) {
        *lock(&self.scratch) = Some(scratch);
    }

    pub(crate) fn is_draining(&self) -> bool {
        self.draining.load(Relaxed)
    }

    pub(crate) fn drain(&self) {
        self.draining.store(true, Relaxed);
    }

    /// When a request begins that somebody wants to read about in the access log.
    pub(crate) fn access_begins(&self) -> Option<Instant> {
        let wanted =
            self.wants_accesses || tracing::enabled!(target: "steadfast::access", tracing::Level::INFO);
        wanted.then(Instant::now)
    }

    /// Reports one request to the access log.
    pub(crate) fn access_ends(&self, method: &Method, uri: &Uri, status: Option<StatusCode>, began: Instant) {
        let duration = began.elapsed();
        tracing::info!(
            target: "steadfast::access",
            method = method.as_str(),
            path = uri.path(),
            status = status.map(|status| status.as_u16()),
            duration_us = duration.as_micros() as u64,
        );
        if self.wants_accesses {
            self.handler.accessed(&Access { method, uri, status, duration });
        }
    }
}

/// Connections to be woken by a thread that is not theirs. Waking a sleeping thread is a system call, so whoever
/// finds the list empty makes it, and everybody after rides along until the thread has taken the list.
#[derive(Default)]
struct Calls {
    waiting: Mutex<Vec<Arc<Link>>>,
    listener: OnceLock<Waker>,
}

impl std::fmt::Debug for Home {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Home").field("draining", &self.draining).finish_non_exhaustive()
    }
}

impl Link {
    pub(crate) fn new(home: Arc<Home>, peer: SocketAddr) -> Link {
        Link {
            home,
            peer,
            progress: Progress::default(),
            slot: Mutex::new(Slot::default()),
            task: OnceLock::new(),
            wire: OnceLock::new(),
            switching: AtomicBool::new(false),
            gone: AtomicBool::new(false),
        }
    }

    pub(crate) fn slot(&self) -> MutexGuard<'_, Slot> {
        lock(&self.slot)
    }

    /// The socket that this connection is or becomes.
    pub(crate) fn wire(&self) -> Option<&Wire> {
        self.wire.get().map(|wire| &**wire)
    }

    /// Makes the answer to the present request the last one; false if it has been done before.
    pub(crate) fn set_wire(&self, wire: Wire) -> bool {
        self.wire.set(Box::new(wire)).is_ok()
    }

    /// The answer that switches protocols is on its way.
    pub(crate) fn switch(&self) {
        self.switching.store(true, Relaxed);
    }

    pub(crate) fn is_switching(&self) -> bool {
        self.switching.load(Relaxed)
    }

    /// The connection's task has ended.
    pub(crate) fn leave(&self) {
        self.gone.store(true, SeqCst);
    }

    fn is_gone(&self) -> bool {
        self.gone.load(SeqCst)
    }

    /// Told by the connection's task which task it is.
    pub(crate) fn attach(&self, cx: &Context<'_>) {
        self.task.get_or_init(|| cx.waker().clone());
    }

    /// Wakes the connection's task, from any thread.
    pub(crate) fn call(self: &Arc<Self>) {
        let first = {
            let mut waiting = lock(&self.home.calls.waiting);
            waiting.push(Arc::clone(self));
            waiting.len() == 1
        };
        // Without a listener yet, the listener's first poll finds the list.
        if let Some(listener) = self.home.calls.listener.get().filter(|_| first) {
            listener.wake_by_ref();
        }
    }

    /// Wakes the connection's task, from its own thread.
    pub(crate) fn call_here(&self) {
        if let Some(task) = self.task.get() {
            task.wake_by_ref();
        }
    }

    /// Cuts the connection, from any thread; the first reason counts.
    pub(crate) fn cut(self: &Arc<Self>, cut: Cut) {
        self.progress.cut(cut);
        self.call();
    }
}

/// What the watch sees of a connection: plain stores, no clock. The counters are written by the connection's task alone.
#[derive(Default)]
pub(crate) struct Progress {
    stage: AtomicU8,
    requests: AtomicU32,
    reads: AtomicU32,
    writes: AtomicU32,
    write_blocked: AtomicBool,
    body_open: AtomicBool,
    body_awaited: AtomicBool,
    /// Bytes of the client may be left unread when the connection closes.
    unread: AtomicBool,
    /// The answer's end is the connection's end.
    until_close: AtomicBool,
    /// A refused client has had its time.
    lingered: AtomicBool,
    cut: AtomicU8,
}

impl Progress {
    /// A request head is complete.
    pub(crate) fn begin_request(&self) {
        self.requests.store(self.requests.load(Relaxed).wrapping_add(1), Relaxed);
        self.stage.store(Stage::Busy as u8, Relaxed);
    }

    /// The answer's head is on its way; some bodies end only where the connection does.
    pub(crate) fn begin_answer(&self, until_close: bool) {
        self.stage.store(Stage::Answering as u8, Relaxed);
        self.until_close.store(until_close, Relaxed);
    }

    /// The answer has been handed to the socket's buffer.
    pub(crate) fn end_request(&self) {
        self.stage.store(Stage::Idle as u8, Relaxed);
    }

    pub(crate) fn linger(&self) {
        self.stage.store(Stage::Lingering as u8, Relaxed);
    }

    /// Requests have ended, a socket begins.
    pub(crate) fn begin_socket(&self) {
        self.stage.store(Stage::Socket as u8, Relaxed);
    }

    /// The peer of a socket is to say its last word.
    pub(crate) fn end_socket(&self) {
        self.stage.store(Stage::Farewell as u8, Relaxed);
    }

    /// Bytes have been read from the socket.
    pub(crate) fn count_read(&self) {
        self.reads.store(self.reads.load(Relaxed).wrapping_add(1), Relaxed);
        if self.stage.load(Relaxed) == Stage::Idle as u8 && !self.body_open.load(Relaxed) {
            self.stage.store(Stage::Head as u8, Relaxed);
        }
    }

    /// Bytes have been taken by the socket, or it had no room.
    pub(crate) fn count_write(&self, blocked: bool) {
        if !blocked {
            self.writes.store(self.writes.load(Relaxed).wrapping_add(1), Relaxed);
        }
        self.write_blocked.store(blocked, Relaxed);
    }

    pub(crate) fn set_body_open(&self, open: bool) {
        self.body_open.store(open, Relaxed);
    }

    pub(crate) fn set_body_awaited(&self, awaited: bool) {
        self.body_awaited.store(awaited, Relaxed);
    }

    /// The client may still be sending what nobody will read.
    pub(crate) fn set_unread(&self) {
        self.unread.store(true, Relaxed);
    }

    /// Whether closing now could reset the connection under an answer the client has not read.
    pub(crate) fn must_linger(&self) -> bool {
        self.unread.load(Relaxed) || self.stage.load(Relaxed) == Stage::Head as u8
    }

    pub(crate) fn is_write_blocked(&self) -> bool {
        self.write_blocked.load(Relaxed)
    }

    pub(crate) fn ends_by_close(&self) -> bool {
        self.until_close.load(Relaxed)
    }

    pub(crate) fn has_lingered(&self) -> bool {
        self.lingered.load(Relaxed)
    }

    /// The first reason to cut counts; that lingering is over comes on top of it.
    pub(crate) fn cut(&self, cut: Cut) {
        if cut == Cut::Lingered {
            self.lingered.store(true, Relaxed);
        } else {
            // When it fails an earlier reason stands.
            let _ = self.cut.compare_exchange(0, cut as u8 + 1, Relaxed, Relaxed);
        }
    }

    pub(crate) fn cut_reason(&self) -> Option<Cut> {
        match self.cut.load(Relaxed) {
            0 => None,
            code => CUTS.get(usize::from(code) - 1).copied(),
        }
    }

    pub(crate) fn sight(&self) -> Sight {
        Sight {
            stage: match self.stage.load(Relaxed) {
                code if code == Stage::Idle as u8 => Stage::Idle,
                code if code == Stage::Head as u8 => Stage::Head,
                code if code == Stage::Busy as u8 => Stage::Busy,
                code if code == Stage::Answering as u8 => Stage::Answering,
                code if code == Stage::Socket as u8 => Stage::Socket,
                code if code == Stage::Farewell as u8 => Stage::Farewell,
                _ => Stage::Lingering,
            },
            requests: self.requests.load(Relaxed),
            reads: self.reads.load(Relaxed),
            writes: self.writes.load(Relaxed),
            write_blocked: self.write_blocked.load(Relaxed),
            body_open: self.body_open.load(Relaxed),
            body_awaited: self.body_awaited.load(Relaxed),
        }
    }
}

/// Every reason to cut, in the order of its code.
const CUTS: [Cut; 7] = [
    Cut::Idle,
    Cut::SlowHead,
    Cut::SlowBody,
    Cut::SlowReader,
    Cut::BodyTooLarge,
    Cut::Gone,
    Cut::SlowFarewell,
];

/// Locks; a panic elsewhere while it was held left nothing half done, because nothing here can fail midway.
pub(crate) fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_cut_reads_back_and_the_first_stands() {
        for cut in CUTS {
            let progress = Progress::default();
            assert_eq!(progress.cut_reason(), None);
            progress.cut(cut);
            progress.cut(Cut::Gone);
            assert_eq!((progress.cut_reason(), progress.has_lingered()), (Some(cut), false));
            progress.cut(Cut::Lingered);
            assert_eq!((progress.cut_reason(), progress.has_lingered()), (Some(cut), true));
        }
    }

    #[test]
    fn bytes_between_requests_begin_a_head_and_body_bytes_do_not() {
        let progress = Progress::default();
        progress.count_read();
        assert_eq!(progress.sight().stage, Stage::Head);
        progress.begin_request();
        progress.count_read();
        assert_eq!(progress.sight().stage, Stage::Busy);
        progress.set_body_open(true);
        progress.end_request();
        progress.count_read();
        assert_eq!(progress.sight().stage, Stage::Idle);
        progress.set_body_open(false);
        progress.count_read();
        assert_eq!(progress.sight().stage, Stage::Head);
    }
}
