//! Objects written in Rust, asked from outside: every request increments a durable counter.

use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::sync::mpsc::{self, Sender};
use std::sync::{Arc, Weak};
use std::thread;
use std::time::{Duration, Instant};

use steadfast::Error;
use steadfast::host::{App, DurableObject, Request, Response, State};

use super::options::Options;
use super::{CONCURRENT, DataDirectory, EngineKind, OBJECTS};

/// Answered requests per second, 64 at a time over 1000 objects.
pub(super) fn durable_requests(options: &Options, kind: EngineKind) -> Result<f64, String> {
    let directory = DataDirectory::new(options, "app")?;
    let engine = kind.open(&directory.path)?;
    let app = App::builder(engine.clone()).object::<Counter>("bench-Counter").start(async |request, env| {
        env.namespace::<Counter>()?.get_by_name(Request::uri(&request).path()).fetch(request).await
    });
    let app = Arc::new(app.map_err(|error| format!("the app did not start: {error}"))?);
    load(&app, WARM_UP)?;
    let begin = Instant::now();
    let answers = load(&app, Duration::from_secs(options.seconds))?;
    let rate = answers as f64 / begin.elapsed().as_secs_f64();
    app.stop();
    engine.close().map_err(|error| format!("the engine failed: {error}"))?;
    Ok(rate)
}

/// Counts its requests.
struct Counter {
    state: State,
}

impl DurableObject for Counter {
    fn new(state: State) -> Result<Self, Error> {
        Ok(Self { state })
    }

    async fn fetch(&self, _request: Request) -> Result<Response, Error> {
        let storage = self.state.storage();
        let count = storage.get::<u32>("count")?.unwrap_or(0) + 1;
        storage.put("count", count)?;
        Ok(Response::new(count.to_string().into()))
    }
}

/// Keeps 64 requests on their way for some time. Returns how many were answered.
fn load(app: &Arc<App>, time: Duration) -> Result<u64, String> {
    let (ended, all_ended) = mpsc::channel();
    let run =
        Arc::new(Run { app: Arc::downgrade(app), asked: AtomicU64::new(0), over: AtomicBool::new(false) });
    for _ in 0..CONCURRENT {
        run.clone().ask(ended.clone());
    }
    drop(ended);
    thread::sleep(time);
    run.over.store(true, Ordering::Relaxed);
    for outcome in all_ended {
        outcome?;
    }
    Ok(run.asked.load(Ordering::Relaxed))
}

/// Requests of which each answer asks for the next.
struct Run {
    app: Weak<App>,
    asked: AtomicU64,
    over: AtomicBool,
}

impl Run {
    fn ask(self: Arc<Self>, ended: Sender<Result<(), String>>) {
        let n = self.asked.fetch_add(1, Ordering::Relaxed);
        let app = self.app.upgrade().expect("it outlives its load");
        let request = http::Request::builder().uri(format!("/object-{}", n % OBJECTS as u64));
        let request = request.body(bytes::Bytes::new()).expect("a request");
        app.fetch_then(request, move |answer| match answer {
            Ok(_) if !self.over.load(Ordering::Relaxed) => self.ask(ended),
            Ok(_) => {}
            // Who started the load hears of it, unless that has ended for another reason.
            Err(error) => drop(ended.send(Err(format!("a request failed: {error}")))),
        });
    }
}

const WARM_UP: Duration = Duration::from_secs(1);
