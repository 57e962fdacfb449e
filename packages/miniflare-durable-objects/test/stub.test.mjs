// Stubs and states: how a fetch reaches an object, what it may answer, and the gates around it.
import assert from "node:assert/strict";
import { createRequire } from "node:module";
import { test } from "node:test";
import { contextOf, core, failureOf, sameLog, shared, theirs } from "./both.mjs";
import { settled } from "./fake-clock.mjs";

const require = createRequire(import.meta.url);
const { MemoryStorage } = require("@miniflare/storage-memory");
const { Request, Response } = core;
const { Compatibility, getRequestContext, RequestContext } = shared;

/** A plugin with one class bound to `TEST`, ready to hand out its objects. */
async function pluginOf(mf, TestObject, context = {}) {
  const plugin = new mf.DurableObjectsPlugin(contextOf(context), {
    durableObjects: { TEST: "TestObject" },
  });
  const storages = new Map();
  const factory = {
    storage(name) {
      if (!storages.has(name)) storages.set(name, new MemoryStorage());
      return storages.get(name);
    },
  };
  const { bindings } = await plugin.setup(factory);
  await plugin.beforeReload();
  plugin.reload({ ...bindings, other: 1 }, { TestObject }, new Map());
  const stubOf = (name) => bindings.TEST.get(bindings.TEST.idFromName(name));
  return { plugin, factory, bindings, stubOf };
}

/** An object whose `fetch` is `handler`, with its state and env. */
function answering(handler) {
  return class TestObject {
    constructor(state, env) {
      Object.assign(this, { state, env });
    }
    fetch(request) {
      return handler.call(this, request);
    }
  };
}

/** The copy of undici that a package has: in this repository each may have its own. */
function undiciOf(mf) {
  const name =
    mf === theirs ? "@miniflare/durable-objects" : "@steadfast/miniflare-durable-objects";
  return createRequire(require.resolve(name))("undici");
}

const echo = answering(async (request) => {
  return new Response(`${request.method} ${request.url} ${await request.text()}`);
});

test("the URL may be relative, unless the compatibility date forbids it", async () => {
  const log = await sameLog(async (mf, log) => {
    const full = new Compatibility("1970-01-01", ["durable_object_fetch_requires_full_url"]);
    for (const compat of [new Compatibility(), full]) {
      const { stubOf } = await pluginOf(mf, echo, { compat });
      const stub = stubOf("a");
      const text = async (...args) => (await stub.fetch(...args)).text();
      for (const input of ["/path?q#f", "https://host/", "path", "", new URL("http://u/")]) {
        log(String(input), await failureOf(() => text(input)));
      }
      log(await text("http://host/", { method: "POST", body: "body" }));
      const request = new Request("http://host/r", { method: "PUT", body: "put" });
      log(await text(request.clone()), await text(request.clone(), { method: "PATCH" }));
      log(await failureOf(() => stub.fetch()), await failureOf(() => stub.fetch("http://:")));
    }
  });
  assert.ok(log.includes("/path?q#f returns GET https://fake-host/path?q#f "), log[0]);
});

test("protocols that are unknown warn or are refused", async () => {
  await sameLog(async (mf, log) => {
    const refusing = new Compatibility("1970-01-01", ["fetch_refuses_unknown_protocols"]);
    for (const compat of [new Compatibility(), refusing]) {
      const warnings = [];
      const noted = new (class extends shared.NoOpLog {
        warn(message) {
          warnings.push(message);
        }
      })();
      const { stubOf } = await pluginOf(mf, echo, { compat, log: noted });
      log(await failureOf(async () => (await stubOf("a").fetch("random://host/")).text()));
      log(warnings);
    }
  });
});

test("only responses are answers", async () => {
  await sameLog(async (mf, log) => {
    const answers = [
      () => new Response("ours"),
      () => new (undiciOf(mf).Response)("undici's"),
      () => Promise.resolve(new Response("promised", { status: 201 })),
      () => "text",
      () => undefined,
      () => ({ status: 200, headers: new Map() }),
      () => new Request("http://host/"),
    ];
    for (const answer of answers) {
      const { stubOf } = await pluginOf(mf, answering(answer));
      log(await failureOf(async () => (await stubOf("a").fetch("/")).text()));
    }
  });
});

test("errors of an object reach its caller as they are", async () => {
  await sameLog(async (mf, log) => {
    const error = Object.assign(new RangeError("on purpose"), { detail: [1] });
    const throwing = [
      () => {
        throw error;
      },
      () => Promise.reject(error),
      () => Promise.reject("text"),
    ];
    for (const handler of throwing) {
      const { stubOf } = await pluginOf(mf, answering(handler));
      await stubOf("a")
        .fetch("/")
        .catch((caught) => log(caught === error || caught, caught.remote));
    }
    const { stubOf } = await pluginOf(mf, class {});
    log(await failureOf(() => stubOf("a").fetch("/")));
  });
});

test("headers cannot be changed on either side", async () => {
  await sameLog(async (mf, log) => {
    const TestObject = answering(async (request) => {
      const refused = await failureOf(() => request.headers.set("a", "b"));
      return new Response(refused, { headers: { "x-was": request.headers.get("x-was") } });
    });
    const { stubOf } = await pluginOf(mf, TestObject);
    const response = await stubOf("a").fetch("/", { headers: { "x-was": "there" } });
    log(response.headers.get("x-was"), await failureOf(() => response.headers.set("a", "b")));
    log(await response.text());
  });
});

test("a call is a subrequest of its caller, one request deeper", async () => {
  await sameLog(async (mf, log) => {
    const TestObject = answering(async function (request) {
      const { requestDepth, pipelineDepth, durableObject } = getRequestContext();
      log(requestDepth, pipelineDepth, durableObject, getRequestContext().internalSubrequests);
      const left = Number(new URL(request.url).pathname.slice(1));
      if (left === 0) return new Response("the end");
      const { TEST } = this.env;
      const next = await TEST.get(TEST.idFromName(String(left - 1))).fetch(`/${left - 1}`);
      log("back in", left, getRequestContext().internalSubrequests);
      return next;
    });
    const { stubOf } = await pluginOf(mf, TestObject);
    log(await (await stubOf("3").fetch("/3")).text());
    const context = new RequestContext({ internalSubrequestLimit: 2 });
    await context.runWith(async () => {
      for (let call = 0; call < 3; call++) {
        log(await failureOf(async () => (await stubOf("0").fetch("/0")).text()));
      }
    });
    log(context.internalSubrequests);
    log((await failureOf(() => stubOf("40").fetch("/40"))).split("\n")[0]);
  });
});

test("an object handles other events while it waits, but not while it reads storage", async () => {
  await sameLog(async (mf, log) => {
    const TestObject = answering(async function (request) {
      const { storage } = this.state;
      const { pathname } = new URL(request.url);
      log("begins", pathname);
      if (pathname === "/wait") await settled();
      const count = ((await storage.get("count")) ?? 0) + 1;
      storage.put("count", count);
      log("ends", pathname, count);
      return new Response(String(count));
    });
    const { stubOf } = await pluginOf(mf, TestObject);
    const stub = stubOf("a");
    const paths = ["/wait", "/1", "/2", "/wait", "/3"];
    const texts = paths.map(async (path) => (await stub.fetch(path)).text());
    log(await Promise.all(texts));
  });
});

test("blockConcurrencyWhile keeps events out, and its failure breaks nothing", async () => {
  await sameLog(async (mf, log) => {
    class TestObject {
      constructor(state) {
        this.state = state;
        state.blockConcurrencyWhile(async () => {
          await settled();
          log("constructed");
        });
      }
      async fetch(request) {
        const { pathname } = new URL(request.url);
        log("begins", pathname);
        if (pathname !== "/block") return new Response("free");
        const value = this.state.blockConcurrencyWhile(async () => {
          await settled();
          log("blocked");
          return "value";
        });
        const failure = failureOf(() => {
          return this.state.blockConcurrencyWhile(() => Promise.reject(new Error("broken")));
        });
        return new Response(`${await value} ${await failure}`);
      }
    }
    const { stubOf } = await pluginOf(mf, TestObject);
    const stub = stubOf("a");
    const texts = ["/block", "/1", "/2"].map(async (path) => (await stub.fetch(path)).text());
    log(await Promise.all(texts));
    log(await (await stub.fetch("/3")).text());
  });
});

test("a closure runs under the gates of a state", async () => {
  await sameLog(async (mf, log) => {
    const storage = new mf.DurableObjectStorage(new MemoryStorage());
    const state = new mf.DurableObjectState(
      new mf.DurableObjectId("TEST", "0".repeat(64)),
      storage,
    );
    const increment = async () => {
      const count = ((await storage.get("count")) ?? 0) + 1;
      storage.put("count", count);
      return count;
    };
    const runs = [1, 2, 3].map(() => state[mf._kRunWithGates](increment));
    log(await Promise.all(runs));
    log(await failureOf(() => state[mf._kRunWithGates](() => Promise.reject(new Error("no")))));
    log(state.waitUntil(Promise.resolve()));
  });
});
