//! Calls between objects, and from the entry worker to objects.

use std::fmt;

use super::activation::{ActivationNo, ResetReason};
use super::gate::SectionNo;
use crate::engine::Position;

/// One call, from the request to its reply. Never reused; one that is made later has a higher number, also
/// on another lane.
pub type CallNo = u64;

/// Whose code is running: what a call, a wait or an output belongs to.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Context {
    /// The entry worker, or code outside every object.
    Entry,
    /// An object's code, inside the given critical section if any.
    Object {
        /// The activation.
        activation: ActivationNo,
        /// The innermost section the code was started in.
        section: Option<SectionNo>,
    },
}

impl Context {
    /// The activation, if any.
    pub fn activation(self) -> Option<ActivationNo> {
        match self {
            Self::Entry => None,
            Self::Object { activation, .. } => Some(activation),
        }
    }
}

/// Why a call was not made.
#[derive(Clone, PartialEq, Eq, Debug)]
pub enum CallRefused {
    /// The stub was in use when its object was reset; it fails for good, with that error.
    Broken(ResetReason),
    /// Calls nest too deeply.
    TooDeep,
    /// Too many calls wait for the object.
    Overloaded,
    /// The caller's activation has ended.
    CallerGone,
    /// The lane has ended, because its code was replaced.
    CodeReplaced,
}

impl fmt::Display for CallRefused {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Broken(reason) => f.write_str(&reason.message),
            Self::TooDeep => {
                f.write_str("Subrequest depth limit exceeded: objects call each other too deeply.")
            }
            Self::Overloaded => f.write_str("Durable Object is overloaded. Too many requests queued."),
            Self::CodeReplaced => f.write_str("Durable Object reset because its code was updated."),
            Self::CallerGone => f.write_str("The Durable Object that made this call is no longer running."),
        }
    }
}

impl std::error::Error for CallRefused {}

/// A call in flight.
#[derive(Debug)]
pub(super) struct Call {
    /// Who gets the reply; `None` once the caller has ended.
    pub(super) caller: Option<Context>,
    /// Who answers.
    pub(super) callee: ActivationNo,
    /// Until the turn that made the call has ended, the caller's position is not known.
    pub(super) position: Position,
    /// How many calls are above it.
    pub(super) depth: u32,
}
