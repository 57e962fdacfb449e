//! Segments of an engine without a directory: nobody ever reads them, so nothing is kept.

use std::collections::BTreeMap;
use std::io;
use std::path::PathBuf;
use std::sync::Mutex;

use super::io::{LogIo, SegmentFile, SegmentId};
use crate::engine::lock;

/// A log that is lost with the engine.
#[derive(Default)]
pub(super) struct MemoryLog {
    segments: Mutex<BTreeMap<SegmentId, u64>>,
}

impl LogIo for MemoryLog {
    fn list(&self) -> io::Result<Vec<SegmentFile>> {
        let segments = lock(&self.segments);
        Ok(segments.iter().map(|(id, bytes)| SegmentFile { id: *id, bytes: *bytes }).collect())
    }

    fn allocate(&self, bytes: u64) -> io::Result<SegmentId> {
        let mut segments = lock(&self.segments);
        let id = SegmentId(segments.last_key_value().map_or(1, |(last, _)| last.0 + 1));
        segments.insert(id, bytes);
        Ok(id)
    }

    fn read(&self, _segment: SegmentId, _offset: u64, _bytes: usize) -> io::Result<Vec<u8>> {
        Err(io::ErrorKind::NotFound.into())
    }

    fn write_at(&self, _segment: SegmentId, _offset: u64, _bytes: &[u8]) -> io::Result<()> {
        Ok(())
    }

    fn sync(&self, _segment: SegmentId) -> io::Result<()> {
        Ok(())
    }

    fn remove(&self, segment: SegmentId) -> io::Result<()> {
        lock(&self.segments).remove(&segment);
        Ok(())
    }

    fn path(&self, segment: SegmentId) -> PathBuf {
        format!(":memory:{}", segment.0).into()
    }
}
