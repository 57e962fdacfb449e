//! A compiled statement, without the connection it belongs to.

#![allow(unsafe_code)]

use std::cell::RefCell;
use std::ffi::{CStr, c_int};
use std::ptr::{self, NonNull};
use std::rc::Rc;
use std::slice;

use libsqlite3_sys as ffi;

use crate::connection::Connection;
use crate::error::SqlError;
use crate::value::ValueRef;

/// A statement, finalized when dropped. Whoever holds it also holds its connection, or is held by it.
pub(crate) struct Statement {
    raw: NonNull<ffi::sqlite3_stmt>,
    /// The text it was compiled from.
    pub(crate) text: Rc<str>,
    /// Whether it may change the database, or has to run inside a transaction anyway.
    pub(crate) writes: bool,
    /// Whether it reads a table.
    pub(crate) reads: bool,
    /// Whether it alters a table.
    pub(crate) alters: bool,
    names: RefCell<Option<Names>>,
}

/// The names of the columns, until SQLite compiles the statement again because the schema changed.
struct Names {
    recompiled: c_int,
    names: Rc<[Box<str>]>,
}

impl Statement {
    /// Compiles the first statement of `sql`; none if there is only white space and comments. Says how
    /// many bytes it took.
    pub(crate) fn prepare(connection: &Connection, sql: &str) -> Result<(Option<Self>, usize), SqlError> {
        loop {
            match Self::compile(connection, sql) {
                Err(error) if connection.register_missing(&error)? => {}
                done => return done,
            }
        }
    }

    fn compile(connection: &Connection, sql: &str) -> Result<(Option<Self>, usize), SqlError> {
        connection.start_compiling();
        let bytes = c_int::try_from(sql.len()).unwrap_or(c_int::MAX);
        let (mut raw, mut tail) = (ptr::null_mut(), ptr::null());
        // SAFETY: the connection is open; SQLite reads at most `bytes` bytes, which are there.
        let taken = unsafe {
            let start = sql.as_ptr().cast();
            let flags = ffi::SQLITE_PREPARE_PERSISTENT;
            let code =
                ffi::sqlite3_prepare_v3(connection.raw(), start, bytes, flags, &raw mut raw, &raw mut tail);
            connection.check(code)?;
            tail.offset_from(start).unsigned_abs()
        };
        let Some(raw) = NonNull::new(raw) else { return Ok((None, taken)) };
        let seen = connection.seen();
        // SAFETY: the statement was just compiled.
        let (readonly, explains) = unsafe {
            (ffi::sqlite3_stmt_readonly(raw.as_ptr()) != 0, ffi::sqlite3_stmt_isexplain(raw.as_ptr()))
        };
        let statement = Self {
            raw,
            text: Rc::from(&sql[..taken]),
            writes: !readonly,
            reads: seen.reads,
            alters: seen.alters && explains == 0,
            names: RefCell::new(None),
        };
        Ok((Some(statement), taken))
    }

    pub(crate) fn parameters(&self) -> usize {
        // SAFETY: the statement is not finalized while `self` lives. So below.
        unsafe { ffi::sqlite3_bind_parameter_count(self.raw()) }.unsigned_abs() as usize
    }

    /// Binds by position, from 1.
    pub(crate) fn bind(
        &self,
        connection: &Connection,
        index: usize,
        value: ValueRef<'_>,
    ) -> Result<(), SqlError> {
        let index = c_int::try_from(index).expect("parameters are few");
        let raw = self.raw();
        // SAFETY: SQLite copies text and blobs before it returns.
        let code = unsafe {
            match value {
                ValueRef::Null => ffi::sqlite3_bind_null(raw, index),
                ValueRef::Integer(value) => ffi::sqlite3_bind_int64(raw, index, value),
                ValueRef::Real(value) => ffi::sqlite3_bind_double(raw, index, value),
                ValueRef::Text(text) => ffi::sqlite3_bind_text64(
                    raw,
                    index,
                    text.as_ptr().cast(),
                    text.len() as u64,
                    ffi::SQLITE_TRANSIENT(),
                    ffi::SQLITE_UTF8 as u8,
                ),
                // A null pointer would be NULL, and that of an empty slice is not null.
                ValueRef::Blob(blob) => ffi::sqlite3_bind_blob64(
                    raw,
                    index,
                    blob.as_ptr().cast(),
                    blob.len() as u64,
                    ffi::SQLITE_TRANSIENT(),
                ),
            }
        };
        connection.check(code)
    }

    /// Runs to the next row; `false` at the end.
    pub(crate) fn step(&self, connection: &Connection) -> Result<bool, SqlError> {
        // SAFETY: see `parameters`.
        match connection.timed(|| unsafe { ffi::sqlite3_step(self.raw()) }) {
            ffi::SQLITE_ROW => Ok(true),
            ffi::SQLITE_DONE => Ok(false),
            code => Err(connection.error(code)),
        }
    }

    /// Makes it ready to run again, without bindings.
    pub(crate) fn reset(&self) {
        // SAFETY: see `parameters`. The result repeats the error of the last step.
        unsafe {
            ffi::sqlite3_reset(self.raw());
            ffi::sqlite3_clear_bindings(self.raw());
        }
    }

    /// How many columns it has. What SQLite says of ALTER TABLE is of a statement it runs within.
    pub(crate) fn columns(&self) -> usize {
        if self.alters {
            return 0;
        }
        // SAFETY: see `parameters`.
        unsafe { ffi::sqlite3_column_count(self.raw()) }.unsigned_abs() as usize
    }

    /// The names of its columns, as of its last step.
    pub(crate) fn names(&self) -> Rc<[Box<str>]> {
        // SAFETY: see `parameters`.
        let recompiled = unsafe { ffi::sqlite3_stmt_status(self.raw(), ffi::SQLITE_STMTSTATUS_REPREPARE, 0) };
        let mut cached = self.names.borrow_mut();
        if let Some(cached) = cached.as_ref().filter(|cached| cached.recompiled == recompiled) {
            return cached.names.clone();
        }
        let names: Rc<[Box<str>]> = (0..self.columns()).map(|index| self.name(index)).collect();
        *cached = Some(Names { recompiled, names: names.clone() });
        names
    }

    fn name(&self, index: usize) -> Box<str> {
        let index = c_int::try_from(index).expect("columns are few");
        // SAFETY: see `parameters`; the name ends in zero and is copied, and null without memory.
        unsafe {
            let name = ffi::sqlite3_column_name(self.raw(), index);
            if name.is_null() { Box::default() } else { CStr::from_ptr(name).to_string_lossy().into() }
        }
    }

    /// A column of the row the last step came to, until the next step. NULL if there is no such.
    pub(crate) fn column(&self, index: usize) -> ValueRef<'_> {
        let index = c_int::try_from(index).unwrap_or(c_int::MAX);
        let raw = self.raw();
        // SAFETY: see `parameters`. Text and blobs live until the statement is stepped, reset or
        // finalized: their borrow of `self` ends before the last, and `Cursor` ends it before the others.
        unsafe {
            match ffi::sqlite3_column_type(raw, index) {
                ffi::SQLITE_INTEGER => ValueRef::Integer(ffi::sqlite3_column_int64(raw, index)),
                ffi::SQLITE_FLOAT => ValueRef::Real(ffi::sqlite3_column_double(raw, index)),
                ffi::SQLITE_TEXT => {
                    let start = ffi::sqlite3_column_text(raw, index);
                    ValueRef::Text(self.bytes(start, index))
                }
                ffi::SQLITE_BLOB => {
                    let start = ffi::sqlite3_column_blob(raw, index);
                    ValueRef::Blob(self.bytes(start.cast(), index))
                }
                _ => ValueRef::Null,
            }
        }
    }

    /// # Safety
    /// `start` is where the text or blob of the column starts, or null if it is empty.
    unsafe fn bytes(&self, start: *const u8, index: c_int) -> &[u8] {
        if start.is_null() {
            return &[];
        }
        // SAFETY: asked after the start, the length is that of the same representation.
        unsafe {
            let bytes = ffi::sqlite3_column_bytes(self.raw(), index);
            slice::from_raw_parts(start, bytes.unsigned_abs() as usize)
        }
    }

    /// How often its loops went on to another row since [`reset_counters`](Self::reset_counters).
    pub(crate) fn rows_stepped(&self) -> u64 {
        self.counters(0)
    }

    pub(crate) fn reset_counters(&self) {
        self.counters(1);
    }

    /// Counter 0 is not documented: SQLite counts there the steps of loops that are not full scans.
    fn counters(&self, reset: c_int) -> u64 {
        // SAFETY: see `parameters`; an unknown counter is answered with 0.
        let counter = |counter| unsafe { ffi::sqlite3_stmt_status(self.raw(), counter, reset) };
        let steps = counter(0).unsigned_abs();
        u64::from(steps) + u64::from(counter(ffi::SQLITE_STMTSTATUS_FULLSCAN_STEP).unsigned_abs())
    }

    fn raw(&self) -> *mut ffi::sqlite3_stmt {
        self.raw.as_ptr()
    }
}

impl Drop for Statement {
    fn drop(&mut self) {
        // SAFETY: finalized once. The result repeats the error of the last step.
        unsafe { ffi::sqlite3_finalize(self.raw()) };
    }
}
