//! What a log says after a process ended, however it ended.
//!
//! [`walk`] and [`proof`] are pure functions of a segment's bytes; [`recover`] reads the segments that matter
//! and puts the two together. The rules are those of `docs/formats.md`.

use std::ops::Range;

use super::format::{
    GROUP_ALIGNMENT, GROUP_HEADER_BYTES, GroupHeader, LoggedRecord, Malformed, SEGMENT_HEADER_BYTES, Seal,
    SegmentHeader, decode_body, decode_record, group_bytes,
};
use super::io::{LogIo, SegmentFile, SegmentId};
use crate::engine::base::LogFacts;
use crate::engine::{EngineError, Position};

/// What the base knows of the log.
#[derive(Clone, Copy, Debug)]
pub(super) struct Known {
    /// The last position in the base.
    pub(super) watermark: Position,
    /// That of the directory.
    pub(super) salt: u64,
    /// The last boot epoch, and the last position there was when it began: that was durable, and nothing that
    /// an earlier epoch wrote behind it counts, even if it appears only now.
    pub(super) began: Option<(u64, Position)>,
}

impl From<LogFacts> for Known {
    fn from(facts: LogFacts) -> Self {
        let LogFacts { watermark, epoch, epoch_behind, salt } = facts;
        Self { watermark, salt, began: epoch_behind.map(|behind| (epoch, behind)) }
    }
}

/// What was found.
#[derive(Debug)]
pub(super) struct Recovered {
    /// The last position found, or the watermark.
    pub(super) last: Position,
    /// The largest boot epoch in the log; 0 if none.
    pub(super) epoch_max: u64,
    /// The largest sequence number of a segment; 0 if none.
    pub(super) sequence_max: u64,
    /// Every segment there is, with the last position in it that is not in the base: none, when it is free.
    pub(super) segments: Vec<(SegmentFile, Position)>,
    /// The last group, to be written once more.
    pub(super) last_group: Option<LastGroup>,
}

/// The bytes of a group where they are.
#[derive(Debug)]
pub(super) struct LastGroup {
    pub(super) segment: SegmentId,
    pub(super) offset: u64,
    pub(super) bytes: Vec<u8>,
}

/// Hands every record above the watermark to `take`, in order.
///
/// # Errors
/// [`EngineError::DamagedLog`] when acknowledged records are missing; [`EngineError::ForeignLog`];
/// [`EngineError::Io`]. Nothing is changed then.
pub(super) fn recover(
    io: &dyn LogIo,
    known: Known,
    take: &mut dyn FnMut(Position, LoggedRecord) -> Result<(), Malformed>,
) -> Result<Recovered, EngineError> {
    let log = Log::list(io, known)?;
    let mut recovered = log.nothing_found();
    let end = log.follow(&mut recovered, take)?;
    log.check_nothing_follows(&end, recovered.last)?;
    Ok(recovered)
}

/// The segments of a directory.
struct Log<'a> {
    io: &'a dyn LogIo,
    known: Known,
    /// Those with a valid header, in their order.
    ordered: Vec<(SegmentFile, SegmentHeader)>,
    /// The others.
    headless: Vec<SegmentFile>,
}

/// Where the first record that is missing would be.
struct End {
    /// The segment of `ordered` it would be in, and where.
    place: Option<(usize, usize)>,
}

impl<'a> Log<'a> {
    fn list(io: &'a dyn LogIo, known: Known) -> Result<Self, EngineError> {
        let files = io.list().map_err(|source| {
            EngineError::io("list the segments of the log", &io.path(SegmentId(0)), source)
        })?;
        let (mut ordered, mut headless) = (Vec::new(), Vec::new());
        for file in files {
            let start = read(io, file.id, SEGMENT_HEADER_BYTES)?;
            match SegmentHeader::decode(&start) {
                Some(header) if header.salt != known.salt => {
                    return Err(EngineError::ForeignLog { path: io.path(file.id) });
                }
                Some(header) => ordered.push((file, header)),
                None => headless.push(file),
            }
        }
        // A removed segment that came back may have a sequence number that was given away again.
        ordered.sort_unstable_by_key(|(_, header)| (header.epoch, header.sequence));
        headless.sort_unstable_by_key(|file| file.id);
        Ok(Self { io, known, ordered, headless })
    }

    fn nothing_found(&self) -> Recovered {
        let headers = || self.ordered.iter().map(|(_, header)| header);
        let files = self.ordered.iter().map(|(file, _)| *file).chain(self.headless.iter().copied());
        Recovered {
            last: self.known.watermark,
            epoch_max: headers().map(|header| header.epoch).max().unwrap_or(0),
            sequence_max: headers().map(|header| header.sequence).max().unwrap_or(0),
            segments: files.map(|file| (file, Position::NONE)).collect(),
            last_group: None,
        }
    }

    /// Takes records as long as they follow each other.
    fn follow(
        &self,
        recovered: &mut Recovered,
        take: &mut dyn FnMut(Position, LoggedRecord) -> Result<(), Malformed>,
    ) -> Result<End, EngineError> {
        let mut end = End { place: None };
        for (index, (file, header)) in self.ordered.iter().enumerate() {
            let until = self.until(index);
            if until <= recovered.last.next() {
                continue;
            }
            if header.first > recovered.last.next() {
                break;
            }
            if file.bytes < header.bytes {
                let cut = CutOff { bytes: file.bytes, bytes_made: header.bytes };
                return Err(self.damaged(file.id, file.bytes as usize, recovered.last.next(), cut));
            }
            let bytes = read(self.io, file.id, usize::MAX)?;
            let walked = walk(&bytes, header, until, &mut |position, body| {
                if position > recovered.last {
                    decode_body(body).and_then(|logged| take(position, logged))?;
                    recovered.last = position;
                    recovered.segments[index].1 = position;
                }
                Ok(())
            });
            let walk =
                walked.map_err(|error| self.damaged(file.id, error.offset, error.position, error.source))?;
            if let Some(group) = walk.last_group.filter(|_| recovered.segments[index].1 > Position::NONE) {
                let offset = group.start as u64;
                let bytes = bytes[group].to_vec();
                recovered.last_group = Some(LastGroup { segment: file.id, offset, bytes });
            }
            end.place = Some((index, walk.end));
        }
        Ok(end)
    }

    /// The first position that no longer counts in a segment.
    fn until(&self, index: usize) -> Position {
        let next = self.ordered.get(index + 1).map_or(Position(u64::MAX), |(_, next)| next.first);
        match self.known.began {
            Some((epoch, behind)) if self.ordered[index].1.epoch < epoch => next.min(behind.next()),
            _ => next,
        }
    }

    /// Makes sure that nothing behind the end was acknowledged.
    fn check_nothing_follows(&self, end: &End, last: Position) -> Result<(), EngineError> {
        let missing = last.next();
        if self.known.began.is_some_and(|(_, behind)| behind >= missing) {
            let (segment, offset) = match end.place {
                Some((index, offset)) => (self.ordered[index].0.id, offset),
                None => (SegmentId(0), 0),
            };
            return Err(self.damaged(segment, offset, missing, Missing { proof_in: None }));
        }
        let proved = match self.proof_in_headers(missing) {
            Some(proved) => Some(proved),
            None => self.proof_in_groups(end, missing)?,
        };
        match proved {
            None => Ok(()),
            Some(proof_in) => {
                let (file, offset) = match end.place {
                    Some((index, offset)) => (self.ordered[index].0.id, offset),
                    None => (proof_in, 0),
                };
                let proof = Missing { proof_in: Some(self.io.path(proof_in)) };
                Err(self.damaged(file, offset, missing, proof))
            }
        }
    }

    fn proof_in_headers(&self, missing: Position) -> Option<SegmentId> {
        let proves = |header: &SegmentHeader| header.first > missing;
        self.ordered.iter().find(|(_, header)| proves(header)).map(|(file, _)| file.id)
    }

    fn proof_in_groups(&self, end: &End, missing: Position) -> Result<Option<SegmentId>, EngineError> {
        // Segments begun before the one that ends the chain have nothing that is newer.
        let behind = self.ordered.iter().enumerate().skip(end.place.map_or(0, |(index, _)| index));
        let behind = behind.map(|(index, (file, _))| match end.place {
            Some((ends_in, offset)) if ends_in == index => (file.id, offset),
            _ => (file.id, 0),
        });
        for (segment, from) in behind.chain(self.headless.iter().map(|file| (file.id, 0))) {
            let bytes = read(self.io, segment, usize::MAX)?;
            if proof(&bytes, from, self.known.salt, missing) {
                return Ok(Some(segment));
            }
        }
        Ok(None)
    }

    fn damaged(
        &self,
        segment: SegmentId,
        offset: usize,
        position: Position,
        source: impl std::error::Error + Send + Sync + 'static,
    ) -> EngineError {
        let path = self.io.path(segment);
        EngineError::DamagedLog { path, offset: offset as u64, position, source: Box::new(source) }
    }
}

/// Why something is missing rather than torn.
#[derive(Debug)]
struct Missing {
    /// A segment; without, it is the base.
    proof_in: Option<std::path::PathBuf>,
}

impl std::fmt::Display for Missing {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match &self.proof_in {
            Some(path) => write!(f, "a later group says that it was on the disk: path={}", path.display()),
            None => f.write_str("it was there when the log was opened before"),
        }
    }
}

impl std::error::Error for Missing {}

/// A segment never changes its size: what is not there any more may have been acknowledged.
#[derive(Debug)]
struct CutOff {
    bytes: u64,
    bytes_made: u64,
}

impl std::fmt::Display for CutOff {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let Self { bytes, bytes_made } = self;
        write!(f, "the file has been cut off: bytes={bytes} bytes_made={bytes_made}")
    }
}

impl std::error::Error for CutOff {}

/// How far a segment makes sense.
#[derive(PartialEq, Eq, Debug)]
pub(super) struct Walk {
    /// Where the next record would be.
    pub(super) end: usize,
    /// The last group with a valid record, up to the last of them; with the header of the segment if it is
    /// the first, because one write brought both.
    pub(super) last_group: Option<Range<usize>>,
}

/// A record with a valid checksum that makes no sense.
#[derive(Debug)]
pub(super) struct BadRecord {
    offset: usize,
    position: Position,
    source: Malformed,
}

/// Is given the position and the body of a record.
type TakeBody<'a> = &'a mut dyn FnMut(Position, &[u8]) -> Result<(), Malformed>;

/// Hands the valid records of a segment to `take`, in order, up to but without the position `until`.
pub(super) fn walk(
    segment: &[u8],
    header: &SegmentHeader,
    until: Position,
    take: TakeBody<'_>,
) -> Result<Walk, BadRecord> {
    let seal = Seal::new(header.salt, header.epoch);
    let mut next = header.first;
    let mut walk = Walk { end: SEGMENT_HEADER_BYTES, last_group: None };
    loop {
        let group_at = walk.end;
        let rest = segment.get(group_at..).unwrap_or_default();
        let group = GroupHeader::decode(rest, header.salt);
        let Some(group) = group.filter(|group| group.epoch == header.epoch && group.first == next) else {
            return Ok(walk);
        };
        let mut at = GROUP_HEADER_BYTES;
        for _ in 0..group.records {
            walk.end = group_at + at;
            if next >= until {
                return Ok(walk);
            }
            let Some((body, taken)) = decode_record(&rest[at..], seal, next) else { return Ok(walk) };
            take(next, body).map_err(|source| BadRecord { offset: walk.end, position: next, source })?;
            at += taken;
            let begin = if group_at == SEGMENT_HEADER_BYTES { 0 } else { group_at };
            walk.last_group = Some(begin..group_at + at);
            next = next.next();
        }
        walk.end = group_at + group_bytes(group.bytes);
        if at != GROUP_HEADER_BYTES + group.bytes as usize {
            walk.end = group_at + at;
            return Ok(walk);
        }
    }
}

/// Whether a valid group header at or behind `from` says that the record at `missing` was durable.
pub(super) fn proof(segment: &[u8], from: usize, salt: u64, missing: Position) -> bool {
    let mut at = from.next_multiple_of(GROUP_ALIGNMENT);
    while let Some(rest) = segment.get(at..).filter(|rest| rest.len() >= GROUP_HEADER_BYTES) {
        if GroupHeader::decode(rest, salt).is_some_and(|group| group.durable_before >= missing) {
            return true;
        }
        at += GROUP_ALIGNMENT;
    }
    false
}

fn read(io: &dyn LogIo, segment: SegmentId, bytes: usize) -> Result<Vec<u8>, EngineError> {
    io.read(segment, 0, bytes).map_err(|source| EngineError::io("read the log", &io.path(segment), source))
}

#[cfg(test)]
mod tests;
