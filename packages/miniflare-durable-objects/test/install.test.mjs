// The packages as they are published, in projects that have nothing else. Read the first test first.
import assert from "node:assert/strict";
import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { test } from "node:test";
import { PRINT_ADDONS } from "../../steadfast/test/installed.mjs";
import { project } from "../../steadfast/test/project.mjs";
import { files, install, overriding, run, tarballs } from "./tarballs.mjs";

const OURS = ["steadfast", "@steadfast/storage", "@steadfast/miniflare-durable-objects"];

/** The names a package exports, as `load` sees them. */
async function namesOf(directory, load, ...options) {
  const program = `console.log(JSON.stringify(Object.keys(${load}).sort()))`;
  const names = JSON.parse(await run(directory, ...options, "-e", program));
  // What Node adds to them when it imports CommonJS.
  const added = ["default", "module.exports", "__esModule"];
  return names.filter((name) => !added.includes(name));
}

/** Every manifest below `node_modules` that holds a package called `name`. */
function copies(directory, name) {
  const manifests = readdirSync(join(directory, "node_modules"), { recursive: true });
  return manifests
    .filter((path) => /(^|[/\\])package\.json$/.test(path) && !/[/\\](dist|src)[/\\]/.test(path))
    .filter((path) => {
      const text = readFileSync(join(directory, "node_modules", path), "utf8");
      return text.includes(`"name": "${name}"`) && JSON.parse(text).name === name;
    });
}

test("each tarball can be required and imported, and has its texts", async (t) => {
  const directory = project(t, {
    "package.json": { private: true, dependencies: files(await tarballs(t)) },
  });
  await install(directory);
  for (const name of OURS.slice(1)) {
    const required = await namesOf(directory, `require("${name}")`);
    const imported = await namesOf(directory, `await import("${name}")`, "--input-type=module");
    assert.deepEqual(imported, required);
    const published = readdirSync(join(directory, "node_modules", name));
    const texts = ["LICENSE-APACHE", "LICENSE-MIT", "README.md"];
    assert.deepEqual(published.sort(), [...texts, "dist", "package.json", "src"].sort());
  }
});

test("an override gives Miniflare 2 our package, with one steadfast and one addon", async (t) => {
  const directory = project(t, { "package.json": overriding(await tarballs(t)) });
  await install(directory);

  for (const name of OURS) assert.equal(copies(directory, name).length, 1, `one ${name}`);
  assert.deepEqual(copies(directory, "@miniflare/durable-objects"), []);

  const everything = ["steadfast", "@steadfast/storage", "@miniflare/durable-objects", "miniflare"];
  const imports = everything.map((name) => `await import("${name}");`).join("\n");
  const program = `${imports}
    const { Steadfast } = await import("steadfast");
    await (await Steadfast.start({ worker: {} })).stop();
    ${PRINT_ADDONS}`;
  const loaded = JSON.parse(await run(directory, "--input-type=module", "-e", program));
  assert.equal(loaded.length, 1, loaded.join("\n"));
});

test("with all three packages in place of Miniflare's, one addon is loaded still", async (t) => {
  const packed = await tarballs(t);
  const manifest = overriding(packed);
  for (const name of ["storage-memory", "storage-file"]) {
    manifest.overrides[`@miniflare/${name}`] = `file:${packed["@steadfast/storage"]}`;
  }
  const directory = project(t, { "package.json": manifest });
  await install(directory);
  assert.ok(copies(directory, "@steadfast/storage").length > 1, "there are several copies");

  const script = `
    export class Counter {
      constructor({ storage }) { this.storage = storage; }
      async fetch(request) {
        const count = ((await this.storage.get("count")) ?? 0) + 1;
        await this.storage.put("count", count);
        return new Response(String(count));
      }
    }
    export default {
      async fetch(request, env) {
        const counter = env.COUNTER.get(env.COUNTER.idFromName("a"));
        const count = await (await counter.fetch(request)).text();
        const before = await env.KV.get("count");
        await env.KV.put("count", count);
        return new Response(before + " " + count);
      },
    };`;
  const program = `
    const { Miniflare } = await import("miniflare");
    const mf = new Miniflare({
      modules: true,
      script: ${JSON.stringify(script)},
      durableObjects: { COUNTER: "Counter" },
      durableObjectsPersist: true,
      kvNamespaces: ["KV"],
      kvPersist: true,
    });
    console.log(await (await mf.dispatchFetch("http://localhost/")).text());
    await mf.dispose();
    ${PRINT_ADDONS}`;
  const modules = ["--experimental-vm-modules", "--input-type=module"];
  for (const expected of ["null 1", "1 2"]) {
    const [counted, loaded] = (await run(directory, ...modules, "-e", program)).split("\n");
    assert.equal(counted, expected);
    assert.equal(JSON.parse(loaded).length, 1, loaded);
  }
});
