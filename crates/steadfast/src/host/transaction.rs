use std::cell::Cell;
use std::ops::Deref;
use std::rc::Rc;

use super::shell::gone;
use super::storage::Storage;
use super::wait::{Slot, Wait};
use crate::Error;
use crate::runtime::SectionNo;
use crate::storage::{StorageError, TransactionEnd};

/// The object's data inside a [`transaction`](Storage::transaction).
///
/// Has every method of [`Storage`]; what it writes is undone if the transaction fails, and so is
/// what other handles write meanwhile. After the transaction has ended every method fails with
/// [`Refused`](crate::ErrorKind::Refused).
#[derive(Clone)]
pub struct Transaction {
    storage: Storage,
    section: SectionNo,
    progress: Rc<Cell<Progress>>,
}

/// How far a transaction has come.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) enum Progress {
    Open,
    RolledBack,
    Committed,
}

impl Transaction {
    fn new(storage: &Storage, section: SectionNo) -> Self {
        let progress = Rc::new(Cell::new(Progress::Open));
        let storage = storage.inside(progress.clone());
        Self { storage, section, progress }
    }

    /// Undoes what was written so far. The transaction still ends with what its callback returns,
    /// and until then nothing else of the object runs. Doing so again has no effect.
    ///
    /// # Errors
    /// `Refused` after the transaction has committed, and while another runs inside it.
    pub fn rollback(&self) -> Result<(), Error> {
        if self.progress.get() == Progress::RolledBack {
            return Ok(());
        }
        self.progress.get().check("rollback")?;
        let mut lane = self.storage.shell.lane.borrow_mut();
        lane.roll_back_transaction(self.storage.activation, self.section)?;
        self.progress.set(Progress::RolledBack);
        Ok(())
    }

    /// Ends the transaction as its callback did. Returns whether the activation lives.
    fn end(&self, end: TransactionEnd) -> bool {
        let (over, end) = match (self.progress.get(), end) {
            (Progress::Open, TransactionEnd::Commit) => (Progress::Committed, end),
            _ => (Progress::RolledBack, TransactionEnd::RollBack),
        };
        self.progress.set(over);
        self.storage.shell.lane.borrow_mut().end_transaction(self.storage.activation, self.section, end)
    }
}

impl Deref for Transaction {
    type Target = Storage;

    fn deref(&self) -> &Storage {
        &self.storage
    }
}

impl Progress {
    /// Refuses an operation on a transaction that is over.
    pub(super) fn check(self, operation: &'static str) -> Result<(), StorageError> {
        match self {
            Self::Open => Ok(()),
            Self::RolledBack => Err(StorageError::TransactionRolledBack { operation }),
            Self::Committed => Err(StorageError::TransactionCommitted { operation }),
        }
    }
}

impl Storage {
    /// Runs `callback` while nothing else of the object runs, and keeps what it wrote only if it
    /// succeeds: all of it, through whatever handle, in one unit however long it takes. It begins in
    /// a turn of its own, whether the result is awaited or not. Transactions nest.
    ///
    /// What leaves the object meanwhile does not wait for it. A transaction that takes longer than
    /// 30 seconds resets the object, and the result never comes.
    ///
    /// ```
    /// # use steadfast::host::{App, DurableObject, Request, Response, State};
    /// # use steadfast::{Error, ErrorKind, engine::LogEngine};
    /// # struct Account { state: State }
    /// # impl DurableObject for Account {
    /// #     fn new(state: State) -> Result<Self, Error> { Ok(Self { state }) }
    /// #     async fn fetch(&self, _request: Request) -> Result<Response, Error> {
    /// let storage = self.state.storage();
    /// storage.put("balance", 10)?;
    /// let withdrawn = storage
    ///     .transaction(async |txn| {
    ///         let balance = txn.get::<i32>("balance")?.unwrap_or(0) - 25;
    ///         txn.put("balance", balance)?;
    ///         if balance < 0 { Err(Error::new(ErrorKind::Invalid, "too little money")) } else { Ok(balance) }
    ///     })
    ///     .await;
    /// assert_eq!(withdrawn.unwrap_err().message(), "too little money");
    /// assert_eq!(storage.get::<i32>("balance")?, Some(10));
    /// #         Ok(Response::default())
    /// #     }
    /// # }
    /// # tokio::runtime::Builder::new_current_thread().build().unwrap().block_on(async {
    /// # let app = App::builder(std::sync::Arc::new(LogEngine::memory()?))
    /// #     .object::<Account>("bank-Account")
    /// #     .start(async |request, env| env.namespace::<Account>()?.get_by_name("a").fetch(request).await)?;
    /// # app.fetch(Request::default()).await?;
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// # }).unwrap();
    /// ```
    ///
    /// # Errors
    /// What `callback` returns; then everything is undone and the object lives on. `Invalid` if
    /// transactions and sections nest too deeply; `callback` is dropped then.
    pub fn transaction<T, F>(&self, callback: F) -> impl Future<Output = Result<T, Error>> + use<T, F>
    where
        T: 'static,
        F: AsyncFnOnce(Transaction) -> Result<T, Error> + 'static,
    {
        let slot = Slot::new();
        let wait = Wait::new(slot.clone(), self.shell.clone());
        let storage = self.clone();
        let opened = self.check("transaction").and_then(|()| {
            self.shell.open_transaction(self.activation, |section| {
                Box::pin(async move {
                    let txn = Transaction::new(&storage, section);
                    let result = callback(txn.clone()).await;
                    let end = if result.is_ok() { TransactionEnd::Commit } else { TransactionEnd::RollBack };
                    if txn.end(end) {
                        slot.fill(&storage.shell, result);
                    }
                })
            })
        });
        async move {
            opened?;
            wait.await
        }
    }

    /// Runs `write`, and keeps what it wrote only if it succeeds. Transactions nest.
    ///
    /// # Errors
    /// What `write` returns; then everything it wrote is undone.
    pub fn transaction_sync<T>(&self, write: impl FnOnce() -> Result<T, Error>) -> Result<T, Error> {
        let no = self.with("transactionSync", |store| Ok(store.begin_transaction_sync()))?;
        let result = write();
        let end = if result.is_ok() { TransactionEnd::Commit } else { TransactionEnd::RollBack };
        let mut lane = self.shell.lane.borrow_mut();
        let ended = lane.with_store(self.activation, |store| store.end_transaction_sync(no, end));
        ended.ok_or_else(gone)??;
        result
    }
}
