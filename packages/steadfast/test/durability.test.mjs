// Nothing leaves the process before the writes it depends on are durable.
import assert from "node:assert/strict";
import { once } from "node:events";
import { createServer, get } from "node:http";
import { test } from "node:test";
import { attach, isPending, lastEngine, Server, settle, startHeld } from "./held.mjs";

class Counter {
  constructor(ctx, env) {
    this.ctx = ctx;
    this.env = env;
  }

  async fetch(request) {
    const { pathname, searchParams } = new URL(request.url);
    const count = ((await this.ctx.storage.get("count")) ?? 0) + 1;
    if (pathname === "/read") return new Response(String(count - 1));
    const allowUnconfirmed = pathname === "/unconfirmed";
    await this.ctx.storage.put("count", count, { allowUnconfirmed });
    if (pathname === "/sync") await this.ctx.storage.sync();
    if (pathname === "/abort") this.ctx.abort("on purpose");
    if (pathname === "/call") return fetch(searchParams.get("url"));
    if (pathname === "/via") return this.env.COUNTER.getByName("other").fetch("http://x/");
    return new Response(String(count));
  }
}

/** Passes requests on and writes nothing itself. */
class PassOn {
  constructor(_ctx, env) {
    this.env = env;
  }

  fetch(request) {
    return this.env.COUNTER.getByName("a").fetch(request);
  }
}

const worker = {
  fetch(request, env) {
    const target = request.headers.get("target") ?? "a";
    const namespace = target === "proxy" ? env.PROXY : env.COUNTER;
    return namespace.getByName(target).fetch(request);
  },
};
const options = { worker, durableObjects: { COUNTER: Counter, PROXY: PassOn } };

test("app.fetch resolves when the write is durable, not before", async (t) => {
  const { app, engine } = await startHeld(t, options);
  engine.hold();
  const answer = app.fetch("http://x/");
  assert.equal(await isPending(answer), true);
  engine.release();
  assert.equal(await (await answer).text(), "1");
});

test("an answer that depends on a write through other objects waits for it", async (t) => {
  const { app, engine } = await startHeld(t, options);
  engine.hold();
  const answer = app.fetch("http://x/", { headers: { target: "proxy" } });
  assert.equal(await isPending(answer), true);
  engine.release();
  assert.equal(await (await answer).text(), "1");
});

test("a read of an undurable write is held like the write", async (t) => {
  const { app, engine } = await startHeld(t, options);
  engine.hold();
  const written = app.fetch("http://x/");
  const read = app.fetch("http://x/read");
  assert.equal(await isPending(read), true);
  engine.release();
  await written;
  assert.equal(await (await read).text(), "1");
});

test("an unconfirmed write holds nothing back, and sync() waits for it", async (t) => {
  const { app, engine } = await startHeld(t, options);
  engine.hold();
  assert.equal(await (await app.fetch("http://x/unconfirmed")).text(), "1");
  const synced = app.fetch("http://x/sync");
  assert.equal(await isPending(synced), true);
  engine.release();
  assert.equal(await (await synced).text(), "2");
});

test("an outgoing fetch leaves after the write it follows", async (t) => {
  let requests = 0;
  const outside = createServer((_request, response) => {
    requests++;
    response.end("outside");
  }).listen(0, "127.0.0.1");
  await once(outside, "listening");
  t.after(() => outside.close());
  const { app, engine } = await startHeld(t, options);
  engine.hold();
  const url = `http://127.0.0.1:${outside.address().port}/`;
  const answer = app.fetch(`http://x/call?url=${encodeURIComponent(url)}`);
  assert.equal(await isPending(answer), true);
  assert.equal(requests, 0);
  engine.release();
  assert.equal(await (await answer).text(), "outside");
  assert.equal(requests, 1);
});

test("when durability fails, nothing that depends on it ever leaves", async (t) => {
  let requests = 0;
  const outside = createServer((_request, response) => {
    requests++;
    response.end();
  }).listen(0, "127.0.0.1");
  await once(outside, "listening");
  t.after(() => outside.close());
  const { app, engine } = await startHeld(t, options);
  engine.hold();
  const url = `http://127.0.0.1:${outside.address().port}/`;
  const answers = [
    app.fetch("http://x/"),
    app.fetch("http://x/", { headers: { target: "proxy" } }),
    app.fetch(`http://x/call?url=${encodeURIComponent(url)}`),
  ];
  const outcomes = Promise.allSettled(answers);
  await settle();
  engine.fail("the disk is gone");
  for (const outcome of await outcomes) assert.equal(outcome.status, "rejected");
  await assert.rejects(app.fetch("http://x/"), /the disk is gone/);
  assert.equal(requests, 0);
});

test("an object that was aborted and reopened reads its own undurable writes", async (t) => {
  const { app, engine } = await startHeld(t, options);
  engine.hold();
  const stub = () => app.env.COUNTER.getByName("a");
  assert.equal(await (await stub().fetch("http://x/")).text(), "1");
  await assert.rejects(stub().fetch("http://x/abort"), /on purpose/);
  assert.equal(await (await stub().fetch("http://x/read")).text(), "1", "the aborted turn is gone");
  assert.equal(await (await stub().fetch("http://x/")).text(), "2");
});

test("an object that was evicted and reopened reads its own undurable writes", async (t) => {
  let constructed = 0;
  class Counted extends Counter {
    constructor(ctx, env) {
      super(ctx, env);
      constructed++;
    }
  }
  const { app, engine } = await startHeld(t, {
    durableObjects: { COUNTER: Counted },
    idleEvictionMs: 1,
  });
  engine.hold();
  const stub = app.env.COUNTER.getByName("a");
  for (let expected = 1; constructed < 3; expected++) {
    assert.equal(await (await stub.fetch("http://x/")).text(), String(expected));
    await new Promise((resolve) => setTimeout(resolve, 5));
  }
});

test("over HTTP neither head nor chunks leave before what they follow is durable", async (t) => {
  const server = await Server.start({ storage: "memory", host: "127.0.0.1", port: 0 });
  const engine = lastEngine();
  let writeMore;
  class Streamer {
    constructor(ctx) {
      this.ctx = ctx;
    }

    async fetch() {
      const { readable, writable } = new TransformStream();
      const writer = writable.getWriter();
      const encoder = new TextEncoder();
      await this.ctx.storage.put("part", 1);
      writer.write(encoder.encode("one"));
      writeMore = async () => {
        await this.ctx.storage.put("part", 2);
        writer.write(encoder.encode("two"));
        writer.close();
      };
      return new Response(readable);
    }
  }
  const namespace = { binding: "S", className: "Streamer", uniqueKey: "-Streamer", sqlite: true };
  const entry = { fetch: (request, env) => env.S.getByName("s").fetch(request) };
  const attached = await attach(server.token, {
    module: { default: entry, Streamer },
    name: "",
    durableObjects: [namespace],
    vars: {},
  });
  t.after(async () => {
    attached.detach();
    await server.stop(0);
  });

  engine.hold();
  const seen = [];
  const request = get({ port: server.port, host: "127.0.0.1" });
  const responded = once(request, "response").then(([response]) => {
    seen.push("head");
    response.on("data", (chunk) => seen.push(chunk.toString()));
    return response;
  });
  while (writeMore === undefined) await settle();
  await settle();
  assert.deepEqual(seen, []);
  engine.release();
  const response = await responded;
  await once(response, "data");
  assert.deepEqual(seen, ["head", "one"]);
  engine.hold();
  await writeMore();
  await settle();
  assert.deepEqual(seen, ["head", "one"]);
  engine.release();
  await once(response, "end");
  assert.deepEqual(seen, ["head", "one", "two"]);
});

test("what a stream's maker fetches to make a chunk leaves after what the maker wrote", async (t) => {
  let requests = 0;
  const outside = createServer((_request, response) => {
    requests++;
    response.end("outside");
  }).listen(0, "127.0.0.1");
  await once(outside, "listening");
  t.after(() => outside.close());
  const url = `http://127.0.0.1:${outside.address().port}/`;
  class Streamer {
    constructor(ctx) {
      this.ctx = ctx;
    }

    fetch() {
      const { storage } = this.ctx;
      const pull = async (controller) => {
        await storage.put("pulled", true);
        await fetch(url);
        controller.enqueue(new TextEncoder().encode("chunk"));
        controller.close();
      };
      return new Response(new ReadableStream({ pull }, { highWaterMark: 0 }));
    }
  }
  const { app, engine } = await startHeld(t, {
    worker: { fetch: (request, env) => env.STREAMER.getByName("s").fetch(request) },
    durableObjects: { STREAMER: Streamer },
  });
  const response = await app.fetch("http://x/");
  engine.hold();
  const body = response.text();
  assert.equal(await isPending(body), true);
  assert.equal(requests, 0);
  engine.release();
  assert.equal(await body, "chunk");
  assert.equal(requests, 1);
});
