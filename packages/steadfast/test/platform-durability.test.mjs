// What tells of a KV value or a cached response leaves when that is durable, as with objects.
import assert from "node:assert/strict";
import { test } from "node:test";
import { isPending, startHeld } from "./held.mjs";

const KEPT = { headers: { "cache-control": "max-age=100" } };

class Teller {
  constructor(state, env) {
    this.state = state;
    this.env = env;
  }

  /** Tells of its own write in KV before that write is durable. */
  async fetch() {
    this.state.storage.put("count", 1);
    await this.env.KV.put("told", "1");
    return new Response("told");
  }
}

const worker = {
  async fetch(request, env) {
    switch (new URL(request.url).pathname) {
      case "/put":
        await env.KV.put("a", "1");
        return new Response("put");
      case "/get":
        return new Response(await env.KV.get("told"));
      case "/cache":
        await caches.default.put("http://cached/", new Response("c", KEPT));
        return new Response("cached");
      default:
        return env.TELLER.getByName("a").fetch(request);
    }
  },
};

/** An app whose engine holds everything back. */
async function held(t) {
  const durableObjects = { TELLER: Teller };
  const { app, engine } = await startHeld(t, { worker, durableObjects, kvNamespaces: ["KV"] });
  engine.hold();
  const text = async (path) => (await app.fetch(`http://app${path}`)).text();
  return { engine, text };
}

for (const [path, told] of [
  ["/put", "put"],
  ["/cache", "cached"],
  ["/object", "told"],
]) {
  test(`the answer to ${path} waits for what it tells of`, async (t) => {
    const { engine, text } = await held(t);
    const answer = text(path);
    assert.equal(await isPending(answer), true);
    engine.release();
    assert.equal(await answer, told);
  });
}

test("a value is seen at once, and told of when it is durable", async (t) => {
  const { engine, text } = await held(t);
  const written = text("/object");
  assert.equal(await isPending(written), true);
  const read = text("/get");
  assert.equal(await isPending(read), true);
  engine.release();
  assert.deepEqual(await Promise.all([written, read]), ["told", "1"]);
});
