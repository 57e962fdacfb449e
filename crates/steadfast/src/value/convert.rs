//! Between values and the Rust types they most often are.

use bytes::Bytes;

use super::{Array, Backing, BigInt, Object, PropertyKey, Text, Value, ValueError, View, ViewKind};

/// The largest integer a number holds exactly, with all smaller ones: 2⁵³ − 1.
const SAFE_INTEGER_MAX: i128 = (1 << 53) - 1;

macro_rules! from {
    ($($type:ty: $value:ident => $into:expr;)*) => {$(
        impl From<$type> for Value {
            fn from($value: $type) -> Self {
                $into
            }
        }
    )*};
}

from! {
    (): _nothing => Self::Undefined;
    bool: value => Self::Bool(value);
    i32: value => Self::Number(f64::from(value));
    u32: value => Self::Number(f64::from(value));
    f64: value => Self::Number(value);
    BigInt: value => Self::BigInt(value);
    &str: value => Self::String(value.into());
    String: value => Self::String(value.into());
    Text: value => Self::String(value);
    Object: value => Self::Object(value);
    Vec<Value>: elements => Self::Array(Array { elements, properties: Object::new() });
}

/// `None` is `undefined`.
impl<T: Into<Value>> From<Option<T>> for Value {
    fn from(value: Option<T>) -> Self {
        value.map_or(Self::Undefined, Into::into)
    }
}

/// An array.
impl<T: Into<Value>> FromIterator<T> for Value {
    fn from_iter<I: IntoIterator<Item = T>>(elements: I) -> Self {
        elements.into_iter().map(Into::into).collect::<Vec<_>>().into()
    }
}

/// Later properties replace earlier ones of the same name.
impl<K: Into<PropertyKey>, V: Into<Value>> FromIterator<(K, V)> for Object {
    fn from_iter<I: IntoIterator<Item = (K, V)>>(properties: I) -> Self {
        let mut object = Self::new();
        for (name, value) in properties {
            object.insert(name, value);
        }
        object
    }
}

/// A `Uint8Array`.
///
/// # Errors
/// When the bytes are longer than the format can say.
impl TryFrom<Bytes> for Value {
    type Error = ValueError;

    fn try_from(bytes: Bytes) -> Result<Self, ValueError> {
        let byte_length = u32::try_from(bytes.len()).map_err(|_| ValueError::TooLong)?;
        let (kind, buffer) = (ViewKind::Uint8Array, Backing::Own(bytes));
        Ok(Self::View(View { kind, buffer, byte_offset: 0, byte_length }))
    }
}

macro_rules! wide_integers {
    ($($type:ty)*) => {$(
        /// A number.
        ///
        /// # Errors
        /// When it is beyond ±(2⁵³ − 1) and so would change.
        impl TryFrom<$type> for Value {
            type Error = ValueError;

            fn try_from(value: $type) -> Result<Self, ValueError> {
                if i128::try_from(value).is_ok_and(|wide| wide.abs() <= SAFE_INTEGER_MAX) {
                    Ok(Self::Number(value as f64))
                } else {
                    Err(ValueError::UnsafeInteger)
                }
            }
        }
    )*};
}

wide_integers!(i64 u64 usize);

macro_rules! to_integers {
    ($($type:ty)*) => {$(
        /// From a whole number or a bigint that fits.
        impl TryFrom<Value> for $type {
            type Error = ValueError;

            fn try_from(value: Value) -> Result<Self, ValueError> {
                let whole = value.to_i128().and_then(|whole| whole.try_into().ok());
                whole.ok_or(value.is_not(stringify!($type)))
            }
        }
    )*};
}

to_integers!(i32 u32 i64 u64 usize i128);

impl TryFrom<Value> for bool {
    type Error = ValueError;

    fn try_from(value: Value) -> Result<Self, ValueError> {
        if let Value::Bool(value) = value { Ok(value) } else { Err(value.is_not("a boolean")) }
    }
}

impl TryFrom<Value> for f64 {
    type Error = ValueError;

    fn try_from(value: Value) -> Result<Self, ValueError> {
        value.as_f64().ok_or_else(|| value.is_not("a number"))
    }
}

/// From a string of valid Unicode.
impl TryFrom<Value> for String {
    type Error = ValueError;

    fn try_from(value: Value) -> Result<Self, ValueError> {
        let refusal = value.is_not("a string of valid Unicode");
        if let Value::String(text) = value { text.into_string().ok_or(refusal) } else { Err(refusal) }
    }
}

impl TryFrom<Value> for Object {
    type Error = ValueError;

    fn try_from(value: Value) -> Result<Self, ValueError> {
        if let Value::Object(object) = value { Ok(object) } else { Err(value.is_not("an object")) }
    }
}

/// From an array without holes.
impl TryFrom<Value> for Vec<Value> {
    type Error = ValueError;

    fn try_from(value: Value) -> Result<Self, ValueError> {
        if let Value::Array(array) = value { Ok(array.elements) } else { Err(value.is_not("an array")) }
    }
}

/// From an `ArrayBuffer`, or the window of a view that brings its buffer along.
impl TryFrom<Value> for Bytes {
    type Error = ValueError;

    fn try_from(value: Value) -> Result<Self, ValueError> {
        match value {
            Value::ArrayBuffer(bytes) => Ok(bytes),
            Value::View(View { buffer: Backing::Own(bytes), byte_offset, byte_length, .. }) => {
                let start = byte_offset as usize;
                let end = start.checked_add(byte_length as usize).filter(|&end| end <= bytes.len());
                end.map(|end| bytes.slice(start..end)).ok_or(ValueError::ViewOutOfRange)
            }
            other => Err(other.is_not("bytes")),
        }
    }
}

impl Value {
    fn to_i128(&self) -> Option<i128> {
        match self {
            Self::Number(number) if number.fract() == 0.0 && number.abs() <= SAFE_INTEGER_MAX as f64 => {
                Some(*number as i128)
            }
            Self::BigInt(bigint) => bigint.to_i128(),
            _ => None,
        }
    }

    fn is_not(&self, wanted: &'static str) -> ValueError {
        ValueError::WrongType { found: self.kind(), wanted }
    }
}
