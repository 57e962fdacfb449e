use std::collections::HashMap;
use std::sync::Arc;

use super::Dirty;
use crate::engine::ObjectNo;
use crate::engine::group::GroupEffect;
use crate::engine::overlay::Created;

/// A generation that no longer changes. Readers may still hold parts of it.
pub(in crate::engine::log) struct Frozen {
    objects: Vec<Arc<HashMap<ObjectNo, Dirty>>>,
    created: Arc<Created>,
}

impl Frozen {
    pub(super) fn new(objects: Vec<Arc<HashMap<ObjectNo, Dirty>>>, created: Arc<Created>) -> Self {
        Self { objects, created }
    }

    /// What it changes in the base, in the order in which a B-tree takes it best.
    pub(in crate::engine::log) fn effect(&self) -> GroupEffect<'_> {
        let mut effect = GroupEffect { created: self.created.all().collect(), ..GroupEffect::default() };
        effect.created.sort_unstable_by_key(|(object, _)| *object);
        let mut objects: Vec<(ObjectNo, &Dirty)> = self
            .objects
            .iter()
            .flat_map(|shard| shard.iter())
            .map(|(object, dirty)| (*object, dirty))
            .collect();
        objects.sort_unstable_by_key(|(object, _)| *object);
        for (object, dirty) in objects {
            effect.wiped.extend(dirty.reset().map(|incarnation| (object, incarnation)));
            effect.written.extend(dirty.entries().map(|(key, state)| (object, key, state)));
            effect.sized.extend(dirty.size().map(|size| (object, size)));
            effect.pages.extend(dirty.pages().map(|(no, image)| ((object, no), image)));
            effect.alarms.extend(dirty.alarm().map(|due_ms| (object, due_ms)));
            effect.bookmarks.extend(dirty.bookmarks().map(|bookmarks| (object, bookmarks)));
            effect.history.extend(dirty.history().map(|change| (object, change)));
        }
        effect
    }
}
