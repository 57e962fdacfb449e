//! The tags a hibernating socket is accepted with. Pure.

use std::fmt;
use std::sync::Arc;

use crate::limits::{SOCKET_TAG_BYTES_MAX, SOCKET_TAGS_MAX};

/// Distinct tags in the order they were given.
pub(crate) type Tags = Box<[Arc<str>]>;

/// Why tags are refused.
#[derive(Clone, PartialEq, Eq, Debug)]
pub enum TagsRefused {
    /// There are too many.
    TooMany,
    /// This one is too long.
    TooLong(Arc<str>),
}

impl fmt::Display for TagsRefused {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::TooMany => {
                write!(f, "a Hibernatable WebSocket cannot have more than {SOCKET_TAGS_MAX} tags")
            }
            Self::TooLong(tag) => {
                write!(f, "\"{tag}\" is longer than the max tag length ({SOCKET_TAG_BYTES_MAX} characters).")
            }
        }
    }
}

impl std::error::Error for TagsRefused {}

/// The distinct tags among those given. After as many distinct ones as there may be, any further one is
/// refused, also one that was given before: as in workerd.
pub(crate) fn distinct(given: Vec<String>) -> Result<Tags, TagsRefused> {
    let mut tags: Vec<Arc<str>> = Vec::with_capacity(given.len().min(SOCKET_TAGS_MAX));
    for tag in given {
        if tags.len() >= SOCKET_TAGS_MAX {
            return Err(TagsRefused::TooMany);
        }
        if tag.len() > SOCKET_TAG_BYTES_MAX {
            return Err(TagsRefused::TooLong(tag.into()));
        }
        if !tags.iter().any(|known| **known == *tag) {
            tags.push(tag.into());
        }
    }
    Ok(tags.into())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn given(tags: &[&str]) -> Result<Vec<String>, TagsRefused> {
        let tags = distinct(tags.iter().map(|tag| (*tag).to_owned()).collect())?;
        Ok(tags.iter().map(ToString::to_string).collect())
    }

    const TEN: [&str; 10] = ["0", "1", "2", "3", "4", "5", "6", "7", "8", "9"];

    #[test]
    fn repeats_count_once_and_order_stays() {
        assert_eq!(given(&["b", "a", "b", ""]).unwrap(), ["b", "a", ""]);
        let repeated = [&TEN[..9], &["0", "0", "9"]].concat();
        assert_eq!(given(&repeated).unwrap(), TEN);
    }

    #[test]
    fn nothing_follows_the_tenth() {
        assert_eq!(given(&[&TEN[..], &["10"]].concat()), Err(TagsRefused::TooMany));
        assert_eq!(given(&[&TEN[..], &["0"]].concat()), Err(TagsRefused::TooMany));
    }

    #[test]
    fn a_tag_is_as_long_as_its_bytes() {
        assert!(given(&[&"a".repeat(256)]).is_ok());
        let long = "ä".repeat(129);
        assert_eq!(given(&[&long]), Err(TagsRefused::TooLong(long.into())));
    }
}
