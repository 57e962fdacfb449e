// Transactions: what is one unit, what is undone, and what waits for it.
import assert from "node:assert/strict";
import { test } from "node:test";
import { isPending, settle, startHeld } from "./held.mjs";

class Obj {
  constructor(ctx) {
    this.ctx = ctx;
    this.asked = 0;
  }

  async fetch(request) {
    this.asked += 1;
    return Response.json((await this[new URL(request.url).pathname.slice(1)]()) ?? null);
  }

  look() {
    return [this.asked, ...this.ctx.storage.kv.list()];
  }

  async overTurns() {
    await this.ctx.storage.transaction(async (txn) => {
      await txn.put("a", 1);
      await pause();
      this.ctx.storage.kv.put("b", 2);
      await pause();
    });
  }

  async aborted() {
    await this.ctx.storage.put("before", 1);
    await this.ctx.storage.transaction(async (txn) => {
      await txn.put("a", 1);
      await pause();
      await txn.put("b", 2);
      this.ctx.abort("on purpose");
    });
  }

  async failing() {
    const { storage } = this.ctx;
    const failed = storage.transaction(async (txn) => {
      await txn.put("a", 1);
      await pause();
      storage.transactionSync(() => storage.kv.put("b", 2));
      await storage.transaction((inner) => inner.put("c", 3));
      throw new RangeError("mine");
    });
    await assert.rejects(failed, { name: "RangeError", message: "mine" });
  }

  async rolledBack() {
    const { storage } = this.ctx;
    return storage.transaction(async (txn) => {
      await txn.put("a", 1);
      txn.rollback();
      return "value";
    });
  }

  async commits() {
    await this.ctx.storage.transaction((txn) => txn.put("a", 1));
    this.went = "on";
  }
}

const pause = () => new Promise((resolve) => setTimeout(resolve, 1));
const worker = { fetch: (request, env) => env.OBJ.getByName("a").fetch(request) };

async function start(t) {
  const { app, engine } = await startHeld(t, { worker, durableObjects: { OBJ: Obj } });
  return { engine, ask: async (what) => (await app.fetch(`http://x/${what}`)).json() };
}

test("a transaction over several turns is one unit, and its answer waits for it", async (t) => {
  const { engine, ask } = await start(t);
  engine.hold();
  const answer = ask("overTurns");
  for (let turn = 0; turn < 10; turn++) await pause();
  assert.equal(await isPending(answer), true);
  engine.release();
  await answer;
  assert.deepEqual(await ask("look"), [2, ["a", 1], ["b", 2]]);
});

test("an abort inside a transaction drops all of it and nothing before it", async (t) => {
  const { ask } = await start(t);
  await assert.rejects(ask("aborted"), /on purpose/);
  assert.deepEqual(await ask("look"), [1, ["before", 1]]);
});

test("a callback that fails is undone with everything inside it, and resets nothing", async (t) => {
  const { ask } = await start(t);
  await ask("failing");
  assert.deepEqual(await ask("look"), [2]);
});

test("events wait until a transaction has ended, and an undone one holds nothing back", async (t) => {
  const { engine, ask } = await start(t);
  await ask("look");
  engine.hold();
  const order = [];
  const failing = ask("failing").then(() => order.push("failing"));
  const look = ask("look").then((seen) => order.push(seen));
  await Promise.all([failing, look]);
  assert.deepEqual(order, ["failing", [3]]);
  assert.equal(await ask("rolledBack"), "value");
  assert.deepEqual(await ask("look"), [5]);
});

test("a transaction that cannot be committed resets its object", async (t) => {
  const { engine, ask } = await start(t);
  await ask("look");
  engine.fail("the disk is gone");
  await settle();
  await assert.rejects(ask("commits"), /storage can no longer be written|the disk is gone/);
});
