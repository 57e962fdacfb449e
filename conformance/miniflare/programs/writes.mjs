// Puts and deletes: their results, what of them reaches the backing together, and what is seen before.

export default {
  async "put-get"(t) {
    const storage = t.storage();
    await t.call(() => storage.put("key", "value"));
    await t.call(() => storage.get("key"));
    await t.call(() => storage.get("other"));
    await t.call(() => storage.get(["other", "key"]));
  },
  async "put-batch"(t) {
    const storage = t.storage();
    await t.call(() => storage.put({ b: 2, a: 1, 10: "ten", 9: "nine" }));
    await t.call(() => storage.get(["b", "a", "9", "10"]));
  },
  async "get-batch-is-sorted"(t) {
    const storage = await t.filled({ c: 3, a: 1, b: 2 });
    await t.call(() => storage.get(["c", "b", "a"]));
    await t.call(() => storage.get(["c", "c", "x", "a"]));
    const keys = Object.freeze(["c", "a"]);
    await t.call(() => storage.get(keys));
  },
  async "delete-results"(t) {
    const storage = await t.filled({ a: 1, b: 2, c: 3 });
    await t.call(() => storage.delete("a"));
    await t.call(() => storage.delete("a"));
    await t.call(() => storage.delete(["b", "x", "c"]));
    await t.call(() => storage.delete(["b", "b"]));
  },
  async "delete-twice-in-one-batch"(t) {
    const storage = await t.filled({ a: 1 });
    await t.call(() => storage.delete(["a", "a"]));
    await t.call(() => storage.get("a"));
  },
  async "puts-in-one-tick"(t) {
    const storage = t.storage();
    await Promise.all([
      t.start(() => storage.put("a", 1)),
      t.start(() => storage.put("b", 2)),
      t.start(() => storage.put("c", 3)),
    ]);
  },
  async "puts-of-one-key-in-one-tick"(t) {
    const storage = t.storage();
    await Promise.all([
      t.start(() => storage.put("a", 1)),
      t.start(() => storage.put("a", 2)),
      t.start(() => storage.put("a", 3)),
    ]);
    await t.call(() => storage.get("a"));
  },
  async "put-delete-put"(t) {
    const storage = await t.filled({ a: 0 });
    await Promise.all([
      t.start(() => storage.put("a", 1)),
      t.start(() => storage.delete("a")),
      t.start(() => storage.put("a", 2)),
    ]);
    await t.call(() => storage.get("a"));
  },
  async "delete-put-delete"(t) {
    const storage = await t.filled({ a: 0 });
    await Promise.all([
      t.start(() => storage.delete("a")),
      t.start(() => storage.put("a", 1)),
      t.start(() => storage.delete("a")),
    ]);
    await t.call(() => storage.get("a"));
  },
  async "delete-of-a-pending-put"(t) {
    const storage = t.storage();
    await Promise.all([t.start(() => storage.put("a", 1)), t.start(() => storage.delete("a"))]);
    await t.call(() => storage.get("a"));
  },
  async "deletes-in-one-tick"(t) {
    const storage = await t.filled({ a: 1, b: 2, c: 3 });
    await Promise.all([
      t.start(() => storage.delete("a")),
      t.start(() => storage.delete(["b", "x"])),
      t.start(() => storage.delete("a")),
      t.start(() => storage.delete(["c", "b"])),
    ]);
  },
  async "mixed-batches-in-one-tick"(t) {
    const storage = await t.filled({ a: 1, b: 2, c: 3 });
    await Promise.all([
      t.start(() => storage.put({ a: 10, d: 40 })),
      t.start(() => storage.delete(["a", "b", "x"])),
      t.start(() => storage.put({ b: 20, e: 50 })),
      t.start(() => storage.delete(["b", "d", "c"])),
      t.start(() => storage.put("f", 60)),
    ]);
    await t.call(() => storage.list());
  },
  async "delete-result-is-of-the-state-before"(t) {
    const storage = t.storage();
    await Promise.all([t.start(() => storage.delete("a")), t.start(() => storage.put("a", 1))]);
    await t.call(() => storage.get("a"));
  },
  async "reads-see-pending-writes"(t) {
    const storage = await t.filled({ a: 1, b: 2 });
    await Promise.all([
      t.start(() => storage.put("a", 10)),
      t.start(() => storage.delete("b")),
      t.start(() => storage.get("a")),
      t.start(() => storage.get("b")),
      t.start(() => storage.get(["a", "b", "c"])),
    ]);
  },
  async "reads-before-and-behind-writes"(t) {
    const storage = await t.filled({ a: 1 });
    await Promise.all([
      t.start("get before", () => storage.get("a")),
      t.start(() => storage.put("a", 2)),
      t.start("get behind", () => storage.get("a")),
      t.start(() => storage.put("a", 3)),
      t.start("get last", () => storage.get("a")),
    ]);
  },
  async "writes-behind-microtasks"(t) {
    const storage = t.storage();
    const writes = [];
    for (let i = 0; i < 5; i++) {
      writes.push(t.start(`put k${i}`, () => storage.put(`k${i}`, i)));
      await Promise.resolve();
    }
    await Promise.all(writes);
  },
  async "writes-behind-more-microtasks"(t) {
    const storage = t.storage();
    const writes = [];
    for (let i = 0; i < 6; i++) {
      writes.push(t.start(`put k${i}`, () => storage.put(`k${i}`, i)));
      for (let j = 0; j < i; j++) await undefined;
    }
    await Promise.all(writes);
  },
  async "writes-on-a-slow-backing"(t) {
    const storage = t.storage({ turns: 2 });
    const first = t.start(() => storage.put("a", 1));
    await t.turn();
    const second = t.start(() => storage.put("a", 2));
    const third = t.start(() => storage.get("a"));
    const fourth = t.start(() => storage.delete("a"));
    await t.turn(3);
    const fifth = t.start(() => storage.put("b", 5));
    await Promise.all([first, second, third, fourth, fifth]);
    await t.call(() => storage.list());
  },
  async "reads-on-a-slow-backing"(t) {
    const storage = await t.filled({ a: 1, b: 2 }, { turns: 3 });
    const reads = [
      t.start("first", () => storage.get("a")),
      t.start("second", () => storage.get("b")),
    ];
    const write = t.start(() => storage.put("a", 10));
    const late = t.start("third", () => storage.get("a"));
    await Promise.all([...reads, write, late]);
  },
  async "batches-one-by-one"(t) {
    const storage = await t.filled({ a: 1, b: 2 }, { single: true });
    await t.call(() => storage.get(["a", "b", "c"]));
    await t.call(() => storage.put({ c: 3, d: 4 }));
    await t.call(() => storage.delete(["a", "x", "d"]));
    await t.call(() => storage.deleteAll());
  },
  async "empty-writes-among-others"(t) {
    const storage = await t.filled({ a: 1 });
    await Promise.all([
      t.start(() => storage.put({})),
      t.start(() => storage.put("b", 2)),
      t.start(() => storage.delete([])),
    ]);
  },
};
