// Alarms of storages that stand alone: who runs them, and what is left of them. Timers are the test's own.
import assert from "node:assert/strict";
import { mock, test } from "node:test";
import { DiskStorage } from "@steadfast/storage";
import { AlarmStore, DurableObjectStorage } from "../dist/index.js";
import { backings, disk, SlowStorage, temporary } from "./standalone.mjs";

const NOW = 1_700_000_000_000;

/** Lets everything run that can run now. */
async function settle() {
  for (let turn = 0; turn < 20; turn++) await new Promise((resolve) => setImmediate(resolve));
}

/** Waits until something is so, however long the disk takes. */
async function until(condition) {
  while (!condition()) await new Promise((resolve) => setImmediate(resolve));
}

/** Time stands still until a test moves it. */
function stopTime(t) {
  mock.timers.enable({ apis: ["setTimeout", "Date"], now: NOW });
  t.after(() => mock.timers.reset());
}

/** An alarm store, and the keys of the alarms that have fired. */
async function alarmStore(t) {
  const alarms = new AlarmStore();
  t.after(() => alarms.dispose());
  const fired = [];
  await alarms.setupAlarms(async (key) => fired.push(key));
  return { alarms, fired };
}

for (const [backing, { make }] of Object.entries(backings)) {
  test(`an alarm fires once, and is gone then, on ${backing}`, async (t) => {
    stopTime(t);
    const { alarms, fired } = await alarmStore(t);
    const storage = new DurableObjectStorage(make(t), alarms);
    await storage.setAlarm(NOW + 5000);
    assert.equal(await storage.getAlarm(), NOW + 5000);
    assert.deepEqual(await storage.list(), new Map());
    mock.timers.tick(4999);
    await settle();
    assert.equal(fired.length, 0);
    mock.timers.tick(1);
    await until(() => fired.length > 0);
    await settle();
    assert.equal(fired.length, 1);
    assert.equal(await storage.getAlarm(), null);
    mock.timers.tick(60_000);
    await settle();
    assert.equal(fired.length, 1);
    await storage.setAlarm(NOW);
    mock.timers.tick(1);
    await until(() => fired.length > 1);
    await settle();
    assert.equal(fired.length, 2, "one that is past is due at once");
  });

  test(`deleted, moved and undone alarms do not fire, on ${backing}`, async (t) => {
    stopTime(t);
    const { alarms, fired } = await alarmStore(t);
    const storage = new DurableObjectStorage(make(t), alarms);
    await storage.setAlarm(NOW + 1000);
    await storage.deleteAlarm();
    await storage.setAlarm(NOW + 2000);
    await storage.setAlarm(NOW + 9000);
    await storage.transaction(async (txn) => {
      await txn.setAlarm(NOW + 3000);
      txn.rollback();
    });
    mock.timers.tick(8000);
    await settle();
    assert.equal(fired.length, 0);
    assert.equal(await storage.getAlarm(), NOW + 9000);
    await storage.transaction((txn) => txn.setAlarm(NOW + 8500));
    mock.timers.tick(600);
    await until(() => fired.length > 0);
    await settle();
    assert.equal(fired.length, 1);
    await storage.setAlarm(NOW + 20_000);
    await storage.deleteAll();
    assert.equal(await storage.getAlarm(), null);
    mock.timers.tick(60_000);
    await settle();
    assert.equal(fired.length, 1);
  });

  test(`each storage has an alarm of its own, on ${backing}`, async (t) => {
    stopTime(t);
    const { alarms, fired } = await alarmStore(t);
    const [one, other] = [make(t), make(t)].map((below) => new DurableObjectStorage(below, alarms));
    await one.setAlarm(NOW + 1000);
    await other.setAlarm(NOW + 2000);
    mock.timers.tick(1000);
    await until(() => fired.length > 0);
    assert.equal(await one.getAlarm(), null);
    assert.equal(await other.getAlarm(), NOW + 2000);
    await alarms.flushAlarms();
    assert.equal(await other.getAlarm(), null);
    assert.equal(new Set(fired).size, 2);
  });

  test(`what an alarm does is part of no transaction, on ${backing}`, async (t) => {
    const alarms = new AlarmStore();
    t.after(() => alarms.dispose());
    const storage = new DurableObjectStorage(make(t));
    const other = new DurableObjectStorage(make(t), alarms);
    let isDone = false;
    await alarms.setupAlarms(async () => {
      await storage.put("done", 1);
      isDone = true;
    });
    const failed = storage.transaction(async () => {
      await other.setAlarm(NOW);
      await until(() => isDone);
      throw new Error("undo");
    });
    await assert.rejects(failed, /undo/);
    assert.equal(await storage.get("done"), 1);
  });

  test(`an alarm that one has run is none for another, on ${backing}`, async (t) => {
    stopTime(t);
    const [one, other] = [await alarmStore(t), await alarmStore(t)];
    const below = make(t);
    const storage = new DurableObjectStorage(below, one.alarms);
    new DurableObjectStorage(below, other.alarms);
    await storage.setAlarm(NOW + 1000);
    await one.alarms.flushAlarms();
    await storage.sync();
    mock.timers.tick(1000);
    await settle();
    assert.deepEqual([one.fired.length, other.fired.length], [1, 0]);
    await storage.setAlarm(NOW + 1000);
    mock.timers.tick(1);
    await until(() => one.fired.length > 1);
  });

  test(`a bridge is told of what is stored, on ${backing}`, async (t) => {
    const told = [];
    const bridge = {
      setAlarm: async (time) => told.push(time),
      deleteAlarm: async () => told.push(null),
    };
    const storage = new DurableObjectStorage(make(t), bridge);
    const time = Date.now() + 3_600_000;
    await storage.setAlarm(time);
    await storage.deleteAlarm();
    assert.deepEqual(told, [time, null]);
    await assert.rejects(storage.setAlarm(0), TypeError);
    assert.deepEqual(told, [time, null]);
  });
}

test("an alarm that is deleted before its time is durable does not fire", async (t) => {
  stopTime(t);
  const { alarms, fired } = await alarmStore(t);
  const below = disk(t, temporary(t));
  for (let n = 0; n < 20; n++) {
    const storage = new DurableObjectStorage(below.object(`room ${n}`), alarms);
    const set = storage.setAlarm(NOW + 1000);
    await new Promise((resolve) => setImmediate(resolve));
    await Promise.all([set, storage.deleteAlarm()]);
  }
  mock.timers.tick(1000);
  await settle();
  assert.deepEqual(fired, []);
});

for (const undone of [false, true]) {
  const what = undone ? "a new alarm that is undone" : "a new alarm";
  test(`an alarm fires once while a transaction has the store, and sets ${what}`, async (t) => {
    stopTime(t);
    const { alarms, fired } = await alarmStore(t);
    const storage = new DurableObjectStorage(disk(t), alarms);
    await storage.setAlarm(NOW + 1000);
    const both = storage.transaction(async (txn) => {
      storage.sql.exec("CREATE TABLE t(a)");
      if (undone) await txn.setAlarm(NOW + 5000);
      mock.timers.tick(1000);
      await settle();
      if (!undone) await txn.setAlarm(NOW + 5000);
      else txn.rollback();
    });
    await both;
    await until(() => fired.length > 0);
    await settle();
    assert.equal(fired.length, 1);
    assert.equal(await storage.getAlarm(), undone ? null : NOW + 5000);
    mock.timers.tick(4000);
    await until(() => undone || fired.length > 1);
    await settle();
    assert.equal(fired.length, undone ? 1 : 2);
  });
}

test("an alarm that waits to be written when another fires is kept", async (t) => {
  stopTime(t);
  const { alarms, fired } = await alarmStore(t);
  const below = new SlowStorage();
  const storage = new DurableObjectStorage(below, alarms);
  await storage.setAlarm(NOW + 1000);
  const put = storage.put("a", 1);
  await until(() => below.calls.at(-1)[0] === "put" && below.calls.at(-1)[1] === "a");
  const set = storage.setAlarm(NOW + 5000);
  mock.timers.tick(1000);
  await Promise.all([put, set]);
  await settle();
  assert.equal(fired.length, 1);
  assert.equal(await storage.getAlarm(), NOW + 5000);
  mock.timers.tick(4000);
  await until(() => fired.length > 1);
  assert.equal(await storage.getAlarm(), null);
});

test("without anybody who runs it an alarm is a time", async (t) => {
  const storage = new DurableObjectStorage(disk(t));
  await storage.setAlarm(1);
  const alarm = await storage.getAlarm();
  assert.ok(alarm > 1 && alarm <= Date.now());
});

test("an alarm on a disk is there when it is opened again, and fires", async (t) => {
  const directory = temporary(t);
  const before = disk(t, directory);
  await new DurableObjectStorage(before.object("room")).setAlarm(NOW + 5000 + Date.now());
  const due = await new DurableObjectStorage(before.object("room")).getAlarm();
  await before.close();
  mock.timers.enable({ apis: ["setTimeout", "Date"], now: due - 1000 });
  t.after(() => mock.timers.reset());
  const { alarms, fired } = await alarmStore(t);
  const storage = new DurableObjectStorage(disk(t, directory).object("room"), alarms);
  assert.equal(await storage.getAlarm(), due);
  await settle();
  mock.timers.tick(1000);
  await until(() => fired.length > 0);
  assert.equal(fired.length, 1);
  assert.equal(await storage.getAlarm(), null);
});

test("an alarm does not fire once its disk is closed", async (t) => {
  stopTime(t);
  const { alarms, fired } = await alarmStore(t);
  const storage = DiskStorage.memory();
  const alone = new DurableObjectStorage(storage, alarms);
  await alone.setAlarm(NOW + 1000);
  const last = alone.setAlarm(NOW + 900);
  await storage.close();
  await last;
  mock.timers.tick(1000);
  await settle();
  assert.deepEqual(fired, []);
});

test("who runs alarms must be able to", () => {
  const storage = DiskStorage.memory();
  assert.throws(() => new DurableObjectStorage(storage, {}), {
    name: "TypeError",
    message: 'what runs alarms lacks methods: methods="setAlarm deleteAlarm"',
  });
  return storage.close();
});
