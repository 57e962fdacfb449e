// What transactions see, keep, and how often they run.
import assert from "node:assert/strict";
import { test } from "node:test";
import { oursSays, same, turns } from "./transcripts.mjs";

const increment = (log) => async (txn) => {
  log("runs");
  const count = ((await txn.get("count")) ?? 0) + 1;
  await txn.put("count", count);
  return count;
};

test("a transaction sees its writes, and nobody else does before it has ended", async () => {
  await same(async ({ storage, log }) => {
    await storage.put({ a: 1, b: 2, c: 3 });
    const result = await storage.transaction(async (txn) => {
      log(await txn.put({ a: 10, d: 4 }), await txn.delete("b"), await txn.delete(["c", "x"]));
      log(await txn.get("a"), await txn.get(["d", "b", "c"]), await storage.get("a"));
      log(await txn.list(), await txn.list({ limit: 1, reverse: true }));
      log(await txn.list({ start: "b", limit: 2 }), await txn.list({ startAfter: "a", limit: 1 }));
      await txn.setAlarm(5);
      log(await txn.getAlarm(), await storage.getAlarm());
      return "result";
    });
    log(result, await storage.list(), await storage.getAlarm());
  });
});

test("what is thrown or rolled back leaves nothing", async () => {
  await same(async ({ storage, log, outcome }) => {
    await storage.put("a", 1);
    await outcome(() =>
      storage.transaction(async (txn) => {
        await txn.put("a", 2);
        throw new RangeError("thrown");
      }),
    );
    await outcome(() =>
      storage.transaction((txn) => {
        txn.put("a", 3);
        throw new RangeError("thrown at once");
      }),
    );
    await outcome(() =>
      storage.transaction(async (txn) => {
        await txn.put("a", 4);
        await txn.deleteAlarm();
        txn.rollback();
        return "rolled back";
      }),
    );
    await outcome(() => storage.transaction(() => "not async"));
    log(await storage.list());
  });
});

test("writes that are not awaited belong to the transaction, and their errors too", async () => {
  await same(async ({ storage, log, outcome }) => {
    await storage.transaction(async (txn) => {
      txn.put("a", 1);
      txn.delete("b");
      txn.put("c", 1, { allowUnconfirmed: true });
      txn.get("d");
    });
    log(await storage.list());
    await outcome(() =>
      storage.transaction(async (txn) => {
        txn.put("e", 1);
        txn.put("f", undefined);
      }),
    );
    log(await storage.list());
  });
});

test("up to 16 contenders run as often as in the original", async () => {
  for (const contenders of [1, 2, 3, 7, 16]) {
    const lines = await same(async ({ storage, log }) => {
      const all = Array.from({ length: contenders }, () => storage.transaction(increment(log)));
      log(await Promise.all(all));
    });
    const runs = lines.filter((line) => line === "runs").length;
    assert.ok(runs >= (contenders * contenders) / 3, `runs=${runs}`);
  }
});

test("beyond 16 contenders a transaction waits instead of running in vain", async () => {
  const lines = await oursSays(async ({ storage, log }) => {
    const all = Array.from({ length: 500 }, () => storage.transaction(increment(log)));
    log(Math.max(...(await Promise.all(all))), await storage.get("count"));
  });
  assert.equal(lines.at(-1), "500 500");
  assert.ok(lines.filter((line) => line === "runs").length <= 1000 + 16);
});

test("those who wait go on in the order of their arrival, whoever fails before them", async () => {
  const order = [];
  const failed = [];
  await oursSays(async ({ storage, log }) => {
    const all = Array.from({ length: 100 }, async (_, index) => {
      let runs = 0;
      await storage.transaction(async (txn) => {
        runs++;
        await increment(log)(txn);
        if (index % 7 === 3 && runs === 2) throw new Error("in its turn");
        if (index % 7 === 5 && runs === 2) txn.rollback();
      });
      order.push(index);
    });
    const settled = await Promise.allSettled(all);
    settled.forEach(({ status }, index) => {
      if (status === "rejected") failed.push(index);
    });
  });
  assert.deepEqual(
    order,
    order.toSorted((a, b) => a - b),
  );
  assert.deepEqual(
    failed,
    Array.from({ length: 100 }, (_, index) => index).filter((index) => index % 7 === 3),
  );
});

test("a transaction begun within one of many does not wait for it", async () => {
  const lines = await oursSays(async ({ storage, log }) => {
    const all = Array.from({ length: 40 }, (_, index) =>
      storage.transaction(async (txn) => {
        await txn.get("outer");
        await storage.transaction(increment(() => {}));
        await txn.put("outer", index);
      }),
    );
    await Promise.all(all);
    log(await storage.get("outer"), (await storage.get("count")) >= 40);
  });
  assert.equal(lines.at(-1), "39 true");
});

test("17 writes in between force another run, 16 do not", async () => {
  for (const writes of [15, 16, 17, 40]) {
    const lines = await same(async ({ storage, log }) => {
      let runs = 0;
      await storage.transaction(async (txn) => {
        runs++;
        await txn.get("mine");
        for (let count = 0; runs === 1 && count < writes; count++)
          await storage.put("other", count);
      });
      log("runs", runs);
    });
    assert.equal(lines.at(-1), `runs ${writes > 16 ? 2 : 1}`);
  }
});

test("whatever is read and written in between forces another run", async () => {
  const READS = {
    get: (txn) => txn.get("a"),
    "get of many": (txn) => txn.get(["x", "a"]),
    list: (txn) => txn.list(),
    "list of others": (txn) => txn.list({ prefix: "b" }),
    delete: (txn) => txn.delete("a"),
    put: (txn) => txn.put("a", 5),
    getAlarm: (txn) => txn.getAlarm(),
  };
  const WRITES = {
    put: (s) => s.put("a", 1),
    "put of many": (s) => s.put({ x: 1, y: 1 }),
    "put of none": (s) => s.put({}),
    "put of a new key": (s) => s.put("ab", 1),
    delete: (s) => s.delete("a"),
    deleteAll: (s) => s.deleteAll(),
    setAlarm: (s) => s.setAlarm(5),
    transaction: (s) => s.transaction((txn) => txn.put("a", 2)),
    "transaction on the alarm": (s) => s.transaction((txn) => txn.setAlarm(6)),
  };
  for (const read of Object.values(READS)) {
    for (const write of Object.values(WRITES)) {
      await same(async ({ storage, log }) => {
        await storage.put({ a: 1, b: 2 });
        let runs = 0;
        await storage.transaction(async (txn) => {
          await read(txn);
          if (++runs === 1) await write(storage);
        });
        log("runs", runs, await storage.list(), await storage.getAlarm());
      });
    }
  }
});

test("calls on a transaction take as many turns as in the original", async () => {
  await same(async ({ storage, log }) => {
    await storage.put({ a: 1, b: 2 });
    await storage.transaction(async (txn) => {
      const calls = [
        () => txn.get("a"),
        () => txn.get(["a", "b"]),
        () => txn.list(),
        () => txn.put("a", 1),
        () => txn.put({ b: 2, c: 3 }),
        () => txn.put({}),
        () => txn.get("a"),
        () => txn.get(["a", "x"]),
        () => txn.list({ limit: 1 }),
        () => txn.delete("a"),
        () => txn.delete(["b", "x"]),
        () => txn.setAlarm(5),
        () => txn.getAlarm(),
        () => txn.deleteAlarm(),
      ];
      for (const call of calls) log(await turns(call));
    });
  });
});

test("a transaction works on any storage by itself", async () => {
  await same(async ({ library, backing, log, outcome }) => {
    const txn = new library.DurableObjectTransaction(backing, 0, false);
    await txn.put("a", 1);
    log(await txn.get("a"), await txn.delete(["a", "b"]), await txn.list(), backing.map.size);
    await outcome(() => txn.setAlarm(5));
    txn.rollback();
    await outcome(() => txn.get("a"));
  });
});

test("an alarm that would be refused for ever is not stored", async () => {
  const lines = await oursSays(async ({ library, backing, log, outcome }) => {
    const storage = new library.DurableObjectStorage(backing, {
      setAlarm: async (time) => log("bridge", time),
      deleteAlarm: async () => {},
    });
    await storage.setAlarm(7000);
    await outcome(() => storage.setAlarm(0));
    await outcome(() => storage.setAlarm(new Date(-1)));
    await outcome(() =>
      storage.transaction(async (txn) => {
        await txn.put("a", 1);
        await txn.setAlarm(0);
      }),
    );
    await storage.put("b", 1);
    log([...(await storage.list()).keys()], await storage.getAlarm());
  });
  const refusal = "rejects TypeError: setAlarm() cannot be called with an alarm time <= 0";
  const said = lines.filter((line) => /^(bridge|rejects|\[)/.test(line));
  assert.deepEqual(said, ["bridge 7000", refusal, refusal, refusal, "[ 'b' ] 7000"]);
});

test("an alarm that is set survives a transaction that commits before it is stored", async () => {
  const lines = await oursSays(async ({ storage, log }) => {
    await Promise.all([storage.setAlarm(5000), storage.transaction((txn) => txn.put("a", 1))]);
    log(await storage.getAlarm());
  });
  assert.equal(lines.at(-1), "5000");
});
