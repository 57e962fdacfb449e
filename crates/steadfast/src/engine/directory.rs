//! The data directory: one engine at a time.

#![expect(clippy::disallowed_methods, reason = "the data directory is this file's business")]

use std::fs::{self, File, OpenOptions, TryLockError};
use std::io::{self, Read, Write};
use std::path::{Path, PathBuf};
use std::process;

use super::EngineError;

/// A data directory held by this engine. Dropping it lets go; so does the end of the process,
/// however it ends.
pub(super) struct DataDirectory {
    path: PathBuf,
    /// Locked for as long as this lives.
    lock: File,
}

impl Drop for DataDirectory {
    /// Closing the file would do, but for a process that was forked meanwhile and has not begun its own
    /// program: it shares the lock for that moment, and who opens the directory next would be refused.
    fn drop(&mut self) {
        if let Err(error) = self.lock.unlock() {
            tracing::warn!(target: "steadfast::storage", %error, "the lock file cannot be unlocked; it is closed");
        }
    }
}

impl DataDirectory {
    /// Makes the directory if need be, and takes it.
    ///
    /// # Errors
    /// [`EngineError::Locked`] if somebody holds it; [`EngineError::Io`].
    pub(super) fn hold(path: &Path) -> Result<Self, EngineError> {
        fs::create_dir_all(path)
            .map_err(|source| EngineError::io("create the data directory", path, source))?;
        let lock_path = path.join(LOCK_FILE);
        let mut lock = OpenOptions::new()
            .create(true)
            .truncate(false)
            .read(true)
            .write(true)
            .open(&lock_path)
            .map_err(|source| EngineError::io("open the lock file", &lock_path, source))?;
        match lock.try_lock() {
            Ok(()) => {}
            Err(TryLockError::WouldBlock) => {
                return Err(EngineError::Locked { directory: path.into(), holder_pid: read_pid(&mut lock) });
            }
            Err(TryLockError::Error(source)) => {
                return Err(EngineError::io("lock the lock file", &lock_path, source));
            }
        }
        write_pid(&mut lock).map_err(|source| EngineError::io("write the lock file", &lock_path, source))?;
        Ok(Self { path: path.into(), lock })
    }

    /// Where the base file is.
    pub(super) fn base_path(&self) -> PathBuf {
        base_path(&self.path)
    }

    /// Where the segments of the log are.
    pub(super) fn log_path(&self) -> PathBuf {
        self.path.join(LOG_DIRECTORY)
    }

    /// Makes the names of new files in the directory, and its own, survive a power cut.
    pub(super) fn sync(&self) -> Result<(), EngineError> {
        let parent = self.path.parent().filter(|parent| !parent.as_os_str().is_empty());
        for directory in [Some(self.path.as_path()), parent].into_iter().flatten() {
            sync_directory(directory)
                .map_err(|source| EngineError::io("sync the data directory", directory, source))?;
        }
        Ok(())
    }
}

/// Where the base file of a directory is.
pub(super) fn base_path(directory: &Path) -> PathBuf {
    directory.join(BASE_FILE)
}

/// The file every record ends up in.
const BASE_FILE: &str = "base.sqlite";
/// What was committed last, until it is in the base file.
const LOG_DIRECTORY: &str = "log";
/// Locked while the directory is in use; says by which process.
const LOCK_FILE: &str = "steadfast.lock";

#[cfg(unix)]
pub(super) fn sync_directory(path: &Path) -> io::Result<()> {
    File::open(path)?.sync_all()
}

/// Directories cannot be synced here; their entries are journaled by the file system.
#[cfg(not(unix))]
pub(super) fn sync_directory(_path: &Path) -> io::Result<()> {
    Ok(())
}

fn write_pid(lock: &mut File) -> io::Result<()> {
    lock.set_len(0)?;
    writeln!(lock, "{}", process::id())
}

/// The pid in the lock file; none if it cannot be read, as where a lock also hides the content.
fn read_pid(lock: &mut File) -> Option<u32> {
    let mut text = String::new();
    lock.read_to_string(&mut text).ok()?;
    text.trim().parse().ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn letting_go_unlocks_for_those_who_share_the_file() {
        let directory = tempfile::tempdir().expect("a temporary directory");
        let held = DataDirectory::hold(directory.path()).expect("nobody holds it");
        // As a process has it that was forked and has not begun its own program.
        let shared = held.lock.try_clone().expect("a second handle");
        assert!(matches!(DataDirectory::hold(directory.path()), Err(EngineError::Locked { .. })));
        drop(held);
        DataDirectory::hold(directory.path()).expect("it was let go of");
        drop(shared);
    }
}
