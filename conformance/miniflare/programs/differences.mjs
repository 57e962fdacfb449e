// What is meant to differ: `differences.mjs` says why, and pins what each side writes.
import { OPTIONS, startPlugin } from "../objects.mjs";

const NOW = 1_700_000_000_000;

/** `count` transactions that each add one to a key; what the end is and how often closures ran at most. */
const contenders = (count) => async (t) => {
  const storage = t.storage({ quiet: true });
  const ran = new Array(count).fill(0);
  const one = (i) =>
    storage.transaction(async (txn) => {
      ran[i]++;
      const n = ((await txn.get("n")) ?? 0) + 1;
      await txn.put("n", n);
    });
  await Promise.all(ran.map((_, i) => one(i)));
  t.log("n", await storage.get("n"));
  t.log(
    "ran",
    ran.reduce((sum, runs) => sum + runs),
    "at most",
    Math.max(...ran),
  );
};

/** An alarm store over a recorder, with what fires written. */
async function alarmStore(t) {
  t.fakeTime(NOW);
  const backing = t.recorder({ name: "alarms" });
  const store = new t.mf.AlarmStore();
  await store.setupStore({ storage: () => backing });
  await store.setupAlarms(async (key) => t.log("fires", key, "at", t.clock.now - NOW));
  return store;
}

export default {
  "40-contenders": contenders(40),
  "100-contenders": contenders(100),
  async "alarm-set-while-a-transaction-commits"(t) {
    const kept = [];
    for (let delay = 0; delay < 20; delay++) {
      const storage = t.storage({ quiet: true });
      const transaction = storage.transaction((txn) => txn.put("a", 1));
      for (let i = 0; i < delay; i++) await undefined;
      await Promise.all([transaction, storage.setAlarm(NOW)]);
      kept.push((await storage.getAlarm()) === NOW);
      t.backing.map.clear();
    }
    t.log("kept", kept.filter(Boolean).length, "of", kept.length);
  },
  async "alarm-moved-far-away"(t) {
    const store = await alarmStore(t);
    await store.setAlarm("TEST:a", NOW + 5000);
    await store.setAlarm("TEST:a", NOW + 100_000);
    await t.clock.advance(10_000);
    t.log("at 10 s");
    await t.clock.advance(100_000);
    store.dispose();
  },
  async "alarm-at-zero"(t) {
    const store = await alarmStore(t);
    const storage = t.storage({ bridge: store.buildBridge("TEST:a") });
    await t.call(() => storage.setAlarm(0));
    await t.call(() => storage.getAlarm());
    await t.call(() => storage.put("a", 1));
    await t.call(() => storage.put("b", 2));
    await t.call(() => storage.get(["a", "b"]));
    store.dispose();
  },
  async "alarm-at-zero-in-a-transaction"(t) {
    const store = await alarmStore(t);
    const storage = t.storage({ bridge: store.buildBridge("TEST:a") });
    await t.call(() => storage.transaction((txn) => txn.setAlarm(-1)));
    await t.call(() => storage.getAlarm());
    await t.call(() => storage.put("a", 1));
    store.dispose();
  },
  async "alarm-store-as-the-second-argument"(t) {
    const store = await alarmStore(t);
    const storage = t.storage({ bridge: store });
    await t.call(() => storage.setAlarm(NOW + 1000));
    await t.call(() => storage.getAlarm());
    await t.call(() => storage.setAlarm(NOW + 2000));
    await t.clock.advance(1500);
    await t.call(() => storage.getAlarm());
    await t.clock.advance(1500);
    await t.call(() => storage.getAlarm());
    await t.call(() => storage.setAlarm(NOW + 9000));
    await t.call(() => storage.deleteAlarm());
    await t.call(() => storage.getAlarm());
    store.dispose();
  },
  async "alarm-store-without-a-store"(t) {
    t.fakeTime(NOW);
    const store = new t.mf.AlarmStore();
    await t.call(() => store.setAlarm("TEST:a", NOW + 1000));
    await t.call(() => store.deleteAlarm("TEST:a"));
    await store.setupAlarms(async (key) => t.log("fires", key));
    await t.call(() => store.setAlarm("TEST:b", NOW + 1000));
    await t.clock.advance(2000);
    store.dispose();
  },
  async "alarms-switched-off"(t) {
    const { plugin, factory, TEST } = await startPlugin(t, {
      ...OPTIONS,
      durableObjectsAlarms: false,
    });
    const { storage } = await plugin.getObject(factory, TEST.idFromName("a"));
    await t.call(() => storage.setAlarm(NOW + 1000));
    await t.call(() => storage.getAlarm());
    await t.call(() => storage.put("key", 1));
    await t.clock.advance(2000);
    await plugin.dispose();
  },
  async "half-a-pair-as-prefix"(t) {
    const storage = await t.filled({ "😀": 1, "😁": 2, x: 3 });
    await t.call("half a pair", async () => [...(await storage.list({ prefix: "\ud83d" })).keys()]);
    await storage.transaction(async (txn) => {
      await txn.put("😂", 4);
      await t.call("half a pair in txn", async () => [
        ...(await txn.list({ prefix: "\ud83d" })).keys(),
      ]);
    });
  },
  async "ignore-alarms"(t) {
    for (const ignoreAlarms of [true, false, undefined]) {
      const host = t.plugin({ durableObjects: { TEST: "Test" }, ignoreAlarms });
      t.log(host.plugin.ignoreAlarms, host.plugin.durableObjectsAlarms);
      t.log("ignoreAlarms" in host.plugin, t.mf.DurableObjectsPlugin.prototype.opts.size);
      await host.start({ Test: class {} });
      await host.plugin.dispose();
    }
  },
};
