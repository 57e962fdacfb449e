//! How errors of the library look to JavaScript.
//!
//! Node-API errors carry a message and a status; the class is chosen by the status where the spec of
//! the API says `TypeError` or `RangeError`.

use napi::{Error, Status};
use steadfast::{ErrorKind, storage::StorageError};

/// A `TypeError` for a mistake of the caller, a `RangeError` for one of size, else an `Error`.
pub(crate) fn of_library(error: steadfast::Error) -> Error<String> {
    let class = match error.kind() {
        ErrorKind::Invalid => TYPE_ERROR,
        ErrorKind::TooLarge => RANGE_ERROR,
        _ => PLAIN_ERROR,
    };
    Error::new(class.to_owned(), error.message().to_owned())
}

/// The same for what storage refuses. What SQLite refuses, a row that is too large among it, has no
/// class of its own.
pub(crate) fn of_storage(error: StorageError) -> Error<String> {
    match error {
        StorageError::RowTooLarge | StorageError::Sql(_) => plain(error.to_string()),
        _ => of_library(error.into()),
    }
}

/// An error of the boundary itself.
pub(crate) fn of_napi(error: Error) -> Error<String> {
    plain(error.reason.clone())
}

/// An error for which there is no better class.
pub(crate) fn plain(message: impl Into<String>) -> Error<String> {
    Error::new(PLAIN_ERROR.to_owned(), message.into())
}

/// An error of size.
pub(crate) fn range(message: impl Into<String>) -> Error<String> {
    Error::new(RANGE_ERROR.to_owned(), message.into())
}

/// An error of opening a server, with the code the package documents.
pub(crate) fn coded(code: &str, message: impl std::fmt::Display) -> Error {
    Error::new(Status::GenericFailure, format!("{code}: {message}"))
}

const TYPE_ERROR: &str = "TypeError";
const RANGE_ERROR: &str = "RangeError";
const PLAIN_ERROR: &str = "Error";
