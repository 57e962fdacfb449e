//! The library's one public error.

use std::borrow::Cow;
use std::error::Error as StdError;
use std::fmt;
use std::sync::Arc;

/// What the caller should do about an [`Error`].
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug)]
#[non_exhaustive]
pub enum ErrorKind {
    /// Fix the call: an argument is wrong. A `TypeError` in JavaScript.
    Invalid,
    /// Send less: a size or count is over its limit. A `RangeError` in JavaScript.
    TooLarge,
    /// Call it at another time: the state the object is in does not allow it now.
    Refused,
    /// Do without: what was asked for does not exist here.
    Unsupported,
    /// Run the transaction again: somebody else committed first.
    Conflict,
    /// Back off: a queue is full.
    Overloaded,
    /// Try again later: the thing needed is not reachable now.
    Unavailable,
    /// Get a new stub: the activation this was about is gone.
    Reset,
    /// Stop and restore: stored data is damaged.
    Corrupt,
    /// Report a bug.
    Internal,
}

impl ErrorKind {
    /// The kind as a stable word, used as `error.code` at the Node edge and in logs.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Invalid => "invalid",
            Self::TooLarge => "too_large",
            Self::Refused => "refused",
            Self::Unsupported => "unsupported",
            Self::Conflict => "conflict",
            Self::Overloaded => "overloaded",
            Self::Unavailable => "unavailable",
            Self::Reset => "reset",
            Self::Corrupt => "corrupt",
            Self::Internal => "internal",
        }
    }
}

impl fmt::Display for ErrorKind {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

/// Why an operation failed.
///
/// Opaque and one pointer wide; a clone is the same error, so that every waiter of a failure can be
/// told. [`Display`](fmt::Display) prints this level only; follow [`source`](StdError::source) for
/// the rest.
///
/// ```
/// use steadfast::{Error, ErrorKind};
///
/// let error = Error::new(ErrorKind::TooLarge, "key is too long: key_bytes=4096 key_bytes_max=2048");
/// assert_eq!(error.kind(), ErrorKind::TooLarge);
/// assert!(!error.is_retryable());
/// ```
#[derive(Clone)]
pub struct Error {
    inner: Arc<Inner>,
}

struct Inner {
    kind: ErrorKind,
    message: Cow<'static, str>,
    overloaded: bool,
    source: Option<Box<dyn StdError + Send + Sync>>,
}

impl Error {
    /// An error of this kind. Texts that mirror Cloudflare's are byte-exact; all others are lower
    /// case with named values last.
    pub fn new(kind: ErrorKind, message: impl Into<Cow<'static, str>>) -> Self {
        Self::build(kind, message.into(), kind == ErrorKind::Overloaded, None)
    }

    /// The same with the error that caused it.
    pub fn with_source(
        kind: ErrorKind,
        message: impl Into<Cow<'static, str>>,
        source: impl Into<Box<dyn StdError + Send + Sync>>,
    ) -> Self {
        Self::build(kind, message.into(), kind == ErrorKind::Overloaded, Some(source.into()))
    }

    /// An activation that was reset because it took too long: [`ErrorKind::Reset`], and the caller
    /// should back off as well. Cloudflare sets both flags on its 30-second timeouts.
    pub fn reset_by_timeout(message: impl Into<Cow<'static, str>>) -> Self {
        Self::build(ErrorKind::Reset, message.into(), true, None)
    }

    /// What the caller should do.
    pub fn kind(&self) -> ErrorKind {
        self.inner.kind
    }

    /// The text of this level, without sources.
    pub fn message(&self) -> &str {
        &self.inner.message
    }

    /// Whether the same call may succeed later without any change: `retryable` in JavaScript.
    pub fn is_retryable(&self) -> bool {
        self.kind() == ErrorKind::Unavailable
    }

    /// Whether the caller should send less for a while: `overloaded` in JavaScript.
    pub fn is_overloaded(&self) -> bool {
        self.inner.overloaded
    }

    /// Whether the activation is gone and its stubs with it: `durableObjectReset` in JavaScript.
    pub fn is_reset(&self) -> bool {
        self.kind() == ErrorKind::Reset
    }

    fn build(
        kind: ErrorKind,
        message: Cow<'static, str>,
        overloaded: bool,
        source: Option<Box<dyn StdError + Send + Sync>>,
    ) -> Self {
        Self { inner: Arc::new(Inner { kind, message, overloaded, source }) }
    }
}

impl fmt::Display for Error {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.inner.message)
    }
}

impl fmt::Debug for Error {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Error")
            .field("kind", &self.inner.kind)
            .field("message", &self.inner.message)
            .field("source", &self.inner.source)
            .finish()
    }
}

impl StdError for Error {
    fn source(&self) -> Option<&(dyn StdError + 'static)> {
        self.inner.source.as_deref().map(|source| source as &(dyn StdError + 'static))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn display_prints_this_level_only() {
        let cause = std::io::Error::other("disk on fire");
        let error = Error::with_source(ErrorKind::Unavailable, "cannot read the base file", cause);
        assert_eq!(error.to_string(), "cannot read the base file");
        assert_eq!(error.source().unwrap().to_string(), "disk on fire");
    }

    #[test]
    fn flags_follow_the_kind() {
        assert!(Error::new(ErrorKind::Unavailable, "x").is_retryable());
        assert!(Error::new(ErrorKind::Overloaded, "x").is_overloaded());
        let reset = Error::new(ErrorKind::Reset, "x");
        assert!(reset.is_reset() && !reset.is_overloaded() && !reset.is_retryable());
        let slow = Error::reset_by_timeout("x");
        assert!(slow.is_reset() && slow.is_overloaded());
    }

    #[test]
    fn one_pointer_wide() {
        assert_eq!(size_of::<Error>(), size_of::<usize>());
    }
}
