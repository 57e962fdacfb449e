//! Which objects there are, out of two: those created above the base, and those in it.
//!
//! What is above is asked first, so that what leaves it for the base in between is in both, never in neither.

use super::base::BaseReader;
use super::{EngineError, FacetEntry, ObjectEntry, ObjectHeader, ObjectNo};
use crate::limits::ID_BYTES;

/// The objects of an engine: a base, and what is above it.
pub(super) trait Objects {
    fn base(&self) -> &BaseReader;

    /// The header of an object that is in the base, with what is above.
    fn header(&self, object: ObjectNo) -> Result<Option<ObjectHeader>, EngineError>;

    /// The header of an object that was above the base a moment ago, and may have left for it since.
    fn created_header(&self, created: ObjectHeader) -> Result<ObjectHeader, EngineError>;

    /// The object with this identity; `created` is how it was created above.
    fn lookup(
        &self,
        created: Option<ObjectHeader>,
        namespace: &str,
        id: &[u8; ID_BYTES],
    ) -> Result<Option<ObjectHeader>, EngineError> {
        if let Some(created) = created {
            return self.created_header(created).map(Some);
        }
        match self.base().find(namespace, id)? {
            Some(object) => self.header(object),
            None => Ok(None),
        }
    }

    /// The facets of the root with this identity, in order of number; `created` above.
    fn facets(
        &self,
        created: Vec<FacetEntry>,
        namespace: &str,
        id: &[u8; ID_BYTES],
    ) -> Result<Vec<FacetEntry>, EngineError> {
        let mut facets = created;
        for facet in &mut facets {
            facet.header = self.created_header(facet.header.clone())?;
        }
        for (parent, name, object) in self.base().facets(namespace, id)? {
            if facets.iter().all(|facet| facet.header.no != object) {
                facets.extend(self.header(object)?.map(|header| FacetEntry { parent, name, header }));
            }
        }
        facets.sort_unstable_by_key(|facet| facet.header.no);
        Ok(facets)
    }

    /// At most `limit` objects of a namespace with an id above `after`, in order of id; `created` above.
    fn objects(
        &self,
        created: Vec<([u8; ID_BYTES], ObjectHeader)>,
        namespace: &str,
        after: Option<&[u8; ID_BYTES]>,
        limit: usize,
    ) -> Result<Vec<ObjectEntry>, EngineError> {
        let mut entries = Vec::with_capacity(created.len());
        for (id, header) in created {
            entries.push(ObjectEntry { id, header: self.created_header(header)? });
        }
        for (id, object) in self.base().objects(namespace, after, limit)? {
            entries.extend(self.header(object)?.map(|header| ObjectEntry { id, header }));
        }
        entries.sort_by_key(|entry| entry.id);
        entries.dedup_by_key(|entry| entry.id);
        entries.truncate(limit);
        Ok(entries)
    }
}
