use std::fmt;

use steadfast_sqlite::SqlError;

use crate::engine::{EngineError, Poisoned};
use crate::limits;
use crate::{Error, ErrorKind};

/// Why a storage call was refused or failed.
///
/// Messages of refused calls are Cloudflare's, byte for byte, because programs compare them.
#[derive(Debug)]
#[non_exhaustive]
pub enum StorageError {
    /// `list` was given both `start` and `start_after`.
    StartWithStartAfter,
    /// `list` was given a limit below 1.
    LimitNotPositive,
    /// Another listing has begun while a lazy one went on.
    IteratorInvalidated,
    /// Everything was deleted while a lazy listing went on.
    IteratorDeleted,
    /// A key is over the limit of a class not declared to use SQLite.
    KeyTooLarge {
        /// The length of the key.
        key_bytes: usize,
    },
    /// A value is over the limit of a class not declared to use SQLite.
    ValueTooLarge {
        /// The length of the value.
        value_bytes: usize,
    },
    /// More keys in one `get_many` than a class not declared to use SQLite may ask for.
    TooManyKeys {
        /// How many were given.
        keys: usize,
    },
    /// Key and value together are over the limit of a row.
    RowTooLarge,
    /// A time that is no number, or infinite.
    InvalidDate,
    /// An alarm at or before the Unix epoch.
    AlarmNotPositive,
    /// An alarm after [`ALARM_MS_MAX`](limits::ALARM_MS_MAX).
    AlarmTooLate,
    /// `delete_all` while a transaction is open.
    DeleteAllInTransaction,
    /// A transaction was used after it was rolled back.
    TransactionRolledBack {
        /// The method called.
        operation: &'static str,
    },
    /// A transaction was used after it had committed.
    TransactionCommitted {
        /// The method called.
        operation: &'static str,
    },
    /// A transaction was rolled back while another ran inside it.
    OuterRollback,
    /// A transaction was to commit while another ran inside it.
    NestedTransactionOpen,
    /// A synchronous transaction was rolled back with the one around it before it ended.
    TransactionLost,
    /// A bookmark that is none.
    BadBookmark,
    /// The namespace keeps no history.
    NoHistory,
    /// A point in time that is to come, or further back than the history is kept.
    NotInHistory,
    /// SQL was refused or failed.
    Sql(SqlError),
    /// The class was not declared to use SQLite.
    SqlNotEnabled,
    /// The SQL of the turn could not be committed, so nothing of the turn was.
    CommitFailed(SqlError),
    /// An optimistic transaction has read what was written since it started.
    Conflict,
    /// The engine could not be read.
    Engine(EngineError),
    /// The engine can never make another record durable.
    Poisoned(Poisoned),
}

impl fmt::Display for StorageError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::StartWithStartAfter => {
                f.write_str("list() cannot be called with both start and startAfter values.")
            }
            Self::LimitNotPositive => f.write_str("List limit must be positive."),
            Self::IteratorInvalidated => f.write_str(
                "kv.list() iterator was invalidated because a new call to kv.list() was started. \
                 Only one kv.list() iterator can exist at a time.",
            ),
            Self::IteratorDeleted => {
                f.write_str("kv.list() iterator was invalidated because deleteAll() was called.")
            }
            Self::KeyTooLarge { key_bytes } => write!(
                f,
                "Keys cannot be larger than {} bytes. A key of size {key_bytes} was provided.",
                limits::LEGACY_KEY_BYTES_MAX
            ),
            Self::ValueTooLarge { value_bytes } => write!(
                f,
                "Values cannot be larger than {} bytes. A value of size {value_bytes} was provided.",
                limits::LEGACY_VALUE_BYTES_ADVERTISED
            ),
            Self::TooManyKeys { keys } => write!(
                f,
                "Maximum number of key value pairs is {}. {keys} pairs were provided.",
                limits::LEGACY_BATCH_KEYS_MAX
            ),
            Self::RowTooLarge => f.write_str("string or blob too big: SQLITE_TOOBIG"),
            Self::InvalidDate => f.write_str("The value cannot be converted because it is not a valid Date."),
            Self::AlarmNotPositive => f.write_str("setAlarm() cannot be called with an alarm time <= 0"),
            Self::AlarmTooLate => f.write_str("This API doesn't support dates after 2189."),
            Self::DeleteAllInTransaction => f.write_str("Cannot call deleteAll() within a transaction"),
            Self::TransactionRolledBack { operation } => {
                write!(f, "Cannot {operation}() on rolled back transaction")
            }
            Self::TransactionCommitted { operation } => write!(
                f,
                "Cannot call {operation}() on transaction that has already committed: \
                 did you move `txn` outside of the closure?"
            ),
            Self::OuterRollback => f.write_str(
                "Cannot roll back an outer transaction while a nested transaction is still running.",
            ),
            Self::NestedTransactionOpen => {
                f.write_str("Cannot commit an outer transaction while a nested transaction is still running.")
            }
            Self::TransactionLost => {
                f.write_str("Cannot end a transaction that was rolled back with the one around it.")
            }
            Self::BadBookmark => f.write_str("The bookmark is not one that getCurrentBookmark() returns."),
            Self::NoHistory => f.write_str(
                "This Durable Object's storage back-end does not implement point-in-time recovery.",
            ),
            Self::NotInHistory => {
                f.write_str("The point in time is to come, or further back than history is kept.")
            }
            Self::Sql(error) => error.fmt(f),
            Self::SqlNotEnabled => f.write_str(
                "SQL is not enabled for this Durable Object class. To enable it, change `new_classes` to \
                 `new_sqlite_classes` within the 'migrations' field in your wrangler.jsonc or wrangler.toml file. \
                 If using workerd directly,set `enableSql = true` in your workerd config for the class. Note that \
                 this change cannot be made after the class is already deployed to production.",
            ),
            Self::CommitFailed(error) if error.is_constraint() => write!(
                f,
                "Durable Object was reset and rolled back to its last known good state because the application \
                 left the database in a state where constraints were violated: {error}"
            ),
            Self::CommitFailed(SqlError::TransactionLost) => SqlError::TransactionLost.fmt(f),
            Self::CommitFailed(error) => write!(
                f,
                "Durable Object was reset and rolled back to its last known good state because its transaction \
                 could not be committed: {error}"
            ),
            Self::Conflict => f.write_str("what the transaction read was written since it started"),
            Self::Engine(_) => f.write_str("storage could not be read"),
            Self::Poisoned(_) => f.write_str("storage can no longer be written"),
        }
    }
}

impl StorageError {
    /// What the caller should do.
    #[must_use]
    pub fn kind(&self) -> ErrorKind {
        match self {
            Self::StartWithStartAfter
            | Self::LimitNotPositive
            | Self::InvalidDate
            | Self::AlarmNotPositive
            | Self::AlarmTooLate
            | Self::BadBookmark
            | Self::NotInHistory => ErrorKind::Invalid,
            Self::DeleteAllInTransaction
            | Self::TransactionRolledBack { .. }
            | Self::TransactionCommitted { .. }
            | Self::OuterRollback
            | Self::TransactionLost
            | Self::IteratorInvalidated
            | Self::IteratorDeleted => ErrorKind::Refused,
            Self::NestedTransactionOpen => ErrorKind::Reset,
            Self::NoHistory => ErrorKind::Unsupported,
            Self::KeyTooLarge { .. }
            | Self::ValueTooLarge { .. }
            | Self::TooManyKeys { .. }
            | Self::RowTooLarge => ErrorKind::TooLarge,
            Self::Sql(SqlError::Source(source)) => source_kind(&**source),
            Self::Sql(error) if error.is_corrupt() => ErrorKind::Corrupt,
            Self::Sql(SqlError::Deleted) | Self::SqlNotEnabled => ErrorKind::Refused,
            Self::Sql(_) => ErrorKind::Invalid,
            Self::Conflict => ErrorKind::Conflict,
            Self::Engine(source) => source.kind(),
            Self::CommitFailed(_) | Self::Poisoned(_) => ErrorKind::Reset,
        }
    }
}

/// The kind of what kept SQL from reading a page.
fn source_kind(source: &(dyn std::error::Error + Send + Sync + 'static)) -> ErrorKind {
    source.downcast_ref::<EngineError>().map_or(ErrorKind::Internal, EngineError::kind)
}

impl From<StorageError> for Error {
    fn from(error: StorageError) -> Self {
        let (kind, message) = (error.kind(), error.to_string());
        match error {
            StorageError::Engine(source) => source.into(),
            StorageError::Poisoned(source) => Self::with_source(kind, message, source),
            StorageError::Sql(SqlError::Source(source)) => Self::with_source(kind, message, source),
            _ => Self::new(kind, message),
        }
    }
}

impl std::error::Error for StorageError {
    fn source(&self) -> Option<&(dyn std::error::Error + 'static)> {
        match self {
            Self::Engine(source) => Some(source),
            Self::Poisoned(source) => Some(source),
            Self::Sql(error) => error.source(),
            _ => None,
        }
    }
}

impl From<SqlError> for StorageError {
    fn from(error: SqlError) -> Self {
        Self::Sql(error)
    }
}

impl From<EngineError> for StorageError {
    fn from(source: EngineError) -> Self {
        Self::Engine(source)
    }
}

impl From<Poisoned> for StorageError {
    fn from(source: Poisoned) -> Self {
        Self::Poisoned(source)
    }
}
