use std::error::Error as StdError;
use std::path::{Path, PathBuf};
use std::{fmt, io};

use rusqlite::ErrorCode;
use steadfast_sqlite::SqlError;

use crate::engine::{EngineError, Poisoned};
use crate::{Error, ErrorKind};

/// Why a transfer ended before it was through. Each message says what to do about it.
#[derive(Debug)]
#[non_exhaustive]
pub enum TransferError {
    /// The directory to import from holds nothing workerd wrote.
    NoSource {
        /// The directory that was given.
        path: PathBuf,
    },
    /// Objects that were to be imported have data already. Nothing was changed.
    ObjectsExist {
        /// How many.
        objects: u64,
        /// The namespace of the first of them.
        namespace: String,
        /// Its id.
        id: String,
    },
    /// The place to export to is taken. Nothing was changed.
    TargetExists {
        /// The directory of the first namespace that exists there.
        path: PathBuf,
    },
    /// The key of a namespace cannot be the name of a directory.
    KeyIsNoDirectoryName {
        /// The key.
        namespace: String,
    },
    /// What an object stored cannot be read back whole.
    DamagedObject {
        /// Its id.
        id: String,
        /// What is wrong with it.
        what: String,
    },
    /// An object's database could not be read.
    Sql(SqlError),
    /// The engine could not be read.
    Engine(EngineError),
    /// The engine can never make another record durable.
    Poisoned(Poisoned),
    /// A file or directory could not be read or written.
    Io {
        /// What was tried.
        action: &'static str,
        /// The file or directory.
        path: PathBuf,
        /// What the system reports.
        source: io::Error,
    },
    /// A database could not be read or written.
    Sqlite {
        /// What was tried.
        action: &'static str,
        /// The database.
        path: PathBuf,
        /// What SQLite reports.
        source: rusqlite::Error,
    },
}

/// Why nothing was imported from a file. Each message says what to do about it.
#[derive(Debug)]
#[non_exhaustive]
pub enum Unusable {
    /// It is no SQLite file.
    NotSqlite,
    /// A SQLite file of another program.
    OtherApplication {
        /// The `application_id` in its header.
        application_id: i32,
    },
    /// It ends before its last page.
    Truncated {
        /// The length of the file.
        bytes: u64,
        /// The length its header tells of.
        bytes_expected: u64,
    },
    /// SQLite finds it damaged.
    Damaged {
        /// The first findings of its integrity check.
        findings: String,
    },
    /// Its text is not UTF-8, as workerd's always is.
    Encoding {
        /// The encoding.
        encoding: String,
    },
    /// It was written while it was read.
    InUse,
    /// A key that is no text in UTF-8.
    Key {
        /// What it is instead.
        found: String,
    },
    /// A value no version of V8 that we know has written.
    Value {
        /// The key of the value.
        key: String,
        /// What is wrong with the value.
        found: String,
    },
    /// Key and value together are over the limit of a row.
    RowTooLarge {
        /// The key.
        key: String,
        /// Bytes of key and value.
        bytes: u64,
        /// The limit.
        bytes_max: usize,
    },
    /// A fact workerd keeps of the object, such as the time of its alarm, is no number.
    Metadata {
        /// Which: 1 is the alarm, 2 the last bookmark.
        key: i64,
        /// What it is instead.
        found: String,
    },
    /// What the data already have of the object can be taken back to earlier points in time.
    HasHistory,
    /// It is too large to replace what the data already have of the object in one commit.
    TooLargeToReplace {
        /// The most that one commit takes, in bytes of keys, values and pages.
        bytes_max: u64,
    },
    /// It could not be read.
    Io {
        /// What was tried.
        action: &'static str,
        /// What the system reports.
        source: io::Error,
    },
    /// SQLite cannot look through it.
    Sql(SqlError),
    /// SQLite refuses it for another reason.
    Sqlite {
        /// What was tried.
        action: &'static str,
        /// What SQLite reports.
        source: rusqlite::Error,
    },
}

impl TransferError {
    pub(super) fn io(action: &'static str, path: &Path, source: io::Error) -> Self {
        Self::Io { action, path: path.into(), source }
    }

    pub(super) fn sqlite(action: &'static str, path: &Path, source: rusqlite::Error) -> Self {
        Self::Sqlite { action, path: path.into(), source }
    }

    /// What the caller should do.
    pub fn kind(&self) -> ErrorKind {
        match self {
            Self::NoSource { .. } | Self::ObjectsExist { .. } | Self::TargetExists { .. } => {
                ErrorKind::Invalid
            }
            Self::KeyIsNoDirectoryName { .. } => ErrorKind::Invalid,
            Self::DamagedObject { .. } => ErrorKind::Corrupt,
            Self::Engine(error) => error.kind(),
            Self::Sql(SqlError::Source(source)) => {
                source.downcast_ref::<EngineError>().map_or(ErrorKind::Internal, EngineError::kind)
            }
            Self::Sql(error) if error.is_corrupt() => ErrorKind::Corrupt,
            Self::Sql(_) => ErrorKind::Internal,
            Self::Poisoned(_) | Self::Io { .. } => ErrorKind::Unavailable,
            Self::Sqlite { source, .. } => match source.sqlite_error_code() {
                Some(ErrorCode::DatabaseCorrupt | ErrorCode::NotADatabase) => ErrorKind::Corrupt,
                _ => ErrorKind::Internal,
            },
        }
    }
}

impl Unusable {
    pub(super) fn sql(error: SqlError) -> Self {
        if error.is_corrupt() { Self::Damaged { findings: error.to_string() } } else { Self::Sql(error) }
    }

    /// Sorts an error of SQLite by what has to be done about it.
    pub(super) fn sqlite(action: &'static str, source: rusqlite::Error) -> Self {
        match source.sqlite_error_code() {
            Some(ErrorCode::DatabaseCorrupt) => Self::Damaged { findings: source.to_string() },
            Some(ErrorCode::NotADatabase) => Self::NotSqlite,
            _ => Self::Sqlite { action, source },
        }
    }
}

impl fmt::Display for TransferError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::NoSource { path } => write!(
                f,
                "no objects of workerd were found; name a project, its .wrangler/state, or the directory \
                 that holds a directory per namespace: path={}",
                path.display()
            ),
            Self::ObjectsExist { objects, namespace, id } => write!(
                f,
                "objects to import have data already, and nothing was imported; allow overwriting, or \
                 choose another data directory: objects={objects} first_namespace={namespace} first_id={id}"
            ),
            Self::TargetExists { path } => write!(
                f,
                "the target has such a namespace already, and nothing was exported; allow overwriting, or \
                 choose another directory: path={}",
                path.display()
            ),
            Self::KeyIsNoDirectoryName { namespace } => write!(
                f,
                "the key of a namespace cannot be the name of a directory, so workerd has no place for it: \
                 namespace={namespace:?}"
            ),
            Self::DamagedObject { id, what } => {
                write!(f, "an object's stored data are damaged; check the data directory: {what} id={id}")
            }
            Self::Sql(error) => write!(f, "an object's database cannot be read: {error}"),
            Self::Engine(error) => error.fmt(f),
            Self::Poisoned(poisoned) => poisoned.fmt(f),
            Self::Io { action, path, .. } | Self::Sqlite { action, path, .. } => {
                write!(f, "cannot {action}: path={}", path.display())
            }
        }
    }
}

impl fmt::Display for Unusable {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::NotSqlite => f.write_str("it is no SQLite file; move it away"),
            Self::OtherApplication { application_id } => {
                write!(
                    f,
                    "it belongs to another program; move it away: application_id={application_id:#010x}"
                )
            }
            Self::Truncated { bytes, bytes_expected } => {
                write!(f, "it is cut off; restore it: bytes={bytes} bytes_expected={bytes_expected}")
            }
            Self::Damaged { findings } => write!(f, "it is damaged; restore it: {findings}"),
            Self::Encoding { encoding } => {
                write!(f, "its text is not UTF-8, so workerd did not write it: encoding={encoding}")
            }
            Self::InUse => f.write_str("it was written meanwhile; stop what uses it and try again"),
            Self::Key { found } => write!(f, "a key is no text: found={found}"),
            Self::Value { key, found } => write!(f, "a value is no stored value: {found} key={key:?}"),
            Self::RowTooLarge { key, bytes, bytes_max } => {
                write!(f, "a value is too large here: bytes={bytes} bytes_max={bytes_max} key={key:?}")
            }
            Self::Metadata { key, found } => {
                write!(f, "its alarm or bookmark is no number: key={key} found={found}")
            }
            Self::HasHistory => f.write_str(
                "the object is in the data already, with a history that replacing it would break; import into \
                 another data directory",
            ),
            Self::TooLargeToReplace { bytes_max } => write!(
                f,
                "the object is in the data already, and too large to be replaced at once; import into \
                 another data directory: bytes_max={bytes_max}"
            ),
            Self::Sql(error) => write!(f, "SQLite cannot look through it: {error}"),
            Self::Io { action, source } => write!(f, "cannot {action}: {source}"),
            Self::Sqlite { action, source } => write!(f, "cannot {action}: {source}"),
        }
    }
}

impl StdError for TransferError {
    fn source(&self) -> Option<&(dyn StdError + 'static)> {
        match self {
            Self::Engine(error) => error.source(),
            Self::Sql(error) => error.source(),
            Self::Io { source, .. } => Some(source),
            Self::Sqlite { source, .. } => Some(source),
            _ => None,
        }
    }
}

impl StdError for Unusable {
    fn source(&self) -> Option<&(dyn StdError + 'static)> {
        match self {
            Self::Io { source, .. } => Some(source),
            Self::Sqlite { source, .. } => Some(source),
            _ => None,
        }
    }
}

impl From<SqlError> for TransferError {
    fn from(error: SqlError) -> Self {
        Self::Sql(error)
    }
}

impl From<EngineError> for TransferError {
    fn from(error: EngineError) -> Self {
        Self::Engine(error)
    }
}

impl From<Poisoned> for TransferError {
    fn from(poisoned: Poisoned) -> Self {
        Self::Poisoned(poisoned)
    }
}

impl From<TransferError> for Error {
    fn from(error: TransferError) -> Self {
        Self::with_source(error.kind(), error.to_string(), error)
    }
}
