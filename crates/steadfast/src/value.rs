//! What JavaScript stores, as a Rust value.
//!
//! Storage keeps opaque bytes. JavaScript writes them in the serialisation format of V8, and
//! [`Value::decode`] and [`Value::encode`] speak that format, so both languages read each other's
//! data. Knows nothing of storage. Begin with [`Value`]; `decode` and `encode` are the format, and
//! `tests.rs` holds bytes that workerd and Node wrote.

mod bigint;
mod convert;
mod decode;
mod encode;
mod error;
#[cfg(feature = "testing")]
mod fuzz;
mod tag;
#[cfg(test)]
mod tests;
mod text;

use bytes::Bytes;

pub use bigint::BigInt;
pub use error::ValueError;
#[cfg(feature = "testing")]
pub use fuzz::fuzz_decode;
pub use text::Text;

/// A JavaScript value as structured clone sees it.
///
/// Objects that occur more than once, or contain themselves, occur once in the tree and as
/// [`Value::Reference`] from then on, so any graph survives a round trip unchanged.
///
/// ```
/// use steadfast::value::{Object, Value};
///
/// let mut user = Object::new();
/// user.insert("name", "Ada");
/// user.insert("logins", 3);
/// let bytes = Value::from(user).encode()?;
/// let read = Value::decode(&bytes)?;
/// assert_eq!(read.as_object().and_then(|user| user.get("logins")), Some(&Value::from(3)));
/// # Ok::<(), steadfast::value::ValueError>(())
/// ```
#[derive(Clone, Debug, PartialEq, Default)]
pub enum Value {
    /// `undefined`.
    #[default]
    Undefined,
    /// `null`.
    Null,
    /// `true` and `false`.
    Bool(bool),
    /// A number; written in the short form when it is a 32-bit integer.
    Number(f64),
    /// An integer of any size.
    BigInt(BigInt),
    /// A string.
    String(Text),
    /// A `Date`, in milliseconds since the Unix epoch; NaN when invalid.
    Date(f64),
    /// A regular expression.
    RegExp(RegExp),
    /// A plain object.
    Object(Object),
    /// An array without holes.
    Array(Array),
    /// An array with holes.
    SparseArray(SparseArray),
    /// A `Map`, in insertion order.
    Map(Vec<(Value, Value)>),
    /// A `Set`, in insertion order.
    Set(Vec<Value>),
    /// An `ArrayBuffer`.
    ArrayBuffer(Bytes),
    /// A typed array or a `DataView`.
    View(View),
    /// `new Boolean(…)` and its kind.
    Boxed(Boxed),
    /// An `Error`.
    Error(Box<ErrorValue>),
    /// An object met before, by its place in the order in which objects begin, from 0. A typed
    /// array comes right after the buffer it brings along.
    Reference(u32),
}

/// A regular expression.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct RegExp {
    /// The source, without slashes.
    pub pattern: Text,
    /// V8's flag bits: 1 `g`, 2 `i`, 4 `m`, 8 `y`, 16 `u`, 32 `s`, 128 `d`, 256 `v`.
    pub flags: u32,
}

/// The properties of an object, in order.
#[derive(Clone, Debug, PartialEq, Default)]
pub struct Object {
    properties: Vec<(PropertyKey, Value)>,
}

/// The name of a property.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum PropertyKey {
    /// An array index, below 2³² − 1; JavaScript keeps these as numbers.
    Index(u32),
    /// Any other name.
    Name(Text),
}

/// An array without holes.
#[derive(Clone, Debug, PartialEq, Default)]
pub struct Array {
    /// Its elements.
    pub elements: Vec<Value>,
    /// Properties besides the elements; nearly always none.
    pub properties: Object,
}

/// An array with holes.
#[derive(Clone, Debug, PartialEq, Default)]
pub struct SparseArray {
    /// Its `length`.
    pub length: u32,
    /// The elements that exist, and any other properties.
    pub properties: Object,
}

/// A window on an `ArrayBuffer`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct View {
    /// What its elements are.
    pub kind: ViewKind,
    /// The whole buffer under it.
    pub buffer: Backing,
    /// Where the window begins, in bytes; a multiple of the element size.
    pub byte_offset: u32,
    /// How long it is, in bytes; a multiple of the element size.
    pub byte_length: u32,
}

/// The buffer under a view.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Backing {
    /// Occurs here for the first time.
    Own(Bytes),
    /// Occurred before, with this number (see [`Value::Reference`]).
    Shared(u32),
}

/// The class of a view.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[allow(missing_docs, reason = "each is the JavaScript class of the same name")]
pub enum ViewKind {
    Int8Array,
    Uint8Array,
    Uint8ClampedArray,
    Int16Array,
    Uint16Array,
    Int32Array,
    Uint32Array,
    Float16Array,
    Float32Array,
    Float64Array,
    BigInt64Array,
    BigUint64Array,
    DataView,
}

/// A primitive in an object.
#[derive(Clone, Debug, PartialEq)]
pub enum Boxed {
    /// `new Boolean(…)`.
    Bool(bool),
    /// `new Number(…)`.
    Number(f64),
    /// `Object(1n)`.
    BigInt(BigInt),
    /// `new String(…)`.
    String(Text),
}

/// An `Error`, as V8 keeps it: own properties are not among what it keeps.
#[derive(Clone, Debug, PartialEq, Default)]
pub struct ErrorValue {
    /// Its class.
    pub kind: ErrorKind,
    /// Its `message`, when it has one.
    pub message: Option<Text>,
    /// Its `cause`, when it has one.
    pub cause: Option<Value>,
    /// Its `stack`, when it has one.
    pub stack: Option<Text>,
}

/// The class of an error.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Default)]
#[allow(missing_docs, reason = "each is the JavaScript class of the same name")]
pub enum ErrorKind {
    #[default]
    Error,
    EvalError,
    RangeError,
    ReferenceError,
    SyntaxError,
    TypeError,
    UriError,
}

impl Value {
    /// Reads what [`encode`](Self::encode), V8 or workerd wrote: format versions 13 to 15, or no
    /// header at all, which means 13.
    ///
    /// # Errors
    /// When the bytes are not such a value, nest deeper than [`limits::VALUE_DEPTH_MAX`], or hold
    /// what only JavaScript can (host objects, shared and resizable buffers). Never panics.
    ///
    /// [`limits::VALUE_DEPTH_MAX`]: crate::limits::VALUE_DEPTH_MAX
    pub fn decode(bytes: &[u8]) -> Result<Self, ValueError> {
        decode::decode(bytes)
    }

    /// The bytes workerd stores for this value: format version 15 with header.
    ///
    /// # Errors
    /// When a reference or a view points nowhere, something is longer than the format can say, or
    /// the tree is deeper than [`limits::VALUE_DEPTH_MAX`](crate::limits::VALUE_DEPTH_MAX).
    pub fn encode(&self) -> Result<Bytes, ValueError> {
        encode::encode(self)
    }

    /// The text of a string that is valid Unicode.
    #[must_use]
    pub fn as_str(&self) -> Option<&str> {
        if let Self::String(text) = self { text.as_str() } else { None }
    }

    /// The number, if it is one.
    #[must_use]
    pub fn as_f64(&self) -> Option<f64> {
        if let Self::Number(number) = self { Some(*number) } else { None }
    }

    /// The plain object, if it is one.
    #[must_use]
    pub fn as_object(&self) -> Option<&Object> {
        if let Self::Object(object) = self { Some(object) } else { None }
    }

    /// The elements of an array without holes.
    #[must_use]
    pub fn as_array(&self) -> Option<&[Value]> {
        if let Self::Array(array) = self { Some(&array.elements) } else { None }
    }

    /// What this is, in one or two words.
    pub(crate) fn kind(&self) -> &'static str {
        match self {
            Self::Undefined => "undefined",
            Self::Null => "null",
            Self::Bool(_) => "a boolean",
            Self::Number(_) => "a number",
            Self::BigInt(_) => "a bigint",
            Self::String(_) => "a string",
            Self::Date(_) => "a Date",
            Self::RegExp(_) => "a RegExp",
            Self::Object(_) => "an object",
            Self::Array(_) => "an array",
            Self::SparseArray(_) => "an array with holes",
            Self::Map(_) => "a Map",
            Self::Set(_) => "a Set",
            Self::ArrayBuffer(_) => "an ArrayBuffer",
            Self::View(_) => "a view of a buffer",
            Self::Boxed(_) => "a boxed primitive",
            Self::Error(_) => "an Error",
            Self::Reference(_) => "a reference",
        }
    }
}

impl Object {
    /// Without properties.
    #[must_use]
    pub fn new() -> Self {
        Self::default()
    }

    /// The value of a property.
    #[must_use]
    pub fn get(&self, name: impl Into<PropertyKey>) -> Option<&Value> {
        let wanted = name.into();
        self.properties.iter().find(|(key, _)| *key == wanted).map(|(_, value)| value)
    }

    /// Sets a property, in its old place if it exists, else at the end.
    pub fn insert(&mut self, name: impl Into<PropertyKey>, value: impl Into<Value>) {
        let (name, value) = (name.into(), value.into());
        match self.properties.iter_mut().find(|(key, _)| *key == name) {
            Some((_, old)) => *old = value,
            None => self.properties.push((name, value)),
        }
    }

    /// The properties, in order.
    pub fn iter(&self) -> std::slice::Iter<'_, (PropertyKey, Value)> {
        self.properties.iter()
    }

    /// How many properties there are.
    #[must_use]
    pub fn len(&self) -> usize {
        self.properties.len()
    }

    /// Whether there are none.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.properties.is_empty()
    }
}

impl From<&str> for PropertyKey {
    /// Canonical decimal array indices become [`PropertyKey::Index`], as in JavaScript.
    fn from(name: &str) -> Self {
        let canonical = name == "0" || !name.starts_with(['0', '+']);
        match name.parse() {
            Ok(index) if canonical && index < u32::MAX => Self::Index(index),
            _ => Self::Name(name.into()),
        }
    }
}

impl ViewKind {
    /// The size of one element, in bytes; 1 for a `DataView`.
    #[must_use]
    pub fn element_bytes(self) -> u32 {
        match self {
            Self::Int8Array | Self::Uint8Array | Self::Uint8ClampedArray | Self::DataView => 1,
            Self::Int16Array | Self::Uint16Array | Self::Float16Array => 2,
            Self::Int32Array | Self::Uint32Array | Self::Float32Array => 4,
            Self::Float64Array | Self::BigInt64Array | Self::BigUint64Array => 8,
        }
    }
}
