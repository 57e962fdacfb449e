// What an object wrote before it called a service is durable before the service has effects outside.
import assert from "node:assert/strict";
import { test } from "node:test";
import { isPending, startHeld } from "./held.mjs";

const { DurableObject } = await import("../dist/workers.js");

class Writer extends DurableObject {
  async write(report) {
    this.ctx.storage.kv.put("written", true);
    return (await this.env.MIDDLE.fetch(`http://middle/${report}`)).text();
  }
  async writeAfter() {
    const answer = await this.env.MIDDLE.fetch("http://middle/quiet");
    this.ctx.storage.kv.put("written", true);
    return answer.text();
  }
}

/** An app whose second Worker tells the third, a function, what it is asked. */
async function start(t) {
  const told = [];
  const outside = (request) => {
    told.push(new URL(request.url).pathname);
    return new Response("heard");
  };
  const middle = {
    name: "middle",
    worker: {
      async fetch(request, env) {
        return request.url.endsWith("quiet") ? new Response("quiet") : env.OUTSIDE.fetch(request);
      },
    },
    serviceBindings: { OUTSIDE: outside },
  };
  const main = {
    worker: {
      async fetch(request, env) {
        const writer = env.WRITER.getByName("a");
        const [, method, report] = new URL(request.url).pathname.split("/");
        return new Response(await writer[method](report));
      },
      async scheduled(_controller, env) {
        await env.WRITER.getByName("a").write("quiet");
      },
    },
    serviceBindings: { MIDDLE: "middle" },
    durableObjects: { WRITER: Writer },
  };
  const { app, engine } = await startHeld(t, { workers: [main, middle] });
  return { app, engine, told };
}

test("a request that leaves a service waits for what the object before it wrote", async (t) => {
  const { app, engine, told } = await start(t);
  engine.hold();
  const answer = app.fetch("http://x/write/loud");
  assert.equal(await isPending(answer), true);
  assert.deepEqual(told, []);
  engine.release();
  assert.equal(await (await answer).text(), "heard");
  assert.deepEqual(told, ["/loud"]);
});

test("a call to a service itself waits for nothing", async (t) => {
  const { app, engine } = await start(t);
  engine.hold();
  const answer = app.fetch("http://x/writeAfter");
  assert.equal(await isPending(answer), true);
  engine.release();
  assert.equal(await (await answer).text(), "quiet");
});

test("app.scheduled resolves when what the handler did is durable", async (t) => {
  const { app, engine } = await start(t);
  engine.hold();
  const result = app.scheduled();
  assert.equal(await isPending(result), true);
  engine.release();
  assert.deepEqual(await result, { outcome: "ok", noRetry: false });
});
