//! Pages in a record: whole, packed, or as what changed.

use super::wire::{Malformed, Reader, put_bytes, put_number};
use crate::engine::PageImage;
use crate::limits::SQL_PAGE_BYTES;

/// A page as it stands in the log.
#[derive(Clone, PartialEq, Eq, Debug)]
pub(in crate::engine::log) enum LoggedPage {
    Whole(PageImage),
    /// Runs that change the image before.
    Delta(Vec<u8>),
}

impl LoggedPage {
    /// The image, given the one before.
    pub(in crate::engine::log) fn image(&self, previous: Option<&PageImage>) -> Result<PageImage, Malformed> {
        match (self, previous) {
            (Self::Whole(image), _) => Ok(image.clone()),
            (Self::Delta(_), None) => Err(Malformed { part: "a delta without the page before" }),
            (Self::Delta(delta), Some(previous)) => apply(delta, previous),
        }
    }
}

/// Appends a page in the shortest form.
pub(super) fn put_page(into: &mut Vec<u8>, image: &PageImage, previous: Option<&PageImage>) {
    assert_eq!(image.len(), SQL_PAGE_BYTES, "a page is whole");
    let delta = previous.and_then(|previous| delta(previous, image));
    if let Some(delta) = &delta
        && delta.len() <= DELTA_BYTES_GOOD
    {
        into.push(DELTA);
        return put_bytes(into, delta);
    }
    let packed = lz4_flex::block::compress(image);
    let shortest = packed.len().min(SQL_PAGE_BYTES);
    match delta {
        Some(delta) if delta.len() < shortest => {
            into.push(DELTA);
            put_bytes(into, &delta);
        }
        _ if packed.len() < SQL_PAGE_BYTES => {
            into.push(PACKED);
            put_bytes(into, &packed);
        }
        _ => {
            into.push(WHOLE);
            put_bytes(into, image);
        }
    }
}

/// Reads a page.
pub(super) fn take_page(reader: &mut Reader<'_>) -> Result<LoggedPage, Malformed> {
    let kind = reader.byte("kind of page")?;
    let bytes = reader.bytes("page")?;
    match kind {
        WHOLE if bytes.len() == SQL_PAGE_BYTES => Ok(LoggedPage::Whole(PageImage::copy_from_slice(bytes))),
        PACKED => match lz4_flex::block::decompress(bytes, SQL_PAGE_BYTES) {
            Ok(image) if image.len() == SQL_PAGE_BYTES => Ok(LoggedPage::Whole(image.into())),
            _ => Err(Malformed { part: "packed page" }),
        },
        DELTA => Ok(LoggedPage::Delta(bytes.to_vec())),
        _ => Err(Malformed { part: "kind of page" }),
    }
}

/// Runs of what differs. None if that is most of the page.
fn delta(previous: &PageImage, image: &PageImage) -> Option<Vec<u8>> {
    let mut delta = Vec::new();
    let mut done = 0;
    let mut at = first_difference(previous, image, 0);
    while at < SQL_PAGE_BYTES {
        let end = end_of_run(previous, image, at);
        put_number(&mut delta, (at - done) as u64);
        put_bytes(&mut delta, &image[at..end]);
        if delta.len() > SQL_PAGE_BYTES / 2 {
            return None;
        }
        done = end;
        at = first_difference(previous, image, end);
    }
    Some(delta)
}

/// Where the images differ next, at or behind `from`.
fn first_difference(a: &[u8], b: &[u8], from: usize) -> usize {
    let mut at = from;
    while let (Some(a), Some(b)) = (a[at..].first_chunk::<8>(), b[at..].first_chunk::<8>()) {
        if a != b {
            break;
        }
        at += 8;
    }
    let rest = a[at..].iter().zip(&b[at..]);
    at + rest.take_while(|(a, b)| a == b).count()
}

/// Where a run of differences ends. A short stretch alike costs less inside a run than a new run.
fn end_of_run(a: &[u8], b: &[u8], from: usize) -> usize {
    let mut end = from + 1;
    let mut at = end;
    while at < a.len() && at - end < ALIKE_BYTES_MIN {
        if a[at] != b[at] {
            end = at + 1;
        }
        at += 1;
    }
    end
}

fn apply(delta: &[u8], previous: &PageImage) -> Result<PageImage, Malformed> {
    let mut image = previous.to_vec();
    let mut reader = Reader::new(delta);
    let mut at = 0_u64;
    while !reader.is_at_end() {
        at = at.saturating_add(reader.number("delta")?);
        let run = reader.bytes("delta")?;
        let start = usize::try_from(at).map_err(|_| Malformed { part: "delta" })?;
        let end = start.checked_add(run.len()).ok_or(Malformed { part: "delta" })?;
        image.get_mut(start..end).ok_or(Malformed { part: "delta" })?.copy_from_slice(run);
        at = end as u64;
    }
    Ok(image.into())
}

const WHOLE: u8 = 0;
const PACKED: u8 = 1;
const DELTA: u8 = 2;
/// A delta this short is taken without trying to pack the page.
const DELTA_BYTES_GOOD: usize = 512;
/// What two numbers of a run take at most.
const ALIKE_BYTES_MIN: usize = 4;
