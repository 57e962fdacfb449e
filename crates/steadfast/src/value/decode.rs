//! Bytes to values. Every length is checked against what is left before anything is allocated.

use bytes::Bytes;

use super::{
    Array, Backing, BigInt, Boxed, ErrorKind, ErrorValue, Object, PropertyKey, RegExp, SparseArray, Text,
    Value, ValueError, View, tag,
};
use crate::limits::VALUE_DEPTH_MAX;

/// What values without a header are.
const HEADERLESS_VERSION: u32 = 13;

/// Views carry flags from this version on.
const VIEW_FLAGS_VERSION: u32 = 14;

pub(super) fn decode(bytes: &[u8]) -> Result<Value, ValueError> {
    let mut decoder = Decoder { bytes, at: 0, version: HEADERLESS_VERSION, objects: Vec::new(), depth: 0 };
    if bytes.first() == Some(&tag::VERSION) {
        decoder.at = 1;
        decoder.version = decoder.varint()?;
        if !(13..=15).contains(&decoder.version) {
            return Err(ValueError::UnsupportedVersion { version: decoder.version });
        }
    }
    let value = decoder.value()?;
    if decoder.at < bytes.len() {
        return Err(decoder.malformed("bytes follow its end"));
    }
    Ok(value)
}

struct Decoder<'a> {
    bytes: &'a [u8],
    at: usize,
    version: u32,
    /// For each object begun so far, its length if it is an `ArrayBuffer`.
    objects: Vec<Option<usize>>,
    depth: usize,
}

impl<'a> Decoder<'a> {
    fn value(&mut self) -> Result<Value, ValueError> {
        let tag = self.tag()?;
        self.tagged(tag)
    }

    fn tagged(&mut self, tag: u8) -> Result<Value, ValueError> {
        if self.depth == VALUE_DEPTH_MAX {
            return Err(ValueError::TooDeep);
        }
        self.depth += 1;
        let value = match tag {
            tag::REFERENCE | tag::ARRAY_BUFFER => self.reference_or_buffer(tag),
            tag::OBJECT | tag::ARRAY | tag::SPARSE_ARRAY | tag::MAP | tag::SET | tag::ERROR => {
                self.objects.push(None);
                self.container(tag)
            }
            tag::DATE
            | tag::REGEXP
            | tag::STRING_OBJECT
            | tag::NUMBER_OBJECT
            | tag::BIGINT_OBJECT
            | tag::TRUE_OBJECT
            | tag::FALSE_OBJECT => {
                self.objects.push(None);
                self.leaf_object(tag)
            }
            _ => self.primitive(tag),
        };
        self.depth -= 1;
        value
    }

    fn primitive(&mut self, tag: u8) -> Result<Value, ValueError> {
        Ok(match tag {
            tag::UNDEFINED => Value::Undefined,
            tag::NULL => Value::Null,
            tag::TRUE => Value::Bool(true),
            tag::FALSE => Value::Bool(false),
            tag::INT32 => Value::Number(f64::from(self.zigzag()?)),
            tag::UINT32 => Value::Number(f64::from(self.varint()?)),
            tag::DOUBLE => Value::Number(self.double()?),
            tag::BIGINT => Value::BigInt(self.bigint()?),
            tag::ONE_BYTE_STRING | tag::TWO_BYTE_STRING | tag::UTF8_STRING => {
                Value::String(self.text_tagged(tag)?)
            }
            other => return Err(self.unknown(other)),
        })
    }

    fn leaf_object(&mut self, tag: u8) -> Result<Value, ValueError> {
        Ok(match tag {
            tag::DATE => Value::Date(self.double()?),
            tag::TRUE_OBJECT => Value::Boxed(Boxed::Bool(true)),
            tag::FALSE_OBJECT => Value::Boxed(Boxed::Bool(false)),
            tag::NUMBER_OBJECT => Value::Boxed(Boxed::Number(self.double()?)),
            tag::BIGINT_OBJECT => Value::Boxed(Boxed::BigInt(self.bigint()?)),
            tag::STRING_OBJECT => Value::Boxed(Boxed::String(self.text()?)),
            tag::REGEXP => Value::RegExp(RegExp { pattern: self.text()?, flags: self.varint()? }),
            other => return Err(self.unknown(other)),
        })
    }

    fn container(&mut self, tag: u8) -> Result<Value, ValueError> {
        match tag {
            tag::OBJECT => Ok(Value::Object(self.properties(tag::OBJECT_END)?)),
            tag::ARRAY => self.array(),
            tag::SPARSE_ARRAY => self.sparse_array(),
            tag::MAP => self.map(),
            tag::SET => self.set(),
            tag::ERROR => self.error(),
            other => Err(self.unknown(other)),
        }
    }

    /// A buffer, or an object met before; a view may follow either and then takes its place.
    fn reference_or_buffer(&mut self, tag: u8) -> Result<Value, ValueError> {
        let (value, number) = if tag == tag::REFERENCE {
            let reference = self.varint()?;
            if reference as usize >= self.objects.len() {
                return Err(ValueError::UnknownReference { reference });
            }
            (Value::Reference(reference), reference as usize)
        } else {
            let length = self.varint()? as usize;
            let bytes = Bytes::copy_from_slice(self.take(length)?);
            self.objects.push(Some(length));
            (Value::ArrayBuffer(bytes), self.objects.len() - 1)
        };
        match self.objects[number] {
            Some(buffer_length) if self.peek_tag() == Some(tag::VIEW) => {
                self.tag()?;
                let backing = match value {
                    Value::ArrayBuffer(bytes) => Backing::Own(bytes),
                    _ => Backing::Shared(number as u32),
                };
                self.view(backing, buffer_length)
            }
            _ => Ok(value),
        }
    }

    fn view(&mut self, buffer: Backing, buffer_length: usize) -> Result<Value, ValueError> {
        let kind = self.varint()?;
        let kind = tag::VIEWS.iter().find(|(tag, _)| u32::from(*tag) == kind);
        let Some(&(_, kind)) = kind else { return Err(self.malformed("unknown class of view")) };
        let (byte_offset, byte_length) = (self.varint()?, self.varint()?);
        if self.version >= VIEW_FLAGS_VERSION && self.varint()? != 0 {
            return Err(ValueError::Unsupported {
                what: "a view of a resizable ArrayBuffer",
                offset: self.at,
            });
        }
        self.objects.push(None);
        let view = View { kind, buffer, byte_offset, byte_length };
        view.check(buffer_length)?;
        Ok(Value::View(view))
    }

    fn array(&mut self) -> Result<Value, ValueError> {
        let length = self.varint()?;
        if length as usize > self.rest() {
            return Err(ValueError::Truncated);
        }
        let mut elements = Vec::new();
        let mut holes = false;
        for _ in 0..length {
            let tag = self.tag()?;
            let hole = tag == tag::HOLE;
            holes |= hole;
            elements.push(if hole { None } else { Some(self.tagged(tag)?) });
        }
        let properties = self.properties(tag::ARRAY_END)?;
        self.expect(length, "an array of another length")?;
        if !holes {
            let elements = elements.into_iter().flatten().collect();
            return Ok(Value::Array(Array { elements, properties }));
        }
        let existing =
            (0..).zip(elements).filter_map(|(index, element)| Some((PropertyKey::Index(index), element?)));
        let properties = Object { properties: existing.chain(properties.properties).collect() };
        Ok(Value::SparseArray(SparseArray { length, properties }))
    }

    /// V8 writes arrays it has read in this form, holes or not.
    fn sparse_array(&mut self) -> Result<Value, ValueError> {
        let length = self.varint()?;
        let mut properties = self.properties(tag::SPARSE_ARRAY_END)?;
        self.expect(length, "an array of another length")?;
        let in_order = (0..length).zip(&properties.properties);
        let elements = in_order.take_while(|(index, (key, _))| *key == PropertyKey::Index(*index)).count();
        if elements < length as usize {
            return Ok(Value::SparseArray(SparseArray { length, properties }));
        }
        let elements = properties.properties.drain(..elements).map(|(_, element)| element).collect();
        Ok(Value::Array(Array { elements, properties }))
    }

    fn map(&mut self) -> Result<Value, ValueError> {
        let mut entries = Vec::new();
        while let Some(tag) = self.tag_before(tag::MAP_END)? {
            let key = self.tagged(tag)?;
            entries.push((key, self.value()?));
        }
        self.expect_count(2 * entries.len(), "a Map of another size")?;
        Ok(Value::Map(entries))
    }

    fn set(&mut self) -> Result<Value, ValueError> {
        let mut entries = Vec::new();
        while let Some(tag) = self.tag_before(tag::SET_END)? {
            entries.push(self.tagged(tag)?);
        }
        self.expect_count(entries.len(), "a Set of another size")?;
        Ok(Value::Set(entries))
    }

    fn error(&mut self) -> Result<Value, ValueError> {
        let mut error = ErrorValue::default();
        loop {
            let field = self.varint()?;
            match field {
                tag::ERROR_MESSAGE => error.message = Some(self.text()?),
                tag::ERROR_STACK => error.stack = Some(self.text()?),
                tag::ERROR_CAUSE => error.cause = Some(self.value()?),
                tag::ERROR_END => return Ok(Value::Error(Box::new(error))),
                _ => error.kind = self.error_kind(field)?,
            }
        }
    }

    fn error_kind(&self, field: u32) -> Result<ErrorKind, ValueError> {
        let known = tag::ERRORS.iter().find(|(tag, _)| u32::from(*tag) == field);
        known.map(|(_, kind)| *kind).ok_or_else(|| self.malformed("unknown field of an Error"))
    }

    /// Properties up to an end tag and their count.
    fn properties(&mut self, end: u8) -> Result<Object, ValueError> {
        let mut properties = Vec::new();
        while let Some(tag) = self.tag_before(end)? {
            let key = self.property_key(tag)?;
            properties.push((key, self.value()?));
        }
        self.expect_count(properties.len(), "another number of properties")?;
        Ok(Object { properties })
    }

    fn property_key(&mut self, tag: u8) -> Result<PropertyKey, ValueError> {
        let number = match self.primitive(tag)? {
            Value::String(name) => return Ok(PropertyKey::Name(name)),
            Value::Number(number) => number,
            _ => return Err(self.malformed("a property name of another type")),
        };
        let index = number as u32;
        if f64::from(index) == number && index < u32::MAX {
            Ok(PropertyKey::Index(index))
        } else {
            Err(self.malformed("a property name that is no index"))
        }
    }

    fn text(&mut self) -> Result<Text, ValueError> {
        let tag = self.tag()?;
        self.text_tagged(tag)
    }

    fn text_tagged(&mut self, tag: u8) -> Result<Text, ValueError> {
        if !matches!(tag, tag::ONE_BYTE_STRING | tag::TWO_BYTE_STRING | tag::UTF8_STRING) {
            return Err(self.malformed("a string was expected"));
        }
        let length = self.varint()? as usize;
        let bytes = self.take(length)?;
        match tag {
            tag::ONE_BYTE_STRING => Ok(bytes.iter().copied().map(char::from).collect::<String>().into()),
            tag::UTF8_STRING => Ok(String::from_utf8_lossy(bytes).into_owned().into()),
            _ if length % 2 == 1 => Err(self.malformed("half a code unit")),
            _ => {
                let units = bytes.chunks_exact(2).map(|pair| u16::from_le_bytes([pair[0], pair[1]]));
                Ok(Text::from_utf16(units.collect()))
            }
        }
    }

    fn bigint(&mut self) -> Result<BigInt, ValueError> {
        let bits = self.varint()?;
        let magnitude = self.take((bits >> 1) as usize)?;
        let digits = magnitude.chunks(8).map(|chunk| {
            let mut digit = [0; 8];
            digit[..chunk.len()].copy_from_slice(chunk);
            u64::from_le_bytes(digit)
        });
        Ok(BigInt::new(bits & 1 == 1, digits.collect()))
    }

    fn double(&mut self) -> Result<f64, ValueError> {
        let bytes = self.take(8)?;
        Ok(f64::from_le_bytes(bytes.try_into().expect("eight bytes were taken")))
    }

    fn zigzag(&mut self) -> Result<i32, ValueError> {
        let bits = self.varint()?;
        Ok((bits >> 1) as i32 ^ -((bits & 1) as i32))
    }

    fn varint(&mut self) -> Result<u32, ValueError> {
        let mut value = 0;
        for shift in (0..35).step_by(7) {
            let byte = self.byte()?;
            let bits = u32::from(byte & 0x7f);
            if shift == 28 && bits > 0xf {
                break;
            }
            value |= bits << shift;
            if byte & 0x80 == 0 {
                return Ok(value);
            }
        }
        Err(self.malformed("a number over 32 bits"))
    }

    /// The next tag, unless it is `end`.
    fn tag_before(&mut self, end: u8) -> Result<Option<u8>, ValueError> {
        let tag = self.tag()?;
        Ok((tag != end).then_some(tag))
    }

    /// The next tag; padding and counts of objects mean nothing.
    fn tag(&mut self) -> Result<u8, ValueError> {
        loop {
            match self.byte()? {
                tag::PADDING => {}
                tag::OBJECT_COUNT => {
                    self.varint()?;
                }
                tag => return Ok(tag),
            }
        }
    }

    fn peek_tag(&self) -> Option<u8> {
        self.bytes[self.at..].iter().copied().find(|&byte| byte != tag::PADDING)
    }

    fn expect_count(&mut self, count: usize, otherwise: &'static str) -> Result<(), ValueError> {
        let count = u32::try_from(count).map_err(|_| ValueError::TooLong)?;
        self.expect(count, otherwise)
    }

    fn expect(&mut self, number: u32, otherwise: &'static str) -> Result<(), ValueError> {
        if self.varint()? == number { Ok(()) } else { Err(self.malformed(otherwise)) }
    }

    fn byte(&mut self) -> Result<u8, ValueError> {
        let byte = *self.bytes.get(self.at).ok_or(ValueError::Truncated)?;
        self.at += 1;
        Ok(byte)
    }

    fn take(&mut self, length: usize) -> Result<&'a [u8], ValueError> {
        let taken = self.bytes[self.at..].get(..length).ok_or(ValueError::Truncated)?;
        self.at += length;
        Ok(taken)
    }

    fn rest(&self) -> usize {
        self.bytes.len() - self.at
    }

    fn unknown(&self, tag: u8) -> ValueError {
        let offset = self.at - 1;
        match tag::UNSUPPORTED.iter().find(|(known, _)| *known == tag) {
            Some((_, what)) => ValueError::Unsupported { what, offset },
            None => ValueError::Malformed { what: "unknown tag", offset },
        }
    }

    fn malformed(&self, what: &'static str) -> ValueError {
        ValueError::Malformed { what, offset: self.at }
    }
}

impl View {
    /// Whether it lies in a buffer of this length, aligned to its elements.
    pub(super) fn check(&self, buffer_length: usize) -> Result<(), ValueError> {
        let element = self.kind.element_bytes();
        let aligned = self.byte_offset.is_multiple_of(element) && self.byte_length.is_multiple_of(element);
        let end = u64::from(self.byte_offset) + u64::from(self.byte_length);
        if aligned && end <= buffer_length as u64 { Ok(()) } else { Err(ValueError::ViewOutOfRange) }
    }
}
