//! Which lane a request is best given to: the one that the object lives on which requests alike have called
//! first. A guess, learned from calls that had to cross; a wrong one costs a crossing and no more.

use std::sync::atomic::{AtomicU16, Ordering};

/// How many kinds of requests are told apart. Ours: 128 KiB; those that share a number unlearn each other.
const KINDS: usize = 1 << 16;

/// What was learned, by the number of a kind of request.
#[derive(Debug)]
pub struct Homes {
    /// A place plus one, 0 when nothing is known.
    places: Box<[AtomicU16]>,
}

impl Default for Homes {
    fn default() -> Self {
        Self { places: (0..KINDS).map(|_| AtomicU16::new(0)).collect() }
    }
}

impl Homes {
    /// The place that requests of this kind were better given to.
    pub fn of(&self, kind: u64) -> Option<u32> {
        u32::from(self.slot(kind).load(Ordering::Relaxed)).checked_sub(1)
    }

    /// A request of this kind has called an object at `place`.
    pub fn learn(&self, kind: u64, place: u32) {
        // Beyond what fits there are no lanes.
        if let Ok(place) = u16::try_from(place + 1) {
            self.slot(kind).store(place, Ordering::Relaxed);
        }
    }

    fn slot(&self, kind: u64) -> &AtomicU16 {
        &self.places[kind as usize % KINDS]
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_last_place_learned_counts() {
        let homes = Homes::default();
        assert_eq!(homes.of(7), None);
        homes.learn(7, 0);
        assert_eq!((homes.of(7), homes.of(8)), (Some(0), None));
        homes.learn(7, 3);
        assert_eq!(homes.of(7), Some(3));
        assert_eq!(homes.of(7 + KINDS as u64), Some(3), "a kind that shares its number");
    }
}
