//! Hooks for the package's tests: every engine opened can hold back durability, or fail.

use std::sync::{Arc, Mutex, PoisonError};

use napi::bindgen_prelude::External;
use napi_derive::napi;
use steadfast::engine::Engine;
use steadfast::engine::testing::HeldBack;

use crate::backed::Shared;
use crate::lanes::failure;

static LAST: Mutex<Option<Arc<HeldBack>>> = Mutex::new(None);

/// Puts a valve over an engine and remembers it for [`last_engine`].
pub(crate) fn holding_back(engine: Arc<dyn Engine>) -> Arc<dyn Engine> {
    let held = Arc::new(HeldBack::over(engine));
    *LAST.lock().unwrap_or_else(PoisonError::into_inner) = Some(held.clone());
    held
}

/// The engine of the server that was opened last.
#[napi]
pub fn last_engine() -> napi::Result<TestedEngine> {
    let last = LAST.lock().unwrap_or_else(PoisonError::into_inner).clone();
    last.map(|engine| TestedEngine { engine }).ok_or_else(|| failure("no server was opened"))
}

/// An engine whose durability a test decides on.
#[napi]
pub struct TestedEngine {
    engine: Arc<HeldBack>,
}

#[napi]
impl TestedEngine {
    /// Nothing more is reported durable.
    #[napi]
    pub fn hold(&self) {
        self.engine.hold();
    }

    /// Everything passes again.
    #[napi]
    pub fn release(&self) {
        self.engine.release_all();
    }

    /// Fails, as when a sync has failed.
    #[napi]
    pub fn fail(&self, cause: String) {
        self.engine.fail(&cause);
    }
}

/// Panics while it uses an overlay, as a broken invariant would, but prints nothing: a report of a
/// panic among the output of tests that pass looks like one of them failing.
#[napi(catch_unwind)]
pub fn panic_with_overlay(overlay: &External<Shared>) {
    let _used = overlay.borrow_mut();
    std::panic::resume_unwind(Box::new("a broken invariant"));
}
