//! The namespaces of a lane.

use std::sync::Arc;
use std::time::Duration;

use super::Lane;
use crate::storage::Backing;

/// A namespace of a lane.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug)]
pub struct NamespaceNo(pub u32);

/// What a namespace's objects are given besides their code.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Default)]
pub struct NamespaceSettings {
    /// What the class was declared to keep its data in.
    pub backing: Backing,
    /// For how long what objects were before is kept, so that they can go back to it. Default: it is not.
    pub history: Option<Duration>,
}

pub(super) struct Namespace {
    pub(super) unique_key: Arc<str>,
    pub(super) settings: NamespaceSettings,
}

impl<M: Send + 'static> Lane<M> {
    /// Adds a namespace by its unique key (`worker-Class`).
    pub fn add_namespace(
        &mut self,
        unique_key: impl Into<Arc<str>>,
        settings: NamespaceSettings,
    ) -> NamespaceNo {
        let no = u32::try_from(self.namespaces.len()).expect("namespaces are few");
        self.namespaces.push(Namespace { unique_key: unique_key.into(), settings });
        self.alarms.reload();
        NamespaceNo(no)
    }
}
