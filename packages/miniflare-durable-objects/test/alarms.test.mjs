// Alarms of many objects: when they fire, what is kept of them, with a clock moved by hand.
import assert from "node:assert/strict";
import { createRequire } from "node:module";
import { test } from "node:test";
import { failureOf, ours, sameLog } from "./both.mjs";
import { FakeClock, settled } from "./fake-clock.mjs";

const require = createRequire(import.meta.url);
const { MemoryStorage } = require("@miniflare/storage-memory");

/** A storage in memory that notes what is called on it, behind a factory. */
class Recorded extends MemoryStorage {
  calls = [];
  storage(...args) {
    this.calls.push(["storage", ...args]);
    return this;
  }
}
for (const name of ["put", "delete", "list"]) {
  Recorded.prototype[name] = function (...args) {
    this.calls.push([name, ...args]);
    return MemoryStorage.prototype[name].apply(this, args);
  };
}

/** Runs `program` with the alarms of each package, stored; both must log and store the same. */
function same(t, program) {
  return sameLog(async (mf, log) => {
    const clock = new FakeClock(t);
    const stored = new Recorded();
    const alarms = new mf.AlarmStore();
    const fired = async (key) => log("fired", key, clock.now);
    await program({ mf, log, clock, stored, alarms, fired });
    log("due", clock.due, "calls", stored.calls);
    alarms.dispose();
    log("disposed", clock.due);
  });
}

test("alarms fire once at their time, in the order they are due", async (t) => {
  const lines = await same(t, async ({ alarms, stored, fired, clock }) => {
    await alarms.setupStore(stored, "the directory");
    await alarms.setupAlarms(fired);
    await alarms.setAlarm("A:1", clock.now + 500);
    await alarms.setAlarm("A:2", new Date(clock.now + 200));
    await alarms.setAlarm("A:3", clock.now - 5);
    await alarms.setAlarm("A:4", clock.now + 200);
    await clock.pass(100_000);
  });
  const fired = lines.filter((line) => line.startsWith("fired"));
  assert.deepEqual(fired, [
    "fired A:3 1000000",
    "fired A:2 1000200",
    "fired A:4 1000200",
    "fired A:1 1000500",
  ]);
});

test("far alarms get a timer from the scan before they are due", async (t) => {
  await same(t, async ({ alarms, stored, fired, clock, log }) => {
    await alarms.setupStore(stored);
    await alarms.setupAlarms(fired);
    for (const ms of [29_999, 30_000, 30_999, 31_000, 59_999, 60_000, 61_000, 200_000]) {
      await alarms.setAlarm(`A:${ms}`, clock.now + ms);
      log(ms, clock.due);
    }
    for (let step = 0; step < 9; step++) {
      await clock.pass(29_999);
      log(step, clock.due);
    }
  });
});

test("alarms that are stored are loaded, those without a time are due at once", async (t) => {
  await same(t, async ({ alarms, stored, fired, clock, log }) => {
    const value = new Uint8Array();
    await stored.put("A:1", { value, metadata: { scheduledTime: clock.now + 10 } });
    await stored.put("A:2", { value, metadata: { scheduledTime: clock.now + 90_000 } });
    await stored.put("A:3", { value });
    await alarms.setupStore(stored);
    log(clock.due);
    await alarms.setupAlarms(fired);
    log(clock.due);
    await clock.pass(100_000);
  });
});

test("setting again replaces, deleting forgets", async (t) => {
  await same(t, async ({ alarms, stored, fired, clock, log }) => {
    await alarms.setupStore(stored);
    await alarms.setupAlarms(fired);
    const bridge = alarms.buildBridge("A:1");
    await bridge.setAlarm(clock.now + 100);
    await bridge.setAlarm(clock.now + 50);
    log(clock.due);
    await bridge.setAlarm(clock.now + 900);
    await clock.pass(500);
    await bridge.deleteAlarm();
    await bridge.deleteAlarm();
    await alarms.deleteAlarm("A:unknown");
    await clock.pass(500);
  });
});

test("what is refused is not stored", async (t) => {
  await same(t, async ({ alarms, stored, fired, clock, log }) => {
    await alarms.setupStore(stored);
    await alarms.setupAlarms(fired);
    for (const time of [0, -1, -Infinity, new Date(0)]) {
      log(time, await failureOf(() => alarms.setAlarm("A:1", time)));
    }
    for (const time of [undefined, null, "soon"]) {
      const failure = await failureOf(() => alarms.setAlarm("A:1", time));
      log(time, failure.slice(0, 18));
    }
    for (const time of [Number.NaN, Infinity, new Date(Number.NaN), 0.5]) {
      log(time, await failureOf(() => alarms.setAlarm(`A:${time}`, time)));
    }
    await clock.pass(70_000);
  });
});

test("a flush runs alarms one after another, those set meanwhile too", async (t) => {
  const lines = await same(t, async ({ alarms, stored, clock, log }) => {
    let left = 3;
    await alarms.setupStore(stored);
    await alarms.setupAlarms(async (key) => {
      log("begins", key);
      await settled();
      if (key === "A:1" && left-- > 0) await alarms.setAlarm(key, clock.now + 10);
      if (key === "A:2") await alarms.deleteAlarm("A:3");
      log("ends", key);
    });
    for (const key of ["A:1", "A:2", "A:3", "A:4"]) await alarms.setAlarm(key, clock.now + 60_000);
    await alarms.flushAlarms();
    await alarms.setAlarm("A:5", clock.now + 5);
    await alarms.setAlarm("A:6", clock.now + 5);
    await alarms.flushAlarms(["A:6", "A:unknown", "A:6"]);
    await clock.pass(10);
  });
  assert.equal(lines.filter((line) => line === "begins A:1").length, 4);
  assert.ok(!lines.includes("begins A:3"));
});

test("an error in a flush reaches the caller, and the alarm is gone", async (t) => {
  await same(t, async ({ alarms, stored, clock, log }) => {
    await alarms.setupStore(stored);
    await alarms.setupAlarms(async (key) => {
      throw new RangeError(`failed ${key}`);
    });
    await alarms.setAlarm("A:1", clock.now + 60_000);
    await alarms.setAlarm("A:2", clock.now + 60_000);
    log(await failureOf(() => alarms.flushAlarms()));
    log(await failureOf(() => alarms.flushAlarms()));
    log(await failureOf(() => alarms.flushAlarms()));
  });
});

test("an alarm moved out of the window does not fire early", async (t) => {
  const clock = new FakeClock(t);
  const alarms = new ours.AlarmStore();
  const fired = [];
  await alarms.setupAlarms(async (key) => fired.push([key, clock.now - 1_000_000]));
  await alarms.setAlarm("A:1", clock.now + 20_000);
  await alarms.setAlarm("A:1", clock.now + 45_000);
  await clock.pass(44_999);
  assert.deepEqual(fired, []);
  await clock.pass(1);
  assert.deepEqual(fired, [["A:1", 45_000]]);
});

test("without a store alarms live in memory", async (t) => {
  const clock = new FakeClock(t);
  const alarms = new ours.AlarmStore();
  const fired = [];
  await alarms.setupAlarms(async (key) => fired.push(key));
  await alarms.setAlarm("A:1", clock.now + 10);
  await alarms.setAlarm("A:2", clock.now + 10);
  await alarms.deleteAlarm("A:1");
  await clock.pass(10);
  assert.deepEqual(fired, ["A:2"]);
});

test("storages that are given the store itself have an alarm each", async (t) => {
  const clock = new FakeClock(t);
  const alarms = new ours.AlarmStore();
  const storages = [1, 2].map(() => new ours.DurableObjectStorage(new MemoryStorage(), alarms));
  const [first, second] = storages;
  await first.setAlarm(clock.now + 5_000);
  await second.setAlarm(clock.now + 50_000);
  assert.equal(await first.getAlarm(), clock.now + 5_000);
  await clock.pass(5_000);
  assert.equal(await first.getAlarm(), null);
  assert.equal(await second.getAlarm(), clock.now + 45_000);
  await clock.pass(44_999);
  assert.equal(await second.getAlarm(), clock.now + 1);
  await clock.pass(1);
  assert.equal(await second.getAlarm(), null);
  await second.setAlarm(clock.now + 5_000);
  await second.deleteAlarm();
  assert.deepEqual(
    clock.due.filter((each) => !each.endsWith("*")),
    [],
  );
});
