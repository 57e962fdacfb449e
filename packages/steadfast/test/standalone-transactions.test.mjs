// Transactions of storages that stand alone: who sees what, who runs again, who waits.
import assert from "node:assert/strict";
import { test } from "node:test";
import { DurableObjectStorage } from "../dist/index.js";
import { backings, disk, standalone } from "./standalone.mjs";

/** Lets everything run that can run now. */
async function settle() {
  for (let turn = 0; turn < 50; turn++) await new Promise((resolve) => setImmediate(resolve));
}

/** Whether a promise is still pending after everything that can run has run. */
async function isPending(promise) {
  const pending = Symbol("pending");
  await settle();
  return (await Promise.race([promise, Promise.resolve(pending)])) === pending;
}

/** A promise that a test resolves. */
function barrier() {
  let open;
  const opened = new Promise((resolve) => {
    open = resolve;
  });
  return { open, opened };
}

for (const backing of Object.keys(backings)) {
  test(`what was read and written meanwhile runs again, on ${backing}`, async (t) => {
    const storage = standalone(t, backing);
    await storage.put("n", 1);
    const { open, opened } = barrier();
    const seen = [];
    const slow = storage.transaction(async (txn) => {
      seen.push(await txn.get("n"));
      await opened;
      await txn.put("sum", (await txn.get("n")) + 1);
    });
    await settle();
    await storage.transaction((txn) => txn.put("n", 10));
    open();
    await slow;
    assert.deepEqual(seen, [1, 10]);
    assert.equal(await storage.get("sum"), 11);
  });

  test(`what nobody has written meanwhile runs once, on ${backing}`, async (t) => {
    const storage = standalone(t, backing);
    const { open, opened } = barrier();
    let runs = 0;
    const slow = storage.transaction(async (txn) => {
      runs += 1;
      await txn.get("mine");
      await opened;
      await txn.put("mine", 1);
    });
    await settle();
    await storage.put("other", 1);
    open();
    await slow;
    assert.equal(runs, 1);
    assert.deepEqual(Object.fromEntries(await storage.list()), { mine: 1, other: 1 });
  });

  test(`nobody sees what is not committed, on ${backing}`, async (t) => {
    const storage = standalone(t, backing);
    const { open, opened } = barrier();
    const slow = storage.transaction(async (txn) => {
      await txn.put("a", 1);
      await opened;
      return storage.get("a");
    });
    await settle();
    assert.equal(await storage.get("a"), undefined);
    assert.deepEqual(await storage.list(), new Map());
    open();
    assert.equal(await slow, 1);
    assert.equal(await storage.get("a"), 1);
  });

  test(`what a closure leaves behind is outside of its transaction, on ${backing}`, async (t) => {
    const storage = standalone(t, backing);
    const { open, opened } = barrier();
    let late;
    const failed = storage.transaction(async () => {
      storage.put("unawaited", 1);
      late = opened.then(() => storage.put("late", 1));
      throw new Error("undo");
    });
    await assert.rejects(failed, /undo/);
    open();
    await late;
    assert.deepEqual(Object.fromEntries(await storage.list()), { late: 1 });
    await storage.transaction(() => {
      storage.put("unawaited", 2);
      storage.delete("late");
    });
    assert.deepEqual(Object.fromEntries(await storage.list()), { unawaited: 2 });
  });

  test(`a transaction that was begun and not awaited inside another is part of it, on ${backing}`, async (t) => {
    const storage = standalone(t, backing);
    await storage.transaction(() => {
      for (let n = 0; n < 3; n++) {
        storage.transaction(async (txn) => {
          const sum = (await txn.get("sum")) ?? 0;
          await new Promise((resolve) => setImmediate(resolve));
          await txn.put("sum", sum + 1);
        });
      }
    });
    assert.equal(await storage.get("sum"), 3);
  });

  test(`what is done while a transaction runs inside another is undone with it, on ${backing}`, async (t) => {
    const storage = standalone(t, backing);
    await storage.transaction(async (txn) => {
      await txn.put("before", 1);
      const { open, opened } = barrier();
      const inner = storage.transaction(async (nested) => {
        await nested.put("inner", 1);
        await txn.put("outer's", 1);
        await opened;
        throw new Error("undo");
      });
      await settle();
      await storage.put("meanwhile", 1);
      assert.equal(await txn.get("inner"), 1);
      open();
      await assert.rejects(inner, /undo/);
      await txn.put("after", 1);
    });
    assert.deepEqual([...(await storage.list()).keys()], ["after", "before"]);
  });

  test(`what is awaited by who has rolled back settles, on ${backing}`, async (t) => {
    const storage = standalone(t, backing);
    await storage.transaction(async (txn) => {
      await txn.put("a", 1);
      txn.rollback();
      await storage.put("b", 1);
      await storage.sync();
    });
    await storage.transaction(() =>
      storage.transaction(async (nested) => {
        await nested.put("c", 1);
        nested.rollback();
        await storage.put("d", 1);
        await storage.transaction((innermost) => innermost.put("e", 1));
      }),
    );
    assert.deepEqual([...(await storage.list()).keys()], ["b", "d", "e"]);
  });

  test(`a transaction sees what was written before it and not awaited, on ${backing}`, async (t) => {
    const storage = standalone(t, backing);
    storage.put("a", 1);
    await new Promise((resolve) => setImmediate(resolve));
    storage.put("b", 1);
    const seen = await storage.transaction((txn) => txn.list());
    assert.deepEqual([...seen.keys()], ["a", "b"]);
  });

  test(`sync waits for no closure, on ${backing}`, async (t) => {
    const storage = standalone(t, backing);
    const { open, opened } = barrier();
    const slow = storage.transaction(() => opened);
    storage.put("a", 1);
    await storage.sync();
    open();
    await slow;
  });

  test(`transactions of two storages do not mix, on ${backing}`, async (t) => {
    const [one, other] = [standalone(t, backing), standalone(t, backing)];
    const failed = one.transaction(async () => {
      await one.put("a", 1);
      await other.transaction(async () => {
        await other.put("b", 1);
        await one.put("c", 1);
      });
      throw new Error("undo");
    });
    await assert.rejects(failed, /undo/);
    assert.deepEqual(await one.list(), new Map());
    assert.deepEqual(await other.list(), new Map([["b", 1]]));
  });

  test(`many contenders all commit, on ${backing}`, async (t) => {
    const storage = standalone(t, backing);
    let runs = 0;
    const increment = () =>
      storage.transaction(async (txn) => {
        runs += 1;
        await txn.put("n", ((await txn.get("n")) ?? 0) + 1);
      });
    await Promise.all(Array.from({ length: 200 }, increment));
    assert.equal(await storage.get("n"), 200);
    assert.ok(runs <= 3 * 200, `they do not all run again after each commit: runs=${runs}`);
  });

  test(`two storages on one backing share it, on ${backing}`, async (t) => {
    const below = backings[backing].make(t);
    const [one, other] = [new DurableObjectStorage(below), new DurableObjectStorage(below)];
    one.put("a", 1);
    assert.equal(await other.get("a"), 1);
    const increment = (storage) =>
      storage.transaction(async (txn) => {
        const n = await txn.get("a");
        await new Promise((resolve) => setImmediate(resolve));
        await txn.put("a", n + 1);
      });
    await Promise.all([one, other, one, other].map(increment));
    assert.equal(await one.get("a"), 5);
  });
}

test("ranges that were listed count as read, on a store of ours", async (t) => {
  const storage = new DurableObjectStorage(disk(t));
  const add = () =>
    storage.transaction(async (txn) => {
      const { size } = await txn.list({ prefix: "item:" });
      await new Promise((resolve) => setImmediate(resolve));
      await txn.put(`item:${size}`, size);
    });
  await Promise.all([add(), add(), add(), add()]);
  assert.deepEqual([...(await storage.list()).values()], [0, 1, 2, 3]);
});

test("whoever uses SQL has the store to itself until it ends", async (t) => {
  const storage = new DurableObjectStorage(disk(t));
  storage.sql.exec("CREATE TABLE t(a)");
  const { open, opened } = barrier();
  const owner = storage.transaction(async (txn) => {
    await txn.put("a", 1);
    storage.sql.exec("INSERT INTO t VALUES (1)");
    await opened;
    await txn.put("b", 1);
    throw new Error("undo");
  });
  await settle();
  const value = { n: 1 };
  const put = storage.put("a", value);
  value.n = 2;
  const read = storage.get("a");
  const other = storage.transaction((txn) => txn.put("c", 1));
  assert.equal(await isPending(Promise.race([put, read, other])), true);
  for (const use of [
    () => storage.kv.get("a"),
    () => storage.sql.exec("SELECT * FROM t"),
    () => storage.transactionSync(() => 1),
  ]) {
    assert.throws(use, /a transaction has this storage to itself/);
  }
  open();
  await assert.rejects(owner, /undo/);
  await Promise.all([put, other]);
  assert.deepEqual(await read, { n: 1 });
  assert.deepEqual(storage.sql.exec("SELECT * FROM t").toArray(), []);
  assert.deepEqual(Object.fromEntries(storage.kv.list()), { a: { n: 1 }, c: 1 });
});

test("who rolls back because of what was written meanwhile runs again", async (t) => {
  const storage = new DurableObjectStorage(disk(t));
  await storage.put("n", 1);
  const { open, opened } = barrier();
  const slow = storage.transaction(async (txn) => {
    try {
      const n = await txn.get("n");
      await opened;
      return n + (await txn.get("n"));
    } catch {
      txn.rollback();
      await storage.put("failed", 1);
      return "failed";
    }
  });
  await settle();
  await storage.put("n", 10);
  open();
  assert.equal(await slow, 20);
  assert.equal(await storage.get("failed"), undefined);
});

test("what is undone while another has the store stays undone", async (t) => {
  const storage = new DurableObjectStorage(disk(t));
  const begun = barrier();
  const ended = barrier();
  const undo = {
    rolledBack(txn) {
      txn.put("rolled back", 1);
      txn.rollback();
      storage.put("after", 1);
    },
    async nested() {
      await storage.transaction((txn) => {
        txn.put("nested", 1);
        txn.rollback();
      });
    },
    async nestedFailing(txn) {
      txn.put("outer", 1);
      const failed = storage.transaction((nested) => {
        nested.put("failed", 1);
        throw new Error("undo");
      });
      await assert.rejects(failed, /undo/);
    },
  };
  const all = Object.values(undo).map((closure) =>
    storage.transaction(async (txn) => {
      await begun.opened;
      await closure(txn);
    }),
  );
  const owner = storage.transaction(() => {
    storage.sql.exec("CREATE TABLE t(a)");
    return ended.opened;
  });
  await settle();
  begun.open();
  await settle();
  ended.open();
  await Promise.all([owner, ...all]);
  assert.deepEqual([...(await storage.list()).keys()], ["after", "outer"]);
});

test("whoever needs SQL and read what has changed runs again, with the store", async (t) => {
  const storage = new DurableObjectStorage(disk(t));
  storage.sql.exec("CREATE TABLE t(a)");
  await storage.put("n", 1);
  const { open, opened } = barrier();
  const seen = [];
  const both = storage.transaction(async (txn) => {
    const n = await txn.get("n");
    seen.push(n);
    await opened;
    storage.sql.exec("INSERT INTO t VALUES (?)", n);
  });
  await settle();
  await storage.put("n", 2);
  open();
  await both;
  assert.deepEqual(seen, [1, 2]);
  assert.deepEqual(storage.sql.exec("SELECT a FROM t").toArray(), [{ a: 2 }]);
});

test("two that use SQL come one after the other", async (t) => {
  const storage = new DurableObjectStorage(disk(t));
  storage.sql.exec("CREATE TABLE t(n); INSERT INTO t VALUES (0)");
  const increment = () =>
    storage.transaction(async () => {
      const { n } = storage.sql.exec("SELECT n FROM t").one();
      await new Promise((resolve) => setImmediate(resolve));
      storage.sql.exec("UPDATE t SET n = ?", n + 1);
    });
  await Promise.all(Array.from({ length: 20 }, increment));
  assert.deepEqual(storage.sql.exec("SELECT n FROM t").one(), { n: 20 });
});

test("what SQL cannot commit is undone, and told", async (t) => {
  const storage = new DurableObjectStorage(disk(t));
  storage.sql.exec("CREATE TABLE p(a PRIMARY KEY)");
  storage.sql.exec("CREATE TABLE c(a REFERENCES p DEFERRABLE INITIALLY DEFERRED)");
  await storage.sync();
  const failed = storage.transaction(async (txn) => {
    await txn.put("a", 1);
    storage.sql.exec("INSERT INTO c VALUES (1)");
  });
  await assert.rejects(failed, /FOREIGN KEY constraint failed/);
  assert.equal(await storage.get("a"), undefined);
  assert.deepEqual(storage.sql.exec("SELECT * FROM c").toArray(), []);
  const turn = storage.put("b", 1);
  storage.sql.exec("INSERT INTO c VALUES (1)");
  await assert.rejects(turn, /FOREIGN KEY constraint failed/);
  assert.equal(await storage.get("b"), undefined);
  await storage.put("c", 1);
  assert.equal(await storage.get("c"), 1);
});
