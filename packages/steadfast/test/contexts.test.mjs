// Whose code runs: contexts of the platform and of user code do not leak between events.
import assert from "node:assert/strict";
import { AsyncLocalStorage } from "node:async_hooks";
import { test } from "node:test";
import { Steadfast } from "../dist/index.js";

test("an event begins without the asynchronous context of the one before", async (t) => {
  const user = new AsyncLocalStorage();
  const seen = [];
  class Echo {
    fetch() {
      seen.push(user.getStore());
      return new Response();
    }
  }
  const worker = {
    fetch(_request, env) {
      seen.push(user.getStore());
      return user.run("a request's own", async () => {
        const response = await env.ECHO.getByName("e").fetch("http://x/");
        seen.push(user.getStore());
        return response;
      });
    },
  };
  const app = await Steadfast.start({ worker, durableObjects: { ECHO: Echo } });
  t.after(() => app.stop());
  await user.run("the caller's", () =>
    Promise.all([app.fetch("http://x/"), app.fetch("http://x/")]),
  );
  assert.deepEqual(seen.sort(), [
    "a request's own",
    "a request's own",
    undefined,
    undefined,
    undefined,
    undefined,
  ]);
});

test("timers and sections of an object keep the context they were started in", async (t) => {
  const user = new AsyncLocalStorage();
  const seen = [];
  class Object_ {
    constructor(ctx) {
      this.ctx = ctx;
    }

    fetch() {
      return user.run("own", async () => {
        await new Promise((resolve) => {
          setTimeout(() => {
            seen.push(user.getStore());
            resolve();
          }, 1);
        });
        await this.ctx.blockConcurrencyWhile(() => {
          seen.push(user.getStore());
        });
        return new Response();
      });
    }
  }
  const app = await Steadfast.start({ durableObjects: { OBJECT: Object_ } });
  t.after(() => app.stop());
  await app.env.OBJECT.getByName("a").fetch("http://x/");
  assert.deepEqual(seen, ["own", "own"]);
});

test("clearing a timer of Node's leaves an object's timer of the same number alone", async (t) => {
  let timer;
  let fired;
  class Object_ {
    async fetch() {
      const fires = new Promise((resolve) => {
        timer = setTimeout(resolve, 20, "fired");
      });
      fired = fires;
      return new Response();
    }
  }
  const app = await Steadfast.start({ durableObjects: { OBJECT: Object_ } });
  t.after(() => app.stop());
  await app.env.OBJECT.getByName("a").fetch("http://x/");
  // Node's timers are objects that read as numbers too.
  clearTimeout({ [Symbol.toPrimitive]: () => Number(timer) });
  const late = new Promise((resolve) => setTimeout(resolve, 1000, "never"));
  assert.equal(await Promise.race([fired, late]), "fired");
});

test("code of an object that was reset sends nothing and starts nothing", async (t) => {
  let after;
  class Object_ {
    constructor(ctx) {
      this.ctx = ctx;
    }

    async fetch() {
      try {
        this.ctx.abort("on purpose");
      } catch {
        after = fetch("http://127.0.0.1:9/").then(
          () => "sent",
          (error) => error.message,
        );
        setInterval(() => assert.fail("the dead have no timers"), 1);
      }
      return new Response();
    }
  }
  const app = await Steadfast.start({ durableObjects: { OBJECT: Object_ } });
  t.after(() => app.stop());
  await assert.rejects(app.env.OBJECT.getByName("a").fetch("http://x/"), /on purpose/);
  assert.equal(await after, "on purpose");
  await new Promise((resolve) => setTimeout(resolve, 20));
});
