//! Random trees survive a round trip; random bytes are refused or stable.

use std::collections::BTreeMap;

use bytes::Bytes;
use proptest::prelude::*;

use super::super::*;

fn any_text() -> impl Strategy<Value = Text> {
    prop_oneof![
        "[a-z]{0,6}".prop_map(Text::from),
        "[à-ÿ]{0,4}".prop_map(Text::from),
        "\\PC{0,4}".prop_map(Text::from),
        prop::collection::vec(any::<u16>(), 0..4).prop_map(Text::from_utf16),
    ]
}

fn any_bigint() -> impl Strategy<Value = BigInt> {
    (any::<bool>(), prop::collection::vec(any::<u64>(), 0..4))
        .prop_map(|(sign, digits)| BigInt::new(sign, digits))
}

fn any_number() -> impl Strategy<Value = f64> {
    prop_oneof![
        any::<i32>().prop_map(f64::from),
        any::<f64>().prop_filter("NaN is not equal to itself", |number| !number.is_nan()),
        Just(-0.0),
        Just(f64::INFINITY),
    ]
}

fn any_view() -> impl Strategy<Value = Value> {
    let kinds = tag::VIEWS.map(|(_, kind)| kind).to_vec();
    (prop::sample::select(kinds), prop::collection::vec(any::<u8>(), 0..33), any::<(u8, u8)>()).prop_map(
        |(kind, bytes, (offset, length))| {
            let element = kind.element_bytes();
            let elements = bytes.len() as u32 / element;
            let first = u32::from(offset) % (elements + 1);
            let count = u32::from(length) % (elements - first + 1);
            let (byte_offset, byte_length) = (first * element, count * element);
            Value::View(View { kind, buffer: Backing::Own(bytes.into()), byte_offset, byte_length })
        },
    )
}

fn any_leaf() -> impl Strategy<Value = Value> {
    prop_oneof![
        Just(Value::Undefined),
        Just(Value::Null),
        any::<bool>().prop_map(Value::from),
        any_number().prop_map(Value::from),
        any_bigint().prop_map(Value::from),
        any_text().prop_map(Value::from),
        any::<i32>().prop_map(|ms| Value::Date(f64::from(ms))),
        prop::collection::vec(any::<u8>(), 0..9).prop_map(|bytes| Value::ArrayBuffer(Bytes::from(bytes))),
        any_view(),
        any_number().prop_map(|number| Value::Boxed(Boxed::Number(number))),
        any_text().prop_map(|text| Value::Boxed(Boxed::String(text))),
        any_bigint().prop_map(|bigint| Value::Boxed(Boxed::BigInt(bigint))),
        any::<bool>().prop_map(|value| Value::Boxed(Boxed::Bool(value))),
    ]
}

/// Properties in the order JavaScript keeps them: indices first.
fn properties(indices: BTreeMap<u32, Value>, names: BTreeMap<String, Value>) -> Object {
    let indices = indices.into_iter().map(|(index, value)| (PropertyKey::Index(index), value));
    let names = names.into_iter().map(|(name, value)| (PropertyKey::Name(name.into()), value));
    indices.chain(names).collect()
}

pub(super) fn any_value() -> impl Strategy<Value = Value> {
    any_leaf().prop_recursive(4, 40, 6, |inner| {
        let names = || prop::collection::btree_map("[a-zé😀]{1,4}", inner.clone(), 0..4);
        let indices = || prop::collection::btree_map(0u32..9, inner.clone(), 0..3);
        let elements = || prop::collection::vec(inner.clone(), 0..5);
        let entries = prop::collection::btree_map(any::<i32>(), inner.clone(), 0..4);
        prop_oneof![
            (indices(), names()).prop_map(|(i, n)| Value::Object(properties(i, n))),
            (elements(), names()).prop_map(|(elements, n)| {
                Value::Array(Array { elements, properties: properties(BTreeMap::new(), n) })
            }),
            (indices(), names()).prop_map(|(i, n)| {
                Value::SparseArray(SparseArray { length: 9, properties: properties(i, n) })
            }),
            entries.prop_map(|entries| {
                Value::Map(entries.into_iter().map(|(key, value)| (Value::from(key), value)).collect())
            }),
            prop::collection::btree_set(any::<i32>(), 0..4)
                .prop_map(|entries| { Value::Set(entries.into_iter().map(Value::from).collect()) }),
            (any_text(), prop::option::of(inner.clone()), prop::sample::select(tag::ERRORS.to_vec()))
                .prop_map(|(message, cause, (_, kind))| {
                    let (message, stack) = (Some(message), Some("at work".into()));
                    Value::Error(Box::new(ErrorValue { kind, message, cause, stack }))
                }),
        ]
    })
}

proptest! {
    #[test]
    fn what_is_written_is_read_back(value in any_value()) {
        let bytes = value.encode().expect("a tree without references");
        prop_assert_eq!(Value::decode(&bytes), Ok(value));
    }

    #[test]
    fn random_bytes_never_panic(bytes in prop::collection::vec(any::<u8>(), 0..64)) {
        fuzz_decode(&bytes);
        fuzz_decode(&[&[0xff, 15], &bytes[..]].concat());
    }

    #[test]
    fn random_tags_never_panic(bytes in prop::collection::vec(prop::sample::select(
        b"\x00\x01\x02\x03?-_0TFIUNZS\"c^o{a@A$DyxnzsR;:',BVrmcs.bWdDhF".to_vec()), 0..64)) {
        fuzz_decode(&bytes);
    }

    #[test]
    fn one_flipped_bit_never_panics(value in any_value(), at in any::<prop::sample::Index>(), bit in 0u32..8) {
        let mut bytes = value.encode().expect("a tree without references").to_vec();
        let at = at.index(bytes.len());
        bytes[at] ^= 1u8 << bit;
        fuzz_decode(&bytes);
    }
}
