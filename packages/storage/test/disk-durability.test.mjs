// A put resolves when it is durable and not before. Needs the addon built with its testing hooks.
import assert from "node:assert/strict";
import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { test } from "node:test";
// Before the storage: it chooses the addon.
import { isPending, lastEngine } from "../../steadfast/test/held.mjs";
import { bytes, text } from "./contract.mjs";

const { DiskStorage } = await import("@steadfast/storage");
const { open, temporary } = await import("./disk.mjs");

/** A storage with the valve over its engine. */
function openHeld(t) {
  const storage = open(t, temporary(t));
  const engine = lastEngine();
  t.after(() => engine.release());
  return { storage, engine };
}

test("a put resolves when it is durable, and reads see it before", async (t) => {
  const { storage, engine } = openHeld(t);
  await storage.put("key", { value: bytes("1") });
  engine.hold();
  const put = storage.put("key", { value: bytes("2") });
  assert.equal(text(await storage.get("key")), "2");
  assert.equal(await isPending(put), true);
  engine.release();
  await put;
});

test("batches and deletes wait as well, also those that change nothing", async (t) => {
  const { storage, engine } = openHeld(t);
  await storage.put("key", { value: bytes("1") });
  engine.hold();
  const waiting = [
    storage.putMany([["a", { value: bytes("1") }]]),
    storage.deleteMany(["key", "other"]),
    // It is gone already, though not for good.
    storage.delete("key"),
  ];
  for (const promise of waiting) assert.equal(await isPending(promise), true);
  engine.release();
  assert.deepEqual(await Promise.all(waiting), [undefined, 1, false]);
});

test("closing waits for what was written", async (t) => {
  const { storage, engine } = openHeld(t);
  engine.hold();
  const put = storage.object("a").put("key", { value: bytes("1") });
  const closed = storage.close();
  assert.equal(await isPending(closed), true);
  engine.release();
  await Promise.all([put, closed]);
});

test("closing one of two waits for batches and deletes too", async (t) => {
  const { storage, engine } = openHeld(t);
  await storage.put("key", { value: bytes("1") });
  for (const write of [
    (one) => one.putMany([["a", { value: bytes("1") }]]),
    (one) => one.deleteMany(["key"]),
  ]) {
    const one = new DiskStorage(storage.directory);
    engine.hold();
    const written = write(one);
    const closed = one.close();
    const waited = await isPending(closed);
    engine.release();
    await Promise.all([written, closed]);
    assert.equal(waited, true, `${write}`);
  }
});

test("from the call of close on nothing more is taken, also when another keeps the object open", async (t) => {
  const { storage, engine } = openHeld(t);
  await storage.put("key", { value: bytes("1") });
  const one = new DiskStorage(storage.directory);
  engine.hold();
  const before = one.put("key", { value: bytes("2") });
  const closed = one.close();
  const late = Promise.allSettled([
    one.put("key", { value: bytes("3") }),
    one.putMany([["key", { value: bytes("3") }]]),
    one.get("key"),
  ]);
  engine.release();
  await Promise.all([before, closed]);
  assert.deepEqual(
    (await late).map(({ reason }) => reason?.code),
    ["ERR_STOPPED", "ERR_STOPPED", "ERR_STOPPED"],
  );
  assert.equal(text(await storage.get("key")), "2");
});

test("in memory nothing waits, and a failure is told all the same", async (t) => {
  const storage = DiskStorage.memory();
  t.after(() => storage.close().catch(() => undefined));
  const engine = lastEngine();
  t.after(() => engine.release());
  engine.hold();
  await storage.put("key", { value: bytes("1") });
  await storage.putMany([["other", { value: bytes("2") }]]);
  assert.equal(await storage.deleteMany(["key", "none"]), 1);
  engine.fail("memory is gone");
  const failed = { code: "ERR_FAILED", message: /can no longer be written: memory is gone/ };
  await assert.rejects(storage.put("key", { value: bytes("3") }), failed);
  await assert.rejects(storage.close(), failed);
});

test("when durability fails, whoever waits is told why, and so is whoever comes later", async (t) => {
  const { storage, engine } = openHeld(t);
  await storage.put("key", { value: bytes("1") });
  engine.hold();
  const puts = ["a", "b"].map((name) => storage.object(name).put("key", { value: bytes("2") }));
  const reasons = Promise.allSettled([...puts, storage.object("c").get("key")]);
  engine.fail("the disk is gone");
  const failed = {
    name: "SteadfastError",
    code: "ERR_FAILED",
    message: /can no longer be written: the disk is gone/,
  };
  for (const { reason } of (await reasons).slice(0, 2))
    assert.throws(() => {
      throw reason;
    }, failed);
  await assert.rejects(storage.put("key", { value: bytes("3") }), failed);
  // So is who opens another object, which the failed engine does not read any more.
  await assert.rejects(storage.object("d").get("key"), failed);
  await assert.rejects(storage.close(), failed);
});

test("objects that are written at the same time share syncs", async (t) => {
  const directory = temporary(t);
  const storage = open(t, directory);
  const objects = Array.from({ length: 200 }, (_, i) => storage.object(`object ${i}`));
  for (const object of objects) await object.get("key");
  await Promise.all(objects.map((object) => object.put("key", { value: bytes("1") })));
  const groups = readdirSync(join(directory, "log")).flatMap((name) => {
    return groupSizes(readFileSync(join(directory, "log", name)));
  });
  assert.equal(
    groups.reduce((sum, size) => sum + size, 0),
    objects.length,
  );
  assert.ok(groups.length < objects.length / 2, `${groups.length} syncs`);
});

/** How many records each group of a segment has: see `docs/formats.md`. */
function groupSizes(segment) {
  const sizes = [];
  for (let at = 64; at + 48 <= segment.length; at += 8) {
    if (segment.toString("latin1", at, at + 4) !== "grup") continue;
    const size = segment.readUInt32LE(at + 4);
    if (size > 0) sizes.push(size);
  }
  return sizes;
}
