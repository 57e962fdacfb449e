//! Where the server's threads and the lane's thread meet.

use std::collections::VecDeque;
use std::sync::{Arc, Condvar, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use http::{Request, Response, StatusCode};
use napi::threadsafe_function::ThreadsafeFunctionCallMode;
use steadfast::engine::Engine;
use steadfast::limits::LANE_QUEUE_EVENTS_MAX;
use steadfast::runtime::{Mailbox, Runtime};
use steadfast_server::{Access, BodyStream, Chunk, Handler, RequestBody, Responder, ResponseBody};

use crate::server::AccessLog;

/// What other threads tell a lane.
pub(crate) enum Inbound {
    /// A request for the entry worker.
    Http(Box<Incoming>),
    /// A chunk of the body of a request, or its end.
    Body { request: u32, token: u64, stream: Option<BodyStream>, chunk: Chunk },
    /// There is room again in the body of a response.
    Room { token: u64 },
    /// Nobody reads the body of a response any more.
    Gone { request: u32 },
    /// Let go of every object.
    Detach,
}

/// A request and the way back.
pub(crate) struct Incoming {
    pub(crate) request: Request<RequestBody>,
    pub(crate) responder: InFlight,
}

/// A responder that is counted until it has answered.
pub(crate) struct InFlight {
    responder: Option<Responder>,
    front: Arc<Front>,
}

impl InFlight {
    /// Answers.
    pub(crate) fn respond(mut self, response: Response<ResponseBody>) {
        if let Some(responder) = self.responder.take() {
            responder.respond(response);
        }
    }

    /// Answers with an error of the platform's.
    pub(crate) fn refuse(self, status: StatusCode, text: &'static str) {
        let mut response = Response::new(ResponseBody::from(text));
        *response.status_mut() = status;
        self.respond(response);
    }
}

impl Drop for InFlight {
    fn drop(&mut self) {
        let mut state = self.front.lock();
        state.in_flight -= 1;
        let drained = state.in_flight <= state.backlog.len();
        drop(state);
        if drained {
            self.front.changed.notify_all();
        }
    }
}

/// One server: its runtime, and the lane its requests go to.
pub(crate) struct Front {
    pub(crate) engine: Arc<dyn Engine>,
    pub(crate) runtime: Arc<Runtime>,
    pub(crate) access: Mutex<Option<AccessLog>>,
    state: Mutex<State>,
    changed: Condvar,
}

struct State {
    lane: Option<Mailbox<Inbound>>,
    paused: bool,
    /// Requests that came while no lane took them.
    backlog: VecDeque<Inbound>,
    in_flight: usize,
}

impl Front {
    pub(crate) fn new(engine: Arc<dyn Engine>, runtime: Arc<Runtime>) -> Arc<Self> {
        let state = State { lane: None, paused: false, backlog: VecDeque::new(), in_flight: 0 };
        Arc::new(Self {
            engine,
            runtime,
            access: Mutex::new(None),
            state: Mutex::new(state),
            changed: Condvar::new(),
        })
    }

    /// Hands requests to this lane from now on, those that waited first. Refuses while another lane
    /// is attached: an object must not live twice.
    pub(crate) fn attach(&self, lane: Mailbox<Inbound>) -> bool {
        let mut state = self.lock();
        if state.lane.is_some() {
            return false;
        }
        state.paused = false;
        let waiting = std::mem::take(&mut state.backlog);
        state.lane = Some(lane.clone());
        drop(state);
        for message in waiting {
            self.send_to(&lane, message);
        }
        true
    }

    /// The lane has let go of its objects and takes no more. `unbegun` is what it had not begun with:
    /// requests among it wait for the next lane.
    pub(crate) fn detach(&self, lane: &Mailbox<Inbound>, unbegun: Vec<Inbound>) {
        let mut state = self.lock();
        if state.lane.as_ref().is_some_and(|attached| attached.is(lane)) {
            state.lane = None;
        }
        for message in unbegun.into_iter().rev().filter(|message| matches!(message, Inbound::Http(_))) {
            state.backlog.push_front(message);
        }
        drop(state);
        self.changed.notify_all();
    }

    /// Keeps new requests waiting, lets the lane finish for `drain`, then has it let go. Gives up on
    /// a lane that does not answer.
    pub(crate) fn pause(&self, drain: Duration) {
        let mut state = self.lock();
        state.paused = true;
        let (mut state, _) = self
            .changed
            .wait_timeout_while(state, drain, |state| state.in_flight > state.backlog.len())
            .unwrap_or_else(PoisonError::into_inner);
        let Some(lane) = state.lane.clone() else { return };
        drop(state);
        self.send_to(&lane, Inbound::Detach);
        state = self.lock();
        let (state, waited) = self
            .changed
            .wait_timeout_while(state, DETACH_PATIENCE, |state| state.lane.is_some())
            .unwrap_or_else(PoisonError::into_inner);
        drop(state);
        if waited.timed_out() {
            tracing::warn!(target: "steadfast::lane", "the code did not yield; its thread is abandoned");
            self.detach(&lane, lane.close());
        }
    }

    /// Answers those who still wait for a lane: there will be none.
    pub(crate) fn refuse_waiting(&self) {
        let waiting = std::mem::take(&mut self.lock().backlog);
        waiting.into_iter().for_each(|message| refuse(message, "the server is stopping\n"));
    }

    fn send(&self, message: Inbound) {
        let mut state = self.lock();
        match (&state.lane, state.paused) {
            (Some(lane), false) => {
                let lane = lane.clone();
                drop(state);
                self.send_to(&lane, message);
            }
            _ if state.backlog.len() < LANE_QUEUE_EVENTS_MAX => state.backlog.push_back(message),
            _ => {
                drop(state);
                refuse(message, "too many requests wait for the worker\n");
            }
        }
    }

    fn send_to(&self, lane: &Mailbox<Inbound>, message: Inbound) {
        let Err(message @ Inbound::Http(_)) = lane.send(message) else { return };
        let mut state = self.lock();
        // The lane has ended. The next one may have taken the backlog already.
        match state.lane.clone().filter(|next| !next.is(lane)) {
            Some(next) => {
                drop(state);
                self.send_to(&next, message);
            }
            None => state.backlog.push_back(message),
        }
    }

    fn lock(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

fn refuse(message: Inbound, text: &'static str) {
    if let Inbound::Http(incoming) = message {
        incoming.responder.refuse(StatusCode::SERVICE_UNAVAILABLE, text);
    }
}

/// The server's side of a [`Front`].
pub(crate) struct FrontHandler(pub(crate) Arc<Front>);

impl Handler for FrontHandler {
    fn handle(&self, request: Request<RequestBody>, responder: Responder) {
        self.0.lock().in_flight += 1;
        let responder = InFlight { responder: Some(responder), front: self.0.clone() };
        self.0.send(Inbound::Http(Box::new(Incoming { request, responder })));
    }

    fn wants_accesses(&self) -> bool {
        self.0.access.lock().unwrap_or_else(PoisonError::into_inner).is_some()
    }

    fn accessed(&self, access: &Access<'_>) {
        if let Some(log) = &*self.0.access.lock().unwrap_or_else(PoisonError::into_inner) {
            let line = (
                access.method.as_str().to_owned(),
                access.uri.path_and_query().map_or("*", |path| path.as_str()).to_owned(),
                u32::from(access.status.map_or(0, |status| status.as_u16())),
                access.duration.as_secs_f64() * 1000.0,
            );
            log.call(line.into(), ThreadsafeFunctionCallMode::NonBlocking);
        }
    }
}

/// How long a lane may take to let go of its objects before its thread is given up.
const DETACH_PATIENCE: Duration = Duration::from_secs(1);
