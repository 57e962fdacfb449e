// A backing that throws: who hears of it, and what is left for the next call.

export default {
  async "get-fails"(t) {
    const storage = await t.filled({ a: 1 }, { fail: { getMany: [1, 3] } });
    await t.call(() => storage.get("a"));
    await t.call(() => storage.get("a"));
    await t.call(() => storage.get(["a", "b"]));
    await t.call(() => storage.get(["a", "b"]));
  },
  async "list-fails"(t) {
    const storage = await t.filled({ a: 1 }, { fail: { list: [1], getMany: [1] } });
    await t.call("first", () => storage.list());
    await t.call("second", () => storage.list());
    await t.call("third", () => storage.list());
  },
  async "put-fails-once"(t) {
    const storage = t.storage({ fail: { putMany: [1] } });
    await t.call(() => storage.put("a", 1));
    await t.call(() => storage.get("a"));
    await t.call(() => storage.put("b", 2));
    await t.call(() => storage.list());
  },
  async "put-fails-twice"(t) {
    const storage = t.storage({ fail: { putMany: [1, 2] } });
    await t.call(() => storage.put("a", 1));
    await t.call(() => storage.put("b", 2));
    await t.call(() => storage.put("a", 3));
    await t.call(() => storage.list());
  },
  async "put-fails-for-all-of-a-tick"(t) {
    const storage = t.storage({ fail: { putMany: [1] } });
    await Promise.all([
      t.start(() => storage.put("a", 1)),
      t.start(() => storage.put("b", 2)),
      t.start(() => storage.put("c", 3)),
    ]);
    await t.call(() => storage.list());
  },
  async "put-fails-on-every-call"(t) {
    const storage = t.storage({ fail: { putMany: [1, 2, 3, 4] } });
    await Promise.all([
      t.start(() => storage.put("a", 1)),
      t.start(() => storage.put("b", 2)),
      t.start(() => storage.get("a")),
    ]);
    await t.call(() => storage.put("c", 3));
    await t.call(() => storage.get(["a", "b", "c"]));
  },
  async "delete-fails-once"(t) {
    const storage = await t.filled({ a: 1, b: 2 }, { fail: { deleteMany: [1] } });
    await t.call(() => storage.delete("a"));
    await t.call(() => storage.get("a"));
    await t.call(() => storage.delete("b"));
    await t.call(() => storage.list());
  },
  async "delete-fails-then-deleted-again"(t) {
    const storage = await t.filled({ a: 1 }, { fail: { deleteMany: [1] } });
    await t.call(() => storage.delete("a"));
    await t.call(() => storage.delete("a"));
    await t.call(() => storage.sync());
  },
  async "second-delete-set-fails"(t) {
    const storage = await t.filled({ a: 1, b: 2, c: 3 }, { fail: { deleteMany: [2] } });
    await Promise.all([
      t.start(() => storage.delete("a")),
      t.start(() => storage.delete(["b", "x"])),
      t.start(() => storage.delete("c")),
      t.start(() => storage.put("d", 4)),
    ]);
    await t.call(() => storage.list());
    await t.call(() => storage.put("e", 5));
  },
  async "first-delete-set-fails"(t) {
    const storage = await t.filled({ a: 1, b: 2 }, { fail: { deleteMany: [1] } });
    await Promise.all([t.start(() => storage.delete("a")), t.start(() => storage.delete("b"))]);
    await t.call(() => storage.put("c", 3));
    await t.call(() => storage.list());
  },
  async "late-delete-fails"(t) {
    const storage = t.storage({ fail: { deleteMany: [1] } });
    await Promise.all([t.start(() => storage.put("a", 1)), t.start(() => storage.delete("a"))]);
    await t.call(() => storage.get("a"));
    await t.call(() => storage.put("b", 1));
  },
  async "put-fails-behind-deletes"(t) {
    const storage = await t.filled({ a: 1 }, { fail: { putMany: [1] } });
    await Promise.all([t.start(() => storage.delete("a")), t.start(() => storage.put("b", 2))]);
    await t.call(() => storage.list());
    await t.call(() => storage.delete("a"));
  },
  async "delete-all-fails"(t) {
    const storage = await t.filled({ a: 1, b: 2 }, { fail: { deleteMany: [1], list: [2] } });
    await t.call("first", () => storage.deleteAll());
    await t.call("list fails", () => storage.deleteAll());
    await t.call("third", () => storage.deleteAll());
    await t.call(() => storage.list());
  },
  async "alarm-put-fails"(t) {
    t.fakeTime();
    const storage = t.storage({ fail: { put: [1] } });
    await t.call(() => storage.setAlarm(1_700_000_001_000));
    await t.call(() => storage.getAlarm());
    await t.call(() => storage.put("a", 1));
    await t.call(() => storage.getAlarm());
  },
  async "alarm-get-fails"(t) {
    const storage = t.storage({ fail: { get: [1] } });
    await t.call(() => storage.getAlarm());
    await t.call(() => storage.getAlarm());
  },
  async "bridge-fails"(t) {
    let calls = 0;
    const bridge = {
      setAlarm: async (time) => {
        t.log("bridge setAlarm", time);
        if (++calls === 1) throw new Error("bridge failed");
      },
      deleteAlarm: async () => {
        t.log("bridge deleteAlarm");
        throw new Error("bridge failed to delete");
      },
    };
    const storage = t.storage({ bridge });
    await t.call(() => storage.setAlarm(1_700_000_001_000));
    await t.call(() => storage.put("a", 1));
    await t.call(() => storage.deleteAlarm());
    await t.call(() => storage.getAlarm());
  },
  async "txn-read-fails"(t) {
    const storage = await t.filled({ a: 1 }, { fail: { getMany: [1] } });
    await t.call(() => storage.transaction((txn) => txn.get("a")));
    await t.call(() => storage.transaction((txn) => txn.get("a")));
  },
  async "txn-read-failure-caught"(t) {
    const storage = await t.filled({ a: 1 }, { fail: { getMany: [1] } });
    await t.call("transaction", () =>
      storage.transaction(async (txn) => {
        await t.call(() => txn.get("a"));
        await txn.put("b", 2);
        return txn.get("a");
      }),
    );
    await t.call(() => storage.list());
  },
  async "txn-flush-fails"(t) {
    const storage = await t.filled({ a: 1 }, { fail: { putMany: [1] } });
    await t.call("transaction", () =>
      storage.transaction(async (txn) => {
        await txn.put("b", 2);
        return "done";
      }),
    );
    await t.call(() => storage.list());
    await t.call(() => storage.transaction((txn) => txn.get("b")));
  },
  async "txn-flush-fails-then-put"(t) {
    const storage = t.storage({ fail: { putMany: [1] } });
    await t.call(() => storage.transaction((txn) => txn.put("a", 1)));
    await t.call(() => storage.put("b", 2));
    await t.call(() => storage.list());
  },
  async "txn-delete-fails"(t) {
    const storage = await t.filled({ a: 1 }, { fail: { hasMany: [1], deleteMany: [1] } });
    await t.call("has fails", () => storage.transaction((txn) => txn.delete("a")));
    await t.call("delete fails", () => storage.transaction((txn) => txn.delete("a")));
    await t.call(() => storage.get("a"));
    await t.call(() => storage.put("b", 2));
  },
  async "backing-throws-synchronously"(t) {
    const storage = t.storage();
    t.backing.getMany = () => {
      throw new RangeError("thrown, not rejected");
    };
    t.backing.putMany = () => {
      throw new RangeError("thrown, not rejected");
    };
    await t.call(() => storage.get("a"));
    await t.call(() => storage.put("a", 1));
    await t.call(() => storage.transaction((txn) => txn.get("b")));
    await t.call(() => storage.get("a"));
  },
  async "backing-answers-with-nonsense"(t) {
    const storage = t.storage();
    t.backing.getMany = async () => [];
    await t.call(() => storage.get("a"));
    await t.call(() => storage.get(["a"]));
    t.backing.list = async () => ({});
    await t.call(() => storage.list());
  },
  async "backing-with-synchronous-puts"(t) {
    const storage = t.storage();
    t.backing.putMany = (data) => {
      t.log("synchronous putMany", data.length);
    };
    t.backing.deleteMany = () => 7;
    await t.call(() => storage.put("a", 1));
    await t.call(() => storage.delete(["a", "b"]));
    await t.call(() => storage.delete("a"));
  },
  async "backing-returns-metadata-and-expiry"(t) {
    const storage = t.storage();
    await t.backing.inner.put("a", {
      value: new Uint8Array([0xff, 0x0f, 0x49, 0x02]),
      metadata: { m: 1 },
      expiration: 9_999_999_999,
    });
    await t.call(() => storage.get("a"));
    await t.call(() => storage.list());
    await t.call(() => storage.transaction((txn) => txn.get("a")));
  },
};
