// Stubs, functions, streams and sockets that cross between Workers, and between them and objects.
import assert from "node:assert/strict";
import { test } from "node:test";
import { Steadfast } from "../dist/index.js";
import { DurableObject, RpcTarget, WorkerEntrypoint } from "../dist/workers.js";

class Tally extends RpcTarget {
  #total = 0;
  constructor(log) {
    super();
    this.log = log;
  }
  add(number) {
    this.#total += number;
    return this.#total;
  }
  [Symbol.dispose]() {
    this.log.push("disposed");
  }
}

const log = [];

class Desk extends WorkerEntrypoint {
  name() {
    return `${this.env.NAME} for ${this.ctx.props.guest ?? "nobody"}`;
  }
  forGuest(guest) {
    return this.ctx.exports.Desk({ props: { guest } });
  }
  tally() {
    return new Tally(log);
  }
  call(callback, ...args) {
    return callback(...args);
  }
  async nameOf(other) {
    return `${await other.name()}, says ${this.env.NAME}`;
  }
  async length(stream) {
    let length = 0;
    for await (const chunk of stream) length += chunk.byteLength;
    return length;
  }
  bytes(...parts) {
    return ReadableStream.from(parts.map((part) => Buffer.from(part)));
  }
}

class Guest extends DurableObject {
  async visit() {
    const { DESK } = this.env;
    let calls = 0;
    const callback = (by) => {
      calls += by;
      this.ctx.storage.kv.put("calls", calls);
      return this.ctx.id.name;
    };
    const named = await DESK.forGuest("an object");
    const tally = await DESK.tally();
    await tally.add(2);
    return {
      callback: [await DESK.call(callback, 3), this.ctx.storage.kv.get("calls")],
      named: await named.name(),
      tally: await tally.add(3),
      early: await DESK.tally().add(7),
      bytes: await new Response(await DESK.bytes("a", "bc")).text(),
    };
  }
  async meet(desk) {
    return `${await desk.name()}, says an object`;
  }
}

/** Runs `code` in a Worker that has the desk of another Worker, and objects. */
async function run(t, code) {
  const main = {
    name: "main",
    vars: { NAME: "main" },
    worker: {
      Desk,
      default: {
        async fetch(_request, env, ctx) {
          return Response.json(await code(env, ctx));
        },
      },
    },
    serviceBindings: { DESK: { name: "desks", entrypoint: "Desk" } },
    durableObjects: { GUEST: Guest },
  };
  const desks = { name: "desks", vars: { NAME: "desks" }, worker: { default: {}, Desk } };
  const app = await Steadfast.start({ workers: [main, desks] });
  t.after(() => app.stop());
  return (await app.fetch("http://x/")).json();
}

test("service stubs are passed on and returned, with their props", async (t) => {
  const seen = await run(t, async ({ DESK, GUEST }, ctx) => {
    const own = ctx.exports.Desk({ props: { guest: "the Worker" } });
    const guest = GUEST.getByName("g");
    return [
      await (await DESK.forGuest("someone")).name(),
      await DESK.forGuest("another").name(),
      await DESK.nameOf(own),
      await DESK.nameOf(ctx.exports.Desk),
      await guest.meet(DESK),
      await guest.meet(own),
      await own.nameOf(await DESK.forGuest("a third")),
    ];
  });
  assert.deepEqual(seen, [
    "desks for someone",
    "desks for another",
    "main for the Worker, says desks",
    "main for nobody, says desks",
    "desks for nobody, says an object",
    "main for the Worker, says an object",
    "desks for a third, says main",
  ]);
});

test("functions, targets and streams cross to a service and back", async (t) => {
  log.length = 0;
  const seen = await run(t, async ({ DESK }) => {
    const tally = await DESK.tally();
    const total = [await tally.add(1), await tally.add(1)];
    tally[Symbol.dispose]();
    await DESK.name();
    const failure = () => {
      throw new RangeError("from the caller");
    };
    return {
      total,
      log: [...log],
      call: await DESK.call((a, b) => a + b, 1, 2),
      failure: await DESK.call(failure).catch((error) => [error.name, error.message]),
      length: await DESK.length(new Blob(["12345"]).stream()),
      bytes: await new Response(await DESK.bytes("x", "yz")).text(),
    };
  });
  assert.deepEqual(seen, {
    total: [1, 2],
    log: ["disposed"],
    call: 3,
    failure: ["RangeError", "from the caller"],
    length: 5,
    bytes: "xyz",
  });
});

test("an object gets calls, stubs and streams of a service through its gate", async (t) => {
  const seen = await run(t, ({ GUEST }) => GUEST.getByName("g").visit());
  assert.deepEqual(seen, {
    callback: ["g", 3],
    named: "desks for an object",
    tally: 5,
    early: 7,
    bytes: "abc",
  });
});

test("a facet of a class in ctx.exports has its props, its Worker's env, exports and services", async (t) => {
  class Part extends DurableObject {
    async tell() {
      const { DESK, NAME } = this.env;
      const { exports, props } = this.ctx;
      const own = exports.Desk({ props: { guest: "a facet" } });
      return [props, NAME, Object.keys(exports), await DESK.name(), await own.name()];
    }
  }
  class Whole extends DurableObject {
    async tell() {
      const { exports, facets } = this.ctx;
      const given = facets.get("given", () => ({ class: exports.Part({ props: { size: 1 } }) }));
      return [
        await given.tell(),
        (await facets.get("bare", () => ({ class: exports.Part })).tell())[0],
      ];
    }
  }
  const app = await Steadfast.start({
    workers: [
      {
        name: "main",
        vars: { NAME: "main" },
        worker: { default: {}, Desk, Part },
        serviceBindings: { DESK: { name: "desks", entrypoint: "Desk" } },
        durableObjects: { WHOLE: Whole },
      },
      { name: "desks", vars: { NAME: "desks" }, worker: { default: {}, Desk } },
    ],
  });
  t.after(() => app.stop());
  assert.deepEqual(await app.env.WHOLE.getByName("a").tell(), [
    [
      { size: 1 },
      "main",
      ["default", "Desk", "Part", "Whole"],
      "desks for nobody",
      "main for a facet",
    ],
    {},
  ]);
});

test("calls through one stub arrive in the order they were made", async (t) => {
  const order = [];
  class Line extends WorkerEntrypoint {
    async take(number, wait) {
      order.push(`in ${number}`);
      if (wait) await new Promise((resolve) => setTimeout(resolve, 5));
      order.push(`out ${number}`);
    }
  }
  const app = await Steadfast.start({
    worker: {
      Line,
      default: {
        async fetch(_request, _env, { exports: { Line: line } }) {
          const calls = [line.take(1, true), line.take(2, false), line.take(3, false)];
          order.push("sent");
          await Promise.all(calls);
          return new Response();
        },
      },
    },
  });
  t.after(() => app.stop());
  await app.fetch("http://x/");
  assert.deepEqual(order, ["sent", "in 1", "in 2", "out 2", "in 3", "out 3", "out 1"]);
});

test("an object that is reset gets no answer, and its service goes on", async (t) => {
  const events = [];
  let release;
  class Slow extends WorkerEntrypoint {
    async work() {
      events.push("begins");
      await new Promise((resolve) => (release = resolve));
      events.push("ends");
    }
  }
  class Caller extends DurableObject {
    async start() {
      await this.env.SLOW.work();
      events.push("answered");
    }
    end() {
      this.ctx.abort("enough");
    }
  }
  const app = await Steadfast.start({
    workers: [
      {
        name: "main",
        worker: {},
        serviceBindings: { SLOW: { name: "slow", entrypoint: "Slow" } },
        durableObjects: { CALLER: Caller },
      },
      { name: "slow", worker: { default: {}, Slow } },
    ],
  });
  t.after(() => app.stop());
  const caller = app.env.CALLER.getByName("a");
  const started = caller.start();
  while (events.length === 0) await new Promise((resolve) => setImmediate(resolve));
  await assert.rejects(async () => caller.end(), { message: "enough" });
  await assert.rejects(async () => started, { message: "enough" });
  release();
  while (events.length < 2) await new Promise((resolve) => setImmediate(resolve));
  assert.deepEqual(events, ["begins", "ends"]);
});

test("a socket is answered through a service", async (t) => {
  const echo = {
    name: "echo",
    worker: {
      fetch() {
        const [ours, theirs] = Object.values(new WebSocketPair());
        theirs.accept();
        theirs.addEventListener("message", ({ data }) => theirs.send(`echo ${data}`));
        return new Response(null, { status: 101, webSocket: ours });
      },
    },
  };
  const main = {
    name: "main",
    serviceBindings: { ECHO: "echo" },
    worker: {
      async fetch(_request, env) {
        const headers = { upgrade: "websocket" };
        const { webSocket } = await env.ECHO.fetch("http://echo/", { headers });
        webSocket.accept();
        const answer = new Promise((resolve) =>
          webSocket.addEventListener("message", ({ data }) => resolve(data)),
        );
        webSocket.send("hello");
        return new Response(await answer);
      },
    },
  };
  const app = await Steadfast.start({ workers: [main, echo] });
  t.after(() => app.stop());
  assert.equal(await (await app.fetch("http://x/")).text(), "echo hello");
});
