//! Calls, replies and what crosses between objects.

use super::*;
use crate::limits::{ACTIVATION_QUEUE_EVENTS_MAX, CALL_DEPTH_MAX};

#[test]
fn each_turn_delivers_one_thing_and_the_constructor_goes_first() {
    let mut host = Host::new();
    host.call(ENTRY, 'a');
    host.call(ENTRY, 'a');
    host.call(ENTRY, 'b');
    host.rest();
    host.turn();
    host.expect(&["construct a", "deliver a 1", "deliver a 2", "construct b", "deliver b 3", "nothing"]);
}

#[test]
fn a_reply_is_handed_over_when_its_turn_has_ended() {
    let mut host = Host::new();
    let (_, call) = host.start('a');
    host.call(ENTRY, 'b');
    host.turn_with(|host| {
        host.lane.reply(call);
        assert!(host.lane.next().is_none(), "the turn has not ended");
    });
    host.rest();
    host.expect(&["construct b", "deliver b 2", "reply 1"]);
}

#[test]
fn two_replies_to_one_caller_come_in_turns_of_their_own() {
    let mut host = Host::new();
    host.start('a');
    let (_, to_b) = host.start('b');
    let from_a = host.within('a');
    let (first, second) = (host.call(from_a, 'b'), host.call(from_a, 'b'));
    host.turn();
    host.turn_with(|host| {
        host.lane.reply(first);
        host.lane.reply(second);
        host.lane.reply(to_b);
    });
    host.turn();
    host.turn();
    host.turn();
    host.expect(&["deliver b 3", "deliver b 4", "reply 3", "reply 4", "reply 2"]);
}

#[test]
fn a_message_of_the_hosts_is_a_turn_in_order_of_arrival() {
    let mut host = Host::new();
    host.call(ENTRY, 'a');
    host.lane.mailbox().send("one").unwrap();
    host.lane.mailbox().send("two").unwrap();
    host.rest();
    host.expect(&["construct a", "deliver a 1", "one", "two"]);
}

#[test]
fn calls_nest_to_a_bound() {
    let mut host = Host::new();
    let deepest = u32::try_from(CALL_DEPTH_MAX).unwrap() - 1;
    let call = host.lane.call(ENTRY, target('a'), deepest, None).unwrap();
    assert_eq!(host.lane.depth(call), deepest + 1);
    assert_eq!(host.lane.call(ENTRY, target('a'), deepest + 1, None), Err(CallRefused::TooDeep));
}

#[test]
fn a_full_queue_refuses_and_takes_more_when_it_drains() {
    let mut host = Host::new();
    for _ in 0..ACTIVATION_QUEUE_EVENTS_MAX {
        host.call(ENTRY, 'a');
    }
    assert_eq!(host.lane.call(ENTRY, target('a'), 0, None), Err(CallRefused::Overloaded));
    assert!(host.lane.call(ENTRY, target('b'), 0, None).is_ok(), "the bound is one object's");
    host.turn();
    host.turn_with(|host| host.lane.reply(1));
    assert!(host.lane.call(ENTRY, target('a'), 0, None).is_ok());
}

#[test]
fn a_call_that_was_not_delivered_is_taken_back_with_its_caller() {
    let mut host = Host::new();
    host.start('a');
    let (b, to_b) = host.start('b');
    let from_a = host.within('a');
    host.call(from_a, 'b');
    host.reset('a', "on purpose");
    host.lane.reply(to_b);
    host.lane.end_turn();
    host.rest();
    host.expect(&["reset a: on purpose", "reply 1: on purpose", "reply 2"]);
    assert!(host.lane.evict_idle(b), "nothing of the call is left in the callee");
}

#[test]
fn a_call_that_was_delivered_is_answered_to_nobody_when_its_caller_is_gone() {
    let mut host = Host::new();
    host.start('a');
    let (b, to_b) = host.start('b');
    let from_a = host.within('a');
    let call = host.call(from_a, 'b');
    host.turn_with(|host| host.lane.reply(to_b));
    host.reset('a', "on purpose");
    host.rest();
    host.lane.reply(call);
    host.lane.end_turn();
    host.rest();
    host.expect(&["deliver b 3", "reset a: on purpose", "reply 2", "reply 1: on purpose"]);
    assert!(host.lane.evict_idle(b));
}

#[test]
fn an_activation_that_has_ended_calls_nobody() {
    let mut host = Host::new();
    host.start('a');
    let from_a = host.within('a');
    host.reset('a', "on purpose");
    assert_eq!(host.lane.call(from_a, target('b'), 0, None), Err(CallRefused::CallerGone));
}

#[test]
fn what_crosses_arrives_after_the_turn_that_sent_it() {
    let mut host = Host::new();
    host.start('a');
    let from_a = host.within('a');
    host.lane.cross(from_a, ENTRY, 7);
    assert!(host.lane.next().is_none());
    host.lane.end_turn();
    host.turn();
    host.expect(&["resume 7"]);
}

#[test]
fn what_a_dropped_turn_sent_across_is_lost_and_its_receiver_is_told() {
    let mut host = Host::new();
    host.start('a');
    let from_a = host.within('a');
    host.lane.cross(from_a, ENTRY, 7);
    host.reset('a', "on purpose");
    host.lane.cross(from_a, ENTRY, 8);
    host.lane.end_turn();
    host.rest();
    host.expect(&[
        "reset a: on purpose",
        "resume 7: the object was reset before what it wrote was committed",
        "reply 1: on purpose",
        "resume 8: the object was reset before what it wrote was committed",
    ]);
}
