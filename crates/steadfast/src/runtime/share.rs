//! Which objects live on which lane.

use crate::limits::ID_BYTES;

/// A lane's share of the objects of a runtime.
///
/// An object belongs to the lane that the random bytes of its id say, so every lane can tell where each
/// object lives without asking, and a restart with the same number of lanes finds it at the same place.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Share {
    place: u32,
    lanes: u32,
}

impl Share {
    /// Everything: there is one lane.
    pub const ALL: Self = Self { place: 0, lanes: 1 };

    /// What the lane at `place`, counted from 0, has of `lanes`.
    ///
    /// # Panics
    /// If there is no such place.
    pub fn new(place: u32, lanes: u32) -> Self {
        assert!(place < lanes, "there is no such place: place={place} lanes={lanes}");
        Self { place, lanes }
    }

    /// The place of the lane.
    pub fn place(self) -> u32 {
        self.place
    }

    /// How many lanes there are.
    pub fn lanes(self) -> u32 {
        self.lanes
    }

    /// The place where the object with this id lives.
    pub fn place_of(self, id: &[u8; ID_BYTES]) -> u32 {
        let [.., a, b, c, d] = *id.first_chunk::<RANDOM_BYTES>().expect("an id is longer");
        u32::from_be_bytes([a, b, c, d]) % self.lanes
    }

    /// Whether the object with this id is one of the share.
    pub fn owns(self, id: &[u8; ID_BYTES]) -> bool {
        self.lanes == 1 || self.place_of(id) == self.place
    }
}

/// What comes before the namespace's mark in an id; its last four bytes decide.
const RANDOM_BYTES: usize = 16;

#[cfg(test)]
mod tests {
    use super::*;
    use crate::id::IdFactory;

    #[test]
    fn one_lane_owns_everything() {
        let id = *IdFactory::new("worker-Object").from_name("a").bytes();
        assert!(Share::ALL.owns(&id));
        assert_eq!(Share::ALL.place_of(&id), 0);
    }

    #[test]
    fn each_object_has_one_place_and_they_are_spread() {
        let ids = IdFactory::new("worker-Object");
        let mut objects = [0; 3];
        for name in 0..3000 {
            let id = *ids.from_name(&name.to_string()).bytes();
            let owners: Vec<u32> = (0..3).filter(|place| Share::new(*place, 3).owns(&id)).collect();
            assert_eq!(owners, [Share::new(0, 3).place_of(&id)]);
            objects[owners[0] as usize] += 1;
        }
        assert!(objects.iter().all(|count| (850..1150).contains(count)), "{objects:?}");
    }

    #[test]
    fn the_last_four_of_the_random_bytes_decide() {
        let mut id = [0xff; ID_BYTES];
        id[12..16].copy_from_slice(&7u32.to_be_bytes());
        assert_eq!(Share::new(0, 4).place_of(&id), 3);
    }
}
