//! Groups into segments: one write and one sync each.

use std::sync::Arc;

use super::format::{SEGMENT_HEADER_BYTES, Seal, SegmentHeader, encode_group, encode_mark};
use super::io::SegmentFile;
use super::segments::Segments;
use crate::engine::queue::Submitted;
use crate::engine::{EngineError, Position};

/// Makes groups durable, one after the other. After an error it must not be used again.
pub(super) struct Writer {
    segments: Arc<Segments>,
    seal: Seal,
    /// That of the segment begun last.
    sequence: u64,
    current: Option<Current>,
    durable: Position,
    /// Whether the log itself proves that everything in it is durable.
    marked: bool,
    /// The group being written, behind room for the header of a segment.
    buffer: Vec<u8>,
}

/// The segment being filled.
#[derive(Clone, Copy)]
struct Current {
    file: SegmentFile,
    offset: u64,
}

impl Writer {
    /// Goes on behind `durable`, in an epoch nobody has used before and in a fresh segment.
    pub(super) fn new(segments: Arc<Segments>, seal: Seal, sequence: u64, durable: Position) -> Self {
        Self { segments, seal, sequence, current: None, durable, marked: true, buffer: Vec::new() }
    }

    /// Writes and syncs a group of records that follow each other. Returns the last position, durable now.
    pub(super) fn commit(&mut self, group: &[Submitted]) -> Result<Position, EngineError> {
        let last = group.last().map_or(self.durable, |submitted| submitted.position);
        self.empty_buffer();
        encode_group(&mut self.buffer, self.seal, group, self.durable);
        self.write(last)?;
        self.durable = last;
        self.marked = false;
        Ok(last)
    }

    /// Proves, once, that the last group was durable. Called when nothing else is to be done.
    pub(super) fn mark(&mut self) -> Result<(), EngineError> {
        if self.marked {
            return Ok(());
        }
        self.marked = true;
        self.empty_buffer();
        encode_mark(&mut self.buffer, self.seal, self.durable);
        self.write(self.durable)
    }

    /// Whether [`mark`](Self::mark) has something to prove.
    pub(super) fn wants_mark(&self) -> bool {
        !self.marked
    }

    fn empty_buffer(&mut self) {
        self.buffer.clear();
        self.buffer.shrink_to(BUFFER_BYTES_KEPT);
        self.buffer.resize(SEGMENT_HEADER_BYTES, 0);
    }

    /// Writes what is in the buffer, which holds nothing above `last`.
    fn write(&mut self, last: Position) -> Result<(), EngineError> {
        let bytes = (self.buffer.len() - SEGMENT_HEADER_BYTES) as u64;
        let fits = self.current.filter(|current| current.offset + bytes <= current.file.bytes);
        let (mut current, bytes) = match fits {
            Some(current) => (current, &self.buffer[SEGMENT_HEADER_BYTES..]),
            None => {
                self.segments.seal();
                let file = self.segments.take(SEGMENT_HEADER_BYTES as u64 + bytes)?;
                self.begin_segment(file.bytes);
                (Current { file, offset: 0 }, &self.buffer[..])
            }
        };
        let (io, segment) = (self.segments.io(), current.file.id);
        let fails = |action| move |source| EngineError::io(action, &io.path(segment), source);
        io.write_at(segment, current.offset, bytes).map_err(fails("write the log"))?;
        io.sync(segment).map_err(fails("sync the log"))?;
        current.offset += bytes.len() as u64;
        self.segments.fill(current.file, current.offset, last);
        self.current = Some(current);
        Ok(())
    }

    /// Puts the header of a segment in front of the group in the buffer.
    fn begin_segment(&mut self, bytes: u64) {
        self.sequence += 1;
        let (salt, epoch) = (self.seal.salt(), self.seal.epoch());
        let (sequence, first) = (self.sequence, self.durable.next());
        let header = SegmentHeader { sequence, epoch, first, salt, bytes };
        self.buffer[..SEGMENT_HEADER_BYTES].copy_from_slice(&header.encode());
    }
}

/// What the buffer keeps between groups. A large group is rare.
const BUFFER_BYTES_KEPT: usize = 1024 * 1024;
