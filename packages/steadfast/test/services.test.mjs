// Several Workers in one process: what they call of each other, and what each sees of itself.
import assert from "node:assert/strict";
import { test } from "node:test";
import { Steadfast } from "../dist/index.js";
import {
  DurableObject,
  exports,
  env as importedEnv,
  WorkerEntrypoint,
  waitUntil,
  withEnv,
  withEnvAndExports,
  withExports,
} from "../dist/workers.js";
import { project } from "./project.mjs";

/** Starts the workers and runs `code` in the first one's `fetch`. */
async function run(t, code, [first, ...others], options = {}) {
  let outcome;
  const fetch = async (request, env, ctx) => {
    if (new URL(request.url).pathname !== "/run") return new Response("run's own");
    outcome = await code(env, ctx, request);
    return new Response("done");
  };
  const worker = { ...first?.worker, default: { ...first?.worker?.default, fetch } };
  const app = await Steadfast.start({ ...options, workers: [{ ...first, worker }, ...others] });
  t.after(() => app.stop());
  await (await app.fetch("http://app/run")).text();
  return outcome;
}

class Named extends WorkerEntrypoint {
  whoami() {
    return [this.env.NAME, importedEnv.NAME, this.ctx.props, Object.keys(this.ctx)];
  }
  get answer() {
    return 42;
  }
  fails() {
    throw new RangeError("no");
  }
  touch() {
    this.ctx.props.touched = true;
  }
}

class Ledger extends DurableObject {
  add(amount) {
    const total = (this.ctx.storage.kv.get("total") ?? 0) + amount;
    this.ctx.storage.kv.put("total", total);
    return [this.env.NAME, total];
  }
  ownId() {
    return this.ctx.id.toString();
  }
}

const handlers = {
  async fetch(request) {
    return new Response(`${request.method} ${request.url} ${await request.text()}`);
  },
  double: (number) => number * 2,
  given: (first, env, ctx) => [first, env.NAME, String(ctx)],
  nested: { three: 3, double: (number) => number * 2 },
  limit: 7,
};

const other = {
  name: "other",
  worker: { default: handlers, Named, Ledger },
  vars: { NAME: "other's" },
  durableObjects: { LEDGER: Ledger },
};

const bound = {
  name: "main",
  vars: { NAME: "main's" },
  serviceBindings: {
    OTHER: "other",
    NAMED: { name: "other", entrypoint: "Named", props: { role: "guest" } },
  },
};

test("a service answers requests", async (t) => {
  const text = await run(
    t,
    async ({ OTHER }) =>
      (await OTHER.fetch("http://other/path", { method: "POST", body: "hello" })).text(),
    [bound, other],
  );
  assert.equal(text, "POST http://other/path hello");
});

test("a service streams, and what it streams to arrives", async (t) => {
  const echo = {
    name: "echo",
    worker: {
      async fetch(request) {
        const { readable, writable } = new TransformStream();
        request.body.pipeTo(writable);
        return new Response(readable);
      },
    },
  };
  const text = await run(
    t,
    async ({ ECHO }) => {
      const body = ReadableStream.from([Buffer.from("one "), Buffer.from("two")]);
      const response = await ECHO.fetch("http://x/", { method: "POST", body, duplex: "half" });
      return response.text();
    },
    [{ name: "main", serviceBindings: { ECHO: "echo" } }, echo],
  );
  assert.equal(text, "one two");
});

test("an entry point has its Worker's env, its binding's props, and no fetch unless it says so", async (t) => {
  const seen = await run(
    t,
    async ({ NAMED }) => ({
      who: await NAMED.whoami(),
      answer: await NAMED.answer,
      fails: await NAMED.fails().catch((error) => [error.name, error.message, error.remote]),
      fetch: await NAMED.fetch("http://x/").catch((error) => [error.message, error.remote]),
      nothing: await NAMED.nothing().catch((error) => error.message),
      env: await NAMED.env.catch((error) => error.message),
    }),
    [bound, other],
  );
  assert.deepEqual(seen, {
    who: ["other's", "other's", { role: "guest" }, ["props", "exports"]],
    answer: 42,
    fails: ["RangeError", "no", true],
    fetch: ["Handler does not export a fetch() function.", true],
    nothing: 'The RPC receiver does not implement the method "nothing".',
    env: 'The RPC receiver does not implement the method "env".',
  });
});

test("what an entry point does to its props is forgotten", async (t) => {
  const props = await run(
    t,
    async ({ NAMED }) => {
      await NAMED.touch();
      return (await NAMED.whoami())[2];
    },
    [bound, other],
  );
  assert.deepEqual(props, { role: "guest" });
});

test("an object of handlers is called with one argument, env and ctx", async (t) => {
  const wrong = (name) =>
    `Attempted to call RPC function "${name}" with the wrong number of arguments. When calling a ` +
    "top-level handler function that is not declared as part of a class, you must always send exactly " +
    "one argument. In order to support variable numbers of arguments, the server must use class-based " +
    "syntax (extending WorkerEntrypoint) instead.";
  const message = (error) => error.message;
  const seen = await run(
    t,
    async ({ OTHER }) => ({
      double: await OTHER.double(4),
      given: await OTHER.given("a"),
      nested: await OTHER.nested.double(5),
      three: await OTHER.nested.three,
      limit: await OTHER.limit,
      two: await OTHER.double(1, 2).catch(message),
      none: await OTHER.nested.double().catch(message),
      inherited: await OTHER.toLocaleString(1),
      reserved: await OTHER.alarm(1).catch(message),
      notFunction: await OTHER.nested(1).catch(message),
    }),
    [bound, other],
  );
  assert.deepEqual(seen, {
    double: 8,
    given: ["a", "other's", "[object ExecutionContext]"],
    nested: 10,
    three: 3,
    limit: 7,
    two: wrong("double"),
    none: wrong("nested.double"),
    inherited: "[object Fetcher]",
    reserved: "'alarm' is a reserved method and cannot be called over RPC.",
    notFunction: '"nested" is not a function.',
  });
});

test("a service answers with its assets, before its code and without any", async (t) => {
  const directory = project(t, { "style.css": "a style" });
  const texts = await run(
    t,
    async ({ PAGES, CODE }) => {
      const text = async (service, path) => (await service.fetch(`http://x/${path}`)).text();
      return [
        await text(PAGES, "style.css"),
        (await PAGES.fetch("http://x/nothing")).status,
        await text(CODE, "style.css"),
        await text(CODE, "other"),
      ];
    },
    [
      { name: "main", serviceBindings: { PAGES: "pages", CODE: "code" } },
      { name: "pages", assets: { directory } },
      { name: "code", worker: { fetch: () => new Response("code") }, assets: { directory } },
    ],
  );
  assert.deepEqual(texts, ["a style", 404, "a style", "code"]);
});

test("a Worker can be bound to itself", async (t) => {
  const text = await run(t, async ({ SELF }) => (await SELF.fetch("http://self/")).text(), [
    { name: "main", serviceBindings: { SELF: "main" } },
  ]);
  assert.equal(text, "run's own");
});

test("a function can stand for a service", async (t) => {
  const seen = await run(
    t,
    async ({ HOOK }) => [
      await (await HOOK.fetch("http://hook/?a=1")).text(),
      await HOOK.fetch("http://hook/fail").catch((error) => error.message),
    ],
    [
      {
        serviceBindings: {
          HOOK: (request) => {
            if (request.url.endsWith("fail")) throw new Error("the hook fails");
            return new Response(request.url);
          },
        },
      },
    ],
  );
  assert.deepEqual(seen, ["http://hook/?a=1", "the hook fails"]);
});

test("a Worker that does not run here answers 503, and calls say so", async (t) => {
  const text = 'Worker "gone" not found. Make sure it is running locally.';
  const seen = await run(
    t,
    async ({ GONE, FAR }) => {
      const response = await GONE.fetch("http://x/");
      const fromObject = await FAR.getByName("a").fetch("http://x/");
      return [
        [response.status, await response.text()],
        await GONE.method().catch((error) => [error.message, error.remote]),
        [fromObject.status, await fromObject.text()],
        await FAR.getByName("a")
          .method()
          .catch((error) => error.message),
      ];
    },
    [
      {
        serviceBindings: { GONE: "gone" },
        durableObjects: { FAR: { className: "Far", scriptName: "gone" } },
      },
    ],
  );
  assert.deepEqual(seen, [[503, text], [text, true], [503, text], text]);
});

test("a class of another Worker has its env, and ids of its name", async (t) => {
  const far = { LEDGER: { className: "Ledger", scriptName: "other" } };
  const seen = await run(
    t,
    async ({ LEDGER }) => {
      const ledger = LEDGER.getByName("a");
      return [await ledger.add(1), await ledger.add(2), await ledger.ownId()];
    },
    [{ name: "main", vars: { NAME: "main's" }, durableObjects: far }, other],
  );
  const alone = await Steadfast.start({ name: "other", durableObjects: { LEDGER: Ledger } });
  t.after(() => alone.stop());
  const id = alone.env.LEDGER.idFromName("a").toString();
  assert.deepEqual(seen, [["other's", 1], ["other's", 3], id]);
});

test("compatibility is each Worker's own", async (t) => {
  const message = (call) => call.catch((error) => error.message);
  const old = {
    name: "old",
    compatibilityDate: "2024-05-01",
    serviceBindings: { SELF: "old" },
    worker: {
      async fetch(_request, env, ctx) {
        return Response.json([await message(env.SELF.fetch("/x")), typeof ctx.exports]);
      },
    },
  };
  const seen = await run(
    t,
    async ({ OLD }, ctx) => [
      await message(OLD.fetch("/x")),
      typeof ctx.exports,
      await (await OLD.fetch("http://old/")).json(),
    ],
    [{ name: "new", serviceBindings: { OLD: "old" } }, old],
  );
  assert.deepEqual(seen, ["Invalid URL: /x", "object", ["Fetch API cannot load: /x", "undefined"]]);
});

test("objects call services, and their own Worker's entry points", async (t) => {
  class Greeter extends WorkerEntrypoint {
    greet(name) {
      return `${this.ctx.props.greeting} ${name}`;
    }
  }
  class Caller extends DurableObject {
    async call() {
      const { Greeter: greeter } = this.ctx.exports;
      return [
        await this.env.OTHER.double(21),
        await (await this.env.OTHER.fetch("http://o/")).text(),
        await greeter({ props: { greeting: "hello" } }).greet("you"),
        await greeter({ props: { greeting: "bye" } }).greet("you"),
      ];
    }
  }
  const main = {
    ...bound,
    worker: { Greeter },
    durableObjects: { CALLER: Caller },
  };
  const seen = await run(t, ({ CALLER }) => CALLER.getByName("a").call(), [main, other]);
  assert.deepEqual(seen, [42, "GET http://o/ ", "hello you", "bye you"]);
});

test("a call to a service keeps the object that made it in memory", async (t) => {
  let answer;
  const slow = {
    name: "slow",
    worker: { fetch: () => new Promise((resolve) => (answer = () => resolve(new Response("ok")))) },
  };
  let made = 0;
  class Patient extends DurableObject {
    constructor(ctx, env) {
      super(ctx, env);
      made += 1;
    }
    start() {
      this.text = this.env.SLOW.fetch("http://slow/").then((response) => response.text());
    }
    finish() {
      return this.text;
    }
  }
  const app = await Steadfast.start({
    clock: "manual",
    workers: [
      { serviceBindings: { SLOW: "slow" }, durableObjects: { PATIENT: Patient }, worker: {} },
      slow,
    ],
  });
  t.after(() => app.stop());
  const patient = app.env.PATIENT.getByName("a");
  await patient.start();
  await app.clock.advance("5 minutes");
  answer();
  assert.equal(await patient.finish(), "ok");
  assert.equal(made, 1);
  await app.clock.advance("5 minutes");
  await patient.start();
  assert.equal(made, 2);
  answer();
});

test("ctx.exports shows services, namespaces and classes, and can be imported", async (t) => {
  class Entry extends WorkerEntrypoint {}
  class Stored extends DurableObject {
    async seen() {
      return [Object.keys(this.ctx.exports), await this.ctx.exports.Stored.getByName("b").name];
    }
    get name() {
      return this.ctx.id.name;
    }
  }
  class Loose extends DurableObject {}
  const shown = (value) => [typeof value, String(value), Object.keys(value)];
  const seen = await run(
    t,
    async (_env, ctx) => ({
      shown: Object.entries(ctx.exports).map(([name, value]) => [name, ...shown(value)]),
      same: exports.Entry === ctx.exports.Entry,
      imported: Object.keys(exports),
      called: [ctx.exports.Entry({}), ctx.exports.Stored({}), ctx.exports.Loose({})].map(shown),
      own: await (await ctx.exports.default.fetch("http://self/")).text(),
      stored: await ctx.exports.Stored.getByName("a").seen(),
      id: ctx.exports.Stored.idFromName("a").equals(ctx.exports.Stored.idFromName("a")),
    }),
    [
      {
        worker: { Loose, Stored, Entry, zeta: { fetch() {} } },
        durableObjects: { STORED: Stored },
      },
    ],
  );
  const service = (name) => [name, "function", "[object LoopbackServiceStub]", []];
  const names = ["default", "zeta", "Entry", "Loose", "Stored"];
  assert.deepEqual(seen, {
    shown: [
      service("default"),
      service("zeta"),
      service("Entry"),
      ["Loose", "function", "[object LoopbackDurableObjectClass]", []],
      ["Stored", "function", "[object LoopbackDurableObjectNamespace]", []],
    ],
    same: true,
    imported: names,
    called: [
      ["object", "[object Fetcher]", []],
      ["object", "[object DurableObjectClass]", []],
      ["object", "[object DurableObjectClass]", []],
    ],
    own: "run's own",
    stored: [names, "b"],
    id: true,
  });
});

test("props are copied when they are given, and refused when they cannot be", async (t) => {
  class Entry extends WorkerEntrypoint {
    props() {
      return this.ctx.props;
    }
  }
  const seen = await run(
    t,
    async (_env, { exports: { Entry: entry } }) => {
      const props = { list: [1] };
      const bound = entry({ props });
      props.list.push(2);
      const refusal = (options) => {
        try {
          return entry(...options);
        } catch (error) {
          return `${error.name}: ${error.message}`;
        }
      };
      return [
        await bound.props(),
        await entry.props(),
        refusal([]),
        refusal([5]),
        refusal([{ props: 5 }]),
        refusal([{ props: { method() {} } }]),
      ];
    },
    [{ worker: { Entry } }],
  );
  const notOptions =
    "TypeError: Failed to execute '(called as function)' on 'LoopbackServiceStub': parameter 1 is not of type 'Options'.";
  assert.deepEqual(seen, [
    { list: [1] },
    {},
    notOptions,
    notOptions,
    "TypeError: Incorrect type for the 'props' field on 'Options': the provided value is not of type 'Object'.",
    "DataCloneError: method() {} could not be cloned.",
  ]);
});

test("withEnv and withExports replace what is imported, for what runs inside", async (t) => {
  const keys = () => [Object.keys(importedEnv), Object.keys(exports)];
  const seen = await run(
    t,
    async (env) => {
      importedEnv.ADDED = 1;
      return {
        env: withEnv({ A: 1 }, keys),
        later: await withEnv({ A: 1 }, async () => {
          await null;
          return importedEnv.A;
        }),
        exports: withExports({ B: 1 }, keys),
        both: withEnvAndExports({ A: 1 }, { B: 1 }, keys),
        nested: withEnv({ A: 1 }, () => withExports({ B: 1 }, keys)),
        neither: withEnv(5, keys),
        after: keys(),
        added: env.ADDED,
      };
    },
    [{ vars: { NAME: 1 } }],
  );
  const plain = [["NAME", "ADDED"], ["default"]];
  assert.deepEqual(seen, {
    env: [["A"], ["default"]],
    later: 1,
    exports: [["NAME", "ADDED"], ["B"]],
    both: [["A"], ["B"]],
    nested: [["A"], ["B"]],
    neither: plain,
    after: plain,
    added: 1,
  });
});

test("waitUntil is checked as in workerd", async (t) => {
  const refusal = (call) => {
    try {
      return call();
    } catch (error) {
      return error.message;
    }
  };
  const seen = await run(
    t,
    (_env, ctx) => {
      const { waitUntil: bare } = ctx;
      return [
        refusal(() => ctx.waitUntil()),
        refusal(() => bare(Promise.resolve())),
        refusal(() => waitUntil()),
        refusal(() => ctx.waitUntil(5)),
        refusal(() => new ctx.constructor()),
      ];
    },
    [{}],
  );
  assert.deepEqual(seen, [
    "Failed to execute 'waitUntil' on 'ExecutionContext': parameter 1 is not of type 'Promise'.",
    "Illegal invocation: function called with incorrect `this` reference. See https://developers.cloudflare.com/workers/observability/errors/#illegal-invocation-errors for details.",
    "Failed to execute 'waitUntil' on 'EntrypointsModule': parameter 1 is not of type 'Promise'.",
    undefined,
    "Illegal constructor",
  ]);
});

test("a module loaded by an app sees the env of its own Worker", async (t) => {
  class Who extends WorkerEntrypoint {
    name() {
      return importedEnv.NAME;
    }
  }
  const worker = { default: {}, Who };
  const seen = await run(
    t,
    async ({ A, B }) => [await A.name(), await B.name(), importedEnv.NAME],
    [
      {
        vars: { NAME: "main" },
        serviceBindings: {
          A: { name: "a", entrypoint: "Who" },
          B: { name: "b", entrypoint: "Who" },
        },
      },
      { name: "a", worker, vars: { NAME: "a" } },
      { name: "b", worker, vars: { NAME: "b" } },
    ],
  );
  assert.deepEqual(seen, ["a", "b", "main"]);
});

test("options that cannot be are refused", async () => {
  const start = (options) => Steadfast.start(options);
  await assert.rejects(start({ workers: [{}], vars: {} }), {
    message: 'options of one worker stand beside "workers": options="vars"',
  });
  await assert.rejects(start({ workers: [] }), { message: "an app needs a worker: workers=0" });
  await assert.rejects(start({ workers: [{ name: "a" }, { name: "a" }] }), {
    message: 'two workers have one name: name="a"',
  });
  const entrypoint = { name: "other", entrypoint: "Nope" };
  await assert.rejects(start({ workers: [{ serviceBindings: { X: entrypoint } }, other] }), {
    code: "ERR_ENTRYPOINT_NOT_FOUND",
    message:
      'the worker "other" does not export the entry point "Nope" that the binding "X" names: it exports default, Named',
  });
  const far = { className: "Nope", scriptName: "other" };
  await assert.rejects(start({ workers: [{ durableObjects: { X: far } }, other] }), {
    code: "ERR_CLASS_NOT_FOUND",
    message:
      'the worker "other" does not export the class "Nope" that the binding "X" names: it exports Named, Ledger',
  });
});
