//! The executor: tasks of one thread, each polled in a turn of its own.

use std::collections::HashMap;
use std::pin::Pin;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::task::{Wake, Waker};

use super::app::Message;
use crate::runtime::{ActivationNo, Context, Mailbox, Token};

/// A future of the lane's thread.
pub(super) type LocalFuture = Pin<Box<dyn Future<Output = ()>>>;

/// The tasks that have not ended.
#[derive(Default)]
pub(super) struct Tasks {
    tasks: HashMap<Token, Task>,
}

struct Task {
    of: Owner,
    waker: Arc<TaskWaker>,
    /// Absent while it is being polled.
    future: Option<LocalFuture>,
}

/// For whom a task runs.
#[derive(Clone, Copy)]
pub(super) struct Owner {
    pub(super) context: Context,
    /// How many calls are above it.
    pub(super) depth: u32,
    /// Whether it alone keeps its activation in memory.
    pub(super) is_activity: bool,
}

impl Tasks {
    pub(super) fn insert(&mut self, no: Token, of: Owner, future: LocalFuture, mailbox: Mailbox<Message>) {
        let waker = Arc::new(TaskWaker { no, woken: AtomicBool::new(false), mailbox });
        self.tasks.insert(no, Task { of, waker, future: Some(future) });
    }

    /// Takes a task's future to poll it. `None` when it has ended or is being polled.
    pub(super) fn take(&mut self, no: Token) -> Option<(Owner, LocalFuture, Waker)> {
        let task = self.tasks.get_mut(&no)?;
        let future = task.future.take()?;
        task.waker.woken.store(false, Ordering::Release);
        Some((task.of, future, task.waker.clone().into()))
    }

    /// Gives a pending future back; gives it to the caller to drop when the task ended meanwhile.
    #[must_use]
    pub(super) fn put_back(&mut self, no: Token, future: LocalFuture) -> Option<LocalFuture> {
        match self.tasks.get_mut(&no) {
            Some(task) => task.future.replace(future),
            None => Some(future),
        }
    }

    pub(super) fn remove(&mut self, no: Token) {
        self.tasks.remove(&no);
    }

    pub(super) fn owner(&self, no: Token) -> Option<Owner> {
        self.tasks.get(&no).map(|task| task.of)
    }

    /// From now on, and until its next poll, waking the task sends no message.
    pub(super) fn mark_woken(&self, no: Token) -> bool {
        let task = self.tasks.get(&no);
        task.map(|task| task.waker.woken.store(true, Ordering::Release)).is_some()
    }

    /// Takes all futures of an activation out, for the caller to drop.
    #[must_use]
    pub(super) fn end(&mut self, activation: ActivationNo) -> Vec<LocalFuture> {
        let of_it = |task: &mut Task| task.of.context.activation() == Some(activation);
        self.tasks.extract_if(|_, task| of_it(task)).filter_map(|(_, task)| task.future).collect()
    }

    /// Takes all futures out, for the caller to drop.
    #[must_use]
    pub(super) fn end_all(&mut self) -> Vec<LocalFuture> {
        self.tasks.drain().filter_map(|(_, task)| task.future).collect()
    }

    /// Whether code outside of objects is running.
    pub(super) fn serves_entry(&self) -> bool {
        self.tasks.values().any(|task| task.of.context == Context::Entry)
    }
}

/// Wakes a task through the lane's mailbox, so that its next poll is a delivery like any other and
/// passes the input gate.
struct TaskWaker {
    no: Token,
    /// Whether the next poll is arranged already.
    woken: AtomicBool,
    mailbox: Mailbox<Message>,
}

impl Wake for TaskWaker {
    fn wake(self: Arc<Self>) {
        self.wake_by_ref();
    }

    fn wake_by_ref(self: &Arc<Self>) {
        if !self.woken.swap(true, Ordering::AcqRel) {
            // A lane that has ended has no tasks to wake.
            drop(self.mailbox.send(Message::Wake(self.no)));
        }
    }
}
