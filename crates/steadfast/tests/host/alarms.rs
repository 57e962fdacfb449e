//! Alarms of objects written in Rust, and a clock that tests move.

use std::sync::{Arc, Mutex, mpsc};
use std::time::Duration;

use steadfast::clock::{Clock, ManualClock};
use steadfast::engine::{Engine, SqliteEngine};
use steadfast::host::{AlarmInfo, App, DurableObject, Env, Request, Response, State};
use steadfast::runtime::RuntimeSettings;
use steadfast::{Error, ErrorKind};

use super::{block_on, body, fetch, memory, request, text};

/// What runs of handlers saw: seconds on the clock, retries before.
type Runs = Arc<Mutex<Vec<(i64, u32)>>>;

/// Sets an alarm a second ahead when asked to; its handler fails as often as it is told.
struct Sleeper {
    state: State,
    runs: Runs,
    failures: u32,
}

impl DurableObject for Sleeper {
    fn new(_: State) -> Result<Self, Error> {
        Err(Error::new(ErrorKind::Unsupported, "made with a list"))
    }

    async fn fetch(&self, request: Request) -> Result<Response, Error> {
        let storage = self.state.storage();
        if request.uri().path().starts_with("/set") {
            storage.set_alarm(self.state.now_ms() + 1_000)?;
        }
        Ok(text(storage.alarm()?.map_or("none".to_owned(), |due_ms| due_ms.to_string())))
    }

    async fn alarm(&self, info: AlarmInfo) -> Result<(), Error> {
        assert_eq!(info.is_retry(), info.retry_count > 0);
        assert_eq!(self.state.storage().alarm()?, None, "a running alarm is not shown");
        self.runs.lock().unwrap().push((self.state.now_ms() / 1_000, info.retry_count));
        self.state.sleep(Duration::from_millis(10)).await;
        if info.retry_count < self.failures {
            return Err(Error::new(ErrorKind::Unavailable, "not yet"));
        }
        self.state.storage().put("ran", true)
    }
}

fn sleepers(engine: Arc<dyn Engine>, clock: Arc<ManualClock>, failures: u32) -> (App, Runs) {
    let runs = Runs::default();
    let seen = runs.clone();
    let settings = RuntimeSettings { random: || 0.0, ..RuntimeSettings::default() };
    let app = App::builder(engine)
        .clock(clock)
        .settings(settings)
        .object_with("test-Sleeper", move |state| Ok(Sleeper { state, runs: seen.clone(), failures }))
        .start(async |request: Request, env: Env| {
            let name = request.uri().query().unwrap_or("one").to_owned();
            env.namespace::<Sleeper>()?.get_by_name(&name).fetch(request).await
        })
        .expect("an app");
    (app, runs)
}

#[test]
fn an_alarm_runs_when_its_time_has_come() {
    let clock = Arc::new(ManualClock::new(0));
    let (app, runs) = sleepers(memory(), clock.clone(), 0);
    assert_eq!(body(fetch(&app, "/set")), "1000");
    clock.advance(Duration::from_millis(999));
    assert_eq!(*runs.lock().unwrap(), []);
    clock.advance(Duration::from_secs(3_600));
    assert_eq!(*runs.lock().unwrap(), [(1, 0)]);
    assert_eq!(body(fetch(&app, "/get")), "none");
}

#[test]
fn one_advance_runs_every_retry() {
    let clock = Arc::new(ManualClock::new(0));
    let (app, runs) = sleepers(memory(), clock.clone(), u32::MAX);
    assert_eq!(body(fetch(&app, "/set")), "1000");
    clock.advance(Duration::from_secs(3_600));
    let expected = [(1, 0), (3, 1), (7, 2), (15, 3), (31, 4), (63, 5), (127, 6)];
    assert_eq!(*runs.lock().unwrap(), expected);
    assert_eq!(body(fetch(&app, "/get")), "none", "abandoned");
}

#[test]
fn overdue_alarms_run_after_a_restart_without_a_request() {
    let directory = tempfile::tempdir().unwrap();
    let clock = Arc::new(ManualClock::new(0));
    {
        let engine: Arc<dyn Engine> = Arc::new(SqliteEngine::open(directory.path()).unwrap());
        let (app, runs) = sleepers(engine.clone(), clock.clone(), 0);
        assert_eq!(body(fetch(&app, "/set?two")), "1000");
        assert_eq!(body(fetch(&app, "/set?one")), "1000");
        app.stop();
        engine.close().unwrap();
        assert_eq!(*runs.lock().unwrap(), []);
    }
    clock.advance(Duration::from_secs(60));
    let engine: Arc<dyn Engine> = Arc::new(SqliteEngine::open(directory.path()).unwrap());
    let (app, runs) = sleepers(engine, clock.clone(), 0);
    clock.advance(Duration::ZERO);
    assert_eq!(*runs.lock().unwrap(), [(60, 0), (60, 0)]);
    clock.advance(Duration::from_secs(1));
    assert_eq!(body(fetch(&app, "/get")), "none");
}

#[test]
fn a_class_without_a_handler_keeps_its_alarm() {
    struct Deaf {
        state: State,
    }
    impl DurableObject for Deaf {
        fn new(state: State) -> Result<Self, Error> {
            Ok(Self { state })
        }
        async fn fetch(&self, request: Request) -> Result<Response, Error> {
            if request.uri().path() == "/set" {
                self.state.storage().set_alarm(1)?;
            }
            Ok(text(self.state.storage().alarm()?.is_some()))
        }
    }
    let clock = Arc::new(ManualClock::new(0));
    let app = App::builder(memory())
        .clock(clock.clone())
        .object::<Deaf>("test-Deaf")
        .start(async |request: Request, env: Env| {
            env.namespace::<Deaf>()?.get_by_name("one").fetch(request).await
        })
        .expect("an app");
    assert_eq!(body(fetch(&app, "/set")), "true");
    clock.advance(Duration::from_secs(3_600));
    assert_eq!(body(fetch(&app, "/get")), "true");
}

#[test]
fn an_advance_waits_for_work_outside_and_does_not_wait_for_ever() {
    struct Outsider {
        done: mpsc::Sender<&'static str>,
        state: State,
    }
    impl DurableObject for Outsider {
        fn new(_: State) -> Result<Self, Error> {
            Err(Error::new(ErrorKind::Unsupported, "made with a channel"))
        }
        async fn fetch(&self, request: Request) -> Result<Response, Error> {
            if request.uri().path() == "/hang" {
                std::future::pending::<()>().await;
            }
            self.state.storage().set_alarm(self.state.now_ms() + 1_000)?;
            Ok(text("set"))
        }
        async fn alarm(&self, _: AlarmInfo) -> Result<(), Error> {
            // Answered by another thread, in its own time.
            let (answer, answered) = tokio::sync::oneshot::channel();
            std::thread::spawn(move || answer.send(()));
            answered.await.expect("the thread answers");
            self.done.send("answered").expect("the test listens");
            Ok(())
        }
    }
    let clock = Arc::new(ManualClock::new(0));
    let (done, finished) = mpsc::channel();
    let app = App::builder(memory())
        .clock(clock.clone())
        .object_with("test-Outsider", move |state| Ok(Outsider { done: done.clone(), state }))
        .start(async |request: Request, env: Env| {
            let name = request.uri().path().to_owned();
            env.namespace::<Outsider>()?.get_by_name(&name).fetch(request).await
        })
        .expect("an app");
    assert_eq!(body(fetch(&app, "/set")), "set");
    clock.advance(Duration::from_secs(1));
    assert_eq!(finished.try_recv(), Ok("answered"));
    let hanging = app.fetch(request("/hang"));
    assert_eq!(body(fetch(&app, "/set")), "set");
    clock.advance(Duration::from_secs(3_600));
    assert_eq!(finished.try_recv(), Ok("answered"));
    assert_eq!(clock.now_ms(), 3_601_000);
    drop(app);
    assert!(block_on(hanging).is_err());
}
