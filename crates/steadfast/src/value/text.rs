use std::borrow::Cow;
use std::fmt;

/// A JavaScript string: nearly always valid Unicode, but able to hold half of a surrogate pair.
#[derive(Clone, PartialEq, Eq, Hash)]
pub struct Text(Repr);

#[derive(Clone, PartialEq, Eq, Hash)]
enum Repr {
    Unicode(String),
    /// Never valid UTF-16, so that equal strings have one form.
    Broken(Vec<u16>),
}

impl Text {
    /// The string of these UTF-16 code units.
    #[must_use]
    pub fn from_utf16(units: Vec<u16>) -> Self {
        match String::from_utf16(&units) {
            Ok(text) => Self(Repr::Unicode(text)),
            Err(_) => Self(Repr::Broken(units)),
        }
    }

    /// The text, unless it holds half of a surrogate pair.
    #[must_use]
    pub fn as_str(&self) -> Option<&str> {
        if let Repr::Unicode(text) = &self.0 { Some(text) } else { None }
    }

    /// The text, with U+FFFD for each half of a surrogate pair.
    #[must_use]
    pub fn to_lossy(&self) -> Cow<'_, str> {
        match &self.0 {
            Repr::Unicode(text) => Cow::Borrowed(text),
            Repr::Broken(units) => Cow::Owned(String::from_utf16_lossy(units)),
        }
    }

    /// The bytes, if every code unit fits in one.
    pub(super) fn latin1(&self) -> Option<Vec<u8>> {
        match &self.0 {
            Repr::Unicode(text) if text.is_ascii() => Some(text.as_bytes().to_vec()),
            Repr::Unicode(text) => text.chars().map(|c| u8::try_from(u32::from(c)).ok()).collect(),
            Repr::Broken(_) => None,
        }
    }

    pub(super) fn utf16(&self) -> Vec<u16> {
        match &self.0 {
            Repr::Unicode(text) => text.encode_utf16().collect(),
            Repr::Broken(units) => units.clone(),
        }
    }

    /// The text as Rust owns it, unless it holds half of a surrogate pair.
    pub(super) fn into_string(self) -> Option<String> {
        if let Repr::Unicode(text) = self.0 { Some(text) } else { None }
    }
}

impl From<&str> for Text {
    fn from(text: &str) -> Self {
        Self(Repr::Unicode(text.to_owned()))
    }
}

impl From<String> for Text {
    fn from(text: String) -> Self {
        Self(Repr::Unicode(text))
    }
}

impl fmt::Debug for Text {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.to_lossy().fmt(f)
    }
}
