import assert from "node:assert/strict";
import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { test } from "node:test";
import { pathToFileURL } from "node:url";
import { bundleAll, createBundler } from "../dist/cli/bundle/bundle.js";
import { readWorkerConfig } from "../dist/cli/config/worker.js";
import { project, write } from "./project.mjs";

const EMPTY_WASM = new Uint8Array([0, 0x61, 0x73, 0x6d, 1, 0, 0, 0]);

/** Bundles a project made of `files`. */
async function build(t, files, config = {}) {
  const directory = project(t, { "wrangler.json": { main: "index.ts", ...config }, ...files });
  const options = { mode: "development", color: false, outputDirectory: directory };
  const [bundle] = await bundleAll([await readWorkerConfig(directory)], options);
  return { directory, ...bundle };
}

/** The exports of a bundled project. */
async function run(t, files, config) {
  const { directory, code } = await build(t, files, config);
  const path = join(directory, "bundle.mjs");
  writeFileSync(path, code);
  return import(pathToFileURL(path).href);
}

test("TypeScript and the files it imports become one module", async (t) => {
  const files = {
    "index.ts": `import { twice } from "./lib/twice";
      enum Step { One = 1 }
      export default { value: twice(Step.One) satisfies number };`,
    "lib/twice.ts": "export const twice = (n: number): number => n * 2;",
  };
  assert.deepEqual((await run(t, files)).default, { value: 2 });
  const { directory, inputs } = await build(t, files);
  assert.deepEqual(inputs.map((path) => path.slice(directory.length)).sort(), [
    "/index.ts",
    "/lib/twice.ts",
  ]);
});

test("packages are resolved for workers", async (t) => {
  const conditions = {
    node: "./node.js",
    workerd: "./workerd.js",
    worker: "./worker.js",
    browser: "./browser.js",
    default: "./default.js",
  };
  const named = (name) => `export default ${JSON.stringify(name)};`;
  const packageOf = (name, own) => ({
    [`node_modules/${name}/package.json`]: { name, type: "module", exports: own },
    ...Object.fromEntries(
      Object.keys(conditions).map((key) => [`node_modules/${name}/${key}.js`, named(key)]),
    ),
  });
  const { node, workerd, worker, browser, default: other } = conditions;
  const files = {
    ...packageOf("all", { node, workerd, worker, browser, default: other }),
    ...packageOf("web", { node, worker, browser, default: other }),
    ...packageOf("page", { node, browser, default: other }),
    ...packageOf("plain", { node, default: other }),
    "index.ts": `import all from "all"; import web from "web";
      import page from "page"; import plain from "plain";
      export default [all, web, page, plain];`,
  };
  assert.deepEqual((await run(t, files)).default, ["workerd", "worker", "browser", "default"]);
});

test("files that are not JavaScript are text, bytes or modules", async (t) => {
  const files = {
    "schema.sql": "create table a (b);",
    "page.html": "<p>é",
    "note.txt": "a\nb",
    "raw.bin": new Uint8Array([0, 255, 7]),
    "empty.wasm": EMPTY_WASM,
    "node_modules/shipped/package.json": { name: "shipped", exports: { "./*": "./*" } },
    "node_modules/shipped/x.wasm": EMPTY_WASM,
    "index.ts": `import sql from "./schema.sql"; import html from "./page.html";
      import txt from "./note.txt"; import raw from "./raw.bin";
      import wasm from "./empty.wasm"; import again from "./empty.wasm?module";
      import shipped from "shipped/x.wasm";
      export { sql, html, txt, raw, wasm, again, shipped };`,
  };
  const result = await run(t, files);
  assert.equal(result.sql, "create table a (b);");
  assert.equal(result.html, "<p>é");
  assert.equal(result.txt, "a\nb");
  assert.ok(result.raw instanceof ArrayBuffer);
  assert.deepEqual([...new Uint8Array(result.raw)], [0, 255, 7]);
  for (const module of [result.wasm, result.again, result.shipped]) {
    assert.ok(module instanceof WebAssembly.Module);
  }
  const { inputs, directory } = await build(t, files);
  assert.ok(inputs.includes(join(directory, "schema.sql")));
  assert.ok(inputs.includes(join(directory, "raw.bin")));
});

test("rules of the project come first and end their type", async (t) => {
  const files = {
    "a.md": "markdown",
    "b.dat": "data",
    "index.ts": `import md from "./a.md"; import dat from "./b.dat";
      export { md, dat };`,
  };
  const rules = [
    { type: "Text", globs: ["**/*.{md,mdx}"] },
    { type: "Data", globs: ["**/*.dat"], fallthrough: true },
  ];
  const result = await run(t, files, { rules });
  assert.equal(result.md, "markdown");
  assert.equal(Buffer.from(result.dat).toString(), "data");
  const html = { "c.html": "", "index.ts": 'import html from "./c.html"; export { html };' };
  await assert.rejects(build(t, html, { rules }), /No loader is configured for "\.html"/);
});

test("alias replaces packages, modules of Node and of Cloudflare", async (t) => {
  const files = {
    "fake.ts": 'export default "fake";',
    "index.ts": `import a from "absent"; import b from "node:fs"; import c from "cloudflare:sockets";
      export default [a, b, c];`,
  };
  const alias = { absent: "./fake.ts", "node:fs": "./fake.ts", "cloudflare:sockets": "./fake.ts" };
  assert.deepEqual((await run(t, files, { alias })).default, ["fake", "fake", "fake"]);
});

test("modules of Node stay Node's, imported or required", async (t) => {
  const files = {
    "node_modules/old/package.json": { name: "old", main: "index.js" },
    "node_modules/old/index.js":
      'exports.sep = require("path").sep; exports.platform = require("node:os").platform();',
    "node_modules/events/package.json": { name: "events", main: "index.js" },
    "node_modules/events/index.js": 'module.exports = "installed";',
    "index.ts": `import { basename } from "node:path"; import { createHash } from "crypto";
      import old from "old"; import events from "events";
      export default [basename("/a/b"), createHash("md5").update("").digest("hex"), old, events];`,
  };
  assert.deepEqual((await run(t, files)).default, [
    "b",
    "d41d8cd98f00b204e9800998ecf8427e",
    { sep: "/", platform: process.platform },
    "installed",
  ]);
});

test("a module of Cloudflare that is not here is an error only when it is needed", async (t) => {
  const fixed = { "index.ts": 'import { connect } from "cloudflare:sockets"; export { connect };' };
  await assert.rejects(
    build(t, fixed),
    /"cloudflare:sockets" is not available here[\s\S]*index\.ts:1:24:/,
  );
  const optional = {
    "index.ts": `const connect = () => import("cloudflare:sockets");
      export default { connect };`,
  };
  assert.equal(typeof (await run(t, optional)).default.connect, "function");
});

test("a syntax error shows the file, the line and the code", async (t) => {
  const files = { "index.ts": 'import "./broken";', "broken.ts": "const a = 1;\nconst = 2;\n" };
  await assert.rejects(build(t, files), (error) => {
    assert.equal(error.name, "CliError");
    assert.match(error.message, /^the build failed\n/);
    assert.match(error.message, /broken\.ts:2:6:\n +2 │ const = 2;/);
    return true;
  });
});

test("define, JSX and names follow the configuration", async (t) => {
  const files = {
    "index.tsx": `declare const VERSION: string; declare const h: unknown;
      globalThis.h = (...parts) => parts.join("|");
      const make = () => { class Named {} return Named; };
      export default [VERSION, <b id="x" />, make().name, navigator.userAgent];`,
  };
  const result = await run(t, files, {
    main: "index.tsx",
    define: { VERSION: '"v1"' },
    jsx_factory: "h",
    minify: true,
  });
  assert.deepEqual(result.default, ["v1", "b|[object Object]", "Named", "Cloudflare-Workers"]);
});

test("a bundler sees the files as they are at each build", async (t) => {
  const directory = project(t, {
    "wrangler.json": { main: "index.ts" },
    "index.ts": "export default 'one';",
  });
  const options = { mode: "development", color: false, outputDirectory: directory };
  const bundler = await createBundler(await readWorkerConfig(directory), options);
  t.after(() => bundler.dispose());
  assert.match((await bundler.build()).code, /"one"/);
  write(directory, "index.ts", "export default 'two");
  await assert.rejects(bundler.build(), /Unterminated string literal/);
  write(directory, "index.ts", "export default 'three';");
  assert.match((await bundler.build()).code, /"three"/);
});
