// What every Storage promises, as tests: run for each of ours, and for the ones they stand in for.
import assert from "node:assert/strict";
import { describe, it } from "node:test";

/** Bytes of a text. */
export const bytes = (text) => new TextEncoder().encode(text);

/** The text of a stored value; `undefined` for none. */
export const text = (stored) => stored && new TextDecoder().decode(stored.value);

/**
 * Declares the tests of a storage.
 *
 * `make(clock)` gives an empty one that judges expiry by `clock`; `release(storage)` is called when a test is
 * over. `unusual: false` leaves out keys that differ in case or half surrogates only, for a backing that cannot
 * tell those apart; `nested: false` the keys that are also the parent of others; `sweeping: false` that a list
 * removes what has expired outside of what it reads.
 */
export function storageContract(
  name,
  make,
  { release, nested = true, unusual = true, sweeping = true } = {},
) {
  describe(name, () => {
    const context = { make, release };
    single(context);
    ranges(context);
    expiry(context, { sweeping });
    batches(context);
    lists(context);
    pages(context);
    delimiters(context);
    keys(context, { nested, unusual });
  });
}

/** Declares one test with an empty storage at second 1000 of a clock that `at` moves. */
function test(context, name, body) {
  it(name, async () => {
    let time = 1_000_000;
    const storage = await context.make(() => time);
    try {
      await body(storage, (seconds) => {
        time = seconds * 1000;
      });
    } finally {
      await context.release?.(storage);
    }
  });
}

function single(context) {
  test(context, "knows nothing of a key never put", async (storage) => {
    assert.equal(await storage.has("key"), false);
    assert.equal(await storage.head("key"), undefined);
    assert.equal(await storage.get("key"), undefined);
    assert.equal(await storage.getRange("key"), undefined);
    assert.equal(await storage.delete("key"), false);
  });

  test(context, "gets what was put, and the newer of two", async (storage) => {
    await storage.put("key", { value: bytes("one") });
    assert.equal(await storage.has("key"), true);
    assert.equal(text(await storage.get("key")), "one");
    await storage.put("key", { value: bytes("2") });
    assert.equal(text(await storage.get("key")), "2");
  });

  test(context, "keeps an empty value", async (storage) => {
    await storage.put("key", { value: bytes("") });
    assert.equal((await storage.get("key")).value.byteLength, 0);
  });

  test(context, "keeps every byte", async (storage) => {
    const value = Uint8Array.from({ length: 70_000 }, (_, i) => i % 251);
    await storage.put("key", { value });
    assert.deepEqual(new Uint8Array((await storage.get("key")).value), value);
  });

  test(context, "deletes once", async (storage) => {
    await storage.put("key", { value: bytes("one") });
    assert.equal(await storage.delete("key"), true);
    assert.equal(await storage.delete("key"), false);
    assert.equal(await storage.get("key"), undefined);
    assert.deepEqual((await storage.list()).keys, []);
  });

  test(context, "keeps metadata beside the value", async (storage) => {
    const metadata = { nested: [1, { two: "2" }], none: null };
    await storage.put("key", { value: bytes("one"), expiration: 2000, metadata });
    assert.deepEqual((await storage.head("key")).metadata, metadata);
    assert.equal((await storage.head("key")).expiration, 2000);
    const stored = await storage.get("key");
    assert.deepEqual([stored.expiration, stored.metadata], [2000, metadata]);
    const [listed] = (await storage.list()).keys;
    assert.deepEqual([listed.name, listed.expiration, listed.metadata], ["key", 2000, metadata]);
  });

  test(context, "says of a key without metadata that it is undefined", async (storage) => {
    await storage.put("key", { value: bytes("one") });
    const stored = await storage.get("key");
    const none = { expiration: undefined, metadata: undefined };
    assert.deepEqual({ expiration: stored.expiration, metadata: stored.metadata }, none);
    assert.deepEqual(await storage.head("key"), none);
    assert.deepEqual((await storage.list()).keys, [{ name: "key", ...none }]);
  });

  test(context, "forgets metadata with the value it came with", async (storage) => {
    await storage.put("key", { value: bytes("one"), metadata: { a: 1 }, expiration: 2000 });
    await storage.put("key", { value: bytes("two") });
    const stored = await storage.get("key");
    assert.deepEqual([stored.metadata, stored.expiration], [undefined, undefined]);
  });

  test(context, "copies values and metadata in and out", async (storage) => {
    const [value, metadata] = [bytes("one"), { list: [1] }];
    await storage.put("key", { value, metadata });
    value[0] = 0;
    metadata.list.push(2);
    const stored = await storage.get("key");
    assert.equal(text(stored), "one");
    assert.deepEqual(stored.metadata, { list: [1] });
    stored.value[0] = 0;
    stored.metadata.list.push(3);
    (await storage.head("key")).metadata.list.push(4);
    (await storage.list()).keys[0].metadata.list.push(5);
    assert.equal(text(await storage.get("key")), "one");
    assert.deepEqual((await storage.get("key")).metadata, { list: [1] });
  });
}

function ranges(context) {
  const range = async (storage, wanted) => {
    const stored = await storage.getRange("key", wanted);
    return [text(stored), stored.range.offset, stored.range.length];
  };

  test(context, "reads ranges of a value", async (storage) => {
    await storage.put("key", { value: bytes("0123456789"), metadata: { a: 1 } });
    assert.deepEqual(await range(storage, undefined), ["0123456789", 0, 10]);
    assert.deepEqual(await range(storage, { offset: 3 }), ["3456789", 3, 7]);
    assert.deepEqual(await range(storage, { length: 4 }), ["0123", 0, 4]);
    assert.deepEqual(await range(storage, { offset: 2, length: 3 }), ["234", 2, 3]);
    assert.deepEqual(await range(storage, { offset: 8, length: 30 }), ["89", 8, 2]);
    assert.deepEqual(await range(storage, { suffix: 4 }), ["6789", 6, 4]);
    assert.deepEqual(await range(storage, { suffix: 40 }), ["0123456789", 0, 10]);
    assert.deepEqual((await storage.getRange("key", { offset: 1 })).metadata, { a: 1 });
  });

  test(context, "refuses ranges that cannot be", async (storage) => {
    await storage.put("key", { value: bytes("0123456789") });
    const refused = [
      [{ suffix: 0 }, "Suffix must be > 0"],
      [{ offset: -1 }, "Offset must be >= 0"],
      [{ offset: 11 }, "Offset must be < size"],
      [{ offset: 10 }, "Length must be > 0"],
      [{ length: 0 }, "Length must be > 0"],
    ];
    for (const [wanted, message] of refused) {
      await assert.rejects(async () => storage.getRange("key", wanted), { message });
    }
  });
}

function expiry(context, { sweeping }) {
  const put = (storage) => storage.put("key", { value: bytes("one"), expiration: 1001 });

  test(context, "has a key until the second it expires", async (storage, at) => {
    await put(storage);
    assert.equal(await storage.has("key"), true);
    at(1000.999);
    assert.equal(text(await storage.get("key")), "one");
    at(1001);
    assert.equal(await storage.has("key"), false);
  });

  const looks = {
    has: [false, (storage) => storage.has("key")],
    head: [undefined, (storage) => storage.head("key")],
    get: [undefined, (storage) => storage.get("key")],
    getRange: [undefined, (storage) => storage.getRange("key", { length: 1 })],
    delete: [false, (storage) => storage.delete("key")],
    hasMany: [0, (storage) => storage.hasMany(["key"])],
    deleteMany: [0, (storage) => storage.deleteMany(["key"])],
  };
  for (const [method, [nothing, look]] of Object.entries(looks)) {
    test(context, `${method} finds no expired key, and removes it`, async (storage, at) => {
      await put(storage);
      at(1001);
      assert.equal(await look(storage), nothing);
      at(1000);
      assert.equal(await storage.get("key"), undefined);
    });
  }

  test(context, "getMany finds no expired key", async (storage, at) => {
    await put(storage);
    await storage.put("other", { value: bytes("two") });
    at(1001);
    const found = await storage.getMany(["key", "other"]);
    assert.deepEqual(found.map(text), [undefined, "two"]);
  });

  test(context, "list finds no expired key, and removes it", async (storage, at) => {
    await put(storage);
    await storage.put("other", { value: bytes("two"), expiration: 1002 });
    at(1001);
    assert.deepEqual(names(await storage.list({ limit: 1 })), ["other"]);
    at(1000);
    assert.equal(await storage.get("key"), undefined);
    assert.deepEqual(names(await storage.list()), ["other"]);
  });

  if (sweeping) {
    test(context, "list removes expired keys it does not match too", async (storage, at) => {
      await put(storage);
      await storage.put("other", { value: bytes("two"), expiration: 1002 });
      at(1001);
      assert.deepEqual(names(await storage.list({ prefix: "o" })), ["other"]);
      at(1000);
      assert.equal(await storage.get("key"), undefined);
    });
  }

  test(context, "a new value of an expired key is there", async (storage, at) => {
    await put(storage);
    at(1001);
    await storage.put("key", { value: bytes("two") });
    assert.equal(text(await storage.get("key")), "two");
  });
}

function batches(context) {
  test(context, "puts, gets, counts and deletes many", async (storage) => {
    await storage.putMany([
      ["a", { value: bytes("1"), metadata: { a: 1 } }],
      ["b", { value: bytes("2") }],
      ["c", { value: bytes("3") }],
    ]);
    assert.equal(await storage.hasMany(["a", "c", "d"]), 2);
    const found = await storage.getMany(["c", "d", "a", "c"]);
    assert.deepEqual(found.map(text), ["3", undefined, "1", "3"]);
    assert.deepEqual(found[2].metadata, { a: 1 });
    assert.equal(await storage.deleteMany(["a", "d", "b"]), 2);
    assert.deepEqual(names(await storage.list()), ["c"]);
  });

  test(context, "has nothing to do for empty batches", async (storage) => {
    assert.equal(await storage.hasMany([]), 0);
    assert.deepEqual(await storage.getMany([]), []);
    await storage.putMany([]);
    assert.equal(await storage.deleteMany([]), 0);
    assert.deepEqual(names(await storage.list()), []);
  });

  test(context, "deletes a key named twice once", async (storage) => {
    await storage.putMany([["a", { value: bytes("1") }]]);
    assert.equal(await storage.hasMany(["a", "a"]), 2);
    assert.equal(await storage.deleteMany(["a", "a"]), 1);
  });

  test(context, "copies the values of batches in and out", async (storage) => {
    const value = bytes("one");
    await storage.putMany([["a", { value }]]);
    value[0] = 0;
    const [first] = await storage.getMany(["a"]);
    assert.equal(text(first), "one");
    first.value[0] = 0;
    assert.equal(text((await storage.getMany(["a"]))[0]), "one");
  });
}

/** The names a list gave. */
export const names = ({ keys }) => keys.map(({ name }) => name);

async function fill(storage, ...keys) {
  await storage.putMany(keys.map((key) => [key, { value: bytes(key) }]));
}

function lists(context) {
  const cases = [
    [undefined, ["a1", "a2", "a3", "b1", "b2", "c1"]],
    [{}, ["a1", "a2", "a3", "b1", "b2", "c1"]],
    [{ prefix: "a" }, ["a1", "a2", "a3"]],
    [{ prefix: "" }, ["a1", "a2", "a3", "b1", "b2", "c1"]],
    [{ prefix: "x" }, []],
    [{ prefix: "a1" }, ["a1"]],
    [{ prefix: "a11" }, []],
    [{ excludePrefix: "a" }, ["b1", "b2", "c1"]],
    [{ excludePrefix: "a2" }, ["a1", "a3", "b1", "b2", "c1"]],
    [{ excludePrefix: "" }, []],
    [{ prefix: "a", excludePrefix: "a2" }, ["a1", "a3"]],
    [{ prefix: "a", excludePrefix: "b" }, ["a1", "a2", "a3"]],
    [{ start: "a3" }, ["a3", "b1", "b2", "c1"]],
    [{ start: "a4" }, ["b1", "b2", "c1"]],
    [{ end: "b1" }, ["a1", "a2", "a3"]],
    [{ end: "" }, []],
    [{ start: "" }, ["a1", "a2", "a3", "b1", "b2", "c1"]],
    [{ start: "a2", end: "b2" }, ["a2", "a3", "b1"]],
    [{ start: "b2", end: "a2" }, []],
    [{ prefix: "b", start: "a3", end: "b2" }, ["b1"]],
    [{ prefix: "b", start: "b2", end: "z" }, ["b2"]],
    [{ prefix: "a", end: "a" }, []],
    [{ reverse: true }, ["c1", "b2", "b1", "a3", "a2", "a1"]],
    [{ reverse: true, start: "a2", end: "b2" }, ["b1", "a3", "a2"]],
    [{ reverse: true, prefix: "a", excludePrefix: "a2" }, ["a3", "a1"]],
    [{ limit: 2 }, ["a1", "a2"]],
    [{ limit: 100 }, ["a1", "a2", "a3", "b1", "b2", "c1"]],
    [{ limit: 2, reverse: true }, ["c1", "b2"]],
    [{ limit: 2, prefix: "b" }, ["b1", "b2"]],
    [{ limit: 3, excludePrefix: "a2", start: "a1" }, ["a1", "a3", "b1"]],
  ];
  test(context, "lists what matches, in order", async (storage) => {
    await fill(storage, "c1", "a2", "b1", "a1", "b2", "a3");
    for (const [options, expected] of cases) {
      assert.deepEqual(names(await storage.list(options)), expected, JSON.stringify(options));
    }
  });

  const loose = [
    [{ start: 5 }, ["5", "55", "a", "null"]],
    [{ end: 5 }, ["4"]],
    [{ prefix: 5 }, ["5", "55"]],
    [{ excludePrefix: 5 }, ["4", "a", "null"]],
    [{ start: null }, ["null"]],
    [{ end: null }, ["4", "5", "55", "a"]],
    [{ prefix: null }, ["null"]],
    [{ excludePrefix: null }, ["4", "5", "55", "a"]],
    [{ reverse: 1 }, ["null", "a", "55", "5", "4"]],
    [{ reverse: "" }, ["4", "5", "55", "a", "null"]],
    [null, ["4", "5", "55", "a", "null"]],
  ];
  test(
    context,
    "takes what is no text for its text, and for a direction what counts as true",
    async (storage) => {
      await fill(storage, "4", "5", "55", "a", "null");
      for (const [options, expected] of loose) {
        assert.deepEqual(names(await storage.list(options)), expected, JSON.stringify(options));
      }
    },
  );

  test(context, "lists what was there when keys come and go between lists", async (storage) => {
    await fill(storage, "b", "d");
    assert.deepEqual(names(await storage.list()), ["b", "d"]);
    await fill(storage, "c", "a", "e");
    assert.deepEqual(names(await storage.list({ start: "b" })), ["b", "c", "d", "e"]);
    await storage.deleteMany(["a", "d"]);
    assert.deepEqual(names(await storage.list()), ["b", "c", "e"]);
    await fill(storage, "d", "c");
    assert.deepEqual(names(await storage.list({ reverse: true })), ["e", "d", "c", "b"]);
  });

  test(context, "lists in the order of UTF-8", async (storage) => {
    // By UTF-16 the last two would change places.
    const sorted = ["", "A", "a", "aa", "b", "é", "ー", "\uff5e", "😀"].filter((key) => key !== "");
    await fill(storage, ...sorted.toReversed());
    assert.deepEqual(names(await storage.list()), sorted);
    assert.deepEqual(names(await storage.list({ reverse: true })), sorted.toReversed());
    assert.deepEqual(names(await storage.list({ start: "\uff5e" })), ["\uff5e", "😀"]);
    assert.deepEqual(names(await storage.list({ start: "ー", end: "😀" })), ["ー", "\uff5e"]);
    assert.deepEqual(names(await storage.list({ prefix: "😀" })), ["😀"]);
  });

  test(context, "lists long keys and many of them", async (storage) => {
    const sorted = Array.from({ length: 300 }, (_, i) => `key-${String(i).padStart(5, "0")}`);
    await fill(storage, ...sorted.map((_, i) => sorted[(i * 7) % 300]));
    assert.deepEqual(names(await storage.list()), sorted);
    assert.deepEqual(
      names(await storage.list({ prefix: "key-0001", limit: 3 })),
      sorted.slice(10, 13),
    );
  });
}

function pages(context) {
  const walk = async (storage, options) => {
    const found = [];
    let cursor;
    do {
      const page = await storage.list({ ...options, cursor });
      found.push([...names(page), ...(page.delimitedPrefixes ?? [])]);
      cursor = page.cursor;
      assert.ok(found.length < 20, "the cursor goes in circles");
    } while (cursor !== "");
    return found;
  };

  test(context, "walks through pages by cursor", async (storage) => {
    await fill(storage, "a", "b", "c", "d", "e");
    assert.deepEqual(await walk(storage, { limit: 2 }), [["a", "b"], ["c", "d"], ["e"]]);
    assert.deepEqual(await walk(storage, { limit: 5 }), [["a", "b", "c", "d", "e"]]);
    assert.deepEqual(await walk(storage, { limit: 2, reverse: true }), [
      ["e", "d"],
      ["c", "b"],
      ["a"],
    ]);
    assert.deepEqual(await walk(storage, { limit: 1, start: "b", end: "d" }), [["b"], ["c"]]);
    assert.deepEqual(await walk(storage, { limit: 2, excludePrefix: "c" }), [
      ["a", "b"],
      ["d", "e"],
    ]);
  });

  test(context, "has an empty cursor at the end", async (storage) => {
    assert.deepEqual(await storage.list(), { keys: [], cursor: "" });
    await fill(storage, "a", "b");
    assert.equal((await storage.list({ limit: 2 })).cursor, "");
    assert.notEqual((await storage.list({ limit: 1 })).cursor, "");
    assert.equal((await storage.list({ limit: 1, prefix: "b" })).cursor, "");
    assert.deepEqual(names(await storage.list({ cursor: "" })), ["a", "b"]);
  });
}

function delimiters(context) {
  const groups = async (storage, options) => {
    const { keys, delimitedPrefixes, cursor } = await storage.list(options);
    return [keys.map(({ name }) => name), delimitedPrefixes, cursor !== ""];
  };

  test(context, "lists what shares a prefix before the delimiter as one", async (storage) => {
    await fill(storage, "a", "b-1", "b-2", "c", "d-1-x", "d-1-y", "d-2", "e");
    assert.deepEqual(await groups(storage, { delimiter: "-" }), [
      ["a", "c", "e"],
      ["b-", "d-"],
      false,
    ]);
    assert.deepEqual(await groups(storage, { delimiter: "-", prefix: "d-" }), [
      ["d-2"],
      ["d-1-"],
      false,
    ]);
    assert.deepEqual(await groups(storage, { delimiter: "+" }), [
      ["a", "b-1", "b-2", "c", "d-1-x", "d-1-y", "d-2", "e"],
      [],
      false,
    ]);
    assert.deepEqual(await groups(storage, { delimiter: "-1" }), [
      ["a", "b-2", "c", "d-2", "e"],
      ["b-1", "d-1"],
      false,
    ]);
  });

  test(
    context,
    "counts a group once against the limit, and the cursor skips it",
    async (storage) => {
      await fill(storage, "a", "b-1", "b-2", "b-3", "c", "d-1");
      assert.deepEqual(await groups(storage, { delimiter: "-", limit: 2 }), [["a"], ["b-"], true]);
      const { cursor } = await storage.list({ delimiter: "-", limit: 2 });
      assert.deepEqual(await groups(storage, { delimiter: "-", cursor }), [["c"], ["d-"], false]);
      assert.deepEqual(await groups(storage, { delimiter: "-", limit: 2, reverse: true }), [
        ["c"],
        ["d-"],
        true,
      ]);
    },
  );
}

function keys(context, { nested, unusual }) {
  const roundTrip = async (storage, sorted) => {
    for (const key of sorted.toReversed())
      await storage.put(key, { value: bytes(`value of ${key}`) });
    for (const key of sorted) {
      assert.equal(text(await storage.get(key)), `value of ${key}`, JSON.stringify(key));
      assert.equal(await storage.has(key), true);
    }
    assert.deepEqual(names(await storage.list()), sorted);
    assert.equal(await storage.deleteMany(sorted), sorted.length);
    assert.deepEqual(names(await storage.list()), []);
  };

  test(context, "keeps unusual keys apart", (storage) =>
    roundTrip(storage, [
      " leading",
      "%2F",
      "..",
      "__proto__",
      "constructor",
      "dir/one",
      "dir/two",
      "key.json",
      "new\nline",
      "ns:inner:key",
      "question?",
      "tab\there",
      "trailing ",
      "ünïcödé",
      "鍵",
    ]),
  );

  test(context, "keeps the order of names that need escaping", async (storage) => {
    await fill(storage, "b:2", "a:1", "b/1", "c?", "c*1");
    assert.deepEqual(names(await storage.list()), ["a:1", "b/1", "b:2", "c*1", "c?"]);
    assert.deepEqual(names(await storage.list({ prefix: "b:" })), ["b:2"]);
  });

  if (nested) {
    test(context, "keeps a key beside those it is the parent of", (storage) =>
      roundTrip(storage, ["a", "a/b", "a/b/c", "a:b"]),
    );
  }
  if (unusual) {
    test(context, "keeps any text as a key", (storage) =>
      roundTrip(storage, ["", "\0", "*", "?", "A", "a", "a\0", "x".repeat(2048)]),
    );
  }
}
