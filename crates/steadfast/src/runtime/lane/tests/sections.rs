//! Critical sections: who waits for them, and in which order it goes on.

use super::*;

fn inside(activation: ActivationNo, section: SectionNo) -> Context {
    Context::Object { activation, section: Some(section) }
}

#[test]
fn sections_begin_in_order_before_events_and_keep_them_out() {
    let mut host = Host::new();
    let (a, call) = host.start('a');
    host.call(ENTRY, 'a');
    let first = host.lane.open_section(a, None).unwrap();
    let second = host.lane.open_section(a, None).unwrap();
    host.lane.reply(call);
    host.lane.end_turn();
    host.rest();
    host.expect(&["section a 1", "reply 1"]);
    host.lane.end_section(a, first);
    host.lane.end_turn();
    host.rest();
    host.expect(&["section a 2"]);
    host.lane.end_section(a, second);
    host.lane.end_turn();
    host.rest();
    host.expect(&["deliver a 2"]);
}

#[test]
fn replies_and_waits_of_the_section_enter_and_those_from_outside_do_not() {
    let mut host = Host::new();
    host.start('b');
    let (a, _) = host.start('a');
    let outer_context = host.within('a');
    let outer = host.call(outer_context, 'b');
    let section = host.lane.open_section(a, None).unwrap();
    host.lane.end_turn();
    host.turn();
    host.lane.resume(outer_context, 7);
    host.lane.resume(inside(a, section), 8);
    let inner = host.call(inside(a, section), 'b');
    host.lane.end_turn();
    host.turn_with(|host| host.lane.reply(outer));
    host.turn();
    host.turn_with(|host| host.lane.reply(inner));
    host.rest();
    host.expect(&["section a 1", "deliver b 3", "resume 8", "deliver b 4", "reply 4"]);
    host.lane.end_section(a, section);
    host.lane.end_turn();
    host.rest();
    host.expect(&["resume 7", "reply 3"]);
}

#[test]
fn a_nested_section_holds_the_gate_against_its_parent() {
    let mut host = Host::new();
    let (a, _) = host.start('a');
    let outer = host.lane.open_section(a, None).unwrap();
    host.turn_with(|host| {
        host.lane.open_section(a, Some(outer)).unwrap();
        host.lane.resume(inside(a, outer), 7);
    });
    host.rest();
    host.expect(&["section a 1", "section a 2"]);
    host.lane.end_section(a, SectionNo(2));
    host.lane.end_turn();
    host.rest();
    host.expect(&["resume 7"]);
}

#[test]
fn who_waited_goes_on_in_order_and_before_what_came_later() {
    let mut host = Host::new();
    let (a, _) = host.start('a');
    let section = host.lane.open_section(a, None).unwrap();
    host.turn();
    for _ in 0..3 {
        host.call(ENTRY, 'a');
    }
    host.rest();
    host.call(ENTRY, 'a');
    host.lane.end_section(a, section);
    host.lane.end_turn();
    host.rest();
    host.expect(&["section a 1", "deliver a 2", "deliver a 3", "deliver a 4", "deliver a 5"]);
}

#[test]
fn a_section_of_the_constructor_goes_before_the_first_event() {
    let mut host = Host::new();
    host.call(ENTRY, 'a');
    host.turn_with(|host| {
        let a = host.activation('a');
        host.lane.open_section(a, None).unwrap();
    });
    host.rest();
    host.expect(&["construct a", "section a 1"]);
    let a = host.activation('a');
    host.lane.end_section(a, SectionNo(1));
    host.lane.end_turn();
    host.rest();
    host.expect(&["deliver a 1"]);
}

#[test]
fn a_section_that_lasts_thirty_seconds_resets_the_object() {
    let mut host = Host::new();
    let (a, _) = host.start('a');
    host.lane.open_section(a, None).unwrap();
    host.call(ENTRY, 'a');
    host.rest();
    host.advance(30 * SECOND - Duration::from_millis(1));
    host.rest();
    host.expect(&["section a 1"]);
    host.advance(Duration::from_millis(1));
    host.rest();
    let text = "A call to blockConcurrencyWhile() in a Durable Object waited for too long. \
                The call was canceled and the Durable Object was reset. (overloaded)";
    host.expect(&[&format!("reset a: {text}"), &format!("reply 1: {text}"), &format!("reply 2: {text}")]);
}

#[test]
fn a_section_that_ended_in_time_resets_nothing() {
    let mut host = Host::new();
    let (a, _) = host.start('a');
    let section = host.lane.open_section(a, None).unwrap();
    host.turn();
    host.lane.end_section(a, section);
    host.lane.end_turn();
    host.advance(60 * SECOND);
    host.rest();
    host.expect(&["section a 1"]);
}

#[test]
fn a_section_of_an_activation_that_ended_never_begins() {
    let mut host = Host::new();
    let (a, _) = host.start('a');
    host.lane.open_section(a, None).unwrap();
    host.reset('a', "on purpose");
    host.rest();
    host.expect(&["reset a: on purpose", "reply 1: on purpose"]);
    assert!(host.lane.open_section(a, None).is_err());
    host.lane.end_section(a, SectionNo(1));
}
