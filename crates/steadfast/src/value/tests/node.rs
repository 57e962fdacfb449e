//! The codec against the V8 of the Node that is installed.

use std::fmt::Write as _;
use std::io::Write as _;
use std::process::{Command, Stdio};

use proptest::prelude::*;
use proptest::strategy::ValueTree;
use proptest::test_runner::TestRunner;

use super::super::*;
use super::{hex, random};

/// Values as JavaScript expressions, one a line, each of which V8 must write as we do.
const EXPRESSIONS: &str = r#"
    undefined
    null
    true
    false
    0
    1
    -1
    2147483647
    -2147483648
    2147483648
    4294967295
    -0
    NaN
    Infinity
    -Infinity
    1.5
    5e-324
    1e300
    10n
    -10n
    0n
    2n**64n
    -(2n**64n) - 1n
    2n**200n
    ""
    "abc"
    "é"
    "😀"
    "\ud800"
    "\0"
    "\uffff"
    "a".repeat(200)
    "😀".repeat(64)
    new Date(0)
    new Date(NaN)
    new Date(-1.5e12)
    /a/g
    /[é😀]/dgimsuy
    /(?:)/
    {}
    {a: 1}
    {b: 1, a: 2, 1: 3, 0: 4}
    {4294967294: 1, 4294967295: 2}
    {"é": "😀"}
    {a: undefined}
    []
    [1, 2]
    [1.5, null, "x"]
    [, 1]
    [1, , 3]
    new Array(5)
    Object.assign([1], {x: 2})
    [[], [[]], {}]
    new Map()
    new Map([["k", 1], [{}, []]])
    new Set()
    new Set([1, "a", null])
    new ArrayBuffer(0)
    new ArrayBuffer(3)
    new Uint8Array([1, 2, 3])
    new Int8Array([-1])
    new Uint8ClampedArray([255])
    new Int16Array([1, 2])
    new Uint16Array([1, 2])
    new Int32Array([1])
    new Uint32Array([1])
    new Float32Array([1.5])
    new Float64Array([1.5, -0])
    new BigInt64Array([-1n])
    new BigUint64Array([1n])
    new DataView(new ArrayBuffer(4), 1, 2)
    new Uint8Array(new Uint8Array([1, 2, 3, 4]).buffer, 1, 2)
    Object(true)
    Object(false)
    Object(1)
    Object(1n)
    Object("é")
    Object("😀")
    (() => { const o = {}; o.self = o; return o })()
    (() => { const o = {}; return [o, o, [o]] })()
    (() => { const m = new Map(); m.set(m, [m]); return m })()
    (() => { const b = new ArrayBuffer(8); return [new Uint8Array(b, 1, 2), b, new Uint32Array(b)] })()
    (() => { const v = new Uint8Array(2); return [v, v, v.buffer] })()
    (() => { const e = new TypeError("m"); e.stack = "s"; return [e, e] })()
    (() => { const e = new Error(); e.stack = undefined; return e })()
    (() => { const e = new RangeError("😀"); e.stack = "at x"; return {e} })()
"#;

/// Runs a script with `encode(value) -> hex` and `decode(hex) -> value` and gives back its lines.
fn node(script: &str, input: &str) -> Vec<String> {
    const PRELUDE: &str = r#"
        const v8 = require("node:v8");
        const encode = (value) => {
            const serializer = new v8.Serializer();
            serializer.writeHeader();
            serializer.writeValue(value);
            return serializer.releaseBuffer().toString("hex");
        };
        const decode = (text) => {
            const deserializer = new v8.Deserializer(Buffer.from(text, "hex"));
            deserializer.readHeader();
            return deserializer.readValue();
        };
        const input = require("node:fs").readFileSync(0, "utf8");
    "#;
    let mut child = Command::new("node")
        .args(["-e", &format!("{PRELUDE}{script}")])
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .spawn()
        .expect("node is installed");
    child.stdin.take().expect("piped").write_all(input.as_bytes()).expect("node reads its input");
    let output = child.wait_with_output().expect("node ends");
    assert!(output.status.success(), "node failed");
    let text = String::from_utf8(output.stdout).expect("hex digits");
    text.lines().map(str::to_owned).collect()
}

#[test]
fn we_read_and_write_what_v8_writes() {
    let script = r#"
        for (const line of input.trim().split("\n")) {
            const expression = line.trim();
            console.log(encode((0, eval)(`(${expression})`)) + " " + expression);
        }
    "#;
    let lines = node(script, EXPRESSIONS);
    assert!(lines.len() > 80, "only {} expressions", lines.len());
    for line in lines {
        let (bytes, expression) = line.split_once(' ').expect("hex, then the expression");
        let value =
            Value::decode(&hex(bytes)).unwrap_or_else(|error| panic!("{expression}: {error}: {bytes}"));
        let ours = value.encode().unwrap_or_else(|error| panic!("{expression}: {error}"));
        assert_eq!(to_hex(&ours), bytes, "{expression}");
    }
}

#[test]
fn v8_reads_what_we_write_and_writes_the_same() {
    let mut runner = TestRunner::deterministic();
    let values =
        std::iter::repeat_with(|| random::any_value().new_tree(&mut runner).expect("a tree").current());
    let lines: Vec<_> = values
        .filter(|value| !has_float16(value))
        .take(400)
        .map(|value| to_hex(&value.encode().expect("a tree without references")))
        .collect();
    let script = r#"
        for (const line of input.trim().split("\n")) console.log(encode(decode(line)));
    "#;
    let again = node(script, &lines.join("\n"));
    assert_eq!(again.len(), lines.len());
    for (ours, theirs) in lines.iter().zip(again) {
        let value = Value::decode(&hex(ours)).expect("our own bytes");
        assert_eq!(Value::decode(&hex(&theirs)).as_ref(), Ok(&value), "{theirs}");
    }
}

/// Node 20 does not know half floats yet.
fn has_float16(value: &Value) -> bool {
    format!("{value:?}").contains("Float16Array")
}

fn to_hex(bytes: &[u8]) -> String {
    bytes.iter().fold(String::new(), |mut text, byte| {
        write!(text, "{byte:02x}").expect("a string takes all");
        text
    })
}
