// What storage and transactions refuse: texts, and whether the call throws or its promise rejects.
import assert from "node:assert/strict";
import { test } from "node:test";
import { oursSays, same } from "./transcripts.mjs";

const LONG = "k".repeat(2049);
const AT_LIMIT = "é".repeat(1024);
const MANY = Array.from({ length: 129 }, (_, index) => `k${index}`);
const LARGE = "v".repeat(131072 + 32);

/** Calls that either refuses, or that are just within a limit. */
const CALLS = {
  "get without a key": (s) => s.get(),
  "get of a long key": (s) => s.get(LONG),
  "get at the limit": (s) => s.get(AT_LIMIT),
  "get of a number": (s) => s.get(5),
  "get of too many": (s) => s.get(MANY),
  "get of a long one of many": (s) => s.get(["a", LONG]),
  "get of some undefined": (s) => s.get(["b", undefined, "a"]),
  "put without a key": (s) => s.put(),
  "put of nothing": (s) => s.put(null),
  "put of a number": (s) => s.put(5),
  "put without a value": (s) => s.put("a"),
  "put of a long key without a value": (s) => s.put(LONG),
  "put of a large value": (s) => s.put("a", LARGE),
  "put of a value at the limit": (s) => s.put("a", LARGE.slice(10)),
  "put of a function": (s) => s.put("a", () => {}),
  "put of a symbol": (s) => s.put("a", Symbol("a")),
  "put of too many": (s) => s.put(Object.fromEntries(MANY.map((key) => [key, 1]))),
  "put of a long one of many": (s) => s.put({ a: 1, [LONG]: 2 }),
  "put of a large one of many": (s) => s.put({ a: 1, b: LARGE }),
  "put of some undefined": (s) => s.put({ a: undefined, b: 2 }),
  "put of no pairs": (s) => s.put({}),
  "delete without a key": (s) => s.delete(),
  "delete of a long key": (s) => s.delete(LONG),
  "delete of too many": (s) => s.delete(MANY),
  "delete of a long one of many": (s) => s.delete(["a", LONG]),
  "delete of some undefined": (s) => s.delete(["b", undefined]),
  "list of none": (s) => s.list({ limit: 0 }),
  "list of less than none": (s) => s.list({ limit: -1 }),
  "list from two starts": (s) => s.list({ start: "a", startAfter: "a" }),
  "list with null": (s) => s.list(null),
  "list with a text as limit": (s) => s.list({ limit: "1" }),
  "list with numbers as bounds": (s) => s.list({ start: 1, end: 5 }),
  "alarm that is no time": (s) => s.setAlarm("soon"),
  "alarm without a time": (s) => s.setAlarm(),
};

test("storage refuses what the original refuses, in the same way", async () => {
  for (const call of Object.values(CALLS)) {
    await same(async ({ storage, outcome, log }) => {
      await storage.put({ a: 1, b: 2, 3: 3 });
      await outcome(() => call(storage));
      log(await storage.list());
    });
  }
});

test("a transaction refuses what the original refuses, in the same way", async () => {
  for (const call of Object.values(CALLS)) {
    await same(async ({ storage, outcome, log }) => {
      await storage.put({ a: 1, b: 2, 3: 3 });
      // A write that is refused fails the transaction too, even when the closure catches it.
      await outcome(() =>
        storage.transaction(async (txn) => {
          await outcome(() => call(txn));
          await outcome(() => txn.deleteAll());
          log(await txn.list());
          txn.rollback();
        }),
      );
    });
  }
});

test("an undefined key throws on put and delete, and rejects on get", async () => {
  const text = (method) =>
    `TypeError: Failed to execute '${method}' on 'DurableObjectStorage': ` +
    "parameter 1 is not of type 'variant'. (key is undefined)";
  const lines = await oursSays(async ({ storage, outcome }) => {
    await outcome(() => storage.get(undefined));
    await outcome(() => storage.put(undefined, 1));
    await outcome(() => storage.delete(undefined));
  });
  assert.deepEqual(lines, [
    `rejects ${text("get")}`,
    `throws ${text("put")}`,
    `throws ${text("delete")}`,
  ]);
});

test("a transaction that has ended refuses everything", async () => {
  const METHODS = ["get", "put", "delete", "list", "getAlarm", "setAlarm", "deleteAlarm"];
  await same(async ({ storage, outcome }) => {
    let committed;
    await storage.transaction(async (txn) => {
      committed = txn;
    });
    for (const method of METHODS) await outcome(() => committed[method]("key", 1));
    await outcome(async () => committed.rollback());
    await storage.transaction(async (txn) => {
      txn.rollback();
      txn.rollback();
      for (const method of METHODS) await outcome(() => txn[method]("key", 1));
    });
  });
});

test("a transaction writes 128 keys, and no more", async () => {
  const lines = await same(async ({ storage, outcome }) => {
    await outcome(() =>
      storage.transaction(async (txn) => {
        await txn.put(Object.fromEntries(MANY.slice(0, 127).map((key) => [key, 1])));
        await outcome(() => txn.delete("last"));
        await outcome(() => txn.put("k0", 2));
        await outcome(() => txn.put("one more", 1));
        await outcome(() => txn.put("k0", 3));
      }),
    );
    await outcome(() => storage.get("k0"));
  });
  assert.match(lines.join("\n"), /Maximum number of keys modified in a transaction is 128\./);
});

test("without a handler there is no alarm", async () => {
  await same(async ({ library, storage, outcome }) => {
    storage[library.kAlarmExists] = false;
    await outcome(() => storage.setAlarm(5));
    await outcome(() => storage.getAlarm());
    await outcome(() => storage.deleteAlarm());
    await storage.transaction(async (txn) => {
      await outcome(() => txn.setAlarm(5));
      await outcome(() => txn.getAlarm());
    });
  });
});
