use super::*;

/// A store with its overlay.
#[derive(Default)]
struct Shop {
    store: BackedStore,
    overlay: Overlay,
}

/// A transaction with the overlay of its run.
struct Customer {
    transaction: Transaction,
    above: Overlay,
}

impl Shop {
    fn begin(&mut self, reads: &[&str]) -> Customer {
        self.begin_within(None, reads)
    }

    fn begin_within(&mut self, parent: Option<&Customer>, reads: &[&str]) -> Customer {
        let parent = parent.map(|parent| &parent.transaction);
        let mut customer = Customer { transaction: self.store.begin(parent), above: Overlay::recording() };
        customer.read(reads);
        customer
    }

    fn again(&mut self, customer: &mut Customer, reads: &[&str]) {
        customer.above = Overlay::recording();
        self.store.restart(&mut customer.transaction).expect("it has not ended");
        customer.read(reads);
    }

    fn put(&mut self, name: &str) {
        self.store.put(&mut self.overlay, [key(name)]);
    }

    fn commit(&mut self, customer: &mut Customer) -> Verdict {
        let Customer { transaction, above } = customer;
        self.store.commit(&mut self.overlay, transaction, above).expect("it runs")
    }

    fn end(&mut self, mut customer: Customer) -> Option<Ticket> {
        self.store.end(&mut customer.transaction)
    }

    /// As many as that, all of which have read the key that was written then.
    fn crowd(&mut self, size: usize) -> Vec<Customer> {
        let crowd = (0..size).map(|_| self.begin(&["k"])).collect();
        self.put("k");
        crowd
    }
}

impl Customer {
    fn read(&mut self, names: &[&str]) {
        names.iter().for_each(|name| _ = self.above.ask(key(name)));
    }

    fn write(&mut self, name: &str, known: Known) -> usize {
        self.above.set(key(name), known);
        self.transaction.wrote([key(name)])
    }

    fn ticket(&self) -> Ticket {
        self.transaction.ticket()
    }
}

#[test]
fn a_commit_moves_what_was_written_and_counts_as_one_write_set() {
    let mut shop = Shop::default();
    shop.put("old");
    let mut one = shop.begin(&["a"]);
    let (mut reader, mut other) = (shop.begin(&["b"]), shop.begin(&["c"]));
    assert_eq!(one.write("a", Known::Written), 1);
    assert_eq!(one.write("old", Known::Deleted), 2);
    assert_eq!(one.write("b", Known::Written), 3);
    assert_eq!(one.write("a", Known::Written), 3);
    assert_eq!(shop.commit(&mut one), Verdict::Committed);
    let known: Vec<_> = shop.overlay.iter().map(|(key, known)| (key.clone(), known)).collect();
    let wanted = [(key("old"), Known::Deleted), (key("a"), Known::Written), (key("b"), Known::Written)];
    assert_eq!(known, wanted);
    assert_eq!(shop.commit(&mut reader), Verdict::RunAgain);
    assert_eq!(shop.commit(&mut other), Verdict::Committed);
}

#[test]
fn every_kind_of_write_makes_its_readers_run_again() {
    let writes: [fn(&mut Shop); 4] = [
        |shop| shop.put("k"),
        |shop| _ = shop.store.delete(&mut shop.overlay, [key("k")]),
        |shop| shop.store.delete_uncounted(&mut shop.overlay, [key("k")]),
        |shop| shop.store.note([key("k")]),
    ];
    for write in writes {
        let mut shop = Shop::default();
        let (mut reader, mut other) = (shop.begin(&["k"]), shop.begin(&["other"]));
        write(&mut shop);
        let mut late = shop.begin(&["k"]);
        assert_eq!(shop.commit(&mut reader), Verdict::RunAgain);
        assert_eq!(shop.commit(&mut other), Verdict::Committed);
        assert_eq!(shop.commit(&mut late), Verdict::Committed);
    }
}

#[test]
fn a_listing_reads_the_names_it_returned() {
    let mut shop = Shop::default();
    let mut one = shop.begin(&[]);
    one.above.list(&ListFilter::default(), crate::engine::Direction::Forward, None, keys(&["a", "b"]));
    shop.put("c");
    let mut two = shop.begin(&[]);
    two.above.list(&ListFilter::default(), crate::engine::Direction::Forward, None, keys(&["a", "b"]));
    shop.put("b");
    assert_eq!(shop.commit(&mut two), Verdict::RunAgain);
    shop.again(&mut two, &[]);
    assert_eq!(shop.commit(&mut two), Verdict::Committed);
    assert_eq!(shop.commit(&mut one), Verdict::RunAgain);
}

#[test]
fn sixteen_write_sets_are_outlived_and_seventeen_are_not() {
    for (writes, verdict) in [(16, Verdict::Committed), (17, Verdict::RunAgain)] {
        let mut shop = Shop::default();
        shop.put("before");
        let (mut reader, mut blind) = (shop.begin(&["mine"]), shop.begin(&[]));
        blind.write("x", Known::Written);
        for _ in 0..writes {
            shop.put("other");
        }
        assert_eq!(shop.commit(&mut reader), verdict, "{writes}");
        let blind_verdict = shop.commit(&mut blind);
        // A commit that wrote nothing is a write set as well.
        assert_eq!(blind_verdict, Verdict::RunAgain, "{writes}");
        shop.again(&mut blind, &[]);
        assert_eq!(shop.commit(&mut blind), Verdict::Committed);
    }
}

#[test]
fn empty_writes_count_among_the_seventeen() {
    let mut shop = Shop::default();
    let mut reader = shop.begin(&["mine"]);
    for _ in 0..17 {
        shop.store.put(&mut shop.overlay, []);
    }
    assert_eq!(shop.commit(&mut reader), Verdict::RunAgain);
}

#[test]
fn a_run_sees_what_was_written_before_it() {
    let mut shop = Shop::default();
    let mut one = shop.begin(&["k"]);
    one.write("w", Known::Written);
    shop.put("k");
    assert_eq!(shop.commit(&mut one), Verdict::RunAgain);
    shop.again(&mut one, &["k"]);
    assert_eq!(one.transaction.wrote([key("v")]), 1, "each run has a write set of its own");
    let mut reader = shop.begin(&["w"]);
    assert_eq!(shop.commit(&mut one), Verdict::Committed);
    assert_eq!(shop.commit(&mut reader), Verdict::Committed);
}

#[test]
fn only_what_runs_commits() {
    let mut shop = Shop::default();
    let mut one = shop.begin(&[]);
    assert_eq!(shop.commit(&mut one), Verdict::Committed);
    let Shop { store, overlay } = &mut shop;
    let refused = store.commit(overlay, &mut one.transaction, &one.above).unwrap_err();
    assert_eq!(refused.to_string(), "the transaction is not running: ticket=1");
    assert_eq!(store.end(&mut one.transaction), None);
    assert_eq!(store.end(&mut one.transaction), None);
    assert_eq!(store.restart(&mut one.transaction), Err(NotRunning { ticket: one.ticket() }));
    assert!(store.commit(overlay, &mut one.transaction, &one.above).is_err());
}

#[test]
fn a_transaction_that_ends_without_a_commit_writes_nothing() {
    let mut shop = Shop::default();
    let (mut one, mut reader) = (shop.begin(&[]), shop.begin(&["k"]));
    one.write("k", Known::Written);
    shop.end(one);
    assert_eq!(shop.commit(&mut reader), Verdict::Committed);
    assert!(shop.overlay.is_empty());
}

#[test]
fn up_to_sixteen_contenders_run_again_at_once() {
    let mut shop = Shop::default();
    let mut crowd = shop.crowd(16);
    for _ in 0..3 {
        for one in &mut crowd {
            assert_eq!(shop.commit(one), Verdict::RunAgain);
            shop.again(one, &["k"]);
        }
        shop.put("k");
    }
}

#[test]
fn more_than_sixteen_take_turns_in_the_order_of_arrival() {
    let mut shop = Shop::default();
    let mut crowd = shop.crowd(20);
    // They come to their ends from the last to the first.
    let verdicts: Vec<_> = crowd.iter_mut().rev().map(|one| shop.commit(one)).collect();
    assert_eq!(verdicts[0], Verdict::RunAgain, "nobody had the turn");
    assert!(verdicts[1..].iter().all(|verdict| *verdict == Verdict::WaitTurn));

    let mut last = crowd.pop().expect("twenty");
    shop.again(&mut last, &["k"]);
    shop.put("k");
    assert_eq!(shop.commit(&mut last), Verdict::RunAgain, "who has the turn keeps it");
    shop.again(&mut last, &["k"]);
    assert_eq!(shop.commit(&mut last), Verdict::Committed);
    let mut turn = shop.end(last);
    for mut one in crowd {
        assert_eq!(turn, Some(one.ticket()), "even when few are left");
        shop.again(&mut one, &["k"]);
        one.write("k", Known::Written);
        assert_eq!(shop.commit(&mut one), Verdict::Committed);
        turn = shop.end(one);
    }
    assert_eq!(turn, None);
}

#[test]
fn a_nested_transaction_never_waits_nor_counts() {
    let mut shop = Shop::default();
    let outer = Shop::default().begin(&[]);
    let mut inner: Vec<_> = (0..30).map(|_| shop.begin_within(Some(&outer), &["k"])).collect();
    let mut crowd = shop.crowd(16);
    assert!(crowd.iter_mut().all(|one| shop.commit(one) == Verdict::RunAgain), "sixteen contend");
    let mut more = shop.crowd(2);
    assert_eq!(shop.commit(&mut more[0]), Verdict::RunAgain);
    assert_eq!(shop.commit(&mut more[1]), Verdict::WaitTurn);
    assert!(inner.iter_mut().all(|one| shop.commit(one) == Verdict::RunAgain));
    assert!(inner.into_iter().all(|one| shop.end(one).is_none()), "they had no turn to hand on");
}

#[test]
fn a_transaction_is_nested_as_long_as_one_around_it_runs() {
    let (mut shop, mut others) = (Shop::default(), Shop::default());
    let mut outer = others.begin(&[]);
    let mut middle = others.begin_within(Some(&outer), &[]);
    let mut of_middle = shop.begin_within(Some(&middle), &["k"]);
    others.store.end(&mut middle.transaction);
    let mut of_outer = shop.begin_within(Some(&middle), &["k"]);
    others.store.end(&mut outer.transaction);
    let mut of_nobody = shop.begin_within(Some(&middle), &["k"]);
    let mut crowd = shop.crowd(20);
    assert_eq!(shop.commit(&mut crowd[0]), Verdict::RunAgain);
    assert_eq!(shop.commit(&mut of_middle), Verdict::RunAgain);
    assert_eq!(shop.commit(&mut of_outer), Verdict::RunAgain);
    assert_eq!(shop.commit(&mut of_nobody), Verdict::WaitTurn);
}

#[test]
fn who_has_the_turn_hands_it_on_however_it_ends() {
    let mut shop = Shop::default();
    let mut crowd = shop.crowd(20).into_iter();
    let (mut holder, mut waiting) = (crowd.next().expect("one"), crowd.next().expect("two"));
    let mut gone = crowd.next().expect("three");
    assert_eq!(shop.commit(&mut holder), Verdict::RunAgain);
    assert_eq!(shop.commit(&mut gone), Verdict::WaitTurn);
    assert_eq!(shop.commit(&mut waiting), Verdict::WaitTurn);
    let bystander = crowd.next().expect("four");
    assert_eq!(shop.end(bystander), None);
    let ticket = waiting.ticket();
    assert_eq!(shop.end(gone), None, "it gives up while it waits");
    assert_eq!(shop.end(holder), Some(ticket), "its closure has thrown");
    assert_eq!(shop.end(waiting), None);
    let mut next = crowd.next().expect("five");
    assert_eq!(shop.commit(&mut next), Verdict::RunAgain, "few are left");
}

#[test]
fn the_turn_is_free_again_when_nobody_waits_for_it() {
    let mut shop = Shop::default();
    let mut crowd = shop.crowd(20).into_iter();
    let mut holder = crowd.next().expect("one");
    assert_eq!(shop.commit(&mut holder), Verdict::RunAgain);
    assert_eq!(shop.end(holder), None);
    let (mut next, mut after) = (crowd.next().expect("two"), crowd.next().expect("three"));
    assert_eq!(shop.commit(&mut next), Verdict::RunAgain);
    assert_eq!(shop.commit(&mut after), Verdict::WaitTurn);
    assert_eq!(shop.end(next), Some(after.ticket()));
}
