//! The thread objects run on, and how the rest of the process reaches it.

use std::any::{TypeId, type_name};
use std::rc::Rc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex, PoisonError, Weak};
use std::thread::{self, JoinHandle};

use tokio::sync::{Notify, oneshot};

use super::namespace::Env;
use super::settle::{Settle, Settler};
use super::shell::{Answer, Class, Entry, LiveObject, Shell};
use super::{DurableObject, Request, Response, State};
use crate::clock::{Clock, Follower, SystemClock};
use crate::engine::Engine;
use crate::id::IdFactory;
use crate::limits::{NAMESPACE_KEY_BYTES_MAX, RELOAD_DRAIN};
use crate::runtime::{Lane, Mailbox, NamespaceSettings, Runtime, RuntimeSettings, Token};
use crate::{Error, ErrorKind};

/// What becomes of an answer.
type Done = Box<dyn FnOnce(Answer) + Send>;

/// What the lane's thread is told.
pub(super) enum Message {
    /// Answer a request from outside.
    Fetch(Box<Fetch>),
    /// Poll a task in a turn of its own.
    Wake(Token),
    /// Answer when nothing happens before time moves on.
    Settle(Settle),
    /// End when nothing runs any more.
    Stop,
    /// End now.
    StopNow,
}

/// A request from outside.
pub(super) struct Fetch {
    pub(super) request: Request,
    pub(super) done: Done,
}

/// Collects what an [`App`] is made of.
pub struct AppBuilder {
    engine: Arc<dyn Engine>,
    clock: Arc<dyn Clock>,
    settings: RuntimeSettings,
    classes: Vec<Class>,
}

impl AppBuilder {
    /// Adds a class. Its objects live under `unique_key`, for which wrangler uses
    /// `<worker name>-<ClassName>`; renaming it hides their data.
    #[must_use]
    pub fn object<T: DurableObject>(self, unique_key: &str) -> Self {
        self.object_with(unique_key, T::new)
    }

    /// Adds a class whose objects are made by `construct` in place of [`DurableObject::new`], which
    /// lets them hold what the rest of the process gives them.
    #[must_use]
    pub fn object_with<T: DurableObject>(
        mut self,
        unique_key: &str,
        construct: impl Fn(State) -> Result<T, Error> + Send + 'static,
    ) -> Self {
        self.classes.push(Class {
            rust_type: TypeId::of::<T>(),
            type_name: type_name::<T>(),
            unique_key: unique_key.into(),
            ids: IdFactory::new(unique_key),
            settings: NamespaceSettings { backing: T::BACKING, history: T::HISTORY },
            construct: Box::new(move |state| Ok(Rc::new(construct(state)?) as Rc<dyn LiveObject>)),
        });
        self
    }

    /// Replaces the machine's clock, by which alarms run, idle objects are evicted and what takes too
    /// long is ended. A [`ManualClock`](crate::clock::ManualClock) lets a test move time.
    #[must_use]
    pub fn clock(mut self, clock: Arc<dyn Clock>) -> Self {
        self.clock = clock;
        self
    }

    /// Replaces the default settings.
    #[must_use]
    pub fn settings(mut self, settings: RuntimeSettings) -> Self {
        self.settings = settings;
        self
    }

    /// Starts the thread. `entry` answers the app's requests, usually by passing them to an object.
    ///
    /// # Errors
    /// `Invalid` when a class was added twice or a unique key is empty, too long or used twice;
    /// `Internal` when the thread cannot be started.
    pub fn start<F>(self, entry: F) -> Result<App, Error>
    where
        F: AsyncFn(Request, Env) -> Result<Response, Error> + Send + 'static,
    {
        self.check()?;
        let cannot_start = |source| Error::with_source(ErrorKind::Internal, "cannot start a lane", source);
        let executor = tokio::runtime::Builder::new_current_thread().enable_all().build();
        let executor = executor.map_err(cannot_start)?;
        let runtime = Runtime::new(self.engine, self.clock, self.settings);
        let woken = Arc::new(Notify::new());
        let wake = woken.clone();
        let mailbox = Mailbox::new(move || wake.notify_one());
        let (classes, of_thread) = (self.classes, (runtime.clone(), mailbox.clone()));
        let run = move || {
            let (runtime, mailbox) = of_thread;
            let lane = Lane::new(runtime, mailbox.clone());
            let shell = Shell::new(lane, classes, into_entry(entry));
            executor.block_on(drive(&shell, &woken));
            drop(mailbox.close());
            shell.clear();
        };
        let thread = thread::Builder::new().name("steadfast-lane".into()).spawn(run).map_err(cannot_start)?;
        let settler = Arc::new(Settler::new(mailbox.clone(), thread.thread().id()));
        let follower: Weak<Settler> = Arc::downgrade(&settler);
        runtime.clock().follow(follower);
        let (accepting, thread) = (AtomicBool::new(true), Mutex::new(Some(thread)));
        Ok(App { mailbox, runtime, accepting, thread, settler })
    }

    fn check(&self) -> Result<(), Error> {
        for (at, class) in self.classes.iter().enumerate() {
            let key_bytes = class.unique_key.len();
            if key_bytes == 0 || key_bytes > NAMESPACE_KEY_BYTES_MAX {
                let message = format!(
                    "unique key of a class must have 1 to {NAMESPACE_KEY_BYTES_MAX} bytes: class={} key_bytes={key_bytes}",
                    class.type_name
                );
                return Err(Error::new(ErrorKind::Invalid, message));
            }
            let same =
                |other: &Class| other.rust_type == class.rust_type || other.unique_key == class.unique_key;
            if self.classes[..at].iter().any(same) {
                let message = format!("class or its unique key was added twice: class={}", class.type_name);
                return Err(Error::new(ErrorKind::Invalid, message));
            }
        }
        Ok(())
    }
}

/// Objects written in Rust, with the thread they run on.
///
/// Dropping it is [`stop`](Self::stop). The engine stays open: close it afterwards.
pub struct App {
    mailbox: Mailbox<Message>,
    runtime: Arc<Runtime>,
    accepting: AtomicBool,
    thread: Mutex<Option<JoinHandle<()>>>,
    /// The clock knows of it while the app lives.
    settler: Arc<Settler>,
}

impl App {
    /// Begins an app over an engine.
    pub fn builder(engine: Arc<dyn Engine>) -> AppBuilder {
        let (clock, settings) = (Arc::new(SystemClock::new()), RuntimeSettings::default());
        AppBuilder { engine, clock, settings, classes: Vec::new() }
    }

    /// Sends a request to the entry and waits for the answer, which comes when everything it depends
    /// on is durable. Dropping the result does not take the request back.
    ///
    /// # Errors
    /// What the entry returned; `Reset` when what the answer depends on could not be made durable;
    /// `Unavailable` when the app has been stopped or the entry panicked.
    pub fn fetch(&self, request: Request) -> impl Future<Output = Result<Response, Error>> + Send + use<> {
        let (sender, receiver) = oneshot::channel();
        // Nobody may wait any more; then nobody misses the answer.
        self.fetch_then(request, move |answer| drop(sender.send(answer)));
        async move { receiver.await.unwrap_or_else(|_| Err(unanswered())) }
    }

    /// As [`fetch`](Self::fetch), with a callback. It runs on a thread of the runtime and must not
    /// block; it is dropped when there will be no answer because the entry panicked or the app ended.
    pub fn fetch_then(&self, request: Request, done: impl FnOnce(Result<Response, Error>) + Send + 'static) {
        let message = Message::Fetch(Box::new(Fetch { request, done: Box::new(done) }));
        let refused = if self.accepting.load(Ordering::Acquire) {
            self.mailbox.send(message).err()
        } else {
            Some(message)
        };
        if let Some(Message::Fetch(fetch)) = refused {
            (fetch.done)(Err(unanswered()));
        }
    }

    /// Refuses further requests, lets running ones end for up to two seconds, and ends the thread.
    /// Blocks until then; calling it again does nothing. Answers still held for durability leave when
    /// the engine gets there.
    pub fn stop(&self) {
        self.accepting.store(false, Ordering::Release);
        let Some(thread) = self.thread.lock().unwrap_or_else(PoisonError::into_inner).take() else { return };
        let (mailbox, clock) = (self.mailbox.clone(), self.runtime.clock());
        let patience = clock.wake_at(
            clock.now() + RELOAD_DRAIN,
            // A lane that has ended needs no telling, now and below.
            Box::new(move || drop(mailbox.send(Message::StopNow))),
        );
        drop(self.mailbox.send(Message::Stop));
        if clock.is_moved_by_hand() {
            // Nobody moves it meanwhile: what has not ended by itself waits for something outside.
            self.settler.settle();
            drop(self.mailbox.send(Message::StopNow));
        }
        if thread.join().is_err() {
            tracing::error!(target: "steadfast::host", "the thread of a lane panicked");
        }
        drop(patience);
    }
}

impl Drop for App {
    fn drop(&mut self) {
        self.stop();
    }
}

/// Turns one after the other, until the app is stopped.
async fn drive(shell: &Rc<Shell>, woken: &Notify) {
    while !shell.is_over() {
        woken.notified().await;
        shell.receive();
        let mut turns = 0;
        while shell.turn() {
            turns += 1;
            if turns == TURNS_PER_POLL {
                turns = 0;
                // Timers and sockets of the executor get their chance.
                tokio::task::yield_now().await;
                shell.receive();
            }
        }
        shell.answer_settlers();
    }
}

/// Turns between two looks at the executor's timers and sockets.
const TURNS_PER_POLL: u32 = 64;

fn into_entry<F>(entry: F) -> Entry
where
    F: AsyncFn(Request, Env) -> Result<Response, Error> + 'static,
{
    let entry = Rc::new(entry);
    Box::new(move |request, env| {
        let entry = entry.clone();
        Box::pin(async move { entry(request, env).await })
    })
}

fn unanswered() -> Error {
    Error::new(ErrorKind::Unavailable, "the app was stopped, or its entry panicked, before it answered")
}
