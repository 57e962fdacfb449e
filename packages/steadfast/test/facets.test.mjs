// Facets: child objects in their parent's activation, each with a database of its own.
import assert from "node:assert/strict";
import { spawn } from "node:child_process";
import { once } from "node:events";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { test } from "node:test";
import { attach, isPending, Server, Steadfast, startHeld } from "./held.mjs";
import { startLanes } from "./lanes.mjs";

const { DurableObject, RpcTarget } = await import("../dist/workers.js");

/** What a failure is told as, with its flags. */
async function failure(promise) {
  try {
    return `no failure: ${await promise}`;
  } catch (error) {
    const flags = ["remote", "durableObjectReset", "overloaded"].filter((flag) => flag in error);
    return `${error.name} ${error.message} [${flags.join(" ")}]`;
  }
}

const made = { children: 0, callbacks: 0, names: 0 };

class Child extends DurableObject {
  constructor(ctx, env) {
    super(ctx, env);
    made.children += 1;
    this.calls = 0;
  }

  ping() {
    return "pong";
  }

  /** How often it was counted since its data began, and since it did. */
  count() {
    const total = (this.ctx.storage.kv.get("count") ?? 0) + 1;
    this.ctx.storage.kv.put("count", total);
    this.calls += 1;
    return `${total}/${this.calls}`;
  }

  rows(value) {
    this.ctx.storage.sql.exec("create table if not exists t (v)");
    if (value !== undefined) this.ctx.storage.sql.exec("insert into t values (?)", value);
    return [...this.ctx.storage.sql.exec("select v from t order by v").raw()].join();
  }

  shown() {
    const { id, props } = this.ctx;
    return [typeof id, String(id), id.name, JSON.stringify(props), Object.keys(this.env)].join(" ");
  }

  fetch(request) {
    return new Response(`fetched ${new URL(request.url).pathname}`);
  }

  hang() {
    return new Promise(() => {});
  }

  abortItself() {
    this.ctx.abort("child aborts");
  }

  setAlarm() {
    return this.ctx.storage.setAlarm(Date.now() + 1000);
  }

  alarm() {}

  getAlarm() {
    return this.ctx.storage.getAlarm();
  }

  hibernate() {
    this.ctx.acceptWebSocket(new WebSocketPair()[1]);
  }

  sockets() {
    return this.ctx.getWebSockets().length;
  }

  deleteAll() {
    return this.ctx.storage.deleteAll();
  }

  call(callback) {
    return callback("x");
  }

  below(name, method, ...args) {
    return this.ctx.facets.get(name, () => ({ class: this.ctx.exports.Child }))[method](...args);
  }

  deep(levels) {
    return levels === 0 ? "bottom" : this.below(`level ${levels}`, "deep", levels - 1);
  }
}

class Parent extends DurableObject {
  facet(name, options = {}) {
    return this.ctx.facets.get(name, () => {
      made.callbacks += 1;
      return { class: this.ctx.exports.Child, ...options };
    });
  }

  /** Runs a function of the test as the object's own code. */
  async run(code) {
    return await scripts[code](this, this.ctx.facets);
  }

  fetch(request) {
    return this.run(new URL(request.url).pathname.slice(1)).then((told) => new Response(told));
  }
}

const scripts = {};
const worker = { Child, default: {} };

async function start(t, options = {}) {
  const app = await Steadfast.start({
    worker,
    durableObjects: { PARENT: Parent },
    compatibilityDate: "2026-08-01",
    ...options,
  });
  t.after(() => app.stop().catch(() => undefined));
  let scriptNo = 0;
  const stub = () => app.env.PARENT.getByName("root");
  const within = (script, of = stub()) => {
    const name = `script ${++scriptNo} of ${t.name}`;
    scripts[name] = script;
    return of.run(name);
  };
  return { app, stub, within };
}

test("a facet is constructed once, when it is first used, with data of its own", async (t) => {
  const { within } = await start(t);
  const before = { ...made };
  const told = await within(async (parent) => {
    const stub = parent.facet("a");
    const told = [made.callbacks - before.callbacks];
    told.push(await stub.count(), await parent.facet("a").count(), await parent.facet("b").count());
    told.push(parent.ctx.storage.kv.get("count"));
    return told;
  });
  assert.deepEqual(told, [0, "1/1", "2/2", "1/1", undefined]);
  assert.equal(made.callbacks - before.callbacks, 2);
  assert.equal(made.children - before.children, 2);
});

test("its stub is a fetcher without an id or a name, which is sent nowhere", async (t) => {
  const { within } = await start(t);
  await within(async (parent) => {
    const stub = parent.facet("a");
    assert.equal(Object.prototype.toString.call(stub), "[object Fetcher]");
    assert.deepEqual(Object.keys(stub), []);
    assert.equal(await (await stub.fetch("http://x/path")).text(), "fetched /path");
    assert.equal(await stub.call((text) => `${text}!`), "x!");
    const other = parent.env.PARENT.getByName("other");
    const text = "DataCloneError Stubs pointing to Durable Object facets are not serializable.";
    assert.match(await failure(other.run(stub)), new RegExp(`^${text}`));
    assert.match(await failure(parent.ctx.storage.put("stub", stub)), new RegExp(`^${text}`));
  });
});

test("it has its parent's id, or the one it is given, and the props of its class", async (t) => {
  const { app, within } = await start(t);
  const id = app.env.PARENT.idFromName("root");
  const other = app.env.PARENT.idFromName("another");
  await within(async (parent) => {
    const Class = parent.ctx.exports.Child;
    assert.equal(await parent.facet("a").shown(), `object ${id} root {} PARENT`);
    assert.equal(await parent.facet("b", { id: "text" }).shown(), "string text  {} PARENT");
    assert.equal(
      await parent.facet("c", { id: other }).shown(),
      `object ${other} another {} PARENT`,
    );
    const withProps = Class({ props: { a: 1 } });
    assert.equal(
      await parent.facet("d", { class: withProps }).shown(),
      `object ${id} root {"a":1} PARENT`,
    );
  });
});

test("what is made of nothing, or of what is no class", async (t) => {
  const { within } = await start(t);
  await within(async (parent, facets) => {
    const noClass =
      "TypeError Incorrect type for the 'class' field on 'StartupOptions': the provided value is not of " +
      "type 'DurableObjectClass or LoopbackDurableObjectNamespace or LoopbackColoLocalActorNamespace'. []";
    for (const options of [{}, { class: Child }, { class: 5 }, { class: parent.env.PARENT }]) {
      assert.equal(await failure(facets.get(`a ${++made.names}`, () => options).ping()), noClass);
    }
    assert.match(
      await failure(facets.get("b", () => undefined).ping()),
      /^TypeError Cannot initialize/,
    );
    const throwing = facets.get("c", () => {
      throw new TypeError("in the callback");
    });
    assert.equal(await failure(throwing.ping()), "TypeError in the callback []");
    assert.equal(
      await failure(parent.facet("c").ping()),
      "TypeError in the callback []",
      "so it stays",
    );
    facets.abort("c", new Error("again"));
    assert.equal(await parent.facet("c").ping(), "pong");
    const late = facets.get("d", async () => {
      await new Promise((resolve) => setTimeout(resolve, 5));
      return { class: parent.ctx.exports.Child };
    });
    assert.deepEqual(await Promise.all([late.count(), late.count()]), ["1/1", "2/2"]);
  });
});

test("names have 256 bytes at most, and facets are nested four deep, the root included", async (t) => {
  const { within } = await start(t);
  await within(async (parent, facets) => {
    const wrong = (what) => {
      try {
        return `no failure: ${what()}`;
      } catch (error) {
        return `${error.name} ${error.message}`;
      }
    };
    assert.equal(await parent.facet("x".repeat(256)).ping(), "pong");
    for (const name of ["x".repeat(257), "é".repeat(129)]) {
      assert.equal(
        wrong(() => parent.facet(name)),
        "TypeError Facet name is too long (max 256 characters).",
      );
    }
    const text = (method, at, type) =>
      `TypeError Failed to execute '${method}' on 'DurableObjectFacets': parameter ${at} is not of type '${type}'.`;
    assert.equal(
      wrong(() => facets.get()),
      text("get", 1, "string"),
    );
    assert.equal(
      wrong(() => facets.get("a")),
      text("get", 2, "function"),
    );
    assert.equal(
      wrong(() => facets.abort("a")),
      text("abort", 2, "Value"),
    );
    assert.equal(
      wrong(() => facets.clone("a")),
      text("clone", 2, "string"),
    );
    assert.equal(await parent.facet("deep").deep(2), "bottom");
    assert.equal(
      await failure(parent.facet("deep").deep(3)),
      "Error Facet nesting depth limit exceeded. The maximum depth including the root Durable Object is 4. [remote]",
    );
  });
});

test("an abort ends it with exactly that error, for those who wait and every stub; its data stays", async (t) => {
  const { within } = await start(t);
  await within(async (parent, facets) => {
    const [used, hanging] = [parent.facet("a"), parent.facet("a")];
    assert.equal(await used.count(), "1/1");
    const hangs = failure(hanging.hang());
    await used.ping();
    facets.abort("a", new RangeError("why"));
    assert.equal(await hangs, "RangeError why []");
    assert.equal(await failure(used.count()), "RangeError why []");
    assert.equal(await failure(used.fetch("http://x/")), "RangeError why []");
    assert.equal(await parent.facet("a").count(), "2/1");
    facets.abort("never was", new Error("x"));
    facets.abort("a", "text");
    assert.equal(await parent.facet("a").count(), "3/1");
  });
});

test("its own abort, and a constructor that fails, reset it alone", async (t) => {
  const { within } = await start(t);
  await within(async (parent) => {
    const used = parent.facet("a");
    assert.equal(await used.count(), "1/1");
    assert.equal(await failure(used.abortItself()), "Error child aborts [durableObjectReset]");
    assert.equal(await failure(used.count()), "Error child aborts [durableObjectReset]");
    assert.equal(await parent.facet("a").count(), "2/1");
  });
});

test("deletion starts it empty, and those below it", async (t) => {
  const { within } = await start(t);
  await within(async (parent, facets) => {
    const used = parent.facet("a");
    await used.count();
    await used.rows("a row");
    await used.below("inner", "count");
    await parent.facet("b").count();
    facets.delete("a");
    facets.delete("never was");
    assert.equal(await failure(used.count()), "Error Facet was deleted. []");
    assert.equal(await parent.facet("a").count(), "1/1");
    assert.equal(await parent.facet("a").rows(), "");
    assert.equal(await parent.facet("a").below("inner", "count"), "1/1");
    assert.equal(await parent.facet("b").count(), "2/2", "another is left alone");
  });
});

test("a clone takes the place of what was there, with keys, rows and facets", async (t) => {
  const { within } = await start(t);
  await within(async (parent, facets) => {
    const from = parent.facet("from");
    await from.count();
    await from.rows("a row");
    await from.below("inner", "count");
    const replaced = parent.facet("to");
    await replaced.rows("old");
    await replaced.below("only here", "count");
    facets.clone("from", "to");
    assert.equal(await failure(replaced.count()), "Error Facet was cloned-over. []");
    const to = parent.facet("to");
    assert.equal(await to.count(), "2/1");
    assert.equal(await to.rows("of the clone"), "a row,of the clone");
    assert.equal(await to.below("inner", "count"), "2/1");
    assert.equal(await to.below("only here", "count"), "1/1");
    assert.equal(await from.count(), "2/2", "the original goes on");
    assert.equal(await from.rows(), "a row");
    facets.clone("never was", "to");
    assert.equal(await parent.facet("to").count(), "1/1", "a clone of nothing is nothing");
    facets.clone("from", "from");
    assert.equal(await parent.facet("from").count(), "3/1");
  });
});

test("facets have no alarms", async (t) => {
  const { within } = await start(t);
  await within(async (parent) => {
    const text = "Error Facets currently cannot set alarms. []";
    const used = parent.facet("a");
    assert.equal(await failure(used.setAlarm()), text);
    assert.equal(await failure(used.ping()), text, "it was ended by that");
    assert.equal(await parent.facet("a").getAlarm(), null);
  });
});

test("its sockets do not hibernate: nothing could wake it", async (t) => {
  const { within } = await start(t);
  await within(async (parent) => {
    const text = "Error WebSockets of a facet cannot hibernate: call accept() on them [remote]";
    assert.equal(await failure(parent.facet("a").hibernate()), text);
    assert.equal(await parent.facet("a").sockets(), 0);
  });
});

test("its parent's abort ends it; its parent's deleteAll deletes it", async (t) => {
  const { within } = await start(t);
  let hangs;
  const before = made.children;
  await within(async (parent) => {
    await parent.facet("a").count();
    hangs = parent.facet("a").hang();
  });
  assert.equal(
    await failure(within((parent) => parent.ctx.abort("parent aborts"))),
    "Error parent aborts [durableObjectReset]",
  );
  assert.equal(
    await Promise.race([hangs, new Promise((resolve) => setTimeout(resolve, 20, "silent"))]),
    "silent",
  );
  await within(async (parent) => {
    const used = parent.facet("a");
    assert.equal(await used.count(), "2/1");
    assert.equal(made.children - before, 2);
    await used.below("inner", "count");
    await parent.ctx.storage.deleteAll();
    assert.equal(await failure(used.count()), "Error Facet was deleted. []");
    assert.equal(await parent.facet("a").count(), "1/1");
    assert.equal(await parent.facet("a").below("inner", "count"), "1/1");
  });
});

test("parent and facet leave memory together, when neither is used", async (t) => {
  const { app, within } = await start(t, { clock: "manual" });
  const count = () => within((parent) => parent.facet("a").count());
  assert.equal(await count(), "1/1");
  await app.clock.advance("9s");
  assert.equal(await count(), "2/2");
  await app.clock.advance("11s");
  assert.equal(await count(), "3/1");
});

test("functions and targets are called across the edge of parent and facet", async (t) => {
  const { within } = await start(t);
  await within(async (parent) => {
    class Target extends RpcTarget {
      add(one, two) {
        return one + two;
      }
    }
    const told = await parent.facet("a").call((text) => (text === "x" ? new Target() : undefined));
    assert.equal(await told.add(1, 2), 3);
  });
});

test("what facets wrote, and their deletion, hold back what their parent says", async (t) => {
  const fetch = (request, env) => env.PARENT.getByName("root").fetch(request);
  const { app, engine } = await startHeld(t, {
    worker: { Child, default: { fetch } },
    durableObjects: { PARENT: Parent },
    compatibilityDate: "2026-08-01",
  });
  scripts.count = (parent) => parent.facet("a").count();
  scripts.delete = (_parent, facets) => {
    facets.delete("a");
    return "deleted";
  };
  for (const [path, text] of [
    ["count", "1/1"],
    ["delete", "deleted"],
    ["count", "1/1"],
  ]) {
    engine.hold();
    const answer = app.fetch(`http://x/${path}`);
    assert.equal(await isPending(answer), true, path);
    engine.release();
    assert.equal(await (await answer).text(), text);
  }
});

test("they live on the lane of their root, wherever the call comes from", async (t) => {
  scripts.count = (parent) => parent.facet("a").count();
  const { url } = await startLanes(
    t,
    { Server, attach },
    {
      classes: { Parent, Child },
      fetch: async (request, env) =>
        new Response(await env.Parent.getByName(new URL(request.url).pathname).run("count")),
    },
  );
  const asked = Array.from({ length: 8 }, (_, at) => fetch(`${url}/object ${at % 4}`));
  const told = await Promise.all(asked.map(async (each) => (await each).text()));
  assert.deepEqual(told.sort(), ["1/1", "1/1", "1/1", "1/1", "2/2", "2/2", "2/2", "2/2"]);
});

const program = (directory) => `
  const { Steadfast } = await import(${JSON.stringify(new URL("../dist/index.js", import.meta.url).href)});
  const { DurableObject } = await import(${JSON.stringify(new URL("../dist/workers.js", import.meta.url).href)});
  class Child extends DurableObject {
    count() {
      const total = (this.ctx.storage.kv.get("count") ?? 0) + 1;
      this.ctx.storage.kv.put("count", total);
      return total;
    }
    inner() {
      return this.ctx.facets.get("inner", () => ({ class: this.ctx.exports.Child })).count();
    }
  }
  class Parent extends DurableObject {
    async fetch() {
      const facet = (name) => this.ctx.facets.get(name, () => ({ class: this.ctx.exports.Child }));
      const counts = [await facet("kept").count(), await facet("kept").inner(), await facet("gone").count()];
      this.ctx.facets.delete("gone");
      return new Response(counts.join());
    }
  }
  const worker = { Child, default: { fetch: (request, env) => env.PARENT.getByName("root").fetch(request) } };
  const app = await Steadfast.start({
    worker,
    durableObjects: { PARENT: Parent },
    storage: ${JSON.stringify(directory)},
    compatibilityDate: "2026-08-01",
  });
  process.stdin.on("data", async (text) => {
    if (String(text).includes("stop")) {
      await app.stop();
      process.exit(0);
    }
    console.log(await (await app.fetch("http://x/")).text());
  });
`;

test("facets survive a restart and a kill; deleted ones do not come back", async (t) => {
  const directory = mkdtempSync(join(tmpdir(), "steadfast-facets-"));
  t.after(() => rmSync(directory, { recursive: true, force: true }));
  const run = async (end) => {
    const child = spawn(
      process.execPath,
      ["--input-type=module", "-e", program(join(directory, "data"))],
      { stdio: ["pipe", "pipe", "inherit"] },
    );
    t.after(() => child.kill("SIGKILL"));
    child.stdin.write("ask\n");
    const [text] = await once(child.stdout, "data");
    const exit = once(child, "exit");
    if (end === "kill") child.kill("SIGKILL");
    else child.stdin.write("stop\n");
    await exit;
    return String(text).trim();
  };
  assert.equal(await run("kill"), "1,1,1");
  assert.equal(await run("stop"), "2,2,1");
  assert.equal(await run("kill"), "3,3,1");
});
