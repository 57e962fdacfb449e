//! What may run while something else of an object runs.

use std::cell::Cell;
use std::collections::BTreeSet;
use std::rc::Rc;

use steadfast::host::{App, DurableObject, Request, Response, State};
use steadfast::{Error, ErrorKind};

use super::counter::counters;
use super::{block_on, body, fetch, memory, refusal, request, text};

#[test]
fn increments_made_at_once_lose_none() {
    let app = counters(App::builder(memory()));
    let all: Vec<_> = (0..200).map(|_| app.fetch(request("/one/count"))).collect();
    let counts: BTreeSet<u32> =
        all.into_iter().map(|answer| body(block_on(answer)).parse().expect("a number")).collect();
    assert_eq!(counts, (1..=200).collect());
    assert_eq!(body(fetch(&app, "/one/read")), "200");
}

/// Reads, lets others run, writes: loses updates unless it holds the gate.
struct Slow {
    state: State,
    loaded: Rc<Cell<bool>>,
}

impl DurableObject for Slow {
    fn new(state: State) -> Result<Self, Error> {
        let loaded = Rc::new(Cell::new(false));
        let done = loaded.clone();
        // Not awaited: events wait for it all the same.
        drop(state.block_concurrency_while(async move {
            for _ in 0..10 {
                tokio::task::yield_now().await;
            }
            done.set(true);
            Ok(())
        }));
        Ok(Self { state, loaded })
    }

    async fn fetch(&self, request: Request) -> Result<Response, Error> {
        assert!(self.loaded.get(), "an event ran before the constructor's section had ended");
        match request.uri().path() {
            "/open" => self.slowly().await,
            "/failing" => {
                let failed = async { Err::<(), _>(Error::new(ErrorKind::Invalid, "no luck")) };
                self.state.block_concurrency_while(failed).await?;
                unreachable!("a failed section resets the object");
            }
            "/nested" => {
                let outer = self.clone();
                let section = async move {
                    let inner = outer.clone();
                    outer.state.block_concurrency_while(async move { inner.slowly().await }).await
                };
                self.state.block_concurrency_while(section).await
            }
            _ => {
                let this = self.clone();
                self.state.block_concurrency_while(async move { this.slowly().await }).await
            }
        }
    }
}

impl Slow {
    async fn slowly(&self) -> Result<Response, Error> {
        let count = self.state.storage().get::<u32>("count")?.unwrap_or(0) + 1;
        tokio::task::yield_now().await;
        self.state.storage().put("count", count)?;
        Ok(text(count))
    }

    fn clone(&self) -> Self {
        Self { state: self.state.clone(), loaded: self.loaded.clone() }
    }
}

fn slow() -> App {
    let entry = async |request: Request, env: steadfast::host::Env| {
        env.namespace::<Slow>()?.get_by_name("one").fetch(request).await
    };
    App::builder(memory()).object::<Slow>("test-Slow").start(entry).expect("an app")
}

fn counts(app: &App, path: &str) -> Vec<u32> {
    let all: Vec<_> = (0..20).map(|_| app.fetch(request(path))).collect();
    all.into_iter().map(|answer| body(block_on(answer)).parse().expect("a number")).collect()
}

#[test]
fn a_section_keeps_other_events_out_and_an_await_does_not() {
    assert_eq!(counts(&slow(), "/section"), (1..=20).collect::<Vec<_>>());
    assert_eq!(counts(&slow(), "/nested"), (1..=20).collect::<Vec<_>>());
    let open = counts(&slow(), "/open");
    assert!(open.iter().max() < Some(&20), "events interleave at awaits: {open:?}");
}

#[test]
fn a_failed_section_resets_the_object_with_its_error() {
    let app = slow();
    assert_eq!(refusal(fetch(&app, "/failing")), (ErrorKind::Reset, "no luck".into()));
    assert_eq!(body(fetch(&app, "/section")), "1");
}

#[test]
fn storage_cannot_interleave_within_a_turn() {
    // Two halves of one task, resumed together, are polled in one turn each or in one: either way
    // each half is atomic.
    struct Halves(State);
    impl DurableObject for Halves {
        fn new(state: State) -> Result<Self, Error> {
            Ok(Self(state))
        }
        async fn fetch(&self, _: Request) -> Result<Response, Error> {
            let half = async || {
                tokio::task::yield_now().await;
                let count = self.0.storage().get::<u32>("count")?.unwrap_or(0);
                self.0.storage().put("count", count + 1)
            };
            let (one, two) = tokio::join!(half(), half());
            one.and(two)?;
            Ok(text(self.0.storage().get::<u32>("count")?.unwrap_or(0)))
        }
    }
    let entry = async |request: Request, env: steadfast::host::Env| {
        env.namespace::<Halves>()?.get_by_name("one").fetch(request).await
    };
    let app = App::builder(memory()).object::<Halves>("test-Halves").start(entry).expect("an app");
    assert_eq!(body(fetch(&app, "/")), "2");
    assert_eq!(body(fetch(&app, "/")), "4");
}
