//! The servers of this process by token, so that a worker thread finds the one the main thread has
//! opened. The only global state of the addon; it keeps nothing alive.

use std::collections::HashMap;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError, Weak};

use crate::front::Front;

struct Registry {
    last: u32,
    fronts: Option<HashMap<u32, Weak<Front>>>,
}

static REGISTRY: Mutex<Registry> = Mutex::new(Registry { last: 0, fronts: None });

/// Registers a server and names it.
pub(crate) fn add(front: &Arc<Front>) -> u32 {
    let mut registry = lock();
    registry.last += 1;
    let token = registry.last;
    let fronts = registry.fronts.get_or_insert_default();
    fronts.retain(|_, front| front.strong_count() > 0);
    fronts.insert(token, Arc::downgrade(front));
    token
}

/// The server with this token, if it has not been stopped.
pub(crate) fn find(token: u32) -> Option<Arc<Front>> {
    lock().fronts.as_ref()?.get(&token)?.upgrade()
}

fn lock() -> MutexGuard<'static, Registry> {
    REGISTRY.lock().unwrap_or_else(PoisonError::into_inner)
}
