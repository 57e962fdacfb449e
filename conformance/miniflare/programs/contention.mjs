// Several transactions at once, up to sixteen: how often each closure runs, and in which order they commit.

/** `count` transactions each add one to a key; run counts, commits and the end are written. */
async function increment(t, storage, count, { turns = 0, key = () => "n", random = () => 0 } = {}) {
  const ran = new Array(count).fill(0);
  const one = (i) =>
    storage.transaction(async (txn) => {
      ran[i]++;
      const n = (await txn.get(key(i))) ?? 0;
      for (let turn = random(i); turn < turns; turn++) await t.turn();
      await txn.put(key(i), n + 1);
      return n + 1;
    });
  const done = [];
  await Promise.all(ran.map((_, i) => one(i).then((n) => done.push(`${i}:${n}`))));
  t.log("ran", ran.join(" "));
  t.log("done", done.join(" "));
}

const increments = (count, options) => async (t) => {
  const storage = t.storage();
  await increment(t, storage, count, options);
  await t.call(() => storage.list());
};

export default {
  "2-contenders": increments(2),
  "3-contenders": increments(3),
  "4-contenders": increments(4),
  "8-contenders": increments(8),
  "15-contenders": increments(15),
  "16-contenders": increments(16),
  // One has ended before the next can conflict, so sixteen are left.
  "17-contenders": increments(17),
  "5-contenders-with-turns": increments(5, { turns: 2 }),
  "16-contenders-with-turns": increments(16, { turns: 1 }),
  "6-contenders-of-different-length": increments(6, { turns: 5, random: (i) => i }),
  "6-contenders-shortest-last": increments(6, { turns: 5, random: (i) => 5 - i }),
  "16-contenders-of-four-keys": increments(16, { key: (i) => `n${i % 4}` }),
  "12-contenders-of-their-own-keys": increments(12, { key: (i) => `n${i}` }),
  async "8-contenders-on-a-slow-backing"(t) {
    const storage = t.storage({ turns: 1 });
    await increment(t, storage, 8);
    await t.call(() => storage.get("n"));
  },
  async "8-contenders-on-a-failing-backing"(t) {
    const storage = t.storage({ fail: { putMany: [2, 4] } });
    const ran = new Array(8).fill(0);
    const one = (i) =>
      storage.transaction(async (txn) => {
        ran[i]++;
        const n = (await txn.get("n")) ?? 0;
        await txn.put("n", n + 1);
      });
    await Promise.all(ran.map((_, i) => t.start(`transaction ${i}`, () => one(i))));
    t.log("ran", ran.join(" "));
    await t.call(() => storage.get("n"));
  },
  async "two-rounds"(t) {
    const storage = t.storage({ quiet: true });
    await increment(t, storage, 10);
    await increment(t, storage, 10);
    await t.call(() => storage.get("n"));
  },
  async "contenders-and-writers"(t) {
    const storage = t.storage({ quiet: true });
    const writer = async () => {
      for (let i = 0; i < 6; i++) {
        await storage.put("n", 100 * (i + 1));
        await t.turn();
      }
    };
    await Promise.all([increment(t, storage, 6, { turns: 2 }), writer()]);
    await t.call(() => storage.get("n"));
  },
  async "readers-and-writers"(t) {
    const storage = await t.filled({ a: 0, b: 0 }, { quiet: true });
    const ran = { reader: 0, writer: 0 };
    const reader = async () => {
      const pair = await storage.transaction(async (txn) => {
        ran.reader++;
        const a = await txn.get("a");
        await t.turn();
        return [a, await txn.get("b")];
      });
      t.log("pair", pair);
    };
    const writer = () =>
      storage.transaction(async (txn) => {
        ran.writer++;
        const n = (await txn.get("a")) + 1;
        await txn.put("a", n);
        await t.turn();
        await txn.put("b", n);
      });
    await Promise.all([reader(), writer(), reader(), writer(), reader()]);
    t.log(ran);
  },
  async "throwing-contenders"(t) {
    const storage = t.storage({ quiet: true });
    const ran = new Array(9).fill(0);
    const one = (i) =>
      storage.transaction(async (txn) => {
        ran[i]++;
        const n = (await txn.get("n")) ?? 0;
        await txn.put("n", n + 1);
        if (i % 3 === 0) throw new Error(`contender ${i}`);
        if (i % 3 === 1) txn.rollback();
        return n + 1;
      });
    await Promise.all(ran.map((_, i) => t.start(`transaction ${i}`, () => one(i))));
    t.log("ran", ran.join(" "));
    await t.call(() => storage.get("n"));
  },
  async "ring-of-keys"(t) {
    const storage = await t.filled({ k0: 1, k1: 2, k2: 3, k3: 4 }, { quiet: true });
    const ran = new Array(4).fill(0);
    const move = (i) =>
      storage.transaction(async (txn) => {
        ran[i]++;
        const from = await txn.get(`k${i}`);
        await t.turn(i);
        await txn.put(`k${(i + 1) % 4}`, from * 10 + i);
      });
    await Promise.all(ran.map((_, i) => t.start(`move ${i}`, () => move(i))));
    t.log("ran", ran.join(" "));
    await t.call(() => storage.list());
  },
  async nested(t) {
    const storage = await t.filled({ a: 1 });
    let outer = 0;
    let inner = 0;
    await t.call("outer", () =>
      storage.transaction(async (txn) => {
        outer++;
        await txn.put("outer", outer);
        const result = await storage.transaction(async (nested) => {
          inner++;
          const a = await nested.get("a");
          await nested.put("a", a + 1);
          return a;
        });
        return result;
      }),
    );
    t.log("outer", outer, "inner", inner);
    await t.call(() => storage.list());
  },
  async "nested-with-conflict"(t) {
    const storage = await t.filled({ a: 1 });
    const ran = { outer: 0, inner: 0 };
    await t.call("outer", () =>
      storage.transaction(async (txn) => {
        ran.outer++;
        const before = await txn.get("a");
        if (ran.outer < 3) {
          await storage.transaction(async (nested) => {
            ran.inner++;
            await nested.put("a", (await nested.get("a")) + 1);
          });
        }
        return before;
      }),
    );
    t.log(ran);
  },
  async "nested-in-nested"(t) {
    const storage = t.storage({ quiet: true });
    const depth = async (level) => {
      await storage.transaction(async (txn) => {
        t.log("enters", level);
        await txn.put(`level${level}`, level);
        if (level < 4) await depth(level + 1);
      });
      t.log("leaves", level);
    };
    await depth(1);
    await t.call(() => storage.list());
  },
  async "nested-throws"(t) {
    const storage = await t.filled({ a: 1 });
    await t.call("outer", () =>
      storage.transaction(async (txn) => {
        await txn.put("a", 2);
        await t.call("inner", () =>
          storage.transaction(async (nested) => {
            await nested.put("a", 3);
            throw new Error("inner");
          }),
        );
        return txn.get("a");
      }),
    );
    await t.call(() => storage.get("a"));
  },
  async "started-inside-not-awaited"(t) {
    const storage = t.storage();
    let inner;
    await t.call("outer", () =>
      storage.transaction(async (txn) => {
        inner = t.start("inner", () => storage.transaction((nested) => nested.put("a", 1)));
        await txn.put("b", 2);
      }),
    );
    await inner;
    await t.call(() => storage.list());
  },
  async "transaction-waits-for-a-flush"(t) {
    const storage = await t.filled({ a: 1 }, { turns: 3 });
    const write = t.start(() => storage.put("a", 2));
    await t.turn();
    await t.start("transaction", () => storage.transaction(async (txn) => txn.put("b", 3)));
    await write;
  },
  async "put-during-a-commit"(t) {
    const storage = await t.filled({ a: 1 }, { turns: 3 });
    const transaction = t.start("transaction", () => storage.transaction((txn) => txn.put("a", 2)));
    await t.turn(2);
    const writes = [
      t.start(() => storage.put("a", 3)),
      t.start(() => storage.put("b", 4)),
      t.start(() => storage.get("a")),
    ];
    await Promise.all([transaction, ...writes]);
    await t.call(() => storage.list());
  },
  async "list-while-a-put-is-flushed"(t) {
    const storage = await t.filled({ a: 1, b: 2 });
    const written = t.deferred();
    t.backing.list = async (...args) => {
      const answer = await t.backing.inner.list(...args);
      await written.promise;
      return answer;
    };
    const writes = [t.start(() => storage.put("c", 3)), t.start(() => storage.delete("a"))];
    const list = t.start("list", () => storage.transaction((txn) => txn.list()));
    await Promise.all(writes);
    written.resolve();
    await list;
  },
  async "commit-takes-pending-puts-along"(t) {
    const storage = t.storage();
    const transaction = t.start("transaction", () =>
      storage.transaction(async (txn) => {
        await txn.put("b", 2);
        t.start(() => storage.put("c", 3));
      }),
    );
    await Promise.all([t.start(() => storage.put("a", 1)), transaction]);
  },
};
