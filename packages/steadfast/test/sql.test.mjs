// `ctx.storage.sql` beyond what workerd can be compared on.
import assert from "node:assert/strict";
import { test } from "node:test";
import { setFlagsFromString } from "node:v8";
import { runInNewContext } from "node:vm";
import { isPending, startHeld } from "./held.mjs";

/** An app with one object that does what it is asked: `ask(what)` runs `what(object)` in it. */
async function startObject(t, options = {}) {
  let run;
  class Obj {
    constructor(ctx) {
      this.ctx = ctx;
      this.sql = ctx.storage.sql;
      this.kv = ctx.storage.kv;
    }
    async fetch() {
      return Response.json((await run(this)) ?? null);
    }
    alarm() {}
  }
  const worker = { fetch: (request, env) => env.OBJ.getByName("a").fetch(request) };
  const { app, engine } = await startHeld(t, { worker, durableObjects: { OBJ: Obj }, ...options });
  const ask = async (what) => {
    run = what;
    return (await app.fetch("http://x/")).json();
  };
  return { app, engine, ask };
}

const pause = () => new Promise((resolve) => setTimeout(resolve, 1));

test("an answer waits for what SQL wrote, and a read does not wait", async (t) => {
  const { engine, ask } = await startObject(t);
  await ask(({ sql }) => void sql.exec("create table t (a)"));
  engine.hold();
  assert.deepEqual(await ask(({ sql }) => sql.exec("select count(*) as n from t").one()), { n: 0 });
  const written = ask(({ sql }) => sql.exec("insert into t values (1) returning a").one());
  assert.equal(await isPending(written), true);
  engine.release();
  assert.deepEqual(await written, { a: 1 });
});

test("a commit that fails resets the object and drops keys and alarm of its turn", async (t) => {
  const { ask } = await startObject(t);
  await ask(({ sql }) => {
    sql.exec("create table p (id integer primary key)");
    sql.exec("create table c (p references p (id) deferrable initially deferred)");
  });
  const failing = ask(async (object) => {
    object.mark = "old";
    object.kv.put("a", 1);
    object.ctx.storage.setAlarm(Date.now() + 3_600_000);
    object.sql.exec("insert into c values (7)");
    await object.ctx.storage.put("b", 2);
    await pause();
    return "went on";
  });
  await assert.rejects(failing, /constraints were violated: FOREIGN KEY constraint failed/);
  const left = await ask(async ({ ctx, mark, kv, sql }) => [
    mark ?? "new",
    await ctx.storage.getAlarm(),
    [...kv.list()],
    sql.exec("select * from c").toArray(),
  ]);
  assert.deepEqual(left, ["new", null, [], []]);
  const fixed = await ask(async ({ sql }) => {
    sql.exec("insert into c values (7); insert into p values (7)");
    await pause();
    return sql.exec("select * from c").toArray();
  });
  assert.deepEqual(fixed, [{ p: 7 }]);
});

test("SQL, keys and transactions are undone together", async (t) => {
  const { ask } = await startObject(t);
  const left = await ask(async ({ ctx: { storage }, sql, kv }) => {
    sql.exec("create table t (a)");
    const write = (value) => {
      sql.exec("insert into t values (?)", value);
      kv.put(value, value);
    };
    await storage.transaction(async () => {
      write("kept");
      await pause();
      assert.throws(() =>
        storage.transactionSync(() => {
          write("inner");
          throw new Error("undo");
        }),
      );
      const nested = storage.transaction(async () => {
        write("nested");
        await pause();
        throw new Error("undo");
      });
      await assert.rejects(nested, /undo/);
    });
    const failed = storage.transaction(async () => {
      write("failed");
      sql.exec("drop table t");
      await pause();
      throw new Error("undo");
    });
    await assert.rejects(failed, /undo/);
    return [sql.exec("select a from t").raw().toArray(), [...kv.list()].map(([key]) => key)];
  });
  assert.deepEqual(left, [[["kept"]], ["kept"]]);
});

test("a cursor goes on over turns and shows what is written meanwhile", async (t) => {
  const { ask } = await startObject(t);
  const seen = await ask(async ({ sql }) => {
    sql.exec("create table t (a integer primary key)");
    sql.exec("insert into t values (1), (2), (3)");
    const cursor = sql.exec("select a from t");
    const first = cursor.next().value.a;
    await pause();
    sql.exec("insert into t values (4); delete from t where a = 3");
    await pause();
    return [first, ...cursor.raw()].flat();
  });
  assert.deepEqual(seen, [1, 2, 4]);
});

test("a statement that writes has run to its end when its rows are read", async (t) => {
  const { ask } = await startObject(t);
  const seen = await ask(async ({ sql }) => {
    sql.exec("create table t (a integer primary key, b)");
    const cursor = sql.exec("insert into t (b) values (?), (?), (?) returning a, b", 1, "x", null);
    await pause();
    return [
      cursor.rowsWritten,
      cursor.next(),
      cursor.toArray(),
      sql.exec("select b from t").toArray(),
    ];
  });
  const rest = [
    { a: 2, b: "x" },
    { a: 3, b: null },
  ];
  const stored = [{ b: 1 }, { b: "x" }, { b: null }];
  assert.deepEqual(seen, [3, { done: false, value: { a: 1, b: 1 } }, rest, stored]);
});

test("rows of any size and number come back as they were", async (t) => {
  const { ask } = await startObject(t);
  await ask(async ({ sql }) => {
    sql.exec("create table t (a integer primary key, text, blob)");
    for (const bytes of [0, 1, 1024, 4096, 65_536, 1_048_576]) {
      const text = "ü".repeat(bytes / 2);
      const blob = Uint8Array.from({ length: bytes }, (_, at) => at % 251);
      sql.exec("insert into t values (?, ?, ?)", bytes, text, blob.buffer);
      await pause();
      const row = sql.exec("select text, blob from t where a = ?", bytes).one();
      assert.equal(row.text, text);
      assert.deepEqual(new Uint8Array(row.blob), blob);
      assert.notEqual(sql.exec("select blob from t where a = ?", bytes).one().blob, row.blob);
    }
    sql.exec("create table n (a integer, b)");
    sql.exec(
      "with recursive c(x) as (select 1 union all select x + 1 from c where x < 5000) " +
        "insert into n select x, 'v' || x from c",
    );
    const rows = sql.exec("select * from n order by a").toArray();
    assert.equal(rows.length, 5000);
    assert.ok(rows.every(({ a, b }, at) => a === at + 1 && b === `v${at + 1}`));
    const arrays = [...sql.exec("select a, b from n order by a desc").raw()];
    assert.deepEqual(arrays[4999], [1, "v1"]);
  });
});

test("an evicted object opens its database again", async (t) => {
  const { ask } = await startObject(t, { idleEvictionMs: 1 });
  const insert = (object) => {
    object.asked = (object.asked ?? 0) + 1;
    object.sql.exec("create table if not exists t (a integer primary key)");
    object.sql.exec("insert into t default values");
    return [object.asked, object.sql.exec("select max(a) as n from t").one().n];
  };
  let evictions = 0;
  for (let expected = 1; evictions < 3; expected++) {
    const [asked, rows] = await ask(insert);
    assert.equal(rows, expected);
    if (asked === 1) evictions += 1;
    await pause();
  }
});

test("a database comes back with its directory", async (t) => {
  const { mkdtemp, rm } = await import("node:fs/promises");
  const { tmpdir } = await import("node:os");
  const { join } = await import("node:path");
  const storage = await mkdtemp(join(tmpdir(), "steadfast-sql-"));
  t.after(() => rm(storage, { recursive: true, force: true }));
  const first = await startObject(t, { storage });
  await first.ask(({ sql }) => {
    sql.exec("create table t (a, b); create index i on t (b)");
    for (let row = 0; row < 500; row++)
      sql.exec("insert into t values (?, ?)", row, "x".repeat(row));
  });
  await first.app.stop();
  const { ask } = await startObject(t, { storage });
  const seen = await ask(({ sql }) =>
    sql.exec("select count(*) as n, sum(length(b)) as bytes from t").one(),
  );
  assert.deepEqual(seen, { n: 500, bytes: (499 * 500) / 2 });
});

test("cursors that nobody can read any more end", async (t) => {
  setFlagsFromString("--expose-gc");
  const collect = runInNewContext("gc");
  const { ask } = await startObject(t);
  await ask(async ({ sql }) => {
    sql.exec("create table t (a); insert into t values (1), (2)");
    const locked = /database table is locked/;
    for (let cursor = 0; cursor < 100; cursor++) sql.exec("select a from t").next();
    assert.throws(() => sql.exec("drop table t"), locked);
    // The last few are kept alive; let those be some that have ended.
    for (let cursor = 0; cursor < 40; cursor++) sql.exec("select a from t").toArray();
    let dropped = false;
    for (let turn = 0; turn < 100 && !dropped; turn++) {
      collect();
      await pause();
      try {
        sql.exec("drop table t");
        dropped = true;
      } catch (error) {
        assert.match(error.message, locked);
      }
    }
    assert.equal(dropped, true);
  });
});

test("nothing can be read through a cursor of an object that was reset", async (t) => {
  const { ask } = await startObject(t);
  let cursor;
  const failing = ask(({ ctx, sql }) => {
    cursor = sql.exec("select 1 as a union all select 2");
    cursor.next();
    ctx.abort("on purpose");
  });
  await assert.rejects(failing, /on purpose/);
  assert.throws(() => cursor.next(), /on purpose/);
  assert.throws(() => [...cursor.raw()], /on purpose/);
});
