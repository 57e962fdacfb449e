//! Which sockets an object has, and in which order it sees them. Pure.

use std::collections::{BTreeMap, BTreeSet, HashMap};
use std::sync::Arc;

use super::SocketNo;
use super::tags::Tags;
use crate::limits::OBJECT_SOCKETS_MAX;

/// The place of a socket among those of its object: the order they were accepted in.
pub(super) type Place = u64;

/// An object's sockets.
#[derive(Default, Debug)]
pub(super) struct Membership {
    members: BTreeMap<Place, Member>,
    tagged: HashMap<Arc<str>, BTreeSet<Place>>,
    last: Place,
}

#[derive(Debug)]
struct Member {
    socket: SocketNo,
    tags: Tags,
}

/// The object has as many sockets as it may.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(crate) struct TooManySockets;

impl Membership {
    /// One more socket.
    pub(super) fn join(&mut self, socket: SocketNo, tags: Tags) -> Result<Place, TooManySockets> {
        if self.members.len() >= OBJECT_SOCKETS_MAX {
            return Err(TooManySockets);
        }
        self.last += 1;
        for tag in &tags {
            self.tagged.entry(tag.clone()).or_default().insert(self.last);
        }
        self.members.insert(self.last, Member { socket, tags });
        Ok(self.last)
    }

    /// It is gone.
    pub(super) fn leave(&mut self, place: Place) {
        let Some(member) = self.members.remove(&place) else { return };
        for tag in &member.tags {
            if let Some(places) = self.tagged.get_mut(tag) {
                places.remove(&place);
                if places.is_empty() {
                    self.tagged.remove(tag);
                }
            }
        }
    }

    /// All, the newest first.
    pub(super) fn all(&self) -> impl Iterator<Item = SocketNo> {
        self.members.values().rev().map(|member| member.socket)
    }

    /// Those with a tag, the oldest first.
    pub(super) fn tagged(&self, tag: &str) -> impl Iterator<Item = SocketNo> {
        let places = self.tagged.get(tag).into_iter().flatten();
        places.filter_map(|place| Some(self.members.get(place)?.socket))
    }

    /// The tags of a socket.
    pub(super) fn tags(&self, place: Place) -> Option<&Tags> {
        Some(&self.members.get(&place)?.tags)
    }

    pub(super) fn is_empty(&self) -> bool {
        self.members.is_empty()
    }
}

#[cfg(test)]
mod tests {
    use super::super::tags::distinct;
    use super::*;

    fn join(members: &mut Membership, socket: u64, tags: &[&str]) -> Place {
        let tags = distinct(tags.iter().map(|tag| (*tag).to_owned()).collect()).unwrap();
        members.join(SocketNo(socket), tags).unwrap()
    }

    fn numbers(sockets: impl Iterator<Item = SocketNo>) -> Vec<u64> {
        sockets.map(|socket| socket.0).collect()
    }

    #[test]
    fn all_are_listed_newest_first_and_tagged_ones_oldest_first() {
        let mut members = Membership::default();
        join(&mut members, 7, &["a"]);
        let second = join(&mut members, 3, &["a", "b"]);
        join(&mut members, 5, &["a"]);
        assert_eq!(numbers(members.all()), [5, 3, 7]);
        assert_eq!(numbers(members.tagged("a")), [7, 3, 5]);
        assert_eq!(numbers(members.tagged("c")), [0; 0]);
        members.leave(second);
        members.leave(second);
        assert_eq!(numbers(members.all()), [5, 7]);
        assert_eq!(numbers(members.tagged("a")), [7, 5]);
        assert!(members.tagged.len() == 1, "a tag that nobody has is forgotten");
    }

    #[test]
    fn the_object_is_full_at_its_limit_and_has_room_again() {
        let mut members = Membership::default();
        let places: Vec<_> = (0..OBJECT_SOCKETS_MAX as u64).map(|no| join(&mut members, no, &[])).collect();
        let no_tags = || distinct(Vec::new()).unwrap();
        assert_eq!(members.join(SocketNo(1), no_tags()), Err(TooManySockets));
        members.leave(places[9]);
        assert!(members.join(SocketNo(1), no_tags()).is_ok());
    }
}
