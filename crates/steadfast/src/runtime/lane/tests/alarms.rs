//! Alarms: when they run, what a run deletes, and what follows when it fails.

use super::super::AlarmOutcome::{self, NoHandler, Succeeded, Threw};
use super::*;
use crate::clock::Clock;
use crate::storage::TransactionEnd;

impl Host {
    /// A lane whose alarms run, over an engine that makes everything durable at once.
    fn with_alarms() -> Self {
        let mut host = Self::new();
        host.engine.release_all();
        host.lane.start_alarms();
        host.settle();
        host.take_log();
        host
    }

    fn set(&mut self, object: char, due_ms: i64) {
        let activation = self.activation(object);
        let now_ms = self.clock.now_ms();
        let set = self
            .lane
            .with_store(activation, |store| store.set_alarm(due_ms as f64, now_ms, WriteOptions::default()));
        set.expect("the object lives").expect("a time that can be set");
    }

    fn alarm(&mut self, object: char) -> Option<i64> {
        let activation = self.activation(object);
        self.lane.with_store(activation, |store| store.alarm()).expect("the object lives")
    }

    fn delete(&mut self, object: char) {
        let activation = self.activation(object);
        self.lane.with_store(activation, |store| store.delete_alarm(WriteOptions::default()));
    }

    fn end(&mut self, object: char, outcome: AlarmOutcome) {
        let activation = self.activation(object);
        self.lane.alarm_ended(activation, outcome);
    }

    /// An object whose alarm is due after this many milliseconds, its call answered.
    fn sleeper(&mut self, object: char, due_ms: i64) {
        let (_, call) = self.start(object);
        self.set(object, due_ms);
        self.lane.reply(call);
        self.lane.end_turn();
        self.settle();
        self.take_log();
    }

    /// Runs everything that runs by itself: turns, and waits until what was written is durable.
    fn settle(&mut self) {
        loop {
            self.rest();
            if self.lane.rest() != Rest::Busy {
                return;
            }
            self.make_durable();
            self.engine.release_all();
        }
    }

    /// Moves time forward and runs what falls due.
    fn pass(&mut self, seconds: u64) {
        self.advance(SECOND * u32::try_from(seconds).expect("tests are short"));
        self.settle();
    }
}

#[test]
fn an_alarm_runs_at_its_time_and_is_cleared_when_it_succeeded() {
    let mut host = Host::with_alarms();
    host.sleeper('a', 5_000);
    host.pass(4);
    host.expect(&[]);
    host.pass(1);
    host.expect(&["alarm a 5000 0"]);
    assert_eq!(host.alarm('a'), None, "a running alarm is not shown");
    host.end('a', Succeeded);
    host.lane.end_turn();
    host.make_durable();
    host.pass(3_600);
    host.expect(&["evict a"]);
    host.call(ENTRY, 'a');
    host.settle();
    assert_eq!(host.alarm('a'), None);
}

#[test]
fn an_evicted_object_is_constructed_for_its_alarm() {
    let mut host = Host::with_alarms();
    host.sleeper('a', 60_000);
    host.pass(59);
    host.expect(&["evict a"]);
    host.pass(1);
    host.expect(&["construct a", "alarm a 60000 0"]);
}

#[test]
fn a_past_time_is_now() {
    let mut host = Host::with_alarms();
    host.pass(100);
    host.start('a');
    host.set('a', 7);
    assert_eq!(host.alarm('a'), Some(100_000));
    host.lane.end_turn();
    host.settle();
    host.expect(&["alarm a 100000 0"]);
}

#[test]
fn it_runs_only_when_its_commit_is_durable() {
    let mut host = Host::with_alarms();
    host.start('a');
    host.engine.hold();
    host.set('a', 1_000);
    host.lane.end_turn();
    host.advance(SECOND * 5);
    host.rest();
    host.expect(&[]);
    assert_eq!(host.lane.rest(), Rest::Busy);
    host.make_durable();
    host.rest();
    host.expect(&["alarm a 1000 0"]);
}

#[test]
fn a_failed_run_is_retried_six_times_and_then_abandoned() {
    let mut host = Host::with_alarms();
    host.sleeper('a', 1_000);
    host.pass(1);
    let mut times = Vec::new();
    loop {
        let log = host.take_log();
        let run = log.iter().find(|line| line.starts_with("alarm")).expect("it runs").clone();
        times.push((host.clock.now_ms() / 1_000, run));
        host.end('a', Threw);
        host.lane.end_turn();
        host.settle();
        if host.alarm('a').is_none() {
            break;
        }
        assert_eq!(host.alarm('a'), Some(1_000), "the original time between retries");
        while !host.log.lock().unwrap().iter().any(|line| line.starts_with("alarm")) {
            host.pass(1);
        }
    }
    let runs = [(1, 0), (3, 1), (7, 2), (15, 3), (31, 4), (63, 5), (127, 6)];
    let expected: Vec<_> =
        runs.iter().map(|(at, retries)| (*at, format!("alarm a 1000 {retries}"))).collect();
    assert_eq!(times, expected);
}

#[test]
fn an_alarm_set_in_its_run_stays_after_success() {
    let mut host = Host::with_alarms();
    host.sleeper('a', 1_000);
    host.pass(1);
    host.set('a', 9_000);
    assert_eq!(host.alarm('a'), Some(9_000));
    host.end('a', Succeeded);
    host.lane.end_turn();
    host.take_log();
    host.pass(8);
    host.expect(&["alarm a 9000 0"]);
}

#[test]
fn an_alarm_set_in_its_run_replaces_the_retry() {
    let mut host = Host::with_alarms();
    host.sleeper('a', 1_000);
    host.pass(1);
    host.set('a', 9_000);
    host.lane.end_turn();
    host.end('a', Threw);
    host.lane.end_turn();
    host.take_log();
    host.pass(7);
    host.expect(&[]);
    host.pass(1);
    host.expect(&["alarm a 9000 0"]);
}

#[test]
fn an_alarm_deleted_in_its_run_is_not_retried() {
    let mut host = Host::with_alarms();
    host.sleeper('a', 1_000);
    host.pass(1);
    host.delete('a');
    host.lane.end_turn();
    host.end('a', Threw);
    host.lane.end_turn();
    host.take_log();
    host.pass(5);
    host.expect(&[]);
    assert_eq!(host.alarm('a'), None);
}

#[test]
fn an_alarm_set_by_another_event_starts_when_the_run_has_ended() {
    let mut host = Host::with_alarms();
    host.sleeper('a', 1_000);
    host.pass(1);
    let call = host.call(ENTRY, 'a');
    host.turn_with(|host| {
        host.set('a', 1_000);
        host.lane.reply(call);
    });
    host.settle();
    host.expect(&["alarm a 1000 0", "deliver a 2", "reply 2"]);
    host.end('a', Succeeded);
    host.lane.end_turn();
    host.settle();
    host.expect(&["alarm a 1000 0"]);
}

#[test]
fn a_reset_in_the_run_is_a_failure_and_keeps_what_was_set_before_its_turn() {
    let mut host = Host::with_alarms();
    host.sleeper('a', 1_000);
    host.pass(1);
    host.set('a', 30_000);
    host.reset('a', "on purpose");
    host.settle();
    host.expect(&["alarm a 1000 0", "reset a: on purpose"]);
    host.pass(2);
    host.expect(&["construct a", "alarm a 1000 1"]);
    host.set('a', 30_000);
    host.lane.end_turn();
    host.reset('a', "again");
    host.settle();
    host.take_log();
    host.pass(26);
    host.expect(&[]);
    host.pass(1);
    host.expect(&["construct a", "alarm a 30000 0"]);
}

#[test]
fn a_reset_can_abandon_the_alarm() {
    let mut host = Host::with_alarms();
    host.sleeper('a', 1_000);
    host.pass(1);
    let activation = host.activation('a');
    host.lane.reset_abandoning_alarm(activation, ResetReason::error("enough"));
    host.settle();
    host.take_log();
    host.pass(3_600);
    host.expect(&[]);
    host.call(ENTRY, 'a');
    host.settle();
    assert_eq!(host.alarm('a'), None);
}

#[test]
fn an_abandoned_alarm_spares_another_that_was_set_meanwhile() {
    let mut host = Host::with_alarms();
    host.sleeper('a', 1_000);
    host.pass(1);
    host.set('a', 5_000);
    host.lane.end_turn();
    let activation = host.activation('a');
    host.lane.reset_abandoning_alarm(activation, ResetReason::error("enough"));
    host.settle();
    host.take_log();
    host.pass(4);
    host.expect(&["construct a", "alarm a 5000 0"]);
}

#[test]
fn failures_before_the_handler_are_retried_without_end() {
    let mut host = Host::with_alarms();
    host.sleeper('a', 60_000);
    host.pass(59);
    host.take_log();
    for _ in 0..20 {
        while !host.lane.receive_and_construct(|lane, activation| {
            lane.reset(activation, ResetReason::error("the constructor threw"));
        }) {
            host.advance(SECOND);
        }
    }
    host.rest();
    host.take_log();
    host.pass(3_600);
    host.expect(&["construct a", "alarm a 60000 0"]);
}

#[test]
fn a_run_that_takes_a_quarter_of_an_hour_fails() {
    let mut host = Host::with_alarms();
    host.sleeper('a', 1_000);
    host.pass(1);
    host.take_log();
    host.pass(15 * 60 - 1);
    host.expect(&[]);
    host.pass(1);
    host.expect(&["reset a: Alarm exceeded its allowed execution time (overloaded)"]);
    host.pass(2);
    host.expect(&["construct a", "alarm a 1000 1"]);
}

#[test]
fn a_class_without_a_handler_keeps_its_alarm_and_is_not_asked_again() {
    let mut host = Host::with_alarms();
    host.sleeper('a', 1_000);
    host.pass(1);
    host.end('a', NoHandler);
    host.lane.end_turn();
    host.take_log();
    assert_eq!(host.alarm('a'), Some(1_000));
    host.pass(3_600);
    host.expect(&["evict a"]);
}

#[test]
fn overdue_alarms_run_when_the_lane_starts_and_names_are_kept() {
    let mut host = Host::with_alarms();
    let named = Target { name: Some("kept".into()), ..target('a') };
    host.lane.call(ENTRY, named, 0, None).unwrap();
    host.settle();
    host.set('a', 1_000);
    host.lane.end_turn();
    host.sleeper('b', 500);
    host.lane.close();
    host.next_lane();
    host.advance(SECOND * 60);
    host.settle();
    host.expect(&[]);
    host.make_durable();
    host.lane.start_alarms();
    host.lane.receive();
    let mut started = Vec::new();
    while let Some(step) = host.lane.next() {
        if let Step::Construct { activation, target, .. } = step {
            started.push((char::from(target.id[0]), target.name));
            host.lane.constructed(activation);
        }
        host.lane.end_turn();
    }
    assert_eq!(started, [('b', None), ('a', Some("kept".into()))], "in the order in which they were due");
}

#[test]
fn alarms_of_a_namespace_that_comes_later_are_found() {
    let mut host = Host::with_alarms();
    host.sleeper('a', 1_000);
    host.lane.close();
    host.lane = Lane::new(host.lane.runtime().clone(), Mailbox::new(|| ()));
    host.lane.start_alarms();
    host.pass(5);
    host.expect(&[]);
    host.lane.add_namespace("worker-Object", NamespaceSettings::default());
    host.settle();
    host.expect(&["construct a", "alarm a 1000 0"]);
}

#[test]
fn a_transaction_that_is_rolled_back_leaves_the_run_as_it_was() {
    let mut host = Host::with_alarms();
    host.sleeper('a', 1_000);
    host.pass(1);
    let activation = host.activation('a');
    let section = host.lane.open_transaction(activation, None).unwrap();
    host.lane.end_turn();
    host.turn_with(|host| host.set('a', 50_000));
    assert_eq!(host.alarm('a'), Some(50_000));
    assert!(host.lane.end_transaction(activation, section, TransactionEnd::RollBack));
    host.lane.end_turn();
    assert_eq!(host.alarm('a'), None, "it runs still");
    host.end('a', Threw);
    host.lane.end_turn();
    host.take_log();
    host.pass(2);
    host.expect(&["alarm a 1000 1"]);
}

#[test]
fn the_end_of_a_run_waits_for_a_section_that_was_not_awaited() {
    let mut host = Host::with_alarms();
    host.sleeper('a', 1_000);
    host.pass(1);
    let activation = host.activation('a');
    let section = host.lane.open_transaction(activation, None).unwrap();
    host.lane.end_turn();
    host.turn_with(|host| {
        host.set('a', 50_000);
        host.end('a', Succeeded);
    });
    assert!(host.lane.end_transaction(activation, section, TransactionEnd::RollBack));
    host.lane.end_turn();
    host.settle();
    host.take_log();
    assert_eq!(host.alarm('a'), None);
    host.pass(5);
    host.expect(&[]);
    host.pass(5);
    host.expect(&["evict a"]);
}

#[test]
fn an_event_that_waits_for_nothing_known_waits_for_the_outside() {
    let mut host = Host::with_alarms();
    let (_, call) = host.start('a');
    assert_eq!((host.lane.rest(), host.lane.open_events()), (Rest::Outside, 1));
    host.lane.start_timer(host.within('a'), SECOND, 9);
    host.lane.end_turn();
    assert_eq!(host.lane.rest(), Rest::Resting, "it may wait for its timer");
    host.pass(1);
    host.expect(&["resume 9"]);
    host.call(host.within('a'), 'b');
    host.settle();
    assert_eq!((host.lane.rest(), host.lane.open_events()), (Rest::Outside, 2), "the callee waits");
    host.lane.start_timer(host.within('b'), SECOND, 10);
    assert_eq!(host.lane.rest(), Rest::Resting, "caller and callee wait for its timer");
    host.lane.stop_timer(10);
    assert_eq!(host.lane.rest(), Rest::Outside);
    host.lane.reply(call);
    host.lane.end_turn();
}

impl Lane<&'static str> {
    /// One turn; whether it was one that constructs, which `construct` then performs.
    fn receive_and_construct(&mut self, construct: impl FnOnce(&mut Self, ActivationNo)) -> bool {
        self.receive();
        let step = self.next();
        let constructs = matches!(step, Some(Step::Construct { .. }));
        if let Some(Step::Construct { activation, .. }) = step {
            construct(self, activation);
        }
        self.end_turn();
        constructs
    }
}

#[test]
fn each_lane_runs_the_alarms_of_its_own_objects() {
    let mut host = Host::with_alarms();
    for object in ['a', 'b', 'c', 'd'] {
        host.sleeper(object, 1_000);
    }
    host.lane.close();
    let runtime = host.lane.runtime().clone();
    for (place, expected) in [(0, ["b", "d"]), (1, ["a", "c"])] {
        host.lane = Lane::new(runtime.clone(), Mailbox::new(|| ())).with_share(Share::new(place, 2));
        host.lane.add_namespace("worker-Object", NamespaceSettings::default());
        host.lane.start_alarms();
        host.pass(1);
        let run: Vec<String> = host
            .take_log()
            .iter()
            .filter_map(|line| Some(line.strip_prefix("alarm ")?[..1].to_owned()))
            .collect();
        assert_eq!(run, expected, "the last of the bytes of an id that decide is odd or even");
    }
}
