//! The one error of this crate.

use std::fmt;

/// What went wrong with a server, a request body or a response body.
pub struct Error {
    kind: ErrorKind,
    source: Option<Box<dyn std::error::Error + Send + Sync>>,
}

/// What the caller should do about an [`Error`].
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum ErrorKind {
    /// Another process listens there: choose another port.
    AddressInUse,
    /// The address cannot be listened on: not of this machine, or not permitted. Fix the address.
    AddressRefused,
    /// The client closed the connection, or the server cut it: stop working for it.
    ClientGone,
    /// The client stood still for longer than the timeout allows and was cut off: stop working for it.
    ClientSlow,
    /// The request body is malformed: answer with 400.
    Malformed,
    /// The request body passed the limit; the client was told so: stop working for it.
    TooLarge,
    /// The response body was given up before its end by the handler.
    Aborted,
    /// The system refused a resource: report it.
    Internal,
}

impl Error {
    /// What the caller should do.
    pub fn kind(&self) -> ErrorKind {
        self.kind
    }

    pub(crate) fn new(kind: ErrorKind) -> Error {
        Error { kind, source: None }
    }

    pub(crate) fn because(
        kind: ErrorKind,
        source: impl Into<Box<dyn std::error::Error + Send + Sync>>,
    ) -> Error {
        Error { kind, source: Some(source.into()) }
    }
}

impl fmt::Display for Error {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self.kind {
            ErrorKind::AddressInUse => "address is already in use",
            ErrorKind::AddressRefused => "address cannot be listened on",
            ErrorKind::ClientGone => "client disconnected",
            ErrorKind::ClientSlow => "client was too slow",
            ErrorKind::Malformed => "request body is malformed",
            ErrorKind::TooLarge => "request body is too large",
            ErrorKind::Aborted => "response body was aborted",
            ErrorKind::Internal => "system refused a resource",
        })
    }
}

impl fmt::Debug for Error {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Error").field("kind", &self.kind).field("source", &self.source).finish()
    }
}

impl std::error::Error for Error {
    fn source(&self) -> Option<&(dyn std::error::Error + 'static)> {
        self.source.as_deref().map(|source| source as _)
    }
}
