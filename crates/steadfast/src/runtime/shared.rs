//! What all lanes of a process share: the engine, the clock and the outputs held for durability.

use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use super::call::CallNo;
use super::output::{Hold, OutputQueue};
use super::sockets::Sockets;
use crate::clock::Clock;
use crate::engine::{DurableListener, Engine, Poisoned, Position};
use crate::id;
use crate::limits::IDLE_EVICTION;
use crate::storage::Limits;

/// Performs an output when its position is durable, or learns that it must not.
pub type Release = Box<dyn FnOnce(Result<(), Poisoned>) + Send>;

/// What a runtime can be told.
#[derive(Clone, Debug)]
pub struct RuntimeSettings {
    /// How long an activation without activity stays in memory. Default 10 s, as workerd.
    pub idle_eviction: Duration,
    /// Whose limits on stored data hold. Default local, as workerd; a test that sets production
    /// learns before a deployment does that something is too large.
    pub limits: Limits,
    /// Gives numbers from 0 to 1, which spread the retries of alarms that failed together. Default: the
    /// system's randomness.
    pub random: fn() -> f64,
}

impl Default for RuntimeSettings {
    fn default() -> Self {
        Self { idle_eviction: IDLE_EVICTION, limits: Limits::default(), random: id::random_fraction }
    }
}

/// Shared by the lanes of one engine.
pub struct Runtime {
    engine: Arc<dyn Engine>,
    clock: Arc<dyn Clock>,
    outputs: Arc<Outputs>,
    settings: RuntimeSettings,
    sockets: Sockets,
    /// How far the objects of lanes that have ended had come.
    departed: AtomicU64,
    /// How far the objects of all lanes have come.
    submitted: AtomicU64,
    /// The number of the call that was made last.
    last_call: AtomicU64,
}

struct Outputs {
    queue: Mutex<OutputQueue<Release>>,
    failure: Mutex<Option<Poisoned>>,
}

impl Runtime {
    /// A runtime over an engine.
    pub fn new(engine: Arc<dyn Engine>, clock: Arc<dyn Clock>, settings: RuntimeSettings) -> Arc<Self> {
        let queue = Mutex::new(OutputQueue::new(engine.durable_position()));
        let outputs = Arc::new(Outputs { queue, failure: Mutex::new(None) });
        engine.subscribe(outputs.clone());
        let sockets = Sockets::new(clock.clone());
        Arc::new(Self {
            engine,
            clock,
            outputs,
            settings,
            sockets,
            departed: AtomicU64::default(),
            submitted: AtomicU64::default(),
            last_call: AtomicU64::default(),
        })
    }

    /// Performs `release` once everything up to `position` is durable: at once when it is already,
    /// else on the thread that learns of it. It must not block.
    pub fn hold(&self, position: Position, release: Release) {
        let hold = self.outputs.lock().hold(position, release);
        match hold {
            Hold::Release(release) => release(Ok(())),
            Hold::Refuse(release) => release(Err(self.outputs.cause())),
            Hold::Held => {}
        }
    }

    /// Gives up what is held back for positions up to `upto` that are not durable: it is never sent.
    pub(super) fn refuse(&self, upto: Position, cause: &Poisoned) {
        let refused = self.outputs.lock().refuse(upto);
        for release in refused {
            release(Err(cause.clone()));
        }
    }

    /// Whether everything up to `position` is known durable.
    pub fn is_durable(&self, position: Position) -> bool {
        position <= self.engine.durable_position()
    }

    /// Notes how far the objects of a lane had come that ends now: whoever runs them next reads that.
    pub(super) fn depart(&self, position: Position) {
        self.departed.fetch_max(position.0, Ordering::AcqRel);
    }

    /// A lane is given up that does not say how far its objects had come: as far as any has.
    pub fn depart_unheard(&self) {
        self.depart(Position(self.submitted.load(Ordering::Acquire)));
    }

    /// Notes a commit of a lane's.
    pub(super) fn submitted(&self, position: Position) {
        self.submitted.fetch_max(position.0, Ordering::AcqRel);
    }

    /// Numbers a call.
    pub fn next_call(&self) -> CallNo {
        self.last_call.fetch_add(1, Ordering::AcqRel) + 1
    }

    /// The number of the call that was made last.
    pub(super) fn last_call(&self) -> CallNo {
        self.last_call.load(Ordering::Acquire)
    }

    /// What the objects of lanes that have ended wrote may not be durable before this position is.
    pub(super) fn departed(&self) -> Position {
        Position(self.departed.load(Ordering::Acquire))
    }

    /// Why nothing more can become durable, once that is so.
    pub fn failure(&self) -> Option<Poisoned> {
        self.outputs.failure.lock().unwrap_or_else(PoisonError::into_inner).clone()
    }

    /// The engine.
    pub fn engine(&self) -> &Arc<dyn Engine> {
        &self.engine
    }

    /// The WebSockets of its objects, and of code outside of them.
    pub fn sockets(&self) -> &Sockets {
        &self.sockets
    }

    /// The clock.
    pub fn clock(&self) -> &Arc<dyn Clock> {
        &self.clock
    }

    /// The settings.
    pub fn settings(&self) -> &RuntimeSettings {
        &self.settings
    }
}

impl Outputs {
    fn lock(&self) -> MutexGuard<'_, OutputQueue<Release>> {
        self.queue.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn cause(&self) -> Poisoned {
        let failure = self.failure.lock().unwrap_or_else(PoisonError::into_inner);
        failure.clone().unwrap_or_else(|| Poisoned::new("the engine has stopped"))
    }
}

impl DurableListener for Outputs {
    fn durable(&self, position: Position) {
        self.lock().durable_to(position);
        loop {
            let due = self.lock().take_due();
            let Some(due) = due else { break };
            for release in due {
                release(Ok(()));
            }
        }
    }

    fn failed(&self, cause: &Poisoned) {
        *self.failure.lock().unwrap_or_else(PoisonError::into_inner) = Some(cause.clone());
        let refused = self.lock().fail();
        for release in refused {
            release(Err(cause.clone()));
        }
    }
}
