//! Every bound of this crate: its unit, its reason and where it comes from.

/// A string, a blob or a row, in bytes, as local workerd has it.
pub const VALUE_BYTES_MAX: usize = 8 * 1024 * 1024 + 34;
/// The text of a statement, in bytes. Cloudflare.
pub const SQL_BYTES_MAX: usize = 100_000;
/// Columns of a table, an index or a result. Cloudflare.
pub const COLUMNS_MAX: usize = 100;
/// How deep an expression may nest. Cloudflare.
pub const EXPRESSION_DEPTH_MAX: usize = 100;
/// SELECTs joined by UNION and its kin. Cloudflare.
pub const COMPOUND_SELECT_MAX: usize = 5;
/// Arguments of a function, as local workerd has it.
pub const FUNCTION_ARGUMENTS_MAX: usize = 127;
/// The pattern of LIKE and GLOB, in bytes. Cloudflare.
pub const LIKE_PATTERN_BYTES_MAX: usize = 50;
/// Bound parameters of a statement. Cloudflare.
pub const PARAMETERS_MAX: usize = 100;
/// How deep triggers run each other. Cloudflare.
pub const TRIGGER_DEPTH_MAX: usize = 10;

/// Text of statements kept compiled, in bytes. Cloudflare.
pub const CACHED_SQL_BYTES_MAX: usize = 1024 * 1024;
/// Statements kept compiled. Ours: each costs a few kilobytes whatever its text.
pub const CACHED_STATEMENTS_MAX: usize = 64;
/// Unchanged pages SQLite keeps, about. Ours: the pages' owner has them in memory as well.
pub const CACHE_PAGES: usize = 16;
/// Pages a transaction may change; one more fails with `SQLITE_FULL`. Ours: they stay in memory
/// until the commit, 256 MiB at most.
pub const TRANSACTION_PAGES_MAX: usize = 64 * 1024;
/// Instructions between two looks at how many pages a transaction has changed. Ours: a look costs
/// less than a microsecond, and this many instructions change at most as many pages.
pub const LOOK_OPERATIONS: usize = 4096;

// What must hold between them.
const _: () = {
    assert!(SQL_BYTES_MAX < CACHED_SQL_BYTES_MAX);
    assert!(VALUE_BYTES_MAX < TRANSACTION_PAGES_MAX * crate::PAGE_BYTES);
};
