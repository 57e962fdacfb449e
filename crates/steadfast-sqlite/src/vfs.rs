//! The operating system SQLite is shown: one file per connection, which is a [`Pages`].
//!
//! Everything else it could open is refused; journals and temporary data stay in memory.

#![allow(unsafe_code)]

use std::cell::{Cell, RefCell};
use std::ffi::{CStr, c_char, c_int, c_void};
use std::rc::Rc;
use std::sync::Once;
use std::{mem, ptr, slice};

use libsqlite3_sys as ffi;

use crate::pages::{Pages, Refused};

/// The name SQLite knows this file system by.
pub(crate) const NAME: &CStr = c"steadfast";
/// The name of the one file it can open.
pub(crate) const FILE: &CStr = c"object";

thread_local! {
    /// What the next open of [`FILE`] on this thread gets.
    static OPENING: Cell<Option<Rc<RefCell<Pages>>>> = const { Cell::new(None) };
}

thread_local! {
    /// The time of day of the connection that runs on this thread, if it has one of its own. SQLite
    /// does not say which connection asks.
    static NOW_MS: RefCell<Option<Rc<dyn Fn() -> i64>>> = const { RefCell::new(None) };
}

/// Has SQLite take `now_ms` for the time of day while `run` runs.
pub(crate) fn with_time<T>(now_ms: Rc<dyn Fn() -> i64>, run: impl FnOnce() -> T) -> T {
    let before = NOW_MS.replace(Some(now_ms));
    let done = run();
    NOW_MS.set(before);
    done
}

/// Makes `open` open these pages.
pub(crate) fn with_pages<T>(pages: Rc<RefCell<Pages>>, open: impl FnOnce() -> T) -> T {
    register();
    OPENING.set(Some(pages));
    let opened = open();
    OPENING.set(None);
    opened
}

/// An open file. SQLite allocates it, `open` fills it, `close` drops its share of the pages.
#[repr(C)]
struct OpenFile {
    base: ffi::sqlite3_file,
    /// From `Rc::into_raw`. Null in a file that could not be opened.
    pages: *const RefCell<Pages>,
}

fn register() {
    static REGISTERED: Once = Once::new();
    REGISTERED.call_once(|| {
        // SAFETY: the default file system of SQLite is static, and is copied. The copy is leaked, so
        // it outlives every connection. Its functions that are kept take no file and ignore `pAppData`.
        let done = unsafe {
            let system = ffi::sqlite3_vfs_find(ptr::null());
            assert!(!system.is_null(), "the bundled SQLite has a default file system");
            let mut vfs = *system;
            vfs.szOsFile = mem::size_of::<OpenFile>() as c_int;
            vfs.mxPathname = 64;
            vfs.pNext = ptr::null_mut();
            vfs.zName = NAME.as_ptr();
            vfs.xOpen = Some(open);
            vfs.xDelete = Some(delete);
            vfs.xAccess = Some(access);
            vfs.xFullPathname = Some(full_pathname);
            vfs.xCurrentTimeInt64 = Some(current_time);
            ffi::sqlite3_vfs_register(Box::leak(Box::new(vfs)), 0)
        };
        assert_eq!(done, ffi::SQLITE_OK, "a file system with a fresh name can be registered");
    });
}

static METHODS: ffi::sqlite3_io_methods = ffi::sqlite3_io_methods {
    // Version 1: no shared memory and no memory maps, hence no write-ahead log.
    iVersion: 1,
    xClose: Some(close),
    xRead: Some(read),
    xWrite: Some(write),
    xTruncate: Some(truncate),
    xSync: Some(sync),
    xFileSize: Some(file_size),
    xLock: Some(lock),
    xUnlock: Some(lock),
    xCheckReservedLock: Some(check_reserved_lock),
    xFileControl: Some(file_control),
    xSectorSize: Some(sector_size),
    xDeviceCharacteristics: Some(device_characteristics),
    xShmMap: None,
    xShmLock: None,
    xShmBarrier: None,
    xShmUnmap: None,
    xFetch: None,
    xUnfetch: None,
};

unsafe extern "C" fn open(
    _vfs: *mut ffi::sqlite3_vfs,
    _name: ffi::sqlite3_filename,
    file: *mut ffi::sqlite3_file,
    flags: c_int,
    out_flags: *mut c_int,
) -> c_int {
    let main = flags & ffi::SQLITE_OPEN_MAIN_DB != 0;
    let pages = if main { OPENING.take() } else { None };
    let code = if pages.is_some() { ffi::SQLITE_OK } else { ffi::SQLITE_CANTOPEN };
    let methods: *const ffi::sqlite3_io_methods = if pages.is_some() { &METHODS } else { ptr::null() };
    let pages = pages.map_or(ptr::null(), Rc::into_raw);
    // SAFETY: SQLite gives `szOsFile` bytes for the file, aligned for any type; `out_flags` may be null.
    unsafe {
        file.cast::<OpenFile>().write(OpenFile { base: ffi::sqlite3_file { pMethods: methods }, pages });
        if !out_flags.is_null() {
            *out_flags = flags;
        }
    }
    code
}

unsafe extern "C" fn close(file: *mut ffi::sqlite3_file) -> c_int {
    // SAFETY: called once, for a file that `open` filled from `Rc::into_raw`.
    drop(unsafe { Rc::from_raw((*file.cast::<OpenFile>()).pages) });
    ffi::SQLITE_OK
}

/// The pages of an open file, for the length of one callback.
fn with<T>(file: *mut ffi::sqlite3_file, call: impl FnOnce(&mut Pages) -> T) -> T {
    // SAFETY: `open` filled the file and `close` was not called yet: SQLite keeps that order. The
    // pages live as long as their `Rc`, and a connection and its file stay on one thread.
    let pages = unsafe { &*(*file.cast::<OpenFile>()).pages };
    call(&mut pages.borrow_mut())
}

unsafe extern "C" fn read(
    file: *mut ffi::sqlite3_file,
    into: *mut c_void,
    bytes: c_int,
    offset: ffi::sqlite3_int64,
) -> c_int {
    // SAFETY: SQLite owns a buffer of `bytes` bytes and lends it for the call.
    let into = unsafe { slice::from_raw_parts_mut(into.cast::<u8>(), bytes.unsigned_abs() as usize) };
    match with(file, |pages| pages.read(offset.unsigned_abs(), into)) {
        Ok(true) => ffi::SQLITE_OK,
        Ok(false) => ffi::SQLITE_IOERR_SHORT_READ,
        Err(_) => ffi::SQLITE_IOERR_READ,
    }
}

unsafe extern "C" fn write(
    file: *mut ffi::sqlite3_file,
    from: *const c_void,
    bytes: c_int,
    offset: ffi::sqlite3_int64,
) -> c_int {
    // SAFETY: SQLite lends a buffer of `bytes` bytes for the call.
    let from = unsafe { slice::from_raw_parts(from.cast::<u8>(), bytes.unsigned_abs() as usize) };
    code(with(file, |pages| pages.write(offset.unsigned_abs(), from)), ffi::SQLITE_IOERR_WRITE)
}

unsafe extern "C" fn truncate(file: *mut ffi::sqlite3_file, bytes: ffi::sqlite3_int64) -> c_int {
    code(with(file, |pages| pages.truncate(bytes.unsigned_abs())), ffi::SQLITE_IOERR_TRUNCATE)
}

fn code(done: Result<(), Refused>, otherwise: c_int) -> c_int {
    if done.is_ok() { ffi::SQLITE_OK } else { otherwise }
}

unsafe extern "C" fn sync(_file: *mut ffi::sqlite3_file, _flags: c_int) -> c_int {
    ffi::SQLITE_OK
}

unsafe extern "C" fn file_size(file: *mut ffi::sqlite3_file, bytes: *mut ffi::sqlite3_int64) -> c_int {
    let size = with(file, |pages| pages.bytes());
    // SAFETY: SQLite passes a place for the answer.
    unsafe { *bytes = size.cast_signed() };
    ffi::SQLITE_OK
}

/// Nobody else has the file, so a lock is always granted.
unsafe extern "C" fn lock(_file: *mut ffi::sqlite3_file, _level: c_int) -> c_int {
    ffi::SQLITE_OK
}

unsafe extern "C" fn check_reserved_lock(_file: *mut ffi::sqlite3_file, held: *mut c_int) -> c_int {
    // SAFETY: SQLite passes a place for the answer.
    unsafe { *held = 0 };
    ffi::SQLITE_OK
}

unsafe extern "C" fn file_control(
    file: *mut ffi::sqlite3_file,
    operation: c_int,
    _argument: *mut c_void,
) -> c_int {
    if operation == ffi::SQLITE_FCNTL_COMMIT_PHASETWO {
        with(file, Pages::end_commit);
        return ffi::SQLITE_OK;
    }
    ffi::SQLITE_NOTFOUND
}

unsafe extern "C" fn sector_size(_file: *mut ffi::sqlite3_file) -> c_int {
    crate::PAGE_BYTES as c_int
}

unsafe extern "C" fn device_characteristics(_file: *mut ffi::sqlite3_file) -> c_int {
    0
}

unsafe extern "C" fn delete(_vfs: *mut ffi::sqlite3_vfs, _name: *const c_char, _sync: c_int) -> c_int {
    ffi::SQLITE_IOERR_DELETE_NOENT
}

/// No other file exists.
unsafe extern "C" fn access(
    _vfs: *mut ffi::sqlite3_vfs,
    _name: *const c_char,
    _flags: c_int,
    found: *mut c_int,
) -> c_int {
    // SAFETY: SQLite passes a place for the answer.
    unsafe { *found = 0 };
    ffi::SQLITE_OK
}

/// Milliseconds since noon of November 24 in 4714 BC, as astronomers count.
unsafe extern "C" fn current_time(_vfs: *mut ffi::sqlite3_vfs, now: *mut ffi::sqlite3_int64) -> c_int {
    const UNIX_EPOCH_MS: i64 = 210_866_760_000_000;
    if let Some(now_ms) = NOW_MS.with_borrow(Clone::clone) {
        // SAFETY: SQLite passes a place for the answer.
        unsafe { *now = UNIX_EPOCH_MS.saturating_add(now_ms()) };
        return ffi::SQLITE_OK;
    }
    // SAFETY: the default file system is static and knows the time by itself.
    unsafe {
        let system = ffi::sqlite3_vfs_find(ptr::null());
        match (*system).xCurrentTimeInt64 {
            Some(system_time) => system_time(system, now),
            None => ffi::SQLITE_ERROR,
        }
    }
}

unsafe extern "C" fn full_pathname(
    _vfs: *mut ffi::sqlite3_vfs,
    name: *const c_char,
    out_bytes: c_int,
    out: *mut c_char,
) -> c_int {
    // SAFETY: SQLite passes a string that ends in zero, and `out_bytes` bytes to copy it to.
    unsafe {
        let name = CStr::from_ptr(name).to_bytes_with_nul();
        if name.len() > out_bytes.unsigned_abs() as usize {
            return ffi::SQLITE_CANTOPEN;
        }
        ptr::copy_nonoverlapping(name.as_ptr().cast::<c_char>(), out, name.len());
    }
    ffi::SQLITE_OK
}
