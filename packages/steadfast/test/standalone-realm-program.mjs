// Runs a program in a realm of its own, as Jest runs a test file: the globals of the language are its own, but for
// bytes; those of the platform are Node's, and so is the addon. Needs --experimental-vm-modules.
import { readFileSync } from "node:fs";
import { createRequire } from "node:module";
import { fileURLToPath } from "node:url";
import { createContext, runInNewContext, SourceTextModule, SyntheticModule } from "node:vm";

const require = createRequire(import.meta.url);
const context = createContext({ Uint8Array, ArrayBuffer });
const language = new Set(runInNewContext("Object.getOwnPropertyNames(globalThis)"));
for (const name of Object.getOwnPropertyNames(globalThis)) {
  if (!language.has(name)) context[name] = globalThis[name];
}

const modules = new Map();

/** The module, of Node's realm where it is Node's own or CommonJS. */
function moduleOf(specifier, from) {
  const isFile = specifier.startsWith(".") || specifier.startsWith("file:");
  const url = isFile ? new URL(specifier, from).href : specifier;
  if (!modules.has(url))
    modules.set(url, url.endsWith(".js") || url === PROGRAM ? own(url) : nodes(url));
  return modules.get(url);
}

function own(url) {
  const source = url === PROGRAM ? TEXT : readFileSync(fileURLToPath(url), "utf8");
  const initializeImportMeta = (meta) => {
    meta.url = url;
  };
  return new SourceTextModule(source, { context, identifier: url, initializeImportMeta });
}

function nodes(specifier) {
  const exported = require(specifier.startsWith("file:") ? fileURLToPath(specifier) : specifier);
  const names = new Set([...Object.keys(exported), "default"]);
  return new SyntheticModule(
    [...names],
    function () {
      for (const name of names)
        this.setExport(name, name === "default" ? exported : exported[name]);
    },
    { context },
  );
}

const PROGRAM = new URL("program", import.meta.url).href;

const TEXT = `
  import assert from "node:assert";
  import { DiskStorage, MemoryStorage } from "@steadfast/storage";
  import { DurableObjectStorage } from "../dist/standalone/storage.js";

  const values = {
    object: {}, array: [], map: new Map(), set: new Set(), date: new Date(5), pattern: /a/g,
    number: Object(1), error: new RangeError("large"), floats: new Float64Array([1]),
    bytes: new Uint8Array([1]), view: new DataView(new ArrayBuffer(1)),
  };
  for (const below of [new MemoryStorage(), DiskStorage.memory()]) {
    const storage = new DurableObjectStorage(below);
    values.all = { ...values, list: [values.map], map: new Map([[{}, new Set([[]])]]) };
    values.all.self = values.all;
    for (const [name, value] of Object.entries(values)) {
      await storage.put(name, value);
      const read = await storage.get(name);
      assert.equal(Object.getPrototypeOf(read), Object.getPrototypeOf(value), name);
      if (name === "error") assert.equal(read.message, "large");
    }
    const all = await storage.get("all");
    assert.ok(all.list[0] instanceof Map && all.self === all && all.error instanceof RangeError);
    const [[key, items]] = all.map;
    assert.ok(key instanceof Object && items instanceof Set && [...items][0] instanceof Array);
    await storage.put("again", all);
    assert.ok((await storage.get("again")).date instanceof Date);

    const refused = await storage.list({ limit: 0 }).catch((error) => error);
    assert.ok(refused instanceof TypeError, String(refused));
    assert.equal(refused.code, undefined);
  }
  const disk = DiskStorage.memory();
  const storage = new DurableObjectStorage(disk);
  assert.throws(() => storage.sql.exec("nonsense"), Error);
  assert.ok(storage.sql.exec("SELECT 1 AS n").one() instanceof Object);
  await disk.close();
  const closed = await storage.get("a").catch((error) => error);
  assert.equal(closed.code, "ERR_STOPPED");
  process.stdout.write("done\\n");
`;

const program = moduleOf(PROGRAM);
await program.link((specifier, { identifier }) => moduleOf(specifier, identifier));
await program.evaluate();
