// `AlarmStore`, by itself and behind a storage, with time standing still.

const NOW = 1_700_000_000_000;

/** An alarm store over a recorder, its callback writing what fires. */
async function alarmStore(t, { entries = {}, attach = true, persist } = {}) {
  t.fakeTime(NOW);
  const backing = t.recorder({ name: "alarms" });
  for (const [key, metadata] of Object.entries(entries)) {
    await backing.inner.put(key, { value: new Uint8Array(), metadata });
  }
  const factory = {
    storage(namespace, to) {
      t.log("factory", namespace, [to]);
      return backing;
    },
  };
  const store = new t.mf.AlarmStore();
  await store.setupStore(factory, persist);
  if (attach) await store.setupAlarms(async (key) => t.log("fires", key, t.clock.now - NOW));
  return { store, backing, factory };
}

export default {
  async "sets-and-fires"(t) {
    const { store } = await alarmStore(t);
    await store.setAlarm("TEST:a", NOW + 5000);
    await store.setAlarm("TEST:b", new Date(NOW + 1000));
    await t.clock.advance(999);
    t.log("at 999");
    await t.clock.advance(1);
    t.log("at 1000");
    await t.clock.advance(10_000);
    store.dispose();
  },
  async "overdue-and-now"(t) {
    const { store } = await alarmStore(t);
    await store.setAlarm("TEST:past", NOW - 5000);
    await store.setAlarm("TEST:now", NOW);
    await store.setAlarm("TEST:first", 1);
    await t.clock.advance(0);
    store.dispose();
  },
  async "set-twice"(t) {
    const { store } = await alarmStore(t);
    await store.setAlarm("TEST:a", NOW + 5000);
    await store.setAlarm("TEST:a", NOW + 2000);
    await store.setAlarm("TEST:a", NOW + 8000);
    await t.clock.advance(20_000);
    store.dispose();
  },
  async "loads-times-of-other-kinds"(t) {
    const { store } = await alarmStore(t, {
      entries: {
        "TEST:text": { scheduledTime: `${NOW + 1000}` },
        "TEST:date": { scheduledTime: new Date(NOW + 2000) },
        "TEST:word": { scheduledTime: "soon" },
        "TEST:null": { scheduledTime: null },
      },
    });
    await t.clock.advance(100_000);
    await t.call(() => store.flushAlarms());
    store.dispose();
  },
  async deletes(t) {
    const { store } = await alarmStore(t);
    await store.setAlarm("TEST:a", NOW + 5000);
    await store.setAlarm("TEST:b", NOW + 50_000);
    await store.deleteAlarm("TEST:a");
    await store.deleteAlarm("TEST:b");
    await store.deleteAlarm("TEST:unknown");
    await t.clock.advance(60_000);
    store.dispose();
  },
  async "far-alarms"(t) {
    const { store } = await alarmStore(t);
    for (const ms of [29_999, 30_000, 30_999, 31_000, 59_999, 60_000, 61_000, 100_000]) {
      await store.setAlarm(`TEST:${ms}`, NOW + ms);
    }
    await t.clock.advance(30_000);
    t.log("at 30 s");
    await t.clock.advance(30_000);
    t.log("at 60 s");
    await t.clock.advance(60_000);
    store.dispose();
  },
  async loads(t) {
    const entries = {
      "TEST:past": { scheduledTime: NOW - 1 },
      "TEST:soon": { scheduledTime: NOW + 29_999 },
      "TEST:30s": { scheduledTime: NOW + 30_000 },
      "TEST:late": { scheduledTime: NOW + 45_000 },
      "TEST:none": {},
      "TEST:nothing": undefined,
    };
    const { store } = await alarmStore(t, { entries, persist: "/path" });
    await t.clock.advance(0);
    t.log("at 0");
    await t.clock.advance(60_000);
    store.dispose();
  },
  async "before-callbacks"(t) {
    const { store } = await alarmStore(t, { attach: false });
    await store.setAlarm("TEST:a", NOW + 1000);
    await t.clock.advance(2000);
    await store.setAlarm("TEST:b", NOW + 3000);
    await store.setupAlarms(async (key) => t.log("fires", key));
    await t.clock.advance(2000);
    store.dispose();
  },
  async "setup-again"(t) {
    const { store } = await alarmStore(t);
    await store.setAlarm("TEST:a", NOW + 1000);
    await store.setupAlarms(async (key) => t.log("second callback", key));
    await store.setupAlarms();
    await t.clock.advance(2000);
    store.dispose();
  },
  async bridges(t) {
    const { store } = await alarmStore(t);
    const bridge = store.buildBridge("TEST:a");
    t.log(Object.keys(bridge));
    await t.call(() => bridge.setAlarm(NOW + 1000));
    await t.call(() => bridge.setAlarm(new Date(NOW + 2000)));
    await t.clock.advance(5000);
    await t.call(() => bridge.setAlarm(NOW + 9000));
    await t.call(() => bridge.deleteAlarm());
    await t.clock.advance(5000);
    store.dispose();
  },
  async refuses(t) {
    const { store } = await alarmStore(t);
    await t.call(() => store.setAlarm("TEST:a", 0));
    await t.call(() => store.setAlarm("TEST:a", -1));
    await t.call(() => store.setAlarm("TEST:a", new Date(0)));
    await t.call(() => store.setAlarm("TEST:a", "soon"));
    await t.call(() => store.setAlarm("TEST:a"));
    await t.clock.advance(5000);
    store.dispose();
  },
  async flushes(t) {
    const { store } = await alarmStore(t);
    await store.setAlarm("TEST:a", NOW + 5000);
    await store.setAlarm("TEST:b", NOW + 50_000);
    await store.setAlarm("TEST:c", NOW + 1000);
    await store.flushAlarms(["TEST:b", "TEST:unknown"]);
    t.log("one flushed");
    await store.flushAlarms();
    t.log("all flushed");
    await store.flushAlarms();
    await store.flushAlarms([]);
    await t.clock.advance(60_000);
    store.dispose();
  },
  async "flush-waits"(t) {
    const { store } = await alarmStore(t, { attach: false });
    const gate = t.deferred();
    await store.setupAlarms(async (key) => {
      t.log("begins", key);
      await gate.promise;
      t.log("ends", key);
    });
    await store.setAlarm("TEST:a", NOW + 1000);
    await store.setAlarm("TEST:b", NOW + 1000);
    const flush = t.start("flush", () => store.flushAlarms());
    await t.turn(2);
    gate.resolve();
    await flush;
    store.dispose();
  },
  async "flush-fails"(t) {
    const { store } = await alarmStore(t, { attach: false });
    await store.setupAlarms(async (key) => {
      t.log("fires", key);
      throw new Error(`handler of ${key}`);
    });
    await store.setAlarm("TEST:a", NOW + 1000);
    await store.setAlarm("TEST:b", NOW + 1000);
    await t.call(() => store.flushAlarms());
    await t.call(() => store.flushAlarms());
    store.dispose();
  },
  async "flush-sets-again"(t) {
    const { store } = await alarmStore(t, { attach: false });
    let fired = 0;
    await store.setupAlarms(async (key) => {
      t.log("fires", key);
      if (++fired < 3) await store.setAlarm(key, NOW + 1000);
    });
    await store.setAlarm("TEST:a", NOW + 1000);
    await store.flushAlarms(["TEST:a"]);
    await t.clock.advance(1000);
    t.log("fired", fired);
    store.dispose();
  },
  async "handler-rejects"(t) {
    const { store } = await alarmStore(t, { attach: false });
    await store.setupAlarms(async () => {
      throw new Error("in the handler");
    });
    await store.setAlarm("TEST:a", NOW + 10);
    await t.clock.advance(20);
    store.dispose();
  },
  async disposed(t) {
    const { store } = await alarmStore(t);
    await store.setAlarm("TEST:a", NOW + 1000);
    await store.setAlarm("TEST:b", NOW + 50_000);
    store.dispose();
    await t.clock.advance(60_000);
    t.log("timers left", t.clock.timers.length);
    store.dispose();
    await store.flushAlarms();
    await store.setAlarm("TEST:c", NOW + 61_000);
    await t.clock.advance(5000);
  },
  async "backing-fails"(t) {
    const { store, backing } = await alarmStore(t);
    backing.fail = { put: [1], delete: [1] };
    await t.call(() => store.setAlarm("TEST:a", NOW + 1000));
    await t.call(() => store.setAlarm("TEST:b", NOW + 1000));
    await t.call(() => store.deleteAlarm("TEST:b"));
    await t.clock.advance(2000);
    store.dispose();
  },
  async many(t) {
    const { store, backing } = await alarmStore(t);
    backing.quiet = true;
    for (let i = 0; i < 40; i++) await store.setAlarm(`TEST:${i}`, NOW + ((i * 7919) % 40) * 1000);
    await t.clock.advance(90_000);
    store.dispose();
  },
  async "storage-with-a-bridge-of-the-store"(t) {
    const { store } = await alarmStore(t, { attach: false });
    const storage = t.storage({ bridge: store.buildBridge("TEST:a") });
    await store.setupAlarms(async () => t.log("fires", await storage.getAlarm()));
    await t.call(() => storage.setAlarm(NOW + 1000));
    await t.clock.advance(500);
    await t.call(() => storage.getAlarm());
    await t.clock.advance(500);
    await t.call(() => storage.getAlarm());
    await t.call(() => storage.setAlarm(NOW + 5000));
    await t.call(() => storage.deleteAlarm());
    await t.clock.advance(9000);
    store.dispose();
  },
  async "delete-all-leaves-the-timer"(t) {
    const { store } = await alarmStore(t);
    const storage = t.storage({ bridge: store.buildBridge("TEST:a") });
    await storage.setAlarm(NOW + 1000);
    await storage.deleteAll();
    await t.call(() => storage.getAlarm());
    await t.clock.advance(2000);
    store.dispose();
  },
  async "moved-nearer"(t) {
    const { store } = await alarmStore(t);
    await store.setAlarm("TEST:a", NOW + 100_000);
    await t.clock.advance(10_000);
    await store.setAlarm("TEST:a", NOW + 12_000);
    await t.clock.advance(5000);
    store.dispose();
  },
};
