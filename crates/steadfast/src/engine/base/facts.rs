//! What the base knows of the log that goes with it.

use rusqlite::{Connection, OptionalExtension, params};

use crate::engine::Position;

/// Facts of `meta` about the log.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(in crate::engine) struct LogFacts {
    /// The last position that is in the base.
    pub(in crate::engine) watermark: Position,
    /// The last boot epoch the log was opened with; 0 if none.
    pub(in crate::engine) epoch: u64,
    /// The last position there was when that epoch began, if it is known.
    pub(in crate::engine) epoch_behind: Option<Position>,
    /// Part of every checksum in the log.
    pub(in crate::engine) salt: u64,
}

impl LogFacts {
    pub(super) fn read(connection: &Connection) -> rusqlite::Result<Self> {
        let fact = |key: &str| {
            let mut read = connection.prepare_cached("SELECT value FROM meta WHERE key = ?1")?;
            read.query_row([key], |row| row.get::<_, i64>(0)).optional()
        };
        let salt = match fact(SALT)? {
            Some(salt) => salt,
            None => connection.query_row(
                "INSERT INTO meta VALUES (?1, random()) RETURNING value",
                [SALT],
                |row| row.get(0),
            )?,
        };
        let watermark = Position(fact(WATERMARK)?.unwrap_or(0).cast_unsigned());
        let epoch = fact(EPOCH)?.unwrap_or(0).cast_unsigned();
        let epoch_behind = fact(EPOCH_BEHIND)?.map(|behind| Position(behind.cast_unsigned()));
        Ok(Self { watermark, epoch, epoch_behind, salt: salt.cast_unsigned() })
    }

    pub(super) fn write_watermark(connection: &Connection, upto: Position) -> rusqlite::Result<()> {
        connection
            .prepare_cached("INSERT OR REPLACE INTO meta VALUES (?1, ?2)")?
            .execute(params![WATERMARK, upto.0.cast_signed()])?;
        Ok(())
    }

    pub(super) fn write_epoch(connection: &Connection, epoch: u64, behind: Position) -> rusqlite::Result<()> {
        connection
            .prepare_cached("INSERT OR REPLACE INTO meta VALUES (?1, ?2), (?3, ?4)")?
            .execute(params![EPOCH, epoch.cast_signed(), EPOCH_BEHIND, behind.0.cast_signed()])?;
        Ok(())
    }
}

const WATERMARK: &str = "watermark";
const EPOCH: &str = "epoch";
const EPOCH_BEHIND: &str = "epoch_behind";
const SALT: &str = "salt";
