// `deleteAll`, `sync`, and what callers share with the storage.

export default {
  async "delete-all"(t) {
    const storage = await t.filled({ a: 1, b: 2 });
    await t.call(() => storage.deleteAll());
    await t.call(() => storage.list());
    await t.call(() => storage.deleteAll());
  },
  async "delete-all-with-pending-writes"(t) {
    const storage = await t.filled({ a: 1, b: 2 });
    await Promise.all([
      t.start(() => storage.put("c", 3)),
      t.start(() => storage.delete("a")),
      t.start(() => storage.deleteAll()),
      t.start(() => storage.put("d", 4)),
    ]);
    await t.call(() => storage.list());
  },
  async "delete-all-empty-with-pending-put"(t) {
    const storage = t.storage();
    await Promise.all([t.start(() => storage.put("a", 1)), t.start(() => storage.deleteAll())]);
    await t.call(() => storage.list());
  },
  async "delete-all-and-the-alarm"(t) {
    const storage = await t.filled({ a: 1 });
    await storage.setAlarm(1_700_000_000_000);
    await t.call(() => storage.deleteAll());
    await t.call(() => storage.getAlarm());
  },
  async "delete-all-in-between-deletes"(t) {
    const storage = await t.filled({ a: 1, b: 2, c: 3 });
    await Promise.all([
      t.start(() => storage.delete("a")),
      t.start(() => storage.deleteAll()),
      t.start(() => storage.delete("b")),
      t.start(() => storage.delete(["b", "c"])),
    ]);
  },
  async "values-are-taken-at-the-call"(t) {
    const storage = t.storage();
    const value = { n: 1 };
    const bytes = new Uint8Array([1, 2, 3]);
    const write = storage.put({ value, bytes });
    value.n = 2;
    bytes[0] = 9;
    await write;
    await t.call(() => storage.get(["value", "bytes"]));
  },
  async "values-are-copies"(t) {
    const storage = t.storage();
    const write = storage.put("a", { n: 1 });
    const pending = await storage.get("a");
    pending.n = 2;
    await write;
    const stored = await storage.get("a");
    stored.n = 3;
    t.log(pending, stored, await storage.get("a"));
  },
  async sync(t) {
    const storage = t.storage({ turns: 2 });
    await t.call("sync with nothing pending", () => storage.sync());
    const write = t.start(() => storage.put("a", 1));
    const sync = t.start(() => storage.sync());
    await t.turn();
    const second = t.start(() => storage.put("b", 2));
    const again = t.start("sync again", () => storage.sync());
    await Promise.all([write, sync, second, again]);
    await t.call(() => storage.sync());
  },
  async "sync-waits-for-transactions"(t) {
    const storage = t.storage();
    const gate = t.deferred();
    const transaction = t.start("transaction", () =>
      storage.transaction(async (txn) => {
        await gate.promise;
        await txn.put("a", 1);
      }),
    );
    const sync = t.start(() => storage.sync());
    await t.turn(3);
    t.log("the transaction goes on");
    gate.resolve();
    await Promise.all([transaction, sync]);
  },
  async "sync-behind-a-failure"(t) {
    const storage = t.storage({ fail: { putMany: [1] } });
    const write = t.start(() => storage.put("a", 1));
    const sync = t.start(() => storage.sync());
    await Promise.all([write, sync]);
    await t.call(() => storage.sync());
  },
  async "sync-identity"(t) {
    const storage = t.storage();
    t.log(storage.sync() === storage.sync());
    const write = storage.put("a", 1);
    t.log(storage.sync() === storage.sync());
    await write;
  },
  async "returned-promises"(t) {
    const storage = t.storage();
    const results = [
      storage.get("a"),
      storage.put("a", 1),
      storage.delete("a"),
      storage.list(),
      storage.deleteAll(),
      storage.sync(),
      storage.getAlarm(),
      storage.transaction(async () => {}),
    ];
    t.log(results.map((result) => result instanceof Promise));
    t.log(await Promise.all(results));
  },
  async "options-argument"(t) {
    const storage = t.storage();
    await t.call(() => storage.put("a", 1, { allowUnconfirmed: true, allowConcurrency: true }));
    await t.call(() => storage.put({ b: 2 }, { allowUnconfirmed: true }));
    await t.call(() => storage.get("a", { allowConcurrency: true, noCache: true }));
    await t.call(() => storage.get(["a", "b"], { allowConcurrency: true }));
    await t.call(() => storage.delete("a", { allowUnconfirmed: true }));
    await t.call(() => storage.deleteAll({ allowConcurrency: true }));
    await t.call(() => storage.put("a", 1, null));
    await t.call(() => storage.get("a", null));
  },
  async "two-storages-on-one-backing"(t) {
    const one = t.storage();
    const two = new t.mf.DurableObjectStorage(t.backing);
    await Promise.all([t.start(() => one.put("a", 1)), t.start(() => two.put("a", 2))]);
    await t.call(() => one.get("a"));
    await t.call(() => two.get("a"));
  },
  async "interleaved-loops"(t) {
    const storage = t.storage({ quiet: true });
    const loop = async (name, count) => {
      for (let i = 0; i < count; i++) {
        await storage.put(name, i);
        t.log(name, i, await storage.get(name));
      }
    };
    await Promise.all([loop("a", 3), loop("b", 4), loop("c", 2)]);
  },
};
