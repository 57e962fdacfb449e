// Objects and alarms in a data directory: `durableObjectsPersist: "steadfast:./data"`.
import assert from "node:assert/strict";
import { existsSync, mkdirSync, mkdtempSync, readdirSync, rmSync } from "node:fs";
import { createRequire } from "node:module";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { test } from "node:test";
import { steadfast } from "../../steadfast/test/command.mjs";
import { contextOf, core, ours } from "./both.mjs";

const require = createRequire(import.meta.url);
const { DiskStorage } = require("@steadfast/storage");
const { FileStorage } = require("@miniflare/storage-file");
const { sanitisePath } = require("@miniflare/shared");
const { Response } = core;

class Counter {
  constructor(state) {
    this.state = state;
    fired.push(["made", state.id.toString()]);
  }
  async fetch() {
    const count = ((await this.state.storage.get("count")) ?? 0) + 1;
    await this.state.storage.put("count", count);
    return new Response(`${count}`);
  }
  async alarm() {
    fired.push(["alarm", await this.state.storage.get("count")]);
  }
}
let fired = [];

/** What is asked for storages when none may come from Miniflare. */
const refusing = {
  storage(name) {
    assert.fail(`Miniflare was asked for ${name}`);
  },
};

/** A root that is removed when the test ends, after the plugins in it were disposed of. */
function rooted(t) {
  const rootPath = mkdtempSync(join(tmpdir(), "steadfast-persist-"));
  const plugins = [];
  t.after(async () => {
    for (const plugin of plugins) await plugin.dispose();
    rmSync(rootPath, { recursive: true });
  });
  const start = async (options, factory = refusing) => {
    const plugin = new ours.DurableObjectsPlugin(contextOf({ rootPath }), {
      durableObjects: { COUNTER: "Counter" },
      ...options,
    });
    plugins.push(plugin);
    const { bindings } = await plugin.setup(factory);
    await plugin.beforeReload();
    plugin.reload(bindings, { Counter }, new Map());
    return { plugin, namespace: bindings.COUNTER };
  };
  return { rootPath, start };
}

const count = async (stub) => Number(await (await stub.fetch("http://x/")).text());

test("objects are in the directory, which is let go of at the end", async (t) => {
  const { rootPath, start } = rooted(t);
  const durableObjectsPersist = "steadfast:./data";
  const first = await start({ durableObjectsPersist });
  const id = first.namespace.idFromName("a");
  assert.equal(await count(first.namespace.get(id)), 1);
  assert.equal(await count(first.namespace.get(id)), 2);
  await first.plugin.dispose();

  const { stdout } = await steadfast(["inspect", "COUNTER", `${id}`, "--persist-to", "data"], {
    cwd: rootPath,
  });
  assert.match(stdout, /^count +4 +2$/m);
  const second = await start({ durableObjectsPersist });
  assert.equal(await count(second.namespace.get(id)), 3);
  assert.equal(await second.plugin.getStorage(refusing, id).get("count"), 3);
});

test("without a path it is .mf/steadfast, and an absolute path is itself", async (t) => {
  const { rootPath, start } = rooted(t);
  const { namespace, plugin } = await start({ durableObjectsPersist: "steadfast:" });
  await count(namespace.get(namespace.newUniqueId()));
  assert.ok(existsSync(join(rootPath, ".mf/steadfast/base.sqlite")));
  await plugin.dispose();
  const absolute = join(rootPath, "absolute");
  const other = await start({ durableObjectsPersist: `steadfast:${absolute}` });
  await count(other.namespace.get(other.namespace.newUniqueId()));
  assert.ok(existsSync(join(absolute, "base.sqlite")));
});

test("the plain path of a data directory is that directory", async (t) => {
  const { rootPath, start } = rooted(t);
  const first = await start({ durableObjectsPersist: "steadfast:./data" });
  const id = first.namespace.idFromName("a");
  await count(first.namespace.get(id));
  // In use it is one already, and Miniflare hands an absolute path on to mounted Workers.
  for (const durableObjectsPersist of ["./data", "data", join(rootPath, "data")]) {
    const { namespace, plugin } = await start({ durableObjectsPersist });
    assert.equal(plugin.durableObjectsPersist, durableObjectsPersist);
    const before = await first.plugin.getStorage(refusing, id).get("count");
    assert.equal(await count(namespace.get(id)), before + 1);
    await plugin.dispose();
  }
  await first.plugin.dispose();
  const last = await start({ durableObjectsPersist: "data" });
  assert.equal(await count(last.namespace.get(id)), 5);
  assert.deepEqual(readdirSync(join(rootPath, "data")).includes("COUNTER"), false);
});

test("any other path is left to Miniflare", async (t) => {
  const { rootPath, start } = rooted(t);
  const asked = [];
  const files = {
    storage(name, persist) {
      asked.push([name, persist]);
      return new FileStorage(join(persist, sanitisePath(name)));
    },
  };
  for (const path of ["missing", "empty", "files", "files"]) {
    const persist = join(rootPath, path);
    if (path === "empty") mkdirSync(persist);
    const { plugin, namespace } = await start({ durableObjectsPersist: `./${path}` }, files);
    const id = namespace.idFromName("a");
    await count(namespace.get(id));
    assert.deepEqual(asked.splice(0), [
      ["__MINIFLARE_ALARMS__", persist],
      [`COUNTER:${id}`, persist],
    ]);
    await plugin.dispose();
    assert.ok(existsSync(join(persist, "COUNTER", `${id}`, "count")));
    assert.equal(existsSync(join(persist, "base.sqlite")), false);
  }
  await start(
    { durableObjectsPersist: "redis://localhost:1/base.sqlite" },
    {
      storage(name, persist) {
        asked.push([name, persist]);
        return new FileStorage(join(rootPath, "redis"));
      },
    },
  );
  assert.deepEqual(asked, [["__MINIFLARE_ALARMS__", "redis://localhost:1/base.sqlite"]]);
});

test("the option reaches mounted Workers as Miniflare hands it on", async (t) => {
  const { rootPath, start } = rooted(t);
  // Miniflare takes all of it for a path, and makes that absolute.
  for (const durableObjectsPersist of [`${rootPath}/steadfast:./data`, "steadfast:./data"]) {
    const { namespace, plugin } = await start({ durableObjectsPersist });
    await count(namespace.get(namespace.idFromName("a")));
    await plugin.dispose();
  }
  const disk = new DiskStorage(join(rootPath, "data"));
  t.after(() => disk.close());
  const { namespace } = await start({ durableObjectsPersist: "steadfast:./data" });
  const stored = await disk.object(`COUNTER:${namespace.idFromName("a")}`).get("count");
  assert.equal(stored.value.at(-1), 4, "counted to 2, in V8's format");
  assert.deepEqual(readdirSync(rootPath), ["data"]);
});

test("alarms are there after a restart, and fire", async (t) => {
  const { start } = rooted(t);
  const durableObjectsPersist = "steadfast:./data";
  const first = await start({ durableObjectsPersist });
  const id = first.namespace.idFromName("a");
  await count(first.namespace.get(id));
  const due = Date.now() + 3_600_000;
  await first.plugin.getStorage(refusing, id).setAlarm(due);
  await first.plugin.dispose();

  fired = [];
  const second = await start({ durableObjectsPersist });
  assert.equal(await second.plugin.getStorage(refusing, id).getAlarm(), due);
  await second.plugin.flushAlarms(refusing);
  assert.deepEqual(fired, [
    ["made", `${id}`],
    ["alarm", 1],
  ]);
  await second.plugin.dispose();
  const third = await start({ durableObjectsPersist });
  fired = [];
  await third.plugin.flushAlarms(refusing);
  assert.deepEqual(fired, []);
});

test("what nobody waits for is written before the directory is let go of", async (t) => {
  const { start } = rooted(t);
  const durableObjectsPersist = "steadfast:";
  const first = await start({ durableObjectsPersist });
  const id = first.namespace.idFromName("a");
  const storage = first.plugin.getStorage(refusing, id);
  const puts = [storage.put("a", 1), storage.delete("b"), storage.put("c", 2)];
  await first.plugin.dispose();
  await Promise.all(puts);
  const second = await start({ durableObjectsPersist });
  const entries = await second.plugin.getStorage(refusing, id).list();
  assert.deepEqual(
    [...entries],
    [
      ["a", 1],
      ["c", 2],
    ],
  );
});

test("a directory that another plugin has open in this process is shared", async (t) => {
  const { start } = rooted(t);
  const durableObjectsPersist = "steadfast:./data";
  const [one, two] = [
    await start({ durableObjectsPersist }),
    await start({ durableObjectsPersist }),
  ];
  const id = one.namespace.idFromName("a");
  assert.equal(await count(one.namespace.get(id)), 1);
  assert.equal(await count(two.namespace.get(id)), 2);
  await one.plugin.dispose();
  assert.equal(await count(two.namespace.get(id)), 3);
});
