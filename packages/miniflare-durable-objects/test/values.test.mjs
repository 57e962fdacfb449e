// Values are stored as v8.serialize writes them, and read back.
import assert from "node:assert/strict";
import { test } from "node:test";
import { deserialize, serialize } from "node:v8";
import { MemoryStorage } from "@miniflare/storage-memory";
import { DurableObjectStorage } from "@steadfast/miniflare-durable-objects";
import { oursSays, same } from "./transcripts.mjs";

const VALUES = [
  ...[0, -0, 1, -1, 63, 64, -64, -65, 8191, 8192, -8193, 2 ** 20 - 1, 2 ** 20, -(2 ** 20) - 1],
  ...[2 ** 27 - 1, 2 ** 27, -(2 ** 27), -(2 ** 27) - 1, 2 ** 31 - 1, -(2 ** 31), 2 ** 31, 2 ** 53],
  ...[1.5, Number.NaN, Number.POSITIVE_INFINITY, Number.MIN_VALUE, [1.5, 3][1]],
  ...[
    "",
    "a",
    "\u00e9",
    "\u{1f600}",
    "\ud83d",
    "x".repeat(127),
    "x".repeat(128),
    "x".repeat(70_000),
  ],
  ...[true, false, null, 10n, new Date(0), /a/g, new Map([["k", 1]]), new Set([1]), new Array(2)],
  ...[{ a: 1, b: { c: [1, 2] } }, new Uint8Array([1, 2, 3]), new Error("text")],
];

test("bytes are those of v8.serialize, and values are read back", async () => {
  const backing = new MemoryStorage();
  const storage = new DurableObjectStorage(backing);
  for (const value of VALUES) {
    await storage.put("key", value);
    const { value: bytes } = backing.map.get("key");
    assert.deepEqual(Buffer.from(bytes), serialize(value));
    assert.deepEqual(await storage.get("key"), deserialize(serialize(value)));
    assert.deepEqual((await storage.list()).get("key"), deserialize(serialize(value)));
  }
});

test("integers of every length are read back", async () => {
  const backing = new MemoryStorage();
  const storage = new DurableObjectStorage(backing);
  for (let bits = 1; bits <= 31; bits++) {
    for (const value of [2 ** bits - 1, 2 ** bits, -(2 ** bits), -(2 ** bits) - 1]) {
      backing.map.set("key", { value: serialize(value) });
      assert.equal(await storage.get("key"), value);
    }
  }
});

test("cut and strange bytes are read, or refused, as by v8.deserialize", async () => {
  for (const value of [300, 1.5, "text", true, null, { a: 1 }]) {
    const bytes = serialize(value);
    for (let length = 0; length <= bytes.length; length++) {
      await same(async ({ backing, storage, outcome }) => {
        backing.map.set("key", { value: new Uint8Array(bytes.subarray(0, length)) });
        await outcome(() => storage.get("key"));
        backing.map.set("key", {
          value: Buffer.concat([bytes.subarray(0, length), Buffer.alloc(9)]),
        });
        await outcome(() => storage.get("key"));
      });
    }
  }
});

test("data of Miniflare 1 is refused with an error that says what to do", async () => {
  const lines = await oursSays(async ({ backing, storage, outcome }) => {
    backing.map.set("key", { value: Buffer.from('{"a":1}') });
    await outcome(() => storage.get("key"));
    await outcome(() => storage.list());
  });
  for (const line of lines.filter((said) => said.startsWith("rejects"))) {
    assert.match(
      line,
      /^rejects DurableObjectError \[ERR_DESERIALIZATION\]: Unable to deserialize/,
    );
    assert.match(line, /must delete it\.$/);
  }
});
