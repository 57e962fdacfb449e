use std::collections::{BTreeSet, HashMap};
use std::ops::Bound;

use crate::engine::ObjectNo;

/// The alarms of objects whose records say something about it.
#[derive(Default)]
pub(super) struct Alarms {
    of: HashMap<ObjectNo, Option<i64>>,
    due: BTreeSet<(i64, ObjectNo)>,
}

impl Alarms {
    pub(super) fn set(&mut self, object: ObjectNo, due_ms: Option<i64>) {
        if let Some(Some(before)) = self.of.insert(object, due_ms) {
            self.due.remove(&(before, object));
        }
        self.due.extend(due_ms.map(|due_ms| (due_ms, object)));
    }

    pub(super) fn knows(&self, object: ObjectNo) -> bool {
        self.of.contains_key(&object)
    }

    /// In order of time and object.
    pub(super) fn due(
        &self,
        after: Option<(i64, ObjectNo)>,
        until_ms: i64,
    ) -> impl Iterator<Item = (i64, ObjectNo)> {
        let start = after.map_or(Bound::Unbounded, Bound::Excluded);
        let rest = self.due.range((start, Bound::Unbounded)).copied();
        rest.take_while(move |(due_ms, _)| *due_ms <= until_ms)
    }
}
