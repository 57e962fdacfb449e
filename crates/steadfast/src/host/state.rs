use std::convert::Infallible;
use std::future;
use std::pin::Pin;
use std::rc::Rc;
use std::task::{Context, Poll};
use std::time::Duration;

use super::namespace::Env;
use super::shell::{Shell, reason};
use super::storage::Storage;
use super::wait::{Slot, Wait};
use crate::Error;
use crate::id::ObjectId;
use crate::runtime::{ActivationNo, ResetReason};

/// What an object knows of itself and may ask of the runtime; JavaScript calls it `ctx`.
///
/// Belongs to one activation. After the activation has ended, everything fails with a
/// [`Reset`](crate::ErrorKind::Reset) error and changes nothing. Clones are the same state.
#[derive(Clone)]
pub struct State {
    shell: Rc<Shell>,
    activation: ActivationNo,
    id: ObjectId,
    storage: Storage,
}

impl State {
    pub(super) fn new(shell: Rc<Shell>, activation: ActivationNo, id: ObjectId) -> Self {
        let storage = Storage::new(shell.clone(), activation);
        Self { shell, activation, id, storage }
    }

    /// What the other files of the host need of it.
    pub(super) fn parts(&self) -> (&Rc<Shell>, ActivationNo) {
        (&self.shell, self.activation)
    }

    /// The object's id, with its name if it was reached by one.
    #[must_use]
    pub fn id(&self) -> &ObjectId {
        &self.id
    }

    /// The object's private data.
    #[must_use]
    pub fn storage(&self) -> &Storage {
        &self.storage
    }

    /// The app's namespaces.
    #[must_use]
    pub fn env(&self) -> Env {
        Env::new(self.shell.clone())
    }

    /// Runs `callback` while nothing else of the object runs: no event is delivered, and no reply to
    /// a call begun outside. It begins in a turn of its own, whether the result is awaited or not.
    /// Its usual place is the constructor, to load what handlers need.
    ///
    /// If it fails, or takes longer than 30 seconds, the object is reset and the result never comes.
    ///
    /// # Errors
    /// `Invalid` if sections nest too deeply. `callback` is dropped then.
    pub fn block_concurrency_while<T: 'static, F>(
        &self,
        callback: F,
    ) -> impl Future<Output = Result<T, Error>> + use<T, F>
    where
        F: Future<Output = Result<T, Error>> + 'static,
    {
        let slot = Slot::new();
        let wait = Wait::new(slot.clone(), self.shell.clone());
        let (shell, activation) = (self.shell.clone(), self.activation);
        let opened = self.shell.open_section(activation, |section| {
            Box::pin(async move {
                match callback.await {
                    Ok(value) => {
                        shell.lane.borrow_mut().end_section(activation, section);
                        slot.fill(&shell, value);
                    }
                    Err(error) => shell.reset(activation, reason(&error)),
                }
            })
        });
        async move {
            opened?;
            Ok(wait.await)
        }
    }

    /// Lets `work` go on after the event that began it was answered, and keeps the object in memory
    /// until then. Nobody sees what it returns, so it handles its own failures.
    pub fn wait_until(&self, work: impl Future<Output = ()> + 'static) {
        self.shell.start_later(self.activation, Box::pin(work));
    }

    /// The time of day on the app's clock, in milliseconds since the Unix epoch.
    #[must_use]
    pub fn now_ms(&self) -> i64 {
        self.shell.lane.borrow().runtime().clock().now_ms()
    }

    /// Resolves when this much time has passed on the app's clock, to the millisecond.
    pub fn sleep(&self, duration: Duration) -> impl Future<Output = ()> + use<> {
        self.shell.sleep(self.activation, duration)
    }

    /// Resolves when everything the object has written or seen of other objects is durable. What
    /// the runtime sends for the object waits for this by itself; await it before sending anything
    /// out by other means.
    ///
    /// # Errors
    /// `Reset` when that will never be durable.
    pub fn output_gate(&self) -> impl Future<Output = Result<(), Error>> + use<> {
        self.shell.wait(self.activation, |lane, context, token| lane.output_wait(context, token))
    }

    /// Discards this activation now: what the open turn wrote is dropped, everyone who waits for the
    /// object gets an error with this message, and the next event makes a fresh one. Await the result:
    /// that never returns.
    pub fn abort(&self, message: &str) -> Aborted {
        self.shell.reset(self.activation, ResetReason::error(message));
        Aborted { pending: future::pending() }
    }
}

/// The rest of an aborted handler: it never runs.
#[must_use = "code behind an abort runs on unless this is awaited"]
pub struct Aborted {
    pending: future::Pending<Infallible>,
}

impl Future for Aborted {
    type Output = Infallible;

    fn poll(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Infallible> {
        Pin::new(&mut self.pending).poll(cx)
    }
}
