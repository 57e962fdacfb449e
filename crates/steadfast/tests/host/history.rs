//! Objects that go back in time.

use std::sync::Arc;
use std::time::Duration;

use steadfast::clock::ManualClock;
use steadfast::host::{App, DurableObject, Env, Request, Response, State};
use steadfast::storage::Bookmark;
use steadfast::{Error, ErrorKind};

use super::{body, fetch, memory, refusal, text};

/// Writes the text behind `/set/`, and goes back to a bookmark behind `/back/`.
struct Page {
    state: State,
}

impl DurableObject for Page {
    const HISTORY: Option<Duration> = Some(Duration::from_secs(3600));

    fn new(state: State) -> Result<Self, Error> {
        Ok(Self { state })
    }

    async fn fetch(&self, request: Request) -> Result<Response, Error> {
        let storage = self.state.storage();
        let (action, given) = request.uri().path()[1..].split_once('/').expect("an action and a text");
        match action {
            "set" => storage.put("text", given)?,
            "bookmark" => return Ok(text(storage.current_bookmark()?)),
            "at" => {
                let time_ms = given.parse().expect("milliseconds");
                return Ok(text(storage.bookmark_for_time(time_ms)?));
            }
            "back" => {
                let undo = storage.restore_at_next_open(given.parse::<Bookmark>()?)?;
                storage.sync().await?;
                return Ok(text(undo));
            }
            "abort" => match self.state.abort("going back").await {},
            _ => {}
        }
        Ok(text(storage.get::<String>("text")?.unwrap_or_default()))
    }
}

fn pages(clock: &Arc<ManualClock>) -> App {
    App::builder(memory())
        .clock(clock.clone())
        .object::<Page>("test-Page")
        .start(async |request: Request, env: Env| {
            env.namespace::<Page>()?.get_by_name("one").fetch(request).await
        })
        .expect("an app")
}

#[test]
fn an_object_goes_back_to_a_bookmark_and_forward_again() {
    let clock = Arc::new(ManualClock::new(1_000_000));
    let app = pages(&clock);
    body(fetch(&app, "/set/first"));
    let bookmark = body(fetch(&app, "/bookmark/"));
    body(fetch(&app, "/set/second"));
    let undo = body(fetch(&app, &format!("/back/{bookmark}")));
    assert_eq!(body(fetch(&app, "/get/")), "second", "not before the object is opened anew");
    refusal(fetch(&app, "/abort/"));
    assert_eq!(body(fetch(&app, "/get/")), "first");
    body(fetch(&app, &format!("/back/{undo}")));
    refusal(fetch(&app, "/abort/"));
    assert_eq!(body(fetch(&app, "/get/")), "second");
}

#[test]
fn a_time_has_a_bookmark_until_it_is_forgotten() {
    let clock = Arc::new(ManualClock::new(1_000_000));
    let app = pages(&clock);
    body(fetch(&app, "/set/first"));
    clock.advance(Duration::from_secs(60));
    let bookmark = body(fetch(&app, "/at/1030000"));
    body(fetch(&app, "/set/second"));
    body(fetch(&app, &format!("/back/{bookmark}")));
    refusal(fetch(&app, "/abort/"));
    assert_eq!(body(fetch(&app, "/get/")), "first");
    let (kind, _) = refusal(fetch(&app, "/at/2000000"));
    assert_eq!(kind, ErrorKind::Invalid, "it is to come");
}
