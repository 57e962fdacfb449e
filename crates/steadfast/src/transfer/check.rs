use std::path::Path;
use std::sync::Arc;

use super::database::ObjectDatabase;
use super::layout::id_text;
use super::walk::{for_each_key, for_each_object, object_count};
use super::{OnProgress, Progress, TransferError};
use crate::ErrorKind;
use crate::engine::{self, Engine, EngineError, ObjectEntry, PageNo};

/// What a check looked at, and what it found.
#[derive(Clone, PartialEq, Eq, Debug, Default)]
pub struct CheckReport {
    /// Objects looked at.
    pub objects: u64,
    /// Keys whose checksum was verified.
    pub keys: u64,
    /// Pages whose checksum was verified.
    pub pages: u64,
    /// SQL databases that SQLite looked through.
    pub databases: u64,
    /// Everything that is wrong. Nothing if the directory is sound.
    pub findings: Vec<Finding>,
}

/// Something that is wrong.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Finding {
    /// What it is about: a file, or an object.
    pub place: String,
    /// What is wrong with it.
    pub text: String,
}

/// Verifies a data directory: its files, the checksum of every key and page, and with SQLite's
/// integrity check the database of every object.
///
/// The files are looked at first, as they are. If they are sound, `open` opens the engine, which
/// recovers what a crash has left as any start does.
///
/// # Errors
/// When the directory is in use or cannot be read. Damage is no error, it is in the report.
pub fn check(
    directory: &Path,
    open: impl FnOnce(&Path) -> Result<Arc<dyn Engine>, EngineError>,
    progress: OnProgress<'_>,
) -> Result<CheckReport, TransferError> {
    let mut report = CheckReport::default();
    let place = directory.display().to_string();
    let in_files = |text| Finding { place: place.clone(), text };
    match engine::verify_files(directory) {
        Ok(findings) => report.findings.extend(findings.into_iter().map(in_files)),
        Err(error) => report.findings.push(in_files(damage(error.into())?)),
    }
    if !report.findings.is_empty() {
        return Ok(report);
    }
    match open(directory) {
        Ok(engine) => {
            check_objects(&engine, &mut report, progress)?;
            engine.close()?;
        }
        Err(error) => report.findings.push(in_files(damage(error.into())?)),
    }
    Ok(report)
}

fn check_objects(
    engine: &Arc<dyn Engine>,
    report: &mut CheckReport,
    progress: OnProgress<'_>,
) -> Result<(), TransferError> {
    let namespaces = engine.namespaces()?;
    let mut total = 0;
    for namespace in &namespaces {
        total += object_count(&**engine, namespace)?;
    }
    for namespace in &namespaces {
        for_each_object(&**engine, namespace, |object| {
            let place = || format!("{namespace} {}", id_text(&object.id));
            let found = match check_object(engine, &object, report) {
                Ok(found) => found,
                Err(error) => vec![damage(error)?],
            };
            report.findings.extend(found.into_iter().map(|text| Finding { place: place(), text }));
            report.objects += 1;
            progress(Progress { done: report.objects, total });
            Ok(())
        })?;
    }
    Ok(())
}

/// Reads all of an object, which verifies the checksums on the way. What SQLite finds.
fn check_object(
    engine: &Arc<dyn Engine>,
    object: &ObjectEntry,
    report: &mut CheckReport,
) -> Result<Vec<String>, TransferError> {
    let mut found = Vec::new();
    for_each_key(&**engine, object.header.no, |key, _| {
        report.keys += 1;
        if std::str::from_utf8(&key).is_err() {
            found.push(format!("a key is not UTF-8: key={}", String::from_utf8_lossy(&key)));
        }
        Ok(())
    })?;
    // SQLite does not look at every page, free ones for example.
    for no in 1..=object.header.database_pages {
        report.pages += u64::from(engine.page(object.header.no, PageNo(no))?.is_some());
    }
    if let Some(database) = ObjectDatabase::open(engine, &object.header)? {
        report.databases += 1;
        found.extend(database.findings()?);
    }
    Ok(found)
}

/// An error as a finding, if it tells of damage.
fn damage(error: TransferError) -> Result<String, TransferError> {
    match error.kind() {
        ErrorKind::Corrupt | ErrorKind::Invalid => {
            let mut text = error.to_string();
            let mut source = std::error::Error::source(&error);
            while let Some(cause) = source {
                text = format!("{text}: {cause}");
                source = cause.source();
            }
            Ok(text)
        }
        _ => Err(error),
    }
}
