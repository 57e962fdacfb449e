//! Bases that do not write all they are given.

use steadfast::engine::EngineError;
use steadfast::engine::testing::{Checkpoint, CheckpointStore};

pub(super) fn drops_a_page(store: Box<dyn CheckpointStore>) -> Box<dyn CheckpointStore> {
    Box::new(Lossy { store, lose: |checkpoint| checkpoint.without_a_page() })
}

pub(super) fn moves_half(store: Box<dyn CheckpointStore>) -> Box<dyn CheckpointStore> {
    Box::new(Lossy { store, lose: |checkpoint| checkpoint.half() })
}

struct Lossy {
    store: Box<dyn CheckpointStore>,
    lose: for<'a> fn(&Checkpoint<'a>) -> Checkpoint<'a>,
}

impl CheckpointStore for Lossy {
    fn checkpoint(&mut self, checkpoint: &Checkpoint<'_>) -> Result<(), EngineError> {
        self.store.checkpoint(&(self.lose)(checkpoint))
    }

    fn close(self: Box<Self>, failed: bool) -> Result<(), EngineError> {
        self.store.close(failed)
    }
}
