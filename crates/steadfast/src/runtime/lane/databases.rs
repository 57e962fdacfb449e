//! When the SQL databases of activations are closed: an open one costs memory, and opening it again
//! some tens of microseconds.

use super::super::activation::ActivationNo;
use super::Lane;
use crate::limits::SQL_IDLE_RELEASE;

impl<M: Send + 'static> Lane<M> {
    /// Looks at the database of an activation that has just used it, a while from now.
    pub(super) fn watch_database(&mut self, activation: ActivationNo) {
        let due_ms = self.now_ms().saturating_add(release_ms());
        let Some(live) = self.activations.get_mut(&activation) else { return };
        let Some(store) = live.store.as_ref() else { return };
        live.listed_database = true;
        self.databases.push_back((due_ms, activation, store.sql_uses()));
    }

    /// Closes the databases that were not used since they were looked at last. One that cannot be
    /// closed unnoticed is looked at again after its next use.
    pub(super) fn release_databases(&mut self, now_ms: u64) {
        while self.databases.front().is_some_and(|(due_ms, ..)| *due_ms <= now_ms) {
            let Some((_, activation, uses)) = self.databases.pop_front() else { break };
            let Some(live) = self.activations.get_mut(&activation) else { continue };
            let Some(store) = live.store.as_mut() else { continue };
            live.listed_database = false;
            if store.sql_uses() == uses {
                store.sql_release_idle();
            } else {
                self.watch_database(activation);
            }
        }
    }
}

fn release_ms() -> u64 {
    u64::try_from(SQL_IDLE_RELEASE.as_millis()).unwrap_or(u64::MAX)
}
