//! Logs that break a rule of `docs/formats.md`, by changing bytes between the engine and the disk.

use std::io;
use std::path::PathBuf;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

use steadfast::engine::log::{LogIo, SegmentFile, SegmentId};

/// Every third sync does nothing and succeeds.
pub(super) fn skips_syncs(log: Arc<dyn LogIo>) -> Arc<dyn LogIo> {
    Arc::new(Broken { log, rule: Rule::Sync, salt: AtomicU64::new(0), syncs: AtomicU64::new(0) })
}

/// No group proves anything of those before it.
pub(super) fn ignores_durable_before(log: Arc<dyn LogIo>) -> Arc<dyn LogIo> {
    Arc::new(Broken { log, rule: Rule::DurableBefore, salt: AtomicU64::new(0), syncs: AtomicU64::new(0) })
}

/// Whatever the epoch, the first is written.
pub(super) fn reuses_epoch(log: Arc<dyn LogIo>) -> Arc<dyn LogIo> {
    Arc::new(Broken { log, rule: Rule::Epoch, salt: AtomicU64::new(0), syncs: AtomicU64::new(0) })
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum Rule {
    Sync,
    DurableBefore,
    Epoch,
}

struct Broken {
    log: Arc<dyn LogIo>,
    rule: Rule,
    /// That of the directory, once it was seen.
    salt: AtomicU64,
    syncs: AtomicU64,
}

impl Broken {
    /// Writes every header of a segment and a group in these bytes again, with other numbers.
    fn forge(&self, bytes: &mut [u8], epoch: Option<u64>, proves: bool) {
        if bytes.starts_with(b"stdf-log") && bytes.len() >= SEGMENT_HEADER {
            self.salt.store(u64_at(bytes, 40), Ordering::Relaxed);
            if let Some(epoch) = epoch {
                bytes[24..32].copy_from_slice(&epoch.to_le_bytes());
            }
            let sum = crc32c::crc32c(&bytes[..60]);
            bytes[60..64].copy_from_slice(&sum.to_le_bytes());
        }
        let salt = self.salt.load(Ordering::Relaxed).to_le_bytes();
        let mut at = 0;
        while at + GROUP_HEADER <= bytes.len() {
            let sealed = |header: &[u8]| crc32c::crc32c_append(crc32c::crc32c(&salt), &header[..44]);
            let header = &mut bytes[at..at + GROUP_HEADER];
            if !header.starts_with(b"grup") || sealed(header) != u32_at(header, 44) {
                at += 8;
                continue;
            }
            if let Some(epoch) = epoch {
                header[16..24].copy_from_slice(&epoch.to_le_bytes());
            }
            if !proves {
                header[32..40].fill(0);
            }
            let sum = sealed(header);
            header[44..].copy_from_slice(&sum.to_le_bytes());
            let (records, first) = (u32_at(header, 4), u64_at(header, 24));
            at += GROUP_HEADER;
            if let Some(epoch) = epoch {
                reseal(&mut bytes[at..], salt, epoch, first, records);
            }
        }
    }
}

/// Corrects the checksums of the records of a group, as far as they are there.
fn reseal(mut rest: &mut [u8], salt: [u8; 8], epoch: u64, first: u64, records: u32) {
    for position in first..first + u64::from(records) {
        if rest.len() < 8 {
            return;
        }
        let end = 8 + u32_at(rest, 0) as usize;
        if rest.len() < end {
            return;
        }
        let (record, behind) = rest.split_at_mut(end);
        let sum = crc32c::crc32c(&salt);
        let sum = crc32c::crc32c_append(sum, &epoch.to_le_bytes());
        let sum = crc32c::crc32c_append(sum, &position.to_le_bytes());
        let sum = crc32c::crc32c_append(sum, &record[8..]);
        record[4..8].copy_from_slice(&sum.to_le_bytes());
        rest = behind;
    }
}

impl LogIo for Broken {
    fn list(&self) -> io::Result<Vec<SegmentFile>> {
        self.log.list()
    }

    fn allocate(&self, bytes: u64) -> io::Result<SegmentId> {
        self.log.allocate(bytes)
    }

    fn read(&self, segment: SegmentId, offset: u64, bytes: usize) -> io::Result<Vec<u8>> {
        let mut read = self.log.read(segment, offset, bytes)?;
        if self.rule == Rule::DurableBefore {
            self.forge(&mut read, None, false);
        }
        Ok(read)
    }

    fn write_at(&self, segment: SegmentId, offset: u64, bytes: &[u8]) -> io::Result<()> {
        let mut written = bytes.to_vec();
        if self.rule == Rule::Epoch {
            self.forge(&mut written, Some(1), true);
        }
        self.log.write_at(segment, offset, &written)
    }

    fn sync(&self, segment: SegmentId) -> io::Result<()> {
        if self.rule == Rule::Sync && self.syncs.fetch_add(1, Ordering::Relaxed) % 3 == 2 {
            return Ok(());
        }
        self.log.sync(segment)
    }

    fn remove(&self, segment: SegmentId) -> io::Result<()> {
        self.log.remove(segment)
    }

    fn path(&self, segment: SegmentId) -> PathBuf {
        self.log.path(segment)
    }
}

fn u32_at(bytes: &[u8], at: usize) -> u32 {
    u32::from_le_bytes(bytes[at..at + 4].try_into().expect("four bytes"))
}

fn u64_at(bytes: &[u8], at: usize) -> u64 {
    u64::from_le_bytes(bytes[at..at + 8].try_into().expect("eight bytes"))
}

const SEGMENT_HEADER: usize = 64;
const GROUP_HEADER: usize = 48;
