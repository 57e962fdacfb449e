//! What may leave, and when.

use super::*;

/// A call to `object` that writes and is answered.
fn write(host: &mut Host, object: char) {
    let call = host.call(ENTRY, object);
    host.rest();
    host.put(object, "key", "value");
    host.lane.reply(call);
    host.lane.end_turn();
}

#[test]
fn an_output_waits_for_the_writes_of_its_turn() {
    let mut host = Host::new();
    host.start('a');
    let of_a = host.within('a');
    host.output(of_a, "before");
    host.lane.end_turn();
    host.output(of_a, "with");
    host.put('a', "key", "value");
    host.lane.end_turn();
    host.output(of_a, "after");
    host.lane.end_turn();
    host.expect(&["before left"]);
    host.make_durable();
    host.expect(&["with left", "after left"]);
}

#[test]
fn an_unconfirmed_write_holds_no_output_but_sync_waits_for_it() {
    let mut host = Host::new();
    let (a, _) = host.start('a');
    let of_a = host.within('a');
    host.lane.with_store(a, |store| {
        let options = WriteOptions { allow_unconfirmed: true };
        store.put(Key::from("key"), Value::from("value"), options).unwrap();
    });
    host.output(of_a, "output");
    assert!(!host.lane.sync_wait(of_a, 7));
    host.lane.end_turn();
    host.rest();
    host.expect(&["output left"]);
    host.make_durable();
    host.rest();
    host.expect(&["resume 7"]);
    assert!(host.lane.sync_wait(of_a, 8));
}

#[test]
fn a_reply_lets_its_caller_wait_for_what_the_callee_wrote() {
    let mut host = Host::new();
    host.output(ENTRY, "before");
    write(&mut host, 'a');
    host.output(ENTRY, "not told yet");
    host.turn_with(|host| host.output(ENTRY, "told"));
    host.expect(&["before left", "construct a", "deliver a 1", "not told yet left", "reply 1"]);
    host.make_durable();
    host.expect(&["told left"]);
}

#[test]
fn what_was_written_two_calls_away_is_waited_for() {
    let mut host = Host::new();
    let (_, to_a) = host.start('a');
    let of_a = host.within('a');
    let (_, to_b) = host.start('b');
    let of_b = host.within('b');
    host.lane.reply(to_b);
    let first = host.call(of_a, 'b');
    let second = host.call(of_b, 'c');
    host.rest();
    host.put('c', "key", "value");
    host.lane.reply(second);
    host.lane.end_turn();
    host.turn_with(|host| host.lane.reply(first));
    host.turn_with(|host| {
        host.output(of_a, "of the middle");
        host.lane.reply(to_a);
    });
    host.turn_with(|host| host.output(ENTRY, "of the entry"));
    host.expect(&["deliver b 3", "construct c", "deliver c 4", "reply 2", "reply 4", "reply 3", "reply 1"]);
    host.make_durable();
    host.expect(&["of the middle left", "of the entry left"]);
}

#[test]
fn a_call_tells_its_callee_what_the_caller_had_written_by_the_end_of_the_turn() {
    let mut host = Host::new();
    host.start('a');
    host.start('b');
    let (of_a, of_b) = (host.within('a'), host.within('b'));
    host.call(of_a, 'b');
    host.put('a', "key", "value");
    host.lane.end_turn();
    host.turn_with(|host| host.output(of_b, "output"));
    host.expect(&["deliver b 3"]);
    host.make_durable();
    host.expect(&["output left"]);
}

#[test]
fn what_crosses_lets_its_receiver_wait_for_what_the_sender_wrote() {
    let mut host = Host::new();
    host.start('a');
    let of_a = host.within('a');
    host.put('a', "key", "value");
    host.lane.cross(of_a, ENTRY, 7);
    host.lane.end_turn();
    host.output(ENTRY, "before");
    host.turn_with(|host| host.output(ENTRY, "after"));
    host.expect(&["before left", "resume 7"]);
    host.make_durable();
    host.expect(&["after left"]);
}

#[test]
fn outputs_of_a_dropped_turn_and_of_a_dead_activation_are_refused() {
    let mut host = Host::new();
    host.start('a');
    let of_a = host.within('a');
    host.put('a', "key", "value");
    host.output(of_a, "of the turn");
    assert!(!host.lane.output_wait(of_a, 7));
    host.reset('a', "on purpose");
    host.output(of_a, "of the dead");
    assert!(!host.lane.output_wait(of_a, 8), "the dead wait for ever");
    host.lane.end_turn();
    host.rest();
    host.make_durable();
    host.rest();
    host.expect(&[
        "of the turn refused",
        "of the dead refused",
        "reset a: on purpose",
        "reply 1: on purpose",
    ]);
}

#[test]
fn outputs_of_earlier_turns_leave_although_their_object_was_reset() {
    let mut host = Host::new();
    host.start('a');
    let of_a = host.within('a');
    host.put('a', "key", "value");
    host.output(of_a, "output");
    host.lane.end_turn();
    host.reset('a', "on purpose");
    host.rest();
    host.make_durable();
    host.expect(&["reset a: on purpose", "reply 1: on purpose", "output left"]);
}

#[test]
fn a_wait_goes_ahead_at_once_when_nothing_is_undurable() {
    let mut host = Host::new();
    host.start('a');
    let of_a = host.within('a');
    assert!(host.lane.output_wait(of_a, 7));
    host.put('a', "key", "value");
    assert!(!host.lane.output_wait(of_a, 8), "within the turn that writes");
    host.lane.end_turn();
    assert!(!host.lane.output_wait(of_a, 9), "after it");
    host.lane.end_turn();
    host.make_durable();
    host.rest();
    host.expect(&["resume 8", "resume 9"]);
}

#[test]
fn who_comes_back_waits_for_what_was_written_before_the_eviction() {
    let mut host = Host::new();
    write(&mut host, 'a');
    host.rest();
    host.advance(10 * SECOND);
    host.rest();
    let (a, _) = host.start('a');
    assert_eq!(host.get('a', "key").as_deref(), Some("value"));
    let of_a = Context::Object { activation: a, section: None };
    host.output(of_a, "output");
    host.lane.end_turn();
    host.expect(&[]);
    host.make_durable();
    host.expect(&["output left"]);
}

#[test]
fn the_next_lane_waits_for_what_the_one_before_wrote() {
    let mut host = Host::new();
    write(&mut host, 'a');
    host.lane.close();
    host.next_lane();
    let (_, call) = host.start('a');
    assert_eq!(host.get('a', "key").as_deref(), Some("value"));
    host.lane.reply(call);
    host.lane.end_turn();
    host.turn_with(|host| host.output(ENTRY, "output"));
    host.expect(&["reply 2"]);
    host.make_durable();
    host.expect(&["output left"]);
}

#[test]
fn when_the_engine_fails_nothing_undurable_leaves_and_nothing_waits() {
    let mut host = Host::new();
    host.start('a');
    let of_a = host.within('a');
    host.put('a', "key", "value");
    host.output(of_a, "output");
    host.lane.end_turn();
    assert!(!host.lane.output_wait(of_a, 7));
    assert!(!host.lane.sync_wait(of_a, 8));
    host.lane.end_turn();
    host.engine.fail("the disk is gone");
    host.rest();
    host.output(of_a, "late");
    host.lane.end_turn();
    host.expect(&[
        "output refused",
        "resume 8: the disk is gone",
        "resume 7: the disk is gone",
        "late refused",
    ]);
}

#[test]
fn an_output_that_comes_while_others_leave_does_not_overtake_them() {
    let mut host = Host::new();
    write(&mut host, 'a');
    host.turn();
    host.take_log();
    let (runtime, log) = (host.lane.runtime().clone(), host.log.clone());
    let third = {
        let log = log.clone();
        move |_| log.lock().unwrap().push("third".to_owned())
    };
    let first = move |_| {
        log.lock().unwrap().push("first".to_owned());
        runtime.hold(Position::NONE, Box::new(third));
    };
    host.lane.output(ENTRY, Box::new(first));
    host.output(ENTRY, "second");
    host.make_durable();
    host.expect(&["first", "second left", "third"]);
}
