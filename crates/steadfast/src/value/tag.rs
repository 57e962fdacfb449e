//! The bytes that say what follows, in values, views and errors: one table for both directions.

use super::{ErrorKind, ViewKind};

pub(super) const VERSION: u8 = 0xff;
pub(super) const PADDING: u8 = 0;
pub(super) const OBJECT_COUNT: u8 = b'?';
pub(super) const HOLE: u8 = b'-';
pub(super) const UNDEFINED: u8 = b'_';
pub(super) const NULL: u8 = b'0';
pub(super) const TRUE: u8 = b'T';
pub(super) const FALSE: u8 = b'F';
pub(super) const INT32: u8 = b'I';
pub(super) const UINT32: u8 = b'U';
pub(super) const DOUBLE: u8 = b'N';
pub(super) const BIGINT: u8 = b'Z';
pub(super) const UTF8_STRING: u8 = b'S';
pub(super) const ONE_BYTE_STRING: u8 = b'"';
pub(super) const TWO_BYTE_STRING: u8 = b'c';
pub(super) const REFERENCE: u8 = b'^';
pub(super) const OBJECT: u8 = b'o';
pub(super) const OBJECT_END: u8 = b'{';
pub(super) const SPARSE_ARRAY: u8 = b'a';
pub(super) const SPARSE_ARRAY_END: u8 = b'@';
pub(super) const ARRAY: u8 = b'A';
pub(super) const ARRAY_END: u8 = b'$';
pub(super) const DATE: u8 = b'D';
pub(super) const TRUE_OBJECT: u8 = b'y';
pub(super) const FALSE_OBJECT: u8 = b'x';
pub(super) const NUMBER_OBJECT: u8 = b'n';
pub(super) const BIGINT_OBJECT: u8 = b'z';
pub(super) const STRING_OBJECT: u8 = b's';
pub(super) const REGEXP: u8 = b'R';
pub(super) const MAP: u8 = b';';
pub(super) const MAP_END: u8 = b':';
pub(super) const SET: u8 = b'\'';
pub(super) const SET_END: u8 = b',';
pub(super) const ARRAY_BUFFER: u8 = b'B';
pub(super) const VIEW: u8 = b'V';
pub(super) const ERROR: u8 = b'r';
pub(super) const ERROR_MESSAGE: u32 = b'm' as u32;
pub(super) const ERROR_CAUSE: u32 = b'c' as u32;
pub(super) const ERROR_STACK: u32 = b's' as u32;
pub(super) const ERROR_END: u32 = b'.' as u32;

/// Known to V8 and not to us, with the words for it.
pub(super) const UNSUPPORTED: [(u8, &str); 7] = [
    (b'\\', "a host object"),
    (b'~', "a resizable ArrayBuffer"),
    (b't', "a transferred ArrayBuffer"),
    (b'u', "a SharedArrayBuffer"),
    (b'p', "a shared object"),
    (b'w', "a WebAssembly module"),
    (b'm', "a WebAssembly memory"),
];

pub(super) const VIEWS: [(u8, ViewKind); 13] = [
    (b'b', ViewKind::Int8Array),
    (b'B', ViewKind::Uint8Array),
    (b'C', ViewKind::Uint8ClampedArray),
    (b'w', ViewKind::Int16Array),
    (b'W', ViewKind::Uint16Array),
    (b'd', ViewKind::Int32Array),
    (b'D', ViewKind::Uint32Array),
    (b'h', ViewKind::Float16Array),
    (b'f', ViewKind::Float32Array),
    (b'F', ViewKind::Float64Array),
    (b'q', ViewKind::BigInt64Array),
    (b'Q', ViewKind::BigUint64Array),
    (b'?', ViewKind::DataView),
];

/// A plain `Error` has no tag of its own.
pub(super) const ERRORS: [(u8, ErrorKind); 6] = [
    (b'E', ErrorKind::EvalError),
    (b'R', ErrorKind::RangeError),
    (b'F', ErrorKind::ReferenceError),
    (b'S', ErrorKind::SyntaxError),
    (b'T', ErrorKind::TypeError),
    (b'U', ErrorKind::UriError),
];
