//! Engines that hold back or fail durability, for tests of everything above an engine.
//!
//! [`HeldBack`] goes over any engine and decides position by position what is reported durable;
//! what is below it commits as always. [`Valve`] goes below the engine, in front of its base file:
//! with it shut, records really are nowhere but in memory.

mod held_back;
mod valve;

pub use super::base::{Checkpoint, CheckpointStore, GroupStore, MemoryBase};
pub use super::queue::Submitted;
pub use held_back::HeldBack;
pub use valve::Valve;

use std::future::Future;
use std::pin::pin;
use std::sync::Arc;
use std::task::{Context, Poll, Wake, Waker};
use std::thread::{self, Thread};

/// Runs a future to its end on this thread.
pub fn block_on<F: Future>(future: F) -> F::Output {
    let mut future = pin!(future);
    let waker = Waker::from(Arc::new(Unpark(thread::current())));
    let mut context = Context::from_waker(&waker);
    loop {
        match future.as_mut().poll(&mut context) {
            Poll::Ready(output) => return output,
            Poll::Pending => thread::park(),
        }
    }
}

struct Unpark(Thread);

impl Wake for Unpark {
    fn wake(self: Arc<Self>) {
        self.0.unpark();
    }
}
