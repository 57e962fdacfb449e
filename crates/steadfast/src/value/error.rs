use std::convert::Infallible;
use std::fmt;

use crate::{Error, ErrorKind};

/// Why bytes are no value, or a value is not what was asked for.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum ValueError {
    /// The bytes end inside the value.
    Truncated,
    /// The header names a format version we do not read.
    UnsupportedVersion {
        /// The version it names.
        version: u32,
    },
    /// The bytes hold something only JavaScript can hold.
    Unsupported {
        /// What it is.
        what: &'static str,
        /// Where its tag is.
        offset: usize,
    },
    /// The bytes break the format.
    Malformed {
        /// What is wrong.
        what: &'static str,
        /// Where the reader stood.
        offset: usize,
    },
    /// A reference or a view names an object that does not come before it.
    UnknownReference {
        /// The number it names.
        reference: u32,
    },
    /// Deeper than [`VALUE_DEPTH_MAX`](crate::limits::VALUE_DEPTH_MAX).
    TooDeep,
    /// A string, buffer or collection longer than the format can say.
    TooLong,
    /// A view that is outside its buffer, or not aligned to its elements.
    ViewOutOfRange,
    /// The value is not of the type asked for.
    WrongType {
        /// What it is.
        found: &'static str,
        /// What was asked for.
        wanted: &'static str,
    },
    /// An integer beyond ±(2⁵³ − 1) would change as a number; store a
    /// [`BigInt`](super::BigInt).
    UnsafeInteger,
}

impl fmt::Display for ValueError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Truncated => f.write_str("stored value is cut off"),
            Self::UnsupportedVersion { version } => {
                write!(f, "stored value has an unknown format version: version={version}")
            }
            Self::Unsupported { what, offset } => {
                write!(f, "stored value holds {what}, which only JavaScript can read: offset={offset}")
            }
            Self::Malformed { what, offset } => {
                write!(f, "stored value is malformed, {what}: offset={offset}")
            }
            Self::UnknownReference { reference } => {
                write!(f, "value refers to an object that does not come before it: reference={reference}")
            }
            Self::TooDeep => {
                write!(f, "value nests too deeply: depth_max={}", crate::limits::VALUE_DEPTH_MAX)
            }
            Self::TooLong => f.write_str("value is longer than its format can say"),
            Self::ViewOutOfRange => f.write_str("view is outside its buffer or not aligned"),
            Self::WrongType { found, wanted } => {
                write!(f, "value has another type: found={found} wanted={wanted}")
            }
            Self::UnsafeInteger => f.write_str("integer is too large for a number, use a bigint"),
        }
    }
}

impl std::error::Error for ValueError {}

/// `Corrupt` for stored bytes that are no value, `Unsupported` for what only JavaScript can hold,
/// `Invalid` for the rest.
impl From<ValueError> for Error {
    fn from(error: ValueError) -> Self {
        let kind = match &error {
            ValueError::Truncated | ValueError::UnsupportedVersion { .. } | ValueError::Malformed { .. } => {
                ErrorKind::Corrupt
            }
            ValueError::Unsupported { .. } => ErrorKind::Unsupported,
            _ => ErrorKind::Invalid,
        };
        Self::new(kind, error.to_string())
    }
}

/// For conversions that cannot fail, where ones that can are asked for.
impl From<Infallible> for Error {
    fn from(never: Infallible) -> Self {
        match never {}
    }
}
