// Sockets whose events are handlers of their object, which may leave memory while they are open.
import assert from "node:assert/strict";
import { once } from "node:events";
import { test } from "node:test";
import { attach } from "../dist/index.js";
import { definitionOf, get, open, Recorder, serveObject } from "./socket-client.mjs";

/** Counts its lives, accepts every socket with the tags of its URL, and answers what it is asked. */
class Room {
  static lives = 0;
  static told = new Recorder();

  constructor(ctx) {
    this.ctx = ctx;
    this.life = ++Room.lives;
  }

  fetch(request) {
    const { pathname, searchParams } = new URL(request.url);
    const action = pathname.split("/")[2];
    if (action !== undefined) return new Response(String(this[action](searchParams)));
    const [client, server] = new WebSocketPair();
    this.ctx.acceptWebSocket(server, searchParams.getAll("tag"));
    server.serializeAttachment({ name: searchParams.get("name") });
    return new Response(null, { status: 101, webSocket: client, headers: { "x-room": "yes" } });
  }

  names(searchParams) {
    const tag = searchParams.get("tag") ?? undefined;
    return this.ctx.getWebSockets(tag).map((ws) => ws.deserializeAttachment().name);
  }

  lives() {
    return Room.lives;
  }

  answer(searchParams) {
    const [request, response] = [searchParams.get("request"), searchParams.get("response")];
    const pair = request === null ? undefined : new WebSocketRequestResponsePair(request, response);
    this.ctx.setWebSocketAutoResponse(pair);
    return this.ctx.getWebSocketAutoResponse()?.response;
  }

  answered() {
    return this.ctx
      .getWebSockets()
      .map((ws) => this.ctx.getWebSocketAutoResponseTimestamp(ws) instanceof Date);
  }

  abort() {
    for (const ws of this.ctx.getWebSockets()) ws.send("never sent");
    this.ctx.abort("on purpose");
  }

  webSocketMessage(ws, message) {
    if (message === "who") ws.send(`${this.life} ${ws.deserializeAttachment().name}`);
    else if (message === "tags") ws.send(this.ctx.getTags(ws).join());
    else if (message === "same") ws.send(String(this.ctx.getWebSockets().includes(ws)));
    else if (message === "remember") this.remembered = ws;
    else if (message === "state") {
      ws.send(JSON.stringify([ws.readyState, ws.url, ws.protocol, ws.extensions, ws.binaryType]));
    } else if (message === "close") ws.close(4001, "by the object");
    else if (message === "close empty") ws.close();
    else if (message === "throw") throw new Error("on purpose");
    else if (message instanceof ArrayBuffer) ws.send(message);
    else for (const each of this.ctx.getWebSockets()) each.send(message);
  }

  webSocketClose(ws, code, reason, wasClean) {
    const listed = this.ctx.getWebSockets().includes(ws);
    const { name } = ws.deserializeAttachment();
    const told = [name, code, reason, wasClean, ws.readyState, listed, this.ctx.getTags(ws).length];
    Room.told.add(told);
    if (wasClean && reason !== "no answer") {
      if (code === 1005) ws.close();
      else ws.close(code, "answered");
      Room.told.add([name, "then", ws.readyState]);
    }
  }

  webSocketError(ws, error) {
    Room.told.add([ws.deserializeAttachment().name, error.message, ws.readyState]);
  }
}

/** Has the object leave memory, as when it has been idle for long enough. */
function evict(lane, life) {
  assert.equal(lane.native.evict(life), true, "the object is idle");
  lane.ensureTurn();
}

test("messages of both kinds go to the handler, and headers pass through", async (t) => {
  const { port } = await serveObject(t, Room);
  const client = await open(t, port, "/a?name=one");
  assert.equal(client.head.headers["x-room"], "yes");
  client.send("hello");
  client.send(Buffer.from([1, 2, 3]));
  client.send("state");
  client.send("");
  const seen = await client.seen.take(4);
  assert.deepEqual(seen, ["hello", "bytes 1,2,3", '[1,null,"","","blob"]', ""]);
});

test("lists are newest first, and with a tag oldest first, also after a wake", async (t) => {
  const { port, lane } = await serveObject(t, Room);
  for (const [name, tags] of [
    ["one", "tag=x"],
    ["two", "tag=x&tag=y&tag=x"],
    ["three", ""],
  ]) {
    await open(t, port, `/a?name=${name}&${tags}`);
  }
  for (let look = 0; look < 2; look++) {
    assert.equal(await get(port, "/a/names"), "three,two,one");
    assert.equal(await get(port, "/a/names?tag=x"), "one,two");
    assert.equal(await get(port, "/a/names?tag=y"), "two");
    assert.equal(await get(port, "/a/names?tag=z"), "");
    if (look === 0) evict(lane, 1);
  }
});

test("an event wakes the object, which finds what its sockets carry", async (t) => {
  const { port, lane } = await serveObject(t, Room);
  const before = Room.lives;
  const client = await open(t, port, "/a?name=one&tag=t&tag=u");
  client.send("who");
  client.send("tags");
  assert.deepEqual(await client.seen.take(2), [`${before + 1} one`, "t,u"]);
  evict(lane, 1);
  client.send("who");
  client.send("tags");
  client.send("same");
  client.send("state");
  assert.deepEqual(await client.seen.take(4), [
    `${before + 2} one`,
    "t,u",
    "true",
    '[1,null,"","","blob"]',
  ]);
  assert.equal(Room.lives, before + 2);
});

test("an automatic response wakes nobody, and answers text alone", async (t) => {
  const { port, lane } = await serveObject(t, Room);
  const client = await open(t, port, "/a?name=one");
  assert.equal(await get(port, "/a/answer?request=ping&response=pong"), "pong");
  assert.equal(await get(port, "/a/answered"), "false");
  const lives = Room.lives;
  evict(lane, 1);
  client.send("ping");
  client.send("ping");
  assert.deepEqual(await client.seen.take(2), ["pong", "pong"]);
  assert.equal(Room.lives, lives);
  client.send(Buffer.from("ping"));
  assert.equal(await client.seen.next(), `bytes ${[...Buffer.from("ping")]}`);
  assert.equal(Room.lives, lives + 1);
  assert.equal(await get(port, "/a/answered"), "true");
  assert.equal(await get(port, "/a/answer"), "undefined");
  client.send("ping");
  assert.equal(await client.seen.next(), "ping", "its removal holds too");
});

test("a client that closes waits for the object's answer", async (t) => {
  const { port } = await serveObject(t, Room);
  const { told } = Room;
  told.rest;
  const answered = await open(t, port, "/a?name=one&tag=t");
  answered.close(4002, "bye");
  assert.equal(await answered.seen.next(), "close 4002 answered");
  assert.deepEqual(await told.take(2), [
    ["one", 4002, "bye", true, 2, true, 1],
    ["one", "then", 3],
  ]);
  const empty = await open(t, port, "/a?name=two");
  empty.close();
  assert.equal(await empty.seen.next(), "close 1005");
  assert.deepEqual(await told.take(2), [
    ["two", 1005, "", true, 2, true, 0],
    ["two", "then", 3],
  ]);
  const waiting = await open(t, port, "/a?name=three");
  waiting.close(1000, "no answer");
  assert.deepEqual(await told.next(), ["three", 1000, "no answer", true, 2, true, 0]);
  assert.equal(await get(port, "/a/names"), "", "it is a member no more");
  assert.deepEqual(waiting.seen.rest, []);
});

test("an object that closes learns of the client's answer", async (t) => {
  const { port } = await serveObject(t, Room);
  Room.told.rest;
  const client = await open(t, port, "/a?name=one");
  client.send("close");
  assert.equal(await client.seen.next(), "close 4001 by the object");
  assert.deepEqual(await Room.told.next(), ["one", 4001, "by the object", true, 3, true, 0]);
  const other = await open(t, port, "/a?name=two");
  other.send("close empty");
  assert.equal(await other.seen.next(), "close 1005");
});

test("a client that vanishes is told as 1006, also while the object sleeps", async (t) => {
  const { port, lane } = await serveObject(t, Room);
  Room.told.rest;
  const lost = "WebSocket disconnected without sending Close frame.";
  (await open(t, port, "/a?name=one")).terminate();
  assert.deepEqual(await Room.told.next(), ["one", 1006, lost, false, 2, true, 0]);
  const second = await open(t, port, "/a?name=two&tag=t");
  evict(lane, 1);
  second.terminate();
  assert.deepEqual(await Room.told.next(), ["two", 1006, lost, false, 2, true, 1]);
});

test("a client that breaks the protocol is told as an error", async (t) => {
  const { port } = await serveObject(t, Room);
  Room.told.rest;
  const client = await open(t, port, "/a?name=one");
  client._socket.write(Buffer.from([0x83, 0x80, 1, 2, 3, 4]));
  const [name, message, readyState] = await Room.told.next();
  assert.deepEqual([name, readyState], ["one", 2]);
  assert.match(message, /./);
});

test("a reset disconnects without a Close frame, and what it was to send is lost", async (t) => {
  const { port } = await serveObject(t, Room);
  const client = await open(t, port, "/a?name=one");
  await get(port, "/a/answer?request=ping&response=pong");
  await get(port, "/a/abort");
  assert.equal(await client.seen.next(), "close 1006");
  assert.equal(await get(port, "/a/names"), "");
  assert.equal(await get(port, "/a/answered"), "");
  const next = await open(t, port, "/a?name=two");
  next.send("ping");
  assert.equal(await next.seen.next(), "ping", "the automatic response went with the reset");
});

test("an exception in a handler is logged, and the socket stays", async (t) => {
  const { port } = await serveObject(t, Room);
  const logged = t.mock.method(console, "error", () => undefined);
  const client = await open(t, port, "/a?name=one");
  client.send("throw");
  client.send("who");
  assert.match(await client.seen.next(), /one$/);
  assert.equal(logged.mock.callCount(), 1);
});

test("a reload keeps sockets and all they carry, and events that came meanwhile", async (t) => {
  const { server, port, attached } = await serveObject(t, Room);
  const client = await open(t, port, "/a?name=one&tag=t");
  await get(port, "/a/answer?request=ping&response=pong");
  client.send("who");
  const before = await client.seen.next();
  await server.pause(0);
  client.send("ping");
  assert.equal(await client.seen.next(), "pong", "nobody has to be there for it");
  client.send("who");
  client.send("tags");
  attached.push(await attach(server.token, definitionOf(Room)));
  const [after, tags] = await client.seen.take(2);
  assert.notEqual(after, before, "the object was made anew");
  assert.equal(tags, "t");
  assert.equal(await get(port, "/a/names"), "one");
});

test("events of a socket begin in order, and one that waits does not hold up the next", async (t) => {
  const order = [];
  class Slow {
    constructor(ctx) {
      this.ctx = ctx;
    }

    fetch() {
      const [client, server] = new WebSocketPair();
      this.ctx.acceptWebSocket(server);
      return new Response(null, { status: 101, webSocket: client });
    }

    async webSocketMessage(ws, message) {
      order.push(`${message} begins`);
      if (message === "section") {
        await this.ctx.blockConcurrencyWhile(() => scheduler.wait(30));
      } else if (message === "slow") await scheduler.wait(20);
      order.push(`${message} ends`);
      ws.send(message);
    }
  }
  const { port } = await serveObject(t, Slow);
  const client = await open(t, port);
  for (const message of ["slow", "second"]) client.send(message);
  assert.deepEqual(await client.seen.take(2), ["second", "slow"]);
  assert.deepEqual(order.splice(0), ["slow begins", "second begins", "second ends", "slow ends"]);
  for (const message of ["section", "after"]) client.send(message);
  assert.deepEqual(await client.seen.take(2), ["section", "after"]);
  assert.deepEqual(order, ["section begins", "section ends", "after begins", "after ends"]);
});

test("a handler that takes too long resets the object", async (t) => {
  class Stuck {
    constructor(ctx) {
      this.ctx = ctx;
    }

    fetch() {
      const [client, server] = new WebSocketPair();
      this.ctx.acceptWebSocket(server);
      this.ctx.setHibernatableWebSocketEventTimeout(20);
      return new Response(null, { status: 101, webSocket: client });
    }

    webSocketMessage(ws, message) {
      if (message === "stuck") return new Promise(() => undefined);
      ws.send(String(this.ctx.getHibernatableWebSocketEventTimeout()));
    }
  }
  const { port } = await serveObject(t, Stuck);
  const client = await open(t, port);
  client.send("fine");
  assert.equal(await client.seen.next(), "20");
  client.send("stuck");
  assert.equal(await client.seen.next(), "close 1006");
});

test("events without a handler are dropped", async (t) => {
  class Silent {
    constructor(ctx) {
      this.ctx = ctx;
    }

    fetch(request) {
      if (new URL(request.url).pathname.endsWith("/count")) {
        return new Response(String(this.ctx.getWebSockets().length));
      }
      const [client, server] = new WebSocketPair();
      this.ctx.acceptWebSocket(server);
      return new Response(null, { status: 101, webSocket: client });
    }
  }
  const { port } = await serveObject(t, Silent);
  const client = await open(t, port);
  client.send("lost");
  assert.equal(await get(port, "/a/count"), "1");
  client.terminate();
  await once(client, "close");
  while ((await get(port, "/a/count")) !== "0");
});

test("the end of the server ends its sockets", async (t) => {
  const { server, port, attached } = await serveObject(t, Room);
  const client = await open(t, port, "/a?name=one");
  for (const each of attached) each.detach();
  await server.stop(0);
  assert.match(await client.seen.next(), /^close 10/);
});

test("a request that asks for no socket gets an error instead of one", async (t) => {
  const { port } = await serveObject(t, Room);
  t.mock.method(console, "error", () => undefined);
  const response = await fetch(`http://127.0.0.1:${port}/a?name=x`);
  assert.equal(response.status, 500);
});
