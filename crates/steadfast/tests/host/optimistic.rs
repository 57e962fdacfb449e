//! Optimistic transactions of objects written in Rust.

use std::cell::Cell;

use steadfast::host::{App, DurableObject, Env, Request, Response, State, Storage};
use steadfast::{Error, ErrorKind};

use super::{block_on, body, fetch, memory, refusal, request, text};

/// Does what the path names, and answers with what it saw.
struct Actor {
    state: State,
    runs: Cell<u32>,
}

impl DurableObject for Actor {
    fn new(state: State) -> Result<Self, Error> {
        Ok(Self { state, runs: Cell::new(0) })
    }

    async fn fetch(&self, request: Request) -> Result<Response, Error> {
        let storage = self.state.storage();
        match request.uri().path() {
            "/count" => self.count(storage).await,
            "/runs" => Ok(text(self.runs.get())),
            "/hopeless" => self.hopeless(storage).await,
            "/failed" => self.failed(storage).await,
            "/dropped" => self.dropped(storage).await,
            path => unreachable!("no action is called {path}"),
        }
    }
}

impl Actor {
    /// Loses updates unless a run that read what others wrote meanwhile is repeated.
    async fn count(&self, storage: &Storage) -> Result<Response, Error> {
        let count = storage
            .optimistic(async |txn| {
                self.runs.update(|runs| runs + 1);
                let count = txn.get::<u32>("count")?.unwrap_or(0) + 1;
                tokio::task::yield_now().await;
                txn.put("count", count)?;
                Ok(count)
            })
            .await?;
        Ok(text(count))
    }

    /// Changes by itself what it has read.
    async fn hopeless(&self, storage: &Storage) -> Result<Response, Error> {
        let never = storage
            .optimistic(async |txn| {
                self.runs.update(|runs| runs + 1);
                let n = txn.get::<u32>("n")?.unwrap_or(0);
                storage.put("n", n + 1)?;
                txn.put("result", n)?;
                Ok(())
            })
            .await;
        assert_eq!(storage.get::<u32>("result")?, None);
        never.map(|()| text("committed"))
    }

    async fn failed(&self, storage: &Storage) -> Result<Response, Error> {
        storage
            .optimistic(async |txn| {
                txn.put("never", 1)?;
                tokio::task::yield_now().await;
                assert_eq!(storage.get::<u32>("never")?, None, "nobody else sees it");
                Err(Error::new(ErrorKind::Unsupported, "no luck"))
            })
            .await
    }

    async fn dropped(&self, storage: &Storage) -> Result<Response, Error> {
        let slow = storage.optimistic(async |txn| {
            txn.put("never", 1)?;
            std::future::pending::<()>().await;
            Ok(())
        });
        tokio::select! {
            biased;
            done = slow => unreachable!("it waits for ever: {done:?}"),
            () = tokio::task::yield_now() => {}
        }
        Ok(text(format!("{:?}", storage.get::<u32>("never")?)))
    }
}

fn app() -> App {
    let entry = async |request, env: Env| env.namespace::<Actor>()?.get_by_name("one").fetch(request).await;
    App::builder(memory()).object::<Actor>("test-Actor").start(entry).expect("an app")
}

#[test]
fn contenders_run_again_and_lose_nothing() {
    let app = app();
    let all: Vec<_> = (0..5).map(|_| app.fetch(request("/count"))).collect();
    let mut counts: Vec<_> = all.into_iter().map(|answer| body(block_on(answer))).collect();
    counts.sort();
    assert_eq!(counts, ["1", "2", "3", "4", "5"]);
    let runs: u32 = body(fetch(&app, "/runs")).parse().expect("a number");
    assert!(runs >= 5, "each ran at least once: runs={runs}");
}

#[test]
fn one_that_always_conflicts_gives_up() {
    let app = app();
    let (kind, message) = refusal(fetch(&app, "/hopeless"));
    assert_eq!(kind, ErrorKind::Conflict);
    assert_eq!(message, "what the transaction read was written since it started");
    assert_eq!(body(fetch(&app, "/runs")), "16");
}

#[test]
fn one_that_fails_writes_nothing_and_is_not_repeated() {
    let app = app();
    assert_eq!(refusal(fetch(&app, "/failed")), (ErrorKind::Unsupported, "no luck".to_owned()));
    assert_eq!(body(fetch(&app, "/dropped")), "None");
    assert_eq!(body(fetch(&app, "/count")), "1");
}
