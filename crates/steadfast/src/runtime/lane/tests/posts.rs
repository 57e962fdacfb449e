//! What goes to other lanes: when it leaves, and what it depends on.

use super::*;

/// Posts something as the context's doing that says what it depends on.
fn post(host: &mut Host, context: Context, name: &'static str) {
    let log = host.log.clone();
    let post = move |position: Position| log.lock().unwrap().push(format!("{name} at {}", position.0));
    host.lane.post(context, Box::new(post));
}

#[test]
fn a_post_leaves_when_its_turn_is_submitted_and_says_what_it_depends_on() {
    let mut host = Host::new();
    host.start('a');
    host.call(ENTRY, 'a');
    host.turn_with(|host| {
        post(host, host.within('a'), "first");
        post(host, host.within('a'), "second");
        host.put('a', "k", "v");
        host.note("the turn ends");
    });
    assert_eq!(host.take_log(), ["deliver a 2", "the turn ends", "first at 1", "second at 1"]);
}

#[test]
fn what_an_object_posts_in_the_turn_that_resets_it_never_leaves() {
    let mut host = Host::new();
    let (activation, _) = host.start('a');
    host.call(ENTRY, 'a');
    host.turn_with(|host| {
        post(host, host.within('a'), "lost");
        host.lane.reset(activation, ResetReason::error("aborted"));
        post(host, Context::Object { activation, section: None }, "too late");
    });
    assert!(!host.take_log().iter().any(|line| line.contains(" at ")));
}

#[test]
fn what_arrives_makes_the_entry_depend_on_it() {
    let mut host = Host::new();
    host.lane.arrive(Position(7));
    post(&mut host, ENTRY, "answer");
    host.lane.end_turn();
    assert_eq!(host.take_log(), ["answer at 7"]);
}

#[test]
fn stubs_are_broken_by_resets_on_other_lanes_too() {
    let mut host = Host::new();
    let elsewhere = host.lane.runtime().next_call();
    let (activation, first) = host.start('a');
    assert!(first > elsewhere, "calls are numbered in one order");
    host.lane.reset(activation, ResetReason::error("aborted"));
    assert!(host.call_again('a', elsewhere).is_err(), "a stub that another lane had used");
    let later = host.lane.runtime().next_call();
    assert!(host.call_again('a', later).is_ok(), "a stub first used after the reset");
}
