// How workers and servers end, and that one activation holds while they do.
import assert from "node:assert/strict";
import { spawn } from "node:child_process";
import { once } from "node:events";
import { request as httpRequest } from "node:http";
import { test } from "node:test";
import { Worker } from "node:worker_threads";
import { attach, isPending, lastEngine, Server, settle, startHeld } from "./held.mjs";

class Counter {
  constructor(ctx) {
    this.ctx = ctx;
  }

  async fetch(request) {
    const count = (await this.ctx.storage.get("count")) ?? 0;
    if (request.url.endsWith("/read")) return new Response(String(count));
    await this.ctx.storage.put("count", count + 1);
    return new Response(String(count + 1));
  }
}

const passOn = (request, env) => env.COUNTER.getByName("a").fetch(request);

function definition(fetch = passOn) {
  const binding = { binding: "COUNTER", className: "Counter", uniqueKey: "-Counter", sqlite: true };
  const module = { default: { fetch }, Counter };
  return { module, name: "", durableObjects: [binding], vars: {} };
}

async function serve(t) {
  const server = await Server.start({ storage: "memory", host: "127.0.0.1", port: 0 });
  const engine = lastEngine();
  t.after(async () => {
    engine.release();
    await server.stop(0);
  });
  return { server, engine };
}

/** Sends a request and gives status and text. */
async function get(port, path = "/") {
  const request = httpRequest({ host: "127.0.0.1", port, path }).end();
  const [response] = await once(request, "response");
  let text = "";
  for await (const chunk of response) text += chunk;
  return `${response.statusCode} ${text}`;
}

test("what the code before a reload wrote is waited for after it", async (t) => {
  const { server, engine } = await serve(t);
  let answered = 0;
  const counted = async (request, env) => {
    const response = await passOn(request, env);
    answered++;
    return response;
  };
  const first = await attach(server.token, definition(counted));
  engine.hold();
  const written = get(server.port);
  while (answered < 1) await settle();
  await settle();
  first.detach();
  const second = await attach(server.token, definition(counted));
  t.after(() => second.detach());
  const read = get(server.port, "/read");
  while (answered < 2) await settle();
  for (let look = 0; look < 20; look++) assert.equal(await isPending(read), true);
  engine.release();
  assert.equal(await read, "200 1");
  await written;
});

test("code that was detached reaches no object any more", async (t) => {
  const { server } = await serve(t);
  const first = await attach(server.token, definition());
  const stub = first.workers.primary.env.COUNTER.getByName("a");
  await stub.fetch("http://x/");
  let late;
  first.workers.lane.resume(undefined, () => {
    late = first.workers.primary.env.COUNTER.getByName("a").fetch("http://x/");
    late.catch(() => undefined);
  });
  first.detach();
  const second = await attach(server.token, definition());
  t.after(() => second.detach());
  await settle();
  await assert.rejects(late);
  assert.equal(await get(server.port), "200 2");
});

test("a second worker for one server is refused and leaves the first alone", async (t) => {
  const { server } = await serve(t);
  const first = await attach(server.token, definition());
  t.after(() => first.detach());
  await assert.rejects(attach(server.token, definition()), /another thread runs the worker/);
  assert.equal(await get(server.port), "200 1");
});

test("a request that waits for durability is answered when the app is stopped meanwhile", async (t) => {
  const { app, engine } = await startHeld(t, {
    worker: { fetch: passOn },
    durableObjects: { COUNTER: Counter },
  });
  engine.hold();
  const answer = app.fetch("http://x/");
  assert.equal(await isPending(answer), true);
  await app.stop();
  assert.equal(await (await answer).text(), "1");
});

test("a request the worker never answers is rejected when the app is stopped", async (t) => {
  const { app } = await startHeld(t, { worker: { fetch: () => new Promise(() => undefined) } });
  const outcome = assert.rejects(app.fetch("http://x/"), { code: "ERR_STOPPED" });
  await settle();
  await app.stop();
  await outcome;
});

test("pausing waits for running requests, not for those that came later", async (t) => {
  const { server } = await serve(t);
  let finish;
  const first = await attach(
    server.token,
    definition(async () => {
      await new Promise((resolve) => {
        finish = resolve;
      });
      return new Response("first");
    }),
  );
  const running = get(server.port);
  while (finish === undefined) await settle();
  const paused = server.pause(60_000);
  const later = get(server.port);
  await settle();
  finish();
  assert.equal(await running, "200 first");
  await paused;
  first.detach();
  const second = await attach(server.token, definition());
  t.after(() => second.detach());
  assert.equal(await later, "200 1");
});

test("a thread ended within a turn leaves nothing of that turn, and the next worker takes over", async (t) => {
  const { server } = await serve(t);
  const code = `
    const { parentPort, workerData } = require("node:worker_threads");
    import(workerData.index).then(async ({ attach }) => {
      class Counter {
        constructor(ctx) { this.ctx = ctx; }
        async fetch() {
          await this.ctx.storage.put("count", 41);
          parentPort.postMessage("written");
          for (;;);
        }
      }
      const fetch = (request, env) => env.COUNTER.getByName("a").fetch(request);
      const binding = { binding: "COUNTER", className: "Counter", uniqueKey: "-Counter", sqlite: true };
      await attach(workerData.token, {
        module: { default: { fetch }, Counter }, name: "", durableObjects: [binding], vars: {},
      });
      parentPort.postMessage("attached");
    });`;
  const index = new URL("../dist/index.js", import.meta.url).href;
  const thread = new Worker(code, { eval: true, workerData: { token: server.token, index } });
  assert.deepEqual(await once(thread, "message"), ["attached"]);
  const hanging = get(server.port);
  assert.deepEqual(await once(thread, "message"), ["written"]);
  await server.pause(0);
  const second = await attach(server.token, definition());
  t.after(() => second.detach());
  await thread.terminate();
  assert.match(await hanging, /^50\d /);
  assert.equal(await get(server.port), "200 1", "the one that took over is still attached");
});

test("a process ends by itself when its app is stopped, or could not start", async () => {
  const index = new URL("../dist/index.js", import.meta.url).href;
  const code = `
    import { Steadfast, Server, attach } from ${JSON.stringify(index)};
    const app = await Steadfast.start({ worker: { fetch: () => new Response("hello") } });
    await (await app.fetch("http://x/")).text();
    await app.stop();
    const server = await Server.start({ storage: "memory", host: "127.0.0.1", port: 0 });
    const definition = { module: { default: {} }, name: "", durableObjects: [], vars: {} };
    const attached = await attach(server.token, definition);
    await attach(server.token, definition).catch(() => undefined);
    attached.detach();
    await server.stop(0);
    console.log("stopped");`;
  const child = spawn(process.execPath, ["--input-type=module", "-e", code], {
    stdio: ["ignore", "pipe", "inherit"],
  });
  let output = "";
  child.stdout.on("data", (chunk) => (output += chunk));
  const [exitCode] = await once(child, "exit", { signal: AbortSignal.timeout(20_000) });
  assert.deepEqual([exitCode, output], [0, "stopped\n"]);
});
