//! Facets: the objects that belong to another one and share its id.

use std::sync::Arc;

use super::{ObjectHeader, ObjectNo};

/// A facet, as its root's listing tells it.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct FacetEntry {
    /// The object it belongs to: the root, or another facet of the root.
    pub parent: ObjectNo,
    /// Its name within that.
    pub name: Arc<str>,
    /// What is known of it.
    pub header: ObjectHeader,
}

/// The facet of that name that belongs to `parent`.
#[must_use]
pub fn find_facet<'a>(facets: &'a [FacetEntry], parent: ObjectNo, name: &str) -> Option<&'a FacetEntry> {
    facets.iter().find(|facet| facet.parent == parent && *facet.name == *name)
}

/// Everything that belongs to `parent`, directly or not; who belongs to another comes behind it.
#[must_use]
pub fn facets_below(facets: &[FacetEntry], parent: ObjectNo) -> Vec<FacetEntry> {
    let mut below: Vec<FacetEntry> = Vec::new();
    let mut parents = vec![parent];
    while let Some(parent) = parents.pop() {
        for facet in facets.iter().filter(|facet| facet.parent == parent) {
            parents.push(facet.header.no);
            below.push(facet.clone());
        }
    }
    below
}
