//! An engine that holds back durability, with a list of what happened when.

use std::sync::{Arc, Mutex};

use steadfast::engine::Engine;
use steadfast::engine::testing::HeldBack;

use super::memory;

/// Decides what is durable, and keeps the list.
#[derive(Clone)]
pub(super) struct Held {
    engine: Arc<HeldBack>,
    events: Arc<Mutex<Vec<&'static str>>>,
}

impl Held {
    /// Nothing is durable from the start.
    pub(super) fn new() -> Self {
        let engine = HeldBack::over(memory());
        engine.hold();
        Self { engine: Arc::new(engine), events: Arc::default() }
    }

    pub(super) fn engine(&self) -> Arc<dyn Engine> {
        self.engine.clone()
    }

    /// Everything is durable now.
    pub(super) fn release(&self) {
        self.note("released");
        self.engine.release_all();
    }

    /// Nothing more will be durable.
    pub(super) fn fail(&self) {
        self.note("failed");
        self.engine.fail("the disk is gone");
    }

    pub(super) fn note(&self, event: &'static str) {
        self.events.lock().expect("no test panics here").push(event);
    }

    pub(super) fn events(&self) -> Vec<&'static str> {
        self.events.lock().expect("no test panics here").clone()
    }
}
