// Objects spread over lanes: calls between them look like calls within one.
import assert from "node:assert/strict";
import { once } from "node:events";
import { test } from "node:test";
import WebSocketClient from "ws";
import { attach, Server } from "../dist/index.js";
import { DurableObject, RpcStub, RpcTarget } from "../dist/workers.js";
import { namesAt, placeOf, startLanes } from "./lanes.mjs";

const api = { Server, attach };

class Thing extends DurableObject {
  #list = [];

  async fetch(request) {
    const { pathname } = new URL(request.url);
    switch (pathname) {
      case "/add": {
        const count = ((await this.ctx.storage.get("count")) ?? 0) + 1;
        await this.ctx.storage.put("count", count);
        return new Response(String(count));
      }
      case "/echo":
        return new Response(request.body, {
          status: 201,
          statusText: "Made",
          headers: { "x-method": request.method, "x-given": request.headers.get("x-given") },
        });
      case "/bytes":
        return new Response(new Uint8Array(await request.arrayBuffer()).reverse());
      case "/throw":
        throw new RangeError("too far");
      default:
        return new Response(pathname);
    }
  }

  append(item) {
    this.#list.push(item);
    return this.#list.length;
  }

  list() {
    return this.#list;
  }

  async addTo(name, times) {
    const other = this.env.Thing.getByName(name);
    for (let n = 0; n < times; n++) {
      // Read, wait for the other, write: two of these must not come between.
      await this.ctx.blockConcurrencyWhile(async () => {
        const sum = (await this.ctx.storage.get("sum")) ?? 0;
        await other.append(n);
        await this.ctx.storage.put("sum", sum + 1);
      });
    }
    return this.ctx.storage.get("sum");
  }

  fail(error) {
    throw error;
  }

  odd() {
    return { a: undefined, b: Number.NaN, c: -0, d: 12n, e: new Date(5), f: new Map([[1, "x"]]) };
  }

  abort() {
    this.ctx.abort("enough");
  }
}

/** Runs `handler` in the entry of each lane in turn. */
async function inLanes(t, lanes, handler) {
  const places = [];
  const { url, workers } = await startLanes(t, api, {
    lanes,
    classes: { Thing },
    async fetch(request, env, place) {
      places.push(place);
      return Response.json((await handler(env, place, request)) ?? null);
    },
  });
  const answers = [];
  for (let n = 0; n < lanes; n++) {
    const response = await fetch(url);
    assert.equal(response.status, 200);
    answers.push(await response.json());
  }
  assert.deepEqual(places.sort(), [...Array(lanes).keys()]);
  return { url, workers, answers };
}

for (const lanes of [2, 3]) {
  test(`no increment is lost among ${lanes} lanes`, async (t) => {
    const { url } = await startLanes(t, api, {
      lanes,
      classes: { Thing },
      fetch: (request, env) =>
        env.Thing.getByName(new URL(request.url).searchParams.get("name")).fetch("http://do/add"),
    });
    const [objects, times] = [24, 10];
    const requests = Array.from({ length: objects * times }, async (_, n) => {
      const response = await fetch(`${url}/?name=${n % objects}`);
      assert.equal(response.status, 200);
      return [n % objects, Number(await response.text())];
    });
    const counts = await Promise.all(requests);
    for (let object = 0; object < objects; object++) {
      const own = counts.filter(([of]) => of === object).map(([, count]) => count);
      assert.deepEqual(
        own.sort((a, b) => a - b),
        Array.from({ length: times }, (_, n) => n + 1),
      );
    }
  });
}

test("requests learn from those alike on which lane their object lives", async (t) => {
  const { url, workers } = await startLanes(t, api, {
    lanes: 3,
    classes: { Thing },
    async fetch(request, env, place) {
      // Not at once, as when a body is read first.
      await request.text();
      await env.Thing.getByName(new URL(request.url).pathname).list();
      return Response.json(place);
    },
  });
  const { Thing: namespace } = workers[0].workers.primary.env;
  for (let n = 0; n < 12; n++) {
    const home = placeOf(namespace.idFromName(`/${n}`), 3);
    const ask = async () => (await fetch(`${url}/${n}`)).json();
    // Lanes take turns, so that one of three requests comes to another first, and learns.
    for (let turn = 0; turn < 3; turn++) await ask();
    for (let turn = 0; turn < 3; turn++) assert.equal(await ask(), home);
  }
});

test("what is sent through one stub arrives in order, on every lane", async (t) => {
  await inLanes(t, 2, async (env, place) => {
    for (const home of [0, 1]) {
      const stub = env.Thing.getByName(`${namesAt(env.Thing, home, 2)[0]}`);
      const before = (await stub.list()).length;
      const sent = Array.from({ length: 50 }, (_, n) => stub.append(`${place}-${n}`));
      await Promise.all(sent);
      const list = (await stub.list()).slice(before);
      assert.deepEqual(
        list,
        sent.map((_, n) => `${place}-${n}`),
      );
    }
  });
});

test("a request and its answer cross whole", async (t) => {
  await inLanes(t, 2, async (env, place) => {
    const stub = env.Thing.getByName(namesAt(env.Thing, 1 - place, 2)[0]);
    const init = { method: "PUT", body: "héllo\n", headers: { "x-given": "é" } };
    const response = await stub.fetch("http://do/echo", init);
    assert.equal(response.status, 201);
    assert.equal(response.statusText, "Made");
    assert.equal(response.headers.get("x-method"), "PUT");
    assert.equal(response.headers.get("x-given"), "é");
    assert.equal(response.url, "http://do/echo");
    assert.equal(await response.text(), "héllo\n");
    const bytes = await stub.fetch("http://do/bytes", {
      method: "POST",
      body: Uint8Array.of(0, 10, 255),
    });
    assert.deepEqual(new Uint8Array(await bytes.arrayBuffer()), Uint8Array.of(255, 10, 0));
    const none = await stub.fetch("http://do/bytes", { method: "POST", body: new Uint8Array() });
    assert.equal((await none.arrayBuffer()).byteLength, 0);
  });
});

test("streams cross chunk by chunk, and no faster than they are read", async (t) => {
  let made = 0;
  let cancelled = 0;
  class Source extends DurableObject {
    fetch() {
      return new Response(
        new ReadableStream({
          pull(controller) {
            made += 1;
            controller.enqueue(new Uint8Array(64 * 1024).fill(made));
          },
          cancel() {
            cancelled += 1;
          },
        }),
      );
    }
  }
  const { url } = await startLanes(t, api, {
    classes: { Source, Thing },
    async fetch(_request, env, place) {
      const thing = env.Thing.getByName(namesAt(env.Thing, 1 - place, 2)[0]);
      const body = new ReadableStream({
        start(controller) {
          for (let n = 0; n < 20; n++) controller.enqueue(new Uint8Array(10_000).fill(n));
          controller.close();
        },
      });
      const echo = await thing.fetch("http://do/echo", { method: "POST", body, duplex: "half" });
      const echoed = new Uint8Array(await echo.arrayBuffer());
      assert.equal(echoed.length, 200_000);
      for (let n = 0; n < 20; n++) assert.equal(echoed[n * 10_000], n);
      const source = env.Source.getByName(namesAt(env.Source, 1 - place, 2)[0]);
      const reader = (await source.fetch("http://do/")).body.getReader();
      const first = await reader.read();
      assert.equal(first.value[0], 1);
      await reader.cancel();
      return new Response("done");
    },
  });
  assert.equal(await (await fetch(url)).text(), "done");
  while (cancelled === 0) await new Promise((resolve) => setImmediate(resolve));
  assert.ok(made < 10, `made=${made}`);
});

test("errors keep class, message and flags", async (t) => {
  await inLanes(t, 2, async (env, place) => {
    const seen = (stub, call) =>
      call(stub).then(
        () => assert.fail("it throws"),
        (error) => {
          const { durableObjectId, ...flags } = error;
          const isOwn = durableObjectId === undefined ? "none" : durableObjectId === `${stub.id}`;
          return [error.constructor.name, error.message, flags, isOwn];
        },
      );
    const [far, near] = [1 - place, place].map((home) =>
      env.Thing.getByName(namesAt(env.Thing, home, 2)[0]),
    );
    for (const call of [
      (stub) => stub.fetch("http://do/throw"),
      (stub) => stub.fail(Object.assign(new TypeError("no"), { code: 7 })),
      (stub) => stub.fail("text"),
      (stub) => stub.missing(),
      (stub) => stub.append.name.deep(),
    ]) {
      assert.deepEqual(await seen(far, call), await seen(near, call));
    }
    assert.deepEqual(await far.odd(), await near.odd());
  });
});

test("a stub is broken by a reset of its object on another lane, a new one is not", async (t) => {
  await inLanes(t, 2, async (env, place) => {
    const name = namesAt(env.Thing, 1 - place, 2)[0];
    const stub = env.Thing.getByName(name);
    await stub.append(1);
    const reason = { message: "enough", durableObjectReset: true };
    await assert.rejects(async () => await stub.abort(), reason);
    await assert.rejects(async () => await stub.append(2), reason);
    await assert.rejects(stub.fetch("http://do/"), reason);
    assert.equal(await env.Thing.getByName(name).append(3), 1);
  });
});

test("an object's gate is shut for the answers of other lanes too", async (t) => {
  await inLanes(t, 2, async (env, place) => {
    const [own, other] = [place, 1 - place].map((home) => namesAt(env.Thing, home, 2)[0]);
    const stub = env.Thing.getByName(own);
    const sums = await Promise.all(Array.from({ length: 4 }, () => stub.addTo(other, 5)));
    assert.equal(Math.max(...sums), 20);
  });
});

test("an alarm runs once, on the lane of its object", async (t) => {
  const runs = [];
  let all;
  const done = new Promise((resolve) => {
    all = resolve;
  });
  class Sleeper extends DurableObject {
    async fetch() {
      await this.ctx.storage.setAlarm(Date.now() - 1);
      return new Response("set");
    }
    alarm() {
      runs.push(String(this.ctx.id));
      if (runs.length === 20) all();
    }
  }
  const { url, workers } = await startLanes(t, api, {
    classes: { Sleeper },
    fetch: (request, env) => env.Sleeper.getByName(new URL(request.url).pathname).fetch(request),
  });
  await Promise.all(Array.from({ length: 20 }, (_, n) => fetch(`${url}/${n}`)));
  await done;
  const ids = Array.from({ length: 20 }, (_, n) =>
    String(workers[0].workers.primary.env.Sleeper.idFromName(`/${n}`)),
  );
  assert.deepEqual(runs.toSorted(), ids.toSorted());
  assert.deepEqual(new Set(ids.map((id) => placeOf(id, 2))), new Set([0, 1]));
});

class Counter extends RpcTarget {
  #count = 0;

  add(by) {
    this.#count += by;
    return this.#count;
  }

  [Symbol.dispose]() {
    disposed.push(this.#count);
  }
}

const disposed = [];

class Host extends DurableObject {
  counter() {
    return new Counter();
  }

  async each(list, visit) {
    const seen = [];
    for (const item of list) seen.push(await visit(item));
    return seen;
  }

  /** Gives back what it was given, and calls it from here. */
  async borrow(counter) {
    await counter.add(10);
    return counter.dup();
  }

  bytes() {
    return new ReadableStream({
      start(controller) {
        controller.enqueue(Uint8Array.of(1, 2));
        controller.enqueue(Uint8Array.of(3));
        controller.close();
      },
    });
  }

  async fill(writable) {
    const writer = writable.getWriter();
    await writer.write(Uint8Array.of(4, 5));
    await writer.write(Uint8Array.of(6));
    await writer.close();
  }

  blobs() {
    return { first: new Blob(["one"], { type: "text/plain" }), second: new Blob(["zwei"]) };
  }

  neighbour(name) {
    return this.env.Host.getByName(name);
  }

  async visitFrom(name, visit) {
    return this.env.Host.getByName(name).each([1], visit);
  }

  fetch() {
    const [client, server] = Object.values(new WebSocketPair());
    this.ctx.acceptWebSocket(server);
    return new Response(null, { status: 101, webSocket: client });
  }

  webSocketMessage(ws, message) {
    ws.send(`echo ${message}`);
  }

  webSocketClose(ws, code) {
    ws.close(code);
  }
}

/** Runs `handler` in the entry of each of two lanes, with a stub of an object on the other. */
async function acrossLanes(t, handler) {
  const { url } = await startLanes(t, api, {
    classes: { Host },
    async fetch(request, env, place) {
      const stub = env.Host.getByName(namesAt(env.Host, 1 - place, 2)[0]);
      return (await handler(stub, env, place, request)) ?? new Response("done");
    },
  });
  for (let n = 0; n < 2; n++) assert.equal(await (await fetch(url)).text(), "done");
  return url;
}

test("functions and targets are called on the lane they came from", async (t) => {
  disposed.length = 0;
  await acrossLanes(t, async (stub) => {
    assert.deepEqual(await stub.each([1, 2, 3], (item) => item * 2), [2, 4, 6]);
    {
      const counter = await stub.counter();
      const counts = [counter.add(1), counter.add(1), counter.add(1)];
      assert.deepEqual(await Promise.all(counts), [1, 2, 3]);
      counter[Symbol.dispose]();
    }
    assert.equal(await stub.counter().add(5), 5);
    const own = new RpcStub(new Counter());
    const back = await stub.borrow(own);
    assert.equal(await back.add(1), 11);
    back[Symbol.dispose]();
    own[Symbol.dispose]();
    await assert.rejects(
      async () => {
        await stub.each([1], () => {
          throw new RangeError("no further");
        });
      },
      { name: "RangeError", message: "no further" },
    );
  });
  while (disposed.length < 6) await new Promise((resolve) => setImmediate(resolve));
  assert.deepEqual(
    disposed.toSorted((a, b) => a - b),
    [3, 3, 5, 5, 11, 11],
  );
});

test("a function crosses to a third object and is called back through both", async (t) => {
  await acrossLanes(t, async (stub, env, place) => {
    const near = namesAt(env.Host, place, 2)[0];
    assert.deepEqual(await stub.visitFrom(near, (item) => item + place), [1 + place]);
    const neighbour = await stub.neighbour(near);
    assert.deepEqual(await neighbour.each([7], (item) => item), [7]);
  });
});

test("streams and blobs in values cross", async (t) => {
  await acrossLanes(t, async (stub) => {
    const read = await new Response(await stub.bytes()).arrayBuffer();
    assert.deepEqual([...new Uint8Array(read)], [1, 2, 3]);
    const { readable, writable } = new TransformStream();
    const whole = new Response(readable).arrayBuffer();
    await stub.fill(writable);
    assert.deepEqual([...new Uint8Array(await whole)], [4, 5, 6]);
    const { first, second } = await stub.blobs();
    assert.deepEqual(
      [await first.text(), first.type, await second.text()],
      ["one", "text/plain", "zwei"],
    );
  });
});

test("a socket of an object on another lane reaches its client", async (t) => {
  const url = await acrossLanes(t, (stub, _env, _place, request) =>
    request.headers.get("upgrade") === "websocket" ? stub.fetch(request) : undefined,
  );
  for (let n = 0; n < 2; n++) {
    const socket = new WebSocketClient(url.replace("http", "ws"));
    await once(socket, "open");
    const answer = once(socket, "message");
    socket.send("hello");
    assert.equal(String((await answer)[0]), "echo hello");
    const closed = once(socket, "close");
    socket.close(4001);
    assert.equal((await closed)[0], 4001);
  }
});
