//! Facets: objects that belong to another one, their parent, and live and end with it.
//!
//! A facet has the id and the lane of its root, and an activation, a store and gates of its own. Only its
//! parent's code can call it. What keeps a facet in memory keeps its parent; idle, they leave together.

use std::sync::Arc;

use super::super::activation::{Activation, ActivationNo, ObjectKey, ResetReason, Target};
use super::super::call::{CallNo, CallRefused, Context};
use super::super::lifecycle::Background;
use super::Lane;
use crate::engine::{FacetEntry, Identity, ObjectNo, Position, facets_below, find_facet};
use crate::storage::{StorageError, copy_object, delete_object};

impl<M: Send + 'static> Lane<M> {
    /// As [`call`](Self::call), for the facet `name` of an activation.
    ///
    /// # Errors
    /// As `call`, and when the parent has ended.
    pub fn call_facet(
        &mut self,
        caller: Context,
        parent: ActivationNo,
        name: &str,
        depth: u32,
        first_call: Option<CallNo>,
    ) -> Result<CallNo, CallRefused> {
        let parent = self.activations.get(&parent).ok_or(CallRefused::CallerGone)?;
        self.call(caller, parent.target.facet(name), depth, first_call)
    }

    /// Ends the facet `name` of an activation if it runs: as a reset, what it stored stays.
    pub fn abort_facet(&mut self, parent: ActivationNo, name: &str, reason: &ResetReason) {
        if let Some(facet) = self.running_facet(parent, name) {
            self.reset(facet, reason.clone());
        }
    }

    /// Ends the facet and deletes what it and the facets below it have stored.
    ///
    /// # Errors
    /// When the engine cannot be read or has failed.
    pub fn delete_facet(&mut self, parent: ActivationNo, name: &str) -> Result<(), StorageError> {
        self.abort_facet(parent, name, &ResetReason::error("Facet was deleted."));
        let Some(parent_no) = self.object_of(parent) else { return Ok(()) };
        let facets = self.facets_of(parent)?;
        match find_facet(&facets, parent_no, name) {
            Some(facet) => self.delete_stored(parent, &facets, facet),
            None => Ok(()),
        }
    }

    /// Does that to all facets of an activation.
    ///
    /// # Errors
    /// As [`delete_facet`](Self::delete_facet).
    pub fn delete_facets(&mut self, parent: ActivationNo) -> Result<(), StorageError> {
        let running = self.activations.get(&parent).map_or_else(Vec::new, |live| live.facets.clone());
        for facet in running {
            self.reset(facet, ResetReason::error("Facet was deleted."));
        }
        let Some(parent_no) = self.object_of(parent) else { return Ok(()) };
        let facets = self.facets_of(parent)?;
        for facet in facets.iter().filter(|facet| facet.parent == parent_no) {
            self.delete_stored(parent, &facets, facet)?;
        }
        Ok(())
    }

    /// Ends the facet `to` and puts copies of what `from` and the facets below it have stored in its place.
    ///
    /// # Errors
    /// As [`delete_facet`](Self::delete_facet).
    pub fn clone_facet(&mut self, parent: ActivationNo, from: &str, to: &str) -> Result<(), StorageError> {
        self.abort_facet(parent, to, &ResetReason::error("Facet was cloned-over."));
        if let Some(source) = self.running_facet(parent, from) {
            self.commit_below(source);
        }
        if from == to {
            return Ok(());
        }
        self.delete_facet(parent, to)?;
        let Some(parent_no) = self.object_of(parent) else { return Ok(()) };
        let facets = self.facets_of(parent)?;
        match find_facet(&facets, parent_no, from) {
            Some(source) => self.copy_stored(parent, &facets, source, parent_no, &to.into()),
            None => Ok(()),
        }
    }

    /// The parent of a facet.
    pub fn parent(&self, facet: ActivationNo) -> Option<ActivationNo> {
        self.activations.get(&facet)?.parent
    }

    /// Ties a new activation to its parent, if it is a facet.
    pub(super) fn adopt(&mut self, activation: ActivationNo) {
        let Some(key) = self.activations.get(&activation).and_then(|live| live.target.parent()) else {
            return;
        };
        let Some(parent) = self.objects.get(&key).copied() else { return };
        if let Some(live) = self.activations.get_mut(&activation) {
            live.parent = Some(parent);
        }
        if let Some(live) = self.activations.get_mut(&parent) {
            live.facets.push(activation);
        }
    }

    /// Who the object is on disk. The parent of a facet is given a number for it, if it has none.
    pub(super) fn identity(
        &mut self,
        activation: ActivationNo,
        target: &Target,
    ) -> Result<Identity, StorageError> {
        let namespace = self.namespaces[target.namespace.0 as usize].unique_key.clone();
        let identity = Identity { namespace, id: target.id, name: target.name.clone(), facet: None };
        let (Some(path), Some(parent)) = (&target.facet, self.parent(activation)) else {
            return Ok(identity);
        };
        let store = self.activations.get_mut(&parent).and_then(|live| live.store.as_mut());
        let (parent_no, submitted) = store.expect("whose code has called has a store").ensure_object()?;
        if let Some(position) = submitted {
            self.wrote(parent, position);
        }
        let name = path.last().expect("a path has names").clone();
        Ok(Identity { facet: Some((parent_no, name)), ..identity })
    }

    /// An event or something awaited begins: it keeps the activation, and those it belongs to.
    pub(super) fn begin_life(&mut self, activation: ActivationNo) {
        let mut next = Some(activation);
        while let Some(live) = next.and_then(|activation| self.activations.get_mut(&activation)) {
            live.life.begin();
            next = live.parent;
        }
    }

    /// It has ended. The root goes on the list of idle ones when that was the last.
    pub(super) fn end_life(&mut self, activation: ActivationNo) {
        let now_ms = self.now_ms();
        let mut next = Some(activation);
        while let Some(activation) = next {
            let Some(live) = self.activations.get_mut(&activation) else { return };
            let is_idle = live.life.end(now_ms);
            next = live.parent;
            if is_idle && next.is_none() {
                let due = now_ms.saturating_add(self.idle_grace_ms());
                self.idle.insert((due, activation));
            }
        }
    }

    pub(super) fn begin_background_life(&mut self, activation: ActivationNo, background: Background) {
        let mut next = Some(activation);
        while let Some(live) = next.and_then(|activation| self.activations.get_mut(&activation)) {
            live.life.begin_background(background);
            next = live.parent;
        }
    }

    pub(super) fn end_background_life(&mut self, activation: ActivationNo, background: Background) {
        let now_ms = self.now_ms();
        let mut next = Some(activation);
        while let Some(live) = next.and_then(|activation| self.activations.get_mut(&activation)) {
            live.life.end_background(background, now_ms);
            next = live.parent;
        }
    }

    /// A facet is gone, and with it what it kept its parents in memory for.
    pub(super) fn leave_parent(&mut self, activation: ActivationNo, live: &Activation) {
        let Some(parent) = live.parent else { return };
        if let Some(parent) = self.activations.get_mut(&parent) {
            parent.facets.retain(|facet| *facet != activation);
        }
        for background in [Background::Timer, Background::WaitUntil] {
            for _ in 0..live.life.in_background(background) {
                self.end_background_life(parent, background);
            }
        }
        for _ in 0..live.life.active() {
            self.end_life(parent);
        }
    }

    fn running_facet(&self, parent: ActivationNo, name: &str) -> Option<ActivationNo> {
        let parent = self.activations.get(&parent)?;
        self.objects.get(&ObjectKey::of(&parent.target.facet(name))).copied()
    }

    fn object_of(&self, activation: ActivationNo) -> Option<ObjectNo> {
        self.activations.get(&activation)?.store.as_ref()?.object()
    }

    /// All facets stored for the root that the activation belongs to.
    fn facets_of(&self, activation: ActivationNo) -> Result<Vec<FacetEntry>, StorageError> {
        let Some(live) = self.activations.get(&activation) else { return Ok(Vec::new()) };
        let namespace = &self.namespaces[live.target.namespace.0 as usize].unique_key;
        Ok(self.runtime.engine().facets(namespace, &live.target.id)?)
    }

    /// Commits what the activation and the facets below it have written, in the middle of a turn.
    fn commit_below(&mut self, activation: ActivationNo) {
        self.commit(activation);
        let facets = self.activations.get(&activation).map_or_else(Vec::new, |live| live.facets.clone());
        for facet in facets {
            self.commit_below(facet);
        }
    }

    /// Deletes a facet from the bottom up, so that one whose deletion a crash has cut short can be deleted
    /// again.
    fn delete_stored(
        &mut self,
        owner: ActivationNo,
        facets: &[FacetEntry],
        facet: &FacetEntry,
    ) -> Result<(), StorageError> {
        let mut doomed = vec![facet.clone()];
        doomed.extend(facets_below(facets, facet.header.no));
        for FacetEntry { parent, name, .. } in doomed.into_iter().rev() {
            let Some(identity) = self.facet_identity(owner, parent, name) else { continue };
            if let Some(position) = delete_object(self.runtime.engine(), identity)? {
                self.wrote(owner, position);
            }
        }
        Ok(())
    }

    /// Copies a facet and those below it, each in one record.
    fn copy_stored(
        &mut self,
        owner: ActivationNo,
        facets: &[FacetEntry],
        source: &FacetEntry,
        parent: ObjectNo,
        name: &Arc<str>,
    ) -> Result<(), StorageError> {
        let Some(identity) = self.facet_identity(owner, parent, name.clone()) else { return Ok(()) };
        let (copy, position) = copy_object(self.runtime.engine(), &source.header, identity)?;
        self.wrote(owner, position);
        for child in facets.iter().filter(|facet| facet.parent == source.header.no) {
            self.copy_stored(owner, facets, child, copy, &child.name)?;
        }
        Ok(())
    }

    fn facet_identity(&self, owner: ActivationNo, parent: ObjectNo, name: Arc<str>) -> Option<Identity> {
        let target = &self.activations.get(&owner)?.target;
        let namespace = self.namespaces[target.namespace.0 as usize].unique_key.clone();
        Some(Identity { namespace, id: target.id, name: target.name.clone(), facet: Some((parent, name)) })
    }

    /// Something was submitted on behalf of the activation: its outputs wait for it.
    fn wrote(&mut self, activation: ActivationNo, position: Position) {
        self.submitted = position;
        self.runtime.submitted(position);
        self.inherit(Context::Object { activation, section: None }, position);
    }
}
