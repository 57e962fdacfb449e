//! Requests between objects.

use std::cell::Cell;

use steadfast::host::{App, DurableObject, Env, Request, Response, State, Stub};
use steadfast::limits::CALL_DEPTH_MAX;
use steadfast::{Error, ErrorKind};

use super::counter::{Counter, UNIQUE_KEY};
use super::{body, fetch, memory, refusal, request, text};

/// Asks counters on behalf of its callers.
struct Caller {
    state: State,
    kept: Stub<Counter>,
    calls: Cell<u32>,
}

impl DurableObject for Caller {
    fn new(state: State) -> Result<Self, Error> {
        let kept = state.env().namespace::<Counter>()?.get_by_name("kept");
        Ok(Self { state, kept, calls: Cell::new(0) })
    }

    async fn fetch(&self, asked: Request) -> Result<Response, Error> {
        self.calls.set(self.calls.get() + 1);
        let env = self.state.env();
        match asked.uri().path() {
            "/twice" => {
                let (one, two) =
                    tokio::join!(self.kept.fetch(request("/count")), self.kept.fetch(request("/count")));
                Ok(text(format!("{} {}", body(one), body(two))))
            }
            "/deeper" => {
                let itself = env.namespace::<Self>()?.get_by_name(&format!("{}+", self.name()));
                itself.fetch(request("/deeper")).await
            }
            "/name" => Ok(text(self.name())),
            path => self.kept.fetch(request(path)).await,
        }
    }
}

impl Caller {
    fn name(&self) -> &str {
        self.state.id().name().unwrap_or_default()
    }
}

fn callers() -> App {
    let entry = async |request: Request, env: Env| {
        env.namespace::<Caller>()?.get_by_name("caller").fetch(request).await
    };
    let builder = App::builder(memory()).object::<Counter>(UNIQUE_KEY).object::<Caller>("test-Caller");
    builder.start(entry).expect("an app")
}

#[test]
fn two_calls_made_together_lose_no_update() {
    let app = callers();
    assert_eq!(body(fetch(&app, "/twice")), "1 2");
    assert_eq!(body(fetch(&app, "/twice")), "3 4");
}

#[test]
fn an_object_knows_the_name_it_was_reached_by() {
    assert_eq!(body(fetch(&callers(), "/name")), "caller");
}

#[test]
fn an_error_of_a_handler_reaches_the_caller_and_breaks_nothing() {
    let app = callers();
    assert_eq!(refusal(fetch(&app, "/fail")), (ErrorKind::Invalid, "as asked".into()));
    assert_eq!(body(fetch(&app, "/read")), "1", "what was written stays written");
}

#[test]
fn a_stub_in_use_at_a_reset_stays_broken_and_a_new_one_works() {
    let app = callers();
    assert_eq!(body(fetch(&app, "/count")), "1");
    let broken = (ErrorKind::Reset, "enough".to_owned());
    assert_eq!(refusal(fetch(&app, "/abort")), broken);
    assert_eq!(refusal(fetch(&app, "/read")), broken, "the same error for good");
    assert_eq!(body(fetch(&app, "/name")), "caller", "its holder lives on");
}

#[test]
fn calls_nest_to_a_bound() {
    let (kind, message) = refusal(fetch(&callers(), "/deeper"));
    assert_eq!(kind, ErrorKind::Invalid, "{message}");
    assert!(message.contains("too deeply"), "{message} with {CALL_DEPTH_MAX} levels");
}

#[test]
fn a_class_the_app_does_not_have_is_named() {
    let entry = async |request: Request, env: Env| {
        env.namespace::<Counter>()?.get_by_name("one").fetch(request).await
    };
    let app = App::builder(memory()).start(entry).expect("an app");
    let (kind, message) = refusal(fetch(&app, "/"));
    assert_eq!(kind, ErrorKind::Invalid);
    assert!(message.ends_with("Counter"), "{message}");
}
