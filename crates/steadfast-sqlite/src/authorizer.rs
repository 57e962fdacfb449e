//! The callback through which SQLite asks what a statement may do.

#![allow(unsafe_code)]

use std::cell::Cell;
use std::ffi::{CStr, c_char, c_int, c_void};

use libsqlite3_sys as ffi;

use crate::rules::{self, Request, Verdict};

/// Answers SQLite, and remembers what the statement being compiled wants.
#[derive(Default)]
pub(crate) struct Authorizer {
    /// Whether the statement is ours and may do anything.
    trusted: Cell<bool>,
    seen: Cell<Seen>,
    /// Whether a program has used what only this connection knows, ever.
    relied_upon: Cell<bool>,
}

/// What the statement being compiled was seen to want.
#[derive(Clone, Copy, Default)]
pub(crate) struct Seen {
    /// It reads a table; what its triggers and views read aside.
    pub(crate) reads: bool,
    /// It alters a table.
    pub(crate) alters: bool,
    /// It was refused because it is about transactions.
    pub(crate) transaction: bool,
}

impl Authorizer {
    /// Has SQLite ask this authorizer. It must outlive the connection.
    ///
    /// # Safety
    /// `db` is open, and `this` stays where it is until it is closed.
    pub(crate) unsafe fn install(this: &Self, db: *mut ffi::sqlite3) {
        let data = std::ptr::from_ref(this).cast_mut().cast::<c_void>();
        // SAFETY: as our caller promises. The callback uses the pointer as a shared reference only.
        unsafe { ffi::sqlite3_set_authorizer(db, Some(authorize), data) };
    }

    /// Runs something of ours, which may do anything.
    pub(crate) fn trust<T>(&self, run: impl FnOnce() -> T) -> T {
        let before = self.trusted.replace(true);
        let done = run();
        self.trusted.set(before);
        done
    }

    /// Forgets what was seen, because another statement is compiled now.
    pub(crate) fn start(&self) {
        self.seen.set(Seen::default());
    }

    pub(crate) fn seen(&self) -> Seen {
        self.seen.get()
    }

    pub(crate) fn is_relied_upon(&self) -> bool {
        self.relied_upon.get()
    }

    fn answer(&self, request: &Request<'_>) -> Verdict {
        if self.trusted.get() {
            return Verdict::Allow;
        }
        let mut seen = self.seen.get();
        seen.reads |= request.action == ffi::SQLITE_READ && request.within.is_none();
        seen.alters |= request.action == ffi::SQLITE_ALTER_TABLE;
        let verdict = rules::verdict(request);
        seen.transaction |= verdict == Verdict::Transaction;
        self.seen.set(seen);
        if verdict == Verdict::Allow && rules::relies_on_connection(request) {
            self.relied_upon.set(true);
        }
        verdict
    }
}

unsafe extern "C" fn authorize(
    data: *mut c_void,
    action: c_int,
    first: *const c_char,
    second: *const c_char,
    database: *const c_char,
    within: *const c_char,
) -> c_int {
    // SAFETY: `install` set the pointer, to something that outlives the connection.
    let authorizer = unsafe { &*data.cast::<Authorizer>() };
    // SAFETY: SQLite passes strings that end in zero and live for the call, or null.
    let text = |text: *const c_char| unsafe { (!text.is_null()).then(|| CStr::from_ptr(text).to_bytes()) };
    let request = Request {
        action,
        first: text(first),
        second: text(second),
        database: text(database),
        within: text(within),
    };
    match authorizer.answer(&request) {
        Verdict::Allow => ffi::SQLITE_OK,
        Verdict::Deny | Verdict::Transaction => ffi::SQLITE_DENY,
    }
}
