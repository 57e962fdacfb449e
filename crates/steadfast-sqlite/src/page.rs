use bytes::Bytes;

/// Bytes of a page. SQLite's default, so that files come in and go out unchanged.
pub const PAGE_BYTES: usize = 4096;

/// Why a page could not be read.
pub type SourceError = Box<dyn std::error::Error + Send + Sync>;

/// Where the pages of a database live.
pub trait PageSource {
    /// The page with this number, counted from 1, as it was last handed over: [`PAGE_BYTES`]
    /// bytes. `None` is a hole, which reads as zeros: SQLite never writes a page that was
    /// allocated and freed in one transaction.
    ///
    /// # Errors
    /// When the page cannot be read. The statement that needed it fails with the error.
    fn page(&self, no: u32) -> Result<Option<Bytes>, SourceError>;
}

/// What a transaction changed.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Commit {
    /// Every page written, as a whole, by number from 1 upwards.
    pub pages: Vec<(u32, Bytes)>,
    /// Pages the database now has. Those above it are gone.
    pub page_count: u32,
}
