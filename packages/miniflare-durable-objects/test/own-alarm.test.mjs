// A storage that is given the AlarmStore itself.
import assert from "node:assert/strict";
import { mock, test } from "node:test";
import { MemoryStorage } from "@miniflare/storage-memory";
import { AlarmStore, DurableObjectStorage } from "@steadfast/miniflare-durable-objects";

/** Everything that follows from a timer, short of the next one. */
async function settled(storage) {
  for (let turn = 0; turn < 20; turn++) await undefined;
  await storage.sync();
}

test("its alarm fires, and is gone then", async (t) => {
  t.after(() => mock.timers.reset());
  mock.timers.enable({ apis: ["setTimeout", "Date"], now: 1_000_000 });
  const alarms = new AlarmStore();
  t.after(() => alarms.dispose());
  const [first, second] = [0, 1].map(() => new DurableObjectStorage(new MemoryStorage(), alarms));
  await first.setAlarm(Date.now() + 5000);
  await second.setAlarm(Date.now() + 40_000);
  assert.equal(await first.getAlarm(), 1_005_000);
  mock.timers.tick(4999);
  await settled(first);
  assert.equal(await first.getAlarm(), 1_005_000);
  mock.timers.tick(1);
  await settled(first);
  assert.equal(await first.getAlarm(), null);
  assert.equal(await second.getAlarm(), 1_040_000);
  mock.timers.tick(30_000);
  await settled(second);
  mock.timers.tick(5000);
  await settled(second);
  assert.equal(await second.getAlarm(), null);
});

test("an alarm that is set while one fires stays", async (t) => {
  t.after(() => mock.timers.reset());
  mock.timers.enable({ apis: ["setTimeout", "Date"], now: 1_000_000 });
  const alarms = new AlarmStore();
  t.after(() => alarms.dispose());
  const storage = new DurableObjectStorage(new MemoryStorage(), alarms);
  await storage.setAlarm(1_005_000);
  const another = storage.setAlarm(1_009_000);
  mock.timers.tick(5000);
  await another;
  await settled(storage);
  assert.equal(await storage.getAlarm(), 1_009_000);
  mock.timers.tick(4000);
  await settled(storage);
  assert.equal(await storage.getAlarm(), null);
});

test("so does one whose setting waits for a write while another fires", async (t) => {
  t.after(() => mock.timers.reset());
  mock.timers.enable({ apis: ["setTimeout", "Date"], now: 1_000_000 });
  const alarms = new AlarmStore();
  t.after(() => alarms.dispose());
  const backing = new MemoryStorage();
  const storage = new DurableObjectStorage(backing, alarms);
  await storage.setAlarm(1_005_000);
  let written = () => {};
  backing.putMany = () => {
    return new Promise((resolve) => {
      written = resolve;
    });
  };
  const put = storage.put("key", "value");
  for (let turn = 0; turn < 20; turn++) await undefined;
  const another = storage.setAlarm(1_009_000);
  mock.timers.tick(5000);
  written();
  await Promise.all([put, another]);
  await settled(storage);
  assert.equal(await storage.getAlarm(), 1_009_000);
  mock.timers.tick(4000);
  await settled(storage);
  assert.equal(await storage.getAlarm(), null);
});

test("its alarm can be deleted", async (t) => {
  const alarms = new AlarmStore();
  t.after(() => alarms.dispose());
  const storage = new DurableObjectStorage(new MemoryStorage(), alarms);
  await storage.setAlarm(Date.now() + 5 * 1000);
  await storage.deleteAlarm();
  assert.equal(await storage.getAlarm(), null);
});
