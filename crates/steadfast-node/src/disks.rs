//! The data directories that stores without a lane live in: each has one engine, however many threads of
//! the process use it.
//!
//! A directory is known by its canonical path, and open as long as a thread has not let go of it. Within
//! it an object belongs to one thread at a time, because its store remembers what it has read.

use std::collections::HashMap;
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::sync::{Arc, Condvar, Mutex, MutexGuard, OnceLock, PoisonError};
use std::thread::{self, ThreadId};

use napi::bindgen_prelude::{FnArgs, Function};
use napi::threadsafe_function::{ThreadsafeFunction, ThreadsafeFunctionCallMode};
use napi::{Error, Result, Status};
use steadfast::engine::{DurableListener, Engine, EngineError, Poisoned, Position, find_base};
use steadfast::limits::ID_BYTES;

use crate::error::coded;
use crate::server::open_engine;

/// An engine and those who use it.
pub(crate) struct Disk {
    pub(crate) engine: Arc<dyn Engine>,
    /// None in memory.
    path: Option<PathBuf>,
    watchers: Arc<Watchers>,
    holders: Mutex<HashMap<StoreKey, Holder>>,
}

/// Which object of a directory.
#[derive(Clone, PartialEq, Eq, Hash)]
pub(crate) struct StoreKey {
    pub(crate) namespace: Arc<str>,
    pub(crate) id: [u8; ID_BYTES],
}

/// Who has an object's store open.
#[derive(Clone, Copy)]
struct Holder {
    thread: ThreadId,
    store: u64,
}

/// What came of asking for an object.
pub(crate) enum Claim {
    /// It belongs to this thread now.
    New,
    /// This thread has it open, under this number.
    Open(u64),
    /// Another thread has it open.
    Elsewhere,
}

/// Tells JavaScript how far its thread may count on: position, and why there will be nothing more.
pub(crate) type Progress = FnArgs<(f64, Option<String>)>;
type Tell = ThreadsafeFunction<(), (), Progress, Status, false, true>;

struct Directories {
    open: Option<HashMap<PathBuf, Open>>,
}

enum Open {
    /// Used so many times.
    Used(Arc<Disk>, usize),
    /// The last user has let go, and the engine ends.
    Closing,
}

static DIRECTORIES: Mutex<Directories> = Mutex::new(Directories { open: None });
static CLOSED: Condvar = Condvar::new();

impl Disk {
    /// Opens a directory, made if need be, or memory for `None`. Give it back to [`release`](Self::release).
    ///
    /// # Errors
    /// Why it cannot be opened; also when it is open and its files were removed, since what is written would go
    /// nowhere.
    pub(crate) fn open(directory: Option<&Path>) -> Result<Arc<Self>> {
        let Some(directory) = directory else { return Self::new(None) };
        let path = canonical(directory);
        let mut directories = lock();
        loop {
            match directories.open.get_or_insert_default().get_mut(&path) {
                Some(Open::Used(disk, users)) => {
                    find_base(&path).map_err(|cause| gone(&cause))?;
                    *users += 1;
                    return Ok(disk.clone());
                }
                Some(Open::Closing) => {
                    directories = CLOSED.wait(directories).unwrap_or_else(PoisonError::into_inner);
                }
                None => break,
            }
        }
        let disk = Self::new(Some(path.clone()))?;
        directories.open.get_or_insert_default().insert(path, Open::Used(disk.clone(), 1));
        Ok(disk)
    }

    fn new(path: Option<PathBuf>) -> Result<Arc<Self>> {
        let engine = open_engine(path.as_deref(), "log")?;
        #[cfg(feature = "testing")]
        let engine = crate::testing::holding_back(engine);
        let watchers = Arc::<Watchers>::default();
        engine.subscribe(watchers.clone());
        Ok(Arc::new(Self { engine, path, watchers, holders: Mutex::default() }))
    }

    /// One user less. The last one closes the engine, which makes everything durable and waits for it.
    ///
    /// # Errors
    /// Why something could not be made durable.
    pub(crate) fn release(&self) -> std::result::Result<(), Poisoned> {
        let Some(path) = &self.path else { return self.engine.close() };
        {
            let mut directories = lock();
            let open = directories.open.get_or_insert_default();
            let Some(Open::Used(_, users)) = open.get_mut(path) else { return Ok(()) };
            *users -= 1;
            if *users > 0 {
                return Ok(());
            }
            open.insert(path.clone(), Open::Closing);
        }
        let closed = self.engine.close();
        lock().open.get_or_insert_default().remove(path);
        CLOSED.notify_all();
        closed
    }

    /// Asks for an object on behalf of this thread, whose store would get the number `store`.
    pub(crate) fn claim(&self, key: &StoreKey, store: u64) -> Claim {
        let mut holders = self.holders.lock().unwrap_or_else(PoisonError::into_inner);
        let thread = thread::current().id();
        match holders.get(key) {
            Some(holder) if holder.thread == thread => Claim::Open(holder.store),
            Some(_) => Claim::Elsewhere,
            None => {
                holders.insert(key.clone(), Holder { thread, store });
                Claim::New
            }
        }
    }

    /// Gives an object back.
    pub(crate) fn disclaim(&self, key: &StoreKey) {
        self.holders.lock().unwrap_or_else(PoisonError::into_inner).remove(key);
    }

    /// From now on `tell` hears on its own thread how far everything is durable, as often as that thread
    /// gets round to it, and does not keep the thread alive. The number is for [`unwatch`](Self::unwatch).
    pub(crate) fn watch(&self, tell: Function<'_, Progress, ()>) -> Result<u64> {
        let news = Arc::<News>::default();
        let heard = news.clone();
        let tell = tell.build_threadsafe_function::<()>().weak::<true>();
        let tell: Tell = tell.build_callback(move |_| {
            // Before it looks: what comes later is told once more.
            heard.is_told.store(false, Ordering::SeqCst);
            let durable = heard.durable.load(Ordering::SeqCst) as f64;
            Ok((durable, heard.failure.get().cloned()).into())
        })?;
        let mut watchers = self.watchers.lock();
        watchers.last += 1;
        let number = watchers.last;
        // What is durable already will not be reported again.
        news.durable.store(self.engine.durable_position().0, Ordering::SeqCst);
        let watcher = Watcher { news, tell };
        watcher.tell();
        watchers.list.insert(number, watcher);
        Ok(number)
    }

    pub(crate) fn unwatch(&self, watcher: u64) {
        self.watchers.lock().list.remove(&watcher);
    }
}

fn gone(cause: &EngineError) -> Error {
    let message =
        "this process has the data directory open, and its files are gone; close every storage on it first";
    coded("ERR_DIRECTORY", format_args!("{message}: {}", cause.with_causes()))
}

/// The path that every way to a directory leads to. One that cannot be made is left as it is: opening it
/// says why.
fn canonical(directory: &Path) -> PathBuf {
    let made = std::fs::create_dir_all(directory).and_then(|()| directory.canonicalize());
    made.unwrap_or_else(|_| directory.to_owned())
}

/// The threads that hear of durability.
#[derive(Default)]
struct Watchers(Mutex<WatcherList>);

#[derive(Default)]
struct WatcherList {
    last: u64,
    list: HashMap<u64, Watcher>,
}

struct Watcher {
    news: Arc<News>,
    tell: Tell,
}

/// What a thread has to be told.
#[derive(Default)]
struct News {
    durable: AtomicU64,
    failure: OnceLock<String>,
    /// Its thread has been called and has not looked yet.
    is_told: AtomicBool,
}

impl Watchers {
    fn lock(&self) -> MutexGuard<'_, WatcherList> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Watcher {
    fn tell(&self) {
        if !self.news.is_told.swap(true, Ordering::SeqCst) {
            self.tell.call((), ThreadsafeFunctionCallMode::NonBlocking);
        }
    }
}

impl DurableListener for Watchers {
    fn durable(&self, position: Position) {
        for watcher in self.lock().list.values() {
            watcher.news.durable.fetch_max(position.0, Ordering::SeqCst);
            watcher.tell();
        }
    }

    fn failed(&self, cause: &Poisoned) {
        for watcher in self.lock().list.values() {
            watcher.news.failure.get_or_init(|| cause.to_string());
            watcher.tell();
        }
    }
}

fn lock() -> MutexGuard<'static, Directories> {
    DIRECTORIES.lock().unwrap_or_else(PoisonError::into_inner)
}
