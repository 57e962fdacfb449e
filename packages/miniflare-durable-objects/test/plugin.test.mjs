// The plugin: its options, its life from setup to dispose, and alarms through it.
import assert from "node:assert/strict";
import { createRequire } from "node:module";
import { resolve } from "node:path";
import { test } from "node:test";
import { contextOf, core, failureOf, ours, sameLog, shared } from "./both.mjs";
import { FakeClock, settled } from "./fake-clock.mjs";

const require = createRequire(import.meta.url);
const { MemoryStorage } = require("@miniflare/storage-memory");
const { Response } = core;

/** Storages in memory, and what was asked for. */
class Storages {
  asked = [];
  made = new Map();
  storage(name, persist) {
    this.asked.push([name, persist]);
    if (!this.made.has(name)) this.made.set(name, new MemoryStorage());
    return this.made.get(name);
  }
}

class Counter {
  static made = 0;
  constructor(state, env) {
    Object.assign(this, { state, env, number: ++Counter.made });
  }
  async fetch() {
    const count = ((await this.state.storage.get("count")) ?? 0) + 1;
    await this.state.storage.put("count", count);
    return new Response(`${count}`);
  }
}

async function reloaded(plugin, bindings, moduleExports, mounts = new Map()) {
  await plugin.beforeReload();
  plugin.reload(bindings, moduleExports, mounts);
}

test("options are read from the command line and from wrangler.toml as before", async () => {
  await sameLog(({ DurableObjectsPlugin }, log) => {
    const options = new Map(DurableObjectsPlugin.prototype.opts);
    // Only for programs, and only ours.
    options.delete("ignoreAlarms");
    for (const [key, { fromEntries, fromWrangler, ...metadata }] of options) {
      log(key, Object.entries(metadata).sort());
      const entries = ["A=Class", "B=Class@mount", "C=Class@a@b", "D=@m", "E="];
      log(fromEntries?.(entries.map((entry) => entry.split("="))));
      const configs = [
        {},
        { durable_objects: {}, miniflare: {} },
        { durable_objects: { bindings: [] } },
        {
          durable_objects: {
            bindings: [
              { name: "A", class_name: "Class" },
              { name: "B", class_name: "Class", script_name: "script" },
            ],
          },
          miniflare: { durable_objects_persist: "./data", durable_objects_alarms: false },
        },
      ];
      for (const config of configs) log(fromWrangler(config));
    }
  });
});

test("options become properties, paths absolute", async () => {
  await sameLog(async ({ DurableObjectsPlugin }, log) => {
    for (const persist of [undefined, false, true, "data", "/data", "redis://host:1", "x://y"]) {
      const storages = new Storages();
      const given = { durableObjects: { A: "Class" }, durableObjectsPersist: persist };
      const plugin = new DurableObjectsPlugin(contextOf({ rootPath: "/root" }), given);
      log(plugin.durableObjects, plugin.durableObjectsPersist, plugin.durableObjectsAlarms);
      const { bindings, requiresModuleExports } = await plugin.setup(storages);
      log(Object.keys(bindings), requiresModuleExports);
      plugin.getStorage(storages, bindings.A.idFromName("a"));
      log(storages.asked);
    }
    const plain = new DurableObjectsPlugin(contextOf());
    log(await plain.setup(new Storages()));
  });
});

test("an object is constructed once, of the newest code, over the same storage", async () => {
  await sameLog(async ({ DurableObjectsPlugin }, log) => {
    Counter.made = 0;
    const storages = new Storages();
    const context = contextOf();
    const plugin = new DurableObjectsPlugin(context, { durableObjects: { COUNTER: "Counter" } });
    const { bindings } = await plugin.setup(storages);
    const id = bindings.COUNTER.idFromName("a");
    log(await failureOf(() => plugin.getObject(storages, id)));
    log(await failureOf(() => plugin.reload(bindings, { Counter }, new Map())));

    await plugin.beforeReload();
    const waiting = plugin.getObject(storages, id);
    waiting.then(() => log("handed out"));
    await settled();
    log("reload");
    plugin.reload({ ...bindings, text: "text" }, { Counter }, new Map());
    const state = await waiting;
    log(state === (await plugin.getObject(storages, id)), Counter.made);
    log(state.id.equals(id), state.id.name, state.storage === plugin.getStorage(storages, id));
    const instance = await plugin.getInstance(storages, id);
    log(instance.number, Object.keys(instance.env), instance.state === state);
    const stub = bindings.COUNTER.get(id);
    log(await (await stub.fetch("/")).text(), await (await stub.fetch("/")).text());
    log(storages.asked);

    // What Miniflare does at a reload.
    context.sharedCache.clear();
    await reloaded(plugin, bindings, { Counter });
    log(await (await stub.fetch("/")).text(), Counter.made);
    log((await plugin.getInstance(storages, id)).number);
  });
});

test("ids of objects that were constructed are listed", async () => {
  await sameLog(async ({ DurableObjectsPlugin }, log) => {
    const storages = new Storages();
    const context = contextOf();
    const durableObjects = { A: "Counter", "A:B": "Counter" };
    const plugin = new DurableObjectsPlugin(context, { durableObjects });
    const { bindings } = await plugin.setup(storages);
    await reloaded(plugin, bindings, { Counter });
    const list = (name) => plugin.getObjects(storages, name).map((id) => [`${id}`, id.name]);
    for (const name of ["A", "A:B"]) {
      for (const object of ["x", "y"]) {
        const id = bindings[name].idFromName(object);
        plugin.getStorage(storages, bindings[name].idFromName("never constructed"));
        await plugin.getObject(storages, id);
      }
    }
    log(list("A"), list("A:B"), list("B"), list(""));
    const [id] = plugin.getObjects(storages, "A:B");
    log(bindings["A:B"].get(id).name, await failureOf(() => bindings.A.get(id)));
    context.sharedCache.clear();
    log(list("A"));
  });
});

test("classes are found in the Worker and in mounted scripts, or missed loudly", async () => {
  await sameLog(async ({ DurableObjectsPlugin }, log) => {
    const bound = [
      "Counter",
      "Missing",
      { className: "Counter" },
      { className: "Counter", scriptName: "mounted" },
      { className: "Missing", scriptName: "mounted" },
      { className: "Counter", scriptName: "nowhere" },
      { className: "Counter", scriptName: "empty" },
      { className: "Counter", scriptName: "" },
    ];
    const mounts = new Map([
      ["mounted", { moduleExports: { Counter } }],
      ["empty", {}],
    ]);
    for (const object of bound) {
      const plugin = new DurableObjectsPlugin(contextOf(), { durableObjects: { A: object } });
      const { bindings } = await plugin.setup(new Storages());
      log(object, await failureOf(() => reloaded(plugin, bindings, { Counter }, mounts)));
    }
  });
});

test("a constructor that throws is not run again before a reload", async () => {
  await sameLog(async ({ DurableObjectsPlugin }, log) => {
    let runs = 0;
    class Failing {
      constructor() {
        runs++;
        throw new RangeError("not today");
      }
    }
    const storages = new Storages();
    const plugin = new DurableObjectsPlugin(contextOf(), { durableObjects: { A: "Failing" } });
    const { bindings } = await plugin.setup(storages);
    await reloaded(plugin, bindings, { Failing });
    const stub = bindings.A.get(bindings.A.idFromName("a"));
    log(await failureOf(() => stub.fetch("/")));
    log(await failureOf(() => stub.fetch("/")), runs);
    log(await plugin.getInstance(storages, stub.id));
    const unbound = plugin.getNamespace(storages, "OTHER");
    log((await failureOf(() => unbound.get(unbound.newUniqueId()).fetch("/"))).slice(0, 22));
  });
});

/** A class whose alarms are logged, and one that has none. */
function alarmClasses(log) {
  class Timed {
    constructor(state) {
      this.state = state;
    }
    async alarm(...args) {
      log("alarm", args, Date.now(), await this.state.storage.getAlarm());
      log(shared.getRequestContext().requestDepth, shared.getRequestContext().durableObject);
      const again = await this.state.storage.get("again");
      if (again) await this.state.storage.setAlarm(Date.now() + again);
      await this.state.storage.put("again", 0);
    }
  }
  class Timeless {}
  return { Timed, Timeless };
}

const ALARM_OBJECTS = { TIMED: "Timed", TIMELESS: "Timeless" };

test("alarms run their handlers, once, with what the object has stored", async (t) => {
  await sameLog(async ({ DurableObjectsPlugin }, log) => {
    const clock = new FakeClock(t);
    const storages = new Storages();
    const plugin = new DurableObjectsPlugin(contextOf(), { durableObjects: ALARM_OBJECTS });
    const { bindings } = await plugin.setup(storages);
    await reloaded(plugin, bindings, alarmClasses(log));
    const id = bindings.TIMED.idFromName("a");
    const { storage } = await plugin.getObject(storages, id);
    await storage.put("again", 40_000);
    await storage.setAlarm(clock.now + 100);
    log(await storage.getAlarm(), clock.due);
    await clock.pass(100);
    log(await storage.getAlarm(), clock.due);
    await clock.pass(60_000);
    log(await storage.getAlarm(), [...(await storage.list())]);

    const timeless = (await plugin.getObject(storages, bindings.TIMELESS.idFromName("b"))).storage;
    log(await timeless.getAlarm(), await failureOf(() => timeless.setAlarm(clock.now + 1)));
    await plugin.dispose();
    log(clock.due);
  });
});

test("flushed alarms run now, all or those of some ids", async (t) => {
  await sameLog(async ({ DurableObjectsPlugin }, log) => {
    const clock = new FakeClock(t);
    const storages = new Storages();
    const plugin = new DurableObjectsPlugin(contextOf(), { durableObjects: ALARM_OBJECTS });
    const { bindings } = await plugin.setup(storages);
    await reloaded(plugin, bindings, alarmClasses(log));
    const ids = ["a", "b", "c"].map((name) => bindings.TIMED.idFromName(name));
    for (const [index, id] of ids.entries()) {
      await plugin.getStorage(storages, id).setAlarm(clock.now + 1000 * (index + 1));
    }
    await plugin.flushAlarms(storages, [ids[1]]);
    log("all");
    await plugin.flushAlarms(storages);
    log("none left");
    await plugin.flushAlarms(storages);
    await clock.pass(10_000);
    // An alarm of a class without a handler: set while nobody knew.
    const timeless = bindings.TIMELESS.idFromName("d");
    await plugin.getStorage(storages, timeless).setAlarm(clock.now + 60_000);
    log(await failureOf(() => plugin.flushAlarms(storages)));
    await plugin.dispose();
  });
});

test("alarms that are stored fire in the next process", async (t) => {
  await sameLog(async ({ DurableObjectsPlugin }, log) => {
    const clock = new FakeClock(t);
    const storages = new Storages();
    const start = async () => {
      const plugin = new DurableObjectsPlugin(contextOf(), { durableObjects: ALARM_OBJECTS });
      const { bindings } = await plugin.setup(storages);
      return { plugin, bindings };
    };
    const first = await start();
    await reloaded(first.plugin, first.bindings, alarmClasses(log));
    for (const [name, ms] of [
      ["a", 5_000],
      ["b", 50_000],
    ]) {
      const id = first.bindings.TIMED.idFromName(name);
      await first.plugin.getStorage(storages, id).setAlarm(clock.now + ms);
    }
    await first.plugin.dispose();
    await clock.pass(10_000);
    log(clock.due);

    const second = await start();
    log(clock.due);
    await second.plugin.beforeReload();
    log(clock.due);
    await clock.pass(1_000);
    log("nothing runs before the reload");
    second.plugin.reload(second.bindings, alarmClasses(log), new Map());
    await clock.pass(60_000);
    // The callback is attached once, however often the code is reloaded.
    await reloaded(second.plugin, second.bindings, alarmClasses(log));
    log(clock.due);
    await second.plugin.dispose();
  });
});

test("no object is handed out after dispose", async () => {
  await sameLog(async ({ DurableObjectsPlugin }, log) => {
    const storages = new Storages();
    const plugin = new DurableObjectsPlugin(contextOf(), { durableObjects: { A: "Counter" } });
    const { bindings } = await plugin.setup(storages);
    await reloaded(plugin, bindings, { Counter });
    await plugin.dispose();
    plugin.getObject(storages, bindings.A.idFromName("a")).then(() => log("handed out"));
    await settled();
    log("disposed");
  });
});

for (const off of [{ durableObjectsAlarms: false }, { ignoreAlarms: true }]) {
  test(`with ${JSON.stringify(off)} alarms are kept, and none fires`, async (t) => {
    const clock = new FakeClock(t);
    const storages = new Storages();
    const lines = [];
    const plugin = new ours.DurableObjectsPlugin(contextOf(), {
      durableObjects: ALARM_OBJECTS,
      ...off,
    });
    const { bindings } = await plugin.setup(storages);
    await reloaded(
      plugin,
      bindings,
      alarmClasses((...line) => lines.push(line)),
    );
    const { storage } = await plugin.getObject(storages, bindings.TIMED.idFromName("a"));
    await storage.setAlarm(clock.now + 10);
    await storage.put("key", "value");
    assert.deepEqual(clock.due, []);
    await clock.pass(100_000);
    await plugin.flushAlarms(storages);
    assert.deepEqual(lines, []);
    assert.equal(await storage.getAlarm(), 1_000_010);
    assert.ok(!storages.asked.some(([name]) => name === ours.ALARM_KEY));
    await plugin.dispose();
  });
}

test("a context made by hand needs no cache", async () => {
  const { log, compat, rootPath } = contextOf();
  const plugin = new ours.DurableObjectsPlugin(
    { log, compat, rootPath },
    { durableObjects: { TEST: "Counter" }, durableObjectsPersist: true, ignoreAlarms: false },
  );
  const storages = new Storages();
  const { bindings } = await plugin.setup(storages);
  await reloaded(plugin, bindings, { Counter });
  const stub = bindings.TEST.get(bindings.TEST.newUniqueId());
  assert.equal(await (await stub.fetch("/")).text(), "1");
  assert.equal(await (await stub.fetch("/")).text(), "2");
  assert.deepEqual(plugin.getObjects(storages, "TEST").map(String), [stub.id.toString()]);
  assert.deepEqual(new Set(storages.asked.map(([, persist]) => persist)), new Set([true]));
  assert.equal(resolve(rootPath), process.cwd());
  await plugin.dispose();
});
