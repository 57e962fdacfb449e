// `ctx.storage.kv` beyond what workerd can be compared on.
import assert from "node:assert/strict";
import { test } from "node:test";
import { isPending, startHeld } from "./held.mjs";

/** An app with one object whose handler is `run(ctx, state)`, and a way to ask it. */
async function startObject(t, run) {
  class Obj {
    constructor(ctx) {
      this.ctx = ctx;
      this.state = {};
    }
    async fetch() {
      return Response.json((await run(this.ctx, this.state)) ?? null);
    }
  }
  const worker = { fetch: (request, env) => env.OBJ.getByName("a").fetch(request) };
  const { app, engine } = await startHeld(t, { worker, durableObjects: { OBJ: Obj } });
  return { engine, ask: async () => (await app.fetch("http://x/")).json() };
}

test("every read gives a copy of its own", async (t) => {
  const { ask } = await startObject(t, ({ storage: { kv } }) => {
    const value = { list: [1] };
    kv.put("a", value);
    value.list.push(2);
    kv.get("a").list.push(3);
    const [[, listed]] = [...kv.list()];
    listed.list.push(4);
    return [kv.get("a"), [...kv.list()]];
  });
  assert.deepEqual(await ask(), [{ list: [1] }, [["a", { list: [1] }]]]);
});

test("an answer waits for a synchronous write, and for nothing that was undone", async (t) => {
  const { engine, ask } = await startObject(t, ({ storage }, state) => {
    state.asked = (state.asked ?? 0) + 1;
    if (state.asked === 1) storage.kv.put("a", 1);
    else assert.throws(() => storage.transactionSync(() => undone(storage)), /undo/);
    return storage.kv.get("a");
  });
  engine.hold();
  const written = ask();
  assert.equal(await isPending(written), true);
  engine.release();
  assert.equal(await written, 1);
  engine.hold();
  const asked = ask();
  assert.equal(await isPending(asked), false);
  assert.equal(await asked, 1);
});

function undone(storage) {
  storage.kv.put("a", 2);
  throw new Error("undo");
}

test("a list reads any number of entries in both directions, and what is written meanwhile", async (t) => {
  const { ask } = await startObject(t, ({ storage: { kv } }) => {
    const keys = Array.from({ length: 1000 }, (_, at) => `k${String(at).padStart(4, "0")}`);
    for (const key of keys) kv.put(key, key);
    const listed = (options) => [...kv.list(options)].map(([key]) => key);
    assert.deepEqual(listed(), keys);
    assert.deepEqual(listed({ reverse: true }), keys.toReversed());
    assert.deepEqual(listed({ limit: 333 }), keys.slice(0, 333));
    assert.deepEqual(
      listed({ reverse: true, limit: 17, end: "k0500" }),
      keys.slice(483, 500).reverse(),
    );
    assert.deepEqual(listed({ startAfter: "k0009", end: "k0300" }), keys.slice(10, 300));
    const seen = [];
    for (const [key] of kv.list()) {
      seen.push(key);
      kv.delete(key);
      if (key === "k0500") kv.put("k0500a", 1);
      if (key === "k0600") kv.delete("k0601");
    }
    assert.equal(seen.length, 1000);
    assert.equal(seen[501], "k0500a");
    assert.equal(seen.includes("k0601"), false);
    return listed();
  });
  assert.deepEqual(await ask(), []);
});

test("an iterator that was begun before a reset reads nothing afterwards", async (t) => {
  const kept = [];
  const { ask } = await startObject(t, (ctx) => {
    ctx.storage.kv.put("a", 1);
    if (kept.length > 0) return assert.throws(() => kept[0].next(), /on purpose/);
    kept.push(ctx.storage.kv.list());
    kept[0].next();
    ctx.abort("on purpose");
  });
  await assert.rejects(ask(), /on purpose/);
  await ask();
});
