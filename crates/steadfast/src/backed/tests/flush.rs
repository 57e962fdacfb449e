use super::*;

fn plan(delete_sets: &[(DeleteSetNo, &[&str])], puts: &[&str], late_deletes: &[&str]) -> Flush {
    Flush::Plan(FlushPlan {
        delete_sets: delete_sets.iter().map(|(no, names)| DeleteSet { no: *no, keys: keys(names) }).collect(),
        puts: keys(puts),
        late_deletes: keys(late_deletes),
    })
}

#[test]
fn nothing_written_is_nothing_to_flush() {
    let (mut store, mut overlay) = (BackedStore::new(), Overlay::new());
    store.put(&mut overlay, []);
    assert_eq!(store.delete(&mut overlay, []), Deleted { written: 0, set: None });
    assert_eq!(store.flush(&overlay), Flush::Nothing);
}

#[test]
fn writes_without_deletions_are_one_put_of_everything() {
    let (mut store, mut overlay) = (BackedStore::new(), Overlay::new());
    store.put(&mut overlay, keys(&["b", "a"]));
    store.put(&mut overlay, keys(&["b"]));
    assert_eq!(store.flush(&overlay), Flush::PutAll);
    let order: Vec<_> = overlay.iter().map(|(key, _)| key.clone()).collect();
    assert_eq!(order, keys(&["b", "a"]), "a key keeps its place");
    store.flushed(&mut overlay);
    assert!(overlay.is_empty());
    assert_eq!(store.flush(&overlay), Flush::Nothing);
}

#[test]
fn a_deletion_counts_what_is_written_and_leaves_the_unknown_to_the_backing() {
    let (mut store, mut overlay) = (BackedStore::new(), Overlay::new());
    store.put(&mut overlay, keys(&["a", "b"]));
    let first = store.delete(&mut overlay, keys(&["a", "x", "y", "x"]));
    assert_eq!(first, Deleted { written: 1, set: Some(1) });
    let second = store.delete(&mut overlay, keys(&["a", "x", "z"]));
    assert_eq!(second, Deleted { written: 0, set: Some(2) });
    assert_eq!(store.delete(&mut overlay, keys(&["z"])), Deleted { written: 0, set: None });
    store.put(&mut overlay, keys(&["y"]));
    assert_eq!(store.flush(&overlay), plan(&[(1, &["x", "y"]), (2, &["z"])], &["b", "y"], &["a"]));
}

#[test]
fn deleting_everything_counts_nothing() {
    let (mut store, mut overlay) = (BackedStore::new(), Overlay::new());
    store.put(&mut overlay, keys(&["a"]));
    store.delete_uncounted(&mut overlay, keys(&["a", "stored"]));
    assert_eq!(store.flush(&overlay), plan(&[], &[], &["a", "stored"]));
}

#[test]
fn a_flush_that_fails_is_done_again_without_counting() {
    let (mut store, mut overlay) = (BackedStore::new(), Overlay::new());
    store.put(&mut overlay, keys(&["a"]));
    store.delete(&mut overlay, keys(&["x"]));
    assert_eq!(store.flush(&overlay), plan(&[(1, &["x"])], &["a"], &[]));
    store.flush_failed();
    assert_eq!(store.flush(&overlay), plan(&[], &["a"], &["x"]));
    store.flushed(&mut overlay);
    assert_eq!(store.flush(&overlay), Flush::Nothing);
}

#[test]
fn what_is_written_during_a_flush_is_for_the_next() {
    let (mut store, mut overlay) = (BackedStore::new(), Overlay::new());
    store.put(&mut overlay, keys(&["a", "b", "c"]));
    assert_eq!(store.flush(&overlay), Flush::PutAll);
    store.put(&mut overlay, keys(&["b"]));
    store.delete(&mut overlay, keys(&["new"]));
    store.flushed(&mut overlay);
    assert_eq!(store.flush(&overlay), plan(&[(1, &["new"])], &["b"], &[]));
}

#[test]
fn a_flush_that_nobody_began_forgets_nothing() {
    let (mut store, mut overlay) = (BackedStore::new(), Overlay::new());
    store.put(&mut overlay, keys(&["a"]));
    store.flushed(&mut overlay);
    assert_eq!(overlay.known(b"a"), Some(Known::Written));
}

#[test]
fn a_set_is_flushed_though_its_keys_were_forgotten_by_hand() {
    let (mut store, mut overlay) = (BackedStore::new(), Overlay::new());
    store.delete(&mut overlay, keys(&["a"]));
    overlay.clear();
    assert_eq!(store.flush(&overlay), plan(&[(1, &["a"])], &[], &[]));
}
