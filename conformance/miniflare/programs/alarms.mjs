// Alarms of a storage: what is kept, what the bridge is told, and transactions.
import { show } from "../show.mjs";

/** A bridge that writes its calls. */
const bridgeOf = (t) => ({
  setAlarm: async (time) => t.log("bridge setAlarm", time),
  deleteAlarm: async () => t.log("bridge deleteAlarm"),
});

export default {
  async "set-get-delete"(t) {
    const storage = t.storage();
    await t.call(() => storage.getAlarm());
    await t.call(() => storage.setAlarm(1_700_000_001_000));
    await t.call(() => storage.getAlarm());
    await t.call(() => storage.setAlarm(new Date(1_700_000_002_000)));
    await t.call(() => storage.getAlarm());
    await t.call(() => storage.deleteAlarm());
    await t.call(() => storage.getAlarm());
    await t.call(() => storage.deleteAlarm());
  },
  async bridge(t) {
    const storage = t.storage({ bridge: bridgeOf(t) });
    await t.call(() => storage.setAlarm(1_700_000_001_000));
    await t.call(() => storage.setAlarm(new Date(1_700_000_002_000)));
    await t.call(() => storage.deleteAlarm());
    await t.call(() => storage.put("a", 1));
  },
  async "set-and-put-in-one-tick"(t) {
    const storage = t.storage({ bridge: bridgeOf(t) });
    await Promise.all([
      t.start(() => storage.put("a", 1)),
      t.start(() => storage.setAlarm(1_700_000_001_000)),
      t.start(() => storage.delete("b")),
      t.start(() => storage.setAlarm(1_700_000_002_000)),
      t.start(() => storage.getAlarm()),
    ]);
  },
  async "set-and-delete-in-one-tick"(t) {
    const storage = t.storage({ bridge: bridgeOf(t) });
    await Promise.all([
      t.start(() => storage.setAlarm(1_700_000_001_000)),
      t.start(() => storage.deleteAlarm()),
    ]);
    await Promise.all([
      t.start(() => storage.deleteAlarm()),
      t.start(() => storage.setAlarm(1_700_000_003_000)),
    ]);
    await t.call(() => storage.getAlarm());
  },
  async "times-not-above-zero-without-a-bridge"(t) {
    const storage = t.storage();
    for (const time of [0, -1, new Date(0)]) {
      await t.call(() => storage.setAlarm(time));
      await t.call(() => storage.getAlarm());
      await t.call(() => storage.transaction((txn) => txn.setAlarm(time)));
    }
    await t.call(() => storage.put("a", 1));
  },
  async "no-times-with-a-bridge"(t) {
    const storage = t.storage({ bridge: bridgeOf(t) });
    for (const time of [null, "", "-5", [], false, -5n, Symbol("soon"), Buffer.from("1")]) {
      await t.call(`setAlarm ${show(time)}`, () => storage.setAlarm(time));
    }
    await t.call(() => storage.setAlarm({ getTime: () => 1_700_000_001_000 }));
    await t.call(() => storage.getAlarm());
  },
  async "without-a-handler"(t) {
    const storage = t.storage({ bridge: bridgeOf(t) });
    storage[t.mf.kAlarmExists] = false;
    await t.call(() => storage.setAlarm(1_700_000_001_000));
    await t.call(() => storage.getAlarm());
    await t.call(() => storage.deleteAlarm());
    await storage.transaction(async (txn) => {
      await t.call(() => txn.setAlarm(1_700_000_001_000));
      await t.call(() => txn.getAlarm());
      await t.call(() => txn.deleteAlarm());
    });
  },
  async "in-a-transaction"(t) {
    const storage = t.storage({ bridge: bridgeOf(t) });
    await t.call("transaction", () =>
      storage.transaction(async (txn) => {
        await t.call(() => txn.getAlarm());
        await t.call(() => txn.setAlarm(1_700_000_001_000));
        await t.call(() => txn.getAlarm());
        await txn.put("a", 1);
        t.log("outside", await storage.getAlarm());
      }),
    );
    await t.call(() => storage.getAlarm());
    await t.call("transaction", () => storage.transaction((txn) => txn.deleteAlarm()));
    await t.call(() => storage.getAlarm());
  },
  async "in-a-transaction-without-data"(t) {
    const storage = t.storage({ bridge: bridgeOf(t) });
    await t.call("date", () =>
      storage.transaction((txn) => txn.setAlarm(new Date(1_700_000_001_000))),
    );
    await t.call(() => storage.getAlarm());
    await t.call("read", () => storage.transaction((txn) => txn.getAlarm()));
    await t.call("wrong", () => storage.transaction((txn) => txn.setAlarm("text")));
  },
  async "in-a-transaction-rolled-back"(t) {
    const storage = t.storage({ bridge: bridgeOf(t) });
    await storage.setAlarm(1_700_000_001_000);
    await storage.transaction(async (txn) => {
      await txn.setAlarm(1_700_000_002_000);
      txn.rollback();
    });
    await t.call("throws", () =>
      storage.transaction(async (txn) => {
        await txn.deleteAlarm();
        throw new Error("stop");
      }),
    );
    await t.call(() => storage.getAlarm());
  },
  async conflicts(t) {
    const storage = t.storage();
    const runs = async (label, inside) => {
      let count = 0;
      await storage.transaction(async (txn) => {
        await txn.getAlarm();
        if (++count === 1) await inside();
      });
      t.log(label, "ran", count);
    };
    await runs("set outside", () => storage.setAlarm(1_700_000_001_000));
    await runs("deleted outside", () => storage.deleteAlarm());
    await runs("set in another transaction", () =>
      storage.transaction((other) => other.setAlarm(1_700_000_002_000)),
    );
    await runs("a key put outside", () => storage.put("a", 1));
  },
  async "a-key-of-that-name"(t) {
    const storage = t.storage();
    await storage.setAlarm(1_700_000_001_000);
    await t.call(() => storage.get("__MINIFLARE_ALARMS__"));
    await t.call(() => storage.put("__MINIFLARE_ALARMS__", 1));
    await t.call(() => storage.getAlarm());
    await t.call(() => storage.list());
    await t.call(() => storage.delete("__MINIFLARE_ALARMS__"));
    await t.call(() => storage.getAlarm());
  },
};
