//! Who is where: the places of a runtime's lanes, the requests that go to them, and the mail between them.
//!
//! Pure. `L` is how a lane is reached, `M` what it is sent. The shell keeps this behind a lock, and
//! sends what it is given.
//!
//! A place has a life: it ends when its lane dies, and the next lane there begins another. Mail is for one
//! life, because what it names died with the lane that gave it the name.

use std::collections::VecDeque;

use crate::limits::LANE_QUEUE_EVENTS_MAX;

/// The places of a runtime.
#[derive(Debug)]
pub struct Places<L, M> {
    places: Vec<Place<L, M>>,
    /// Requests wait until the code is at every place.
    admits: bool,
    /// Requests no lane has taken.
    requests: VecDeque<M>,
    /// Where the search for the next lane begins, so that equals take turns.
    next: usize,
}

#[derive(Debug)]
struct Place<L, M> {
    lane: Option<L>,
    life: u32,
    /// What other lanes have sent while there was none.
    mail: VecDeque<M>,
    /// Requests the lane has been given and not answered.
    in_flight: usize,
}

/// What is to be sent where.
#[derive(PartialEq, Eq, Debug)]
pub struct Sending<L, M> {
    /// The lane's place.
    pub place: u32,
    /// The life of the place.
    pub life: u32,
    /// How it is reached.
    pub lane: L,
    /// What it gets.
    pub message: M,
}

/// What becomes of a request.
#[derive(PartialEq, Eq, Debug)]
pub enum Admission<L, M> {
    /// A lane takes it.
    Send(Sending<L, M>),
    /// It waits for a lane.
    Kept,
    /// Too many wait.
    Refused(M),
}

/// How many more requests than another a lane may have in flight and still be given those whose objects
/// live there. Ours: a crossing costs less than to wait behind so many.
const HOME_AHEAD_MAX: usize = 256;

impl<L: Clone, M> Places<L, M> {
    /// So many places, all empty.
    pub fn new(lanes: u32) -> Self {
        let place = |_| Place { lane: None, life: 0, mail: VecDeque::new(), in_flight: 0 };
        let places = (0..lanes.max(1)).map(place).collect();
        Self { places, admits: false, requests: VecDeque::new(), next: 0 }
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
    /// must not live twice. Requests are admitted when every place has its lane: ask for them with
    /// [`take_request`](Self::take_request).
    pub fn attach(&mut self, place: u32, lane: L) -> Option<VecDeque<M>> {
        let at = self.places.get_mut(place as usize).filter(|place| place.lane.is_none())?;
        at.lane = Some(lane);
        at.in_flight = 0;
        let mail = std::mem::take(&mut at.mail);
        self.admits |= self.places.iter().all(|place| place.lane.is_some());
        Some(mail)
    }

    /// The lane there has let go of its objects. Requests it had not begun with wait for another.
    pub fn detach(&mut self, place: u32, is_it: impl Fn(&L) -> bool, unbegun: Vec<M>) -> bool {
        for request in unbegun.into_iter().rev() {
            self.requests.push_front(request);
        }
        let at = &mut self.places[place as usize];
        let was_there = at.lane.as_ref().is_some_and(is_it);
        if was_there {
            at.lane = None;
            at.in_flight = 0;
        }
        was_there
    }

    /// The lane there has died, or is given up: its life is over, and what was sent to it is lost.
    /// Gives the lanes that have to hear of it.
    pub fn lose(&mut self, place: u32, is_it: impl Fn(&L) -> bool, unbegun: Vec<M>) -> Vec<L> {
        if !self.detach(place, is_it, unbegun) {
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

    /// A request has come: the lane at `home` takes it, if that is known and not far busier than others,
    /// else the one with the fewest in flight.
    pub fn admit(&mut self, request: M, home: Option<u32>) -> Admission<L, M> {
        if self.requests.len() >= LANE_QUEUE_EVENTS_MAX {
            return Admission::Refused(request);
        }
        let Some(least) = self.least_busy().filter(|_| self.requests.is_empty()) else {
            self.requests.push_back(request);
            return Admission::Kept;
        };
        let bearable = self.places[least].in_flight + HOME_AHEAD_MAX;
        let home = home.and_then(|home| usize::try_from(home).ok()).filter(|home| {
            self.places.get(*home).is_some_and(|at| at.lane.is_some() && at.in_flight <= bearable)
        });
        Admission::Send(self.give(home.unwrap_or(least), request))
    }

    /// The next request that waited and can go to a lane now.
    pub fn take_request(&mut self) -> Option<Sending<L, M>> {
        let at = self.least_busy()?;
        let request = self.requests.pop_front()?;
        Some(self.give(at, request))
    }

    /// A lane that was given a request had ended: the request waits, first of all.
    pub fn give_back(&mut self, place: u32, life: u32, request: M) {
        self.answered(place, life);
        self.requests.push_front(request);
    }

    /// A request that was given to the lane there in this life is over.
    pub fn answered(&mut self, place: u32, life: u32) {
        let at = &mut self.places[place as usize];
        if at.life == life {
            at.in_flight = at.in_flight.saturating_sub(1);
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
        self.places.iter().all(|place| place.in_flight == 0)
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
    pub fn refuse_requests(&mut self) -> VecDeque<M> {
        std::mem::take(&mut self.requests)
    }

    fn least_busy(&mut self) -> Option<usize> {
        if !self.admits {
            return None;
        }
        let count = self.places.len();
        let in_turn = (0..count).map(|step| (self.next + step) % count);
        let least = in_turn
            .filter(|at| self.places[*at].lane.is_some())
            .min_by_key(|at| self.places[*at].in_flight)?;
        self.next = (least + 1) % count;
        Some(least)
    }

    fn give(&mut self, at: usize, message: M) -> Sending<L, M> {
        let place = &mut self.places[at];
        place.in_flight += 1;
        let lane = place.lane.clone().expect("a lane that takes requests is there");
        Sending { place: u32::try_from(at).expect("places are few"), life: place.life, lane, message }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    type Lanes = Places<&'static str, &'static str>;

    fn given(lanes: &mut Lanes, request: &'static str) -> &'static str {
        match lanes.admit(request, None) {
            Admission::Send(sending) => sending.lane,
            Admission::Kept => "kept",
            Admission::Refused(_) => "refused",
        }
    }

    fn waiting(lanes: &mut Lanes) -> Vec<(&'static str, &'static str)> {
        std::iter::from_fn(|| lanes.take_request()).map(|sending| (sending.lane, sending.message)).collect()
    }

    fn attached() -> Lanes {
        let mut lanes = Places::new(2);
        assert_eq!(lanes.attach(0, "a"), Some(VecDeque::new()));
        assert_eq!(lanes.attach(1, "b"), Some(VecDeque::new()));
        lanes
    }

    #[test]
    fn requests_wait_until_every_place_has_its_lane() {
        let mut lanes = Places::new(2);
        assert_eq!(given(&mut lanes, "1"), "kept");
        lanes.attach(0, "a");
        assert_eq!(given(&mut lanes, "2"), "kept");
        assert_eq!(lanes.attach(0, "again"), None, "an object must not live twice");
        lanes.attach(1, "b");
        assert_eq!(waiting(&mut lanes), [("a", "1"), ("b", "2")]);
    }

    #[test]
    fn the_lane_with_the_fewest_in_flight_is_next_and_equals_take_turns() {
        let mut lanes = attached();
        assert_eq!(["1", "2", "3"].map(|request| given(&mut lanes, request)), ["a", "b", "a"]);
        lanes.answered(0, 0);
        lanes.answered(0, 0);
        assert_eq!(["4", "5", "6"].map(|request| given(&mut lanes, request)), ["a", "b", "a"]);
        assert!(!lanes.is_drained());
    }

    #[test]
    fn a_request_goes_home_unless_too_many_are_there() {
        let mut lanes = attached();
        let home = |lanes: &mut Lanes| match lanes.admit("r", Some(1)) {
            Admission::Send(sending) => sending.place,
            _ => panic!("every place has a lane"),
        };
        for _ in 0..=HOME_AHEAD_MAX {
            assert_eq!(home(&mut lanes), 1);
        }
        assert_ne!(home(&mut lanes), 1);
        let Admission::Send(sending) = lanes.admit("r", Some(99)) else { panic!("a lane takes it") };
        assert!(sending.place < 99, "nobody lives there");
    }

    #[test]
    fn requests_a_dead_lane_had_not_begun_with_go_to_the_others_first() {
        let mut lanes = attached();
        for request in ["1", "2", "3"] {
            given(&mut lanes, request);
        }
        assert_eq!(lanes.lose(0, |lane| *lane == "a", vec!["1", "3"]), ["b"]);
        assert_eq!(waiting(&mut lanes), [("b", "1"), ("b", "3")]);
        lanes.attach(0, "c");
        assert_eq!(given(&mut lanes, "4"), "c");
    }

    #[test]
    fn a_request_a_closed_lane_did_not_take_goes_first() {
        let mut lanes = attached();
        given(&mut lanes, "1");
        lanes.detach(0, |lane| *lane == "a", vec![]);
        lanes.give_back(0, 0, "1");
        assert_eq!(waiting(&mut lanes), [("b", "1")]);
    }

    #[test]
    fn mail_waits_for_a_lane_that_is_not_there_yet() {
        let mut lanes = Places::new(2);
        assert_eq!(lanes.post(1, 0, "first"), None);
        assert_eq!(lanes.post(1, 0, "second"), None);
        assert_eq!(lanes.attach(1, "b"), Some(["first", "second"].into()));
        assert_eq!(lanes.post(1, 0, "third"), Some(("b", "third")));
    }

    #[test]
    fn mail_for_a_life_that_is_over_is_dropped() {
        let mut lanes = attached();
        lanes.lose(1, |lane| *lane == "b", vec![]);
        assert_eq!(lanes.post(1, 0, "for the dead"), None);
        assert_eq!(lanes.post(1, 1, "for the next"), None);
        assert_eq!(lanes.lives(), [0, 1]);
        assert_eq!(lanes.attach(1, "c"), Some(["for the next"].into()));
    }

    #[test]
    fn a_lane_that_was_replaced_takes_nothing_with_it() {
        let mut lanes = attached();
        lanes.lose(1, |lane| *lane == "b", vec![]);
        lanes.attach(1, "c");
        assert!(lanes.lose(1, |lane| *lane == "b", vec!["1"]).is_empty());
        assert_eq!(lanes.lane(1), Some(&"c"));
        assert_eq!(waiting(&mut lanes), [("a", "1")]);
    }

    #[test]
    fn a_reload_keeps_requests_and_drops_mail() {
        let mut lanes = attached();
        given(&mut lanes, "1");
        lanes.pause();
        assert_eq!(given(&mut lanes, "2"), "kept");
        lanes.detach(0, |_| true, vec!["1"]);
        lanes.post(0, 0, "from b");
        assert!(!lanes.is_empty());
        lanes.detach(1, |_| true, vec![]);
        assert!(lanes.is_empty());
        lanes.begin_again();
        assert_eq!(lanes.attach(0, "c"), Some(VecDeque::new()));
        assert_eq!(waiting(&mut lanes), []);
        lanes.attach(1, "d");
        assert_eq!(waiting(&mut lanes), [("d", "1"), ("c", "2")]);
    }

    #[test]
    fn too_many_requests_are_refused() {
        let mut lanes = Lanes::new(1);
        for _ in 0..LANE_QUEUE_EVENTS_MAX {
            lanes.admit("1", None);
        }
        assert_eq!(given(&mut lanes, "2"), "refused");
    }
}
