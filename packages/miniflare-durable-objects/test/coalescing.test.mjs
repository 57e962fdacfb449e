// What reaches the backing, in which calls and in which order.
import assert from "node:assert/strict";
import { test } from "node:test";
import { oursSays, same, turns } from "./transcripts.mjs";

test("writes of one turn are deletes, one put and late deletes", async () => {
  await same(async ({ storage, log }) => {
    await storage.put({ a: 0, b: 0, c: 0 });
    const answers = await Promise.all([
      storage.put("a", 1),
      storage.delete("a"),
      storage.put("d", 2),
      storage.put("a", 3),
      storage.delete(["b", "x", "b"]),
      storage.delete("b"),
      storage.delete("d"),
      storage.put({}),
    ]);
    log(answers);
    log(await storage.list());
  });
});

test("an awaited write is one call by itself", async () => {
  const lines = await oursSays(async ({ storage }) => {
    await storage.put("a", true);
    await storage.put({ b: true, c: true });
    await storage.delete("a");
    await storage.deleteAll();
  });
  const bytes = "{ value: Uint8Array(3) [ 255, 15, 84 ] }";
  assert.deepEqual(lines, [
    `putMany [ [ 'a', ${bytes} ] ]`,
    `putMany [ [ 'b', ${bytes} ], [ 'c', ${bytes} ] ]`,
    "deleteMany [ 'a' ]",
    "list undefined true",
    "deleteMany [ 'b', 'c' ]",
  ]);
});

test("reads see writes that are not flushed, and ask the backing for the others", async () => {
  await same(async ({ storage, log }) => {
    await storage.put({ a: 1, b: 2, c: 3, ab: 4, "\u00e9": 5, "\u{1f600}": 6, "\uff5e": 7 });
    const writes = [storage.put("aa", 8), storage.delete(["b", "ab"]), storage.put("c", 9)];
    const reads = [
      storage.get("aa"),
      storage.get(["c", "b", "a", "zz"]),
      storage.list(),
      storage.list({ prefix: "a", limit: 2 }),
      storage.list({ start: "ab", end: "d", reverse: true }),
      storage.list({ startAfter: "a", limit: 1 }),
    ];
    log(await Promise.all(reads));
    log(await Promise.all(writes));
  });
});

test("calls made at once end in the order of the original", async () => {
  const CALLS = {
    put: (s) => s.put("a", 1),
    "get of a": (s) => s.get("a"),
    "delete of a": (s) => s.delete("a"),
    "put of two": (s) => s.put({ b: 2, c: 3 }),
    transaction: (s) => s.transaction(async (txn) => txn.put("b", (await txn.get("b")) + 1)),
    list: (s) => s.list(),
    "get of b": (s) => s.get("b"),
    "delete of three": (s) => s.delete(["b", "c", "d"]),
    deleteAll: (s) => s.deleteAll(),
    setAlarm: (s) => s.setAlarm(5),
    getAlarm: (s) => s.getAlarm(),
    sync: (s) => s.sync(),
    "get of too many": (s) => s.get(new Array(129)),
    deleteAlarm: (s) => s.deleteAlarm(),
  };
  const names = Object.keys(CALLS);
  for (let first = 0; first < names.length; first++) {
    const order = [...names.slice(first), ...names.slice(0, first)];
    await same(async ({ storage, outcome, log }) => {
      const ends = order.map((name) =>
        outcome(() => CALLS[name](storage).finally(() => log(name, "has ended"))),
      );
      await Promise.all(ends);
    });
  }
});

test("each call takes as many turns as in the original", async () => {
  await same(async ({ storage, log }) => {
    const calls = [
      () => storage.put("a", 1),
      () => storage.put({ b: 1, c: 2 }),
      () => storage.get("a"),
      () => storage.get(["a", "b"]),
      () => storage.list({ limit: 2 }),
      () => storage.delete("a"),
      () => storage.delete(["a", "b"]),
      () => storage.setAlarm(5),
      () => storage.getAlarm(),
      () => storage.transaction(async () => {}),
      () => storage.transaction((txn) => txn.put("a", 1)),
      () => storage.transaction((txn) => txn.delete(["a", "b"])),
      () => storage.transaction(async (txn) => txn.rollback()),
      () => storage.deleteAll(),
      () => storage.sync(),
    ];
    for (const call of calls) log(await turns(call));
    for (const call of calls) {
      const write = storage.put("k", 1);
      log(await turns(call));
      await write;
    }
  });
});

test("when the backing fails, the next flush tries again", async () => {
  await same(async ({ storage, backing, log }) => {
    const settle = async (...calls) => {
      for (const { status, value, reason } of await Promise.allSettled(calls)) {
        log(status, reason?.name ?? value);
      }
      log(await storage.list());
    };
    backing.failing = "putMany";
    await settle(storage.put("a", 1), storage.put("b", 2), storage.delete("c"));
    backing.failing = "putMany";
    await settle(storage.put("a", 3));
    await settle(storage.sync());
    await settle(storage.put("d", 4));
    backing.failing = "deleteMany";
    await settle(storage.delete("a"), storage.delete("b"), storage.put("e", 5));
    await settle(storage.put("f", 6));
    backing.failing = "put";
    await settle(storage.setAlarm(5), storage.put("g", 7));
    await settle(storage.put("h", 8));
    backing.failing = "list";
    await settle(storage.deleteAll());
    backing.failing = "putMany";
    await settle(storage.transaction(async (txn) => txn.put("i", 9)));
    await settle(storage.transaction(async (txn) => txn.get("i")));
  });
});

test("sync waits for writes made later too", async () => {
  const lines = await same(async ({ storage, log }) => {
    const first = storage.put("a", 1).then(() => log("a"));
    const synced = storage.sync().then(() => log("sync"));
    const second = storage.transaction(async (txn) => txn.put("b", 1)).then(() => log("b"));
    await Promise.all([first, synced, second]);
    await storage.sync();
  });
  assert.ok(lines.indexOf("sync") > lines.indexOf("a"));
});
