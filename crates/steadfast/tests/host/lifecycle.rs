//! When objects live, end and come back.

use std::sync::{Arc, mpsc};
use std::time::Duration;

use steadfast::clock::ManualClock;
use steadfast::host::{App, DurableObject, Env, Request, Response, State};
use steadfast::id::IdFactory;
use steadfast::{Error, ErrorKind};
use tokio::sync::watch;

use super::counter::{Counter, UNIQUE_KEY, counters, entry};
use super::{block_on, body, fetch, memory, refusal, request, text};

#[test]
fn an_idle_object_is_evicted_and_comes_back_with_its_data() {
    let clock = Arc::new(ManualClock::new(0));
    let app = counters(App::builder(memory()).clock(clock.clone()));
    assert_eq!(body(fetch(&app, "/one/count")), "1");
    clock.advance(Duration::from_millis(9_999));
    assert_eq!(body(fetch(&app, "/one/constructed")), "1");
    clock.advance(Duration::from_secs(10));
    assert_eq!(body(fetch(&app, "/one/constructed")), "2");
    assert_eq!(body(fetch(&app, "/one/count")), "2");
}

#[test]
fn work_that_was_promised_keeps_the_object_in_memory() {
    struct Worker {
        state: State,
        release: watch::Receiver<bool>,
    }
    impl DurableObject for Worker {
        fn new(_: State) -> Result<Self, Error> {
            Err(Error::new(ErrorKind::Unsupported, "made with a receiver"))
        }
        async fn fetch(&self, request: Request) -> Result<Response, Error> {
            if request.uri().path() == "/begin" {
                let (state, mut release) = (self.state.clone(), self.release.clone());
                self.state.wait_until(async move {
                    release.wait_for(|released| *released).await.expect("the test holds the sender");
                    state.storage().put("done", true).expect("still in memory");
                });
            }
            Ok(text(self.state.storage().get::<bool>("done")?.unwrap_or(false)))
        }
    }
    let clock = Arc::new(ManualClock::new(0));
    let (release, released) = watch::channel(false);
    let (made, constructions) = mpsc::channel();
    let app = App::builder(memory())
        .clock(clock.clone())
        .object_with("test-Worker", move |state| {
            made.send(()).expect("the test counts");
            Ok(Worker { state, release: released.clone() })
        })
        .start(async |request: Request, env: Env| {
            env.namespace::<Worker>()?.get_by_name("one").fetch(request).await
        })
        .expect("an app");

    assert_eq!(body(fetch(&app, "/begin")), "false");
    clock.advance(Duration::from_secs(3_600));
    assert_eq!(body(fetch(&app, "/read")), "false");
    assert_eq!(constructions.try_iter().count(), 1, "kept through an hour");
    release.send(true).expect("the object waits");
    while body(fetch(&app, "/read")) == "false" {}
    clock.advance(Duration::from_secs(3_600));
    assert_eq!(body(fetch(&app, "/read")), "true");
    assert_eq!(constructions.try_iter().count(), 1, "evicted once the work was done");
}

#[test]
fn an_abort_drops_the_open_turn_and_the_next_event_starts_afresh() {
    let app = counters(App::builder(memory()));
    assert_eq!(body(fetch(&app, "/one/count")), "1");
    assert_eq!(refusal(fetch(&app, "/one/abort")), (ErrorKind::Reset, "enough".into()));
    assert_eq!(body(fetch(&app, "/one/read")), "1");
    assert_eq!(body(fetch(&app, "/one/constructed")), "2");
}

#[test]
fn a_panic_resets_one_object_and_no_other() {
    let app = counters(App::builder(memory()));
    assert_eq!(body(fetch(&app, "/one/count")), "1");
    assert_eq!(body(fetch(&app, "/two/count")), "1");
    assert_eq!(refusal(fetch(&app, "/one/panic")).0, ErrorKind::Reset);
    assert_eq!(body(fetch(&app, "/one/read")), "1", "the open turn is dropped");
    assert_eq!(body(fetch(&app, "/two/constructed")), "1");
}

#[test]
fn a_failing_constructor_fails_its_callers_and_is_tried_again() {
    struct Late(State);
    impl DurableObject for Late {
        fn new(state: State) -> Result<Self, Error> {
            Ok(Self(state))
        }
        async fn fetch(&self, _: Request) -> Result<Response, Error> {
            Ok(text(self.0.id()))
        }
    }
    let (fail, failures) = watch::channel(true);
    let app = App::builder(memory())
        .object_with("test-Late", move |state| {
            if *failures.borrow() {
                Err(Error::new(ErrorKind::Unavailable, "not yet"))
            } else {
                Late::new(state)
            }
        })
        .start(async |request: Request, env: Env| {
            env.namespace::<Late>()?.get_by_name("one").fetch(request).await
        })
        .expect("an app");
    let both = [app.fetch(request("/")), app.fetch(request("/"))];
    for answer in both {
        assert_eq!(refusal(block_on(answer)), (ErrorKind::Reset, "not yet".into()));
    }
    fail.send(false).expect("the constructor looks");
    let id = IdFactory::new("test-Late").from_name("one");
    assert_eq!(body(fetch(&app, "/")), id.to_string());
}

#[test]
fn an_app_that_stops_answers_what_it_has_begun_and_refuses_the_rest() {
    let engine = memory();
    let app = counters(App::builder(engine.clone()));
    let begun: Vec<_> = (0..50).map(|_| app.fetch(request("/one/sync"))).collect();
    app.stop();
    for answer in begun {
        let count: u32 = body(block_on(answer)).parse().expect("a number");
        assert!((1..=50).contains(&count), "read after the sync, so any later count may be seen");
    }
    assert_eq!(refusal(fetch(&app, "/one/count")).0, ErrorKind::Unavailable);
    app.stop();

    let again = counters(App::builder(engine));
    assert_eq!(body(fetch(&again, "/one/read")), "50");
}

#[test]
fn a_class_is_added_once_and_under_a_usable_key() {
    let refused =
        |builder: steadfast::host::AppBuilder| builder.start(entry).map(drop).expect_err("refused").kind();
    let app = || App::builder(memory());
    assert_eq!(refused(app().object::<Counter>("")), ErrorKind::Invalid);
    assert_eq!(refused(app().object::<Counter>(&"k".repeat(256))), ErrorKind::Invalid);
    assert_eq!(refused(app().object::<Counter>("a").object::<Counter>("b")), ErrorKind::Invalid);
}

#[test]
fn what_rust_stores_is_what_javascript_stores() {
    let engine = memory();
    let app = counters(App::builder(engine.clone()));
    body(fetch(&app, "/one/count"));
    body(fetch(&app, "/one/count"));
    let id = IdFactory::new(UNIQUE_KEY).from_name("/one");
    let header = engine.lookup(UNIQUE_KEY, id.bytes()).expect("readable").expect("it wrote");
    assert_eq!(header.name.as_deref(), Some("/one"));
    let stored = engine.get(header.no, b"count").expect("readable").expect("it wrote");
    assert_eq!(stored[..], [0xff, 0x0f, b'I', 4], "the number 2 as V8 writes it");
}
