// The code of docs/miniflare-2.md is run as it stands there.
import assert from "node:assert/strict";
import { symlinkSync } from "node:fs";
import { createRequire } from "node:module";
import { join } from "node:path";
import { test } from "node:test";
import { fileURLToPath } from "node:url";
import { blocksOf, blockWith, runModule } from "../../steadfast/test/code-blocks.mjs";
import { Command, get } from "../../steadfast/test/command.mjs";
import { version } from "../../steadfast/test/installed.mjs";
import { project } from "../../steadfast/test/project.mjs";
import { MINIFLARE, overriding } from "./tarballs.mjs";

const require = createRequire(import.meta.url);
const { DurableObjectNamespace, DurableObjectStorage } = require("@miniflare/durable-objects");
const { FileStorage } = require("@miniflare/storage-file");

const guide = new URL("../../../docs/miniflare-2.md", import.meta.url);
const modules = fileURLToPath(new URL("../../../node_modules", import.meta.url));

/** A day from now: not due while the test runs. */
const ALARM = Date.now() + 86_400_000;

/** A Worker that both run. */
const WORKER = `
  export class Counter {
    constructor(state) { this.storage = state.storage; }
    async fetch() {
      const count = ((await this.storage.get("count")) ?? 0) + 1;
      await this.storage.put("count", count);
      return new Response(count + " " + (await this.storage.getAlarm()));
    }
    alarm() {}
  }
  export default {
    fetch(request, env) {
      const id = env.COUNTER.idFromName(new URL(request.url).pathname);
      return env.COUNTER.get(id).fetch(request);
    },
  };`;

test("data of Miniflare 2 are carried over by name", async (t) => {
  const directory = project(t, {
    "src/index.mjs": WORKER,
    "wrangler.jsonc": blockWith(guide, "jsonc", "durable_objects"),
  });
  symlinkSync(modules, join(directory, "node_modules"), "junction");
  const namespace = new DurableObjectNamespace("COUNTER");
  const store = async (id, fill) => {
    const files = new FileStorage(join(directory, ".mf/durableobjects/COUNTER", id.toString()));
    const bridge = { setAlarm: async () => {}, deleteAlarm: async () => {} };
    const storage = new DurableObjectStorage(files, bridge);
    await fill(storage);
    await storage.sync();
  };
  const unique = namespace.newUniqueId();
  await store(namespace.idFromName("/a"), (storage) => storage.put("count", 41));
  await store(unique, (storage) => storage.put("count", 1));
  await store(namespace.idFromName("/b"), async (storage) => {
    const keys = Array.from({ length: 250 }, (_, at) => `key ${at}`);
    for (const key of keys) storage.put(key, { key });
    await storage.setAlarm(ALARM);
  });

  const program = blockWith(guide, "js", "class Carried");
  const output = await runModule(program, { cwd: directory, imports: "steadfast/register" });
  assert.equal(output, `/a: 1 keys\n/b: 250 keys\nno name is known for ${unique}\n`);

  const command = new Command(t, ["dev"], { cwd: directory });
  const url = await command.url();
  assert.equal(await get(`${url}/a`), "42 null");
  assert.equal(await get(`${url}/b`), `1 ${ALARM}`);
  assert.doesNotMatch(command.output, /warning/i);
});

test("the guide installs the versions there are", () => {
  const manifests = blocksOf(guide, "json").map((code) => JSON.parse(code));
  const [npm, yarn, fromTarballs] = manifests;
  const alias = `npm:@steadfast/miniflare-durable-objects@${version}`;
  assert.equal(npm.devDependencies.miniflare, MINIFLARE);
  assert.equal(npm.overrides["@miniflare/durable-objects"], alias);
  assert.equal(yarn.resolutions["@miniflare/durable-objects"], alias);
  assert.equal(yarn.devDependencies.steadfast, version);
  assert.ok(blockWith(guide, "yaml", "overrides").includes(alias));

  const path = (name) => `tarballs/steadfast-${name}${version}.tgz`;
  const {
    private: _,
    dependencies,
    overrides,
  } = overriding({
    "@steadfast/miniflare-durable-objects": path("miniflare-durable-objects-"),
    steadfast: path(""),
    "@steadfast/linux-x64": path("linux-x64-"),
    "@steadfast/storage": path("storage-"),
  });
  assert.deepEqual(fromTarballs, { devDependencies: dependencies, overrides });
});
