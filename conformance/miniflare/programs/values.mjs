// Values: what comes back, and the bytes on the backing.

/** Puts a value, reads it back and writes both. */
async function roundTrip(t, storage, name, value) {
  await t.call(`put ${name}`, () => storage.put(name, value));
  await t.call(`get ${name}`, () => storage.get(name));
}

const each = (values) => async (t) => {
  const storage = t.storage();
  for (const [name, value] of Object.entries(values)) await roundTrip(t, storage, name, value);
};

const NAN = new Float64Array(new Uint8Array([1, 0, 0, 0, 0, 0, 0xf8, 0x7f]).buffer)[0];
const shared = { x: 1 };
const circular = { name: "circle" };
circular.self = circular;

export default {
  primitives: each({
    true: true,
    false: false,
    null: null,
    zero: 0,
    minusZero: -0,
    one: 1,
    minusOne: -1,
    small: 2 ** 30 - 1,
    large: 2 ** 31,
    fraction: 0.1,
    nan: Number.NaN,
    otherNan: NAN,
    infinity: Number.POSITIVE_INFINITY,
    big: 2n ** 70n,
    minusBig: -5n,
    zeroBig: 0n,
  }),
  strings: each({
    empty: "",
    ascii: "text",
    latin: "é",
    wide: "€😀",
    lone: "\ud800",
    zero: "\u0000",
    long: "x".repeat(5000),
  }),
  containers: each({
    array: [1, "two", [3]],
    empty: [],
    sparse: [1, , 3],
    undefineds: [undefined, 1, undefined],
    object: { a: 1, b: { c: 2 } },
    undefinedProperty: { a: undefined },
    numbers: { 2: "two", 1: "one" },
    map: new Map([
      ["a", 1],
      [{ k: 1 }, undefined],
    ]),
    set: new Set([1, "a", [2]]),
    arrayWithProperty: Object.assign([1, 2], { extra: true }),
  }),
  dates: each({
    date: new Date(1_700_000_000_000),
    invalid: new Date(Number.NaN),
    before: new Date(-1),
  }),
  "regular-expressions": each({ plain: /a+/, flags: /é/giu }),
  boxes: each({
    number: Object(1),
    string: Object("s"),
    boolean: Object(false),
    bigint: Object(5n),
  }),
  bytes: each({
    u8: new Uint8Array([1, 2, 3]),
    empty: new Uint8Array(0),
    buffer: new Uint8Array([1, 2, 3]).buffer,
    view: new DataView(new ArrayBuffer(4), 1, 2),
    part: new Uint8Array([1, 2, 3, 4]).subarray(1, 3),
    node: Buffer.from("text"),
    u16: new Uint16Array([1, 65535]),
    i32: new Int32Array([-1]),
    f32: new Float32Array([0.5]),
    f64: new Float64Array([0.1, Number.NaN]),
    big: new BigUint64Array([2n ** 63n]),
    clamped: new Uint8ClampedArray([300]),
  }),
  async "errors-in-values"(t) {
    const storage = t.storage({ quiet: true });
    for (const error of [new Error("a"), new TypeError("b"), new RangeError("c", { cause: 1 })]) {
      await storage.put("error", error);
      const back = await storage.get("error");
      t.log(back.constructor.name, back.message, back instanceof Error, back.cause);
    }
    t.backing.map.clear();
  },
  async "shared-and-circular"(t) {
    const storage = t.storage();
    await storage.put("shared", [shared, shared]);
    const [one, two] = await storage.get("shared");
    t.log(one === two, one === shared, one);
    await roundTrip(t, storage, "circular", circular);
  },
  async "classes-and-accessors"(t) {
    const storage = t.storage();
    class Point {
      x = 1;
      get y() {
        return 2;
      }
    }
    await roundTrip(t, storage, "instance", new Point());
    const accessor = Object.defineProperty({ a: 1 }, "b", { get: () => 2, enumerable: true });
    await roundTrip(t, storage, "accessor", accessor);
    const hidden = Object.defineProperty({ a: 1 }, "b", { value: 2, enumerable: false });
    await roundTrip(t, storage, "hidden", hidden);
    await roundTrip(t, storage, "symbol key", { a: 1, [Symbol("s")]: 2 });
    await roundTrip(t, storage, "null prototype", Object.assign(Object.create(null), { a: 1 }));
  },
  async "odd-objects"(t) {
    const storage = t.storage();
    await roundTrip(t, storage, "proxy", new Proxy({ a: 1 }, {}));
    await roundTrip(
      t,
      storage,
      "arguments",
      (function () {
        return arguments;
      })(1, 2),
    );
    await roundTrip(t, storage, "generator", (function* () {})());
    await roundTrip(t, storage, "url", new URL("http://host/"));
    await roundTrip(t, storage, "weak set", new WeakSet());
    await roundTrip(t, storage, "shared buffer", new SharedArrayBuffer(2));
  },
  async deep(t) {
    const storage = t.storage({ quiet: true });
    let deep = null;
    for (let i = 0; i < 500; i++) deep = { deep };
    await storage.put("deep", deep);
    let depth = 0;
    for (let at = await storage.get("deep"); at; at = at.deep) depth++;
    t.log(depth);
  },
  async "batch-bytes"(t) {
    const storage = t.storage();
    await t.call(() =>
      storage.put({ b: { x: [1, "é"] }, a: new Uint8Array([1]), c: null, d: "d" }),
    );
    await t.call(() => storage.get(["a", "b", "c", "d"]));
  },
  async "transaction-bytes"(t) {
    const storage = t.storage();
    await storage.transaction(async (txn) => {
      await txn.put({ a: "é😀", b: new Map([[1, 2]]) });
      await t.call(() => txn.get(["a", "b"]));
    });
  },
  async "stored-by-others"(t) {
    const storage = t.storage();
    const hex = {
      "version 13": "ff0d4902",
      "version 14": "ff0e4902",
      "version 15": "ff0f4902",
      "two-byte string": "ff0f63044100e900",
      undefined: "ff0f5f",
    };
    for (const [name, bytes] of Object.entries(hex)) {
      await t.backing.inner.put(name, { value: Buffer.from(bytes, "hex") });
      await t.call(() => storage.get(name));
    }
    await t.call(() => storage.list());
    await t.call(() => storage.get(Object.keys(hex)));
  },
  async "unreadable-bytes"(t) {
    const storage = t.storage();
    const hex = { json: "7b7d", empty: "", version: "ffff4902", cut: "ff0f6f", text: "74657874" };
    for (const [name, bytes] of Object.entries(hex)) {
      await t.backing.inner.put(name, { value: new Uint8Array(Buffer.from(bytes, "hex")) });
      await t.call(() => storage.get(name));
    }
    await t.call(() => storage.get(["json"]));
    await t.call(() => storage.list());
    await t.call(() => storage.transaction((txn) => txn.get("json")));
    await t.call(() => storage.delete("json"));
  },
  async "unreadable-error-details"(t) {
    const storage = t.storage();
    await t.backing.inner.put("a", { value: new Uint8Array([1, 2]) });
    const error = await storage.get("a").catch((thrown) => thrown);
    t.log(
      error instanceof t.mf.DurableObjectError,
      error.name,
      error.code,
      error.message.split("\n"),
    );
    t.log(error.cause);
  },
  async "undefined-that-was-stored"(t) {
    const storage = t.storage();
    await t.backing.inner.put("u", { value: Buffer.from("ff0f5f", "hex") });
    await t.call(() => storage.get(["u", "x"]));
    await t.call(() => storage.delete("u"));
  },
};
