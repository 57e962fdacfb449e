//! Nothing leaves before what it depends on is durable, and nothing ever when that fails.

use std::sync::Arc;
use std::sync::mpsc::{self, Receiver, Sender};

use steadfast::clock::ManualClock;
use steadfast::host::{App, DurableObject, Env, Request, Response, State};
use steadfast::limits::IDLE_EVICTION;
use steadfast::storage::WriteOptions;
use steadfast::{Error, ErrorKind};

use super::counter::{Counter, UNIQUE_KEY, entry};
use super::held::Held;
use super::{block_on, body, fetch, refusal, request, text};

/// Counters over held commits; tells when an answer has reached the entry.
fn held() -> (App, Held, Receiver<()>) {
    let held = Held::new();
    let (answered, answers) = mpsc::channel();
    let tell = async move |request: Request, env: Env| {
        let answer = entry(request, env).await;
        answered.send(()).expect("the test listens");
        answer
    };
    let app = App::builder(held.engine()).object::<Counter>(UNIQUE_KEY).start(tell).expect("an app");
    (app, held, answers)
}

/// Asks, and notes when the answer leaves.
fn ask(app: &App, held: &Held, path: &str) -> Receiver<Result<String, (ErrorKind, String)>> {
    let (sender, receiver) = mpsc::channel();
    let held = held.clone();
    app.fetch_then(request(path), move |answer| {
        held.note("answer");
        let answer = if answer.is_ok() { Ok(body(answer)) } else { Err(refusal(answer)) };
        sender.send(answer).expect("the test waits");
    });
    receiver
}

#[test]
fn an_answer_leaves_after_the_writes_it_depends_on_are_durable() {
    let (app, held, answers) = held();
    let answer = ask(&app, &held, "/one/count");
    answers.recv().expect("the entry has the answer");
    assert_eq!(held.events(), [""; 0]);
    held.release();
    assert_eq!(answer.recv().expect("an answer"), Ok("1".into()));
    assert_eq!(held.events(), ["released", "answer"]);
}

#[test]
fn a_reader_of_what_is_not_durable_waits_for_it_too() {
    let (app, held, answers) = held();
    let written = ask(&app, &held, "/one/count");
    let read = ask(&app, &held, "/one/read");
    for _ in 0..2 {
        answers.recv().expect("the entry has the answer");
    }
    assert_eq!(held.events(), [""; 0]);
    held.release();
    assert_eq!(written.recv().expect("an answer"), Ok("1".into()));
    assert_eq!(read.recv().expect("an answer"), Ok("1".into()));
}

#[test]
fn what_comes_back_after_an_abort_reads_what_was_written_and_waits_for_it() {
    let (app, held, answers) = held();
    let written = ask(&app, &held, "/one/count");
    answers.recv().expect("the entry has the answer");
    let aborted = ask(&app, &held, "/one/abort");
    answers.recv().expect("the entry has the answer");
    let read = ask(&app, &held, "/one/read");
    answers.recv().expect("the entry has the answer");
    assert_eq!(held.events(), [""; 0]);
    held.release();
    assert_eq!(written.recv().expect("an answer"), Ok("1".into()));
    assert_eq!(aborted.recv().expect("an answer"), Err((ErrorKind::Reset, "enough".into())));
    assert_eq!(read.recv().expect("an answer"), Ok("1".into()), "the open turn is gone, the rest is not");
}

/// Tells the world by means of its own.
struct Teller {
    state: State,
    held: Held,
    arrived: Sender<()>,
}

impl DurableObject for Teller {
    fn new(_: State) -> Result<Self, Error> {
        Err(Error::new(ErrorKind::Unsupported, "made with what holds it back"))
    }

    async fn fetch(&self, request: Request) -> Result<Response, Error> {
        let storage = self.state.storage();
        match request.uri().path() {
            "/one/write-unconfirmed" => {
                storage.put_with("known", true, WriteOptions { allow_unconfirmed: true })?;
            }
            "/one/write-later" => {
                let (storage, arrived) = (storage.clone(), self.arrived.clone());
                self.state.wait_until(async move {
                    storage.put("known", true).expect("in memory");
                    arrived.send(()).expect("the test listens");
                });
            }
            "/one/tell" => {
                assert_eq!(storage.get("known")?, Some(true));
                self.arrived.send(()).expect("the test listens");
                self.state.output_gate().await?;
                self.held.note("told");
            }
            _ => {}
        }
        Ok(text("done"))
    }
}

struct Tellers {
    app: App,
    clock: Arc<ManualClock>,
    held: Held,
    arrivals: Receiver<()>,
}

fn tellers() -> Tellers {
    let (arrived, arrivals) = mpsc::channel();
    let (clock, held) = (Arc::new(ManualClock::new(0)), Held::new());
    let of_object = held.clone();
    let builder = App::builder(held.engine()).clock(clock.clone()).object_with("test-Teller", move |state| {
        Ok(Teller { state, held: of_object.clone(), arrived: arrived.clone() })
    });
    let entry = async |request: Request, env: Env| {
        let name = request.uri().path()[..4].to_owned();
        env.namespace::<Teller>()?.get_by_name(&name).fetch(request).await
    };
    Tellers { app: builder.start(entry).expect("an app"), clock, held, arrivals }
}

#[test]
fn an_object_that_comes_back_tells_nothing_before_it_is_durable() {
    let Tellers { app, clock, held, arrivals } = tellers();
    assert_eq!(body(fetch(&app, "/one/write-later")), "done");
    arrivals.recv().expect("it writes after it was answered");
    assert_eq!(body(fetch(&app, "/two/nothing")), "done", "the turn of the write has ended");
    clock.advance(IDLE_EVICTION);
    let told = app.fetch(request("/one/tell"));
    arrivals.recv().expect("it has read what was written before it was evicted");
    assert_eq!(held.events(), [""; 0]);
    held.release();
    assert_eq!(body(block_on(told)), "done");
    assert_eq!(held.events(), ["released", "told"]);
}

#[test]
fn an_unconfirmed_write_holds_nothing_back() {
    let Tellers { app, held, .. } = tellers();
    assert_eq!(body(fetch(&app, "/one/write-unconfirmed")), "done");
    assert_eq!(held.events(), [""; 0], "answered while the commit was held");
    held.release();
}

#[test]
fn sync_resolves_when_the_write_is_durable() {
    let (app, held, _answers) = held();
    let answer = ask(&app, &held, "/one/sync");
    held.release();
    assert_eq!(answer.recv().expect("an answer"), Ok("1".into()));
    assert_eq!(held.events(), ["released", "answer"]);
}

#[test]
fn nothing_leaves_when_a_commit_fails() {
    let (app, held, answers) = held();
    let written = ask(&app, &held, "/one/count");
    let read = ask(&app, &held, "/one/read");
    for _ in 0..2 {
        answers.recv().expect("the entry has the answer");
    }
    held.fail();
    for answer in [written, read] {
        let (kind, message) = answer.recv().expect("an answer").expect_err("nothing was durable");
        assert_eq!(
            (kind, message.as_str()),
            (ErrorKind::Reset, "what this depends on could not be made durable")
        );
    }
    let later = ask(&app, &held, "/two/count");
    assert!(later.recv().expect("an answer").is_err(), "the engine accepts nothing more");
}
