use std::error::Error as StdError;
use std::path::{Path, PathBuf};
use std::{fmt, io};

use rusqlite::ErrorCode;

use super::{ObjectNo, Poisoned, Position};
use crate::{Error, ErrorKind};

/// Why an engine could not be opened or read. Each message says what to do about it.
#[derive(Debug)]
#[non_exhaustive]
pub enum EngineError {
    /// Another process, or another engine of this process, holds the data directory.
    Locked {
        /// The directory.
        directory: PathBuf,
        /// The process that holds it, when it can be known.
        holder_pid: Option<u32>,
    },
    /// The base file exists but is not one of ours.
    Foreign {
        /// The file.
        path: PathBuf,
        /// What it is instead.
        found: Foreign,
    },
    /// The base file was written by a later version of this library.
    Newer {
        /// The file.
        path: PathBuf,
        /// Its format.
        format: i64,
        /// The last format this version reads.
        format_max: i64,
    },
    /// The base file is ours and its content makes no sense.
    Damaged {
        /// The file.
        path: PathBuf,
        /// What does not fit.
        source: Box<dyn StdError + Send + Sync>,
    },
    /// Acknowledged records that are not yet in the base are damaged in the log, or missing from it.
    DamagedLog {
        /// The segment.
        path: PathBuf,
        /// Where in it the first of them should be, in bytes.
        offset: u64,
        /// The position of that record.
        position: Position,
        /// How it is known.
        source: Box<dyn StdError + Send + Sync>,
    },
    /// The log belongs to another base file.
    ForeignLog {
        /// One of its segments.
        path: PathBuf,
    },
    /// There is no room left on the disk.
    Full {
        /// The file that could not grow.
        path: PathBuf,
        /// What SQLite or the system reports.
        source: Box<dyn StdError + Send + Sync>,
    },
    /// A file or directory could not be read or written.
    Io {
        /// What was tried.
        action: &'static str,
        /// The file or directory.
        path: PathBuf,
        /// What the system reports.
        source: io::Error,
    },
    /// SQLite refused for another reason.
    Sqlite {
        /// The base file.
        path: PathBuf,
        /// What SQLite reports.
        source: rusqlite::Error,
    },
    /// The engine failed before and reads nothing more.
    Poisoned(Poisoned),
    /// The engine was closed.
    Closed,
}

/// What a base file is when it is not ours.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
#[non_exhaustive]
pub enum Foreign {
    /// No SQLite file at all.
    NotSqlite,
    /// A SQLite file of another program.
    OtherApplication {
        /// The `application_id` in its header.
        application_id: i32,
    },
}

/// What does not fit in a damaged base file, when it is not SQLite that says so.
#[derive(Debug)]
pub(super) enum Damage {
    /// The file ends before its last page.
    Truncated { bytes: u64, bytes_expected: u64 },
    /// The format number is missing.
    NoFormat,
    /// An id of another length than 32 bytes, or a number out of range.
    BadObject { object: i64 },
    /// A row is not what was written.
    Altered { object: ObjectNo },
}

impl EngineError {
    pub(super) fn io(action: &'static str, path: &Path, source: io::Error) -> Self {
        let path = path.to_owned();
        match source.kind() {
            io::ErrorKind::StorageFull | io::ErrorKind::QuotaExceeded => {
                Self::Full { path, source: source.into() }
            }
            _ => Self::Io { action, path, source },
        }
    }

    /// Sorts an error of SQLite by what has to be done about it.
    pub(super) fn sqlite(path: &Path, source: rusqlite::Error) -> Self {
        let path = path.to_owned();
        match source.sqlite_error_code() {
            Some(ErrorCode::DatabaseCorrupt | ErrorCode::NotADatabase) => {
                Self::Damaged { path, source: source.into() }
            }
            Some(ErrorCode::DiskFull) => Self::Full { path, source: source.into() },
            _ => Self::Sqlite { path, source },
        }
    }

    pub(super) fn damaged(path: &Path, damage: Damage) -> Self {
        Self::Damaged { path: path.to_owned(), source: damage.into() }
    }

    /// The error and what caused it, on one line.
    #[must_use]
    pub fn with_causes(&self) -> String {
        let mut text = self.to_string();
        let mut cause = StdError::source(self);
        while let Some(error) = cause {
            text.push_str(": ");
            text.push_str(&error.to_string());
            cause = error.source();
        }
        text
    }

    /// What the caller should do.
    pub fn kind(&self) -> ErrorKind {
        match self {
            Self::Locked { .. } | Self::Full { .. } | Self::Io { .. } => ErrorKind::Unavailable,
            Self::Poisoned(_) | Self::Closed => ErrorKind::Unavailable,
            Self::Foreign { .. } | Self::ForeignLog { .. } | Self::Newer { .. } => ErrorKind::Invalid,
            Self::Damaged { .. } | Self::DamagedLog { .. } => ErrorKind::Corrupt,
            Self::Sqlite { .. } => ErrorKind::Internal,
        }
    }
}

impl fmt::Display for EngineError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Locked { directory, holder_pid } => {
                f.write_str(
                    "the data directory is in use; stop the process that uses it or choose another directory: ",
                )?;
                write!(f, "directory={}", directory.display())?;
                holder_pid.map_or(Ok(()), |pid| write!(f, " holder_pid={pid}"))
            }
            Self::Foreign { path, found } => {
                f.write_str(
                    "the base file belongs to another program; move it away or choose another directory: ",
                )?;
                write!(f, "{found} path={}", path.display())
            }
            Self::Newer { path, format, format_max } => {
                f.write_str(
                    "the data was written by a later version; upgrade or choose another directory: ",
                )?;
                write!(f, "format={format} format_max={format_max} path={}", path.display())
            }
            Self::Damaged { path, .. } => write!(
                f,
                "the base file is damaged; restore a copy of it, or move it away to start empty: path={}",
                path.display()
            ),
            Self::DamagedLog { path, offset, position, .. } => {
                f.write_str(
                    "acknowledged commits in the log are damaged; restore a copy of the data directory, or move its \
                     log away to go on without them: ",
                )?;
                write!(f, "position={} offset={offset} path={}", position.0, path.display())
            }
            Self::ForeignLog { path } => {
                f.write_str(
                    "the log belongs to another base file; put the two together again, or move the log away: ",
                )?;
                write!(f, "path={}", path.display())
            }
            Self::Full { path, .. } => {
                write!(f, "the disk is full; free some space and start again: path={}", path.display())
            }
            Self::Io { action, path, .. } => write!(f, "cannot {action}: path={}", path.display()),
            Self::Sqlite { path, .. } => write!(f, "the base file cannot be used: path={}", path.display()),
            Self::Poisoned(poisoned) => poisoned.fmt(f),
            Self::Closed => f.write_str("the engine is closed"),
        }
    }
}

impl StdError for EngineError {
    fn source(&self) -> Option<&(dyn StdError + 'static)> {
        match self {
            Self::Damaged { source, .. } | Self::DamagedLog { source, .. } | Self::Full { source, .. } => {
                Some(&**source)
            }
            Self::Sqlite { source, .. } => Some(source),
            Self::Io { source, .. } => Some(source),
            Self::Locked { .. } | Self::Foreign { .. } | Self::ForeignLog { .. } | Self::Newer { .. } => None,
            Self::Poisoned(_) | Self::Closed => None,
        }
    }
}

impl Poisoned {
    /// Poisoned by a failure to write.
    pub(super) fn by(error: &EngineError) -> Self {
        Self::new(error.with_causes())
    }

    /// The end of an engine that was closed.
    pub(super) fn closed() -> Self {
        Self::new("the engine is closed")
    }

    /// The end of an engine one of whose threads panicked.
    pub(super) fn panicked() -> Self {
        Self::new("a thread of the engine panicked; report a bug")
    }
}

impl From<EngineError> for Error {
    fn from(error: EngineError) -> Self {
        Self::with_source(error.kind(), error.to_string(), error)
    }
}

impl From<Poisoned> for Error {
    fn from(poisoned: Poisoned) -> Self {
        Self::with_source(ErrorKind::Unavailable, poisoned.to_string(), poisoned)
    }
}

impl fmt::Display for Foreign {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::NotSqlite => f.write_str("found=no-sqlite-file"),
            Self::OtherApplication { application_id } => {
                write!(f, "found=sqlite-file application_id={application_id:#010x}")
            }
        }
    }
}

impl fmt::Display for Damage {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Truncated { bytes, bytes_expected } => {
                write!(f, "the file is cut off: bytes={bytes} bytes_expected={bytes_expected}")
            }
            Self::NoFormat => f.write_str("the format number is missing"),
            Self::BadObject { object } => write!(f, "an object's row is malformed: object={object}"),
            Self::Altered { object } => {
                write!(f, "a row does not match its checksum: object={}", object.0)
            }
        }
    }
}

impl StdError for Damage {}
