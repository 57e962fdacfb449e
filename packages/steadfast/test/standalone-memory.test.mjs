// What storages that stand alone let go of.
import assert from "node:assert/strict";
import { AsyncLocalStorage } from "node:async_hooks";
import { test } from "node:test";
import { setFlagsFromString } from "node:v8";
import { runInNewContext } from "node:vm";
import { MemoryStorage } from "@steadfast/storage";
import { AlarmStore, DurableObjectStorage } from "../dist/index.js";
import { backings, standalone } from "./standalone.mjs";

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
