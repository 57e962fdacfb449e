//! Every bound of the library, with its unit, its reason and where it comes from.

/// Key and value of one entry together, in bytes. Production's limit of a row (2 MB); local
/// workerd allows more, depending on its version.
pub const ROW_BYTES_MAX: usize = 2 * 1024 * 1024;

/// A key of a class not declared SQLite, in bytes. Cloudflare, "Limits".
pub const LEGACY_KEY_BYTES_MAX: usize = 2048;

/// The limit of a value that messages name for a class not declared SQLite, in bytes.
pub const LEGACY_VALUE_BYTES_ADVERTISED: usize = 128 * 1024;

/// The limit of a value that is enforced for a class not declared SQLite, in bytes: a byte array of
/// the advertised size still fits with its serialisation header, as in workerd.
pub const LEGACY_VALUE_BYTES_MAX: usize = LEGACY_VALUE_BYTES_ADVERTISED + 34;

/// Keys in one batched read of a class not declared SQLite. Cloudflare, "Limits".
pub const LEGACY_BATCH_KEYS_MAX: usize = 128;

/// What one activation caches of its submitted state, in bytes, overhead of entries included.
/// Ours: a few rows of the largest size; an idle object's share is a few hundred bytes.
pub const CACHE_BYTES_MAX: usize = 4 * 1024 * 1024;

/// Rows a listing reads at most beyond those it still wants, in place of those the open turn
/// deleted. Ours: one read is enough unless a turn deletes more than this.
pub const LIST_SPARE_ROWS_MAX: usize = 16;

const _: () = assert!(LEGACY_VALUE_BYTES_ADVERTISED < LEGACY_VALUE_BYTES_MAX);
const _: () = assert!(LEGACY_KEY_BYTES_MAX + LEGACY_VALUE_BYTES_MAX < ROW_BYTES_MAX);
const _: () = assert!(ROW_BYTES_MAX < CACHE_BYTES_MAX);
