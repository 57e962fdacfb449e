//! A disk that does all that a disk may do when the power goes.
//!
//! What was written and not synced is lost, found whole, or found in part and in any order, sector by sector;
//! the rules are those of [`LogIo`]. It counts what it is asked for, and goes dark at whichever request it
//! was told to.

mod sectors;

use std::collections::BTreeMap;
use std::io;
use std::path::PathBuf;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use steadfast::engine::log::{LogIo, SegmentFile, SegmentId};

use crate::random::Random;
use sectors::Sectors;

/// A disk in memory. Clones are handles on one disk, which outlives the engines over it.
#[derive(Clone)]
pub struct SimulatedDisk {
    state: Arc<Mutex<State>>,
}

struct State {
    random: Random,
    segments: BTreeMap<SegmentId, Sectors>,
    /// Removed, but the power may go before the name is.
    removed: BTreeMap<SegmentId, Sectors>,
    /// Requests that change something, since the disk was made.
    requests: u64,
    fault: Option<Fault>,
    /// What became of the fault.
    struck: Option<Fault>,
    asked_after_error: u64,
    room_bytes: u64,
}

/// What goes wrong, and at which request, counted over the life of the disk.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Fault {
    /// The power goes during it, or right before or after.
    PowerCut {
        /// Which request.
        at: u64,
    },
    /// The process is killed: what it wrote, the system still has.
    Kill {
        /// Which request.
        at: u64,
    },
    /// If it is a write or a sync, it fails; nobody knows how much of it was done.
    Error {
        /// Which request.
        at: u64,
    },
}

/// How likely something is.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Chance {
    percent: u64,
}

impl Chance {
    /// So many times in a hundred.
    pub fn percent(percent: u64) -> Self {
        Self { percent }
    }

    fn happens(self, random: &mut Random) -> bool {
        random.percent(self.percent)
    }
}

impl SimulatedDisk {
    /// An empty disk. `random` decides what a power cut leaves.
    pub fn new(random: Random) -> Self {
        let state = State {
            random,
            segments: BTreeMap::new(),
            removed: BTreeMap::new(),
            requests: 0,
            fault: None,
            struck: None,
            asked_after_error: 0,
            room_bytes: u64::MAX,
        };
        Self { state: Arc::new(Mutex::new(state)) }
    }

    /// How many requests it has had.
    pub fn requests(&self) -> u64 {
        self.lock().requests
    }

    /// Plans a fault, in place of one planned before.
    pub fn plan(&self, fault: Option<Fault>) {
        let mut state = self.lock();
        state.restart();
        state.fault = fault;
    }

    /// The planned fault, once it has struck. Unless it was an error, nothing is answered from then on.
    pub fn struck(&self) -> Option<Fault> {
        self.lock().struck
    }

    /// How often it was asked for something after it had reported the planned error.
    pub fn asked_after_error(&self) -> u64 {
        self.lock().asked_after_error
    }

    /// Bounds the bytes of all segments together.
    pub fn bound_room(&self, bytes: u64) {
        self.lock().room_bytes = bytes;
    }

    /// Cuts the power: what was not synced may be gone. Then the disk answers again.
    pub fn lose_power(&self) {
        let mut state = self.lock();
        let survives = Chance::percent(state.random.choose([0, 10, 50, 90, 100]));
        let State { random, segments, removed, .. } = &mut *state;
        for sectors in segments.values_mut() {
            sectors.lose_power(random, survives);
        }
        for (id, mut sectors) in std::mem::take(removed) {
            if random.one_in(2) {
                sectors.lose_power(random, survives);
                segments.entry(id).or_insert(sectors);
            }
        }
        state.restart();
    }

    /// Starts again after a kill, with everything as the dead process saw it.
    pub fn restart(&self) {
        self.lock().restart();
    }

    /// A transaction of a file that has a journal of its own: at a crash it was committed or it was not.
    ///
    /// # Errors
    /// When the planned fault strikes, or has.
    pub fn transaction(&self, commit: impl FnOnce()) -> io::Result<()> {
        let mut state = self.lock();
        let stage = state.begin()?;
        let happens = match stage {
            Stage::Normal => true,
            Stage::Last => state.random.one_in(2),
            Stage::Failing => false,
        };
        drop(state);
        if happens {
            commit();
        }
        stage.outcome()
    }

    /// How many segments there are.
    pub fn segments(&self) -> usize {
        self.lock().segments.len()
    }

    /// Changes one bit of what is stored, and says in which segment and where.
    pub fn flip_bit(&self) -> Option<(SegmentId, u64)> {
        let mut state = self.lock();
        let State { random, segments, .. } = &mut *state;
        let ids: Vec<SegmentId> = segments.keys().copied().collect();
        if ids.is_empty() {
            return None;
        }
        let id = ids[random.index(ids.len())];
        let at = segments.get_mut(&id)?.flip_bit(random)?;
        Some((id, at))
    }

    fn lock(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// Whether a request is carried out when it is the last.
enum Stage {
    Normal,
    /// It is the one at which the process ends: part of it may be done.
    Last,
    /// It fails and the process goes on.
    Failing,
}

impl State {
    fn restart(&mut self) {
        self.fault = None;
        self.struck = None;
        self.asked_after_error = 0;
    }

    fn begin(&mut self) -> io::Result<Stage> {
        match self.struck {
            Some(Fault::PowerCut { .. } | Fault::Kill { .. }) => return Err(gone()),
            Some(Fault::Error { .. }) => self.asked_after_error += 1,
            None => {}
        }
        self.requests += 1;
        match self.fault {
            Some(fault @ (Fault::PowerCut { at } | Fault::Kill { at })) if at == self.requests => {
                self.struck = Some(fault);
                Ok(Stage::Last)
            }
            Some(fault @ Fault::Error { at }) if at == self.requests => {
                self.struck = Some(fault);
                Ok(Stage::Failing)
            }
            _ => Ok(Stage::Normal),
        }
    }

    fn segment(&mut self, id: SegmentId) -> io::Result<&mut Sectors> {
        self.segments.get_mut(&id).ok_or_else(|| io::ErrorKind::NotFound.into())
    }
}

impl LogIo for SimulatedDisk {
    fn list(&self) -> io::Result<Vec<SegmentFile>> {
        let state = self.lock();
        let files = state.segments.iter();
        Ok(files.map(|(id, sectors)| SegmentFile { id: *id, bytes: sectors.bytes() }).collect())
    }

    fn allocate(&self, bytes: u64) -> io::Result<SegmentId> {
        let mut state = self.lock();
        let stage = state.begin()?;
        let taken: u64 = state.segments.values().map(Sectors::bytes).sum();
        if taken.saturating_add(bytes) > state.room_bytes {
            return Err(io::ErrorKind::StorageFull.into());
        }
        let last = |segments: &BTreeMap<SegmentId, Sectors>| segments.keys().next_back().map_or(0, |id| id.0);
        let id = SegmentId(last(&state.segments).max(last(&state.removed)) + 1);
        match stage {
            Stage::Normal => {
                state.segments.insert(id, Sectors::zeros(bytes));
                Ok(id)
            }
            // A whole one, a short one, or none.
            Stage::Last => {
                if state.random.one_in(2) {
                    let made = if state.random.one_in(2) { bytes } else { state.random.within(0..bytes) };
                    state.segments.insert(id, Sectors::zeros(made));
                }
                Err(gone())
            }
            Stage::Failing => Err(failed()),
        }
    }

    fn read(&self, segment: SegmentId, offset: u64, bytes: usize) -> io::Result<Vec<u8>> {
        Ok(self.lock().segment(segment)?.read(offset, bytes))
    }

    fn write_at(&self, segment: SegmentId, offset: u64, bytes: &[u8]) -> io::Result<()> {
        let mut state = self.lock();
        let size = state.segment(segment)?.bytes();
        let end = offset + bytes.len() as u64;
        assert!(end <= size, "a segment never grows: {segment:?} end={end} bytes={size}");
        let stage = state.begin()?;
        let done = match stage {
            Stage::Normal => bytes.len(),
            Stage::Last | Stage::Failing => match state.random.choose([0, 1, 2]) {
                0 => 0,
                1 => bytes.len(),
                _ => state.random.index(bytes.len() + 1),
            },
        };
        state.segment(segment)?.write(offset, &bytes[..done]);
        stage.outcome()
    }

    fn sync(&self, segment: SegmentId) -> io::Result<()> {
        let mut state = self.lock();
        let stage = state.begin()?;
        let State { random, segments, .. } = &mut *state;
        let sectors = segments.get_mut(&segment).ok_or(io::ErrorKind::NotFound)?;
        match stage {
            Stage::Normal => sectors.sync(),
            Stage::Last if random.one_in(2) => sectors.sync(),
            Stage::Last => {}
            Stage::Failing => sectors.fail_to_sync(random),
        }
        stage.outcome()
    }

    fn remove(&self, segment: SegmentId) -> io::Result<()> {
        let mut state = self.lock();
        let stage = state.begin()?;
        if matches!(stage, Stage::Normal) || state.random.one_in(2) {
            let sectors = state.segments.remove(&segment).ok_or(io::ErrorKind::NotFound)?;
            state.removed.insert(segment, sectors);
        }
        stage.outcome()
    }

    fn path(&self, segment: SegmentId) -> PathBuf {
        PathBuf::from(format!("simulated/{:08x}.log", segment.0))
    }
}

impl Stage {
    fn outcome(&self) -> io::Result<()> {
        match self {
            Self::Normal => Ok(()),
            Self::Last => Err(gone()),
            Self::Failing => Err(failed()),
        }
    }
}

fn gone() -> io::Error {
    io::Error::other("the process has ended")
}

fn failed() -> io::Error {
    io::Error::other("the disk failed")
}

#[cfg(test)]
mod tests {
    use super::*;

    fn disk() -> (SimulatedDisk, SegmentId) {
        let disk = SimulatedDisk::new(Random::new(1));
        let segment = disk.allocate(4096).unwrap();
        (disk, segment)
    }

    #[test]
    fn a_fault_strikes_at_its_request_and_ends_everything() {
        let (disk, segment) = disk();
        disk.plan(Some(Fault::PowerCut { at: 3 }));
        disk.write_at(segment, 0, b"one").unwrap();
        assert_eq!(disk.struck(), None);
        assert!(disk.sync(segment).is_err());
        assert_eq!(disk.struck(), Some(Fault::PowerCut { at: 3 }));
        assert!(disk.write_at(segment, 0, b"two").is_err());
        assert_eq!(disk.requests(), 3);
        disk.lose_power();
        disk.write_at(segment, 0, b"two").unwrap();
    }

    #[test]
    fn a_kill_loses_nothing_that_was_written() {
        let (disk, segment) = disk();
        disk.write_at(segment, 10, b"written").unwrap();
        disk.plan(Some(Fault::Kill { at: 3 }));
        assert!(disk.sync(segment).is_err());
        disk.restart();
        assert_eq!(disk.read(segment, 10, 7).unwrap(), *b"written");
    }

    #[test]
    fn after_an_error_it_notes_who_goes_on() {
        let (disk, segment) = disk();
        disk.plan(Some(Fault::Error { at: 2 }));
        assert!(disk.write_at(segment, 0, b"lost").is_err());
        assert_eq!(disk.asked_after_error(), 0);
        disk.write_at(segment, 0, b"again").unwrap();
        assert_eq!(disk.asked_after_error(), 1);
    }

    #[test]
    fn removed_segments_may_come_back_and_names_are_not_used_again() {
        let mut came_back = 0;
        for seed in 0..20 {
            let disk = SimulatedDisk::new(Random::new(seed));
            let first = disk.allocate(512).unwrap();
            disk.remove(first).unwrap();
            assert_ne!(disk.allocate(512).unwrap(), first);
            disk.lose_power();
            came_back += disk.list().unwrap().len() - 1;
            disk.lose_power();
        }
        assert!((1..20).contains(&came_back), "came_back={came_back}");
    }

    #[test]
    fn a_full_disk_says_so() {
        let (disk, _) = disk();
        disk.bound_room(5000);
        assert_eq!(disk.allocate(1000).unwrap_err().kind(), io::ErrorKind::StorageFull);
        disk.allocate(900).unwrap();
    }
}
