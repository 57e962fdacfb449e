//! Values to bytes, in the form workerd writes.

use bytes::Bytes;

use super::{
    Array, Backing, BigInt, Boxed, ErrorKind, ErrorValue, Object, PropertyKey, SparseArray, Text, Value,
    ValueError, View, tag,
};
use crate::limits::VALUE_DEPTH_MAX;

/// The version we write.
const VERSION: u32 = 15;

pub(super) fn encode(value: &Value) -> Result<Bytes, ValueError> {
    let mut encoder = Encoder { bytes: Vec::with_capacity(32), objects: Vec::new(), depth: 0 };
    encoder.byte(tag::VERSION);
    encoder.varint(VERSION);
    encoder.value(value)?;
    Ok(Bytes::from(encoder.bytes))
}

struct Encoder {
    bytes: Vec<u8>,
    /// For each object begun so far, its length if it is an `ArrayBuffer`.
    objects: Vec<Option<usize>>,
    depth: usize,
}

impl Encoder {
    fn value(&mut self, value: &Value) -> Result<(), ValueError> {
        if self.depth == VALUE_DEPTH_MAX {
            return Err(ValueError::TooDeep);
        }
        self.depth += 1;
        match value {
            Value::Undefined => self.byte(tag::UNDEFINED),
            Value::Null => self.byte(tag::NULL),
            Value::Bool(true) => self.byte(tag::TRUE),
            Value::Bool(false) => self.byte(tag::FALSE),
            Value::Number(number) => self.number(*number),
            Value::BigInt(bigint) => self.bigint(tag::BIGINT, bigint)?,
            Value::String(text) => self.text(text)?,
            Value::Reference(reference) => {
                self.buffer_length_of(*reference)?;
                self.byte(tag::REFERENCE);
                self.varint(*reference);
            }
            Value::View(view) => self.view(view)?,
            Value::ArrayBuffer(bytes) => self.buffer(bytes)?,
            object => {
                self.objects.push(None);
                self.object(object)?;
            }
        }
        self.depth -= 1;
        Ok(())
    }

    /// Everything that counts as one object and holds no buffer.
    fn object(&mut self, value: &Value) -> Result<(), ValueError> {
        match value {
            Value::Date(milliseconds) => self.tagged_double(tag::DATE, *milliseconds),
            Value::RegExp(regexp) => {
                self.byte(tag::REGEXP);
                self.text(&regexp.pattern)?;
                self.varint(regexp.flags);
            }
            Value::Boxed(boxed) => self.boxed(boxed)?,
            Value::Object(object) => {
                self.byte(tag::OBJECT);
                self.properties(object, tag::OBJECT_END)?;
            }
            Value::Array(array) => self.array(array)?,
            Value::SparseArray(array) => self.sparse_array(array)?,
            Value::Map(entries) => {
                self.byte(tag::MAP);
                for (key, value) in entries {
                    self.value(key)?;
                    self.value(value)?;
                }
                self.byte(tag::MAP_END);
                self.length(2 * entries.len())?;
            }
            Value::Set(entries) => {
                self.byte(tag::SET);
                for entry in entries {
                    self.value(entry)?;
                }
                self.byte(tag::SET_END);
                self.length(entries.len())?;
            }
            Value::Error(error) => self.error(error)?,
            other => unreachable!("{} is no object of this kind", other.kind()),
        }
        Ok(())
    }

    fn number(&mut self, number: f64) {
        let integer = number as i32;
        let minus_zero = number == 0.0 && number.is_sign_negative();
        if f64::from(integer) == number && !minus_zero {
            self.byte(tag::INT32);
            self.zigzag(integer);
        } else {
            self.tagged_double(tag::DOUBLE, number);
        }
    }

    fn boxed(&mut self, boxed: &Boxed) -> Result<(), ValueError> {
        match boxed {
            Boxed::Bool(true) => self.byte(tag::TRUE_OBJECT),
            Boxed::Bool(false) => self.byte(tag::FALSE_OBJECT),
            Boxed::Number(number) => self.tagged_double(tag::NUMBER_OBJECT, *number),
            Boxed::BigInt(bigint) => self.bigint(tag::BIGINT_OBJECT, bigint)?,
            Boxed::String(text) => {
                self.byte(tag::STRING_OBJECT);
                self.text(text)?;
            }
        }
        Ok(())
    }

    fn bigint(&mut self, tag: u8, bigint: &BigInt) -> Result<(), ValueError> {
        let length = u32::try_from(8 * bigint.digits().len()).map_err(|_| ValueError::TooLong)?;
        let bits = length.checked_mul(2).ok_or(ValueError::TooLong)?;
        self.byte(tag);
        self.varint(bits | u32::from(bigint.is_negative()));
        for digit in bigint.digits() {
            self.bytes.extend_from_slice(&digit.to_le_bytes());
        }
        Ok(())
    }

    fn array(&mut self, array: &Array) -> Result<(), ValueError> {
        self.byte(tag::ARRAY);
        self.length(array.elements.len())?;
        for element in &array.elements {
            self.value(element)?;
        }
        self.properties(&array.properties, tag::ARRAY_END)?;
        self.length(array.elements.len())
    }

    fn sparse_array(&mut self, array: &SparseArray) -> Result<(), ValueError> {
        self.byte(tag::SPARSE_ARRAY);
        self.varint(array.length);
        self.properties(&array.properties, tag::SPARSE_ARRAY_END)?;
        self.varint(array.length);
        Ok(())
    }

    fn properties(&mut self, object: &Object, end: u8) -> Result<(), ValueError> {
        for (key, value) in object.iter() {
            match key {
                PropertyKey::Index(index) => self.number(f64::from(*index)),
                PropertyKey::Name(name) => self.text(name)?,
            }
            self.value(value)?;
        }
        self.byte(end);
        self.length(object.len())
    }

    fn error(&mut self, error: &ErrorValue) -> Result<(), ValueError> {
        self.byte(tag::ERROR);
        if error.kind != ErrorKind::Error {
            let kind = tag::ERRORS.iter().find(|(_, kind)| *kind == error.kind);
            self.byte(kind.expect("every other class has a tag").0);
        }
        if let Some(message) = &error.message {
            self.varint(tag::ERROR_MESSAGE);
            self.text(message)?;
        }
        if let Some(cause) = &error.cause {
            self.varint(tag::ERROR_CAUSE);
            self.value(cause)?;
        }
        if let Some(stack) = &error.stack {
            self.varint(tag::ERROR_STACK);
            self.text(stack)?;
        }
        self.varint(tag::ERROR_END);
        Ok(())
    }

    fn view(&mut self, view: &View) -> Result<(), ValueError> {
        let buffer_length = match &view.buffer {
            Backing::Own(bytes) => {
                self.buffer(bytes)?;
                bytes.len()
            }
            Backing::Shared(reference) => {
                let length = self.buffer_length_of(*reference)?;
                self.byte(tag::REFERENCE);
                self.varint(*reference);
                length.ok_or(ValueError::UnknownReference { reference: *reference })?
            }
        };
        view.check(buffer_length)?;
        let kind = tag::VIEWS.iter().find(|(_, kind)| *kind == view.kind);
        self.byte(tag::VIEW);
        self.byte(kind.expect("every class of view has a tag").0);
        self.varint(view.byte_offset);
        self.varint(view.byte_length);
        self.varint(0);
        self.objects.push(None);
        Ok(())
    }

    fn buffer(&mut self, bytes: &Bytes) -> Result<(), ValueError> {
        self.objects.push(Some(bytes.len()));
        self.byte(tag::ARRAY_BUFFER);
        self.length(bytes.len())?;
        self.bytes.extend_from_slice(bytes);
        Ok(())
    }

    /// The length of an earlier object, if that is an `ArrayBuffer`.
    fn buffer_length_of(&self, reference: u32) -> Result<Option<usize>, ValueError> {
        let object = self.objects.get(reference as usize);
        object.copied().ok_or(ValueError::UnknownReference { reference })
    }

    fn text(&mut self, text: &Text) -> Result<(), ValueError> {
        if let Some(latin1) = text.latin1() {
            self.byte(tag::ONE_BYTE_STRING);
            self.length(latin1.len())?;
            self.bytes.extend_from_slice(&latin1);
            return Ok(());
        }
        let units = text.utf16();
        let length = u32::try_from(2 * units.len()).map_err(|_| ValueError::TooLong)?;
        // V8 reads the code units in place, so they stand at an even offset.
        if (self.bytes.len() + 1 + varint_bytes(length)) % 2 == 1 {
            self.byte(tag::PADDING);
        }
        self.byte(tag::TWO_BYTE_STRING);
        self.varint(length);
        self.bytes.extend(units.iter().flat_map(|unit| unit.to_le_bytes()));
        Ok(())
    }

    fn tagged_double(&mut self, tag: u8, number: f64) {
        self.byte(tag);
        self.bytes.extend_from_slice(&number.to_le_bytes());
    }

    fn zigzag(&mut self, integer: i32) {
        self.varint(((integer << 1) ^ (integer >> 31)) as u32);
    }

    fn length(&mut self, length: usize) -> Result<(), ValueError> {
        self.varint(u32::try_from(length).map_err(|_| ValueError::TooLong)?);
        Ok(())
    }

    fn varint(&mut self, mut value: u32) {
        while value >= 0x80 {
            self.byte(value as u8 | 0x80);
            value >>= 7;
        }
        self.byte(value as u8);
    }

    fn byte(&mut self, byte: u8) {
        self.bytes.push(byte);
    }
}

fn varint_bytes(value: u32) -> usize {
    (32 - (value | 1).leading_zeros()).div_ceil(7) as usize
}
