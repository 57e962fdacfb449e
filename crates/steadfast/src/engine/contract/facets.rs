//! What is promised of facets.

use super::{Subject, create, id, identity, record, wait_until_durable};
use crate::engine::{CommitRecord, Engine, Identity, ObjectNo, facets_below, find_facet};

fn facet(engine: &dyn Engine, root: (&str, u8), parent: ObjectNo, name: &str) -> ObjectNo {
    let object = engine.allocate();
    let identity = Identity { facet: Some((parent, name.into())), ..identity(root.0, root.1) };
    engine
        .submit(CommitRecord { created: Some(identity), ..record(object, &[("k", Some(name))]) })
        .expect("a healthy engine takes records");
    object
}

/// Those of one root at any depth, pending or durable, and of no other.
pub fn facets_are_listed_with_their_root(subject: &dyn Subject) {
    let engine = subject.open();
    let [one, two, other] =
        [("a", 1), ("a", 2), ("b", 1)].map(|(namespace, n)| create(&*engine, namespace, n, &[]));
    let child = facet(&*engine, ("a", 1), one, "child");
    facet(&*engine, ("a", 2), two, "child");
    facet(&*engine, ("b", 1), other, "child");
    wait_until_durable(&*engine);
    subject.hold();
    let grandchild = facet(&*engine, ("a", 1), child, "child");
    let second = facet(&*engine, ("a", 1), one, "second");
    for _ in 0..2 {
        let facets = engine.facets("a", &id(1)).unwrap();
        let listed: Vec<_> = facets.iter().map(|each| (each.parent, &*each.name, each.header.no)).collect();
        assert_eq!(listed, [(one, "child", child), (child, "child", grandchild), (one, "second", second)]);
        assert_eq!(find_facet(&facets, child, "child").map(|found| found.header.no), Some(grandchild));
        assert_eq!(find_facet(&facets, child, "second"), None);
        let below: Vec<_> = facets_below(&facets, child).iter().map(|each| each.header.no).collect();
        assert_eq!(below, [grandchild]);
        assert_eq!(facets_below(&facets, one).len(), 3);
        subject.release();
        wait_until_durable(&*engine);
    }
    assert_eq!(engine.facets("a", &id(3)).unwrap(), []);
}
