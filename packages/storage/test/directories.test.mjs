// `.mf/durableobjects` as Miniflare 2 lays it out: written by one package, opened with the other.
import assert from "node:assert/strict";
import { mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, test } from "node:test";
import { deserialize, serialize } from "node:v8";
import { PluginStorageFactory } from "@miniflare/core";
import { ALARM_KEY, AlarmStore, DurableObjectStorage } from "@miniflare/durable-objects";
import { sanitisePath } from "@miniflare/shared";
import * as original from "@miniflare/storage-file";
import * as ours from "@steadfast/storage";
import { names } from "./contract.mjs";

const directory = mkdtempSync(join(tmpdir(), "steadfast-mf-"));
after(() => rmSync(directory, { recursive: true }));

const ID = "0123456789abcdef".repeat(4);
const OBJECT = `COUNTER:${ID}`;
const ENTRIES = new Map([
  ["count", 42],
  ["list of things", ["a", { b: new Date(5) }]],
  ["ns:user/1", "one"],
  ["ns:user/2", new Uint8Array([1, 2, 3])],
  ["odd?<name>", null],
  ["鍵", new Map([["k", "v"]])],
]);

/** What the plugin of Miniflare is handed: storages of files, in the place it gives them. */
function factoryOf({ FileStorage }, root) {
  const inner = {
    storage: (namespace, persist) => new FileStorage(join(root, persist, sanitisePath(namespace))),
  };
  return new PluginStorageFactory(inner, "DurableObjectsPlugin");
}

async function write(files, root) {
  const factory = factoryOf(files, root);
  const alarms = new AlarmStore();
  await alarms.setupStore(factory, true);
  const storage = new DurableObjectStorage(
    factory.storage(OBJECT, true),
    alarms.buildBridge(OBJECT),
  );
  await storage.put(Object.fromEntries(ENTRIES));
  await storage.setAlarm(4_000_000_000_000);
  await storage.sync();
  alarms.dispose();
}

async function read(files, root) {
  const factory = factoryOf(files, root);
  const inner = factory.storage(OBJECT, true);
  const storage = new DurableObjectStorage(inner);
  const entries = await storage.list();
  assert.deepEqual(new Set(entries.keys()), new Set(ENTRIES.keys()));
  for (const [key, value] of ENTRIES) {
    assert.deepEqual(entries.get(key), value, key);
    assert.deepEqual(await storage.get(key), value, key);
  }
  assert.deepEqual([...(await storage.list({ prefix: "ns:" })).keys()], ["ns:user/1", "ns:user/2"]);
  assert.equal(await storage.getAlarm(), 4_000_000_000_000);
  assert.ok(names(await inner.list()).includes(ALARM_KEY));
  const alarms = await factory.storage(ALARM_KEY, true).list();
  assert.deepEqual(
    alarms.keys.map(({ name, metadata }) => [name, metadata.scheduledTime]),
    [[OBJECT, 4_000_000_000_000]],
  );
}

const packages = { ours, original };
for (const writer of ["ours", "original"]) {
  for (const reader of ["ours", "original"]) {
    test(`${reader} reads what ${writer} wrote`, async () => {
      const root = join(directory, `${writer}-${reader}`);
      await write(packages[writer], root);
      await read(packages[reader], root);
      // And goes on from there.
      const storage = packages[reader].FileStorage;
      const object = new storage(join(root, ".mf", "durableobjects", "COUNTER", ID));
      await object.put("count", { value: serialize(43) });
      assert.equal(await object.delete("ns:user/1"), true);
      const back = new packages[writer].FileStorage(object.root);
      assert.equal(deserialize((await back.get("count")).value), 43);
      assert.equal(await back.has("ns:user/1"), false);
    });
  }
}

test("the layout is the documented one", async () => {
  const root = join(directory, "layout");
  await write(ours, root);
  const place = join(root, ".mf", "durableobjects");
  assert.deepEqual(deserialize(readFileSync(join(place, "COUNTER", ID, "count"))), 42);
  assert.equal(
    readFileSync(join(place, "COUNTER", ID, "ns", "user", "1.meta.json"), "utf8"),
    JSON.stringify({ key: "ns:user/1" }),
  );
  assert.deepEqual(
    JSON.parse(readFileSync(join(place, ALARM_KEY, "COUNTER", `${ID}.meta.json`), "utf8")),
    { key: OBJECT, metadata: { scheduledTime: 4_000_000_000_000 } },
  );
});
