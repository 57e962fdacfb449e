// Requests and responses over real sockets: bodies that are not read, cut off or not wanted any more.
import assert from "node:assert/strict";
import { once } from "node:events";
import { request as httpRequest } from "node:http";
import { test } from "node:test";
import { attach, Server } from "../dist/index.js";

/** Serves a worker and gives its port. */
async function serve(t, fetch, classes = {}) {
  const server = await Server.start({ storage: "memory", host: "127.0.0.1", port: 0 });
  const attached = await attach(server.token, definition(fetch, classes));
  t.after(async () => {
    attached.detach();
    await server.stop(0);
  });
  return server.port;
}

function definition(fetch, classes) {
  const durableObjects = Object.keys(classes).map((className) => ({
    binding: className.toUpperCase(),
    className,
    uniqueKey: `-${className}`,
    sqlite: true,
  }));
  return { module: { default: { fetch }, ...classes }, name: "", durableObjects, vars: {} };
}

/** Sends a request; the caller writes its body. */
function send(port, options = {}) {
  return httpRequest({ host: "127.0.0.1", port, agent: false, ...options });
}

/** Waits for the answer and reads it. */
async function answerTo(request) {
  const [response] = await once(request, "response");
  const chunks = [];
  for await (const chunk of response) chunks.push(chunk);
  const text = Buffer.concat(chunks).toString();
  return { status: response.statusCode, headers: response.headers, text };
}

const LARGE = Buffer.alloc(1024 * 1024, "x");

test("a response that cannot be sent is answered with 500", async (t) => {
  const port = await serve(t, async (request) => {
    const { pathname } = new URL(request.url);
    const response = new Response("once", { headers: pathname === "/header" ? { a: "\x01" } : {} });
    if (pathname === "/used") await response.text();
    if (pathname === "/error") return Response.error();
    return response;
  });
  for (const path of ["/used", "/header", "/error"]) {
    assert.equal((await answerTo(send(port, { path }).end())).status, 500, path);
  }
  assert.equal((await answerTo(send(port).end())).text, "once");
});

test("a large body arrives whole, and one that is not read does no harm", async (t) => {
  const port = await serve(t, async (request) => {
    if (request.url.endsWith("/ignore")) return new Response("ignored");
    return new Response(String((await request.arrayBuffer()).byteLength));
  });
  const post = (path) => answerTo(send(port, { method: "POST", path }).end(LARGE));
  assert.equal((await post("/")).text, String(LARGE.length));
  // The server may close the connection before this client has sent all and reads the answer.
  await post("/ignore").catch((error) => assert.match(error.message, /hang up|ECONNRESET|EPIPE/));
  assert.equal((await post("/")).text, String(LARGE.length));
});

test("reading a body after the answer fails instead of ending early", async (t) => {
  let late;
  const port = await serve(t, async (request) => {
    const reader = request.body.getReader();
    await reader.read();
    late = new Promise((resolve) => setTimeout(resolve, 20)).then(async () => {
      for (;;) {
        const { done } = await reader.read();
        if (done) return "ended";
      }
    });
    late.catch(() => undefined);
    return new Response();
  });
  const request = send(port, { method: "POST", headers: { "content-length": 2 * LARGE.length } });
  request.on("error", () => undefined);
  request.write(LARGE.subarray(0, 1000));
  await once(request, "response");
  request.destroy();
  await assert.rejects(late, /Can't read from request stream after response has been sent/);
});

test("a body cancelled while a chunk is awaited may still get chunks", async (t) => {
  let cancelled;
  const port = await serve(t, async (request) => {
    const reader = request.body.getReader();
    await reader.read();
    void reader.read();
    await new Promise((resolve) => setTimeout(resolve, 10));
    await reader.cancel();
    cancelled();
    await new Promise((resolve) => setTimeout(resolve, 50));
    return new Response("fine");
  });
  const isCancelled = new Promise((resolve) => {
    cancelled = resolve;
  });
  const request = send(port, { method: "POST" });
  request.write("one");
  await isCancelled;
  request.end("two");
  assert.equal((await answerTo(request)).text, "fine");
});

test("a stream nobody reads any more is cancelled, although nothing is written to it", async (t) => {
  let reason;
  class Streamer {
    fetch() {
      const stream = new ReadableStream({
        start: (controller) => controller.enqueue(Buffer.from("hello")),
        cancel: (given) => reason?.(given),
      });
      return new Response(stream);
    }
  }
  const cancelled = new Promise((resolve) => {
    reason = resolve;
  });
  const fetch = (request, env) => env.STREAMER.getByName("s").fetch(request);
  const port = await serve(t, fetch, { Streamer });
  const request = send(port).end();
  const [response] = await once(request, "response");
  await once(response, "data");
  response.on("error", () => undefined);
  request.on("error", () => undefined);
  request.destroy();
  assert.match(String(await cancelled), /disconnected/);
});

test("HEAD, 204 and 304 have no body, and header values are UTF-8 both ways", async (t) => {
  const port = await serve(t, (request) => {
    const status = Number(new URL(request.url).searchParams.get("status") ?? 200);
    const body = status === 200 ? "body" : null;
    const echo = request.headers.get("word") ?? "";
    return new Response(body, { status, headers: { echo } });
  });
  // Node writes and reads one byte a character.
  const word = Buffer.from("caf\u00e9").toString("latin1");
  assert.equal((await answerTo(send(port, { headers: { word } }).end())).headers.echo, word);
  const head = await answerTo(send(port, { method: "HEAD" }).end());
  assert.deepEqual([head.status, head.headers["content-length"], head.text], [200, "4", ""]);
  for (const status of [204, 304]) {
    const answer = await answerTo(send(port, { path: `/?status=${status}` }).end());
    assert.deepEqual([answer.status, answer.text], [status, ""]);
  }
});
