//! How rows of the base are encoded: checksums, and pages compressed.

use rusqlite::Row;

use crate::engine::{Key, ObjectNo, PageImage, PageNo, Value};
use crate::limits::SQL_PAGE_BYTES;

/// What is wrong with a row that SQLite read without complaint.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(super) struct Altered;

/// The checksum of a key and its value.
pub(super) fn kv_sum(object: ObjectNo, key: &[u8], value: &[u8]) -> u32 {
    let sum = crc32c::crc32c(&object.0.to_le_bytes());
    // The length keeps a byte from moving between key and value unseen.
    let sum = crc32c::crc32c_append(sum, &(key.len() as u64).to_le_bytes());
    crc32c::crc32c_append(crc32c::crc32c_append(sum, key), value)
}

/// The checksum of a page as it is stored.
pub(super) fn page_sum(object: ObjectNo, no: PageNo, stored: &[u8]) -> u32 {
    let sum = crc32c::crc32c(&object.0.to_le_bytes());
    crc32c::crc32c_append(crc32c::crc32c_append(sum, &no.0.to_le_bytes()), stored)
}

/// The checksum of a row of history.
pub(super) fn history_sum(object: ObjectNo, kind: u8, item: &[u8], interval: u64, old: Option<&[u8]>) -> u32 {
    let sum = crc32c::crc32c(&object.0.to_le_bytes());
    let sum = crc32c::crc32c_append(sum, &[kind, u8::from(old.is_some())]);
    let sum = crc32c::crc32c_append(sum, &interval.to_le_bytes());
    let sum = crc32c::crc32c_append(sum, &(item.len() as u64).to_le_bytes());
    crc32c::crc32c_append(crc32c::crc32c_append(sum, item), old.unwrap_or_default())
}

/// Whether `sum` is that of the row, or the row was written before rows had one.
pub(super) fn matches(sum: Option<i64>, expected: u32) -> Result<(), Altered> {
    match sum {
        Some(sum) if sum != i64::from(expected) => Err(Altered),
        _ => Ok(()),
    }
}

/// A page as it is stored: an LZ4 block, or its bytes when that is no shorter.
pub(super) fn pack_page(image: &[u8]) -> Vec<u8> {
    assert_eq!(image.len(), SQL_PAGE_BYTES, "a page is whole");
    let packed = lz4_flex::block::compress(image);
    if packed.len() < SQL_PAGE_BYTES { packed } else { image.to_vec() }
}

/// The opposite of [`pack_page`].
pub(super) fn unpack_page(stored: &[u8]) -> Result<PageImage, Altered> {
    if stored.len() == SQL_PAGE_BYTES {
        return Ok(PageImage::copy_from_slice(stored));
    }
    let image = lz4_flex::block::decompress(stored, SQL_PAGE_BYTES).map_err(|_| Altered)?;
    if image.len() == SQL_PAGE_BYTES { Ok(image.into()) } else { Err(Altered) }
}

/// The bytes of a column.
pub(super) fn blob(row: &Row<'_>, column: usize) -> rusqlite::Result<Value> {
    Ok(Key::copy_from_slice(row.get_ref(column)?.as_blob()?))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn pages_come_back_whether_they_compress_or_not() {
        let mut noise = Vec::with_capacity(SQL_PAGE_BYTES);
        let mut state = 1_u64;
        while noise.len() < SQL_PAGE_BYTES {
            state = state.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
            noise.push((state >> 56) as u8);
        }
        let zeros = vec![0; SQL_PAGE_BYTES];
        assert!(pack_page(&zeros).len() < 64);
        assert_eq!(pack_page(&noise).len(), SQL_PAGE_BYTES);
        for image in [zeros, noise] {
            assert_eq!(unpack_page(&pack_page(&image)).unwrap(), image);
        }
        assert_eq!(unpack_page(b"not a page"), Err(Altered));
    }

    #[test]
    fn a_checksum_covers_owner_key_and_value() {
        let sum = kv_sum(ObjectNo(1), b"ab", b"c");
        assert_ne!(sum, kv_sum(ObjectNo(2), b"ab", b"c"));
        assert_ne!(sum, kv_sum(ObjectNo(1), b"a", b"bc"));
        assert_eq!(matches(Some(i64::from(sum)), sum), Ok(()));
        assert_eq!(matches(Some(i64::from(sum ^ 1)), sum), Err(Altered));
        assert_eq!(matches(None, sum), Ok(()), "rows of format 1 have none");
    }
}
