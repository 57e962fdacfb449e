//! Transactions: sections whose writes are one unit, and whose failure resets nothing.

use super::*;
use crate::storage::TransactionEnd::{Commit, RollBack};

fn inside(activation: ActivationNo, section: SectionNo) -> Context {
    Context::Object { activation, section: Some(section) }
}

#[test]
fn a_transaction_begins_after_the_turn_before_it_has_committed() {
    let mut host = Host::new();
    let (a, _) = host.start('a');
    host.put('a', "before", "1");
    let section = host.lane.open_transaction(a, None).unwrap();
    host.lane.end_turn();
    host.turn_with(|host| host.put('a', "inside", "2"));
    host.expect(&["section a 1"]);
    host.reset('a', "on purpose");
    host.call(ENTRY, 'a');
    host.rest();
    assert_eq!(host.get('a', "before").as_deref(), Some("1"));
    assert_eq!(host.get('a', "inside"), None, "a reset drops the open transaction");
    assert!(!host.lane.end_transaction(a, section, Commit));
    host.lane.end_turn();
    assert_eq!(host.get('a', "inside"), None, "it was the transaction of an activation that is gone");
}

#[test]
fn events_wait_for_it_and_read_what_it_committed() {
    let mut host = Host::new();
    let (a, _) = host.start('a');
    let section = host.lane.open_transaction(a, None).unwrap();
    host.lane.end_turn();
    host.turn_with(|host| host.put('a', "n", "1"));
    let second = host.call(ENTRY, 'a');
    host.rest();
    host.expect(&["section a 1"]);
    assert!(host.lane.end_transaction(a, section, Commit));
    host.lane.end_turn();
    host.turn_with(|host| {
        assert_eq!(host.get('a', "n").as_deref(), Some("1"));
        host.lane.reply(second);
    });
    host.rest();
    host.expect(&["deliver a 2", "reply 2"]);
}

#[test]
fn a_failed_one_undoes_its_writes_and_the_object_lives_on() {
    let mut host = Host::new();
    let (a, call) = host.start('a');
    let section = host.lane.open_transaction(a, None).unwrap();
    host.lane.end_turn();
    host.turn_with(|host| host.put('a', "n", "1"));
    host.lane.resume(inside(a, section), 7);
    host.turn_with(|host| {
        host.put('a', "m", "2");
        assert!(host.lane.end_transaction(a, section, RollBack));
        host.put('a', "after", "3");
    });
    host.lane.reply(call);
    host.lane.end_turn();
    host.rest();
    host.expect(&["section a 1", "resume 7", "reply 1"]);
    assert_eq!((host.get('a', "n"), host.get('a', "m")), (None, None));
    assert_eq!(host.activation('a'), a);
    assert!(host.lane.evict_idle(a));
    host.start('a');
    assert_eq!(host.get('a', "after").as_deref(), Some("3"));
}

#[test]
fn nothing_is_submitted_before_the_outermost_ends() {
    let mut host = Host::new();
    let (a, _) = host.start('a');
    let outer = host.lane.open_transaction(a, None).unwrap();
    host.lane.end_turn();
    host.turn_with(|host| {
        host.put('a', "outer", "1");
        host.lane.open_transaction(a, Some(outer)).unwrap();
    });
    let inner = SectionNo(2);
    host.turn_with(|host| host.put('a', "inner", "2"));
    assert!(host.lane.end_transaction(a, inner, Commit));
    host.lane.end_turn();
    assert!(host.lane.sync_wait(inside(a, outer), 9), "nothing was submitted that could be awaited");
    assert!(host.lane.end_transaction(a, outer, Commit));
    assert!(!host.lane.sync_wait(inside(a, outer), 9), "now it was");
    host.lane.end_turn();
    host.make_durable();
    host.rest();
    host.expect(&["section a 1", "section a 2", "resume 9"]);
}

#[test]
fn outputs_inside_leave_and_those_after_its_end_wait_for_it() {
    let mut host = Host::new();
    let (a, _) = host.start('a');
    host.put('a', "before", "1");
    let section = host.lane.open_transaction(a, None).unwrap();
    host.lane.end_turn();
    host.turn_with(|host| {
        host.put('a', "inside", "1");
        host.output(inside(a, section), "request inside");
    });
    host.expect(&["section a 1"]);
    host.make_durable();
    host.expect(&["request inside left"]);
    assert!(host.lane.end_transaction(a, section, Commit));
    let context = host.within('a');
    host.output(context, "answer");
    host.lane.end_turn();
    host.expect(&[]);
    host.make_durable();
    host.expect(&["answer left"]);
}

#[test]
fn transactions_and_sections_nest_to_sixty_four_levels() {
    let mut host = Host::new();
    let (a, _) = host.start('a');
    let mut parent = None;
    for level in 0..64 {
        let opened = match level % 2 {
            0 => host.lane.open_transaction(a, parent),
            _ => host.lane.open_section(a, parent),
        };
        parent = Some(opened.unwrap());
        host.lane.end_turn();
        host.turn();
    }
    let refusal = host.lane.open_transaction(a, parent).unwrap_err();
    assert_eq!(refusal, "blockConcurrencyWhile() calls are nested too deeply.");
}

#[test]
fn one_that_lasts_thirty_seconds_resets_the_object() {
    let mut host = Host::new();
    let (a, _) = host.start('a');
    let section = host.lane.open_transaction(a, None).unwrap();
    host.turn_with(|host| host.put('a', "n", "1"));
    host.advance(30 * SECOND);
    host.rest();
    let text = "A call to blockConcurrencyWhile() in a Durable Object waited for too long. \
                The call was canceled and the Durable Object was reset. (overloaded)";
    host.expect(&["section a 1", &format!("reset a: {text}"), &format!("reply 1: {text}")]);
    assert!(!host.lane.end_transaction(a, section, Commit));
    host.start('a');
    assert_eq!(host.get('a', "n"), None);
}

#[test]
fn committing_around_one_that_runs_resets_the_object() {
    let mut host = Host::new();
    let (a, _) = host.start('a');
    let outer = host.lane.open_transaction(a, None).unwrap();
    host.turn_with(|host| {
        host.put('a', "n", "1");
        host.lane.open_transaction(a, Some(outer)).unwrap();
    });
    host.turn();
    assert!(!host.lane.end_transaction(a, outer, Commit));
    host.lane.end_turn();
    host.rest();
    let text = "Cannot commit an outer transaction while a nested transaction is still running.";
    let expected = ["section a 1", "section a 2", &format!("reset a: {text}"), &format!("reply 1: {text}")];
    host.expect(&expected);
}

#[test]
fn one_whose_parent_is_over_is_on_its_own() {
    let mut host = Host::new();
    let (a, _) = host.start('a');
    let outer = host.lane.open_transaction(a, None).unwrap();
    host.turn_with(|host| {
        host.put('a', "outer", "1");
        host.lane.open_transaction(a, Some(outer)).unwrap();
        assert!(host.lane.end_transaction(a, outer, RollBack));
    });
    host.turn_with(|host| host.put('a', "inner", "2"));
    assert!(host.lane.end_transaction(a, SectionNo(2), Commit));
    host.lane.end_turn();
    host.expect(&["section a 1", "section a 2"]);
    assert_eq!((host.get('a', "outer"), host.get('a', "inner").as_deref()), (None, Some("2")));
}

#[test]
fn rolled_back_early_it_holds_the_gate_but_no_writes() {
    let mut host = Host::new();
    let (a, _) = host.start('a');
    let section = host.lane.open_transaction(a, None).unwrap();
    host.turn_with(|host| {
        host.put('a', "undone", "1");
        host.lane.roll_back_transaction(a, section).unwrap();
        host.lane.roll_back_transaction(a, section).unwrap();
        host.put('a', "kept", "2");
    });
    host.call(ENTRY, 'a');
    host.rest();
    host.expect(&["section a 1"]);
    assert!(host.lane.end_transaction(a, section, RollBack));
    host.lane.end_turn();
    host.rest();
    host.expect(&["deliver a 2"]);
    assert_eq!((host.get('a', "undone"), host.get('a', "kept").as_deref()), (None, Some("2")));
}

#[test]
fn a_failed_engine_resets_the_object_at_its_end() {
    let mut host = Host::new();
    let (a, _) = host.start('a');
    let section = host.lane.open_transaction(a, None).unwrap();
    host.turn_with(|host| host.put('a', "n", "1"));
    host.take_log();
    host.engine.fail("the disk is full");
    assert!(!host.lane.end_transaction(a, section, Commit));
    host.lane.end_turn();
    host.rest();
    let text = "storage can no longer be written: the disk is full";
    host.expect(&[&format!("reset a: {text}"), &format!("reply 1: {text}")]);
}
