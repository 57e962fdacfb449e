//! The codec against bytes that workerd and Node wrote, and against random trees and bytes.

mod node;
mod random;

use bytes::Bytes;

use super::*;

fn hex(text: &str) -> Vec<u8> {
    let digits: Vec<u8> = text
        .bytes()
        .filter(u8::is_ascii_hexdigit)
        .map(|digit| (digit as char).to_digit(16).unwrap() as u8)
        .collect();
    digits.chunks(2).map(|pair| pair[0] << 4 | pair[1]).collect()
}

fn object<const N: usize>(properties: [(&str, Value); N]) -> Object {
    properties.into_iter().collect()
}

fn number(number: i32) -> Value {
    Value::from(number)
}

/// The table of the format as workerd stores it: bytes, and the value they are.
fn table() -> Vec<(&'static str, Value)> {
    let view = |bytes: &'static [u8], byte_offset, byte_length| {
        Value::View(View {
            kind: ViewKind::Uint8Array,
            buffer: Backing::Own(Bytes::from_static(bytes)),
            byte_offset,
            byte_length,
        })
    };
    let sparse = SparseArray { length: 2, properties: object([("1", number(1))]) };
    vec![
        ("ff0f 4902", number(1)),
        ("ff0f 4901", number(-1)),
        ("ff0f 4e 000000000000f83f", Value::from(1.5)),
        ("ff0f 54", Value::from(true)),
        ("ff0f 46", Value::from(false)),
        ("ff0f 30", Value::Null),
        ("ff0f 5f", Value::Undefined),
        ("ff0f 5a 10 0a00000000000000", BigInt::from(10i64).into()),
        ("ff0f 44 0000000000000000", Value::Date(0.0)),
        ("ff0f 42 02 0000", Value::ArrayBuffer(Bytes::from_static(&[0, 0]))),
        ("ff0f 42 02 0102 56 42 00 02 00", view(&[1, 2], 0, 2)),
        ("ff0f 42 04 09080706 56 42 01 01 00", view(&[9, 8, 7, 6], 1, 1)),
        ("ff0f 22 03 616263", "abc".into()),
        ("ff0f 22 01 e9", "é".into()),
        ("ff0f 63 04 3dd800de", "😀".into()),
        ("ff0f 6f 220161 4902 7b 01", object([("a", number(1))]).into()),
        ("ff0f 41 02 4902 4904 24 00 02", [1, 2].into_iter().collect()),
        ("ff0f 3b 22016b 4902 3a 02", Value::Map(vec![("k".into(), number(1))])),
        ("ff0f 27 4902 2c 01", Value::Set(vec![number(1)])),
        ("ff0f 52 220161 01", Value::RegExp(RegExp { pattern: "a".into(), flags: 1 })),
        ("ff0f 61 02 4902 4902 40 01 02", Value::SparseArray(sparse)),
    ]
}

#[test]
fn the_table_reads_and_writes_both_ways() {
    for (bytes, value) in table() {
        assert_eq!(Value::decode(&hex(bytes)), Ok(value.clone()), "{bytes}");
        assert_eq!(value.encode(), Ok(Bytes::from(hex(bytes))), "{value:?}");
    }
}

#[test]
fn a_value_without_a_header_is_of_version_13() {
    assert_eq!(Value::decode(&hex("6f 220161 4902 7b 01")), Ok(object([("a", number(1))]).into()));
    let view = Value::decode(&hex("42 02 0102 56 42 00 02")).expect("views have no flags yet");
    assert_eq!(Value::decode(&hex("ff0d 42 02 0102 56 42 00 02")).as_ref(), Ok(&view));
    assert_eq!(Value::decode(&hex("ff0e 42 02 0102 56 42 00 02 00")).as_ref(), Ok(&view));
    assert_eq!(Bytes::try_from(view), Ok(Bytes::from_static(&[1, 2])));
}

#[test]
fn an_array_without_holes_is_one_in_either_form() {
    let read = |bytes: &str| Value::decode(&hex(bytes)).expect(bytes);
    let dense = [1, 2].into_iter().collect::<Value>();
    assert_eq!(read("ff0f 61 02 4900 4902 4902 4904 40 02 02"), dense);
    assert_eq!(read("ff0f 41 02 4902 4904 24 00 02"), dense);
    let hole = SparseArray { length: 2, properties: object([("1", number(1))]) };
    assert_eq!(read("ff0f 41 02 2d 4902 24 00 02"), Value::SparseArray(hole));
}

#[test]
fn shared_objects_and_cycles_keep_their_shape() {
    let cycle = "ff0f 6f 2204 73656c66 5e00 7b 01";
    let value = Value::decode(&hex(cycle)).expect("an object that contains itself");
    assert_eq!(value, object([("self", Value::Reference(0))]).into());
    assert_eq!(value.encode().expect("encode"), hex(cycle));

    let two_views = "ff0f 41 02 42 02 0102 56 42 00 01 00 5e 01 56 42 01 01 00 24 00 02";
    let value = Value::decode(&hex(two_views)).expect("two views of one buffer");
    let Value::View(second) = &value.as_array().expect("an array")[1] else { panic!("not a view") };
    assert_eq!((&second.buffer, second.byte_offset), (&Backing::Shared(1), 1));
    assert_eq!(value.encode().expect("encode"), hex(two_views));
}

#[test]
fn what_breaks_the_format_is_refused_by_name() {
    let refusal = |bytes: &str| Value::decode(&hex(bytes)).expect_err(bytes).to_string();
    assert_eq!(refusal(""), "stored value is cut off");
    assert_eq!(refusal("ff"), "stored value is cut off");
    assert_eq!(refusal("ff10 30"), "stored value has an unknown format version: version=16");
    assert_eq!(refusal("ff0c 30"), "stored value has an unknown format version: version=12");
    assert_eq!(refusal("ff0f"), "stored value is cut off");
    assert_eq!(refusal("ff0f 22 05 61"), "stored value is cut off");
    assert_eq!(refusal("ff0f 41 ffffffff0f"), "stored value is cut off");
    assert_eq!(refusal("ff0f 22 ffffffff1f"), "stored value is malformed, a number over 32 bits: offset=8");
    assert_eq!(refusal("ff0f 30 30"), "stored value is malformed, bytes follow its end: offset=3");
    assert_eq!(refusal("ff0f 01"), "stored value is malformed, unknown tag: offset=2");
    assert_eq!(
        refusal("ff0f 6f 30 30 7b 01"),
        "stored value is malformed, a property name of another type: offset=4"
    );
    assert_eq!(
        refusal("ff0f 6f 220161 4902 7b 02"),
        "stored value is malformed, another number of properties: offset=10"
    );
    assert_eq!(refusal("ff0f 5e 00"), "value refers to an object that does not come before it: reference=0");
    assert_eq!(
        refusal("ff0f 5c 04 00"),
        "stored value holds a host object, which only JavaScript can read: offset=2"
    );
    assert_eq!(refusal("ff0f 42 02 0102 56 57 01 01 00"), "view is outside its buffer or not aligned");
    assert_eq!(refusal("ff0f 42 02 0102 56 42 01 02 00"), "view is outside its buffer or not aligned");
}

#[test]
fn depth_is_bounded_both_ways() {
    let nested = |depth: usize| {
        let mut bytes = hex("ff0f");
        bytes.extend(b"A\x01".repeat(depth));
        bytes.push(b'0');
        bytes.extend(b"$\x00\x01".repeat(depth));
        Value::decode(&bytes)
    };
    let deepest = nested(crate::limits::VALUE_DEPTH_MAX - 1).expect("as deep as allowed");
    deepest.encode().expect("and writable");
    assert_eq!(nested(crate::limits::VALUE_DEPTH_MAX), Err(ValueError::TooDeep));
    assert_eq!(nested(1_000_000), Err(ValueError::TooDeep));
    let deeper = Value::from(vec![deepest]);
    assert_eq!(deeper.encode(), Err(ValueError::TooDeep));
}

#[test]
fn values_convert_to_the_types_they_are() {
    let counted = i64::try_from(number(3));
    assert_eq!(counted, Ok(3));
    assert_eq!(u64::try_from(Value::from(BigInt::from(u64::MAX))), Ok(u64::MAX));
    assert_eq!(i128::try_from(Value::from(BigInt::from(i128::MIN))), Ok(i128::MIN));
    assert_eq!(
        u32::try_from(number(-1)).expect_err("negative").to_string(),
        "value has another type: found=a number wanted=u32"
    );
    assert!(i32::try_from(Value::from(1.5)).is_err());
    assert_eq!(Value::try_from(1u64 << 53), Err(ValueError::UnsafeInteger));
    assert_eq!(Value::try_from((1i64 << 53) - 1), Ok(Value::from(9_007_199_254_740_991.0)));
    assert_eq!(String::try_from(Value::from("é")), Ok("é".to_owned()));
    assert!(String::try_from(Value::String(Text::from_utf16(vec![0xd800]))).is_err());
    let bytes = Value::try_from(Bytes::from_static(b"abc")).expect("three bytes");
    assert_eq!(Bytes::try_from(bytes), Ok(Bytes::from_static(b"abc")));
    assert_eq!(Value::from(None::<bool>), Value::Undefined);
}

#[test]
fn only_canonical_indices_are_indices() {
    for (name, index) in [("0", true), ("7", true), ("4294967294", true), ("4294967295", false)] {
        assert_eq!(matches!(PropertyKey::from(name), PropertyKey::Index(_)), index, "{name}");
    }
    for name in ["", "00", "01", "+1", "-1", "1.0", "1e3", " 1"] {
        assert_eq!(PropertyKey::from(name), PropertyKey::Name(name.into()), "{name}");
    }
}
