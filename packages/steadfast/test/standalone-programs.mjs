// Programs on the storage of one object, which end the same wherever that storage is: `ctx.storage` of an object
// that runs, or one that stands alone. Each tells what it sees by `log`.

/** Tells what a call gives, or how it fails. */
async function tell(log, name, call) {
  try {
    log(name, await call());
  } catch (error) {
    log(name, error.name, error.message);
  }
}

/** Lets other code go on. */
const pause = () => new Promise((resolve) => setImmediate(resolve));

const letters = ["Z", "a", "b", "é", "\uffff", "😀", "list:1", "list:2", "list:3"];

/** What needs nothing but keys, transactions and the alarm. */
export const programs = {
  async values(storage, log) {
    const cyclic = { list: [1] };
    cyclic.list[2] = 3;
    cyclic.self = cyclic;
    const error = Object.assign(new RangeError("large"), { more: 1 });
    const values = {
      number: 1.5,
      negative: -0,
      nan: Number.NaN,
      text: "é",
      yes: true,
      nothing: null,
      big: 10n,
      date: new Date(5),
      map: new Map([[1, new Set(["a"])]]),
      bytes: new Uint8Array([1, 2]),
      view: new Float64Array([0.5]),
      pooled: Buffer.from("pooled"),
      pattern: /a/g,
      hole: { inside: undefined },
      cyclic,
      error,
    };
    for (const [key, value] of Object.entries(values)) await storage.put(key, value);
    for (const key of Object.keys(values)) {
      const value = await storage.get(key);
      if (value instanceof Error) log(key, value.name, value.message, { ...value });
      else log(key, value);
    }
    const own = { n: 1 };
    await storage.put("own", own);
    own.n = 2;
    (await storage.get("own")).n = 3;
    log(await storage.get("own"));
    await storage.put("large", new Uint8Array(131072));
    log((await storage.get("large")).byteLength);
  },

  async refused(storage, log) {
    const calls = {
      noKey: () => storage.get(),
      undefinedKey: () => storage.get(undefined),
      numberKey: () => storage.get(5),
      getOptions: () => storage.get("a", 5),
      putNothing: () => storage.put(),
      putNoValue: () => storage.put("k"),
      putUndefined: () => storage.put("k", undefined),
      putOptions: () => storage.put("k", 1, 5),
      putMuch: () => storage.put({ a: 1 }, 2),
      putFunction: () => storage.put("k", () => 1),
      putSymbol: () => storage.put("k", Symbol("q")),
      putLarge: () => storage.put("k", new Uint8Array(9 * 1024 * 1024)),
      listOptions: () => storage.list(5),
      listStarts: () => storage.list({ start: "a", startAfter: "b" }),
      listLimit: () => storage.list({ limit: 0 }),
      listNegative: () => storage.list({ limit: -1 }),
      listHuge: () => storage.list({ limit: 2 ** 40 }),
      deleteAllOptions: () => storage.deleteAll(5),
      transactionNothing: () => storage.transaction(),
      alarmText: () => storage.setAlarm("soon"),
      alarmNaN: () => storage.setAlarm(Number.NaN),
      alarmZero: () => storage.setAlarm(0),
      alarmLate: () => storage.setAlarm(1e13),
      alarmOptions: () => storage.getAlarm(5),
      foreignThis: () => storage.get.call({}, "a"),
    };
    for (const [name, call] of Object.entries(calls)) await tell(log, name, call);
    await tell(log, "deleteNothing", () => storage.delete());
    log(await storage.list());
  },

  async lists(storage, log) {
    await storage.put(Object.fromEntries(letters.map((key, at) => [key, at])));
    log([...(await storage.list()).keys()]);
    const bounds = [
      {},
      { start: "a" },
      { startAfter: "a" },
      { startAfter: "list:" },
      { end: "list:2" },
      { start: "b", end: "b" },
      { start: "z", end: "a" },
      { prefix: "list:" },
      { prefix: "list:", start: "list:2" },
      { prefix: "list:", startAfter: "list:2" },
      { prefix: "list:", startAfter: "zzz" },
      { prefix: "none" },
      { start: "", startAfter: undefined },
    ];
    for (const bound of bounds) {
      for (const reverse of [false, true]) {
        for (const limit of [undefined, 1, 2.9, 100]) {
          const options = { ...bound, reverse, limit };
          log(options, [...(await storage.list(options)).keys()]);
        }
      }
    }
    log(await storage.get(["b", "a", "none", "b", "😀"]));
    log(await storage.delete(["a", "a", "none", "b"]), await storage.delete("a"));
  },

  async oddKeys(storage, log) {
    const odd = ["", "nul\0nul", "lone \ud800", "\0"];
    await storage.put(Object.fromEntries(odd.map((key, at) => [key, at])));
    log(await storage.list(), await storage.list({ startAfter: "" }), await storage.get(""));
    log(await storage.get("lone \ud800"), await storage.get(["lone \ufffd", "\0"]));
    log(await storage.delete(odd));
  },

  async order(storage, log) {
    // Nothing is awaited in between: each sees what was done before it.
    const done = await Promise.all([
      storage.put("a", 1),
      storage.get("a"),
      storage.delete("a"),
      storage.delete("a"),
      storage.put("a", 2),
      storage.put({ a: 3, b: undefined, c: 3 }),
      storage.delete(["a", "b", "c"]),
      storage.put("a", 4),
    ]);
    log(done, await storage.list());
    storage.put("a", 5);
    log(await storage.list());
    storage.put("late", 1);
    await storage.sync();
    log(await storage.get("late"));
    await storage.deleteAll();
    log(await storage.list(), await storage.getAlarm());
    storage.put("again", 1);
    storage.deleteAll();
    storage.put("after", 1);
    await storage.sync();
    log(await storage.list());
  },

  async transactions(storage, log) {
    await storage.put("kept", 0);
    const seen = await storage.transaction(async (txn) => {
      await txn.put("kept", 1);
      await pause();
      await storage.put("outside", 1);
      await txn.setAlarm(Date.now() + 3600e3);
      return [await txn.get("kept"), await txn.list(), await storage.get("outside")];
    });
    log(seen, (await storage.getAlarm()) > Date.now(), await storage.list());
    const failed = storage.transaction(async (txn) => {
      await txn.put("kept", 2);
      await storage.put("outside", 2);
      await storage.delete("kept");
      await txn.deleteAlarm();
      await pause();
      throw new RangeError("mine");
    });
    await tell(log, "failed", () => failed);
    log(await storage.list(), (await storage.getAlarm()) !== null);
    log(await storage.transaction(() => "at once"));
    await tell(log, "threw", () =>
      storage.transaction(() => {
        throw new Error("at once");
      }),
    );
    await tell(log, "deleteAll", () => storage.transaction((txn) => txn.deleteAll()));
    await tell(log, "deleteAll outside", () => storage.transaction(() => storage.deleteAll()));
    log(await storage.list());
  },

  async rollbacks(storage, log) {
    let leaked;
    const value = await storage.transaction(async (txn) => {
      leaked = txn;
      await txn.put("a", 1);
      txn.rollback();
      txn.rollback();
      const given = { get: ["a"], put: ["a", 1], setAlarm: [1] };
      for (const method of ["get", "put", "list", "setAlarm", "getAlarm", "deleteAlarm"]) {
        await tell(log, method, () => txn[method](...(given[method] ?? [])));
      }
      await tell(log, "delete", async () => txn.delete("a"));
      return "value";
    });
    log(value, await storage.list());
    await tell(log, "late", () => leaked.get("a"));
    await storage.transaction(async (txn) => {
      leaked = txn;
      await txn.put("b", 1);
    });
    await tell(log, "later", () => leaked.get("a"));
    await tell(log, "rollback", async () => leaked.rollback());
    log(await storage.list());
  },

  async afterRollback(storage, log) {
    const inner = (txn) => txn.put("inner", 1);
    const failed = storage.transaction(async (txn) => {
      await txn.put("undone", 1);
      await txn.setAlarm(Date.now() + 3600e3);
      txn.rollback();
      log(await storage.list(), await storage.getAlarm());
      await storage.put("kept", 1);
      await storage.transaction(inner);
      await pause();
      await storage.sync();
      throw new Error("late");
    });
    await tell(log, "failed", () => failed);
    log(await storage.list());
    await storage.transaction(async (txn) => {
      txn.rollback();
      await storage.deleteAll();
      storage.put("unawaited", 1);
    });
    log(await storage.list());
  },

  async nested(storage, log) {
    for (const outerFails of [false, true]) {
      for (const innerFails of [false, true, "rollback"]) {
        await storage.deleteAll();
        const outer = storage.transaction(async (txn) => {
          await txn.put("outer", 1);
          const inner = storage.transaction(async (nested) => {
            await nested.put("inner", 1);
            await storage.delete("outer");
            await pause();
            log(await nested.list());
            if (innerFails === "rollback") nested.rollback();
            else if (innerFails) throw new Error("inner");
          });
          await tell(log, "inner", () => inner);
          log(await txn.list());
          if (outerFails) throw new Error("outer");
        });
        await tell(log, "outer", () => outer);
        log(outerFails, innerFails, await storage.list());
      }
    }
    await storage.transaction(async (txn) => {
      const inner = storage.transaction(async (nested) => {
        await nested.put("running", 1);
        await pause();
      });
      await pause();
      await tell(log, "too early", async () => txn.rollback());
      await inner;
    });
    log(await storage.list());
  },

  async contended(storage, log) {
    const increment = () =>
      storage.transaction(async (txn) => {
        const n = (await txn.get("n")) ?? 0;
        await pause();
        await txn.put("n", n + 1);
        return n;
      });
    const results = await Promise.all(Array.from({ length: 40 }, increment));
    log(
      results.sort((left, right) => left - right),
      await storage.get("n"),
    );
  },

  async moved(storage, log) {
    const accounts = ["a", "b", "c"];
    await storage.put({ a: 100, b: 100, c: 100 });
    const move = (from, to) =>
      storage.transaction(async (txn) => {
        const held = await txn.get([from, to]);
        await pause();
        await txn.put({ [from]: held.get(from) - 1, [to]: held.get(to) + 1 });
      });
    const moves = accounts.flatMap((from) =>
      accounts.filter((to) => to !== from).flatMap((to) => [move(from, to), move(from, to)]),
    );
    await Promise.all(moves);
    log(await storage.list());
  },

  async alarms(storage, log) {
    log(await storage.getAlarm());
    const time = Date.now() + 3600e3;
    await storage.setAlarm(time + 0.9);
    log((await storage.getAlarm()) === time);
    await storage.setAlarm(new Date(time + 1));
    log((await storage.getAlarm()) === time + 1);
    log(await storage.list());
    await storage.deleteAlarm();
    await storage.deleteAlarm();
    log(await storage.getAlarm());
    storage.setAlarm(time);
    log((await storage.getAlarm()) === time);
    await storage.deleteAll();
    log(await storage.getAlarm());
    storage.setAlarm(time);
    const seen = await storage.transaction(async (txn) => {
      const alarms = [await txn.getAlarm()];
      await storage.transaction(async (nested) => {
        await nested.setAlarm(time + 1);
        alarms.push(await nested.getAlarm());
        nested.rollback();
      });
      alarms.push(await txn.getAlarm());
      await storage.transaction((nested) => nested.setAlarm(time + 2));
      return [...alarms, await txn.getAlarm()].map((alarm) => alarm - time);
    });
    log(seen, (await storage.getAlarm()) === time + 2);
  },
};

/** What needs a store of ours. */
export const ownPrograms = {
  async together(storage, log) {
    storage.put("async", 1);
    storage.kv.put("sync", 2);
    log(storage.kv.get("async"), await storage.get("sync"), [...storage.kv.list()]);
    storage.kv.put("undefined", undefined);
    log(storage.kv.get("undefined"), storage.kv.delete("undefined"), storage.kv.delete("none"));
    storage.sql.exec("CREATE TABLE t(a); INSERT INTO t VALUES (1), (2), (3)");
    log(storage.sql.exec("SELECT a FROM t ORDER BY a").toArray());
    log(storage.sql.exec("SELECT count(*) AS n FROM t WHERE a > ?", 1).one());
    log(storage.sql.databaseSize > 0);
    await tell(log, "no table", async () => storage.sql.exec("SELECT * FROM none"));
    await tell(log, "no sql", async () => storage.sql.exec());
    await tell(log, "not allowed", async () => storage.sql.exec("SELECT load_extension('x')"));
    const cursor = storage.sql.exec("SELECT a FROM t");
    cursor.next();
    await storage.deleteAll();
    await tell(log, "deleted", async () => cursor.toArray());
    log([...storage.kv.list()]);
  },

  async synchronous(storage, log) {
    storage.sql.exec("CREATE TABLE t(a)");
    const value = storage.transactionSync(() => {
      storage.kv.put("a", 1);
      storage.put("b", 2);
      storage.sql.exec("INSERT INTO t VALUES (1)");
      return "value";
    });
    log(value, await storage.list());
    await tell(log, "undone", async () =>
      storage.transactionSync(() => {
        storage.kv.put("a", 2);
        storage.put("c", 2);
        storage.setAlarm(Date.now() + 3600e3);
        storage.sql.exec("DELETE FROM t");
        storage.transactionSync(() => storage.kv.delete("b"));
        throw new Error("undo");
      }),
    );
    log(await storage.list(), storage.sql.exec("SELECT * FROM t").toArray());
    log(await storage.getAlarm());
    await tell(log, "no callback", async () => storage.transactionSync(5));
  },

  async inside(storage, log) {
    storage.sql.exec("CREATE TABLE t(a)");
    await storage.put("kept", 0);
    const both = async (txn) => {
      await txn.put("kept", 1);
      storage.kv.put("sync", 1);
      await txn.setAlarm(Date.now() + 3600e3);
      storage.sql.exec("INSERT INTO t VALUES (1)");
      await pause();
      storage.transactionSync(() => storage.kv.put("more", 1));
      await storage.transaction(async (nested) => {
        await nested.put("nested", 1);
        storage.sql.exec("INSERT INTO t VALUES (2)");
        nested.rollback();
      });
      log(await txn.list(), storage.sql.exec("SELECT * FROM t").toArray());
    };
    await tell(log, "undone", () =>
      storage.transaction(async (txn) => {
        await both(txn);
        throw new Error("undo");
      }),
    );
    log(await storage.list(), storage.sql.exec("SELECT * FROM t").toArray());
    log(await storage.getAlarm());
    await storage.transaction(both);
    log(await storage.list(), storage.sql.exec("SELECT * FROM t").toArray());
    log((await storage.getAlarm()) !== null);
  },

  async afterRollbackOfSql(storage, log) {
    storage.sql.exec("CREATE TABLE t(a)");
    const rows = () => storage.sql.exec("SELECT * FROM t").toArray();
    const failed = storage.transaction(async (txn) => {
      await txn.put("undone", 1);
      storage.sql.exec("INSERT INTO t VALUES (1)");
      txn.rollback();
      log(rows(), storage.kv.get("undone"));
      storage.sql.exec("INSERT INTO t VALUES (2)");
      storage.transactionSync(() => storage.kv.put("kept", 1));
      await pause();
      throw new Error("late");
    });
    await tell(log, "failed", () => failed);
    log(rows(), await storage.list());
  },

  async iterated(storage, log) {
    await storage.put(Object.fromEntries(Array.from({ length: 40 }, (_, at) => [`k${at}`, at])));
    const first = storage.kv.list({ prefix: "k1" });
    log(first.next());
    storage.kv.put("k10", "new");
    log(first.next());
    storage.kv.list();
    await tell(log, "ended", async () => first.next());
    log([...storage.kv.list({ reverse: true, limit: 3 })]);
    await tell(log, "limit", async () => storage.kv.list({ limit: 0 }));
  },
};
