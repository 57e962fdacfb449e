import assert from "node:assert/strict";
import test from "node:test";
import { Serializer, serialize } from "node:v8";
import { decode, decodeStored, encode, encodeBytes } from "../dist/objects/values.js";
import { Headers } from "../dist/web/headers.js";
import { Request } from "../dist/web/request.js";

const hex = (value) => Buffer.from(encode(value)).toString("hex");
const copy = (value) => decode(encode(value));

/** The error with a stack that does not depend on this file. */
function still(error, extra = {}) {
  Object.defineProperty(error, "stack", { value: "s", configurable: true, writable: true });
  return Object.assign(error, extra);
}

const STACK = "2205737461636b220173";

test("objects of the platform are written as workerd writes them", () => {
  const written = {
    "a plain error": [still(new Error("m")), `ff0f5c0a0122016d6f${STACK}7b01`],
    "a standard class": [still(new RangeError("r")), `ff0f5c0a032201726f${STACK}7b01`],
    "a name of its own": [
      still(new Error("n"), { name: "Own", a: undefined }),
      `ff0f5c0a0022034f776e22016e6f${STACK}2201615f7b02`,
    ],
    "a cause": [
      still(new Error("o", { cause: still(new RangeError("i")) })),
      `ff0f5c0a0122016f6f${STACK}220563617573655c0a032201696f${STACK}7b017b02`,
    ],
    headers: [new Headers({ a: "b" }), "ff0f5c0403010001610162"],
    "a numbered header": [new Headers({ "content-type": "x" }), "ff0f5c040301110178"],
    "a request": [
      new Request("http://x/y?z"),
      "ff0f5c050c687474703a2f2f782f793f7a6f22066d6574686f645f2207686561646572735c0403002204626f6479" +
        "30220872656469726563745f2207666574636865725f220263665f220563616368655f2209696e746567726974" +
        "795f22067369676e616c5f2212656e636f6465526573706f6e7365426f64795f7b0a",
    ],
    "a DOM exception": [still(new DOMException("m", "Own")), "ff0f5c08034f776e016d0173"],
    "bytes of a view": [new Uint8Array([1, 2]), "ff0f420201025642000200"],
  };
  for (const [name, [value, expected]] of Object.entries(written)) {
    assert.equal(hex(value), expected, name);
  }
});

test("an object that occurs twice is written once", () => {
  const error = still(new Error("s"));
  assert.equal(hex([error, error]), `ff0f41025c0a012201736f${STACK}7b015e01240002`);
  const [one, two] = copy([error, error]);
  assert.equal(one, two);
});

test("errors come back with class, own properties and cause", () => {
  const error = Object.assign(new TypeError("t", { cause: new RangeError("r") }), { code: 5 });
  const back = copy({ list: [error] }).list[0];
  assert.ok(back instanceof TypeError);
  assert.equal(back.stack, error.stack);
  assert.deepEqual(Object.keys(back), ["cause", "code"]);
  assert.ok(back.cause instanceof RangeError);
  const own = copy(Object.assign(new Error("m"), { name: "Own" }));
  assert.deepEqual([own.constructor, own.name, own.message], [Error, "Own", "m"]);
  const many = copy(new AggregateError([new Error("a"), 1], "agg"));
  assert.deepEqual(
    [many.constructor, many.errors[0].message, many.errors[1]],
    [AggregateError, "a", 1],
  );
  const exception = copy(new DOMException("m", "AbortError"));
  assert.deepEqual(
    [exception.constructor, exception.name, exception.code],
    [DOMException, "AbortError", 20],
  );
});

test("headers and requests come back", () => {
  const headers = new Headers([
    ["set-cookie", "a=1"],
    ["set-cookie", "b=é"],
    ["x-own", "1"],
  ]);
  assert.deepEqual([...copy(headers)], [...headers]);
  const request = copy(
    new Request("http://x/", { method: "DELETE", headers: { a: "b" }, redirect: "manual" }),
  );
  assert.deepEqual(
    [request.method, request.url, request.redirect],
    ["DELETE", "http://x/", "manual"],
  );
  assert.deepEqual([...request.headers], [["a", "b"]]);
});

test("cycles and shared parts survive beside an object of the platform", () => {
  const value = {
    error: new Error("e"),
    map: new Map(),
    set: new Set(),
    list: Object.assign(new Array(3), { 0: 1, 2: 3 }),
    bytes: Buffer.from("abc"),
  };
  value.self = value;
  value.map.set("value", value);
  value.set.add(value.error);
  const back = copy(value);
  assert.equal(back.self, back);
  assert.equal(back.map.get("value"), back);
  assert.equal([...back.set][0], back.error);
  assert.equal(1 in back.list, false);
  assert.deepEqual([back.bytes.constructor, back.bytes.buffer.byteLength], [Uint8Array, 3]);
});

test("what cannot be stored is refused in workerd's words", () => {
  const unsupported = (name) =>
    `Could not serialize object of type "${name}". This type does not support serialization.`;
  const stream = "ReadableStream can only be serialized for RPC.";
  const refused = [
    [new URL("http://x/"), unsupported("URL")],
    [new AbortController(), unsupported("AbortController")],
    [new Response("x"), stream],
    [new Request("http://x", { method: "POST", body: "b" }), stream],
    [new Proxy({}, {}), "#<Object> could not be cloned."],
    [Promise.resolve(), "#<Promise> could not be cloned."],
    [Symbol("q"), "Symbol(q) could not be cloned."],
    [() => 1, "() => 1 could not be cloned."],
  ];
  for (const [value, message] of refused) {
    for (const each of [value, { list: [value, new Error("beside it")] }]) {
      assert.throws(() => encode(each), { name: "DataCloneError", message });
    }
  }
  const throwing = {
    get a() {
      throw new RangeError("getter");
    },
  };
  assert.throws(() => encode(throwing), { name: "RangeError", message: "getter" });
});

test("typed arrays that Node or Miniflare 2 have serialized are read", () => {
  const value = {
    bytes: new Uint8Array([1, 2, 3]),
    numbers: new Float64Array([0.5]),
    shorts: new Uint16Array([1, 2]),
    buffer: Buffer.from("text"),
    view: new DataView(new ArrayBuffer(2)),
    list: [1, { a: "b" }],
  };
  assert.deepEqual(decodeStored(serialize(value)), value);
  for (const each of Object.values(value)) assert.deepEqual(decodeStored(serialize(each)), each);
  const cut = serialize(value).subarray(0, 30);
  assert.throws(() => decodeStored(cut));
});

test("what begins like a typed array of Node's is not taken for one", () => {
  const cycle = new Error("cycle");
  cycle.self = cycle;
  const bytes = encode(cycle);
  for (const read of [decode, decodeStored]) {
    assert.throws(() => read(bytes), /Unable to deserialize/);
  }
});

test("plain values are the bytes that V8 writes, and read back", () => {
  const numbers = [
    0,
    1,
    -1,
    63,
    64,
    -64,
    -65,
    2 ** 27,
    2 ** 28,
    -(2 ** 31),
    2 ** 31,
    0.5,
    -0,
    Number.NaN,
  ];
  const texts = ["", "a", "é", "Ā", "😀", "x".repeat(127), "x".repeat(128), "é".repeat(127)];
  for (const value of [...numbers, ...texts, true, false, null, undefined, 10n]) {
    const serializer = new Serializer();
    serializer.writeHeader();
    serializer.writeValue(value);
    const bytes = encodeBytes(value);
    assert.deepEqual(bytes, serializer.releaseBuffer());
    assert.ok(Object.is(decode(bytes), value), String(value));
    const within = new Uint8Array([0, 0, 0, ...bytes, 0]).subarray(3, 3 + bytes.length);
    assert.ok(Object.is(decode(within), value), `${value} in a larger buffer`);
  }
  for (const value of [1000, 0.5, "text"]) {
    const cut = encodeBytes(value).subarray(0, 4);
    assert.throws(() => decode(cut), /Unable to deserialize/, String(value));
  }
});
