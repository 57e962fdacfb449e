// What resumes an object's code, in which order, and what a critical section keeps out.
import assert from "node:assert/strict";
import { once } from "node:events";
import { createServer } from "node:http";
import { test } from "node:test";
import { Steadfast } from "../dist/index.js";

const { DurableObject } = await import("../dist/workers.js");

/** An app with one class of these members, and another that echoes. */
async function start(t, members) {
  class Subject extends DurableObject {}
  Object.defineProperties(Subject.prototype, Object.getOwnPropertyDescriptors(members));
  class Echo extends DurableObject {
    echo(value) {
      return value;
    }

    fetch() {
      return new Response("echo");
    }
  }
  const app = await Steadfast.start({ durableObjects: { SUBJECT: Subject, ECHO: Echo } });
  t.after(() => app.stop());
  return () => app.env.SUBJECT.getByName("a");
}

async function outside(t) {
  const server = createServer((_request, response) => response.end("outside"));
  server.listen(0, "127.0.0.1");
  await once(server, "listening");
  t.after(() => server.close());
  return `http://127.0.0.1:${server.address().port}/`;
}

/** Everything that resumes code, by name. */
const WAITS = (object, url) => ({
  timer: () => new Promise((resolve) => setTimeout(resolve, 1)),
  "scheduler.wait": () => scheduler.wait(1),
  call: () => object.env.ECHO.getByName("e").echo(1),
  request: async () => (await object.env.ECHO.getByName("e").fetch("http://x/")).text(),
  fetch: async () => (await fetch(url)).text(),
  digest: () => crypto.subtle.digest("SHA-256", new Uint8Array(8)),
  compression: () => compressed("text"),
  "abort signal": () =>
    new Promise((resolve) => {
      AbortSignal.timeout(1).addEventListener("abort", resolve);
    }),
});

async function compressed(text) {
  const stream = new CompressionStream("gzip");
  const writer = stream.writable.getWriter();
  writer.write(new TextEncoder().encode(text));
  writer.close();
  return new Response(stream.readable).arrayBuffer();
}

test("what was begun before a critical section goes on when that has ended", async (t) => {
  const url = await outside(t);
  const order = [];
  const stub = await start(t, {
    async run() {
      const begun = Object.entries(WAITS(this, url))
        // What is computed on the spot is no wait: its section comes before the one below.
        .filter(([name]) => name !== "digest" && name !== "compression" && name !== "abort signal")
        .map(async ([name, wait]) => {
          await wait();
          order.push(name);
        });
      await this.ctx.blockConcurrencyWhile(async () => {
        order.push("section begins");
        for (const [name, wait] of Object.entries(WAITS(this, url))) {
          if (name === "abort signal") continue;
          await wait();
          order.push(`inside: ${name}`);
        }
        order.push("section ends");
      });
      order.push("after");
      await Promise.all(begun);
    },
  });
  await stub().run();
  const end = order.indexOf("section ends");
  assert.deepEqual(order.slice(0, end + 2), [
    "section begins",
    "inside: timer",
    "inside: scheduler.wait",
    "inside: call",
    "inside: request",
    "inside: fetch",
    "inside: digest",
    "inside: compression",
    "section ends",
    "after",
  ]);
  assert.deepEqual(order.slice(end + 2).sort(), [
    "call",
    "fetch",
    "request",
    "scheduler.wait",
    "timer",
  ]);
});

test("storage, microtasks and streams of the code's own are one turn; a timer cannot come between", async (t) => {
  const order = [];
  const stub = await start(t, {
    async run() {
      setTimeout(() => order.push("timer"), 0);
      for (let at = 0; at < 200; at++) {
        await this.ctx.storage.put("key", at);
        await this.ctx.storage.get("key");
      }
      order.push("storage");
      for (let at = 0; at < 200; at++) await null;
      order.push("microtasks");
      const made = new ReadableStream({
        pull(controller) {
          controller.enqueue("chunk");
          controller.close();
        },
      });
      for await (const chunk of made) order.push(chunk);
      const through = new TransformStream();
      const writer = through.writable.getWriter();
      writer.write("through");
      const { value } = await through.readable.getReader().read();
      order.push(value);
      await scheduler.wait(1);
    },
  });
  await stub().run();
  assert.deepEqual(order, ["storage", "microtasks", "chunk", "through", "timer"]);
});

test("no event enters while something is computed that a Worker computes on the spot", async (t) => {
  const order = [];
  const stub = await start(t, {
    async run(name) {
      order.push(`${name} begins`);
      await crypto.subtle.digest("SHA-256", new Uint8Array(1e6));
      order.push(`${name} digests`);
      await compressed("text".repeat(1e5));
      order.push(`${name} compresses`);
    },
  });
  await Promise.all(["a", "b"].map((name) => stub().run(name)));
  assert.deepEqual(order, [
    "a begins",
    "a digests",
    "a compresses",
    "b begins",
    "b digests",
    "b compresses",
  ]);
});

test("events begin in the order they were sent, whatever they are", async (t) => {
  const order = [];
  const stub = await start(t, {
    note(name) {
      order.push(name);
    },
    fetch(request) {
      order.push(new URL(request.url).pathname);
      return new Response();
    },
    async hold() {
      await this.ctx.blockConcurrencyWhile(() => scheduler.wait(20));
    },
  });
  const subject = stub();
  const held = subject.hold();
  const sent = [];
  for (let at = 0; at < 10; at++) {
    sent.push(subject.note(`call ${at}`), subject.fetch(`http://x/${at}`));
  }
  await Promise.all([held, ...sent]);
  const expected = Array.from({ length: 10 }, (_, at) => [`call ${at}`, `/${at}`]).flat();
  assert.deepEqual(order, expected);
});

test("sections inside a section go before events, and sections of different events one by one", async (t) => {
  const order = [];
  const stub = await start(t, {
    async outer() {
      await this.ctx.blockConcurrencyWhile(async () => {
        order.push("outer begins");
        await scheduler.wait(5);
        await this.ctx.blockConcurrencyWhile(async () => {
          order.push("inner begins");
          await scheduler.wait(5);
          order.push("inner ends");
        });
        order.push("outer ends");
      });
      order.push("after outer");
    },
    async second() {
      await this.ctx.blockConcurrencyWhile(async () => {
        order.push("second");
        await scheduler.wait(1);
        order.push("second ends");
      });
    },
    event() {
      order.push("event");
    },
  });
  const subject = stub();
  await Promise.all([subject.outer(), subject.second(), subject.event()]);
  assert.deepEqual(order, [
    "outer begins",
    "inner begins",
    "inner ends",
    "outer ends",
    "after outer",
    "second",
    "second ends",
    "event",
  ]);
});
