// What storages that stand alone ask of the storage below, and what they tell when that fails or cannot.
import assert from "node:assert/strict";
import { test } from "node:test";
import { DurableObjectStorage as MiniflareStorage } from "@steadfast/miniflare-durable-objects";
import { MemoryStorage } from "@steadfast/storage";
import { DurableObjectStorage, Steadfast } from "../dist/index.js";
import { backings, disk, SlowStorage, standalone, temporary } from "./standalone.mjs";

for (const [backing, { isOwn = false }] of Object.entries(backings)) {
  if (isOwn) continue;
  test(`kv, sql and transactionSync say which storage they need, on ${backing}`, (t) => {
    const storage = standalone(t, backing);
    for (const [api, use] of Object.entries({
      kv: () => storage.kv.get("a"),
      sql: () => storage.sql.exec("SELECT 1"),
      transactionSync: () => storage.transactionSync(() => 1),
    })) {
      assert.throws(use, {
        name: "SteadfastError",
        code: "ERR_FOREIGN_STORAGE",
        message: new RegExp(
          `^storage\\.${api} needs .*new DiskStorage\\(.*DiskStorage\\.memory\\(\\)`,
        ),
      });
    }
  });
}

test("what cannot be stood on is refused", () => {
  for (const wrong of [undefined, null, "a", {}, new Map()]) {
    assert.throws(() => new DurableObjectStorage(wrong), {
      name: "TypeError",
      message: /^the storage to stand on lacks methods: methods=".*list"$/,
    });
  }
});

test("writes that nobody awaits reach the storage below together", async () => {
  const below = new MemoryStorage();
  const calls = [];
  for (const method of ["put", "putMany", "delete", "deleteMany"]) {
    const original = below[method];
    below[method] = (...given) => {
      calls.push([method, given[0].length]);
      return original.apply(below, given);
    };
  }
  const storage = new DurableObjectStorage(below);
  storage.put("a", 1);
  storage.put("b", 2);
  storage.delete("c");
  await storage.put({ d: 4, e: 5 });
  assert.deepEqual(
    calls.filter(([method]) => method.endsWith("Many")),
    [
      ["deleteMany", 1],
      ["putMany", 4],
    ],
  );
});

test("the least that a storage needs is enough", async () => {
  const below = new SlowStorage();
  const storage = new DurableObjectStorage(below);
  await storage.put({ a: 1, b: 2 });
  await storage.transaction(async (txn) => {
    await txn.put("c", (await txn.get("a")) + 2);
    await txn.delete("b");
  });
  assert.deepEqual([...below.entries.keys()], ["a", "c"]);
  below.calls.length = 0;
  assert.deepEqual(
    await storage.get(["a", "b", "c"]),
    new Map([
      ["a", 1],
      ["c", 3],
    ]),
  );
  assert.deepEqual(below.calls, [
    ["get", "a"],
    ["get", "b"],
    ["get", "c"],
  ]);
});

test("a failure of the storage below is told to whoever wrote, and tried again by the next write", async () => {
  const below = new MemoryStorage();
  const storage = new DurableObjectStorage(below);
  const putMany = below.putMany;
  below.putMany = async () => {
    throw new RangeError("the disk is full");
  };
  await assert.rejects(storage.put("a", 1), { name: "RangeError", message: "the disk is full" });
  assert.equal(await storage.get("a"), 1, "it is not in the storage below yet");
  assert.equal(await below.get("a"), undefined);
  const failed = storage.transaction((txn) => txn.put("b", 1));
  await assert.rejects(failed, { name: "RangeError", message: "the disk is full" });
  below.putMany = putMany;
  await storage.put("c", 1);
  assert.deepEqual(
    [...(below.map?.keys() ?? (await below.list()).keys.map(({ name }) => name))],
    ["a", "b", "c"],
  );
  below.get = below.getMany = async () => {
    throw new RangeError("it cannot be read");
  };
  await assert.rejects(storage.get("a"), /it cannot be read/);
});

test("what was written to a disk is an object's when that runs", async (t) => {
  class Room {
    constructor(ctx) {
      this.ctx = ctx;
    }
    async fetch() {
      const { storage } = this.ctx;
      return Response.json([
        await storage.get("number"),
        [...(await storage.get("object")).list[0]],
        storage.sql.exec("SELECT a FROM t").one().a,
      ]);
    }
  }
  const worker = { fetch: (request, env) => env.ROOM.getByName("a").fetch(request) };
  const options = { worker, durableObjects: { ROOM: { class: Room, uniqueKey: "NAME" } } };
  const maker = await Steadfast.start(options);
  const id = maker.env.ROOM.idFromName("a").toString();
  await maker.stop();
  const directory = temporary(t);
  const written = disk(t, directory);
  const storage = new DurableObjectStorage(written.object(`NAME:${id}`));
  await storage.put({ number: 1, object: { list: [new Uint8Array([1, 2])] } });
  storage.sql.exec("CREATE TABLE t(a); INSERT INTO t VALUES (1)");
  await storage.sync();
  await written.close();
  const app = await Steadfast.start({ ...options, storage: directory });
  t.after(() => app.stop());
  assert.deepEqual(await (await app.fetch("http://x/")).json(), [1, [1, 2], 1]);
});

test("what the stand-in for Miniflare 2 has stored on a disk is read, but for its alarm", async (t) => {
  const below = disk(t).object("room");
  const drop = new MiniflareStorage(below);
  const values = { a: 1, b: { list: [new Date(0)] }, c: new Uint8Array([1, 2]) };
  await drop.put(values);
  await drop.setAlarm(Date.now() + 3_600_000);
  const storage = new DurableObjectStorage(below);
  assert.deepEqual(Object.fromEntries(await storage.list()), values);
  assert.deepEqual(Object.fromEntries(storage.kv.list({ limit: 2 })), { a: 1, b: values.b });
  assert.deepEqual([...(await storage.list({ limit: 3, end: "b" })).keys()], ["a"]);
  assert.deepEqual([...(await storage.list({ limit: 1 })).keys()], ["a"]);
  const inside = await storage.transaction((txn) => txn.list({ reverse: true }));
  assert.deepEqual([...inside.keys()], ["c", "b", "a"]);
  assert.equal(await storage.getAlarm(), null);
  await storage.put("a", [2]);
  assert.deepEqual(await drop.get("a"), [2]);
  assert.equal(typeof (await drop.getAlarm()), "number");
});

test("numbers and primitives are the bytes that objects store", async (t) => {
  const below = disk(t);
  const storage = new DurableObjectStorage(below);
  const memory = new MemoryStorage();
  const foreign = new DurableObjectStorage(memory);
  for (const value of [1, -1, 0.5, -0, true, false, null, "text", { a: [1] }, new Date(0)]) {
    await storage.put("a", value);
    await foreign.put("a", value);
    const [own, other] = [await below.get("a"), await memory.get("a")];
    assert.deepEqual(Buffer.from(other.value), Buffer.from(own.value));
  }
});

test("once it is closed a storage refuses", async () => {
  const storage = disk();
  const alone = new DurableObjectStorage(storage.object("a"));
  alone.kv.put("kept", 1);
  await storage.close();
  const closed = { name: "SteadfastError", code: "ERR_STOPPED" };
  await assert.rejects(alone.get("a"), closed);
  await assert.rejects(alone.put("a", 1), closed);
  await assert.rejects(
    alone.transaction(() => 1),
    closed,
  );
  assert.throws(() => alone.kv.get("a"), closed);
});
