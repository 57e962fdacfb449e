//! Where the server's threads and the threads of lanes meet.

use std::hash::{DefaultHasher, Hasher};
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Condvar, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use bytes::Bytes;
use http::{Request, Response, StatusCode};
use napi::threadsafe_function::ThreadsafeFunctionCallMode;
use steadfast::engine::{Engine, Position};
use steadfast::runtime::{Admission, Homes, Mailbox, Places, Pulse, Runtime, Share, Watch};
use steadfast_server::{
    Access, BodyStream, Chunk, Handler, NotAnUpgrade, RequestBody, Responder, ResponseBody, Socket,
    SocketHandler,
};

use crate::server::AccessLog;

/// What other threads tell a lane.
pub(crate) enum Inbound {
    /// A request for the entry worker waits at the lane's place, if nobody else has taken it.
    Request,
    /// A chunk of the body of a request, or its end.
    Body { request: u32, token: u64, stream: Option<BodyStream>, chunk: Chunk },
    /// There is room again in the body of a response.
    Room { token: u64 },
    /// Nobody reads the body of a response any more.
    Gone { request: u32 },
    /// Another lane has sent something.
    Mail(Box<Mail>),
    /// The lane at a place has died; the next one there has this life.
    Lost { place: u32, life: u32 },
    /// Let go of every object.
    Detach,
}

/// What one lane sends another: text and bytes that only their code understands.
pub(crate) struct Mail {
    pub(crate) from: u32,
    /// The life of the place it comes from.
    pub(crate) life: u32,
    /// What it depends on.
    pub(crate) position: Position,
    pub(crate) text: String,
    pub(crate) bytes: Option<Bytes>,
}

/// A request and the way back.
pub(crate) struct Incoming {
    pub(crate) request: Request<RequestBody>,
    pub(crate) responder: InFlight,
}

/// A responder that is counted, at the place that has begun with it, until it has answered.
pub(crate) struct InFlight {
    responder: Option<Responder>,
    front: Arc<Front>,
    /// The place and its life.
    place: Option<(u32, u32)>,
    /// What requests with the same path are known by.
    kind: u64,
}

impl InFlight {
    /// The request has called an object at another place first: those like it are better sent there.
    pub(crate) fn belongs_at(&self, place: u32) {
        if let Some(homes) = &self.front.homes {
            homes.learn(self.kind, place);
        }
    }

    /// Answers.
    pub(crate) fn respond(mut self, response: Response<ResponseBody>) {
        // First: whoever has the answer may ask again before this thread goes on, and must not find it counted.
        self.leave();
        if let Some(responder) = self.responder.take() {
            responder.respond(response);
        }
    }

    /// Makes the connection a socket; `None` when it was answered before.
    pub(crate) fn upgrade(
        mut self,
        head: Response<()>,
        handler: Arc<dyn SocketHandler>,
    ) -> Option<Result<Socket, NotAnUpgrade>> {
        self.leave();
        Some(self.responder.take()?.upgrade(head, handler))
    }

    /// Answers with an error of the platform's.
    pub(crate) fn refuse(self, status: StatusCode, text: &'static str) {
        let mut response = Response::new(ResponseBody::from(text));
        *response.status_mut() = status;
        self.respond(response);
    }

    /// It is no longer counted.
    fn leave(&mut self) {
        let Some((place, life)) = self.place.take() else { return };
        let mut places = self.front.lock();
        places.answered(place, life);
        let drained = places.is_drained();
        drop(places);
        if drained {
            self.front.changed.notify_all();
        }
    }
}

impl Drop for InFlight {
    fn drop(&mut self) {
        self.leave();
    }
}

/// How a lane is reached, and whether it moves.
#[derive(Clone)]
pub(crate) struct Attached {
    pub(crate) mailbox: Mailbox<Inbound>,
    pub(crate) pulse: Arc<Pulse>,
}

/// Where a lane stands among the others of its server.
pub(crate) struct Standing {
    pub(crate) share: Share,
    /// The life of each place, its own included.
    pub(crate) lives: Vec<u32>,
}

/// One server: its runtime, and the lanes its requests go to.
pub(crate) struct Front {
    pub(crate) engine: Arc<dyn Engine>,
    pub(crate) runtime: Arc<Runtime>,
    pub(crate) access: Mutex<Option<AccessLog>>,
    places: Mutex<Places<Attached, Box<Incoming>, Inbound>>,
    /// What those who end lanes have seen of them.
    watches: Mutex<Vec<Watch>>,
    /// What was seen of lanes while requests were in flight.
    glances: Mutex<Vec<Watch>>,
    /// Whether a look at the lanes is due, because requests are in flight.
    looks: AtomicBool,
    /// Where requests are best answered; nobody asks when there is one lane.
    homes: Option<Homes>,
    changed: Condvar,
}

impl Front {
    pub(crate) fn new(engine: Arc<dyn Engine>, runtime: Arc<Runtime>, lanes: u32) -> Arc<Self> {
        Arc::new(Self {
            engine,
            runtime,
            access: Mutex::new(None),
            places: Mutex::new(Places::new(lanes)),
            homes: (lanes > 1).then(Homes::default),
            watches: Mutex::new((0..lanes).map(|_| Watch::default()).collect()),
            glances: Mutex::new((0..lanes).map(|_| Watch::default()).collect()),
            looks: AtomicBool::new(false),
            changed: Condvar::new(),
        })
    }

    /// Puts a lane at a place: mail that waited for one reaches it first, and requests once every place has
    /// its lane. Refuses while another lane is there: an object must not live twice.
    pub(crate) fn attach(self: &Arc<Self>, place: u32, lane: Attached) -> Option<Standing> {
        let mut places = self.lock();
        let share = Share::new(place, places.count());
        for message in places.attach(place, lane.clone())? {
            // Under the lock, so that nothing that is sent from now on overtakes it.
            drop(lane.mailbox.send(message));
        }
        let lives = places.lives();
        drop(places);
        self.give_out();
        Some(Standing { share, lives })
    }

    /// The lane has let go of its objects and takes no more. Requests it had not begun with wait for the
    /// next lane.
    pub(crate) fn detach(&self, place: u32, lane: &Mailbox<Inbound>) {
        self.lock().detach(place, |attached| attached.mailbox.is(lane));
        self.changed.notify_all();
    }

    /// The lane has died, or is given up: others are told, and take the requests it had not begun with.
    pub(crate) fn lose(self: &Arc<Self>, place: u32, lane: &Mailbox<Inbound>) {
        let mut places = self.lock();
        let others = places.lose(place, |attached| attached.mailbox.is(lane));
        let life = places.lives()[place as usize];
        for other in others {
            // Under the lock: whatever the next lane at that place sends comes later.
            drop(other.mailbox.send(Inbound::Lost { place, life }));
        }
        drop(places);
        self.changed.notify_all();
        self.give_out();
    }

    /// Gives up the lane at a place without its help; its thread may still run.
    pub(crate) fn abandon(self: &Arc<Self>, place: u32) {
        let lane = self.lock().lane(place).map(|lane| lane.mailbox.clone());
        if let Some(lane) = lane {
            drop(lane.close());
            self.runtime.depart_unheard();
            self.lose(place, &lane);
        }
    }

    /// Keeps new requests waiting from now on, as the first part of [`pause`](Self::pause).
    pub(crate) fn hold_requests(&self) {
        self.lock().pause();
    }

    /// Keeps new requests waiting, lets the lanes finish for `drain`, then has them let go. Gives up on
    /// those that do not answer.
    pub(crate) fn pause(&self, drain: Duration) {
        let mut places = self.lock();
        places.pause();
        let waited = self.changed.wait_timeout_while(places, drain, |places| !places.is_drained());
        let (places, _) = waited.unwrap_or_else(PoisonError::into_inner);
        let lanes = places.lanes();
        drop(places);
        for lane in lanes {
            drop(lane.mailbox.send(Inbound::Detach));
        }
        let waited =
            self.changed.wait_timeout_while(self.lock(), DETACH_PATIENCE, |places| !places.is_empty());
        let (mut places, _) = waited.unwrap_or_else(PoisonError::into_inner);
        for place in 0..places.count() {
            let Some(lane) = places.lane(place).map(|lane| lane.mailbox.clone()) else { continue };
            tracing::warn!(target: "steadfast::lane", "the code did not yield; its thread is abandoned");
            drop(lane.close());
            self.runtime.depart_unheard();
            places.detach(place, |_| true);
        }
        places.begin_again();
    }

    /// The places of lanes that have stood still for `limit` although there was something to do. `elapsed`
    /// is how long ago the last look was.
    pub(crate) fn stalled(&self, elapsed: Duration, limit: Duration) -> Vec<u32> {
        let places = self.lock();
        let mut watches = self.watches.lock().unwrap_or_else(PoisonError::into_inner);
        (0..places.count())
            .zip(watches.iter_mut())
            .filter_map(|(place, watch)| {
                let lane = places.lane(place)?;
                let still = watch.look(&lane.pulse, !lane.mailbox.is_empty(), elapsed);
                (still >= limit).then_some(place)
            })
            .collect()
    }

    /// The request that the lane there begins with, if one waits.
    pub(crate) fn begin(&self, place: u32, life: u32) -> Option<Box<Incoming>> {
        let mut incoming = self.lock().begin(place, life)?;
        incoming.responder.place = Some((place, life));
        Some(incoming)
    }

    /// Sends mail to the lane at a place, if it has the life that the sender knows.
    pub(crate) fn post(&self, place: u32, life: u32, mail: Mail) {
        let sending = self.lock().post(place, life, Inbound::Mail(Box::new(mail)));
        if let Some((lane, message)) = sending {
            // A lane that has ended has lost it; the sender hears of that.
            drop(lane.mailbox.send(message));
        }
    }

    /// Answers those who still wait for a lane: there will be none.
    pub(crate) fn refuse_waiting(&self) {
        let waiting = self.lock().refuse_requests();
        waiting.into_iter().for_each(|request| refuse(*request, "the server is stopping\n"));
    }

    fn admit(self: &Arc<Self>, request: Box<Incoming>, home: Option<u32>) {
        let admission = self.lock().admit(request, home);
        match admission {
            Admission::Given(lane) => self.tell(&lane),
            Admission::Kept => {}
            Admission::Refused(request) => refuse(*request, "too many requests wait for the worker\n"),
        }
    }

    /// Gives requests that waited to lanes, as far as there are any.
    fn give_out(self: &Arc<Self>) {
        loop {
            let lane = self.lock().give_waiting();
            let Some(lane) = lane else { break };
            self.tell(&lane);
        }
    }

    /// Tells a lane of a request it was given.
    fn tell(self: &Arc<Self>, lane: &Attached) {
        // When a lane that has ended leaves, the request waits for another.
        drop(lane.mailbox.send(Inbound::Request));
        let has_others = self.homes.is_some();
        if has_others && !self.looks.swap(true, Ordering::AcqRel) {
            self.look_later();
        }
    }

    fn look_later(self: &Arc<Self>) {
        let front = Arc::downgrade(self);
        let look = move || {
            if let Some(front) = front.upgrade() {
                front.look();
            }
        };
        let clock = self.runtime.clock();
        clock.wake_at(clock.now() + LOOK_INTERVAL, Box::new(look)).detach();
    }

    /// Has lanes that move take what those that stand still have not begun with, and looks again later while
    /// requests are in flight.
    fn look(self: &Arc<Self>) {
        let mut places = self.lock();
        let mut glances = self.glances.lock().unwrap_or_else(PoisonError::into_inner);
        places.look(|place, lane| {
            let glance = &mut glances[place as usize];
            glance.look(&lane.pulse, !lane.mailbox.is_empty(), LOOK_INTERVAL) >= STILL_MAX
        });
        drop(glances);
        if places.is_drained() {
            // Under the lock, so that whoever is given the next request asks for a look.
            self.looks.store(false, Ordering::Release);
        } else {
            self.look_later();
        }
        drop(places);
        self.give_out();
    }

    fn lock(&self) -> MutexGuard<'_, Places<Attached, Box<Incoming>, Inbound>> {
        self.places.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

fn refuse(incoming: Incoming, text: &'static str) {
    incoming.responder.refuse(StatusCode::SERVICE_UNAVAILABLE, text);
}

/// Requests are alike that ask for the same path: most often it names the object.
fn kind_of(request: &Request<RequestBody>) -> u64 {
    let mut hasher = DefaultHasher::new();
    hasher.write(request.uri().path().as_bytes());
    hasher.finish()
}

/// The server's side of a [`Front`].
pub(crate) struct FrontHandler(pub(crate) Arc<Front>);

impl Handler for FrontHandler {
    fn handle(&self, request: Request<RequestBody>, responder: Responder) {
        let kind = self.0.homes.as_ref().map_or(0, |_| kind_of(&request));
        let home = self.0.homes.as_ref().and_then(|homes| homes.of(kind));
        let responder = InFlight { responder: Some(responder), front: self.0.clone(), place: None, kind };
        self.0.admit(Box::new(Incoming { request, responder }), home);
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
/// How often lanes are looked at while requests are in flight.
const LOOK_INTERVAL: Duration = Duration::from_millis(50);
/// How long a lane may stand still before requests pass it by. Ours: one that is busy with short events moves
/// many times between two looks, and this is longer than a loaded machine keeps a thread from running or most
/// garbage collections take. To be wrong costs little: others answer what would have waited.
const STILL_MAX: Duration = Duration::from_millis(200);
