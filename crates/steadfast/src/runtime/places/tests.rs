use std::collections::{BTreeMap, BTreeSet};

use proptest::prelude::*;

use super::*;

type Lanes = Places<&'static str, &'static str, &'static str>;

fn given(lanes: &mut Lanes, request: &'static str) -> &'static str {
    match lanes.admit(request, None) {
        Admission::Given(lane) => lane,
        Admission::Kept => "kept",
        Admission::Refused(_) => "refused",
    }
}

fn waiting(lanes: &mut Lanes) -> Vec<(&'static str, &'static str)> {
    let give = || {
        let (_, request) = *lanes.requests.front()?;
        Some((lanes.give_waiting()?, request))
    };
    std::iter::from_fn(give).collect()
}

fn begun(lanes: &mut Lanes, place: u32) -> Vec<&'static str> {
    let life = lanes.lives()[place as usize];
    std::iter::from_fn(|| lanes.begin(place, life)).collect()
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
    for request in ["1", "3"] {
        assert_eq!(lanes.begin(0, 0), Some(request));
        lanes.answered(0, 0);
    }
    assert_eq!(["4", "5", "6"].map(|request| given(&mut lanes, request)), ["a", "b", "a"]);
    assert!(!lanes.is_drained());
}

#[test]
fn a_request_goes_home_unless_too_many_are_there() {
    let mut lanes = attached();
    let home = |lanes: &mut Lanes| match lanes.admit("r", Some(1)) {
        Admission::Given(lane) => lane,
        _ => panic!("every place has a lane"),
    };
    for _ in 0..=HOME_AHEAD_MAX {
        assert_eq!(home(&mut lanes), "b");
    }
    assert_eq!(home(&mut lanes), "a");
    assert!(matches!(lanes.admit("r", Some(99)), Admission::Given(_)), "nobody lives there");
}

#[test]
fn requests_a_dead_lane_had_not_begun_with_go_to_the_others_first() {
    let mut lanes = attached();
    for request in ["1", "2", "3"] {
        given(&mut lanes, request);
    }
    assert_eq!(lanes.lose(0, |lane| *lane == "a"), ["b"]);
    assert_eq!(waiting(&mut lanes), [("b", "1"), ("b", "3")]);
    lanes.attach(0, "c");
    assert_eq!(given(&mut lanes, "4"), "c");
}

#[test]
fn what_a_dead_lane_had_begun_with_is_nobodys() {
    let mut lanes = attached();
    for request in ["1", "2", "3"] {
        given(&mut lanes, request);
    }
    assert_eq!(lanes.begin(0, 0), Some("1"));
    lanes.lose(0, |lane| *lane == "a");
    assert_eq!(waiting(&mut lanes), [("b", "3")]);
    lanes.answered(0, 0);
    assert_eq!(lanes.begin(0, 0), None, "a notice of a life that is over");
    assert_eq!(begun(&mut lanes, 1), ["2", "3"]);
}

#[test]
fn a_lane_that_stands_still_is_passed_by_while_another_moves() {
    let mut lanes = attached();
    lanes.look(|_, lane| *lane == "a");
    assert_eq!(["1", "2"].map(|request| given(&mut lanes, request)), ["b", "b"]);
    assert_eq!(lanes.admit("3", Some(0)), Admission::Given("b"), "its objects live there all the same");
    lanes.look(|_, _| true);
    assert_eq!(["4", "5"].map(|request| given(&mut lanes, request)), ["a", "a"]);
    assert_eq!(lanes.admit("6", Some(1)), Admission::Given("b"));
    assert_eq!(waiting(&mut lanes), []);
    lanes.look(|_, _| false);
    assert_eq!(given(&mut lanes, "7"), "a");
}

#[test]
fn a_lane_that_moves_takes_what_one_that_stands_still_has_not_begun_with() {
    let mut lanes = attached();
    for request in ["1", "2", "3", "4", "5"] {
        given(&mut lanes, request);
    }
    assert_eq!(lanes.begin(0, 0), Some("1"));
    lanes.look(|_, lane| *lane == "a");
    assert_eq!(waiting(&mut lanes), [("b", "3"), ("b", "5")]);
    assert_eq!(begun(&mut lanes, 1), ["2", "3", "4", "5"], "in the order they came in");
    for _ in 0..4 {
        lanes.answered(1, 0);
    }
    assert!(!lanes.is_drained(), "the first is still in its hands");
    lanes.answered(0, 0);
    assert!(lanes.is_drained());
}

#[test]
fn a_lane_that_moves_again_helps_those_that_took_its_requests() {
    let mut lanes = attached();
    for request in ["1", "2", "3"] {
        given(&mut lanes, request);
    }
    lanes.look(|_, lane| *lane == "a");
    assert_eq!(waiting(&mut lanes), [("b", "1"), ("b", "3")]);
    assert_eq!(begun(&mut lanes, 0), ["1", "2", "3"], "a notice is good for any request");
    assert_eq!(lanes.begin(1, 0), None);
}

#[test]
fn nothing_is_taken_back_while_requests_wait_for_new_code() {
    let mut lanes = attached();
    given(&mut lanes, "1");
    lanes.pause();
    lanes.look(|_, lane| *lane == "a");
    assert_eq!(begun(&mut lanes, 0), ["1"]);
}

#[test]
fn mail_waits_for_a_lane_that_is_not_there_yet() {
    let mut lanes = Lanes::new(2);
    assert_eq!(lanes.post(1, 0, "first"), None);
    assert_eq!(lanes.post(1, 0, "second"), None);
    assert_eq!(lanes.attach(1, "b"), Some(["first", "second"].into()));
    assert_eq!(lanes.post(1, 0, "third"), Some(("b", "third")));
}

#[test]
fn mail_for_a_life_that_is_over_is_dropped() {
    let mut lanes = attached();
    lanes.lose(1, |lane| *lane == "b");
    assert_eq!(lanes.post(1, 0, "for the dead"), None);
    assert_eq!(lanes.post(1, 1, "for the next"), None);
    assert_eq!(lanes.lives(), [0, 1]);
    assert_eq!(lanes.attach(1, "c"), Some(["for the next"].into()));
}

#[test]
fn a_lane_that_was_replaced_takes_nothing_with_it() {
    let mut lanes = attached();
    lanes.lose(1, |lane| *lane == "b");
    lanes.attach(1, "c");
    assert_eq!([given(&mut lanes, "1"), given(&mut lanes, "2")], ["a", "c"]);
    assert!(lanes.lose(1, |lane| *lane == "b").is_empty());
    assert_eq!(lanes.lane(1), Some(&"c"));
    assert_eq!(waiting(&mut lanes), []);
    assert_eq!(lanes.begin(1, 0), None);
    assert_eq!(lanes.begin(1, 1), Some("2"));
}

#[test]
fn a_reload_keeps_requests_and_drops_mail() {
    let mut lanes = attached();
    given(&mut lanes, "1");
    lanes.pause();
    assert_eq!(given(&mut lanes, "2"), "kept");
    lanes.detach(0, |_| true);
    lanes.post(0, 0, "from b");
    assert!(!lanes.is_empty());
    lanes.detach(1, |_| true);
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

/// What may happen to places, in any order.
#[derive(Clone, Copy, Debug)]
enum Act {
    Admit(Option<u32>),
    GiveWaiting,
    /// The lane there comes to a notice.
    Notice(u32),
    /// A request that the lane there has begun with is over.
    Answer(u32),
    /// One that a lane had begun with whose life is over.
    AnswerLate,
    /// Of each place whether its lane stands still.
    Look([bool; PLACES as usize]),
    Lose(u32),
    Attach(u32),
    Reload,
}

const PLACES: u32 = 3;

fn act() -> impl Strategy<Value = Act> {
    prop_oneof![
        8 => prop::option::of(0..PLACES).prop_map(Act::Admit),
        4 => Just(Act::GiveWaiting),
        8 => (0..PLACES).prop_map(Act::Notice),
        6 => (0..PLACES).prop_map(Act::Answer),
        1 => Just(Act::AnswerLate),
        4 => any::<[bool; PLACES as usize]>().prop_map(Act::Look),
        1 => (0..PLACES).prop_map(Act::Lose),
        4 => (0..PLACES).prop_map(Act::Attach),
        1 => Just(Act::Reload),
    ]
}

/// Lanes and requests by number, and what was done with them.
struct World {
    places: Places<usize, usize, ()>,
    /// The place and life of each lane there was, and how many notices it has not come to.
    lanes: Vec<(u32, u32, usize)>,
    requests: usize,
    /// Who has begun with a request that is not over: the place and its life.
    begun: BTreeMap<usize, (u32, u32)>,
    over: usize,
    /// The place and life of what died with its lane.
    died: Vec<(u32, u32)>,
}

impl World {
    fn new() -> Self {
        let places = Places::new(PLACES);
        let (lanes, begun, died) = (Vec::new(), BTreeMap::new(), Vec::new());
        Self { places, lanes, requests: 0, begun, over: 0, died }
    }

    fn perform(&mut self, act: Act) {
        match act {
            Act::Admit(home) => {
                self.requests += 1;
                match self.places.admit(self.requests, home) {
                    Admission::Given(lane) => self.told(lane),
                    Admission::Kept => {}
                    Admission::Refused(_) => panic!("there is room"),
                }
            }
            Act::GiveWaiting => {
                if let Some(lane) = self.places.give_waiting() {
                    self.told(lane);
                }
            }
            Act::Notice(place) => self.come_to_notice(place),
            Act::Answer(place) => {
                let life = self.places.lives()[place as usize];
                let request = self.begun.iter().find(|(_, by)| **by == (place, life)).map(|(n, _)| *n);
                if let Some(request) = request {
                    self.begun.remove(&request);
                    self.over += 1;
                    self.places.answered(place, life);
                }
            }
            Act::AnswerLate => {
                if let Some((place, life)) = self.died.pop() {
                    self.over += 1;
                    self.places.answered(place, life);
                }
            }
            Act::Look(still) => self.places.look(|place, _| still[place as usize]),
            Act::Lose(place) => {
                if let Some(lane) = self.places.lane(place).copied() {
                    self.places.lose(place, |other| *other == lane);
                    self.bury();
                }
            }
            Act::Attach(place) => {
                let life = self.places.lives()[place as usize];
                if self.places.attach(place, self.lanes.len()).is_some() {
                    self.lanes.push((place, life, 0));
                }
            }
            Act::Reload => {
                self.places.pause();
                for place in 0..PLACES {
                    self.places.detach(place, |_| true);
                }
                self.places.begin_again();
                self.bury();
            }
        }
    }

    fn told(&mut self, lane: usize) {
        let (place, life, notices) = &mut self.lanes[lane];
        *notices += 1;
        let at = &self.places.places[*place as usize];
        assert_eq!((at.lane, at.life), (Some(lane), *life), "a lane that is there");
        let any_moves = self.places.places.iter().any(Place::moves);
        assert!(at.moves() || !any_moves, "a lane that moves, if there is one");
    }

    /// Also lanes whose life is over may come to one.
    fn come_to_notice(&mut self, place: u32) {
        let told = self.lanes.iter_mut().find(|(at, _, notices)| *at == place && *notices > 0);
        let Some((place, life, notices)) = told else { return };
        *notices -= 1;
        if let Some(request) = self.places.begin(*place, *life) {
            let twice = self.begun.insert(request, (*place, *life));
            assert_eq!(twice, None, "a request begins once");
            assert_eq!(self.places.lives()[*place as usize], *life);
        }
    }

    /// What lanes whose life is over had begun with died with them.
    fn bury(&mut self) {
        let lives = self.places.lives();
        for (_, by) in self.begun.extract_if(.., |_, (place, life)| lives[*place as usize] != *life) {
            self.died.push(by);
        }
    }

    /// Every request is in one place, every lane has had its notices, and counts are true.
    fn check(&self) {
        let places = &self.places.places;
        let lines = || places.iter().map(|at| &at.unbegun).chain([&self.places.requests]);
        assert!(lines().all(|line| line.iter().is_sorted()), "nobody is overtaken");
        let waiting = lines().flatten().map(|(_, request)| request);
        let held: Vec<_> = waiting.chain(self.begun.keys()).collect();
        assert_eq!(held.iter().collect::<BTreeSet<_>>().len(), held.len(), "nothing is in two hands");
        assert_eq!(held.len() + self.died.len() + self.over, self.requests, "nothing is lost");
        for (place, at) in (0..).zip(places) {
            let begun = self.begun.values().filter(|by| **by == (place, at.life)).count();
            assert_eq!(at.begun, begun);
            let Some(lane) = at.lane else {
                assert!(at.unbegun.is_empty() && begun == 0);
                continue;
            };
            assert!(self.lanes[lane].2 >= at.unbegun.len(), "a notice for each request");
        }
    }
}

proptest! {
    #[test]
    fn every_request_is_in_one_pair_of_hands(acts in prop::collection::vec(act(), 1..200)) {
        let mut world = World::new();
        for act in acts {
            world.perform(act);
            world.check();
        }
        // Whatever has happened, each is begun with once all lanes are there and come to their notices.
        for act in (0..PLACES).map(Act::Attach) {
            world.perform(act);
        }
        for _ in 0..world.requests {
            world.perform(Act::GiveWaiting);
        }
        while world.lanes.iter().any(|(.., notices)| *notices > 0) {
            (0..PLACES).for_each(|place| world.perform(Act::Notice(place)));
            world.check();
        }
        let ends = world.begun.len() + world.died.len() + world.over;
        prop_assert_eq!(ends, world.requests);
    }
}
