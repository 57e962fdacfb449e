// What storages that stand alone let go of.
import assert from "node:assert/strict";
import { AsyncLocalStorage } from "node:async_hooks";
import { test } from "node:test";
import { setFlagsFromString } from "node:v8";
import { runInNewContext } from "node:vm";
import { MemoryStorage } from "@steadfast/storage";
import { kStore } from "../dist/backed/index.cjs";
import { AlarmStore, DurableObjectStorage } from "../dist/index.js";
import { backings, disk, standalone } from "./standalone.mjs";

setFlagsFromString("--expose-gc");
const collect = runInNewContext("gc");

/** Whether the garbage collector takes it. */
async function isCollected(reference) {
  for (let turn = 0; turn < 20 && reference.deref() !== undefined; turn++) {
    await new Promise((resolve) => setImmediate(resolve));
    collect();
  }
  return reference.deref() === undefined;
}

for (const backing of Object.keys(backings)) {
  test(`what a closure leaves behind does not hold on to those before it, on ${backing}`, async (t) => {
    const storage = standalone(t, backing);
    // All that was made in a closure holds on to this.
    const context = new AsyncLocalStorage();
    const contexts = [];
    await new Promise((resolve) => {
      const begin = () => {
        const made = {};
        contexts.push(new WeakRef(made));
        context.run(made, () => storage.transaction(leave));
      };
      const leave = () => void setImmediate(contexts.length < 20 ? begin : resolve);
      begin();
    });
    assert.equal(await isCollected(contexts[0]), true);
  });
}

test("an open disk holds on to storages for the sake of alarms alone", async (t) => {
  const below = disk(t);
  const made = async (name, alarms) => {
    const object = below.object(name);
    await new DurableObjectStorage(object, alarms).put("a", 1);
    return object[kStore].disk.beforeClose.size;
  };
  assert.equal(await made("without"), 0);
  const bridge = { setAlarm: async () => undefined, deleteAlarm: async () => undefined };
  assert.equal(await made("with", bridge), 1);
  await below.close();
});

test("an alarm store holds on to storages with an alarm", async (t) => {
  const alarms = new AlarmStore();
  t.after(() => alarms.dispose());
  const make = async (use) => {
    const below = new MemoryStorage();
    await use(new DurableObjectStorage(below, alarms));
    return new WeakRef(below);
  };
  const time = Date.now() + 3_600_000;
  const due = await make((storage) => storage.setAlarm(time));
  const none = await make((storage) => storage.put("a", 1));
  const deleted = await make(async (storage) => {
    await storage.setAlarm(time);
    await storage.deleteAlarm();
  });
  assert.equal(await isCollected(none), true);
  assert.equal(await isCollected(deleted), true);
  assert.equal(await isCollected(due), false);
  await alarms.flushAlarms();
  assert.equal(await isCollected(due), true);
});
