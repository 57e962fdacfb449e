// Point-in-time recovery, where a namespace keeps a history.
import assert from "node:assert/strict";
import { test } from "node:test";
import { startHeld } from "./held.mjs";

class Notes {
  constructor(ctx) {
    this.ctx = ctx;
    this.storage = ctx.storage;
  }

  async fetch(request) {
    const { pathname, searchParams } = new URL(request.url);
    return Response.json((await this[pathname.slice(1)](searchParams)) ?? null);
  }

  write(params) {
    const { sql, kv } = this.storage;
    const value = params.get("value");
    sql.exec(`create table if not exists ${value} (a)`);
    sql.exec(`insert into ${value} values (?)`, value);
    kv.put("value", value);
    kv.put(value, true);
    return this.storage.getCurrentBookmark();
  }

  read() {
    const { sql, kv } = this.storage;
    const tables = sql.exec("select name from sqlite_master order by name").raw().toArray().flat();
    const rows = tables.map((table) => sql.exec(`select a from ${table}`).one().a);
    return [[...kv.list()].map(([key]) => key), kv.get("value") ?? null, tables, rows];
  }

  at(params) {
    return this.storage.getBookmarkForTime(Number(params.get("ms")));
  }

  async restore(params) {
    this.undo = await this.storage.onNextSessionRestoreBookmark(params.get("bookmark"));
    return this.undo;
  }

  abort() {
    this.ctx.abort("going back");
  }

  async refused() {
    await assert.rejects(this.storage.onNextSessionRestoreBookmark("yesterday"), TypeError);
    await assert.rejects(this.storage.getBookmarkForTime(Date.now() + 60_000), TypeError);
    const future = "00000000-0000ffff-00000000-00000000000000000000000000000000";
    await assert.rejects(this.storage.onNextSessionRestoreBookmark(future), TypeError);
  }
}

const worker = { fetch: (request, env) => env.NOTES.getByName("a").fetch(request) };
const HOUR_MS = 3_600_000;

async function start(t) {
  const durableObjects = { NOTES: { class: Notes, historyMs: HOUR_MS } };
  const { app } = await startHeld(t, { worker, durableObjects });
  return async (what) => (await app.fetch(`http://x/${what}`)).json();
}

test("an object goes back to a bookmark with keys, tables and rows, and forth again", async (t) => {
  const ask = await start(t);
  const first = await ask("write?value=one");
  const second = await ask("write?value=two");
  assert.ok(first < second);
  assert.deepEqual(await ask("read"), [
    ["one", "two", "value"],
    "two",
    ["one", "two"],
    ["one", "two"],
  ]);

  const undo = await ask(`restore?bookmark=${first}`);
  assert.deepEqual(
    (await ask("read"))[1],
    "two",
    "nothing happens before the object is opened again",
  );
  await assert.rejects(ask("abort"), /going back/);
  assert.deepEqual(await ask("read"), [["one", "value"], "one", ["one"], ["one"]]);

  await ask(`restore?bookmark=${undo}`);
  await assert.rejects(ask("abort"), /going back/);
  assert.deepEqual((await ask("read"))[1], "two");
});

test("the beginning of time is before the first write", async (t) => {
  const ask = await start(t);
  await ask("write?value=one");
  const beginning = await ask("at?ms=1");
  await ask(`restore?bookmark=${beginning}`);
  await assert.rejects(ask("abort"), /going back/);
  assert.deepEqual(await ask("read"), [[], null, [], []]);
});

test("what is no bookmark and what is to come are refused", async (t) => {
  const ask = await start(t);
  await ask("write?value=one");
  assert.equal(await ask("refused"), null);
});
