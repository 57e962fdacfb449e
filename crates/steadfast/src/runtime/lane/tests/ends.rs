//! Eviction, reset and the end of the lane.

use super::super::super::Background;
use super::*;
use crate::limits::{RESET_OBJECTS_REMEMBERED_MAX, SQL_IDLE_RELEASE};

const GRACE: Duration = Duration::from_secs(10);

#[test]
fn an_idle_object_is_evicted_after_ten_seconds_and_built_anew() {
    let mut host = Host::new();
    let (_, call) = host.start('a');
    host.lane.reply(call);
    host.lane.end_turn();
    host.rest();
    host.advance(GRACE - Duration::from_millis(1));
    host.rest();
    host.advance(Duration::from_millis(1));
    host.rest();
    host.call(ENTRY, 'a');
    host.rest();
    host.expect(&["reply 1", "evict a", "construct a", "deliver a 2"]);
}

#[test]
fn what_is_pending_keeps_an_object_and_its_end_starts_the_grace_anew() {
    let mut host = Host::new();
    let (a, call) = host.start('a');
    host.lane.begin_activity(a);
    host.lane.reply(call);
    host.lane.end_turn();
    host.rest();
    host.advance(6 * GRACE);
    host.rest();
    host.lane.end_activity(a);
    host.lane.end_turn();
    host.advance(GRACE / 2);
    host.rest();
    host.expect(&["reply 1"]);
    host.lane.begin_activity(a);
    host.lane.end_activity(a);
    host.lane.end_turn();
    host.advance(GRACE / 2);
    host.rest();
    assert_eq!(host.lane.activation_count(), 1, "used again meanwhile");
    host.advance(GRACE / 2);
    host.rest();
    host.expect(&["evict a"]);
    assert_eq!(host.lane.activation_count(), 0);
}

#[test]
fn an_object_that_is_looked_at_later_does_not_hide_one_that_is_due() {
    let mut host = Host::new();
    for object in ['a', 'b'] {
        let (_, call) = host.start(object);
        host.lane.reply(call);
        host.lane.end_turn();
        host.rest();
    }
    let activation = host.activation('a');
    host.lane.begin_background(activation, Background::Timer);
    host.advance(GRACE / 2);
    host.rest();
    let b = host.activation('b');
    host.lane.begin_activity(b);
    host.lane.end_activity(b);
    host.take_log();
    host.advance(GRACE / 2);
    host.rest();
    host.advance(GRACE / 2);
    host.rest();
    host.expect(&["evict b"]);
}

#[test]
fn a_caller_and_what_holds_its_section_are_active() {
    let mut host = Host::new();
    let (a, to_a) = host.start('a');
    let (_, to_b) = host.start('b');
    let from_a = host.within('a');
    let call = host.call(from_a, 'b');
    host.lane.reply(to_a);
    host.lane.reply(to_b);
    host.lane.end_turn();
    host.rest();
    host.advance(6 * GRACE);
    host.rest();
    host.expect(&["deliver b 3", "reply 1", "reply 2"]);
    host.lane.open_section(a, None).unwrap();
    host.lane.reply(call);
    host.lane.end_turn();
    host.rest();
    host.advance(GRACE);
    host.rest();
    host.expect(&["section a 1", "evict b"]);
}

#[test]
fn a_reset_drops_the_turn_and_fails_all_who_wait() {
    let mut host = Host::new();
    let (_, open) = host.start('a');
    let queued = host.call(ENTRY, 'a');
    assert_eq!((open, queued), (1, 2));
    host.put('a', "key", "lost");
    host.reset('a', "on purpose");
    host.lane.end_turn();
    host.rest();
    host.expect(&["reset a: on purpose", "reply 1: on purpose", "reply 2: on purpose"]);
    host.start('a');
    assert_eq!(host.get('a', "key"), None);
}

#[test]
fn what_was_committed_before_a_reset_stays() {
    let mut host = Host::new();
    host.start('a');
    host.put('a', "key", "kept");
    host.lane.end_turn();
    host.put('a', "key", "lost");
    host.reset('a', "on purpose");
    host.rest();
    host.start('a');
    assert_eq!(host.get('a', "key").as_deref(), Some("kept"));
}

#[test]
fn stubs_used_before_a_reset_fail_for_good_each_with_its_own_reset() {
    let mut host = Host::new();
    let (_, first) = host.start('a');
    host.reset('a', "first time");
    host.rest();
    let (_, second) = host.start('a');
    host.reset('a', "second time");
    host.rest();
    host.start('a');
    let broken = |message| Err(CallRefused::Broken(ResetReason::error(message)));
    assert_eq!(host.call_again('a', first), broken("first time"));
    assert_eq!(host.call_again('a', second), broken("second time"));
    assert!(host.call_again('a', 3).is_ok());
}

#[test]
fn resets_of_very_many_objects_are_forgotten_the_oldest_first() {
    let mut host = Host::new();
    let object = |n: u64| Target { id: number(n), ..target('a') };
    let last = u64::try_from(RESET_OBJECTS_REMEMBERED_MAX).unwrap();
    for n in 0..=last {
        let call = host.lane.call(ENTRY, object(n), 0, None).unwrap();
        host.lane.reset(ActivationNo(call), ResetReason::error("on purpose"));
    }
    assert!(host.lane.call(ENTRY, object(0), 0, Some(1)).is_ok());
    assert!(host.lane.call(ENTRY, object(1), 0, Some(1)).is_err());
    assert!(host.lane.call(ENTRY, object(last), 0, Some(1)).is_err());
}

#[test]
fn an_abort_in_the_constructor_fails_the_events_and_the_next_one_constructs_again() {
    let mut host = Host::new();
    host.call(ENTRY, 'a');
    host.turn_with(|host| host.reset('a', "not ready"));
    host.rest();
    host.call(ENTRY, 'a');
    host.rest();
    host.expect(&["construct a", "reset a: not ready", "reply 1: not ready", "construct a", "deliver a 2"]);
}

#[test]
fn a_store_that_does_not_open_fails_the_events() {
    let mut host = Host::new();
    host.engine.fail("the disk is gone");
    host.call(ENTRY, 'a');
    host.rest();
    let steps = host.take_log();
    assert_eq!(steps.len(), 2, "{steps:?}");
    assert!(steps[0].starts_with("reset ?: ") && steps[0].ends_with("the disk is gone"), "{steps:?}");
    assert!(steps[1].starts_with("reply 1: ") && steps[1].ends_with("the disk is gone"), "{steps:?}");
}

#[test]
fn a_commit_that_fails_resets_the_object_and_nobody_gets_its_answer() {
    let mut host = Host::new();
    let (_, call) = host.start('a');
    host.engine.fail("the disk is gone");
    host.put('a', "key", "lost");
    let of_a = host.within('a');
    host.output(of_a, "output");
    host.lane.reply(call);
    host.lane.end_turn();
    host.rest();
    let steps = host.take_log();
    assert_eq!(steps.len(), 3, "{steps:?}");
    assert_eq!(steps[0], "output refused");
    assert!(steps[1].starts_with("reset a: ") && steps[1].ends_with("the disk is gone"), "{steps:?}");
    assert!(steps[2].starts_with("reply 1: ") && steps[2].ends_with("the disk is gone"), "{steps:?}");
}

#[test]
fn a_lane_that_ended_refuses_calls_and_gives_back_what_it_had_not_begun() {
    let mut host = Host::new();
    host.start('a');
    host.lane.mailbox().send("seen").unwrap();
    host.lane.receive();
    host.lane.mailbox().send("arrived").unwrap();
    assert_eq!(host.lane.close(), ["seen", "arrived"]);
    assert_eq!(host.lane.mailbox().send("late"), Err("late"));
    assert_eq!(host.lane.call(ENTRY, target('a'), 0, None), Err(CallRefused::CodeReplaced));
    host.rest();
    let text = "Durable Object reset because its code was updated.";
    host.expect(&[&format!("reset a: {text}"), &format!("reply 1: {text}")]);
    assert_eq!(host.lane.activation_count(), 0);
}

#[test]
fn a_lane_that_ended_within_a_turn_drops_it() {
    let mut host = Host::new();
    host.start('a');
    host.put('a', "key", "half of it");
    host.lane.close();
    host.next_lane();
    host.start('a');
    assert_eq!(host.get('a', "key"), None);
}

#[test]
fn a_lane_whose_place_was_taken_commits_nothing_more() {
    let mut host = Host::new();
    host.start('a');
    host.put('a', "key", "too late");
    host.lane.mailbox().close();
    host.lane.end_turn();
    host.rest();
    host.take_log();
    host.next_lane();
    host.start('a');
    assert_eq!(host.get('a', "key"), None);
}

#[test]
fn waits_for_durability_outlive_the_objects_of_a_lane() {
    let mut host = Host::new();
    let (_, call) = host.start('a');
    host.put('a', "key", "value");
    host.lane.reply(call);
    host.lane.end_turn();
    host.rest();
    assert!(!host.lane.output_wait(ENTRY, 7));
    host.lane.close();
    assert!(host.lane.is_awaited());
    host.make_durable();
    host.rest();
    assert!(!host.lane.is_awaited());
    let text = "Durable Object reset because its code was updated.";
    host.expect(&["reply 1", &format!("reset a: {text}"), "resume 7"]);
}

#[test]
fn a_database_that_is_not_used_is_closed_before_its_object_is_evicted() {
    let mut host = Host::new();
    let (a, call) = host.start('a');
    host.lane.begin_activity(a);
    let run = |host: &mut Host, sql: &str| {
        let ran =
            host.lane.with_store(a, |store| store.sql_exec(sql, &[]).and_then(|cursor| Ok(cursor.rows()?)));
        let rows = ran.expect("the object lives").expect("the statement is right");
        host.lane.end_turn();
        rows.len()
    };
    let is_open =
        |host: &mut Host| host.lane.with_store(a, |store| store.sql_is_open()).expect("the object lives");
    run(&mut host, "create table t(a); insert into t values (1)");
    host.advance(SQL_IDLE_RELEASE / 2);
    host.rest();
    run(&mut host, "select * from t");
    host.advance(SQL_IDLE_RELEASE / 2);
    host.rest();
    assert!(is_open(&mut host), "used again meanwhile");
    host.advance(SQL_IDLE_RELEASE);
    host.rest();
    assert!(!is_open(&mut host));
    assert_eq!(run(&mut host, "select * from t"), 1);
    assert!(is_open(&mut host));
    host.lane.reply(call);
    host.lane.end_turn();
    host.advance(SQL_IDLE_RELEASE);
    host.rest();
    assert!(!is_open(&mut host), "it is looked at again after each use");
    host.expect(&["reply 1"]);
}
