//! Object ids: which 32 bytes a name stands for, and whether 32 bytes belong to a namespace.
//!
//! Two algorithms, both byte-exact: [`IdFactory`] is workerd's, used everywhere;
//! [`MiniflareIdFactory`] is Miniflare 2's, used by the drop-in for it alone.

#![expect(clippy::disallowed_methods, reason = "the one file that draws randomness")]

use std::fmt;
use std::hash::{Hash, Hasher};
use std::sync::Arc;

use hmac::{Hmac, KeyInit, Mac};
use sha2::{Digest, Sha256};

use crate::limits::{ID_BYTES, OBJECT_NAME_BYTES_MAX};
use crate::{Error, ErrorKind};

/// The id of an object within its namespace.
///
/// Equality and hash look at the 32 bytes only: an id made from a name equals the same id read back
/// from text, which knows no name.
#[derive(Clone)]
pub struct ObjectId {
    bytes: [u8; ID_BYTES],
    name: Option<Arc<str>>,
}

impl ObjectId {
    /// An id with these bytes, unchecked: for ids that were checked before they were stored.
    pub fn from_bytes(bytes: [u8; ID_BYTES], name: Option<Arc<str>>) -> Self {
        Self { bytes, name }
    }

    /// The 32 bytes.
    pub fn bytes(&self) -> &[u8; ID_BYTES] {
        &self.bytes
    }

    /// The name it was made from, when it was made from one.
    pub fn name(&self) -> Option<&str> {
        self.name.as_deref()
    }

    /// The id as the object itself sees it: without a name longer than 1024 bytes.
    pub fn seen_by_object(&self) -> Self {
        let name = self.name.clone().filter(|name| name.len() <= OBJECT_NAME_BYTES_MAX);
        Self { bytes: self.bytes, name }
    }
}

impl PartialEq for ObjectId {
    fn eq(&self, other: &Self) -> bool {
        self.bytes == other.bytes
    }
}

impl Eq for ObjectId {}

impl Hash for ObjectId {
    fn hash<H: Hasher>(&self, state: &mut H) {
        self.bytes.hash(state);
    }
}

/// 64 lower-case hex digits.
impl fmt::Display for ObjectId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let digits = to_hex(&self.bytes);
        f.write_str(std::str::from_utf8(&digits).expect("hex digits are ASCII"))
    }
}

impl fmt::Debug for ObjectId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "ObjectId({self}, name={:?})", self.name)
    }
}

/// Makes and checks the ids of one namespace, as workerd does.
///
/// An id is 16 base bytes and 16 bytes of a keyed hash over them, so that an id of another namespace
/// is recognised. Renaming the namespace's key changes every id.
///
/// ```
/// use steadfast::id::IdFactory;
///
/// let counters = IdFactory::new("my-worker-Counter");
/// let id = counters.from_name("test");
/// assert_eq!(id.to_string(), "a3dc827353d48b49e4ded997380fda1b6f099ab3ec6a7d7f3466afa035738517");
/// assert_eq!(counters.from_hex(&id.to_string())?, id);
/// # Ok::<(), steadfast::Error>(())
/// ```
#[derive(Clone)]
pub struct IdFactory {
    keyed: Hmac<Sha256>,
}

impl IdFactory {
    /// Ids of the namespace with this unique key: `<worker name>-<ClassName>` under wrangler.
    pub fn new(unique_key: &str) -> Self {
        let key = Sha256::digest(unique_key.as_bytes());
        Self { keyed: Hmac::new_from_slice(&key).expect("a keyed hash takes a key of any length") }
    }

    /// The id a name stands for. Every name is allowed, also the empty one.
    pub fn from_name(&self, name: &str) -> ObjectId {
        let mut id = self.from_base(self.mac(name.as_bytes()));
        id.name = Some(name.into());
        id
    }

    /// A new id that equals no other.
    ///
    /// # Errors
    /// `Internal` if the system has no randomness to give.
    pub fn unique(&self) -> Result<ObjectId, Error> {
        let mut base = [0; BASE_BYTES];
        fill_random(&mut base)?;
        Ok(self.from_base(base))
    }

    /// The id with these base bytes; [`unique`](Self::unique) with the randomness as an argument.
    pub fn from_base(&self, base: [u8; BASE_BYTES]) -> ObjectId {
        let mut bytes = [0; ID_BYTES];
        bytes[..BASE_BYTES].copy_from_slice(&base);
        bytes[BASE_BYTES..].copy_from_slice(&self.mac(&base));
        ObjectId { bytes, name: None }
    }

    /// Reads an id back from 64 hex digits of either case. Its name is unknown.
    ///
    /// # Errors
    /// `Invalid` if it is not 64 hex digits, or not an id of this namespace.
    pub fn from_hex(&self, text: &str) -> Result<ObjectId, Error> {
        let bytes = parse_hex(text.as_bytes()).ok_or_else(|| {
            Error::new(ErrorKind::Invalid, "Invalid Durable Object ID: must be 64 hex digits")
        })?;
        let (base, mac) = bytes.split_at(BASE_BYTES);
        if self.mac(base) != mac {
            return Err(Error::new(ErrorKind::Invalid, "Durable Object ID is not valid for this namespace."));
        }
        Ok(ObjectId { bytes, name: None })
    }

    fn mac(&self, input: &[u8]) -> [u8; BASE_BYTES] {
        let mut keyed = self.keyed.clone();
        keyed.update(input);
        let full = keyed.finalize().into_bytes();
        let mut half = [0; BASE_BYTES];
        half.copy_from_slice(&full[..BASE_BYTES]);
        half
    }
}

impl fmt::Debug for IdFactory {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("IdFactory")
    }
}

/// Makes and checks the ids of one namespace, as Miniflare 2 did.
#[derive(Clone, Debug)]
pub struct MiniflareIdFactory {
    object_name: Box<str>,
    suffix: [u8; SUFFIX_BYTES],
}

impl MiniflareIdFactory {
    /// Ids of the namespace bound as `object_name` (the binding's name, not the class's).
    pub fn new(object_name: &str) -> Self {
        let mut suffix = [0; SUFFIX_BYTES];
        suffix.copy_from_slice(&Sha256::digest(object_name.as_bytes())[..SUFFIX_BYTES]);
        Self { object_name: object_name.into(), suffix }
    }

    /// The id a name stands for.
    pub fn from_name(&self, name: &str) -> ObjectId {
        let hash = Sha256::new().chain_update(self.object_name.as_bytes()).chain_update(name.as_bytes());
        let mut bytes: [u8; ID_BYTES] = hash.finalize().into();
        bytes[0] |= NAMED_BIT;
        bytes[ID_BYTES - SUFFIX_BYTES..].copy_from_slice(&self.suffix);
        ObjectId { bytes, name: Some(name.into()) }
    }

    /// A new id that equals no other and sorts by the time it was made.
    ///
    /// # Errors
    /// `Internal` if the system has no randomness to give.
    pub fn unique(&self, now_ms: u64) -> Result<ObjectId, Error> {
        let mut random = [0; MINIFLARE_RANDOM_BYTES];
        fill_random(&mut random)?;
        Ok(self.from_base(now_ms, random))
    }

    /// [`unique`](Self::unique) with the randomness as an argument.
    pub fn from_base(&self, now_ms: u64, random: [u8; MINIFLARE_RANDOM_BYTES]) -> ObjectId {
        let mut bytes = [0; ID_BYTES];
        bytes[1..9].copy_from_slice(&now_ms.to_be_bytes());
        bytes[9..ID_BYTES - SUFFIX_BYTES].copy_from_slice(&random);
        bytes[ID_BYTES - SUFFIX_BYTES..].copy_from_slice(&self.suffix);
        ObjectId { bytes, name: None }
    }

    /// Reads an id back from 64 hex digits. The suffix is compared before lower-casing, as Miniflare
    /// does, so most upper-case ids are refused.
    ///
    /// # Errors
    /// `Invalid` if it is not 64 hex digits, or made for another class.
    pub fn from_hex(&self, text: &str) -> Result<ObjectId, Error> {
        let bytes = parse_hex(text.as_bytes()).ok_or_else(|| {
            Error::new(
                ErrorKind::Invalid,
                "Invalid Durable Object ID. Durable Object IDs must be 64 hex digits.",
            )
        })?;
        let lower_case = to_hex(&bytes);
        let suffix_at = 2 * (ID_BYTES - SUFFIX_BYTES);
        if text.as_bytes()[suffix_at..] != lower_case[suffix_at..] || !self.owns(&bytes) {
            return Err(Error::new(
                ErrorKind::Invalid,
                "Invalid Durable Object ID. The ID does not match this Durable Object class.",
            ));
        }
        Ok(ObjectId { bytes, name: None })
    }

    /// Checks an id given to `get`.
    ///
    /// # Errors
    /// `Invalid` if it was made for another class.
    pub fn check(&self, id: &ObjectId) -> Result<(), Error> {
        if self.owns(&id.bytes) {
            return Ok(());
        }
        Err(Error::new(ErrorKind::Invalid, "ID is not for this Durable Object class."))
    }

    /// Checks a jurisdiction given to `call`, which is `newUniqueId` or `jurisdiction`. Those
    /// Miniflare knows have no effect.
    ///
    /// # Errors
    /// `Invalid` for any other.
    pub fn check_jurisdiction(call: &str, jurisdiction: Option<&str>) -> Result<(), Error> {
        match jurisdiction {
            None | Some("eu" | "fedramp") => Ok(()),
            Some(other) => Err(Error::new(
                ErrorKind::Invalid,
                format!("{call} called with an unsupported jurisdiction: \"{other}\""),
            )),
        }
    }

    fn owns(&self, bytes: &[u8; ID_BYTES]) -> bool {
        bytes[ID_BYTES - SUFFIX_BYTES..] == self.suffix
    }
}

/// The error of workerd for every jurisdiction that is not absent.
pub fn jurisdiction_unsupported() -> Error {
    Error::new(ErrorKind::Unsupported, "Jurisdiction restrictions are not implemented in workerd.")
}

/// Bytes of an id that are free; the rest is their keyed hash.
pub const BASE_BYTES: usize = ID_BYTES / 2;
/// Random bytes of a unique Miniflare 2 id.
pub const MINIFLARE_RANDOM_BYTES: usize = ID_BYTES - 1 - 8 - SUFFIX_BYTES;
/// Bytes of a Miniflare 2 id that name its class.
const SUFFIX_BYTES: usize = 8;
/// Set in the first byte of a Miniflare 2 id made from a name.
const NAMED_BIT: u8 = 0x80;

/// A number from 0 to 1 of the system's randomness; one half where it gives none.
pub(crate) fn random_fraction() -> f64 {
    let mut bytes = [0; size_of::<u32>()];
    match fill_random(&mut bytes) {
        Ok(()) => f64::from(u32::from_le_bytes(bytes)) / f64::from(u32::MAX),
        Err(_) => 0.5,
    }
}

fn fill_random(into: &mut [u8]) -> Result<(), Error> {
    getrandom::fill(into)
        .map_err(|source| Error::with_source(ErrorKind::Internal, "the system gives no randomness", source))
}

fn to_hex(bytes: &[u8; ID_BYTES]) -> [u8; 2 * ID_BYTES] {
    let mut digits = [0; 2 * ID_BYTES];
    for (pair, byte) in digits.chunks_exact_mut(2).zip(bytes) {
        pair[0] = HEX_DIGITS[usize::from(byte >> 4)];
        pair[1] = HEX_DIGITS[usize::from(byte & 15)];
    }
    digits
}

fn parse_hex(text: &[u8]) -> Option<[u8; ID_BYTES]> {
    if text.len() != 2 * ID_BYTES {
        return None;
    }
    let mut bytes = [0; ID_BYTES];
    for (byte, pair) in bytes.iter_mut().zip(text.chunks_exact(2)) {
        *byte = hex_digit(pair[0])? << 4 | hex_digit(pair[1])?;
    }
    Some(bytes)
}

fn hex_digit(digit: u8) -> Option<u8> {
    char::from(digit).to_digit(16).map(|value| value as u8)
}

const HEX_DIGITS: &[u8; 16] = b"0123456789abcdef";

#[cfg(test)]
mod tests {
    use super::*;

    fn sequence<const N: usize>() -> [u8; N] {
        std::array::from_fn(|i| i as u8)
    }

    #[test]
    fn workerd_vectors() {
        let vectors = [
            ("mykey", "name", "3652ef6221834806dc8df802d1d216e27b7d07e0a6b7adf6cfdaeec90f06459a"),
            ("mykey", "http://foo/", "59002eb8cf872e541722977a258a12d6a93bbe8192b502e1c0cb250aa91af234"),
            ("my-worker-Counter", "test", "a3dc827353d48b49e4ded997380fda1b6f099ab3ec6a7d7f3466afa035738517"),
            ("my-worker-Counter", "", "385054d1a4b25061f24068b3076966a0cd22da0f7f126522b60b10de5bab35a9"),
            ("my-worker-Counter", "é😀", "0d75ee0b305e581a79e4980dcc914f80a306fbeaee8b5d26bf25ab0c679e4b82"),
            ("-Counter", "test", "5e3c51201cb3d438c644944a90158eb8e323c0a6d988e8885d87ca0a18b825fe"),
        ];
        for (key, name, expected) in vectors {
            let id = IdFactory::new(key).from_name(name);
            assert_eq!(id.to_string(), expected, "{key} {name}");
            assert_eq!(id.name(), Some(name));
        }
        assert_eq!(
            IdFactory::new("my-worker-Counter").from_base(sequence()).to_string(),
            "000102030405060708090a0b0c0d0e0f2d67da4548a301a295bc21a1cd80495c"
        );
    }

    #[test]
    fn workerd_reads_back_either_case_without_a_name() {
        let ids = IdFactory::new("my-worker-Counter");
        let id = ids.from_name("test");
        for text in [id.to_string(), id.to_string().to_uppercase()] {
            let read = ids.from_hex(&text).unwrap();
            assert_eq!(read, id);
            assert_eq!(read.name(), None);
        }
    }

    #[test]
    fn workerd_refuses_what_is_not_hex_or_not_its_own() {
        let ids = IdFactory::new("my-worker-Counter");
        let good = ids.from_name("test").to_string();
        for text in ["", "abc", &good[1..], &format!("{good}0"), &good.replace('a', "g"), &"é".repeat(32)] {
            let error = ids.from_hex(text).unwrap_err();
            assert_eq!(error.kind(), ErrorKind::Invalid);
            assert_eq!(error.message(), "Invalid Durable Object ID: must be 64 hex digits");
        }
        for bit in 0..256 {
            let mut bytes = *ids.from_name("test").bytes();
            bytes[bit / 8] ^= 1 << (bit % 8);
            let error = ids.from_hex(&ObjectId::from_bytes(bytes, None).to_string()).unwrap_err();
            assert_eq!(error.message(), "Durable Object ID is not valid for this namespace.");
        }
        assert!(IdFactory::new("other").from_hex(&good).is_err());
    }

    #[test]
    fn unique_ids_differ_have_no_name_and_are_valid() {
        let ids = IdFactory::new("my-worker-Counter");
        let (one, two) = (ids.unique().unwrap(), ids.unique().unwrap());
        assert_ne!(one, two);
        assert_eq!(one.name(), None);
        assert_eq!(ids.from_hex(&one.to_string()).unwrap(), one);
    }

    #[test]
    fn objects_do_not_see_names_over_the_limit() {
        let ids = IdFactory::new("k");
        let (fits, long) = ("n".repeat(OBJECT_NAME_BYTES_MAX), "n".repeat(OBJECT_NAME_BYTES_MAX + 1));
        assert_eq!(ids.from_name(&fits).seen_by_object().name(), Some(&*fits));
        let id = ids.from_name(&long);
        assert_eq!(id.name(), Some(&*long));
        assert_eq!(id.seen_by_object().name(), None);
        assert_eq!(id.seen_by_object(), id);
    }

    #[test]
    fn miniflare_vectors() {
        let vectors = [
            ("TEST", "test", "a856dbbd5109f5217920084de35ee0a24072ca790341ed4e94ee059335e587e5"),
            ("TEST", "", "94ee059335e587e501cc4bf90613e0814f00a7b08bc7c64894ee059335e587e5"),
            ("COUNTER", "é😀", "bbce53a02d8b159078dfea4146f5a7b6c425ce2a846611d36075e2f903ff62b7"),
        ];
        for (object_name, name, expected) in vectors {
            assert_eq!(MiniflareIdFactory::new(object_name).from_name(name).to_string(), expected);
        }
        assert_eq!(
            MiniflareIdFactory::new("TEST").from_base(1_700_000_000_000, sequence()).to_string(),
            "000000018bcfe56800000102030405060708090a0b0c0d0e94ee059335e587e5"
        );
    }

    #[test]
    fn miniflare_compares_the_suffix_before_lower_casing() {
        let ids = MiniflareIdFactory::new("TEST");
        let text = ids.from_name("test").to_string();
        assert_eq!(ids.from_hex(&text).unwrap().to_string(), text);
        let (head, suffix) = text.split_at(48);
        let mixed = format!("{}{suffix}", head.to_uppercase());
        assert_eq!(ids.from_hex(&mixed).unwrap().to_string(), text);
        let error = ids.from_hex(&text.to_uppercase()).unwrap_err();
        assert_eq!(
            error.message(),
            "Invalid Durable Object ID. The ID does not match this Durable Object class."
        );
        let error = ids.from_hex("abc").unwrap_err();
        assert_eq!(error.message(), "Invalid Durable Object ID. Durable Object IDs must be 64 hex digits.");
    }

    #[test]
    fn miniflare_checks_ids_and_jurisdictions() {
        let (ids, others) = (MiniflareIdFactory::new("TEST"), MiniflareIdFactory::new("OTHER"));
        ids.check(&ids.unique(7).unwrap()).unwrap();
        let error = ids.check(&others.from_name("test")).unwrap_err();
        assert_eq!(error.message(), "ID is not for this Durable Object class.");
        for known in [None, Some("eu"), Some("fedramp")] {
            MiniflareIdFactory::check_jurisdiction("newUniqueId", known).unwrap();
        }
        let error = MiniflareIdFactory::check_jurisdiction("newUniqueId", Some("x")).unwrap_err();
        assert_eq!(error.message(), "newUniqueId called with an unsupported jurisdiction: \"x\"");
    }
}
