//! Facets: called by their parent, ended with it, deleted and copied as a whole.

use super::*;

impl Host {
    /// A call of the object's to one of its facets, delivered and answered; its activation.
    fn reach(
        &mut self,
        parent: ActivationNo,
        name: &str,
        code: impl FnOnce(&mut Self, ActivationNo),
    ) -> ActivationNo {
        let caller = Context::Object { activation: parent, section: None };
        let call = self.lane.call_facet(caller, parent, name, 0, None).expect("nothing refuses it");
        let mut code = Some(code);
        loop {
            self.lane.receive();
            let step = self.lane.next().expect("the call is not over");
            let mut answered = None;
            match step {
                Step::Construct { activation, parent: of, .. } => {
                    assert_eq!(of, Some(parent));
                    self.lane.constructed(activation);
                }
                Step::Deliver { activation, call: delivered } if delivered == call => {
                    code.take().expect("it is delivered once")(self, activation);
                    self.lane.reply(call);
                    answered = Some(activation);
                }
                _ => {}
            }
            self.lane.end_turn();
            if let Some(activation) = answered {
                self.rest();
                self.take_log();
                return activation;
            }
        }
    }

    fn store(&mut self, activation: ActivationNo, value: &'static str) {
        let put = |store: &mut crate::storage::Store| {
            store.put(Key::from("key"), Value::from(value), WriteOptions::default())
        };
        self.lane.with_store(activation, put).expect("it lives").expect("the value is small");
    }

    fn stored(&mut self, activation: ActivationNo) -> Option<String> {
        let found = self.lane.with_store(activation, |store| store.get(b"key"));
        let value = found.expect("it lives").expect("a healthy engine can be read");
        value.map(|value| String::from_utf8(value.to_vec()).expect("these tests store text"))
    }

    /// What the facet has stored, told by itself.
    fn told_by(&mut self, parent: ActivationNo, name: &str) -> Option<String> {
        let mut told = None;
        self.reach(parent, name, |host, facet| told = host.stored(facet));
        told
    }

    /// A parent with a facet that has one too, each with something stored.
    fn family(&mut self) -> (ActivationNo, ActivationNo, ActivationNo) {
        let (parent, _) = self.start('a');
        let child = self.reach(parent, "child", |host, facet| host.store(facet, "of the child"));
        let grandchild = self.reach(child, "child", |host, facet| host.store(facet, "of the grandchild"));
        (parent, child, grandchild)
    }
}

#[test]
fn a_facet_has_data_of_its_own_and_is_constructed_once() {
    let mut host = Host::new();
    let (parent, child, grandchild) = host.family();
    assert_eq!(host.get('a', "key"), None);
    assert_eq!(host.reach(parent, "child", |_, _| ()), child);
    assert_eq!(host.reach(child, "child", |_, _| ()), grandchild);
    assert_eq!(host.told_by(parent, "child").as_deref(), Some("of the child"));
    assert_eq!(host.told_by(child, "child").as_deref(), Some("of the grandchild"));
    assert_eq!(host.told_by(parent, "other"), None);
}

#[test]
fn facets_end_with_their_parent_and_come_back_with_what_they_stored() {
    let mut host = Host::new();
    let (_, child, grandchild) = host.family();
    host.reset('a', "on purpose");
    host.rest();
    for facet in [child, grandchild] {
        assert_eq!(host.lane.parent(facet), None);
    }
    assert_eq!(host.lane.activation_count(), 0);
    let (parent, _) = host.start('a');
    let again = host.reach(parent, "child", |_, _| ());
    assert_ne!(again, child);
    assert_eq!(host.told_by(parent, "child").as_deref(), Some("of the child"));
    assert_eq!(host.told_by(again, "child").as_deref(), Some("of the grandchild"));
}

#[test]
fn what_keeps_a_facet_keeps_its_parent_and_idle_they_leave_together() {
    let mut host = Host::new();
    let (_, call) = host.start('a');
    let parent = host.activation('a');
    let child = host.reach(parent, "child", |_, _| ());
    host.lane.reply(call);
    host.lane.end_turn();
    host.lane.begin_activity(child);
    host.make_durable();
    host.advance(60 * SECOND);
    host.rest();
    assert_eq!(host.lane.activation_count(), 2);
    host.lane.end_activity(child);
    host.lane.end_turn();
    host.advance(9 * SECOND);
    host.rest();
    assert_eq!(host.lane.activation_count(), 2);
    host.advance(SECOND);
    host.rest();
    assert_eq!(host.lane.activation_count(), 0);
}

#[test]
fn a_facet_that_is_gone_keeps_its_parent_no_longer() {
    let mut host = Host::new();
    let (parent, call) = host.start('a');
    let child = host.reach(parent, "child", |_, _| ());
    host.lane.reply(call);
    host.lane.end_turn();
    host.lane.begin_activity(child);
    host.lane.abort_facet(parent, "child", &ResetReason::error("on purpose"));
    host.make_durable();
    host.rest();
    host.advance(10 * SECOND);
    host.rest();
    assert_eq!(host.lane.activation_count(), 0);
}

#[test]
fn an_aborted_facet_keeps_its_data_and_a_deleted_one_starts_empty() {
    let mut host = Host::new();
    let (parent, child, _) = host.family();
    host.lane.abort_facet(parent, "child", &ResetReason::error("on purpose"));
    let again = host.reach(parent, "child", |_, _| ());
    assert_ne!(again, child);
    assert_eq!(host.told_by(parent, "child").as_deref(), Some("of the child"));
    host.lane.delete_facet(parent, "child").unwrap();
    host.lane.delete_facet(parent, "never was").unwrap();
    assert_eq!(host.told_by(parent, "child"), None);
    let child = host.reach(parent, "child", |_, _| ());
    assert_eq!(host.told_by(child, "child"), None, "those below are deleted too");
}

#[test]
fn a_deletion_and_a_copy_hold_the_outputs_of_the_parent() {
    let mut host = Host::new();
    let (parent, ..) = host.family();
    host.make_durable();
    let of_parent = Context::Object { activation: parent, section: None };
    host.lane.clone_facet(parent, "child", "copy").unwrap();
    host.output(of_parent, "copied");
    host.lane.end_turn();
    host.expect(&[]);
    host.make_durable();
    host.expect(&["copied left"]);
    host.lane.delete_facet(parent, "child").unwrap();
    host.output(of_parent, "deleted");
    host.lane.end_turn();
    host.take_log();
    host.make_durable();
    assert!(host.take_log().contains(&"deleted left".to_owned()));
}

#[test]
fn a_copy_takes_the_place_of_what_was_there_and_leaves_the_original_alone() {
    let mut host = Host::new();
    let (parent, child, _) = host.family();
    let place = host.reach(parent, "copy", |host, facet| host.store(facet, "old"));
    host.reach(place, "only here", |host, facet| host.store(facet, "old"));
    host.store(child, "of the turn that is open");
    host.lane.clone_facet(parent, "child", "copy").unwrap();
    let copy = host.reach(parent, "copy", |_, _| ());
    assert_ne!(copy, place);
    assert_eq!(host.told_by(parent, "copy").as_deref(), Some("of the turn that is open"));
    assert_eq!(host.told_by(copy, "child").as_deref(), Some("of the grandchild"));
    assert_eq!(host.told_by(copy, "only here"), None);
    host.reach(parent, "copy", |host, facet| host.store(facet, "changed"));
    assert_eq!(host.told_by(parent, "child").as_deref(), Some("of the turn that is open"));
}

#[test]
fn all_facets_of_an_object_are_deleted_at_once() {
    let mut host = Host::new();
    let (parent, child, _) = host.family();
    host.reach(parent, "second", |host, facet| host.store(facet, "of the second"));
    host.lane.delete_facets(parent).unwrap();
    assert_eq!(host.lane.parent(child), None);
    assert_eq!(host.told_by(parent, "child"), None);
    assert_eq!(host.told_by(parent, "second"), None);
}

#[test]
fn nobody_reaches_a_facet_of_an_activation_that_has_ended() {
    let mut host = Host::new();
    let (parent, ..) = host.family();
    host.reset('a', "on purpose");
    let refused = host.lane.call_facet(ENTRY, parent, "child", 0, None);
    assert_eq!(refused, Err(CallRefused::CallerGone));
}
