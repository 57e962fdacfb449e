//! How far durability has come, and who waits for it.

use std::collections::BTreeMap;
use std::future::Future;
use std::pin::Pin;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex, OnceLock};
use std::task::{Context, Poll, Wake, Waker};
use std::thread::{self, Thread};

use super::{DurableFuture, DurableListener, Poisoned, Position, lock};

/// The durable position of an engine, its waiters and its listeners.
///
/// A position is published with one atomic store, then listeners hear of it in the order in which
/// they subscribed, then futures are woken. A failure is final.
#[derive(Default)]
pub(super) struct Progress {
    durable: AtomicU64,
    failed: OnceLock<Poisoned>,
    waiters: Mutex<Waiters>,
    listeners: Mutex<Vec<Arc<dyn DurableListener>>>,
}

#[derive(Default)]
struct Waiters {
    asked: u64,
    wakers: BTreeMap<WaiterKey, Waker>,
}

/// What is waited for, then order of asking.
type WaiterKey = (Position, u64);

impl Progress {
    pub(super) fn durable_position(&self) -> Position {
        Position(self.durable.load(Ordering::Acquire))
    }

    /// The failure, if there was one.
    pub(super) fn failure(&self) -> Option<&Poisoned> {
        self.failed.get()
    }

    /// Everything up to `position` is durable. Ignored after a failure, and when it is no news.
    pub(super) fn publish(&self, position: Position) {
        let listeners = lock(&self.listeners);
        if self.failure().is_some() || position <= self.durable_position() {
            return;
        }
        self.durable.store(position.0, Ordering::Release);
        for listener in &*listeners {
            listener.durable(position);
        }
        drop(listeners);
        self.wake_up_to(position);
    }

    /// Nothing more will be durable. Only the first failure counts.
    pub(super) fn fail(&self, cause: Poisoned) {
        let listeners = lock(&self.listeners);
        if self.failed.set(cause.clone()).is_err() {
            return;
        }
        for listener in &*listeners {
            listener.failed(&cause);
        }
        drop(listeners);
        self.wake_up_to(Position(u64::MAX));
    }

    /// Like [`fail`](Self::fail) for those who wait, without telling listeners: an orderly end.
    pub(super) fn end(&self, cause: Poisoned) {
        // Somebody who failed it before has told why.
        let _already_failed = self.failed.set(cause);
        self.wake_up_to(Position(u64::MAX));
    }

    pub(super) fn subscribe(&self, listener: Arc<dyn DurableListener>) {
        let mut listeners = lock(&self.listeners);
        listener.durable(self.durable_position());
        if let Some(cause) = self.failure() {
            listener.failed(cause);
        }
        listeners.push(listener);
    }

    /// What [`CommitSink::durable`](super::CommitSink::durable) returns.
    pub(super) fn wait(self: &Arc<Self>, position: Position) -> DurableFuture {
        Box::pin(Wait { progress: self.clone(), position, key: None })
    }

    /// Blocks this thread until everything up to `position` is durable.
    pub(super) fn wait_here(&self, position: Position) -> Result<(), Poisoned> {
        struct Unpark(Thread);
        impl Wake for Unpark {
            fn wake(self: Arc<Self>) {
                self.0.unpark();
            }
        }
        let key = {
            let mut waiters = lock(&self.waiters);
            waiters.asked += 1;
            let key = (position, waiters.asked);
            waiters.wakers.insert(key, Waker::from(Arc::new(Unpark(thread::current()))));
            key
        };
        loop {
            if let Some(outcome) = self.outcome(position) {
                lock(&self.waiters).wakers.remove(&key);
                return outcome;
            }
            thread::park();
        }
    }

    fn wake_up_to(&self, position: Position) {
        let mut waiters = lock(&self.waiters);
        let later = waiters.wakers.split_off(&(position, u64::MAX));
        let due = std::mem::replace(&mut waiters.wakers, later);
        drop(waiters);
        due.into_values().for_each(Waker::wake);
    }

    fn outcome(&self, position: Position) -> Option<Result<(), Poisoned>> {
        if self.durable_position() >= position {
            return Some(Ok(()));
        }
        self.failure().map(|cause| Err(cause.clone()))
    }
}

/// Waits for one position. Dropping it stops waiting.
struct Wait {
    progress: Arc<Progress>,
    position: Position,
    key: Option<WaiterKey>,
}

impl Future for Wait {
    type Output = Result<(), Poisoned>;

    fn poll(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<Self::Output> {
        let progress = self.progress.clone();
        if let Some(outcome) = progress.outcome(self.position) {
            return Poll::Ready(outcome);
        }
        let mut waiters = lock(&progress.waiters);
        // Progress is published before waiters are woken: look again under their lock.
        if let Some(outcome) = progress.outcome(self.position) {
            return Poll::Ready(outcome);
        }
        let position = self.position;
        let key = *self.key.get_or_insert_with(|| {
            waiters.asked += 1;
            (position, waiters.asked)
        });
        waiters.wakers.insert(key, context.waker().clone());
        Poll::Pending
    }
}

impl Drop for Wait {
    fn drop(&mut self) {
        if let Some(key) = self.key {
            lock(&self.progress.waiters).wakers.remove(&key);
        }
    }
}
