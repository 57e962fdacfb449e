// In which order calls arrive, what runs meanwhile, and what a callback depends on.
import assert from "node:assert/strict";
import { test } from "node:test";
import { RpcTarget } from "../dist/workers.js";
import { start } from "./rpc.mjs";

class Log extends RpcTarget {
  #lines = [];
  add(line) {
    this.#lines.push(line);
  }
  get lines() {
    return this.#lines;
  }
}

const methods = {
  fetch(request) {
    this.record(new URL(request.url).pathname);
    return new Response("ok");
  },
  record(what) {
    this.seen ??= [];
    this.seen.push(what);
    return what;
  },
  recorded() {
    return this.seen;
  },
  async slow(what) {
    this.record(`${what} begins`);
    await new Promise((resolve) => setTimeout(resolve, 1));
    this.record(`${what} ends`);
  },
  async increment() {
    const value = (await this.ctx.storage.get("n")) ?? 0;
    await this.ctx.storage.put("n", value + 1);
    return value + 1;
  },
  log() {
    return new Log();
  },
  async callAll(fn, count) {
    const results = [];
    for (let at = 0; at < count; at++) results.push(fn(at));
    return await Promise.all(results);
  },
  async call(fn) {
    return await fn();
  },
  async section(fn) {
    return await this.ctx.blockConcurrencyWhile(async () => await fn());
  },
  async sectionOfOwn() {
    const helper = this.env.OBJECT.getByName("helper");
    return await this.ctx.blockConcurrencyWhile(async () => await helper.call(() => "inside"));
  },
  keep(fn) {
    this.kept = fn.dup();
  },
  async useKept() {
    return await this.kept();
  },
  async lendFromSection(name) {
    const other = this.env.OBJECT.getByName(name);
    await this.ctx.blockConcurrencyWhile(async () => {
      await other.keep(async () => this.record(`lent ${await this.ctx.storage.get("n")}`));
    });
    await this.ctx.storage.put("n", 1);
  },
  async reenter(name) {
    const other = this.env.OBJECT.getByName(name);
    return await other.call(async () => {
      this.record("reentered");
      return this.seen.length;
    });
  },
  async bothWays(name) {
    const other = this.env.OBJECT.getByName(name);
    const fn = await other.echoFunction((x) => x + 1);
    return await fn(1);
  },
  echoFunction(fn) {
    const kept = fn.dup();
    return async (x) => (await kept(x)) * 10;
  },
};

test("calls and requests through one stub arrive in the order they were made", async (t) => {
  const run = await start(t, methods);
  await run(async (stub) => {
    const object = stub();
    const sent = [];
    for (let at = 0; at < 30; at++) {
      if (at % 3 === 0) sent.push(object.fetch(`http://x/${at}`));
      else if (at % 3 === 1) sent.push(object.record(at));
      else sent.push(object.record({ at }));
    }
    await Promise.all(sent);
    const seen = [...(await object.recorded())];
    assert.deepEqual(
      seen,
      Array.from({ length: 30 }, (_, at) => (at % 3 === 0 ? `/${at}` : at % 3 === 1 ? at : { at })),
    );
  });
});

test("calls to a target and to a function arrive in order, before and after it has come", async (t) => {
  const run = await start(t, methods);
  await run(async (stub) => {
    const promise = stub().log();
    const sent = [promise.add(0), promise.add({ n: 1 }), promise.add(2)];
    const log = await promise;
    sent.push(log.add(3), log.add({ n: 4 }), log.add(5));
    await Promise.all(sent);
    assert.deepEqual([...(await log.lines)], [0, { n: 1 }, 2, 3, { n: 4 }, 5]);
    const got = [];
    await stub().callAll((at) => void got.push(at), 20);
    assert.deepEqual(
      got,
      Array.from({ length: 20 }, (_, at) => at),
    );
  });
});

test("a slow method lets others run; none loses an update", async (t) => {
  const run = await start(t, methods);
  await run(async (stub) => {
    await Promise.all([stub().slow("a"), stub().slow("b")]);
    const seen = [...(await stub().recorded())];
    assert.deepEqual(seen.slice(0, 2), ["a begins", "b begins"]);
    const values = await Promise.all(Array.from({ length: 20 }, () => stub().increment()));
    assert.deepEqual(
      values,
      Array.from({ length: 20 }, (_, at) => at + 1),
    );
  });
});

test("a callback runs where it was made, though its maker waits for the call", async (t) => {
  const run = await start(t, methods);
  await run(async (stub) => {
    assert.equal(await stub("a").reenter("b"), 1);
    assert.equal(await stub("a").bothWays("b"), 20);
    assert.equal(await stub("a").section(() => "of the worker"), "of the worker");
    assert.equal(await stub("a").sectionOfOwn(), "inside");
  });
});

test("a callback made in a section that has ended is called like any other", async (t) => {
  const run = await start(t, methods);
  await run(async (stub) => {
    await stub("lender").lendFromSection("borrower");
    assert.equal(await stub("borrower").useKept(), "lent 1");
    const blocked = stub("lender").section(async () => await stub("borrower").record("meanwhile"));
    const used = stub("borrower").useKept();
    assert.equal(await blocked, "meanwhile");
    assert.equal(await used, "lent 1");
  });
});

test("a call that nobody awaits is made, and its failure is nobody's", async (t) => {
  const run = await start(t, methods);
  await run(async (stub) => {
    stub().record("unawaited");
    stub().nope();
    stub().record(new WeakMap());
    assert.deepEqual([...(await stub().recorded())], ["unawaited"]);
  });
});
