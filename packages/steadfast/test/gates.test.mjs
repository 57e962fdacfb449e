// What may begin in an object, and in which order.
import assert from "node:assert/strict";
import { test } from "node:test";
import { Steadfast } from "../dist/index.js";

/** Starts an app with one class and gives a stub maker. */
async function start(t, Class, more = {}) {
  const app = await Steadfast.start({ durableObjects: { OBJECT: Class, ...more } });
  t.after(() => app.stop());
  return (name = "a") => app.env.OBJECT.getByName(name);
}

const text = async (response) => (await response).text();

test("increments of parallel requests are not lost", async (t) => {
  class Counter {
    constructor(ctx) {
      this.ctx = ctx;
    }

    async fetch() {
      const count = (await this.ctx.storage.get("count")) ?? 0;
      await this.ctx.storage.put("count", count + 1);
      return new Response(String(count + 1));
    }
  }
  const stub = await start(t, Counter);
  const answers = await Promise.all(
    Array.from({ length: 200 }, () => text(stub().fetch("http://x/"))),
  );
  assert.deepEqual(
    answers,
    Array.from({ length: 200 }, (_, at) => String(at + 1)),
  );
});

test("two calls made together by one caller lose no update", async (t) => {
  class Counter {
    constructor(ctx, env) {
      this.ctx = ctx;
      this.env = env;
    }

    async fetch(request) {
      if (new URL(request.url).pathname === "/both") {
        const other = this.env.OBJECT.getByName("other");
        const both = [other.fetch("http://x/"), other.fetch("http://x/")];
        return new Response((await Promise.all(both.map(text))).join());
      }
      const count = (await this.ctx.storage.get("count")) ?? 0;
      await null;
      await this.ctx.storage.put("count", count + 1);
      return new Response(String(count + 1));
    }
  }
  const stub = await start(t, Counter);
  assert.equal(await text(stub("caller").fetch("http://x/both")), "1,2");
});

test("two continuations resumed together lose no update", async (t) => {
  class Echo {
    fetch() {
      return new Response("pong");
    }
  }
  class Caller {
    constructor(ctx, env) {
      this.ctx = ctx;
      this.env = env;
    }

    async fetch(request) {
      if (new URL(request.url).pathname === "/count") {
        return new Response(String(await this.ctx.storage.get("count")));
      }
      await this.env.ECHO.getByName("e").fetch("http://x/");
      const count = (await this.ctx.storage.get("count")) ?? 0;
      await null;
      await this.ctx.storage.put("count", count + 1);
      return new Response();
    }
  }
  const stub = await start(t, Caller, { ECHO: Echo });
  await Promise.all(Array.from({ length: 50 }, () => stub().fetch("http://x/")));
  assert.equal(await text(stub().fetch("http://x/count")), "50");
});

test("a critical section keeps out events, replies and timers begun outside it", async (t) => {
  const order = [];
  class Echo {
    fetch() {
      return new Response("pong");
    }
  }
  class Object_ {
    constructor(ctx, env) {
      this.ctx = ctx;
      this.env = env;
    }

    async fetch(request) {
      const { pathname } = new URL(request.url);
      if (pathname === "/event") {
        order.push("event");
        return new Response();
      }
      const echo = this.env.ECHO.getByName("e");
      const reply = echo.fetch("http://x/").then(() => order.push("outer reply"));
      setTimeout(() => order.push("outer timer"), 0);
      order.push("a");
      const section = this.ctx.blockConcurrencyWhile(async () => {
        order.push("section begins");
        await echo.fetch("http://x/");
        order.push("inner reply");
        await new Promise((resolve) => setTimeout(resolve, 20));
        order.push("inner timer");
        return "result";
      });
      order.push("b");
      order.push(await section);
      await reply;
      return new Response();
    }
  }
  const stub = await start(t, Object_, { ECHO: Echo });
  const first = stub().fetch("http://x/");
  const second = stub().fetch("http://x/event");
  await Promise.all([first, second]);
  assert.deepEqual(order.slice(0, 6), [
    "a",
    "b",
    "section begins",
    "inner reply",
    "inner timer",
    "result",
  ]);
  assert.deepEqual(order.slice(6).sort(), ["event", "outer reply", "outer timer"]);
});

test("events wait for the constructor's section; if it fails all of them fail", async (t) => {
  let constructed = 0;
  class Object_ {
    constructor(ctx) {
      const attempt = ++constructed;
      ctx.blockConcurrencyWhile(async () => {
        await new Promise((resolve) => setTimeout(resolve, 5));
        if (attempt === 1) throw new RangeError("not ready");
        this.ready = true;
      });
    }

    fetch() {
      return new Response(String(this.ready));
    }
  }
  const stub = await start(t, Object_);
  const outcomes = await Promise.allSettled([stub().fetch("http://x/"), stub().fetch("http://x/")]);
  for (const { status, reason } of outcomes) {
    assert.equal(status, "rejected");
    assert.ok(reason instanceof RangeError);
    assert.deepEqual({ ...reason }, { remote: true, durableObjectReset: true });
    assert.equal(reason.message, "not ready");
  }
  assert.equal(await text(stub().fetch("http://x/")), "true");
  assert.equal(constructed, 2);
});

test("a pending timer, fetch or waitUntil keeps an idle object", async (t) => {
  let constructed = 0;
  class Object_ {
    constructor(ctx) {
      this.ctx = ctx;
      constructed++;
    }

    fetch(request) {
      const { pathname } = new URL(request.url);
      const sleep = () => new Promise((resolve) => setTimeout(resolve, 60));
      if (pathname === "/timer") setTimeout(() => undefined, 60);
      if (pathname === "/wait") this.ctx.waitUntil(sleep());
      return new Response();
    }
  }
  const app = await Steadfast.start({ durableObjects: { OBJECT: Object_ }, idleEvictionMs: 10 });
  t.after(() => app.stop());
  const stub = app.env.OBJECT.getByName("a");
  for (const path of ["/timer", "/wait"]) {
    const before = constructed;
    await stub.fetch(`http://x${path}`);
    const started = constructed;
    await new Promise((resolve) => setTimeout(resolve, 30));
    await stub.fetch("http://x/");
    assert.equal(constructed, started, `${path}: kept`);
    while (constructed === started) {
      await new Promise((resolve) => setTimeout(resolve, 100));
      await stub.fetch("http://x/");
    }
    assert.ok(constructed > before);
  }
});
