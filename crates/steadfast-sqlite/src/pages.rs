//! The database file as SQLite sees it: the pages of the source with what was written laid over.
//!
//! Written pages stay here until their transaction has committed and its changes were taken.

use std::collections::BTreeMap;
use std::sync::Arc;

use bytes::Bytes;

use crate::page::{Commit, PAGE_BYTES, PageSource, SourceError};

pub(crate) struct Pages {
    source: Box<dyn PageSource>,
    page_count: u32,
    /// How many there were when changes were last taken.
    page_count_taken: u32,
    /// The page SQLite last read a part of, until it reads all of it: it looks at the head of the file
    /// first.
    begun: Option<(u32, Option<Bytes>)>,
    /// What was written since changes were last taken.
    written: BTreeMap<u32, Bytes>,
    /// Whether SQLite may write: only while our caller commits. The page cache holds everything
    /// until then, so a rollback has nothing to undo here.
    writable: bool,
    /// Whether a transaction that wrote has committed since changes were last taken.
    committed: bool,
    /// Why the source last failed, until it is asked for.
    failure: Option<Arc<dyn std::error::Error + Send + Sync>>,
}

/// Why SQLite was refused something.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(crate) enum Refused {
    /// Not a whole page, or one SQLite has no business with.
    NotAPage,
    /// A write while nobody commits.
    NotCommitting,
    /// The source failed; the cause is kept.
    Source,
}

impl Pages {
    pub(crate) fn new(source: Box<dyn PageSource>, page_count: u32) -> Self {
        Self {
            source,
            page_count,
            page_count_taken: page_count,
            begun: None,
            written: BTreeMap::new(),
            writable: false,
            committed: false,
            failure: None,
        }
    }

    /// Fills `into` from `offset` on, with zeros beyond the end. Says whether all of it was there.
    /// SQLite reads whole pages, and parts of the first.
    pub(crate) fn read(&mut self, offset: u64, into: &mut [u8]) -> Result<bool, Refused> {
        into.fill(0);
        let (index, start) = (offset / PAGE_BYTES as u64, (offset % PAGE_BYTES as u64) as usize);
        let end = start.checked_add(into.len()).filter(|end| *end <= PAGE_BYTES).ok_or(Refused::NotAPage)?;
        let Some(no) = u32::try_from(index + 1).ok().filter(|no| *no <= self.page_count) else {
            return Ok(false);
        };
        let page = self.page(no)?;
        if let Some(page) = &page {
            into.copy_from_slice(page.get(start..end).ok_or(Refused::NotAPage)?);
        }
        self.begun = (into.len() < PAGE_BYTES).then_some((no, page));
        Ok(true)
    }

    pub(crate) fn write(&mut self, offset: u64, page: &[u8]) -> Result<(), Refused> {
        if !self.writable {
            return Err(Refused::NotCommitting);
        }
        if page.len() != PAGE_BYTES || !offset.is_multiple_of(PAGE_BYTES as u64) {
            return Err(Refused::NotAPage);
        }
        let no = u32::try_from(offset / PAGE_BYTES as u64 + 1).map_err(|_| Refused::NotAPage)?;
        self.begun = None;
        self.written.insert(no, Bytes::copy_from_slice(page));
        self.page_count = self.page_count.max(no);
        Ok(())
    }

    pub(crate) fn truncate(&mut self, bytes: u64) -> Result<(), Refused> {
        if !self.writable {
            return Err(Refused::NotCommitting);
        }
        if !bytes.is_multiple_of(PAGE_BYTES as u64) {
            return Err(Refused::NotAPage);
        }
        self.page_count = u32::try_from(bytes / PAGE_BYTES as u64).map_err(|_| Refused::NotAPage)?;
        self.written.split_off(&(self.page_count + 1));
        Ok(())
    }

    pub(crate) fn bytes(&self) -> u64 {
        u64::from(self.page_count) * PAGE_BYTES as u64
    }

    /// Lets SQLite write, or no longer.
    pub(crate) fn set_writable(&mut self, writable: bool) {
        self.writable = writable;
    }

    /// SQLite says that what it wrote is committed.
    pub(crate) fn end_commit(&mut self) {
        self.committed = true;
    }

    /// What was committed since this was last called, if anything. The source answers for it from now on.
    pub(crate) fn take_commit(&mut self) -> Option<Commit> {
        if !std::mem::take(&mut self.committed) {
            return None;
        }
        let pages: Vec<_> = std::mem::take(&mut self.written).into_iter().collect();
        let resized = std::mem::replace(&mut self.page_count_taken, self.page_count) != self.page_count;
        (resized || !pages.is_empty()).then_some(Commit { pages, page_count: self.page_count })
    }

    pub(crate) fn take_failure(&mut self) -> Option<Arc<dyn std::error::Error + Send + Sync>> {
        self.failure.take()
    }

    fn page(&mut self, no: u32) -> Result<Option<Bytes>, Refused> {
        if let Some(page) = self.written.get(&no) {
            return Ok(Some(page.clone()));
        }
        if let Some((_, page)) = self.begun.take_if(|(begun, _)| *begun == no) {
            return Ok(page);
        }
        self.source.page(no).map_err(|failure: SourceError| {
            self.failure = Some(failure.into());
            Refused::Source
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    struct Ones;

    impl PageSource for Ones {
        fn page(&self, no: u32) -> Result<Option<Bytes>, SourceError> {
            match no {
                1 => Ok(Some(Bytes::from(vec![1; PAGE_BYTES]))),
                2 => Ok(None),
                _ => Err("page 3 is damaged".into()),
            }
        }
    }

    fn pages(page_count: u32) -> Pages {
        Pages::new(Box::new(Ones), page_count)
    }

    #[test]
    fn holes_and_what_lies_beyond_the_end_read_as_zeros() {
        let mut pages = pages(2);
        let mut into = [9; 16];
        assert_eq!(pages.read(24, &mut into), Ok(true));
        assert_eq!(into, [1; 16]);
        assert_eq!(pages.read(PAGE_BYTES as u64, &mut into), Ok(true));
        assert_eq!(into, [0; 16]);
        assert_eq!(pages.read(2 * PAGE_BYTES as u64, &mut into), Ok(false));
    }

    #[test]
    fn a_failure_of_the_source_is_kept() {
        let mut pages = pages(3);
        assert_eq!(pages.read(2 * PAGE_BYTES as u64, &mut [0; 16]), Err(Refused::Source));
        assert_eq!(pages.take_failure().unwrap().to_string(), "page 3 is damaged");
        assert!(pages.take_failure().is_none());
    }

    #[test]
    fn only_whole_pages_are_written_and_only_while_committing() {
        let mut pages = pages(0);
        let page = [7; PAGE_BYTES];
        assert_eq!(pages.write(0, &page), Err(Refused::NotCommitting));
        assert_eq!(pages.truncate(0), Err(Refused::NotCommitting));
        pages.set_writable(true);
        assert_eq!(pages.write(0, &page[1..]), Err(Refused::NotAPage));
        assert_eq!(pages.write(1, &page), Err(Refused::NotAPage));
        assert_eq!(pages.truncate(1), Err(Refused::NotAPage));
        assert_eq!(pages.write(0, &page), Ok(()));
    }

    #[test]
    fn changes_are_handed_over_once_and_only_when_committed() {
        let mut pages = pages(2);
        pages.set_writable(true);
        for no in 1..=4 {
            pages.write((no - 1) * PAGE_BYTES as u64, &[7; PAGE_BYTES]).unwrap();
        }
        assert_eq!(pages.take_commit(), None);
        pages.truncate(3 * PAGE_BYTES as u64).unwrap();
        pages.end_commit();
        let commit = pages.take_commit().unwrap();
        assert_eq!(commit.page_count, 3);
        assert_eq!(commit.pages.iter().map(|(no, _)| *no).collect::<Vec<_>>(), [1, 2, 3]);
        assert_eq!(pages.take_commit(), None);
        assert_eq!(pages.bytes(), 3 * PAGE_BYTES as u64);
    }
}
