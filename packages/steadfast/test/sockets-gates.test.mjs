// What sockets say leaves after what it depends on is durable, and what arrives enters through the gate.
import assert from "node:assert/strict";
import { test } from "node:test";
import { WebSocketServer } from "ws";
import { attach, isPending, lastEngine, Server, settle, startHeld } from "./held.mjs";
import { definitionOf, open } from "./socket-client.mjs";

/** Writes and then answers, in the ways a message names. */
class Writer {
  constructor(ctx) {
    this.ctx = ctx;
  }

  fetch(request) {
    const [client, server] = new WebSocketPair();
    if (request.url.endsWith("/listen")) {
      server.accept();
      server.addEventListener("message", ({ data }) => this.webSocketMessage(server, data));
    } else this.ctx.acceptWebSocket(server);
    return new Response(null, { status: 101, webSocket: client });
  }

  async webSocketMessage(ws, message) {
    if (message === "only read") {
      ws.send("read");
      return;
    }
    await this.ctx.storage.put("key", message, { allowUnconfirmed: message === "unconfirmed" });
    ws.send(`wrote ${message}`);
    if (message === "abort") this.ctx.abort("on purpose");
    if (message === "close") ws.close(4000);
  }
}

async function serveHeld(t, options) {
  const server = await Server.start({ storage: "memory", host: "127.0.0.1", port: 0 });
  const engine = lastEngine();
  const attached = await attach(server.token, definitionOf(Writer, options));
  t.after(async () => {
    engine.release();
    attached.detach();
    await server.stop(0);
  });
  return { port: server.port, engine };
}

for (const path of ["/a", "/a/listen"]) {
  test(`a message waits for the writes before it, and not for later ones: ${path}`, async (t) => {
    const { port, engine } = await serveHeld(t);
    const client = await open(t, port, path);
    engine.hold();
    client.send("only read");
    assert.equal(await client.seen.next(), "read");
    client.send("first");
    const told = client.seen.next();
    for (let look = 0; look < 10; look++) assert.equal(await isPending(told), true);
    engine.release();
    assert.equal(await told, "wrote first");
    engine.hold();
    client.send("unconfirmed");
    assert.equal(await client.seen.next(), "wrote unconfirmed");
    client.send("close");
    const closed = client.seen.next();
    for (let look = 0; look < 10; look++) assert.equal(await isPending(closed), true);
    engine.release();
    assert.deepEqual([await closed, await client.seen.next()], ["wrote close", "close 4000"]);
  });
}

test("what an object sends in the turn that aborts it never leaves", async (t) => {
  const { port, engine } = await serveHeld(t);
  const client = await open(t, port);
  engine.hold();
  client.send("abort");
  assert.equal(await client.seen.next(), "close 1006");
  engine.release();
  await settle();
  assert.deepEqual(client.seen.rest, []);
});

test("the handshake waits for what its handler has written", async (t) => {
  const fetch = async (request, env) => env.OBJECT.getByName("a").fetch(request);
  class Slow extends Writer {
    async fetch(request) {
      await this.ctx.storage.put("key", "value");
      return super.fetch(request);
    }
  }
  const server = await Server.start({ storage: "memory", host: "127.0.0.1", port: 0 });
  const engine = lastEngine();
  const attached = await attach(server.token, definitionOf(Slow, { fetch }));
  t.after(async () => {
    engine.release();
    attached.detach();
    await server.stop(0);
  });
  engine.hold();
  const opened = open(t, server.port);
  for (let look = 0; look < 10; look++) assert.equal(await isPending(opened), true);
  engine.release();
  const client = await opened;
  client.send("only read");
  assert.equal(await client.seen.next(), "read");
});

test("a socket to outside connects and sends after what was written", async (t) => {
  const outside = new WebSocketServer({ port: 0, host: "127.0.0.1" });
  const heard = [];
  outside.on("connection", (socket) => socket.on("message", (data) => heard.push(String(data))));
  t.after(() => outside.close());
  await new Promise((resolve) => outside.on("listening", resolve));
  const { port } = outside.address();
  let openedHere;
  const isOpen = new Promise((resolve) => {
    openedHere = resolve;
  });
  class Caller {
    constructor(ctx) {
      this.ctx = ctx;
    }

    async fetch() {
      await this.ctx.storage.put("key", "value");
      const socket = new WebSocket(`ws://127.0.0.1:${port}/`);
      socket.addEventListener("open", async () => {
        await this.ctx.storage.put("key", "other");
        socket.send("hello");
        openedHere();
      });
      return new Response();
    }
  }
  const { app, engine } = await startHeld(t, { durableObjects: { OBJECT: Caller } });
  engine.hold();
  await app.env.OBJECT.getByName("a").fetch("http://x/");
  for (let look = 0; look < 10; look++) await settle();
  assert.equal(outside.clients.size, 0);
  engine.release();
  await isOpen;
  while (heard.length === 0) await settle();
  assert.deepEqual(heard, ["hello"]);
  for (const client of outside.clients) client.terminate();
});
