use std::collections::BTreeMap;
use std::io;
use std::path::PathBuf;

use super::*;
use crate::engine::log::format::{encode_group, encode_mark};
use crate::engine::queue::Submitted;
use crate::engine::{CommitRecord, ObjectNo, Value};

const SALT: u64 = 42;
const SEGMENT_BYTES: usize = 2048;

/// Segments in memory, written as an engine would.
#[derive(Clone)]
struct Disk {
    segments: BTreeMap<SegmentId, Vec<u8>>,
    current: SegmentId,
    offset: usize,
    header: Option<SegmentHeader>,
    durable: Position,
    began: Option<(u64, Position)>,
}

impl Disk {
    fn empty() -> Self {
        let (segments, current, durable) = (BTreeMap::new(), SegmentId(0), Position::NONE);
        Self { segments, current, offset: 0, header: None, durable, began: None }
    }

    /// A log in its first epoch whose segment `1` begins at position 1.
    fn new() -> Self {
        let mut disk = Self::empty();
        disk.begin(1, 1, 1);
        disk
    }

    /// Goes on in another segment, which may have been used before.
    fn begin(&mut self, segment: u32, epoch: u64, first: u64) {
        let sequence = self.header.map_or(1, |header| header.sequence + 1);
        let (first_position, bytes) = (Position(first), SEGMENT_BYTES as u64);
        let header = SegmentHeader { sequence, epoch, first: first_position, salt: SALT, bytes };
        self.current = SegmentId(segment);
        let bytes = self.segments.entry(self.current).or_insert_with(|| vec![0; SEGMENT_BYTES]);
        bytes[..SEGMENT_HEADER_BYTES].copy_from_slice(&header.encode());
        self.offset = SEGMENT_HEADER_BYTES;
        self.header = Some(header);
        self.durable = Position(first - 1);
    }

    /// Writes and syncs a group.
    fn group(&mut self, positions: std::ops::RangeInclusive<u64>) -> &mut Self {
        let last = Position(*positions.end());
        let group: Vec<_> = positions.map(submitted).collect();
        let seal = Seal::new(SALT, self.header.unwrap().epoch);
        let mut bytes = Vec::new();
        encode_group(&mut bytes, seal, &group, self.durable);
        self.append(&bytes);
        self.durable = last;
        self
    }

    fn mark(&mut self) -> &mut Self {
        let mut bytes = Vec::new();
        encode_mark(&mut bytes, Seal::new(SALT, self.header.unwrap().epoch), self.durable);
        self.append(&bytes);
        self
    }

    fn append(&mut self, bytes: &[u8]) {
        let at = self.offset;
        self.segments.get_mut(&self.current).unwrap()[at..at + bytes.len()].copy_from_slice(bytes);
        self.offset += bytes.len();
    }

    /// Destroys a byte.
    fn damage(&mut self, segment: u32, offset: usize) {
        self.segments.get_mut(&SegmentId(segment)).unwrap()[offset] ^= 0x55;
    }

    /// The positions found, each with the value it should have.
    fn recover(&self, watermark: u64) -> Result<(Vec<u64>, Recovered), EngineError> {
        let mut found = Vec::new();
        let known = Known { watermark: Position(watermark), salt: SALT, began: self.began };
        let recovered = recover(self, known, &mut |position, logged| {
            let value = logged.record.kv[0].1.as_deref();
            assert_eq!(value, Some(position.0.to_string().as_bytes()), "another record was served");
            found.push(position.0);
            Ok(())
        })?;
        Ok((found, recovered))
    }

    fn positions(&self, watermark: u64) -> Vec<u64> {
        self.recover(watermark).unwrap().0
    }

    fn refused(&self, watermark: u64) -> (PathBuf, u64, u64) {
        match self.recover(watermark) {
            Err(EngineError::DamagedLog { path, offset, position, .. }) => (path, offset, position.0),
            other => panic!("damage was missed: {:?}", other.map(|(found, _)| found)),
        }
    }
}

impl LogIo for Disk {
    fn list(&self) -> io::Result<Vec<SegmentFile>> {
        let files = self.segments.iter();
        Ok(files.map(|(id, bytes)| SegmentFile { id: *id, bytes: bytes.len() as u64 }).collect())
    }
    fn allocate(&self, _bytes: u64) -> io::Result<SegmentId> {
        Err(io::ErrorKind::Unsupported.into())
    }
    fn read(&self, segment: SegmentId, offset: u64, bytes: usize) -> io::Result<Vec<u8>> {
        let content = &self.segments[&segment][offset as usize..];
        Ok(content[..bytes.min(content.len())].to_vec())
    }
    fn write_at(&self, _segment: SegmentId, _offset: u64, _bytes: &[u8]) -> io::Result<()> {
        Err(io::ErrorKind::Unsupported.into())
    }
    fn sync(&self, _segment: SegmentId) -> io::Result<()> {
        Err(io::ErrorKind::Unsupported.into())
    }
    fn remove(&self, _segment: SegmentId) -> io::Result<()> {
        Err(io::ErrorKind::Unsupported.into())
    }
    fn path(&self, segment: SegmentId) -> PathBuf {
        segment.0.to_string().into()
    }
}

fn submitted(position: u64) -> Submitted {
    let kv = vec![("key".into(), Some(Value::from(position.to_string())))];
    let record = CommitRecord { kv, ..CommitRecord::new(ObjectNo(1)) };
    Submitted { position: Position(position), record, previous: Vec::new() }
}

#[test]
fn records_above_the_watermark_are_found_in_order() {
    let mut disk = Disk::new();
    disk.group(1..=2).group(3..=3);
    disk.begin(2, 1, 4);
    disk.group(4..=6).mark();
    assert_eq!(disk.positions(0), [1, 2, 3, 4, 5, 6]);
    assert_eq!(disk.positions(4), [5, 6]);
    assert_eq!(disk.positions(6), [0; 0]);
    let (_, recovered) = disk.recover(2).unwrap();
    assert_eq!(recovered.last, Position(6));
    assert_eq!((recovered.epoch_max, recovered.sequence_max), (1, 2));
    let needed: Vec<_> = recovered.segments.iter().map(|(file, last)| (file.id.0, last.0)).collect();
    assert_eq!(needed, [(1, 3), (2, 6)]);
    let last = recovered.last_group.unwrap();
    assert_eq!((last.segment.0, last.offset), (2, 0));
    assert_eq!(last.bytes[..], disk.segments[&SegmentId(2)][..last.bytes.len()]);
}

#[test]
fn an_empty_log_has_nothing() {
    assert_eq!(Disk::empty().positions(0), [0; 0]);
    let mut disk = Disk::empty();
    disk.segments.insert(SegmentId(1), vec![0; SEGMENT_BYTES]);
    disk.segments.insert(SegmentId(2), vec![0; 5]);
    let (found, recovered) = disk.recover(7).unwrap();
    assert_eq!((found.len(), recovered.last), (0, Position(7)));
    assert_eq!(recovered.segments.len(), 2);
}

#[test]
fn a_torn_tail_is_dropped() {
    let mut disk = Disk::new();
    disk.group(1..=2);
    let at = disk.offset;
    disk.group(3..=5);
    for offset in at..disk.offset {
        let mut torn = disk.clone();
        torn.segments.get_mut(&SegmentId(1)).unwrap()[offset..].fill(0);
        let found = torn.positions(0);
        assert!(found.starts_with(&[1, 2]) && found.is_sorted(), "{found:?}");
        let mut reordered = disk.clone();
        reordered.damage(1, offset);
        assert!(reordered.positions(0).starts_with(&[1, 2]));
    }
}

#[test]
fn a_damaged_record_that_was_acknowledged_is_refused_by_name() {
    let mut disk = Disk::new();
    disk.group(1..=2);
    let damaged_at = disk.offset;
    disk.group(3..=3);
    disk.begin(2, 1, 4);
    disk.group(4..=4);
    disk.damage(1, damaged_at + GROUP_HEADER_BYTES + 12);
    let expected_offset = (damaged_at + GROUP_HEADER_BYTES) as u64;
    assert_eq!(disk.refused(0), ("1".into(), expected_offset, 3));
    assert_eq!(disk.positions(3), [4], "what is in the base is not needed");
    let text = disk.recover(0).unwrap_err().to_string();
    assert!(text.ends_with(&format!("position=3 offset={expected_offset} path=1")), "{text}");
}

#[test]
fn a_mark_proves_that_the_last_group_was_acknowledged() {
    let mut disk = Disk::new();
    disk.group(1..=1);
    let at = disk.offset;
    disk.group(2..=2);
    let mut marked = disk.clone();
    marked.mark();
    disk.damage(1, at);
    assert_eq!(disk.positions(0), [1]);
    marked.damage(1, at);
    assert_eq!(marked.refused(0), ("1".into(), at as u64, 2));
}

#[test]
fn a_segment_that_was_cut_off_is_refused() {
    let mut disk = Disk::new();
    disk.group(1..=1).group(2..=2);
    disk.begin(2, 1, 3);
    disk.group(3..=3);
    for bytes in SEGMENT_HEADER_BYTES..SEGMENT_BYTES {
        let mut cut = disk.clone();
        cut.segments.get_mut(&SegmentId(2)).unwrap().truncate(bytes);
        assert_eq!(cut.refused(0), ("2".into(), bytes as u64, 3));
    }
    disk.segments.get_mut(&SegmentId(1)).unwrap().truncate(SEGMENT_HEADER_BYTES);
    assert_eq!(disk.refused(1).2, 2);
    assert_eq!(disk.positions(2), [3], "what is in the base is not needed");
}

#[test]
fn a_missing_segment_is_refused() {
    let mut disk = Disk::new();
    disk.group(1..=1);
    disk.begin(2, 1, 2);
    disk.group(2..=2);
    disk.begin(3, 1, 3);
    disk.group(3..=3);
    disk.segments.remove(&SegmentId(2));
    assert_eq!(disk.refused(0).2, 2);
    disk.segments.remove(&SegmentId(1));
    assert_eq!(disk.refused(0), ("3".into(), 0, 1));
    assert_eq!(disk.positions(2), [3]);
}

#[test]
fn a_log_that_lost_its_headers_is_not_taken_for_an_empty_one() {
    let mut disk = Disk::new();
    disk.group(1..=1).group(2..=2);
    disk.segments.get_mut(&SegmentId(1)).unwrap()[..SEGMENT_HEADER_BYTES].fill(0);
    assert_eq!(disk.refused(0), ("1".into(), 0, 1));
}

#[test]
fn what_a_used_segment_held_before_is_not_read_again() {
    let mut disk = Disk::new();
    disk.group(1..=1).group(2..=2).group(3..=3).mark();
    disk.begin(1, 1, 4);
    disk.group(4..=4);
    assert_eq!(disk.positions(3), [4]);
    // Records of the same size: an old one stands exactly behind the new.
    disk.begin(1, 2, 5);
    disk.group(5..=5);
    assert_eq!(disk.positions(4), [5]);
}

#[test]
fn a_tail_that_was_dropped_once_stays_dropped() {
    let mut disk = Disk::new();
    disk.group(1..=2).group(3..=5);
    // A process found no more than 1 to 3, and went on from there.
    disk.begin(2, 2, 4);
    disk.group(4..=4);
    assert_eq!(disk.positions(0), [1, 2, 3, 4]);
    disk.begin(3, 3, 5);
    assert_eq!(disk.positions(0), [1, 2, 3, 4]);
    let (_, recovered) = disk.recover(0).unwrap();
    assert_eq!((recovered.epoch_max, recovered.sequence_max), (3, 3));
}

#[test]
fn the_log_of_another_directory_is_refused() {
    let mut disk = Disk::new();
    disk.group(1..=1);
    let known = Known { watermark: Position::NONE, salt: SALT + 1, began: None };
    let refused = recover(&disk, known, &mut |_, _| Ok(()));
    assert!(matches!(refused, Err(EngineError::ForeignLog { path }) if path == *"1"));
}

/// Over three segments and two epochs, with a mark at the end: a flipped bit is reported or changes nothing.
#[test]
fn no_flipped_bit_changes_what_is_found() {
    let mut disk = Disk::new();
    disk.group(1..=2).group(3..=3).mark();
    disk.begin(2, 1, 4);
    disk.group(4..=4);
    disk.begin(3, 2, 5);
    disk.group(5..=6).group(7..=7).mark();
    let expected: Vec<u64> = (3..=7).collect();
    assert_eq!(disk.positions(2), expected);
    let (mut reported, mut harmless) = (0, 0);
    for segment in 1..=3 {
        for bit in 0..700 * 8 {
            let mut flipped = disk.clone();
            flipped.segments.get_mut(&SegmentId(segment)).unwrap()[bit / 8] ^= 1 << (bit % 8);
            match flipped.recover(2) {
                Ok((found, _)) => {
                    assert_eq!(found, expected, "segment {segment} bit {bit}");
                    harmless += 1;
                }
                Err(EngineError::DamagedLog { .. }) => reported += 1,
                Err(other) => panic!("{other}"),
            }
        }
    }
    assert!(reported > 2_000 && harmless > 1_000, "reported={reported} harmless={harmless}");
}

#[test]
fn what_an_earlier_opening_dropped_stays_dropped() {
    let mut disk = Disk::new();
    disk.group(1..=2).group(3..=3);
    disk.began = Some((2, Position(2)));
    assert_eq!(disk.recover(0).unwrap().0, [1, 2]);
    disk.began = Some((1, Position(0)));
    assert_eq!(disk.recover(0).unwrap().0, [1, 2, 3], "the last epoch itself may go on");
}

#[test]
fn what_an_earlier_opening_found_must_be_there() {
    let mut disk = Disk::new();
    disk.group(1..=2);
    disk.began = Some((2, Position(3)));
    let error = disk.recover(0).unwrap_err();
    assert!(matches!(error, EngineError::DamagedLog { position: Position(3), .. }), "{error:?}");
    assert_eq!(disk.recover(3).unwrap().0, [], "in the base it is");
}
