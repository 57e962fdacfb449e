// How transactions end: rollback, errors, writes nobody awaited, limits, and use behind the end.

export default {
  async "rolled-back-transactions-do-not-count"(t) {
    const storage = await t.filled({ a: 1 }, { quiet: true });
    await t.runs(storage, "transaction", async (txn, run) => {
      await txn.get("a");
      if (run > 1) return;
      for (let i = 0; i < 20; i++) {
        await storage.transaction(async (inner) => {
          await inner.put("a", i);
          inner.rollback();
        });
      }
    });
  },
  async rollback(t) {
    const storage = await t.filled({ a: 1 });
    await t.runs(storage, "transaction", async (txn) => {
      await txn.put("a", 2);
      await txn.delete("b");
      await t.call(() => txn.rollback());
      await t.call(() => txn.rollback());
      return "result";
    });
    await t.call(() => storage.list());
  },
  async "use-behind-rollback"(t) {
    const storage = await t.filled({ a: 1 });
    await t.runs(storage, "transaction", async (txn) => {
      txn.rollback();
      await t.call(() => txn.get("a"));
      await t.call(() => txn.get(["a"]));
      await t.call(() => txn.put("a", 2));
      await t.call(() => txn.delete("a"));
      await t.call(() => txn.list());
      await t.call(() => txn.getAlarm());
      await t.call(() => txn.setAlarm(1));
      await t.call(() => txn.deleteAlarm());
      await t.call(() => txn.deleteAll());
      await t.call(() => txn.get(undefined));
      await t.call(() => txn.put(undefined));
    });
  },
  async "use-behind-commit"(t) {
    const storage = await t.filled({ a: 1 });
    let late;
    await storage.transaction(async (txn) => {
      late = txn;
    });
    await t.call(() => late.get("a"));
    await t.call(() => late.put("a", 2));
    await t.call(() => late.delete("a"));
    await t.call(() => late.list());
    await t.call(() => late.getAlarm());
    await t.call(() => late.setAlarm(1));
    await t.call(() => late.deleteAlarm());
    await t.call(() => late.deleteAll());
    await t.call(() => late.rollback());
    await t.call(() => late.get(undefined));
  },
  async "use-behind-a-throw"(t) {
    const storage = await t.filled({ a: 1 });
    let late;
    await t.runs(storage, "transaction", async (txn) => {
      late = txn;
      throw new Error("stop");
    });
    await t.call(() => late.get("a"));
    await t.call(() => late.put("a", 2));
    await t.call(() => late.rollback());
    await t.call(() => late.get("a"));
    await t.call(() => storage.get("a"));
  },
  async "rollback-with-a-conflict"(t) {
    const storage = await t.filled({ a: 1 });
    await t.runs(storage, "transaction", async (txn, run) => {
      const a = await txn.get("a");
      if (run === 1) await storage.put("a", 2);
      txn.rollback();
      return a;
    });
  },
  async throws(t) {
    const storage = await t.filled({ a: 1 });
    await t.runs(storage, "rejects", async (txn) => {
      await txn.put("a", 2);
      throw new RangeError("from the closure");
    });
    await t.runs(storage, "throws", () => {
      throw new RangeError("thrown, not rejected");
    });
    await t.runs(storage, "throws a string", async () => {
      throw "text";
    });
    await t.runs(storage, "throws undefined", async () => {
      throw undefined;
    });
    await t.call(() => storage.list());
    await t.call(() => storage.sync());
  },
  async "throws-with-a-conflict"(t) {
    const storage = await t.filled({ a: 1 });
    await t.runs(storage, "transaction", async (txn, run) => {
      const a = await txn.get("a");
      if (run === 1) await storage.put("a", 2);
      throw new Error(`saw ${a}`);
    });
  },
  async "synchronous-closure"(t) {
    const storage = await t.filled({ a: 1 });
    await t.runs(storage, "value", () => 5);
    await t.runs(storage, "promise", (txn) => txn.put("a", 2));
    await t.call(() => storage.get("a"));
  },
  async "un-awaited-writes"(t) {
    const storage = t.storage();
    await t.runs(storage, "transaction", async (txn) => {
      txn.put("a", 1);
      txn.put("b", 2);
      txn.delete("a");
      txn.setAlarm(1_700_000_000_000);
    });
    await t.call(() => storage.list());
    await t.call(() => storage.getAlarm());
  },
  async "un-awaited-failures"(t) {
    const storage = t.storage();
    await t.runs(storage, "transaction", async (txn) => {
      txn.put("a", 1);
      txn.put("b", undefined);
    });
    await t.call(() => storage.list());
  },
  async "un-awaited-unconfirmed"(t) {
    const storage = await t.filled({ a: 1, b: 2 });
    await t.runs(storage, "transaction", async (txn) => {
      txn.delete("a", { allowUnconfirmed: true });
      txn.put("b", 20, { allowUnconfirmed: true });
    });
    await t.call(() => storage.list());
  },
  async "128-keys"(t) {
    const storage = t.storage();
    await t.runs(storage, "128", async (txn) => {
      for (let i = 0; i < 128; i++) await txn.put(`k${i}`, i);
      await txn.put("k0", "again");
      await t.call("the 129th", () => txn.put("k128", 128));
      await t.call("one of the 128", () => txn.put("k1", 1));
    });
    await t.call("size", async () => (await storage.list()).size);
  },
  async "128-keys-mixed"(t) {
    const storage = t.storage({ quiet: true });
    await t.runs(storage, "transaction", async (txn) => {
      await txn.put(Object.fromEntries(Array.from({ length: 100 }, (_, i) => [`p${i}`, i])));
      await txn.delete(Array.from({ length: 28 }, (_, i) => `d${i}`));
      await t.call(() => txn.delete("p1"));
      await t.call(() => txn.delete(["p2", "more"]));
    });
    await t.runs(storage, "129 at once", async (txn) => {
      await txn.put("one", 1);
      await txn.put(Object.fromEntries(Array.from({ length: 128 }, (_, i) => [`p${i}`, i])));
    });
    await t.call("size", async () => (await storage.list()).size);
  },
  async "transaction-object"(t) {
    const storage = t.storage();
    await storage.transaction(async (txn) => {
      t.log(txn instanceof t.mf.DurableObjectTransaction, txn.constructor.name);
      t.log(Object.getOwnPropertyNames(Object.getPrototypeOf(txn)).sort());
    });
  },
  async "new-object-per-run"(t) {
    const storage = await t.filled({ a: 1 });
    const seen = new Set();
    await t.runs(storage, "transaction", async (txn, run) => {
      seen.add(txn);
      await txn.get("a");
      if (run < 3) await storage.put("a", run);
    });
    t.log("objects", seen.size);
    const [first] = seen;
    await t.call(() => first.get("a"));
  },
  async "alone-over-a-storage"(t) {
    const backing = t.recorder();
    const txn = new t.mf.DurableObjectTransaction(backing, 0, true);
    await t.call(() => txn.put("a", 1));
    await t.call(() => txn.get("a"));
    await t.call(() => txn.setAlarm(1_700_000_000_000));
    await t.call(() => txn.getAlarm());
    await t.call(() => txn.list());
    txn.rollback();
    await t.call(() => txn.get("a"));
    const other = new t.mf.DurableObjectTransaction(backing, 0, false);
    await t.call(() => other.setAlarm(1));
    await t.call(() => other.getAlarm());
  },
};
