//! Where segments are: real files, memory, or a disk a test made up.

use std::io;
use std::path::PathBuf;

/// Names a segment file. Says nothing of the order of segments: their headers do.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Debug)]
pub struct SegmentId(pub u32);

/// A segment that exists.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct SegmentFile {
    /// Its name.
    pub id: SegmentId,
    /// Its size. Never changes once [`LogIo::allocate`] has returned; smaller than was asked for if the
    /// process ended before that.
    pub bytes: u64,
}

/// All that the log asks of a disk.
///
/// The commit thread writes and syncs one segment at a time, the checkpoint thread allocates and
/// removes others meanwhile. Every error but one is final for the engine, which asks nothing more then:
/// after a failed write or sync nobody knows what is on the disk. The exception is
/// [`allocate`](Self::allocate) ahead of need.
///
/// What may happen to a write before a [`sync`](Self::sync) of its segment has returned, and so what a
/// simulated disk may do at a crash: it is there, it is not, or any of its 512-byte sectors are and
/// others not; a sector may hold the new bytes up to some point and the old from there. What
/// was synced stays as it is, also the bytes of a sector that a later write changes elsewhere. A segment
/// lasts once `allocate` has returned; before, it may be there or not, and be shorter. A removed one may come
/// back, as it was.
pub trait LogIo: Send + Sync {
    /// Every segment there is, in no order.
    ///
    /// # Errors
    /// What the system reports.
    fn list(&self) -> io::Result<Vec<SegmentFile>>;

    /// Makes a segment of so many zero bytes, really written. Returns after file and name are synced.
    ///
    /// # Errors
    /// What the system reports; [`io::ErrorKind::StorageFull`] if there is no room. Nothing is left then.
    fn allocate(&self, bytes: u64) -> io::Result<SegmentId>;

    /// So many bytes of the segment from an offset on, fewer where it ends. Called while the engine opens,
    /// before anything is written.
    ///
    /// # Errors
    /// What the system reports.
    fn read(&self, segment: SegmentId, offset: u64, bytes: usize) -> io::Result<Vec<u8>>;

    /// Writes inside the segment, which never grows.
    ///
    /// # Errors
    /// What the system reports.
    fn write_at(&self, segment: SegmentId, offset: u64, bytes: &[u8]) -> io::Result<()>;

    /// Returns once everything written to the segment is on the disk.
    ///
    /// # Errors
    /// What the system reports. Nothing is retried.
    fn sync(&self, segment: SegmentId) -> io::Result<()>;

    /// Removes a segment nobody writes to.
    ///
    /// # Errors
    /// What the system reports.
    fn remove(&self, segment: SegmentId) -> io::Result<()>;

    /// What to call the segment in a message.
    fn path(&self, segment: SegmentId) -> PathBuf;
}
