//! Every bound of the library: its unit, its reason and where it comes from.
//!
//! A full queue is an answer ([`Overloaded`](crate::ErrorKind::Overloaded)), not a wait without end.
//! "Cloudflare" names a documented or observed limit of Durable Objects; "ours" a choice of this
//! project. Limits of the HTTP front belong to the server crate.

use std::time::Duration;

// Identity.

/// Bytes of an id. Cloudflare.
pub const ID_BYTES: usize = 32;
/// Longest name an object is told about (`ctx.id.name`); the stub keeps a longer one. Cloudflare.
pub const OBJECT_NAME_BYTES_MAX: usize = 1024;
/// Longest key of a namespace (`worker-Class`). Ours: long enough for every name wrangler accepts,
/// short enough to be a file name.
pub const NAMESPACE_KEY_BYTES_MAX: usize = 255;

// Key-value storage.

/// A row, text or blob in production, in bytes; key and value of one entry together. Cloudflare,
/// "Limits" (2 MB).
pub const ROW_BYTES_MAX: usize = 2 * 1024 * 1024;

/// The same in workerd on a local disk: key and value whose row is as large as its SQLite takes.
/// Probed.
pub const LOCAL_ROW_BYTES_MAX: usize = 8 * 1024 * 1024 + 28;

/// A row, text or blob in SQL in workerd on a local disk, in bytes. Probed.
pub const LOCAL_SQL_VALUE_BYTES_MAX: usize = 8 * 1024 * 1024 + 34;

/// Arguments of a function in SQL, in production. Cloudflare, "Limits".
pub const SQL_FUNCTION_ARGUMENTS_MAX: usize = 32;

/// The same in workerd on a local disk.
pub const LOCAL_SQL_FUNCTION_ARGUMENTS_MAX: usize = 127;

/// A key of a class not declared SQLite, in bytes. Cloudflare, "Limits".
pub const LEGACY_KEY_BYTES_MAX: usize = 2048;

/// The limit of a value that messages name for a class not declared SQLite, in bytes.
pub const LEGACY_VALUE_BYTES_ADVERTISED: usize = 128 * 1024;

/// The limit of a value that is enforced for a class not declared SQLite, in bytes: a byte array of
/// the advertised size still fits with its serialisation header, as in workerd.
pub const LEGACY_VALUE_BYTES_MAX: usize = LEGACY_VALUE_BYTES_ADVERTISED + 34;

/// Keys in one batched read of a class not declared SQLite. Cloudflare, "Limits".
pub const LEGACY_BATCH_KEYS_MAX: usize = 128;

/// The size of a page of an object's SQL database, in bytes. SQLite's default, so that files that come
/// in and go out keep their layout.
pub const SQL_PAGE_BYTES: usize = 4096;
/// Pages one turn may change in an object's SQL database; one more fails with `SQLITE_FULL`. Ours:
/// they stay in memory until the turn ends and become one record.
pub const SQL_TURN_PAGES_MAX: usize = 64 * 1024;

/// What one activation caches of its submitted state, in bytes, overhead of entries included.
/// Ours: a few rows of the largest size; an idle object's share is a few hundred bytes.
pub const CACHE_BYTES_MAX: usize = 4 * 1024 * 1024;

/// How long changes of an object with a history are made under one number, unless a bookmark is taken
/// sooner: how exactly a time can be gone back to. Ours: one earlier state for each key and interval.
pub const HISTORY_INTERVAL: Duration = Duration::from_secs(10);

/// Rows a listing reads at most beyond those it still wants, in place of those the open turn
/// deleted. Ours: one read is enough unless a turn deletes more than this.
pub const LIST_SPARE_ROWS_MAX: usize = 16;

/// The last time an alarm can be set to, in milliseconds since the Unix epoch: workerd counts
/// nanoseconds in 64 bits, which end in the year 2262 whatever its message says.
pub const ALARM_MS_MAX: i64 = i64::MAX / 1_000_000;

/// Rows a lazy listing reads ahead at most. Ours: reading row by row costs a query each, and what is
/// read ahead is thrown away by a write.
pub const ITERATOR_ROWS_AHEAD_MAX: usize = 64;

/// How often an optimistic transaction runs before it gives up. Ours: under that much contention a
/// transaction that holds the gate is cheaper.
pub const OCC_RUNS_MAX: usize = 16;

/// Sets of writes remembered while an optimistic transaction runs; one that started before them runs
/// again. Ours: as many starts of others as one transaction outlasts.
pub const OCC_SETS_MAX: usize = 256;

/// Keys of one such set that are told apart; more count as all keys. Ours: with the sets, bounds what a
/// transaction that never ends keeps in memory.
pub const OCC_SET_KEYS_MAX: usize = 1024;

// Storage on somebody else's.

/// Write sets remembered while a transaction on a backed storage runs; one that started before them runs
/// again. Miniflare 2.
pub const BACKED_WRITE_SETS_MAX: usize = 16;

/// Transactions of one backed storage up to which each that has to run again does so at once; with more
/// they take turns. Ours: up to here closures run as often as in Miniflare 2.
pub const BACKED_CONTENDERS_MAX: usize = 16;

/// How long after a scan of a backed storage's alarms the next one comes, and which alarms a scan starts
/// timers for. Miniflare 2.
pub const BACKED_ALARM_SCAN: Duration = Duration::from_secs(30);

/// An alarm that is due sooner has its timer started when it is set. Miniflare 2.
pub const BACKED_ALARM_SET_WINDOW: Duration = Duration::from_secs(31);

// What is due between two scans was started by the one or when it was set.
const _: () = assert!(BACKED_ALARM_SET_WINDOW.as_millis() >= BACKED_ALARM_SCAN.as_millis());

/// How deep a value read or written from Rust may nest. Ours: the codec recurses, and this fits in
/// a quarter of the smallest stack it runs on.
pub const VALUE_DEPTH_MAX: usize = 500;

// Life of an activation.

/// Idle time before an activation is evicted. Cloudflare.
pub const IDLE_EVICTION: Duration = Duration::from_secs(10);
/// How long timers keep an activation that nobody waits for. workerd ends one 70 to 140 s after its last client.
pub const BACKGROUND_TIMER_RETENTION: Duration = Duration::from_secs(140);
/// How long `waitUntil` keeps an activation that nobody waits for. Cloudflare.
pub const WAIT_UNTIL_TIMEOUT: Duration = Duration::from_secs(15 * 60);
/// Time without SQL before an activation's database is closed until it is used again. Ours: opening
/// costs less than 0.1 ms, an open one some 30 KB.
pub const SQL_IDLE_RELEASE: Duration = Duration::from_secs(3);
/// How long `blockConcurrencyWhile` may hold the input gate. Cloudflare.
pub const CRITICAL_SECTION_TIMEOUT: Duration = Duration::from_secs(30);
/// How long a commit may take to become durable before those whose output waits for it are reset. workerd.
pub const OUTPUT_GATE_TIMEOUT: Duration = Duration::from_secs(30);
/// How deep critical sections nest. Cloudflare.
pub const CRITICAL_SECTION_DEPTH_MAX: usize = 64;
/// Objects of a lane whose last resets are remembered, so that stubs used before stay broken. Ours: a
/// few megabytes, where programs that abort objects to end them would grow for ever.
pub const RESET_OBJECTS_REMEMBERED_MAX: usize = 10_000;
/// How long a reload waits for running events before it resets what is left. Ours.
pub const RELOAD_DRAIN: Duration = Duration::from_secs(2);

// Alarms.

/// Delay before the first retry of a failed alarm; it doubles with each. Cloudflare.
pub const ALARM_RETRY_FIRST: Duration = Duration::from_secs(2);
/// How often that delay doubles. Cloudflare.
pub const ALARM_RETRY_BACKOFF_MAX: u32 = 9;
/// Retries of an alarm whose failures count; then it is abandoned. Cloudflare.
pub const ALARM_RETRIES_COUNTED_MAX: u32 = 6;
/// How long an alarm's handler may take. Cloudflare.
pub const ALARM_RUN_TIMEOUT: Duration = Duration::from_secs(15 * 60);
/// Alarms a lane keeps in mind; the rest stay in the engine's index. Ours: one read serves thousands of
/// runs, in a few hundred kilobytes.
pub const ALARM_WINDOW_ENTRIES_MAX: usize = 4096;
/// Alarms read from the index at once. Ours: well below what the window holds, so that it need not forget
/// what it has just read.
pub const ALARM_PAGE_ENTRIES: usize = 1024;
/// Alarms of a lane that run at once. Ours: those that fell due while nothing ran begin in batches, not
/// all together, and some that hang leave room for the others.
pub const ALARM_RUNS_MAX: usize = 1024;
/// When the index of alarms is read again after it could not be read. Ours.
pub const ALARM_INDEX_RETRY: Duration = Duration::from_secs(10);
/// How often the time of day is looked at while an alarm waits: it may be set meanwhile. Ours.
pub const ALARM_TIME_CHECK: Duration = Duration::from_secs(60);

// A clock that is moved by hand.

/// How long it waits, in real time, for events that wait for something outside. Ours: long enough for
/// what a test does on its own machine, short enough to sit through.
pub const SETTLE_PATIENCE: Duration = Duration::from_secs(1);

// WebSockets.

/// Hibernating sockets of one object. Cloudflare.
pub const OBJECT_SOCKETS_MAX: usize = 32_768;
/// Distinct tags of one hibernating socket. Cloudflare.
pub const SOCKET_TAGS_MAX: usize = 10;
/// A tag, in bytes, whatever its message says. Cloudflare.
pub const SOCKET_TAG_BYTES_MAX: usize = 256;
/// What a socket carries over hibernation, in bytes of its stored form. Cloudflare.
pub const SOCKET_ATTACHMENT_BYTES_MAX: usize = 16_384;
/// Either side of an automatic response, in bytes. Cloudflare.
pub const AUTO_RESPONSE_BYTES_MAX: usize = 2048;
/// The longest that the handler of an event of a hibernating socket may be given. Cloudflare: 7 days.
pub const SOCKET_EVENT_TIMEOUT_MAX: Duration = Duration::from_secs(7 * 24 * 60 * 60);
/// Events of one socket that wait for its object; then no more is read of it until some were taken. Ours:
/// a burst of small messages, at a bounded price.
pub const SOCKET_QUEUE_EVENTS_MAX: usize = 1024;
/// The same in bytes of messages. Ours: 10,000 sockets of slow objects stay below what a machine has.
pub const SOCKET_QUEUE_BYTES_MAX: usize = 1024 * 1024;

// Calls and queues.

/// How deep calls between objects and workers nest. Cloudflare.
pub const CALL_DEPTH_MAX: usize = 16;
/// Events waiting for one activation; the next is refused with `Durable Object is overloaded. Too
/// many requests queued.` Ours: ten seconds of work at the documented 1000 requests per second.
pub const ACTIVATION_QUEUE_EVENTS_MAX: usize = 10_000;
/// Events waiting for one lane, over all its activations. Ours: bounds memory under a flood to
/// unknown objects.
pub const LANE_QUEUE_EVENTS_MAX: usize = 100_000;

// Engine.

/// Bytes of records submitted but not yet durable; `submit` waits for the disk above it. Ours: about
/// a second of the slowest disk we care about, and little beside the objects' own memory.
pub const COMMIT_QUEUE_BYTES_MAX: usize = 64 * 1024 * 1024;
/// Records of one group. Ours: a group this large costs a few milliseconds, which is then the
/// latency of everything behind it.
pub const COMMIT_GROUP_RECORDS_MAX: usize = 4096;
/// Bytes of one group, the last record excepted. Ours, as above.
pub const COMMIT_GROUP_BYTES_MAX: usize = 4 * 1024 * 1024;
/// Bytes of one record at most. Ours: far above what one turn can hold in memory with sense; lengths in
/// the log have 32 bits.
pub const COMMIT_RECORD_BYTES_MAX: usize = 1024 * 1024 * 1024;
/// What a record costs in the queue beside its keys and values. Ours: an estimate.
pub const COMMIT_RECORD_OVERHEAD_BYTES: usize = 128;
/// How long a connection waits for another program that locked the base file (such as the `sqlite3`
/// tool) before the operation fails. Ours.
pub const BASE_BUSY_TIMEOUT: Duration = Duration::from_secs(5);
/// Page size of the base file. SQLite's default: a small commit writes one page.
pub const BASE_PAGE_BYTES: usize = 4096;
/// Page cache of the committing connection. Ours: holds the interior pages of millions of objects.
pub const BASE_WRITE_CACHE_BYTES: usize = 32 * 1024 * 1024;
/// Page cache of one reading connection. Ours: activations keep what they read themselves.
pub const BASE_READ_CACHE_BYTES: usize = 4 * 1024 * 1024;
/// Size of the write-ahead file at which its pages move to the base file. Ours: reopening after a
/// crash reads it once, in about 10 ms.
pub const BASE_WAL_BYTES_TARGET: usize = 16 * 1024 * 1024;
/// Bytes of the first segment of a log. Ours: made in a few milliseconds, and enough for a session of
/// development.
pub const LOG_SEGMENT_BYTES_FIRST: u64 = 4 * 1024 * 1024;
/// Bytes of a segment of a busy log. Ours: half a second of a fast disk.
pub const LOG_SEGMENT_BYTES_MAX: u64 = 64 * 1024 * 1024;
/// Bytes of the log that are not yet in the base file, at which commits wait for a checkpoint. Ours: a process that
/// was killed reads this much when it starts again, in about a second.
pub const LOG_BYTES_MAX: u64 = 128 * 1024 * 1024;
/// What comes together in memory before a checkpoint writes it to the base file, in bytes, roughly. Ours: large
/// checkpoints cost a tenth of small ones per key.
pub const LOG_FREEZE_BYTES: u64 = 32 * 1024 * 1024;
/// How long something waits for a checkpoint at most, beside others. Ours.
pub const LOG_FREEZE_INTERVAL: Duration = Duration::from_secs(10);
/// How long nothing has to be submitted before the log is marked as complete. Ours: rare under load, soon for
/// a person.
pub const LOG_IDLE: Duration = Duration::from_millis(100);
/// Segments kept ready beside the one in use. Ours.
pub const LOG_SPARE_SEGMENTS_MAX: usize = 2;

// Data in and out.

/// What an import submits in one record, in bytes of keys, values and pages; a larger object takes
/// several. Ours: what is in memory at once, and more than nearly every object has.
pub const IMPORT_RECORD_BYTES_MAX: u64 = 64 * 1024 * 1024;

// What must hold between them.
const _: () = {
    assert!(LEGACY_VALUE_BYTES_ADVERTISED < LEGACY_VALUE_BYTES_MAX);
    assert!(LEGACY_KEY_BYTES_MAX + LEGACY_VALUE_BYTES_MAX < ROW_BYTES_MAX);
    assert!(ROW_BYTES_MAX < CACHE_BYTES_MAX);
    assert!(ROW_BYTES_MAX < LOCAL_ROW_BYTES_MAX);
    assert!(LOCAL_ROW_BYTES_MAX < COMMIT_QUEUE_BYTES_MAX);
    assert!(SQL_FUNCTION_ARGUMENTS_MAX < LOCAL_SQL_FUNCTION_ARGUMENTS_MAX);
    assert!(ROW_BYTES_MAX <= COMMIT_GROUP_BYTES_MAX);
    assert!(COMMIT_GROUP_BYTES_MAX <= COMMIT_QUEUE_BYTES_MAX);
    assert!(2 * SQL_TURN_PAGES_MAX * SQL_PAGE_BYTES <= COMMIT_RECORD_BYTES_MAX);
    assert!(COMMIT_GROUP_BYTES_MAX as u64 + 2 * COMMIT_RECORD_BYTES_MAX as u64 <= u32::MAX as u64);
    assert!(LOCAL_ROW_BYTES_MAX as u64 <= IMPORT_RECORD_BYTES_MAX);
    assert!(IMPORT_RECORD_BYTES_MAX <= COMMIT_RECORD_BYTES_MAX as u64);
    assert!(COMMIT_GROUP_RECORDS_MAX * COMMIT_RECORD_OVERHEAD_BYTES <= COMMIT_GROUP_BYTES_MAX);
    assert!(ACTIVATION_QUEUE_EVENTS_MAX <= LANE_QUEUE_EVENTS_MAX);
    assert!(1 < ALARM_PAGE_ENTRIES && 2 * ALARM_PAGE_ENTRIES <= ALARM_WINDOW_ENTRIES_MAX);
    assert!(LOG_SEGMENT_BYTES_FIRST <= LOG_SEGMENT_BYTES_MAX && 2 * LOG_SEGMENT_BYTES_MAX <= LOG_BYTES_MAX);
    assert!(LOG_FREEZE_BYTES <= LOG_SEGMENT_BYTES_MAX);
    assert!(SQL_IDLE_RELEASE.as_millis() < IDLE_EVICTION.as_millis());
    assert!(BASE_PAGE_BYTES.is_power_of_two());
    assert!(BASE_PAGE_BYTES < BASE_WAL_BYTES_TARGET);
};
