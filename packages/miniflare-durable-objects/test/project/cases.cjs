// What runs inside a test environment of Miniflare: the same in Jest and in Vitest.
// `test` and `expect` are the runner's; storage is stacked, so each test begins with what was there before.
module.exports = function cases({ test, beforeEach, expect }) {
  const idOf = (name) => getMiniflareBindings().COUNTER.idFromName(name);
  const send = async (name, action, init) => {
    const { COUNTER } = getMiniflareBindings();
    const response = await COUNTER.get(COUNTER.idFromName(name)).fetch(
      `/COUNTER/x/${action}`,
      init,
    );
    return JSON.parse(await response.text());
  };

  beforeEach(async () => {
    const storage = await getMiniflareDurableObjectStorage(idOf("a"));
    await storage.put("count", 10);
  });

  for (const time of ["first", "second"]) {
    test(`what a test writes is gone in the next: ${time}`, async () => {
      expect(await send("a", "increment")).toBe(11);
      const storage = await getMiniflareDurableObjectStorage(idOf("a"));
      expect(await storage.get("count")).toBe(11);
      const fresh = await getMiniflareDurableObjectStorage(idOf(time));
      expect([...(await fresh.list()).keys()]).toEqual([]);
    });
  }

  test("values keep their types, made in this realm or another", async () => {
    const storage = await getMiniflareDurableObjectStorage(idOf("values"));
    const values = {
      bytes: new Uint8Array([1, 2, 3]),
      date: new Date(5),
      map: new Map([["a", new Set([1n])]]),
      list: [1, "two", null, undefined, { deep: [/x/g] }],
      buffer: new ArrayBuffer(2),
      error: new RangeError("no"),
    };
    await storage.put(values);
    const read = await storage.get(Object.keys(values));
    expect([...read.keys()]).toEqual(Object.keys(values).sort());
    for (const [key, value] of read) {
      expect(Object.prototype.toString.call(value)).toBe(
        Object.prototype.toString.call(values[key]),
      );
    }
    expect([...read.get("bytes")]).toEqual([1, 2, 3]);
    expect(read.get("date").getTime()).toBe(5);
    expect([...read.get("map").get("a")]).toEqual([1n]);
    expect(read.get("list")[4].deep[0].source).toBe("x");
    expect(read.get("error").message).toBe("no");
    expect([...(await storage.list({ start: "d", limit: 2 })).keys()]).toEqual(["date", "error"]);
  });

  test("what is refused throws errors that tests can match", async () => {
    const storage = await getMiniflareDurableObjectStorage(idOf("errors"));
    expect(() => storage.put("x".repeat(2049), 1)).toThrow(
      "Keys cannot be larger than 2048 bytes.",
    );
    expect(() => storage.put(undefined, 1)).toThrow("parameter 1 is not of type 'variant'");
    await expect(storage.get(Array(129).fill("k"))).rejects.toThrow(
      "Maximum number of keys is 128.",
    );
    await expect(storage.list({ limit: 0 })).rejects.toThrow("List limit must be positive.");
    expect(() => storage.put("f", () => {})).toThrow("could not be cloned");
  });

  test("the package can be loaded where the tests run", async () => {
    const { AlarmStore, DurableObjectStorage } = require("@miniflare/durable-objects");
    const { MemoryStorage } = require("@miniflare/storage-memory");
    const alarms = new AlarmStore();
    await alarms.setupStore({ storage: () => new MemoryStorage() });
    const due = [];
    await alarms.setupAlarms(async (key) => due.push(key));
    const storage = new DurableObjectStorage(new MemoryStorage(), alarms.buildBridge("A:1"));
    await storage.put({ bytes: new Uint8Array([1]), map: new Map([[1, new Date(2)]]), number: 3 });
    const read = await storage.get(["map", "bytes"]);
    expect(read instanceof Map && read.get("map") instanceof Map).toBe(true);
    expect(read.get("bytes") instanceof Uint8Array).toBe(true);
    expect(read.get("map").get(1) instanceof Date).toBe(true);
    expect([...(await storage.list({ prefix: "n" }))]).toEqual([["number", 3]]);
    expect(await storage.delete(["number", "none"])).toBe(1);
    expect(() => storage.put("x".repeat(3000), 1)).toThrow(RangeError);
    await expect(storage.list({ limit: 0 })).rejects.toThrow(TypeError);
    await storage.transaction((txn) => txn.put("in", 1));
    expect(await storage.get("in")).toBe(1);
    await storage.setAlarm(Date.now() + 100_000);
    await alarms.flushAlarms();
    expect(due).toEqual(["A:1"]);
    alarms.dispose();
  });

  test("transactions run again when they conflict", async () => {
    const storage = await getMiniflareDurableObjectStorage(idOf("a"));
    const increment = () => {
      return storage.transaction(async (txn) => {
        const count = (await txn.get("count")) + 1;
        await txn.put("count", count);
        return count;
      });
    };
    const counts = await Promise.all([increment(), increment(), increment()]);
    expect(counts.sort()).toEqual([11, 12, 13]);
    expect(await send("a", "increment")).toBe(14);
  });

  test("gates hold in a closure that a test runs as the object", async () => {
    const state = await getMiniflareDurableObjectState(idOf("a"));
    const increment = async () => {
      const count = await state.storage.get("count");
      await state.storage.put("count", count + 1);
      return count + 1;
    };
    const counts = await runWithMiniflareDurableObjectGates(state, () => {
      return Promise.all([increment(), increment()]);
    });
    expect(counts).toEqual([11, 11]);
    const apart = await Promise.all(
      [1, 2, 3].map(() => {
        return runWithMiniflareDurableObjectGates(state, increment);
      }),
    );
    expect(apart).toEqual([12, 13, 14]);
  });

  test("an instance is the object itself, and its id is listed", async () => {
    await send("listed", "increment");
    const instance = await getMiniflareDurableObjectInstance(idOf("listed"));
    expect(instance.constructor.name).toBe("Counter");
    expect(await instance.$increment()).toBe(2);
    const ids = await getMiniflareDurableObjectIds("COUNTER");
    expect(ids.map(String)).toContain(idOf("listed").toString());
    expect(ids.every((id) => id.equals(id) && id.name === undefined)).toBe(true);
    expect(await getMiniflareDurableObjectIds("OTHER")).toEqual([]);
  });

  test("alarms are flushed", async () => {
    expect(await send("a", "alarm", { method: "POST", body: "3600000" })).toBe("number");
    expect((await send("a", "state")).alarm).toBe("set");
    await flushMiniflareDurableObjectAlarms([idOf("nobody")]);
    expect((await send("a", "state")).alarm).toBe("set");
    await flushMiniflareDurableObjectAlarms([idOf("a")]);
    const { entries, alarm } = await send("a", "state");
    expect(alarm).toBe("none");
    expect(Object.fromEntries(entries)).toMatchObject({ alarms: 1 });
    await send("a", "alarm", { method: "POST", body: "3600000" });
    await flushMiniflareDurableObjectAlarms();
    expect(Object.fromEntries((await send("a", "state")).entries)).toMatchObject({ alarms: 2 });
  });
};
