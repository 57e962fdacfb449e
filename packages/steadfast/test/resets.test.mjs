// What callers are told when an object is reset, flag by flag.
import assert from "node:assert/strict";
import { test } from "node:test";
import { isPending, Steadfast, settle, startHeld } from "./held.mjs";

const { DurableObject } = await import("../dist/workers.js");
const { binding } = await import("../dist/binding.js");

const FLAGS = ["remote", "retryable", "overloaded", "durableObjectReset", "durableObjectId"];

/** What `promise` rejects with: class, message and the flags that are there, in the order of the table. */
async function failure(promise) {
  try {
    return `no failure: ${await promise}`;
  } catch (error) {
    for (const flag of FLAGS)
      if (flag in error) assert.equal(Object.keys(error).includes(flag), true);
    const isSet = (flag) =>
      flag === "durableObjectId" ? /^[0-9a-f]{64}$/.test(error[flag]) : error[flag] === true;
    const flags = FLAGS.filter((flag) => flag in error && isSet(flag));
    const invented = FLAGS.filter((flag) => flag in error && !isSet(flag));
    assert.deepEqual(invented, []);
    return `${error.constructor.name} ${error.message} [${flags.join(" ")}]`;
  }
}

/** An app with one class whose methods are reached by call and, as paths, by request. */
async function start(t, members, options = {}) {
  class Subject extends DurableObject {
    async fetch(request) {
      return new Response(String(await this[new URL(request.url).pathname.slice(1)]()));
    }

    ping() {
      return "pong";
    }

    hang() {
      return new Promise(() => {});
    }
  }
  Object.defineProperties(Subject.prototype, Object.getOwnPropertyDescriptors(members));
  const app = await Steadfast.start({
    durableObjects: { SUBJECT: Subject },
    compatibilityDate: "2026-08-01",
    ...options,
  });
  t.after(() => app.stop().catch(() => undefined));
  const stub = () => app.env.SUBJECT.getByName("a");
  return { app, stub, ask: async (from, path) => (await from.fetch(`http://x/${path}`)).text() };
}

const RESET = "durableObjectReset";

test("an abort: the call, others under way, and every later use of their stubs", async (t) => {
  const { stub, ask } = await start(t, {
    boom() {
      this.ctx.abort("on purpose");
    },
  });
  const used = stub();
  await used.ping();
  const pending = [used.hang(), stub().hang()];
  const requested = ask(stub(), "hang");
  assert.equal(await failure(used.boom()), `Error on purpose [${RESET}]`);
  assert.deepEqual(await Promise.all(pending.map(failure)), [
    `Error on purpose [${RESET}]`,
    `Error on purpose [${RESET}]`,
  ]);
  assert.equal(await failure(requested), `Error on purpose [remote ${RESET}]`);
  assert.equal(await failure(used.ping()), `Error on purpose [${RESET}]`);
  assert.equal(await failure(ask(used, "ping")), `Error on purpose [${RESET}]`);
  assert.equal(await stub().ping(), "pong");
  assert.equal(await failure(ask(stub(), "boom")), `Error on purpose [remote ${RESET}]`);
});

test("an abort's words: none, a string, an error", async (t) => {
  const { stub } = await start(t, {
    none() {
      this.ctx.abort();
    },
    error() {
      this.ctx.abort(new TypeError("x"));
    },
  });
  assert.equal(
    await failure(stub().none()),
    `Error Application called abort() to reset Durable Object. [${RESET}]`,
  );
  assert.equal(await failure(stub().error()), `Error TypeError: x [${RESET}]`);
});

test("a constructor that throws fails those who wait for it, and the next stub tries again", async (t) => {
  let made = 0;
  class Picky extends DurableObject {
    constructor(ctx, env) {
      super(ctx, env);
      made += 1;
      if (made < 3) throw new RangeError(`attempt ${made}`);
    }

    fetch() {
      return new Response("pong");
    }

    ping() {
      return "pong";
    }
  }
  const app = await Steadfast.start({ durableObjects: { PICKY: Picky } });
  t.after(() => app.stop());
  const stub = () => app.env.PICKY.getByName("a");
  const [first, second] = [stub(), stub()];
  const both = [first.ping(), second.fetch("http://x/")];
  assert.deepEqual(await Promise.all(both.map(failure)), [
    `RangeError attempt 1 [${RESET}]`,
    `RangeError attempt 1 [remote ${RESET}]`,
  ]);
  assert.equal(await failure(stub().fetch("http://x/")), `RangeError attempt 2 [remote ${RESET}]`);
  assert.equal(await failure(first.ping()), `RangeError attempt 1 [${RESET}]`, "broken for good");
  assert.equal(await stub().ping(), "pong");
  assert.equal(made, 3);
});

test("a critical section that fails or takes 30 s", async (t) => {
  let caught = "nothing";
  const { app, stub, ask } = await start(
    t,
    {
      async fail() {
        try {
          await this.ctx.blockConcurrencyWhile(() => {
            throw new TypeError("inside");
          });
        } catch {
          caught = "the error";
        }
      },
      async stall() {
        await this.ctx.blockConcurrencyWhile(() => new Promise(() => {}));
      },
    },
    { clock: "manual" },
  );
  assert.equal(await failure(stub().fail()), `TypeError inside [${RESET}]`);
  assert.equal(await failure(ask(stub(), "fail")), `TypeError inside [remote ${RESET}]`);
  assert.equal(caught, "nothing");
  const text =
    "A call to blockConcurrencyWhile() in a Durable Object waited for too long. " +
    "The call was canceled and the Durable Object was reset.";
  const called = failure(stub().stall());
  await app.clock.advance("30s");
  assert.equal(await called, `Error ${text} [overloaded ${RESET}]`);
  const requested = failure(ask(stub(), "stall"));
  await app.clock.advance("30s");
  assert.equal(await requested, `Error ${text} [remote overloaded ${RESET}]`);
});

test("a commit that breaks a deferred constraint tells of no reset", async (t) => {
  const { stub, ask } = await start(t, {
    prepare() {
      this.ctx.storage.sql.exec(
        "create table p (id primary key); create table c (p references p deferrable initially deferred)",
      );
    },
    violate() {
      this.ctx.storage.sql.exec("insert into c values (5)");
    },
  });
  await stub().prepare();
  const text =
    "Durable Object was reset and rolled back to its last known good state because the application left the " +
    "database in a state where constraints were violated: FOREIGN KEY constraint failed: SQLITE_CONSTRAINT " +
    "(extended: SQLITE_CONSTRAINT_FOREIGNKEY)";
  const used = stub();
  assert.equal(await failure(used.violate()), `Error ${text} []`);
  assert.equal(await failure(used.ping()), `Error ${text} []`);
  assert.equal(await failure(ask(used, "ping")), `Error ${text} []`);
  assert.equal(await failure(ask(stub(), "violate")), `Error ${text} [remote]`);
  assert.equal(await stub().ping(), "pong");
});

test("what breaks nothing: a throw, a missing method, an error returned", async (t) => {
  const { stub, ask } = await start(t, {
    throws() {
      this.ctx.storage.kv.put("before", 1);
      throw new TypeError("thrown");
    },
    throwsText() {
      throw "text";
    },
    returned() {
      return new RangeError("a value");
    },
    before() {
      return this.ctx.storage.kv.get("before");
    },
  });
  const used = stub();
  assert.equal(await failure(used.throws()), "TypeError thrown [remote durableObjectId]");
  assert.equal(await failure(ask(used, "throws")), "TypeError thrown [remote]");
  assert.equal(await failure(used.throwsText()), "Error text [remote]");
  assert.equal(await failure(ask(used, "throwsText")), "Error text [remote]");
  assert.equal(
    await failure(used.nope()),
    'TypeError The RPC receiver does not implement the method "nope". [remote]',
  );
  assert.equal(await used.before(), 1, "what was written before the throw is kept");
  const value = await used.returned();
  assert.equal(
    `${value.constructor.name} ${value.message} ${Object.keys(value)}`,
    "RangeError a value ",
  );
});

test("a commit that is not durable after 30 s", async (t) => {
  let clock;
  class Watched extends binding.NativeClock {
    constructor(now) {
      super(now);
      clock = this;
    }
  }
  const { NativeClock } = binding;
  binding.NativeClock = Watched;
  t.after(() => {
    binding.NativeClock = NativeClock;
  });
  class Counter extends DurableObject {
    async fetch() {
      await this.ctx.storage.put("count", 1);
      // Its caller waits: the write is submitted meanwhile.
      await new Promise((resolve) => setTimeout(resolve, 60_000));
      return new Response("late");
    }

    async write() {
      await this.fetch();
    }

    async quick() {
      await this.ctx.storage.put("count", 2);
      return "told";
    }

    ping() {
      return "pong";
    }
  }
  const worker = {
    fetch: async (_request, env) => new Response(await env.C.getByName("q").quick()),
  };
  const { app, engine } = await startHeld(t, {
    worker,
    durableObjects: { C: Counter },
    clock: "manual",
  });
  engine.hold();
  const used = app.env.C.getByName("a");
  const called = failure(used.write());
  const requested = failure(used.fetch("http://x/"));
  const outside = failure(app.fetch("http://x/"));
  const advanced = app.clock.advance("1s");
  await settle();
  assert.equal(await isPending(advanced), true, "time waits for the commits");
  while (clock.step(31_000)) await settle();
  const text = "Durable Object storage operation exceeded timeout which caused object to be reset.";
  assert.equal(await called, `Error ${text} [overloaded ${RESET}]`);
  assert.equal(await requested, `Error ${text} [remote overloaded ${RESET}]`);
  assert.equal(await outside, `Error ${text} []`);
  assert.equal(await failure(used.ping()), `Error ${text} [overloaded ${RESET}]`);
  engine.release();
  await advanced;
  assert.equal(await app.env.C.getByName("a").ping(), "pong");
});
