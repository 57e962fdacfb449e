// What a call carries, whatever its two ends do with it meanwhile.
import assert from "node:assert/strict";
import { test } from "node:test";
import { Steadfast } from "../dist/index.js";

/** Starts an app whose objects answer with `fetch`; gives a stub maker. */
async function start(t, fetch, options = {}) {
  class Object_ {
    constructor(ctx, env) {
      this.ctx = ctx;
      this.env = env;
    }

    fetch(request) {
      return fetch.call(this, request, new URL(request.url).pathname);
    }
  }
  const app = await Steadfast.start({ durableObjects: { OBJECT: Object_ }, ...options });
  t.after(() => app.stop());
  return (name = "a") => app.env.OBJECT.getByName(name);
}

const text = async (response) => (await response).text();
const bytes = (string) => new TextEncoder().encode(string);

test("a request sent twice fails the second time and arrives the first", async (t) => {
  const stub = await start(t, async (request) => new Response(await request.text()));
  const request = new Request("http://x/", { method: "POST", body: "hello" });
  const first = stub().fetch(request);
  const second = stub().fetch(request);
  assert.equal(await text(first), "hello");
  await assert.rejects(second, TypeError);
  assert.equal(await text(stub().fetch("http://x/", { method: "POST", body: "after" })), "after");
});

test("what becomes of a request after it was sent does not show", async (t) => {
  const stub = await start(t, async (request) => {
    return new Response(`${request.headers.get("word")} ${await request.text()}`);
  });
  const request = new Request("http://x/", { method: "POST", body: "b", headers: { word: "a" } });
  const answer = stub().fetch(request);
  request.headers.set("word", "changed");
  await assert.rejects(request.text(), TypeError);
  assert.equal(await text(answer), "a b");
});

test("a handler that returns a used response fails its call alone", async (t) => {
  const stub = await start(t, async (_request, path) => {
    const response = new Response("once");
    if (path === "/used") await response.text();
    return response;
  });
  await assert.rejects(stub().fetch("http://x/used"), TypeError);
  assert.equal(await text(stub().fetch("http://x/")), "once");
});

test("an entry worker that returns a used response fails its request alone", async (t) => {
  const worker = {
    async fetch() {
      const response = new Response("once");
      await response.text();
      return response;
    },
  };
  const app = await Steadfast.start({ worker });
  t.after(() => app.stop());
  await assert.rejects(app.fetch("http://x/"), TypeError);
});

test("an object is evicted although the caller it answered was reset", async (t) => {
  let constructed = 0;
  let answer;
  class Callee {
    constructor() {
      constructed++;
    }

    async fetch() {
      await new Promise((resolve) => {
        answer = resolve;
      });
      return new Response();
    }
  }
  const app = await Steadfast.start({
    durableObjects: {
      CALLEE: Callee,
      CALLER: class {
        constructor(ctx, env) {
          this.ctx = ctx;
          this.env = env;
        }

        fetch(request) {
          if (request.url.endsWith("/abort")) this.ctx.abort("on purpose");
          return this.env.CALLEE.getByName("b").fetch("http://x/");
        }
      },
    },
    idleEvictionMs: 1,
  });
  t.after(() => app.stop());
  const called = app.env.CALLER.getByName("a").fetch("http://x/");
  while (answer === undefined) await new Promise((resolve) => setImmediate(resolve));
  await assert.rejects(app.env.CALLER.getByName("a").fetch("http://x/abort"), /on purpose/);
  await assert.rejects(called, /on purpose/);
  answer();
  for (let round = 0; constructed < 2 && round < 100; round++) {
    answer = undefined;
    await new Promise((resolve) => setTimeout(resolve, 10));
    const again = app.env.CALLEE.getByName("b").fetch("http://x/");
    while (answer === undefined) await new Promise((resolve) => setImmediate(resolve));
    answer();
    await again;
  }
  assert.equal(constructed, 2);
});

test("a streamed answer whose object is reset ends with the error, not as if it were whole", async (t) => {
  const stub = await start(t, function (_request, path) {
    if (path === "/abort") this.ctx.abort("on purpose");
    return new Response(
      new ReadableStream({
        start(controller) {
          controller.enqueue(bytes("half"));
        },
      }),
    );
  });
  const response = await stub().fetch("http://x/");
  const reader = response.body.getReader();
  assert.equal(new TextDecoder().decode((await reader.read()).value), "half");
  const rest = reader.read();
  await assert.rejects(stub().fetch("http://x/abort"), /on purpose/);
  await assert.rejects(rest, /on purpose/);
});

test("a chunk of a dropped turn is not delivered, and its reader is told", async (t) => {
  const stub = await start(t, function (_request, path) {
    if (path === "/abort") {
      this.writer.write(bytes("lost"));
      this.ctx.abort("on purpose");
    }
    const { readable, writable } = new TransformStream();
    this.writer = writable.getWriter();
    return new Response(readable);
  });
  const response = await stub().fetch("http://x/");
  const rest = response.text();
  await assert.rejects(stub().fetch("http://x/abort"), /on purpose/);
  await assert.rejects(rest, /on purpose/);
});

test("the body of an outgoing fetch arrives through the input gate", async (t) => {
  const { createServer } = await import("node:http");
  const { once } = await import("node:events");
  const outside = createServer(async (_request, response) => {
    response.write("one ");
    await new Promise((resolve) => setTimeout(resolve, 30));
    response.end("two");
  }).listen(0, "127.0.0.1");
  await once(outside, "listening");
  t.after(() => outside.close());
  const order = [];
  const stub = await start(t, async function (_request, path) {
    if (path === "/section") {
      await this.ctx.blockConcurrencyWhile(async () => {
        await new Promise((resolve) => setTimeout(resolve, 100));
        order.push("section");
      });
      return new Response();
    }
    const response = await fetch(`http://127.0.0.1:${outside.address().port}/`);
    const section = this.env.OBJECT.getByName("a").fetch("http://x/section");
    assert.equal(await response.text(), "one two");
    order.push("body");
    await section;
    return new Response();
  });
  await stub().fetch("http://x/");
  assert.deepEqual(order, ["section", "body"]);
});

test("a section reads a body that its object got before", async (t) => {
  const stub = await start(t, async function (_request, path) {
    if (path === "/stream") {
      const pull = (controller) => {
        controller.enqueue(bytes("streamed"));
        controller.close();
      };
      return new Response(new ReadableStream({ pull }, { highWaterMark: 0 }));
    }
    const response = await this.env.OBJECT.getByName("b").fetch("http://x/stream");
    return new Response(await this.ctx.blockConcurrencyWhile(() => response.text()));
  });
  const late = new Promise((resolve) => setTimeout(resolve, 5000, "never").unref());
  assert.equal(await Promise.race([text(stub().fetch("http://x/")), late]), "streamed");
});
