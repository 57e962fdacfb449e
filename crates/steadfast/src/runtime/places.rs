//! Who is where: the places of a runtime's lanes, the requests that go to them, and the mail between them.
//!
//! Pure. `L` is how a lane is reached, `R` a request, `M` what lanes send each other. The shell keeps this
//! behind a lock, and tells lanes what it is told to.
//!
//! A request that a lane was given stays here until the lane begins with it, so that others can take it when
//! that lane stands still or dies. The lane gets no more than a notice: it then asks for one with
//! [`begin`](Places::begin).
//!
//! A place has a life: it ends when its lane dies, and the next lane there begins another. Mail is for one
//! life, because what it names died with the lane that gave it the name.

use std::collections::VecDeque;

use crate::limits::LANE_QUEUE_EVENTS_MAX;

#[cfg(test)]
mod tests;

/// The places of a runtime.
#[derive(Debug)]
pub struct Places<L, R, M> {
    places: Vec<Place<L, R, M>>,
    /// Requests wait until the code is at every place.
    admits: bool,
    /// Requests no lane has been given.
    requests: Line<R>,
    /// How many requests have come.
    arrived: u64,
    /// Where the search for the next lane begins, so that equals take turns.
    next: usize,
}

#[derive(Debug)]
struct Place<L, R, M> {
    lane: Option<L>,
    life: u32,
    /// What other lanes have sent while there was none.
    mail: VecDeque<M>,
    /// Requests the lane has been given and not begun with. It has had a notice for each, if not for more.
    unbegun: Line<R>,
    /// Requests the lane has begun with and not answered.
    begun: usize,
    /// It has stood still for too long.
    is_still: bool,
}

impl<L, R, M> Place<L, R, M> {
    fn in_flight(&self) -> usize {
        self.unbegun.len() + self.begun
    }

    fn moves(&self) -> bool {
        self.lane.is_some() && !self.is_still
    }
}

/// Requests that wait, each with its number, in the order they came in: one that goes from lane to lane keeps
/// its place.
type Line<R> = VecDeque<(u64, R)>;

fn line_up<R>(line: &mut Line<R>, (number, request): (u64, R)) {
    let at = line.partition_point(|(other, _)| *other < number);
    line.insert(at, (number, request));
}

/// What becomes of a request.
#[derive(PartialEq, Eq, Debug)]
pub enum Admission<L, R> {
    /// This lane has it, and is to be told.
    Given(L),
    /// It waits for a lane.
    Kept,
    /// Too many wait.
    Refused(R),
}

/// How many more requests than another a lane may have in flight and still be given those whose objects
/// live there. Ours: a crossing costs less than to wait behind so many.
const HOME_AHEAD_MAX: usize = 256;

impl<L: Clone, R, M> Places<L, R, M> {
    /// So many places, all empty.
    pub fn new(lanes: u32) -> Self {
        let place = |_| Place {
            lane: None,
            life: 0,
            mail: VecDeque::new(),
            unbegun: Line::new(),
            begun: 0,
            is_still: false,
        };
        let places = (0..lanes.max(1)).map(place).collect();
        Self { places, admits: false, requests: Line::new(), arrived: 0, next: 0 }
    }

    /// How many places there are.
    pub fn count(&self) -> u32 {
        u32::try_from(self.places.len()).expect("places are few")
    }

    /// The life each place has.
    pub fn lives(&self) -> Vec<u32> {
        self.places.iter().map(|place| place.life).collect()
    }

    /// Puts a lane at a place, and gives the mail that waited there. `None` when a lane is there: an object
    /// must not live twice. Requests are admitted when every place has its lane: give out those that waited
    /// with [`give_waiting`](Self::give_waiting).
    pub fn attach(&mut self, place: u32, lane: L) -> Option<VecDeque<M>> {
        let at = self.places.get_mut(place as usize).filter(|place| place.lane.is_none())?;
        at.lane = Some(lane);
        let mail = std::mem::take(&mut at.mail);
        self.admits |= self.places.iter().all(|place| place.lane.is_some());
        Some(mail)
    }

    /// The lane there has let go of its objects. Requests it had not begun with wait for another.
    pub fn detach(&mut self, place: u32, is_it: impl Fn(&L) -> bool) -> bool {
        let at = &mut self.places[place as usize];
        let was_there = at.lane.as_ref().is_some_and(is_it);
        if was_there {
            at.lane = None;
            at.begun = 0;
            at.is_still = false;
            self.take_back(place as usize);
        }
        was_there
    }

    /// The lane there has died, or is given up: its life is over, and what was sent to it is lost.
    /// Gives the lanes that have to hear of it.
    pub fn lose(&mut self, place: u32, is_it: impl Fn(&L) -> bool) -> Vec<L> {
        if !self.detach(place, is_it) {
            return Vec::new();
        }
        let at = &mut self.places[place as usize];
        at.life += 1;
        at.mail.clear();
        self.lanes()
    }

    /// The code is about to be replaced everywhere: requests wait from now on.
    pub fn pause(&mut self) {
        self.admits = false;
    }

    /// Every lane of the old code has left: nothing they sent reaches the next ones.
    pub fn begin_again(&mut self) {
        for place in &mut self.places {
            place.life += 1;
            place.mail.clear();
        }
    }

    /// A request has come: the lane at `home` takes it, if that is known, moves and is not far busier than
    /// others, else the one with the fewest in flight.
    pub fn admit(&mut self, request: R, home: Option<u32>) -> Admission<L, R> {
        if self.requests.len() >= LANE_QUEUE_EVENTS_MAX {
            return Admission::Refused(request);
        }
        self.arrived += 1;
        let request = (self.arrived, request);
        let Some(least) = self.least_busy().filter(|_| self.requests.is_empty()) else {
            self.requests.push_back(request);
            return Admission::Kept;
        };
        let bearable = self.places[least].in_flight() + HOME_AHEAD_MAX;
        let none_moves = !self.places[least].moves();
        let home = home.and_then(|home| usize::try_from(home).ok()).filter(|home| {
            self.places.get(*home).is_some_and(|at| {
                at.lane.is_some() && (at.moves() || none_moves) && at.in_flight() <= bearable
            })
        });
        Admission::Given(self.give(home.unwrap_or(least), request))
    }

    /// Gives the next request that waited to a lane, if one can take it: which lane is to be told.
    pub fn give_waiting(&mut self) -> Option<L> {
        let at = self.least_busy()?;
        let request = self.requests.pop_front()?;
        Some(self.give(at, request))
    }

    /// The lane there has come to a notice: the request it begins with, which is in its hands from now on.
    ///
    /// When others have taken what was its own, it helps whoever has most. So a lane that only takes long
    /// for each request, and is thought to stand still, does not run dry. `None` when nothing waits, or its
    /// life is over.
    pub fn begin(&mut self, place: u32, life: u32) -> Option<R> {
        let own = place as usize;
        if self.places[own].life != life || self.places[own].lane.is_none() {
            return None;
        }
        let from = if self.places[own].unbegun.is_empty() { self.most_unbegun()? } else { own };
        let (_, request) = self.places[from].unbegun.pop_front()?;
        self.places[own].begun += 1;
        Some(request)
    }

    /// A request that the lane there had begun with in this life is over.
    pub fn answered(&mut self, place: u32, life: u32) {
        let at = &mut self.places[place as usize];
        if at.life == life {
            at.begun = at.begun.saturating_sub(1);
        }
    }

    /// Says which lanes stand still. As long as another moves, what they have not begun with waits for that:
    /// give it out with [`give_waiting`](Self::give_waiting).
    pub fn look(&mut self, mut is_still: impl FnMut(u32, &L) -> bool) {
        for (place, at) in (0..).zip(&mut self.places) {
            at.is_still = at.lane.as_ref().is_some_and(|lane| is_still(place, lane));
        }
        if !self.admits || !self.places.iter().any(Place::moves) {
            return;
        }
        for at in 0..self.places.len() {
            if self.places[at].is_still {
                self.take_back(at);
            }
        }
    }

    /// Mail for the lane there: back with how it is reached, or kept for the lane to come. What is for a
    /// life that is over is dropped.
    pub fn post(&mut self, place: u32, life: u32, message: M) -> Option<(L, M)> {
        let at = self.places.get_mut(place as usize).filter(|place| place.life == life)?;
        if let Some(lane) = &at.lane {
            return Some((lane.clone(), message));
        }
        at.mail.push_back(message);
        None
    }

    /// Whether no lane has a request it has not answered.
    pub fn is_drained(&self) -> bool {
        self.places.iter().all(|place| place.in_flight() == 0)
    }

    /// Whether no place has a lane.
    pub fn is_empty(&self) -> bool {
        self.places.iter().all(|place| place.lane.is_none())
    }

    /// The lane at a place.
    pub fn lane(&self, place: u32) -> Option<&L> {
        self.places.get(place as usize)?.lane.as_ref()
    }

    /// The lanes that are there.
    pub fn lanes(&self) -> Vec<L> {
        self.places.iter().filter_map(|place| place.lane.clone()).collect()
    }

    /// The requests that wait, which nobody will take any more.
    pub fn refuse_requests(&mut self) -> Vec<R> {
        self.requests.drain(..).map(|(_, request)| request).collect()
    }

    /// A lane that moves before one that does not.
    fn least_busy(&mut self) -> Option<usize> {
        if !self.admits {
            return None;
        }
        let count = self.places.len();
        let in_turn = (0..count).map(|step| (self.next + step) % count);
        let least = in_turn
            .filter(|at| self.places[*at].lane.is_some())
            .min_by_key(|at| (self.places[*at].is_still, self.places[*at].in_flight()))?;
        self.next = (least + 1) % count;
        Some(least)
    }

    fn most_unbegun(&self) -> Option<usize> {
        (0..self.places.len()).max_by_key(|at| self.places[*at].unbegun.len())
    }

    fn give(&mut self, at: usize, request: (u64, R)) -> L {
        let place = &mut self.places[at];
        line_up(&mut place.unbegun, request);
        place.lane.clone().expect("a lane that takes requests is there")
    }

    /// What the lane there has not begun with waits for another.
    fn take_back(&mut self, at: usize) {
        for request in self.places[at].unbegun.drain(..) {
            line_up(&mut self.requests, request);
        }
    }
}
