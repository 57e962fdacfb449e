//! New objects whose first record is not yet in the base.

use std::collections::{BTreeMap, HashMap};
use std::ops::Bound;
use std::sync::Arc;

use crate::engine::{FacetEntry, Identity, ObjectHeader, ObjectNo};
use crate::limits::ID_BYTES;

/// New objects, by identity and by number.
#[derive(Default)]
pub(in crate::engine) struct Created {
    /// Those that are found by id. Facets are found through their parent.
    by_id: HashMap<Arc<str>, BTreeMap<[u8; ID_BYTES], ObjectNo>>,
    by_number: HashMap<ObjectNo, Identity>,
    /// Facets by the id of their root.
    facets: HashMap<[u8; ID_BYTES], Vec<ObjectNo>>,
}

impl Created {
    pub(in crate::engine) fn insert(&mut self, object: ObjectNo, identity: &Identity) {
        if identity.facet.is_none() {
            self.by_id.entry(identity.namespace.clone()).or_default().insert(identity.id, object);
        } else {
            self.facets.entry(identity.id).or_default().push(object);
        }
        self.by_number.insert(object, identity.clone());
    }

    pub(in crate::engine) fn remove(&mut self, object: ObjectNo, identity: &Identity) {
        self.by_number.remove(&object);
        if identity.facet.is_some() {
            if let Some(facets) = self.facets.get_mut(&identity.id) {
                facets.retain(|facet| *facet != object);
                if facets.is_empty() {
                    self.facets.remove(&identity.id);
                }
            }
            return;
        }
        if let Some(objects) = self.by_id.get_mut(&identity.namespace) {
            objects.remove(&identity.id);
            if objects.is_empty() {
                self.by_id.remove(&identity.namespace);
            }
        }
    }

    pub(in crate::engine) fn lookup(&self, namespace: &str, id: &[u8; ID_BYTES]) -> Option<ObjectHeader> {
        Some(self.header(*self.by_id.get(namespace)?.get(id)?))
    }

    /// Facets of the root with this identity, as they were created.
    pub(in crate::engine) fn facets(&self, namespace: &str, id: &[u8; ID_BYTES]) -> Vec<FacetEntry> {
        let numbers = self.facets.get(id).map_or(&[][..], Vec::as_slice);
        let entry = |object: &ObjectNo| {
            let identity = self.by_number.get(object).filter(|identity| *identity.namespace == *namespace)?;
            let (parent, name) = identity.facet.clone()?;
            Some(FacetEntry { parent, name, header: self.header(*object) })
        };
        numbers.iter().filter_map(entry).collect()
    }

    pub(in crate::engine) fn identity(&self, object: ObjectNo) -> Option<Identity> {
        self.by_number.get(&object).cloned()
    }

    pub(in crate::engine) fn namespaces(&self) -> Vec<Arc<str>> {
        self.by_number.values().map(|identity| identity.namespace.clone()).collect()
    }

    pub(in crate::engine) fn after(
        &self,
        namespace: &str,
        after: Option<&[u8; ID_BYTES]>,
        limit: usize,
    ) -> Vec<([u8; ID_BYTES], ObjectHeader)> {
        let Some(objects) = self.by_id.get(namespace) else { return Vec::new() };
        let start = after.map_or(Bound::Unbounded, Bound::Excluded);
        let range = objects.range::<[u8; ID_BYTES], _>((start, Bound::Unbounded));
        range.take(limit).map(|(id, object)| (*id, self.header(*object))).collect()
    }

    /// Every one, in no order.
    pub(in crate::engine) fn all(&self) -> impl Iterator<Item = (ObjectNo, &Identity)> {
        self.by_number.iter().map(|(object, identity)| (*object, identity))
    }

    fn header(&self, object: ObjectNo) -> ObjectHeader {
        let name = self.by_number.get(&object).and_then(|identity| identity.name.clone());
        ObjectHeader::new(object, name)
    }
}
