//! What a task waits for on its own thread: a place that is filled once.

use std::cell::RefCell;
use std::pin::Pin;
use std::rc::Rc;
use std::task::{Context, Poll, Waker};

use super::shell::{Shell, not_durable};
use crate::Error;
use crate::engine::Poisoned;
use crate::runtime::Token;

/// Holds a value from when it comes until the one who waits takes it.
pub(super) struct Slot<T> {
    state: RefCell<SlotState<T>>,
}

enum SlotState<T> {
    /// Nothing yet; the task that last looked, and how to tell it.
    Empty(Option<(Option<Token>, Waker)>),
    Filled(T),
    Taken,
}

impl<T> Slot<T> {
    pub(super) fn new() -> Rc<Self> {
        Rc::new(Self { state: RefCell::new(SlotState::Empty(None)) })
    }

    /// Fills the slot and lets the task that waits for it run on in this turn.
    pub(super) fn fill(&self, shell: &Shell, value: T) {
        let before = self.state.replace(SlotState::Filled(value));
        if let SlotState::Empty(Some((task, waker))) = before {
            match task {
                Some(task) => shell.continue_in_this_turn(task, waker),
                None => waker.wake(),
            }
        }
    }
}

/// Waits for a slot. Dropping it waits no longer and changes nothing else.
pub(super) struct Wait<T> {
    slot: Rc<Slot<T>>,
    shell: Rc<Shell>,
}

impl<T> Wait<T> {
    pub(super) fn new(slot: Rc<Slot<T>>, shell: Rc<Shell>) -> Self {
        Self { slot, shell }
    }
}

impl<T> Future for Wait<T> {
    type Output = T;

    fn poll(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<T> {
        let mut state = self.slot.state.borrow_mut();
        match &mut *state {
            SlotState::Empty(waiting) => {
                *waiting = Some((self.shell.current_task(), cx.waker().clone()));
                Poll::Pending
            }
            SlotState::Filled(_) => match std::mem::replace(&mut *state, SlotState::Taken) {
                SlotState::Filled(value) => Poll::Ready(value),
                SlotState::Empty(_) | SlotState::Taken => unreachable!("it was filled"),
            },
            SlotState::Taken => panic!("a wait that has ended was polled again"),
        }
    }
}

/// A wait for the lane that may be over before it begins.
pub(super) enum MaybeWait {
    /// What it came to; taken when it is told.
    Over(Option<Result<(), Error>>),
    Wait(Wait<Result<(), Poisoned>>),
}

impl Future for MaybeWait {
    type Output = Result<(), Error>;

    fn poll(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Result<(), Error>> {
        match self.get_mut() {
            Self::Over(outcome) => Poll::Ready(outcome.take().expect("a wait is polled until it is over")),
            Self::Wait(wait) => {
                Pin::new(wait).poll(cx).map(|outcome| outcome.map_err(|cause| not_durable(&cause)))
            }
        }
    }
}
