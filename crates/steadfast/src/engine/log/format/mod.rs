//! The bytes of the log: pure functions between them and records. `docs/formats.md` describes them.

mod body;
#[cfg(feature = "testing")]
pub mod fuzz;
mod page;
mod past;
mod wire;

pub(super) use body::{LoggedRecord, decode_body, encode_body};
#[cfg(test)]
pub(super) use page::LoggedPage;
pub(super) use wire::Malformed;

use super::super::{Position, queue::Submitted};

/// The header of a segment.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(super) struct SegmentHeader {
    /// One more than that of the segment begun before.
    pub(super) sequence: u64,
    pub(super) epoch: u64,
    /// The position of the first record.
    pub(super) first: Position,
    /// That of the directory.
    pub(super) salt: u64,
    /// The size of the segment.
    pub(super) bytes: u64,
}

/// The header of a group.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(super) struct GroupHeader {
    /// How many records follow.
    pub(super) records: u32,
    /// Bytes of all records together.
    pub(super) bytes: u32,
    pub(super) epoch: u64,
    /// The position of the first record; without records, of the next one to come.
    pub(super) first: Position,
    /// Known synced when this was written.
    pub(super) durable_before: Position,
}

/// What checksums cover besides the bytes, so that nothing old or foreign passes for new.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(super) struct Seal {
    salt: u64,
    /// The checksum over salt and epoch, to be continued.
    begun: u32,
    epoch: u64,
}

impl SegmentHeader {
    pub(super) fn encode(&self) -> [u8; SEGMENT_HEADER_BYTES] {
        let mut bytes = [0; SEGMENT_HEADER_BYTES];
        bytes[..8].copy_from_slice(SEGMENT_MAGIC);
        bytes[8..12].copy_from_slice(&VERSION.to_le_bytes());
        bytes[16..24].copy_from_slice(&self.sequence.to_le_bytes());
        bytes[24..32].copy_from_slice(&self.epoch.to_le_bytes());
        bytes[32..40].copy_from_slice(&self.first.0.to_le_bytes());
        bytes[40..48].copy_from_slice(&self.salt.to_le_bytes());
        bytes[48..56].copy_from_slice(&self.bytes.to_le_bytes());
        let sum = crc32c::crc32c(&bytes[..60]);
        bytes[60..].copy_from_slice(&sum.to_le_bytes());
        bytes
    }

    /// The header at the start of a segment; none if there is none, or a damaged one.
    pub(super) fn decode(segment: &[u8]) -> Option<Self> {
        let bytes = segment.first_chunk::<SEGMENT_HEADER_BYTES>()?;
        let sum = crc32c::crc32c(&bytes[..60]);
        let known = bytes[..8] == *SEGMENT_MAGIC && read_u32(bytes, 8) == VERSION;
        (known && read_u32(bytes, 60) == sum).then(|| Self {
            sequence: read_u64(bytes, 16),
            epoch: read_u64(bytes, 24),
            first: Position(read_u64(bytes, 32)),
            salt: read_u64(bytes, 40),
            bytes: read_u64(bytes, 48),
        })
    }
}

impl GroupHeader {
    pub(super) fn encode(&self, salt: u64) -> [u8; GROUP_HEADER_BYTES] {
        let mut bytes = [0; GROUP_HEADER_BYTES];
        bytes[..4].copy_from_slice(GROUP_MAGIC);
        bytes[4..8].copy_from_slice(&self.records.to_le_bytes());
        bytes[8..12].copy_from_slice(&self.bytes.to_le_bytes());
        bytes[16..24].copy_from_slice(&self.epoch.to_le_bytes());
        bytes[24..32].copy_from_slice(&self.first.0.to_le_bytes());
        bytes[32..40].copy_from_slice(&self.durable_before.0.to_le_bytes());
        let sum = crc32c::crc32c_append(crc32c::crc32c(&salt.to_le_bytes()), &bytes[..44]);
        bytes[44..].copy_from_slice(&sum.to_le_bytes());
        bytes
    }

    /// The header at the start of `bytes`; none if there is none, a damaged one, or a foreign one.
    pub(super) fn decode(bytes: &[u8], salt: u64) -> Option<Self> {
        let bytes = bytes.first_chunk::<GROUP_HEADER_BYTES>()?;
        if bytes[..4] != *GROUP_MAGIC {
            return None;
        }
        let sum = crc32c::crc32c_append(crc32c::crc32c(&salt.to_le_bytes()), &bytes[..44]);
        (read_u32(bytes, 44) == sum).then(|| Self {
            records: read_u32(bytes, 4),
            bytes: read_u32(bytes, 8),
            epoch: read_u64(bytes, 16),
            first: Position(read_u64(bytes, 24)),
            durable_before: Position(read_u64(bytes, 32)),
        })
    }
}

impl Seal {
    pub(super) fn new(salt: u64, epoch: u64) -> Self {
        let begun = crc32c::crc32c_append(crc32c::crc32c(&salt.to_le_bytes()), &epoch.to_le_bytes());
        Self { salt, begun, epoch }
    }

    pub(super) fn salt(self) -> u64 {
        self.salt
    }

    pub(super) fn epoch(self) -> u64 {
        self.epoch
    }

    fn sum(self, position: Position, body: &[u8]) -> u32 {
        crc32c::crc32c_append(crc32c::crc32c_append(self.begun, &position.0.to_le_bytes()), body)
    }
}

/// Appends a group of records, at least one, that follow each other.
pub(super) fn encode_group(into: &mut Vec<u8>, seal: Seal, group: &[Submitted], durable_before: Position) {
    let first = group.first().expect("a group has a record").position;
    let header_at = into.len();
    into.extend_from_slice(&[0; GROUP_HEADER_BYTES]);
    for Submitted { position, record, previous } in group {
        let at = into.len();
        into.extend_from_slice(&[0; RECORD_HEADER_BYTES]);
        encode_body(into, record, previous);
        let body = &into[at + RECORD_HEADER_BYTES..];
        let (bytes, sum) = (length(body.len()), seal.sum(*position, body));
        into[at..at + 4].copy_from_slice(&bytes.to_le_bytes());
        into[at + 4..at + 8].copy_from_slice(&sum.to_le_bytes());
    }
    let bytes = length(into.len() - header_at - GROUP_HEADER_BYTES);
    let records = length(group.len());
    let header = GroupHeader { records, bytes, epoch: seal.epoch, first, durable_before };
    into[header_at..header_at + GROUP_HEADER_BYTES].copy_from_slice(&header.encode(seal.salt));
    into.resize(header_at + group_bytes(bytes), 0);
}

/// Appends a group that says nothing but that everything up to `durable` is.
pub(super) fn encode_mark(into: &mut Vec<u8>, seal: Seal, durable: Position) {
    let first = Position(durable.0 + 1);
    let header = GroupHeader { records: 0, bytes: 0, epoch: seal.epoch, first, durable_before: durable };
    into.extend_from_slice(&header.encode(seal.salt));
}

/// The record at the start of `bytes`: its body, and the bytes it takes. None unless the checksum fits.
pub(super) fn decode_record(bytes: &[u8], seal: Seal, position: Position) -> Option<(&[u8], usize)> {
    let header = bytes.first_chunk::<RECORD_HEADER_BYTES>()?;
    let end = RECORD_HEADER_BYTES.checked_add(usize::try_from(read_u32(header, 0)).ok()?)?;
    let body = bytes.get(RECORD_HEADER_BYTES..end)?;
    (read_u32(header, 4) == seal.sum(position, body)).then_some((body, end))
}

/// What a group takes in a segment, given the bytes of its records.
pub(super) fn group_bytes(records: u32) -> usize {
    (GROUP_HEADER_BYTES + records as usize).next_multiple_of(GROUP_ALIGNMENT)
}

/// Lengths in the log have 32 bits.
fn length(bytes: usize) -> u32 {
    u32::try_from(bytes).expect("a group is below 4 GiB: limits::COMMIT_RECORD_BYTES_MAX")
}

fn read_u32(bytes: &[u8], at: usize) -> u32 {
    u32::from_le_bytes(bytes[at..at + 4].try_into().expect("four bytes"))
}

fn read_u64(bytes: &[u8], at: usize) -> u64 {
    u64::from_le_bytes(bytes[at..at + 8].try_into().expect("eight bytes"))
}

/// The header of a segment takes so much.
pub(super) const SEGMENT_HEADER_BYTES: usize = 64;
/// The header of a group takes so much.
pub(super) const GROUP_HEADER_BYTES: usize = 48;
/// Groups begin at multiples of this.
pub(super) const GROUP_ALIGNMENT: usize = 8;
const RECORD_HEADER_BYTES: usize = 8;
const SEGMENT_MAGIC: &[u8; 8] = b"stdf-log";
const GROUP_MAGIC: &[u8; 4] = b"grup";
const VERSION: u32 = 1;

#[cfg(test)]
mod tests;
