//! How a clock that is moved by hand waits for an app.

use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::mpsc::{RecvTimeoutError, SyncSender, sync_channel};
use std::thread::{self, ThreadId};

use super::app::Message;
use crate::clock::Follower;
use crate::limits::SETTLE_PATIENCE;
use crate::runtime::{Lane, Mailbox, Rest};

/// Asks to be told when the lane has nothing to do before time moves on.
pub(super) struct Settle {
    /// So many open events may wait for the outside all the same.
    ignored: usize,
    /// Gets the number of open events.
    done: SyncSender<usize>,
}

impl Settle {
    /// Answers if that is so; gives the question back else.
    pub(super) fn try_answer(self, lane: &mut Lane<Message>) -> Option<Self> {
        let open = lane.open_events();
        match lane.rest() {
            Rest::Busy => return Some(self),
            Rest::Outside if open > self.ignored => return Some(self),
            Rest::Outside | Rest::Resting => {}
        }
        // Nobody waits any more when patience has run out meanwhile.
        let _ = self.done.send(open);
        None
    }
}

/// An app's side of a clock.
pub(super) struct Settler {
    mailbox: Mailbox<Message>,
    thread: ThreadId,
    /// Open events that were waited for in vain.
    ignored: AtomicUsize,
}

impl Settler {
    pub(super) fn new(mailbox: Mailbox<Message>, thread: ThreadId) -> Self {
        Self { mailbox, thread, ignored: AtomicUsize::new(0) }
    }

    /// The number of open events once the app rests; `None` when it does not, or has ended.
    fn ask(&self, ignored: usize) -> Result<Option<usize>, RecvTimeoutError> {
        let (done, answer) = sync_channel(1);
        if self.mailbox.send(Message::Settle(Settle { ignored, done })).is_err() {
            return Ok(None);
        }
        match answer.recv_timeout(SETTLE_PATIENCE) {
            Ok(open) => Ok(Some(open)),
            Err(RecvTimeoutError::Disconnected) => Ok(None),
            Err(timeout) => Err(timeout),
        }
    }
}

impl Follower for Settler {
    fn settle(&self) {
        if thread::current().id() == self.thread {
            return;
        }
        match self.ask(self.ignored.load(Ordering::Relaxed)) {
            Ok(Some(open)) => drop(self.ignored.fetch_min(open, Ordering::Relaxed)),
            Ok(None) => {}
            // Events wait for the outside, or a commit for its disk: they were given their time.
            Err(_) => {
                if let Ok(Some(open)) = self.ask(usize::MAX) {
                    self.ignored.store(open, Ordering::Relaxed);
                }
            }
        }
    }
}
