// What storage refuses: class and text of the error, and whether it is thrown or rejected.

const KEY_2048 = "k".repeat(2048);
const KEY_2049 = "k".repeat(2049);
/** 682 times three bytes, and two more. */
const WIDE_2048 = `${"€".repeat(682)}é`;
const WIDE_2049 = `${"€".repeat(683)}`;
const names = (count) => Array.from({ length: count }, (_, i) => `k${i}`);
const pairs = (count) => Object.fromEntries(names(count).map((name, i) => [name, i]));

export default {
  async "get-undefined-key"(t) {
    const storage = t.storage();
    await t.call(() => storage.get(undefined));
    await t.call(() => storage.get());
  },
  async "put-undefined-key"(t) {
    const storage = t.storage();
    await t.call(() => storage.put(undefined, 1));
    await t.call(() => storage.put());
  },
  async "delete-undefined-key"(t) {
    const storage = t.storage();
    await t.call(() => storage.delete(undefined));
    await t.call(() => storage.delete());
  },
  async "put-undefined-value"(t) {
    const storage = t.storage();
    await t.call(() => storage.put("a", undefined));
    await t.call(() => storage.put("a"));
    await t.call(() => storage.put({ a: undefined, b: 1 }));
    await t.call(() => storage.put({ a: undefined }));
    await t.call(() => storage.get(["a", "b"]));
  },
  async "undefined-in-arrays"(t) {
    const storage = await t.filled({ a: 1, b: 2 });
    await t.call(() => storage.get(["b", undefined, "a"]));
    await t.call(() => storage.get([undefined]));
    await t.call(() => storage.delete([undefined, "a"]));
    await t.call(() => storage.delete([undefined]));
  },
  async "empty-batches"(t) {
    const storage = await t.filled({ a: 1 });
    await t.call(() => storage.get([]));
    await t.call(() => storage.put({}));
    await t.call(() => storage.delete([]));
    await t.call(() => storage.list());
  },
  async "empty-key"(t) {
    const storage = t.storage();
    await t.call(() => storage.put("", 1));
    await t.call(() => storage.get(""));
    await t.call(() => storage.list());
    await t.call(() => storage.delete(""));
  },
  async "key-size-put"(t) {
    const storage = t.storage();
    await t.call("put 2048", () => storage.put(KEY_2048, 1));
    await t.call("put 2049", () => storage.put(KEY_2049, 1));
    await t.call("put batch 2049", () => storage.put({ a: 1, [KEY_2049]: 2 }));
    await t.call("put wide 2048", () => storage.put(WIDE_2048, 1));
    await t.call("put wide 2049", () => storage.put(WIDE_2049, 1));
  },
  async "key-size-get"(t) {
    const storage = t.storage();
    await t.call("get 2048", () => storage.get(KEY_2048));
    await t.call("get 2049", () => storage.get(KEY_2049));
    await t.call("get batch 2049", () => storage.get(["a", KEY_2049]));
    await t.call("get wide 2049", () => storage.get(WIDE_2049));
    await t.call("get batch wide 2048", () => storage.get([WIDE_2048]));
  },
  async "key-size-delete"(t) {
    const storage = t.storage();
    await t.call("delete 2048", () => storage.delete(KEY_2048));
    await t.call("delete 2049", () => storage.delete(KEY_2049));
    await t.call("delete batch 2049", () => storage.delete(["a", KEY_2049]));
  },
  async "value-size"(t) {
    const storage = t.storage();
    // An ArrayBuffer view costs a few bytes of header; the limit leaves 32 for them.
    for (const size of [131072, 131090, 131097, 131098, 131099, 131100, 131110, 140000]) {
      await t.call(`put ${size} bytes`, () => storage.put("a", new Uint8Array(size)));
      await t.call(`put batch ${size} bytes`, () => storage.put({ b: new Uint8Array(size) }));
    }
    await t.call("put long string", () => storage.put("s", "x".repeat(131104)));
    await t.call("put long wide string", () => storage.put("w", "€".repeat(65536)));
    await t.call("put longer wide string", () => storage.put("w", "€".repeat(65553)));
  },
  async "value-size-batch-writes-nothing"(t) {
    const storage = t.storage();
    await t.call("put batch", () => storage.put({ a: 1, b: new Uint8Array(140000), c: 3 }));
    await t.call(() => storage.list());
  },
  async "batch-size-get"(t) {
    const storage = await t.filled({ k0: 0, k127: 127 });
    await t.call("get 128", () => storage.get(names(128)));
    await t.call("get 129", () => storage.get(names(129)));
    await t.call("get 129 undefined", () => storage.get(new Array(129).fill(undefined)));
  },
  async "batch-size-put"(t) {
    const storage = t.storage();
    await t.call("put 128", () => storage.put(pairs(128)));
    await t.call("put 129", () => storage.put(pairs(129)));
    const undefineds = Object.fromEntries(names(129).map((name) => [name, undefined]));
    await t.call("put 129 undefined", () => storage.put(undefineds));
  },
  async "batch-size-delete"(t) {
    const storage = await t.filled({ k1: 1, k2: 2 });
    await t.call("delete 128", () => storage.delete(names(128)));
    await t.call("delete 129", () => storage.delete(names(129)));
    await t.call("delete 129 undefined", () => storage.delete(new Array(129).fill(undefined)));
  },
  async "wrong-key-types"(t) {
    const storage = t.storage();
    for (const key of [null, 1, true, Symbol.for("s"), { a: 1 }, () => 1]) {
      const name = typeof key === "function" ? "function" : String(JSON.stringify(key));
      await t.call(`get ${name}`, () => storage.get(key));
      await t.call(`delete ${name}`, () => storage.delete(key));
    }
  },
  async "wrong-put-types"(t) {
    const storage = t.storage();
    for (const entries of [
      null,
      1,
      true,
      1.5,
      [],
      ["x", "y"],
      Symbol.for("s"),
      new Map([["a", 1]]),
    ]) {
      await t.call(`put ${typeof entries}`, () => storage.put(entries));
      await t.call(`put ${typeof entries}, value`, () => storage.put(entries, "value"));
    }
    await t.call(() => storage.list());
  },
  async "wrong-keys-in-arrays"(t) {
    const storage = t.storage();
    for (const key of [null, 1, { a: 1 }]) {
      await t.call(`get [${JSON.stringify(key)}]`, () => storage.get([key]));
      await t.call(`delete [${JSON.stringify(key)}]`, () => storage.delete([key]));
    }
  },
  async "unserialisable-values"(t) {
    const storage = t.storage();
    await t.call("put function", () => storage.put("a", () => 1));
    await t.call("put symbol", () => storage.put("a", Symbol("s")));
    await t.call("put batch function", () => storage.put({ a: 1, b: () => 1 }));
    await t.call("put promise", () => storage.put("a", Promise.resolve(1)));
    await t.call("put weak map", () => storage.put("a", new WeakMap()));
    const throws = {
      get bad() {
        throw new RangeError("from the getter");
      },
    };
    await t.call("put getter that throws", () => storage.put("a", throws));
    await t.call(() => storage.list());
  },
  async "list-options-refused"(t) {
    const storage = t.storage();
    await t.call(() => storage.list({ limit: 0 }));
    await t.call(() => storage.list({ limit: -1 }));
    await t.call(() => storage.list({ start: "a", startAfter: "b" }));
    await t.call(() => storage.list({ start: "a", startAfter: "b", limit: 0 }));
    await t.call(() => storage.list({ start: undefined, startAfter: undefined, limit: undefined }));
    await t.call(() => storage.list(null));
    await t.call(() => storage.list({ start: null, startAfter: "b" }));
  },
  async "txn-undefined-key"(t) {
    const storage = t.storage();
    await t.runs(storage, "transaction", async (txn) => {
      await t.call(() => txn.get(undefined));
      await t.call(() => txn.put(undefined, 1));
      await t.call(() => txn.delete(undefined));
      await t.call(() => txn.get());
      await t.call(() => txn.put());
      await t.call(() => txn.delete());
    });
  },
  async "txn-undefined-value"(t) {
    const storage = t.storage();
    await t.runs(storage, "transaction", async (txn) => {
      await t.call(() => txn.put("a", undefined));
      await t.call(() => txn.put({ a: undefined, b: 1 }));
      await t.call(() => txn.get(["a", undefined, "b"]));
      await t.call(() => txn.delete(["a", undefined, "b"]));
      await t.call(() => txn.delete([undefined]));
    });
  },
  async "txn-sizes"(t) {
    const storage = t.storage();
    await t.runs(storage, "transaction", async (txn) => {
      await t.call("get 2049", () => txn.get(KEY_2049));
      await t.call("get batch 2049", () => txn.get(["a", KEY_2049]));
      await t.call("put 2049", () => txn.put(KEY_2049, 1));
      await t.call("put batch 2049", () => txn.put({ [KEY_2049]: 1 }));
      await t.call("delete 2049", () => txn.delete(KEY_2049));
      await t.call("delete batch 2049", () => txn.delete([KEY_2049]));
      await t.call("put large", () => txn.put("a", new Uint8Array(140000)));
      await t.call("put batch large", () => txn.put({ a: new Uint8Array(140000) }));
    });
  },
  async "txn-batch-sizes"(t) {
    const storage = t.storage();
    await t.runs(storage, "transaction", async (txn) => {
      await t.call("get 128", () => txn.get(names(128)));
      await t.call("get 129", () => txn.get(names(129)));
      await t.call("put 129", () => txn.put(pairs(129)));
      await t.call("delete 129", () => txn.delete(names(129)));
    });
  },
  async "txn-list-options-refused"(t) {
    const storage = t.storage();
    await t.runs(storage, "transaction", async (txn) => {
      await t.call(() => txn.list({ limit: 0 }));
      await t.call(() => txn.list({ start: "a", startAfter: "b" }));
      await t.call(() => txn.list(null));
    });
  },
  async "txn-delete-all"(t) {
    const storage = await t.filled({ a: 1 });
    await t.call(() => storage.transaction(async (txn) => txn.deleteAll()));
    await t.runs(storage, "transaction", async (txn) => {
      await t.call(() => txn.deleteAll());
    });
    await t.call(() => storage.get("a"));
  },
  async "txn-wrong-types"(t) {
    const storage = t.storage();
    await t.runs(storage, "transaction", async (txn) => {
      await t.call(() => txn.get(null));
      await t.call(() => txn.get(1));
      await t.call(() => txn.delete(null));
      await t.call(() => txn.delete(1));
      await t.call(() => txn.put(null));
      await t.call(() => txn.put(1, 2));
      await t.call("put function", () => txn.put("a", () => 1));
    });
  },
  async "transaction-without-closure"(t) {
    const storage = t.storage();
    await t.call(() => storage.transaction());
    await t.call(() => storage.transaction("text"));
    await t.call(() => storage.transaction(() => "a value, not a promise"));
    await t.call(() => storage.sync());
  },
  async "errors-leave-the-storage-usable"(t) {
    const storage = t.storage();
    await t.call(() => storage.put("a", undefined));
    await t.call(() => storage.delete(undefined));
    await t.call(() => storage.get(undefined));
    await t.call(() => storage.put("a", 1));
    await t.call(() => storage.get("a"));
    await t.call(() => storage.sync());
  },
  async "alarm-times"(t) {
    t.fakeTime();
    const storage = t.storage();
    await t.call(() => storage.setAlarm());
    await t.call(() => storage.setAlarm(null));
    await t.call(() => storage.setAlarm("soon"));
    await t.call(() => storage.setAlarm({}));
    await t.call(() => storage.getAlarm());
    await t.call(() => storage.setAlarm(1_700_000_000_500.25));
    await t.call(() => storage.getAlarm());
  },
  async "alarm-odd-numbers"(t) {
    const storage = t.storage();
    await t.call(() => storage.setAlarm(Number.NaN));
    await t.call(() => storage.getAlarm());
    await t.call(() => storage.setAlarm(new Date(Number.NaN)));
    await t.call(() => storage.getAlarm());
    await t.call(() => storage.setAlarm(Number.POSITIVE_INFINITY));
    await t.call(() => storage.getAlarm());
  },
};
