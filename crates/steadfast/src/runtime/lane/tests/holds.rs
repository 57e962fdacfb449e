//! Commits that take too long.

use super::*;

const TIMED_OUT: &str = "Durable Object storage operation exceeded timeout which caused object to be reset.";

/// A turn in which an object that runs writes.
fn write(host: &mut Host, object: char) {
    host.put(object, "key", "value");
    host.lane.end_turn();
}

/// The line about a reset, or about a call that failed with it.
fn late(what: &str) -> String {
    format!("{what}: {TIMED_OUT} (overloaded)")
}

#[test]
fn thirty_seconds_after_it_was_submitted_a_commit_resets_its_object() {
    let mut host = Host::new();
    let (_, call) = host.start('a');
    let of_a = host.within('a');
    host.output(of_a, "output");
    write(&mut host, 'a');
    host.advance(Duration::from_millis(29_999));
    host.rest();
    host.expect(&[]);
    host.advance(Duration::from_millis(1));
    host.rest();
    host.expect(&["output refused", &late("reset a"), &late(&format!("reply {call}"))]);
}

#[test]
fn stubs_in_use_at_the_time_are_broken_and_new_ones_reach_a_fresh_activation() {
    let mut host = Host::new();
    let (_, call) = host.start('a');
    write(&mut host, 'a');
    host.advance(30 * SECOND);
    host.rest();
    let Err(CallRefused::Broken(reason)) = host.call_again('a', call) else { panic!("it is broken") };
    assert!(reason.overloaded && &*reason.message == TIMED_OUT);
    host.take_log();
    host.call(ENTRY, 'a');
    host.rest();
    host.expect(&["construct a", "deliver a 2"]);
    assert_eq!(host.get('a', "key").as_deref(), Some("value"), "the commit stays submitted");
    let of_a = host.within('a');
    host.output(of_a, "of the fresh one");
    host.lane.end_turn();
    host.make_durable();
    host.expect(&["of the fresh one left"]);
}

#[test]
fn a_commit_that_is_durable_in_time_resets_nothing() {
    let mut host = Host::new();
    host.start('a');
    write(&mut host, 'a');
    host.advance(29 * SECOND);
    host.make_durable();
    host.advance(SECOND);
    host.rest();
    host.expect(&[]);
}

#[test]
fn each_commit_has_its_own_time() {
    let mut host = Host::new();
    host.start('a');
    host.start('b');
    write(&mut host, 'a');
    host.advance(20 * SECOND);
    write(&mut host, 'b');
    host.advance(10 * SECOND);
    host.rest();
    host.expect(&[&late("reset a"), &late("reply 1")]);
    host.advance(20 * SECOND);
    host.rest();
    host.expect(&[&late("reset b"), &late("reply 2")]);
}

#[test]
fn a_write_that_need_not_be_confirmed_resets_nothing() {
    let mut host = Host::new();
    let (a, _) = host.start('a');
    host.lane.with_store(a, |store| {
        let options = WriteOptions { allow_unconfirmed: true };
        store.put(Key::from("key"), Value::from("value"), options).unwrap();
    });
    host.lane.end_turn();
    host.advance(60 * SECOND);
    host.rest();
    host.expect(&[]);
}

#[test]
fn who_has_seen_the_write_waits_as_long_and_says_nothing() {
    let mut host = Host::new();
    host.start('b');
    let of_b = host.within('b');
    let call = host.call(of_b, 'a');
    host.rest();
    host.put('a', "key", "value");
    host.lane.reply(call);
    host.lane.end_turn();
    host.turn_with(|host| host.output(of_b, "of the other"));
    host.take_log();
    host.advance(30 * SECOND);
    host.rest();
    host.expect(&["of the other refused", &late("reset b"), &late("reset a"), &late("reply 1")]);
}

#[test]
fn what_the_entry_worker_has_to_say_is_refused() {
    let mut host = Host::new();
    let (_, call) = host.start('a');
    host.put('a', "key", "value");
    host.lane.reply(call);
    host.lane.end_turn();
    host.turn_with(|host| host.output(ENTRY, "response"));
    host.advance(30 * SECOND);
    host.rest();
    host.expect(&["reply 1", "response refused", &late("reset a")]);
}

#[test]
fn a_clock_moved_by_hand_waits_for_commits_under_way() {
    let mut host = Host::new();
    let (_, call) = host.start('a');
    write(&mut host, 'a');
    host.lane.reply(call);
    host.lane.end_turn();
    host.rest();
    assert_eq!(host.lane.rest(), Rest::Busy);
    host.make_durable();
    host.rest();
    assert_eq!(host.lane.rest(), Rest::Resting);
}

#[test]
fn a_failed_engine_is_not_told_as_a_timeout() {
    let mut host = Host::new();
    host.start('a');
    write(&mut host, 'a');
    host.engine.fail("the disk is gone");
    host.advance(60 * SECOND);
    host.rest();
    host.expect(&[]);
}
