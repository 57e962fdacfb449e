//! Numbers and runs of bytes inside a record.

use std::fmt;

/// A body that no version of this library wrote.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(in crate::engine::log) struct Malformed {
    /// What could not be read.
    pub(super) part: &'static str,
}

impl fmt::Display for Malformed {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "a record has a valid checksum and makes no sense: part={}", self.part)
    }
}

impl std::error::Error for Malformed {}

/// Appends an unsigned LEB128 number.
pub(super) fn put_number(into: &mut Vec<u8>, mut number: u64) {
    while number >= 0x80 {
        into.push(number as u8 | 0x80);
        number >>= 7;
    }
    into.push(number as u8);
}

/// Appends the length of some bytes, and them.
pub(super) fn put_bytes(into: &mut Vec<u8>, bytes: &[u8]) {
    put_number(into, bytes.len() as u64);
    into.extend_from_slice(bytes);
}

/// Appends bytes that may be absent.
pub(super) fn put_optional(into: &mut Vec<u8>, bytes: Option<&[u8]>) {
    match bytes {
        None => into.push(0),
        Some(bytes) => {
            put_number(into, bytes.len() as u64 + 1);
            into.extend_from_slice(bytes);
        }
    }
}

/// Reads what the functions above wrote.
pub(super) struct Reader<'a> {
    rest: &'a [u8],
}

impl<'a> Reader<'a> {
    pub(super) fn new(bytes: &'a [u8]) -> Self {
        Self { rest: bytes }
    }

    pub(super) fn is_at_end(&self) -> bool {
        self.rest.is_empty()
    }

    pub(super) fn byte(&mut self, part: &'static str) -> Result<u8, Malformed> {
        let (first, rest) = self.rest.split_first().ok_or(Malformed { part })?;
        self.rest = rest;
        Ok(*first)
    }

    pub(super) fn number(&mut self, part: &'static str) -> Result<u64, Malformed> {
        let mut number = 0;
        for shift in (0..64).step_by(7) {
            let byte = self.byte(part)?;
            let bits = u64::from(byte & 0x7f);
            if bits << shift >> shift != bits {
                break;
            }
            number |= bits << shift;
            if byte < 0x80 {
                return Ok(number);
            }
        }
        Err(Malformed { part })
    }

    pub(super) fn number_u32(&mut self, part: &'static str) -> Result<u32, Malformed> {
        u32::try_from(self.number(part)?).map_err(|_| Malformed { part })
    }

    /// So many bytes.
    pub(super) fn take(&mut self, len: u64, part: &'static str) -> Result<&'a [u8], Malformed> {
        let len = usize::try_from(len).map_err(|_| Malformed { part })?;
        let (taken, rest) = self.rest.split_at_checked(len).ok_or(Malformed { part })?;
        self.rest = rest;
        Ok(taken)
    }

    pub(super) fn array<const N: usize>(&mut self, part: &'static str) -> Result<[u8; N], Malformed> {
        let taken = self.take(N as u64, part)?;
        Ok(taken.try_into().expect("so many were taken"))
    }

    pub(super) fn bytes(&mut self, part: &'static str) -> Result<&'a [u8], Malformed> {
        let len = self.number(part)?;
        self.take(len, part)
    }

    pub(super) fn optional(&mut self, part: &'static str) -> Result<Option<&'a [u8]>, Malformed> {
        match self.number(part)? {
            0 => Ok(None),
            len => self.take(len - 1, part).map(Some),
        }
    }

    pub(super) fn text(&mut self, part: &'static str) -> Result<&'a str, Malformed> {
        as_text(self.bytes(part)?, part)
    }

    pub(super) fn optional_text(&mut self, part: &'static str) -> Result<Option<&'a str>, Malformed> {
        self.optional(part)?.map(|bytes| as_text(bytes, part)).transpose()
    }

    /// How many items follow, and room for them: each takes at least a byte, so a wrong number cannot ask
    /// for much.
    pub(super) fn count(&mut self, part: &'static str) -> Result<usize, Malformed> {
        let count = usize::try_from(self.number(part)?).map_err(|_| Malformed { part })?;
        if count > self.rest.len() { Err(Malformed { part }) } else { Ok(count) }
    }
}

fn as_text<'a>(bytes: &'a [u8], part: &'static str) -> Result<&'a str, Malformed> {
    std::str::from_utf8(bytes).map_err(|_| Malformed { part })
}
