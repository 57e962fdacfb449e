use std::cell::RefCell;

use super::storage::{Storage, decode_pairs, to_key};
use crate::storage::occ::{Decision, after_conflict};
use crate::storage::{ListOptions, OptimisticTransaction, StorageError, Store};
use crate::value::Value;
use crate::{Error, ErrorKind};

/// The object's data inside an [`optimistic`](Storage::optimistic) transaction: as it was when the
/// run began, with the run's own writes over it.
pub struct Optimistic<'a> {
    storage: &'a Storage,
    /// `None` when the run has ended.
    txn: RefCell<Option<OptimisticTransaction>>,
}

impl Optimistic<'_> {
    /// The value of a key.
    ///
    /// # Errors
    /// `Conflict` when it was written since the run began: return it, and the transaction runs again.
    /// Else as [`Storage::get`].
    pub fn get<T: TryFrom<Value>>(&self, key: &str) -> Result<Option<T>, Error>
    where
        Error: From<T::Error>,
    {
        let bytes = self.with("get", |store, txn| store.optimistic_get(txn, key.as_bytes()))?;
        let value = bytes.map(|bytes| Value::decode(&bytes)).transpose()?;
        Ok(value.map(T::try_from).transpose()?)
    }

    /// The entries `options` describe, in its order.
    ///
    /// # Errors
    /// `Conflict` as for [`get`](Self::get); else as [`Storage::list`].
    pub fn list(&self, options: &ListOptions) -> Result<Vec<(String, Value)>, Error> {
        decode_pairs(self.with("list", |store, txn| store.optimistic_list(txn, options))?)
    }

    /// Writes a key. Nobody else sees it before the transaction commits.
    ///
    /// # Errors
    /// As [`Storage::put`].
    pub fn put<T: TryInto<Value>>(&self, key: &str, value: T) -> Result<(), Error>
    where
        Error: From<T::Error>,
    {
        let value = value.try_into()?.encode()?;
        self.with("put", |store, txn| store.optimistic_put(txn, to_key(key), value))
    }

    /// Deletes a key and says whether it existed. Nobody else sees it before the transaction commits.
    ///
    /// # Errors
    /// `Conflict` as for [`get`](Self::get).
    pub fn delete(&self, key: &str) -> Result<bool, Error> {
        self.with("delete", |store, txn| store.optimistic_delete(txn, to_key(key)))
    }

    fn with<T>(
        &self,
        operation: &'static str,
        call: impl FnOnce(&mut Store, &mut OptimisticTransaction) -> Result<T, StorageError>,
    ) -> Result<T, Error> {
        let mut txn = self.txn.borrow_mut();
        let txn = txn.as_mut().expect("a run ends when its callback has, which borrows this");
        self.storage.with(operation, |store| call(store, txn))
    }

    /// Ends the run: with its writes if it succeeded. `Conflict` when it has to run again, whatever it
    /// came to.
    fn end(&self, succeeded: bool) -> Result<(), Error> {
        let txn = self.txn.borrow_mut().take().expect("a run ends once");
        self.storage.with("optimistic", |store| match succeeded {
            true => store.commit_optimistic(txn),
            false => store.abandon_optimistic(&txn),
        })
    }
}

impl Drop for Optimistic<'_> {
    fn drop(&mut self) {
        let Some(txn) = self.txn.get_mut().take() else { return };
        // Whoever waited for the transaction waits no longer, so its outcome is of no interest. An
        // activation that has ended has nothing to tidy up.
        drop(self.storage.with("optimistic", |store| store.abandon_optimistic(&txn)));
    }
}

impl Storage {
    /// Runs `callback` on a consistent view of the data without holding anybody up, and commits what it
    /// wrote as one unit if nothing it read was written by others meanwhile; else runs it again, at most
    /// 16 times in all. So it may run more than once, and should do nothing that cannot be repeated.
    /// For long transactions that seldom meet; [`transaction`](Self::transaction) is for those that do.
    ///
    /// Only what goes through `txn` is part of it. When it has committed, its writes are in the open
    /// turn like any others.
    ///
    /// ```
    /// # use steadfast::host::{App, DurableObject, Request, Response, State};
    /// # use steadfast::{Error, engine::LogEngine};
    /// # struct Account { state: State }
    /// # impl DurableObject for Account {
    /// #     fn new(state: State) -> Result<Self, Error> { Ok(Self { state }) }
    /// #     async fn fetch(&self, _request: Request) -> Result<Response, Error> {
    /// let storage = self.state.storage();
    /// storage.put("price", 5)?;
    /// let total = storage
    ///     .optimistic(async |txn| {
    ///         let price = txn.get::<i32>("price")?.unwrap_or(0);
    ///         tokio::task::yield_now().await; // others may run here, and change what was read
    ///         txn.put("total", price * 3)?;
    ///         Ok(price * 3)
    ///     })
    ///     .await?;
    /// assert_eq!(total, 15);
    /// assert_eq!(storage.get::<i32>("total")?, Some(15));
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
    /// What `callback` returns on a view that was consistent; nothing is written then. `Conflict` when
    /// it has run as often as it may.
    pub async fn optimistic<T>(
        &self,
        callback: impl AsyncFn(&Optimistic<'_>) -> Result<T, Error>,
    ) -> Result<T, Error> {
        let mut runs = 0;
        loop {
            runs += 1;
            let txn = self.with("optimistic", |store| Ok(store.begin_optimistic()))?;
            let txn = Optimistic { storage: self, txn: RefCell::new(Some(txn)) };
            let result = callback(&txn).await;
            match txn.end(result.is_ok()) {
                Ok(()) => return result,
                Err(error) if error.kind() != ErrorKind::Conflict => return Err(error),
                Err(conflict) if after_conflict(runs) == Decision::GiveUp => return Err(conflict),
                Err(_) => {}
            }
        }
    }
}
