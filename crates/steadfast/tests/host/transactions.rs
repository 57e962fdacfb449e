//! Transactions of objects written in Rust.

use std::cell::RefCell;
use std::rc::Rc;

use steadfast::host::{App, DurableObject, Request, Response, State, Storage, Transaction};
use steadfast::storage::{ListOptions, WriteOptions};
use steadfast::{Error, ErrorKind};

use super::{block_on, body, fetch, memory, request, text};

/// Does what the path names, and answers with what it saw.
struct Actor {
    state: State,
    /// What a transaction left behind.
    leaked: Rc<RefCell<Option<Transaction>>>,
}

impl DurableObject for Actor {
    fn new(state: State) -> Result<Self, Error> {
        Ok(Self { state, leaked: Rc::default() })
    }

    async fn fetch(&self, request: Request) -> Result<Response, Error> {
        let storage = self.state.storage().clone();
        match request.uri().path() {
            "/failed" => self.failed(&storage).await,
            "/slow" => self.slow(&storage).await,
            "/rolled-back" => self.rolled_back(&storage).await,
            "/leak" => self.leak(&storage).await,
            "/late" => self.late(),
            "/nested" => self.nested(&storage).await,
            "/outer" => self.outer(&storage).await,
            "/sync" => self.sync(&storage),
            "/alarm" => self.alarm(&storage).await,
            "/iterate" => self.iterate(&storage),
            path => unreachable!("no action is called {path}"),
        }
    }
}

impl Actor {
    async fn failed(&self, storage: &Storage) -> Result<Response, Error> {
        storage.put("a", 1)?;
        let (inside, all) = (storage.clone(), storage.clone());
        let failed: Result<(), Error> = storage
            .transaction(async move |txn| {
                txn.put("a", 2)?;
                inside.put("b", 3)?;
                inside.set_alarm(i64::from(u32::MAX) * 1_000)?;
                tokio::task::yield_now().await;
                txn.delete("a")?;
                assert_eq!(inside.get::<i32>("b")?, Some(3), "all handles are inside");
                Err(no_luck())
            })
            .await;
        assert_eq!(failed.unwrap_err().message(), "no luck");
        Ok(text(format!("{:?} {:?} {:?}", all.get::<i32>("a")?, all.get::<i32>("b")?, all.alarm()?)))
    }

    /// A read and a write with a wait in between: loses updates unless transactions wait in line.
    async fn slow(&self, storage: &Storage) -> Result<Response, Error> {
        let count = storage
            .transaction(async |txn| {
                let count = txn.get::<u32>("count")?.unwrap_or(0);
                for _ in 0..3 {
                    tokio::task::yield_now().await;
                }
                txn.put("count", count + 1)?;
                Ok(count + 1)
            })
            .await?;
        Ok(text(count))
    }

    async fn rolled_back(&self, storage: &Storage) -> Result<Response, Error> {
        let outside = storage.clone();
        let refusals = storage
            .transaction(async move |txn| {
                txn.put("undone", 1)?;
                txn.rollback()?;
                txn.rollback()?;
                outside.put("kept", 2)?;
                let refusals = [
                    txn.get::<i32>("undone").map(drop).unwrap_err(),
                    txn.put("undone", 1).unwrap_err(),
                    txn.set_alarm(1).unwrap_err(),
                ];
                Ok(refusals.map(|error| error.message().to_owned()).join("|"))
            })
            .await?;
        let (undone, kept) = (storage.get::<i32>("undone")?, storage.get::<i32>("kept")?);
        Ok(text(format!("{refusals} {undone:?} {kept:?}")))
    }

    async fn leak(&self, storage: &Storage) -> Result<Response, Error> {
        let leaked = self.leaked.clone();
        storage
            .transaction(async move |txn| {
                leaked.replace(Some(txn));
                Ok(())
            })
            .await?;
        Ok(text("leaked"))
    }

    fn late(&self) -> Result<Response, Error> {
        let txn = self.leaked.borrow().clone().expect("one was leaked");
        let get = txn.get::<i32>("a").unwrap_err();
        let rollback = txn.rollback().unwrap_err();
        assert_eq!(get.kind(), ErrorKind::Refused);
        Ok(text(format!("{}|{}", get.message(), rollback.message())))
    }

    /// Inner and outer, each failing or not.
    async fn nested(&self, storage: &Storage) -> Result<Response, Error> {
        let mut seen = Vec::new();
        for (inner_fails, outer_fails) in [(false, false), (true, false), (false, true), (true, true)] {
            storage.delete_many(["inner", "outer"])?;
            let outer = storage
                .transaction(async move |txn| {
                    txn.put("outer", 1)?;
                    let inner = txn.transaction(async move |txn| {
                        txn.put("inner", 1)?;
                        if inner_fails { Err(no_luck()) } else { Ok(()) }
                    });
                    assert_eq!(inner.await.is_err(), inner_fails);
                    if outer_fails { Err(no_luck()) } else { Ok(()) }
                })
                .await;
            assert_eq!(outer.is_err(), outer_fails);
            let there = |key| storage.get::<i32>(key).map(|value| i32::from(value.is_some()));
            seen.push(format!("{}{}", there("outer")?, there("inner")?));
        }
        Ok(text(seen.join(" ")))
    }

    async fn outer(&self, storage: &Storage) -> Result<Response, Error> {
        let refusal = storage
            .transaction(async |outer| {
                outer.put("a", 1)?;
                let handle = outer.clone();
                outer.transaction(async move |_| Ok(handle.rollback().unwrap_err())).await
            })
            .await?;
        let delete_all = storage.transaction(async |txn| Ok(txn.delete_all().unwrap_err())).await?;
        Ok(text(format!("{}|{}|{:?}", refusal.message(), delete_all.message(), storage.get::<i32>("a")?)))
    }

    fn sync(&self, storage: &Storage) -> Result<Response, Error> {
        storage.put("a", 1)?;
        let failed: Result<(), Error> = storage.transaction_sync(|| {
            storage.put("a", 2)?;
            storage.transaction_sync(|| storage.put("b", 3))?;
            Err(no_luck())
        });
        assert_eq!(failed.unwrap_err().message(), "no luck");
        let kept = storage.transaction_sync(|| {
            storage.put("c", 4)?;
            Ok("done")
        })?;
        let keys: Vec<_> = storage.list(&ListOptions::default())?.into_iter().map(|(key, _)| key).collect();
        Ok(text(format!("{kept} {} {:?}", keys.join(","), storage.get::<i32>("a")?)))
    }

    async fn alarm(&self, storage: &Storage) -> Result<Response, Error> {
        let far_ms = 5_000_000_000_000;
        storage.set_alarm(far_ms)?;
        let inside = storage
            .transaction(async move |txn| {
                txn.delete_alarm()?;
                let deleted = txn.alarm()?;
                txn.set_alarm_with(far_ms + 1, WriteOptions { allow_unconfirmed: true })?;
                let set = txn.alarm()?;
                txn.rollback()?;
                Ok((deleted, set))
            })
            .await?;
        let refusal = storage.set_alarm(0).unwrap_err();
        Ok(text(format!("{inside:?} {:?} {}", storage.alarm()?, refusal.message())))
    }

    fn iterate(&self, storage: &Storage) -> Result<Response, Error> {
        for key in ["a", "b", "c"] {
            storage.put(key, 1)?;
        }
        let mut seen = String::new();
        for entry in storage.iterate(&ListOptions::default())? {
            let (key, _) = entry?;
            if key == "b" {
                storage.delete("c")?;
                storage.put("d", 1)?;
            }
            seen.push_str(&key);
        }
        let mut ended = storage.iterate(&ListOptions::default())?;
        storage.list(&ListOptions::default())?;
        let error = ended.next().expect("it tells why it ended").unwrap_err();
        assert!(ended.next().is_none());
        Ok(text(format!("{seen} {}", error.message())))
    }
}

fn no_luck() -> Error {
    Error::new(ErrorKind::Invalid, "no luck")
}

fn app() -> App {
    let entry = async |request, env: steadfast::host::Env| {
        env.namespace::<Actor>()?.get_by_name("one").fetch(request).await
    };
    App::builder(memory()).object::<Actor>("test-Actor").start(entry).expect("an app")
}

fn answer(path: &str) -> String {
    body(fetch(&app(), path))
}

#[test]
fn a_failed_one_is_undone_and_the_object_lives_on() {
    assert_eq!(answer("/failed"), "Some(1) None None");
}

#[test]
fn those_begun_at_once_run_one_after_the_other() {
    let app = app();
    let all: Vec<_> = (0..5).map(|_| app.fetch(request("/slow"))).collect();
    let mut counts: Vec<_> = all.into_iter().map(|answer| body(block_on(answer))).collect();
    counts.sort();
    assert_eq!(counts, ["1", "2", "3", "4", "5"]);
}

#[test]
fn one_rolled_back_by_hand_still_succeeds_and_takes_no_more() {
    let refused = |operation: &str| format!("Cannot {operation}() on rolled back transaction");
    let refusals = ["get", "put", "setAlarm"].map(refused).join("|");
    assert_eq!(answer("/rolled-back"), format!("{refusals} None Some(2)"));
}

#[test]
fn one_used_after_its_end_says_so() {
    let app = app();
    assert_eq!(body(fetch(&app, "/leak")), "leaked");
    let refused = |operation: &str| {
        format!(
            "Cannot call {operation}() on transaction that has already committed: \
             did you move `txn` outside of the closure?"
        )
    };
    assert_eq!(body(fetch(&app, "/late")), ["get", "rollback"].map(refused).join("|"));
}

#[test]
fn nested_ones_keep_what_both_keep() {
    assert_eq!(answer("/nested"), "11 10 00 00");
}

#[test]
fn what_cannot_be_done_inside_is_refused() {
    let expected = "Cannot roll back an outer transaction while a nested transaction is still running.\
                    |Cannot call deleteAll() within a transaction|Some(1)";
    assert_eq!(answer("/outer"), expected);
}

#[test]
fn synchronous_ones_nest_and_are_undone() {
    assert_eq!(answer("/sync"), "done a,c Some(1)");
}

#[test]
fn the_alarm_is_part_of_it() {
    let expected = "(None, Some(5000000000001)) Some(5000000000000) \
                    setAlarm() cannot be called with an alarm time <= 0";
    assert_eq!(answer("/alarm"), expected);
}

#[test]
fn a_lazy_listing_sees_what_is_written_ahead() {
    let expected = "abd kv.list() iterator was invalidated because a new call to kv.list() was started. \
                    Only one kv.list() iterator can exist at a time.";
    assert_eq!(answer("/iterate"), expected);
}
