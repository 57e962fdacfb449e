// Snapshots and conflicts of one transaction: what it sees and when its closure runs again.

export default {
  async "result-and-commit"(t) {
    const storage = await t.filled({ a: 1 });
    await t.runs(storage, "transaction", async (txn) => {
      const a = await txn.get("a");
      await txn.put("a", a + 1);
      await txn.put({ b: 1, c: 2 });
      t.log("inside", await txn.get(["a", "b", "c"]));
      t.log("outside", await storage.get(["a", "b", "c"]));
      return a;
    });
    await t.call(() => storage.list());
  },
  async "nothing-in-it"(t) {
    const storage = t.storage();
    await t.runs(storage, "empty", async () => {});
    await t.runs(storage, "value", async () => "result");
    await t.runs(storage, "read only", async (txn) => txn.get("a"));
  },
  async "deletes-and-results"(t) {
    const storage = await t.filled({ a: 1, b: 2, c: 3 });
    await t.runs(storage, "transaction", async (txn) => {
      await t.call(() => txn.delete("a"));
      await t.call(() => txn.delete("a"));
      await t.call(() => txn.delete(["b", "x", "c"]));
      await txn.put("b", 20);
      await t.call(() => txn.delete(["b", "a"]));
      await txn.put("a", 10);
      await t.call(() => txn.get(["a", "b", "c"]));
    });
    await t.call(() => storage.list());
  },
  async "read-your-writes"(t) {
    const storage = await t.filled({ a: { n: 1 } });
    await t.runs(storage, "transaction", async (txn) => {
      const first = await txn.get("a");
      first.n = 9;
      await t.call(() => txn.get("a"));
      await txn.put("a", { n: 2 });
      const second = await txn.get("a");
      second.n = 9;
      await t.call(() => txn.get("a"));
      await txn.put("a", { n: 3 });
      await t.call(() => txn.list());
    });
  },
  async "conflict-by-put"(t) {
    const storage = await t.filled({ a: 1 });
    await t.runs(storage, "transaction", async (txn, run) => {
      const a = await txn.get("a");
      if (run === 1) await storage.put("a", 10);
      await txn.put("b", a);
      return a;
    });
    await t.call(() => storage.list());
  },
  async "conflict-by-delete"(t) {
    const storage = await t.filled({ a: 1 });
    await t.runs(storage, "transaction", async (txn, run) => {
      const a = await txn.get("a");
      if (run === 1) await storage.delete("a");
      return a;
    });
    await t.runs(storage, "absent keys too", async (txn, run) => {
      const a = await txn.get("a");
      if (run === 1) await storage.delete("a");
      return a;
    });
  },
  async "conflict-by-delete-all"(t) {
    const storage = await t.filled({ a: 1 });
    await t.runs(storage, "read of a present key", async (txn, run) => {
      const a = await txn.get("a");
      if (run === 1) await storage.deleteAll();
      return a;
    });
    await t.runs(storage, "read of an absent key", async (txn, run) => {
      const a = await txn.get("a");
      if (run === 1) await storage.deleteAll();
      return a;
    });
  },
  async "conflict-by-transaction"(t) {
    const storage = await t.filled({ a: 1 });
    await t.runs(storage, "outer", async (txn, run) => {
      const a = await txn.get("a");
      if (run === 1) await storage.transaction((inner) => inner.put("a", 10));
      await txn.put("a", a + 1);
    });
    await t.call(() => storage.get("a"));
  },
  async "conflict-by-deletes-result"(t) {
    const storage = await t.filled({ a: 1 });
    await t.runs(storage, "delete is a read", async (txn, run) => {
      const deleted = await txn.delete("a");
      if (run === 1) await storage.put("a", 2);
      return deleted;
    });
    await t.runs(storage, "put is none", async (txn, run) => {
      await txn.put("a", 3);
      if (run === 1) await storage.put("a", 4);
    });
    await t.call(() => storage.get("a"));
  },
  async "no-conflict"(t) {
    const storage = await t.filled({ a: 1, b: 2 });
    await t.runs(storage, "other key", async (txn, run) => {
      const a = await txn.get("a");
      if (run === 1) await storage.put("b", 10);
      await txn.put("a", a + 1);
    });
    await t.runs(storage, "blind write", async (txn, run) => {
      if (run === 1) await storage.put("a", 100);
      await txn.put("a", 5);
    });
    await t.runs(storage, "write before the read", async (txn, run) => {
      if (run === 1) await storage.put("a", 100);
      return txn.get("a");
    });
    await t.call(() => storage.list());
  },
  async "conflict-of-an-empty-write"(t) {
    const storage = await t.filled({ a: 1 });
    await t.runs(storage, "empty put", async (txn, run) => {
      const a = await txn.get("a");
      if (run === 1) await storage.put({});
      return a;
    });
  },
  async "own-key-read-and-written"(t) {
    const storage = await t.filled({ a: 1 });
    await t.runs(storage, "written first, then read", async (txn, run) => {
      await txn.put("a", 2);
      const a = await txn.get("a");
      if (run === 1) await storage.put("a", 3);
      return a;
    });
    await t.call(() => storage.get("a"));
  },
  async "16-intervening-writes"(t) {
    const storage = await t.filled({ a: 1 }, { quiet: true });
    await t.runs(storage, "transaction", async (txn, run) => {
      await txn.get("a");
      if (run === 1) for (let i = 0; i < 16; i++) await storage.put(`other${i}`, i);
    });
  },
  async "17-intervening-writes"(t) {
    const storage = await t.filled({ a: 1 }, { quiet: true });
    await t.runs(storage, "transaction", async (txn, run) => {
      await txn.get("a");
      if (run === 1) for (let i = 0; i < 17; i++) await storage.put(`other${i}`, i);
    });
  },
  async "17-intervening-writes-without-a-read"(t) {
    const storage = await t.filled({ a: 1 }, { quiet: true });
    await t.runs(storage, "transaction", async (txn, run) => {
      await txn.put("a", run);
      if (run === 1) for (let i = 0; i < 17; i++) await storage.put("same", i);
    });
    await t.call(() => storage.get("a"));
  },
  async "16-writes-of-every-kind"(t) {
    for (const extra of [0, 1]) {
      const storage = await t.filled({ a: 1, x: 1 }, { quiet: true });
      await t.runs(storage, `16 and ${extra}`, async (txn, run) => {
        await txn.get("a");
        if (run > 1) return;
        for (let i = 0; i < 4; i++) {
          await storage.put({ x: i, y: i });
          await storage.delete(["x", "z"]);
          await storage.transaction((inner) => inner.put("x", i));
          await storage.put({});
        }
        for (let i = 0; i < extra; i++) await storage.setAlarm(1_700_000_000_000);
      });
    }
  },
  async "writes-of-one-tick-count-each"(t) {
    for (const count of [16, 17]) {
      const storage = await t.filled({ a: 1 }, { quiet: true });
      await t.runs(storage, `${count} writes`, async (txn, run) => {
        await txn.get("a");
        if (run > 1) return;
        await Promise.all(Array.from({ length: count }, (_, i) => storage.put(`k${i}`, i)));
      });
    }
  },
  async "failed-writes-count"(t) {
    const storage = await t.filled({ a: 1 }, { fail: { putMany: [1] } });
    await t.runs(storage, "transaction", async (txn, run) => {
      const a = await txn.get("a");
      if (run === 1) await t.call(() => storage.put("a", 2));
      return a;
    });
  },
  async "many-reruns"(t) {
    const storage = await t.filled({ a: 0 });
    await t.runs(storage, "transaction", async (txn, run) => {
      const a = await txn.get("a");
      if (run <= 5) await storage.put("a", run * 10);
      await txn.put("seen", a);
    });
    await t.call(() => storage.list());
  },
  async "rerun-forgets-the-first-run"(t) {
    const storage = await t.filled({ a: 0, z: 1 });
    await t.runs(storage, "transaction", async (txn, run) => {
      await txn.get("a");
      await txn.put(`run${run}`, run);
      if (run === 1) {
        await txn.delete("z");
        await txn.setAlarm(1_700_000_000_000);
        await storage.put("a", 1);
      }
      return txn.getAlarm();
    });
    await t.call(() => storage.list());
    await t.call(() => storage.getAlarm());
  },
  async "concurrent-operations-inside"(t) {
    const storage = await t.filled({ a: 1, b: 2 }, { turns: 1 });
    await t.runs(storage, "transaction", async (txn) => {
      await Promise.all([
        t.start(() => txn.get("a")),
        t.start(() => txn.put("a", 10)),
        t.start(() => txn.get("a")),
        t.start(() => txn.delete("b")),
        t.start(() => txn.get(["a", "b"])),
        t.start(() => txn.list()),
      ]);
    });
    await t.call(() => storage.list());
  },
  async "outside-reads-inside"(t) {
    const storage = await t.filled({ a: 1 });
    await t.runs(storage, "transaction", async (txn, run) => {
      await txn.put("a", 2);
      t.log(await storage.get("a"), await txn.get("a"));
      if (run === 1) await storage.put("b", 3);
      t.log(await txn.get("b"));
    });
    await t.call(() => storage.list());
  },
  async "pending-writes-are-seen"(t) {
    const storage = await t.filled({ a: 1 });
    const write = t.start(() => storage.put("a", 2));
    await t.runs(storage, "transaction", async (txn) => txn.get("a"));
    await write;
  },
};
