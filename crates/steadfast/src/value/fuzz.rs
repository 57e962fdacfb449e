use super::Value;

/// The body of a fuzz target: any bytes are refused, or are a value whose encoding is stable.
///
/// # Panics
/// When the codec is wrong.
pub fn fuzz_decode(bytes: &[u8]) {
    let Ok(value) = Value::decode(bytes) else { return };
    let encoded = value.encode().expect("what was decoded can be encoded");
    let again = Value::decode(&encoded).expect("what was encoded can be decoded");
    assert_eq!(again.encode().expect("and encoded again"), encoded, "of {bytes:02x?}");
}
