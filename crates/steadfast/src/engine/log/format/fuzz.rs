//! Bodies of fuzz targets, and inputs to begin with.

use super::{
    GROUP_HEADER_BYTES, GROUP_MAGIC, GroupHeader, RECORD_HEADER_BYTES, SEGMENT_HEADER_BYTES, Seal,
    SegmentHeader, decode_body, encode_body, encode_group, encode_mark, read_u32, read_u64,
};
use crate::engine::log::recovery::{proof, walk};
use crate::engine::queue::Submitted;
use crate::engine::{CommitRecord, PageImage, PageNo, Position};
use crate::limits::SQL_PAGE_BYTES;

/// Any bytes are refused as the body of a record, or are one that can be written and read again.
///
/// # Panics
/// When the codec is wrong.
pub fn fuzz_record(bytes: &[u8]) {
    let Ok(logged) = decode_body(bytes) else { return };
    let before = PageImage::from(vec![7; SQL_PAGE_BYTES]);
    let images = logged.pages.iter().map(|(no, page)| page.image(Some(&before)).map(|image| (*no, image)));
    let Ok(pages) = images.collect::<Result<Vec<(PageNo, PageImage)>, _>>() else { return };
    assert!(pages.iter().all(|(_, image)| image.len() == SQL_PAGE_BYTES), "of {bytes:02x?}");
    let record = CommitRecord { pages, ..logged.record };
    for previous in [vec![Some(before.clone()); record.pages.len()], Vec::new()] {
        let mut encoded = Vec::new();
        encode_body(&mut encoded, &record, &previous);
        let again = decode_body(&encoded).expect("what was encoded can be decoded");
        let pages = again.pages.iter().map(|(no, page)| (*no, page.image(Some(&before)).expect("as before")));
        let again = CommitRecord { pages: pages.collect(), ..again.record };
        assert_eq!(format!("{again:?}"), format!("{record:?}"), "of {bytes:02x?}");
    }
}

/// Any bytes behind the header of a segment have an end, and the records before it follow each other.
/// Checksums are corrected first if the first byte is odd, so that lengths are believed.
///
/// # Panics
/// When reading is wrong.
pub fn fuzz_segment(bytes: &[u8]) {
    let Some((choice, groups)) = bytes.split_first() else { return };
    let mut segment = HEADER.encode().to_vec();
    segment.extend_from_slice(groups);
    if choice % 2 == 1 {
        reseal(&mut segment);
    }
    let until = Position(u64::from(choice >> 4) * 3 + 2);
    let mut next = HEADER.first;
    let walked = walk(&segment, &HEADER, until, &mut |position, body| {
        assert!(position == next && position < until, "records follow each other");
        next = position.next();
        decode_body(body).map(drop)
    });
    if let Ok(walk) = walked {
        let last_group = walk.last_group.unwrap_or_default();
        assert!(last_group.end <= segment.len(), "a group is inside its segment");
        proof(&segment, walk.end, HEADER.salt, next);
    }
    proof(&segment, 0, HEADER.salt, next);
}

/// The bodies of these records, for [`fuzz_record`].
pub fn record_inputs(records: &[CommitRecord]) -> Vec<Vec<u8>> {
    let encode = |record: &CommitRecord| {
        let mut body = Vec::new();
        encode_body(&mut body, record, &[]);
        body
    };
    records.iter().map(encode).collect()
}

/// Groups of these records, for [`fuzz_segment`].
pub fn segment_input(records: &[CommitRecord], group_len: usize) -> Vec<u8> {
    let mut segment = HEADER.encode().to_vec();
    let seal = Seal::new(HEADER.salt, HEADER.epoch);
    let submitted = |(at, record): (usize, &CommitRecord)| Submitted {
        position: Position(at as u64 + 1),
        record: record.clone(),
        previous: Vec::new(),
    };
    let submitted: Vec<Submitted> = records.iter().enumerate().map(submitted).collect();
    let mut durable = Position::NONE;
    for group in submitted.chunks(group_len) {
        encode_group(&mut segment, seal, group, durable);
        durable = group.last().map_or(durable, |last| last.position);
    }
    encode_mark(&mut segment, seal, durable);
    let mut input = vec![0xf1];
    input.extend_from_slice(&segment[SEGMENT_HEADER_BYTES..]);
    input
}

/// Makes the checksums right of everything that has a length.
fn reseal(segment: &mut [u8]) {
    let seal = Seal::new(HEADER.salt, HEADER.epoch);
    let (mut at, mut next) = (SEGMENT_HEADER_BYTES, HEADER.first);
    while let Some(bytes) =
        segment.get(at..at + GROUP_HEADER_BYTES).filter(|bytes| bytes[..4] == *GROUP_MAGIC)
    {
        let group = GroupHeader {
            records: read_u32(bytes, 4),
            bytes: read_u32(bytes, 8),
            epoch: HEADER.epoch,
            first: next,
            durable_before: Position(read_u64(bytes, 32)),
        };
        segment[at..at + GROUP_HEADER_BYTES].copy_from_slice(&group.encode(HEADER.salt));
        at += GROUP_HEADER_BYTES;
        let mut record_at = at;
        for _ in 0..group.records {
            let Some(record) = segment.get_mut(record_at..).filter(|rest| rest.len() >= RECORD_HEADER_BYTES)
            else {
                return;
            };
            let end = RECORD_HEADER_BYTES + read_u32(record, 0) as usize;
            let Some(body) = record.get(RECORD_HEADER_BYTES..end) else { return };
            let sum = seal.sum(next, body);
            record[4..RECORD_HEADER_BYTES].copy_from_slice(&sum.to_le_bytes());
            record_at += end;
            next = next.next();
        }
        at = (at + group.bytes as usize).next_multiple_of(super::GROUP_ALIGNMENT);
    }
}

const HEADER: SegmentHeader =
    SegmentHeader { sequence: 1, epoch: 3, first: Position(1), salt: 42, bytes: 4096 };
