//! Room in the write-ahead file, made before it is needed.

#![expect(clippy::disallowed_methods, reason = "extends SQLite's own file")]

use std::fs::{File, OpenOptions};
use std::io::{self, Seek, SeekFrom, Write};
use std::path::{Path, PathBuf};

use crate::limits;

/// Extends the write-ahead file with zeros ahead of the commits.
///
/// Syncing a commit that overwrites written blocks costs about half of one that makes the file
/// longer, because nothing but data has to reach the disk. SQLite writes frames where they belong
/// whatever the length of the file, and reads none behind the last one whose checksum continues the
/// chain: zeros never do. Only the commit thread may call this, between its own transactions.
pub(super) struct WalRoom {
    path: PathBuf,
    file: Option<File>,
    bytes: u64,
}

impl WalRoom {
    /// For the write-ahead file of this base file.
    pub(super) fn beside(base: &Path) -> Self {
        let mut path = base.as_os_str().to_owned();
        path.push("-wal");
        Self { path: path.into(), file: None, bytes: 0 }
    }

    /// Makes room for the commits to come, if little is left behind these pages. A failure is no
    /// loss: commits make their own room, or report the full disk themselves.
    pub(super) fn keep_ahead_of(&mut self, pages: u64) {
        let used = WAL_HEADER_BYTES + pages * FRAME_BYTES;
        if self.bytes >= WAL_ROOM_BYTES_MAX || used + WAL_ROOM_BYTES / 4 < self.bytes {
            return;
        }
        if let Err(error) = self.extend(used) {
            tracing::debug!(%error, path = %self.path.display(), "no room was made in the write-ahead file");
            self.bytes = WAL_ROOM_BYTES_MAX;
        }
    }

    fn extend(&mut self, used: u64) -> io::Result<()> {
        let file = match &mut self.file {
            Some(file) => file,
            none => none.insert(OpenOptions::new().write(true).open(&self.path)?),
        };
        let end = file.seek(SeekFrom::End(0))?.max(used);
        file.seek(SeekFrom::Start(end))?;
        file.write_all(&vec![0; WAL_ROOM_BYTES as usize])?;
        self.bytes = end + WAL_ROOM_BYTES;
        Ok(())
    }
}

/// What one call adds: a millisecond for the sync that carries it, once in 250 small commits.
const WAL_ROOM_BYTES: u64 = 1024 * 1024;
/// Beyond this the file starts over soon.
const WAL_ROOM_BYTES_MAX: u64 = limits::BASE_WAL_BYTES_TARGET as u64 * 5 / 4;
/// SQLite's file format: one header, then a header and a page per frame.
const WAL_HEADER_BYTES: u64 = 32;
const FRAME_BYTES: u64 = 24 + limits::BASE_PAGE_BYTES as u64;
