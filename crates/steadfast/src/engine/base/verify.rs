use std::path::Path;

use rusqlite::OpenFlags;

use super::open::connect;
use crate::engine::EngineError;

/// What SQLite's integrity check finds in a base file; nothing if it is sound.
///
/// # Errors
/// As for reading.
pub(in crate::engine) fn verify(path: &Path) -> Result<Vec<String>, EngineError> {
    let connection = connect(path, OpenFlags::SQLITE_OPEN_READ_ONLY)?;
    let check = || {
        let mut statement = connection.prepare("PRAGMA integrity_check")?;
        let lines = statement.query_map((), |row| row.get(0))?;
        lines.collect::<rusqlite::Result<Vec<String>>>()
    };
    let mut findings = check().map_err(|source| EngineError::sqlite(path, source))?;
    findings.retain(|finding| finding != "ok");
    Ok(findings)
}
