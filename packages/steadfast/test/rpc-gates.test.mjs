// What a call, its answer and a callback depend on: nothing leaves before the writes they have seen.
import assert from "node:assert/strict";
import { test } from "node:test";
import { isPending, settle, startHeld } from "./held.mjs";

const { DurableObject, RpcTarget } = await import("../dist/workers.js");

class Writer extends RpcTarget {
  constructor(storage) {
    super();
    this.storage = storage;
  }
  write(key) {
    this.storage.put(key, 1);
    return key;
  }
}

class Subject extends DurableObject {
  write(key) {
    this.ctx.storage.put(key, 1);
    return key;
  }
  writer() {
    return new Writer(this.ctx.storage);
  }
  async callBack(fn) {
    this.ctx.storage.put("before", 1);
    return await fn();
  }
  async throwAfterWrite() {
    this.ctx.storage.put("written", 1);
    throw new Error("thrown");
  }
  stream() {
    const { storage } = this.ctx;
    let left = 2;
    return new ReadableStream({
      pull(controller) {
        if (left-- === 0) return controller.close();
        storage.put(`chunk ${left}`, 1);
        controller.enqueue(new TextEncoder().encode("."));
      },
    });
  }
  nothing() {
    return "nothing";
  }
}

/** An app whose worker runs `handle` on a stub, with an engine that is held back. */
async function start(t, handle) {
  const { app, engine } = await startHeld(t, {
    durableObjects: { OBJECT: Subject },
    worker: {
      fetch: async (_request, env) => new Response(await handle(env.OBJECT.getByName("a"))),
    },
  });
  await (await app.fetch("http://x/")).text();
  return { app, engine };
}

/** The worker sees the answer at once; who asked the worker waits until it is durable. */
async function waitsFor(t, name, handle, expected) {
  await t.test(name, async (t) => {
    const seen = [];
    const { app, engine } = await start(t, async (stub) => {
      const answer = await handle(stub);
      seen.push(answer);
      return answer;
    });
    seen.length = 0;
    engine.hold();
    const response = app.fetch("http://x/");
    await settle();
    assert.deepEqual(seen, [expected], "inside the process nothing waits");
    assert.equal(await isPending(response), true, "outside it does");
    engine.release();
    assert.equal(await (await response).text(), expected);
  });
}

test("what has seen a write leaves when the write is durable", async (t) => {
  await waitsFor(t, "a call", (stub) => stub.write("k"), "k");
  await waitsFor(t, "a target", async (stub) => (await stub.writer()).write("k"), "k");
  await waitsFor(t, "a result that is not there yet", (stub) => stub.writer().write("k"), "k");
  await waitsFor(t, "a callback", (stub) => stub.callBack(() => "called"), "called");
  await waitsFor(
    t,
    "a failure",
    (stub) => stub.throwAfterWrite().catch((error) => error.message),
    "thrown",
  );
  await waitsFor(t, "a stream", async (stub) => new Response(await stub.stream()).text(), "..");
});

test("what runs in a callback has seen what its caller wrote", async (t) => {
  const { app, engine } = await start(t, async (stub) => {
    const told = await new Promise((resolve) => {
      stub.callBack(() => resolve("in the callback"));
    });
    return told;
  });
  engine.hold();
  const response = app.fetch("http://x/");
  assert.equal(await isPending(response), true);
  engine.release();
  assert.equal(await (await response).text(), "in the callback");
});

test("a call that wrote nothing waits for nothing", async (t) => {
  const { app, engine } = await start(t, (stub) => stub.nothing());
  engine.hold();
  assert.equal(await (await app.fetch("http://x/")).text(), "nothing");
});
