//! Databases as plain files, the way other programs read them.

use std::fmt;
use std::io::{self, Write};

use bytes::Bytes;

use crate::page::PAGE_BYTES;

/// Why bytes are not a database this crate can read.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum PlainError {
    /// They do not begin as a SQLite database does.
    NotADatabase,
    /// Its pages are not of [`PAGE_BYTES`]; `VACUUM INTO` after `PRAGMA page_size` makes them so.
    PageSize {
        /// What they are.
        page_bytes: usize,
    },
    /// It ends within a page.
    Torn {
        /// How long it is.
        file_bytes: usize,
    },
}

impl fmt::Display for PlainError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::NotADatabase => f.write_str("not a SQLite database"),
            Self::PageSize { page_bytes } => {
                write!(f, "the database has another page size: page_bytes={page_bytes} expected={PAGE_BYTES}")
            }
            Self::Torn { file_bytes } => {
                write!(f, "the database ends within a page: file_bytes={file_bytes}")
            }
        }
    }
}

impl std::error::Error for PlainError {}

/// Where the header says how the file is journaled: two bytes, of which 2 means a write-ahead log.
const JOURNAL_VERSIONS: std::ops::Range<usize> = 18..20;

/// The pages of a file, by number from 1, without those that are all zeros, and how many there are.
/// The file must be whole: without a write-ahead log or journal that belongs to it.
///
/// # Errors
/// When it is not such a file.
pub fn read(file: &[u8]) -> Result<(Vec<(u32, Bytes)>, u32), PlainError> {
    if file.is_empty() {
        return Ok((Vec::new(), 0));
    }
    if file.len() < 100 || !file.starts_with(b"SQLite format 3\0") {
        return Err(PlainError::NotADatabase);
    }
    let page_bytes = match u16::from_be_bytes([file[16], file[17]]) {
        1 => 65536,
        bytes => usize::from(bytes),
    };
    if page_bytes != PAGE_BYTES {
        return Err(PlainError::PageSize { page_bytes });
    }
    if !file.len().is_multiple_of(PAGE_BYTES) {
        return Err(PlainError::Torn { file_bytes: file.len() });
    }
    let mut pages = Vec::new();
    let mut page_count = 0;
    for page in file.chunks_exact(PAGE_BYTES) {
        page_count += 1;
        if page_count == 1 {
            let mut first = page.to_vec();
            first[JOURNAL_VERSIONS].fill(1);
            pages.push((1, Bytes::from(first)));
        } else if page.iter().any(|byte| *byte != 0) {
            pages.push((page_count, Bytes::copy_from_slice(page)));
        }
    }
    Ok((pages, page_count))
}

/// Writes `page_count` pages as a file; `page` gives each by its number, from 1, or `None` for a hole.
///
/// # Errors
/// Those of `page` and of writing.
pub fn write<E: From<io::Error>>(
    page_count: u32,
    mut page: impl FnMut(u32) -> Result<Option<Bytes>, E>,
    into: &mut impl Write,
) -> Result<(), E> {
    for no in 1..=page_count {
        match page(no)? {
            Some(page) => into.write_all(&page)?,
            None => into.write_all(&[0; PAGE_BYTES])?,
        }
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn file(page_size: u16) -> Vec<u8> {
        let mut file = vec![0; 3 * PAGE_BYTES];
        file[..16].copy_from_slice(b"SQLite format 3\0");
        file[16..18].copy_from_slice(&page_size.to_be_bytes());
        file[18..20].fill(2);
        file[2 * PAGE_BYTES] = 9;
        file
    }

    #[test]
    fn a_file_comes_back_without_its_write_ahead_log() {
        let (pages, page_count) = read(&file(4096)).unwrap();
        assert_eq!(pages.iter().map(|(no, _)| *no).collect::<Vec<_>>(), [1, 3]);
        let mut written = Vec::new();
        let page = |no| Ok::<_, io::Error>(pages.iter().find(|page| page.0 == no).map(|page| page.1.clone()));
        write(page_count, page, &mut written).unwrap();
        let mut expected = file(4096);
        expected[18..20].fill(1);
        assert_eq!(written, expected);
    }

    #[test]
    fn what_is_no_database_of_ours_is_refused() {
        assert_eq!(read(&[]), Ok((Vec::new(), 0)));
        assert_eq!(read(&[7; 4096]), Err(PlainError::NotADatabase));
        assert_eq!(read(&file(1024)), Err(PlainError::PageSize { page_bytes: 1024 }));
        assert_eq!(read(&file(1)), Err(PlainError::PageSize { page_bytes: 65536 }));
        assert_eq!(read(&file(4096)[..5000]), Err(PlainError::Torn { file_bytes: 5000 }));
    }
}
