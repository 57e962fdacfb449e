//! The bytes of one segment: what is on the platter, and what only the system remembers.

use std::collections::BTreeMap;

use super::Chance;
use crate::random::Random;

/// A segment, sector by sector. Sectors that were never written are zero and cost nothing.
#[derive(Clone, Debug, Default)]
pub(super) struct Sectors {
    bytes: u64,
    written: BTreeMap<u64, Sector>,
}

type Image = [u8; SECTOR_BYTES];

/// One sector.
#[derive(Clone, Debug)]
struct Sector {
    /// What a power cut cannot take away.
    synced: Image,
    /// What it was since, oldest first; readers see the last. Any of them may be found after a power cut.
    since: Vec<Image>,
    /// Whether the next sync still writes it. Not after a sync that failed: the system believes it
    /// has tried, and forgets that the platter differs.
    dirty: bool,
}

impl Sectors {
    pub(super) fn zeros(bytes: u64) -> Self {
        Self { bytes, written: BTreeMap::new() }
    }

    pub(super) fn bytes(&self) -> u64 {
        self.bytes
    }

    /// What the file contains for those who read it, up to its end.
    pub(super) fn read(&self, offset: u64, bytes: usize) -> Vec<u8> {
        let begin = offset.min(self.bytes) as usize;
        let end = begin.saturating_add(bytes).min(self.bytes as usize);
        let mut content = vec![0; end - begin];
        for (no, sector) in
            self.written.range((begin / SECTOR_BYTES) as u64..end.div_ceil(SECTOR_BYTES) as u64)
        {
            let start = *no as usize * SECTOR_BYTES;
            let (from, to) = (start.max(begin), (start + SECTOR_BYTES).min(end));
            content[from - begin..to - begin].copy_from_slice(&sector.seen()[from - start..to - start]);
        }
        content
    }

    /// Writes what the next sync makes safe.
    pub(super) fn write(&mut self, offset: u64, bytes: &[u8]) {
        let mut at = offset as usize;
        let mut rest = bytes;
        while !rest.is_empty() {
            let within = at % SECTOR_BYTES;
            let (part, behind) = rest.split_at(rest.len().min(SECTOR_BYTES - within));
            let sector = self.written.entry((at / SECTOR_BYTES) as u64).or_default();
            let mut image = *sector.seen();
            image[within..within + part.len()].copy_from_slice(part);
            sector.since.push(image);
            sector.dirty = true;
            at += part.len();
            rest = behind;
        }
    }

    pub(super) fn sync(&mut self) {
        for sector in self.written.values_mut().filter(|sector| sector.dirty) {
            sector.synced = *sector.seen();
            sector.since.clear();
            sector.dirty = false;
        }
    }

    /// A sync that failed: any part of it was done, and no later one makes up for the rest.
    pub(super) fn fail_to_sync(&mut self, random: &mut Random) {
        for sector in self.written.values_mut().filter(|sector| sector.dirty) {
            if random.one_in(2) {
                sector.synced = *sector.seen();
                sector.since.clear();
            }
            sector.dirty = false;
        }
    }

    /// What a power cut leaves: of each sector one of its states since the last sync, or two states
    /// that meet somewhere in it.
    pub(super) fn lose_power(&mut self, random: &mut Random, survives: Chance) {
        for sector in self.written.values_mut().filter(|sector| !sector.since.is_empty()) {
            let states = sector.since.len();
            // Counted from what was synced: 0 is that.
            let kept = if !survives.happens(random) {
                0
            } else if random.percent(80) {
                states
            } else {
                random.index(states + 1)
            };
            let mut image = sector.state(kept);
            if kept < states && random.one_in(4) {
                let torn_at = random.index(SECTOR_BYTES);
                image[..torn_at].copy_from_slice(&sector.state(kept + 1)[..torn_at]);
            }
            *sector = Sector { synced: image, since: Vec::new(), dirty: false };
        }
    }

    /// Changes one bit where data was written and synced. Says where; nowhere if there is no data.
    pub(super) fn flip_bit(&mut self, random: &mut Random) -> Option<u64> {
        let synced = self.written.iter_mut().filter(|(_, sector)| sector.since.is_empty());
        let candidates = synced.flat_map(|(no, sector)| {
            let start = no * SECTOR_BYTES as u64;
            sector.synced.iter_mut().enumerate().map(move |(at, byte)| (start + at as u64, byte))
        });
        let mut candidates: Vec<(u64, &mut u8)> = candidates.collect();
        if candidates.is_empty() {
            return None;
        }
        let chosen = random.index(candidates.len());
        let (at, byte) = &mut candidates[chosen];
        **byte ^= 1 << random.index(8);
        Some(*at)
    }
}

impl Default for Sector {
    fn default() -> Self {
        Self { synced: [0; SECTOR_BYTES], since: Vec::new(), dirty: false }
    }
}

impl Sector {
    fn seen(&self) -> &Image {
        self.since.last().unwrap_or(&self.synced)
    }

    fn state(&self, no: usize) -> Image {
        if no == 0 { self.synced } else { self.since[no - 1] }
    }
}

/// What a disk writes whole or not at all, most of the time.
pub(super) const SECTOR_BYTES: usize = 512;

#[cfg(test)]
mod tests {
    use super::*;

    fn written(synced: &[u8], since: &[u8]) -> Sectors {
        let mut sectors = Sectors::zeros(4096);
        sectors.write(0, synced);
        sectors.sync();
        sectors.write(0, since);
        sectors
    }

    #[test]
    fn what_was_synced_stays() {
        for seed in 0..50 {
            let mut sectors = written(&[1; 2000], &[1; 700]);
            sectors.write(2000, &[2; 100]);
            sectors.lose_power(&mut Random::new(seed), Chance::percent(50));
            assert_eq!(sectors.read(0, usize::MAX)[..2000], [1; 2000]);
        }
    }

    #[test]
    fn sectors_are_lost_reordered_and_torn() {
        let (mut lost, mut reordered, mut torn) = (0, 0, 0);
        for seed in 0..200 {
            let mut sectors = written(&[1; 1024], &[2; 1024]);
            sectors.lose_power(&mut Random::new(seed), Chance::percent(50));
            let content = sectors.read(0, usize::MAX);
            let whole = |byte, sector: &[u8]| sector.iter().all(|found| *found == byte);
            let (first, second) = content[..1024].split_at(512);
            lost += usize::from(whole(1, first) && whole(1, second));
            reordered += usize::from(whole(1, first) && whole(2, second));
            torn += usize::from(first[0] == 2 && first[511] == 1);
        }
        assert!(lost > 10 && reordered > 10 && torn > 10, "lost={lost} reordered={reordered} torn={torn}");
    }

    #[test]
    fn a_failed_sync_is_not_made_up_for_unless_it_is_written_again() {
        let mut ever_lost = false;
        for seed in 0..20 {
            let mut sectors = written(&[1; 512], &[2; 512]);
            sectors.fail_to_sync(&mut Random::new(seed));
            assert_eq!(sectors.read(0, usize::MAX)[..512], [2; 512], "the system still shows it");
            sectors.sync();
            let mut again = sectors.clone();
            sectors.lose_power(&mut Random::new(seed), Chance::percent(0));
            ever_lost |= sectors.read(0, usize::MAX)[0] == 1;
            again.write(0, &[2; 512]);
            again.sync();
            again.lose_power(&mut Random::new(seed), Chance::percent(0));
            assert_eq!(again.read(0, usize::MAX)[..512], [2; 512]);
        }
        assert!(ever_lost);
    }

    #[test]
    fn a_flipped_bit_is_one_bit() {
        let mut sectors = written(&[7; 600], &[]);
        let at = sectors.flip_bit(&mut Random::new(1)).unwrap() as usize;
        let content = sectors.read(0, usize::MAX);
        assert_eq!((content[at] ^ 7).count_ones(), 1);
        assert_eq!(content.iter().filter(|byte| **byte == 7).count(), 599);
        assert_eq!(sectors.read(510, 10), content[510..520]);
        assert_eq!(sectors.read(4090, 10), [0; 6]);
        assert_eq!(Sectors::zeros(512).flip_bit(&mut Random::new(1)), None);
    }
}
