//! Which names a listing is about, and in which order.

use std::borrow::Cow;
use std::cmp::Ordering;

use crate::engine::Key;

/// The names a listing is about: those for which everything that is given holds.
#[derive(Clone, PartialEq, Eq, Debug, Default)]
pub struct ListFilter {
    /// They begin with this.
    pub prefix: Option<Key>,
    /// They do not begin with this.
    pub exclude_prefix: Option<Key>,
    /// They are this or come after it.
    pub start: Option<Key>,
    /// They come before this.
    pub end: Option<Key>,
}

impl ListFilter {
    /// Whether a name is among them.
    #[must_use]
    pub fn matches(&self, name: &[u8]) -> bool {
        let begins = |prefix: &Option<Key>| prefix.as_ref().map(|prefix| name.starts_with(prefix));
        let order = |bound: &Option<Key>| bound.as_ref().map(|bound| utf8_order(name, bound));
        begins(&self.prefix) != Some(false)
            && begins(&self.exclude_prefix) != Some(true)
            && order(&self.start) != Some(Ordering::Less)
            && order(&self.end).is_none_or(|order| order == Ordering::Less)
    }
}

/// The order of names as text encoders write them: half a surrogate pair is U+FFFD there.
pub(super) fn utf8_order(a: &[u8], b: &[u8]) -> Ordering {
    if !a.contains(&SURROGATE_LEAD) && !b.contains(&SURROGATE_LEAD) {
        return a.cmp(b);
    }
    encoded(a).cmp(&encoded(b))
}

fn encoded(name: &[u8]) -> Cow<'_, [u8]> {
    let is_half = |bytes: &[u8]| bytes[0] == SURROGATE_LEAD && bytes[1] >= SURROGATE_SECOND_MIN;
    if !name.windows(HALF_BYTES).any(is_half) {
        return Cow::Borrowed(name);
    }
    let mut bytes = name.to_vec();
    for at in 0..=bytes.len() - HALF_BYTES {
        if is_half(&bytes[at..at + HALF_BYTES]) {
            bytes[at..at + HALF_BYTES].copy_from_slice(REPLACEMENT.as_bytes());
        }
    }
    Cow::Owned(bytes)
}

/// The first byte of half a surrogate pair, and of some characters before them.
const SURROGATE_LEAD: u8 = 0xed;
/// The least second byte that makes it one.
const SURROGATE_SECOND_MIN: u8 = 0xa0;
const HALF_BYTES: usize = 3;
const REPLACEMENT: &str = "\u{fffd}";
