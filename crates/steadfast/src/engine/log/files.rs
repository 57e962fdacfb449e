//! Segments as files of the data directory.

#![expect(clippy::disallowed_methods, reason = "the segments of the data directory are this file's business")]

use std::collections::HashMap;
use std::fs::{self, File, OpenOptions};
use std::io::{self, Read, Seek, SeekFrom, Write};
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex};

use super::io::{LogIo, SegmentFile, SegmentId};
use crate::engine::directory::sync_directory;
use crate::engine::lock;

/// The directory `log` of a data directory. It exists only while there are segments.
pub(super) struct LogFiles {
    directory: PathBuf,
    open: Mutex<HashMap<SegmentId, Arc<File>>>,
}

impl LogFiles {
    pub(super) fn new(directory: PathBuf) -> Self {
        Self { directory, open: Mutex::default() }
    }

    fn file(&self, segment: SegmentId) -> io::Result<Arc<File>> {
        if let Some(file) = lock(&self.open).get(&segment) {
            return Ok(file.clone());
        }
        let file = Arc::new(OpenOptions::new().read(true).write(true).open(self.path(segment))?);
        lock(&self.open).insert(segment, file.clone());
        Ok(file)
    }

    fn unused(&self) -> io::Result<SegmentId> {
        let last = self.list()?.iter().map(|file| file.id.0).max().unwrap_or(0);
        let next = last.checked_add(1).ok_or(io::ErrorKind::StorageFull)?;
        Ok(SegmentId(next))
    }

    fn make(&self, path: &Path, bytes: u64) -> io::Result<File> {
        let mut file = OpenOptions::new().create_new(true).read(true).write(true).open(path)?;
        let zeros = vec![0; ZEROS_AT_ONCE.min(usize::try_from(bytes).unwrap_or(ZEROS_AT_ONCE))];
        let mut left = bytes;
        while left > 0 {
            let part = left.min(zeros.len() as u64) as usize;
            file.write_all(&zeros[..part])?;
            left -= part as u64;
        }
        file.sync_all()?;
        sync_directory(&self.directory)?;
        Ok(file)
    }
}

impl LogIo for LogFiles {
    fn list(&self) -> io::Result<Vec<SegmentFile>> {
        let entries = match fs::read_dir(&self.directory) {
            Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(Vec::new()),
            entries => entries?,
        };
        let mut files = Vec::new();
        for entry in entries {
            let entry = entry?;
            if let Some(id) = entry.file_name().to_str().and_then(parse_name) {
                files.push(SegmentFile { id, bytes: entry.metadata()?.len() });
            }
        }
        Ok(files)
    }

    fn allocate(&self, bytes: u64) -> io::Result<SegmentId> {
        if !self.directory.is_dir() {
            fs::create_dir(&self.directory)?;
            self.directory.parent().map_or(Ok(()), sync_directory)?;
        }
        let segment = self.unused()?;
        let path = self.path(segment);
        match self.make(&path, bytes) {
            Ok(file) => {
                lock(&self.open).insert(segment, Arc::new(file));
                Ok(segment)
            }
            Err(error) => {
                if let Err(left) = fs::remove_file(&path) {
                    tracing::warn!(error = %left, path = %path.display(), "half a segment was left");
                }
                Err(error)
            }
        }
    }

    fn read(&self, segment: SegmentId, offset: u64, bytes: usize) -> io::Result<Vec<u8>> {
        let mut file = File::open(self.path(segment))?;
        file.seek(SeekFrom::Start(offset))?;
        let there = file.metadata()?.len().saturating_sub(offset);
        let mut content = Vec::with_capacity(bytes.min(usize::try_from(there).unwrap_or(bytes)));
        file.take(bytes as u64).read_to_end(&mut content)?;
        Ok(content)
    }

    fn write_at(&self, segment: SegmentId, offset: u64, bytes: &[u8]) -> io::Result<()> {
        write_all_at(&*self.file(segment)?, offset, bytes)
    }

    fn sync(&self, segment: SegmentId) -> io::Result<()> {
        self.file(segment)?.sync_data()
    }

    fn remove(&self, segment: SegmentId) -> io::Result<()> {
        lock(&self.open).remove(&segment);
        fs::remove_file(self.path(segment))?;
        if self.list()?.is_empty() {
            return match fs::remove_dir(&self.directory) {
                // Somebody keeps a file of their own in it.
                Err(error) if error.kind() == io::ErrorKind::DirectoryNotEmpty => Ok(()),
                removed => removed,
            };
        }
        Ok(())
    }

    fn path(&self, segment: SegmentId) -> PathBuf {
        self.directory.join(format!("{:08x}.{EXTENSION}", segment.0))
    }
}

fn parse_name(name: &str) -> Option<SegmentId> {
    let (number, extension) = name.split_once('.')?;
    let valid = extension == EXTENSION && number.len() == 8;
    valid.then(|| u32::from_str_radix(number, 16).ok()).flatten().map(SegmentId)
}

#[cfg(unix)]
fn write_all_at(file: &File, offset: u64, bytes: &[u8]) -> io::Result<()> {
    std::os::unix::fs::FileExt::write_all_at(file, bytes, offset)
}

#[cfg(windows)]
fn write_all_at(file: &File, mut offset: u64, mut bytes: &[u8]) -> io::Result<()> {
    while !bytes.is_empty() {
        let written = std::os::windows::fs::FileExt::seek_write(file, bytes, offset)?;
        if written == 0 {
            return Err(io::ErrorKind::WriteZero.into());
        }
        offset += written as u64;
        bytes = &bytes[written..];
    }
    Ok(())
}

const EXTENSION: &str = "log";
/// How much is written at once while a segment is made.
const ZEROS_AT_ONCE: usize = 1024 * 1024;

#[cfg(test)]
mod tests {
    use super::*;

    fn sizes(io: &LogFiles) -> Vec<(SegmentId, u64)> {
        let mut files: Vec<_> = io.list().unwrap().iter().map(|file| (file.id, file.bytes)).collect();
        files.sort_unstable();
        files
    }

    #[test]
    fn segments_come_and_go_with_their_directory() {
        let directory = tempfile::TempDir::new().unwrap();
        let io = LogFiles::new(directory.path().join("log"));
        assert_eq!(sizes(&io), []);
        let first = io.allocate(3 * ZEROS_AT_ONCE as u64 / 2).unwrap();
        let second = io.allocate(100).unwrap();
        assert_eq!(sizes(&io), [(first, 3 * ZEROS_AT_ONCE as u64 / 2), (second, 100)]);
        assert_eq!(io.read(second, 0, 200).unwrap(), [0; 100]);
        io.write_at(second, 98, b"ab").unwrap();
        io.sync(second).unwrap();
        assert_eq!(io.read(second, 97, 2).unwrap(), b"\0a");
        assert_eq!(io.read(second, 98, 9).unwrap(), b"ab");
        assert_eq!(io.read(second, 300, 9).unwrap(), b"");
        io.remove(first).unwrap();
        assert_eq!(io.allocate(1).unwrap(), SegmentId(3));
        io.remove(second).unwrap();
        io.remove(SegmentId(3)).unwrap();
        assert!(!directory.path().join("log").exists());
    }

    #[test]
    fn other_files_are_left_alone() {
        let directory = tempfile::TempDir::new().unwrap();
        let io = LogFiles::new(directory.path().to_owned());
        for name in ["note.txt", "0000001.log", "0000000g.log", "00000001.log.bak"] {
            fs::write(directory.path().join(name), "x").unwrap();
        }
        assert_eq!(sizes(&io), []);
        let made = io.allocate(1).unwrap();
        io.remove(made).unwrap();
        assert!(directory.path().join("note.txt").exists());
    }
}
