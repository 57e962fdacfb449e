//! What a lane sends to another one.
//!
//! An object lives on one lane; a call from another crosses as a message of the host's. The message leaves
//! when the sender's turn was submitted and takes the sender's position along. Positions are one order for
//! all lanes, so the receiver only has to depend on it from then on; nobody waits.

use super::super::call::Context;
use super::Lane;
use crate::engine::Position;

/// Sends a message that depends on everything up to the position.
pub type Post = Box<dyn FnOnce(Position) + Send>;

impl<M: Send + 'static> Lane<M> {
    /// Performs `post` when this turn has ended, with the position that `context` has come to. Posts leave
    /// in the order in which they are given; those of an activation that is reset in this turn never do.
    pub fn post(&mut self, context: Context, post: Post) {
        if !self.is_gone(context) {
            self.turn.posts.push((context, post));
        }
    }

    /// A message of another lane is about to be delivered to the entry worker, which depends on what its
    /// sender had written or seen from now on.
    pub fn arrive(&mut self, position: Position) {
        self.inherit(Context::Entry, position);
    }

    pub(super) fn send_posts(&mut self) {
        for (context, post) in std::mem::take(&mut self.turn.posts) {
            post(self.position(context));
        }
    }
}
