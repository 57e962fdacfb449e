import assert from "node:assert/strict";
import { join } from "node:path";
import { test } from "node:test";
import { readWorkerConfig } from "../dist/cli/config/worker.js";
import { project } from "./project.mjs";

const MAIN = { "index.js": "export default {}" };

/** The configuration of a project made of `files`. */
function read(t, files, environment) {
  return readWorkerConfig(project(t, { ...MAIN, ...files }), undefined, environment);
}

/** The message of the error that reading the configuration ends with. */
async function failure(t, config, environment) {
  try {
    await read(t, { "wrangler.json": config }, environment);
  } catch (error) {
    assert.equal(error.name, "CliError");
    return error.message;
  }
  assert.fail("the configuration was accepted");
}

/** Errors of a configuration without their places. */
async function failures(t, config, environment) {
  const message = await failure(t, { main: "index.js", ...config }, environment);
  return message.split("\n").map((line) => line.replace(/^wrangler\.json(:\d+:\d+)?: /, ""));
}

function classesOf(config) {
  return Object.fromEntries(
    config.durableObjects.map(({ className, sqlite }) => [className, sqlite]),
  );
}

function bindings(...names) {
  return { bindings: names.map((name) => ({ name: name.toUpperCase(), class_name: name })) };
}

test("the same project in JSONC, JSON and TOML reads the same", async (t) => {
  const jsonc = `{
    // the Worker
    "name": "shop",
    "main": "index.js", /* beside this file */
    "compatibility_date": "2026-08-01",
    "compatibility_flags": ["nodejs_compat"],
    "durable_objects": { "bindings": [{ "name": "CART", "class_name": "Cart" }] },
    "migrations": [{ "tag": "v1", "new_sqlite_classes": ["Cart"] }],
    "vars": { "TEXT": "a", "NUMBER": 1, "LIST": [true, null], },
    "rules": [{ "type": "Text", "globs": ["**/*.md"], "fallthrough": true }],
    "alias": { "a": "b" },
  }`;
  const toml = `
    name = "shop"
    main = "index.js" # beside this file
    compatibility_date = "2026-08-01"
    compatibility_flags = ["nodejs_compat"]

    [[durable_objects.bindings]]
    name = "CART"
    class_name = "Cart"

    [[migrations]]
    tag = "v1"
    new_sqlite_classes = ["Cart"]

    [vars]
    TEXT = "a"
    NUMBER = 1
    LIST = [true]

    [[rules]]
    type = "Text"
    globs = ["**/*.md"]
    fallthrough = true

    [alias]
    a = "b"
  `;
  const expected = {
    name: "shop",
    compatibilityDate: "2026-08-01",
    compatibilityFlags: ["nodejs_compat"],
    durableObjects: [{ binding: "CART", className: "Cart", uniqueKey: "shop-Cart", sqlite: true }],
    rules: [{ type: "Text", globs: ["**/*.md"], fallthrough: true }],
    alias: { a: "b" },
    warnings: [],
  };
  for (const [name, text, list] of [
    ["wrangler.jsonc", jsonc, [true, null]],
    ["wrangler.json", jsonc, [true, null]],
    ["wrangler.toml", toml, [true]],
  ]) {
    const config = await read(t, { [name]: text });
    assert.equal(config.path, join(config.directory, name));
    assert.equal(config.main, join(config.directory, "index.js"));
    assert.deepEqual({ ...config, ...expected }, config);
    assert.deepEqual(config.vars, { TEXT: "a", NUMBER: 1, LIST: list });
  }
});

test("wrangler.jsonc is preferred, and --config reads another file", async (t) => {
  const directory = project(t, {
    ...MAIN,
    "wrangler.toml": 'name = "toml"\nmain = "index.js"',
    "wrangler.jsonc": { name: "jsonc", main: "index.js" },
    "other/my.json": { name: "other", main: "../index.js" },
  });
  assert.equal((await readWorkerConfig(directory)).name, "jsonc");
  const other = await readWorkerConfig(directory, join(directory, "other/my.json"));
  assert.equal(other.name, "other");
  assert.equal(other.main, join(directory, "index.js"));
  const missing = join(directory, "missing.json");
  await assert.rejects(readWorkerConfig(directory, missing), {
    message: `the configuration file of --config does not exist: path="${missing}"`,
  });
});

test("a directory without a configuration says what was looked for", async (t) => {
  const directory = project(t, {});
  await assert.rejects(readWorkerConfig(directory), {
    message:
      `no configuration file: directory="${directory}" ` +
      'looked_for="wrangler.jsonc, wrangler.json, wrangler.toml"',
  });
});

test("a syntax error names the file, the line and the column", async (t) => {
  const json = project(t, { "wrangler.json": '{\n  "name": "a",\n  "main" "b"\n}' });
  await assert.rejects(readWorkerConfig(json), {
    message: `${join(json, "wrangler.json")}:3:10: syntax error: colon expected`,
  });
  const toml = project(t, { "wrangler.toml": 'name = "a"\nmain = \n' });
  await assert.rejects(readWorkerConfig(toml), (error) => {
    assert.match(error.message, /wrangler\.toml:2:\d+: syntax error: /);
    return true;
  });
});

test("an unknown key is a warning with its place", async (t) => {
  const json = await read(t, {
    "wrangler.json": '{\n  "main": "index.js",\n  "wat": 1,\n  "env": { "a": { "huh": 2 } }\n}',
  });
  assert.deepEqual(json.warnings, [
    'wrangler.json:3:3: unknown key: key="wat"',
    'wrangler.json:4:19: unknown key: key="env.a.huh"',
  ]);
  const toml = await read(t, {
    "wrangler.toml":
      'main = "index.js"\nwat = 1\n[[migrations]]\ntag = "1"\n[[migrations]]\ntag = "2"\n  huh = 1\n',
  });
  assert.deepEqual(toml.warnings, [
    'wrangler.toml:2:1: unknown key: key="wat"',
    'wrangler.toml:7:3: unknown key: key="huh"',
  ]);
});

test("keys about deployment are silent, services that are absent are named", async (t) => {
  const { warnings } = await read(t, {
    "wrangler.json": { main: "index.js", routes: ["a"], r2_buckets: [] },
  });
  assert.deepEqual(warnings, [
    'wrangler.json:6:3: not available here, and ignored: key="r2_buckets"',
  ]);
});

test("a wrong main is an error", async (t) => {
  const places = await failure(t, { name: "a", main: "lost.js" });
  assert.match(
    places,
    /^wrangler\.json:3:3: the main module does not exist: main="lost\.js" path=".*lost\.js"$/,
  );
  assert.equal(await failure(t, {}), 'wrangler.json: missing "main": which module is the Worker?');
});

test("wrong types are all listed, each with its place", async (t) => {
  const message = await failure(t, { name: 1, main: ["a"], vars: "x", minify: "yes" });
  assert.deepEqual(message.split("\n"), [
    'wrangler.json:2:3: Expected "name" to be of type string but got 1.',
    'wrangler.json:3:3: Expected "main" to be of type string but got ["a"].',
    'wrangler.json:7:3: Expected "minify" to be of type boolean but got "yes".',
    'wrangler.json:6:3: Expected "vars" to be of type object but got "x".',
  ]);
});

test("a binding needs string names", async (t) => {
  assert.deepEqual(await failures(t, { durable_objects: { bindings: [{ name: 1 }] } }), [
    '"durable_objects.bindings[0]": binding should have a string "name" field.',
    '"durable_objects.bindings[0]": binding should have a string "class_name" field.',
  ]);
  assert.deepEqual(await failures(t, { durable_objects: {} }), [
    'The field "durable_objects" is missing the required "bindings" property.',
  ]);
  const environment = { name: "A", class_name: "A", environment: "b" };
  assert.deepEqual(await failures(t, { durable_objects: { bindings: [environment] } }), [
    '"durable_objects.bindings[0]": binding with "environment" should have a "script_name" field.',
  ]);
  assert.deepEqual(await failures(t, { durable_objects: bindings("A", "A") }), [
    'two bindings have one name: name="A"',
  ]);
});

test("script_name names the Worker whose class it is, and what ids are made of", async (t) => {
  const own = { name: "A", class_name: "A", script_name: "shop" };
  const far = { name: "B", class_name: "B", script_name: "stock" };
  const staged = { name: "C", class_name: "C", script_name: "stock", environment: "test" };
  const config = {
    name: "shop",
    main: "index.js",
    durable_objects: { bindings: [own, far, staged] },
  };
  const { durableObjects } = await read(t, { "wrangler.json": config });
  assert.deepEqual(
    durableObjects.map(({ scriptName, uniqueKey }) => [scriptName, uniqueKey]),
    [
      [undefined, "shop-A"],
      ["stock", "stock-B"],
      ["stock-test", "stock-test-C"],
    ],
  );
});

test("services are read, with entry points, props and environments", async (t) => {
  const { services, warnings } = await read(t, {
    "wrangler.json": {
      main: "index.js",
      services: [
        { binding: "A", service: "a" },
        { binding: "B", service: "b", entrypoint: "Entry", props: { level: 1 } },
        { binding: "C", service: "c", environment: "test", remote: true, what: 1 },
      ],
    },
  });
  assert.deepEqual(services, [
    { binding: "A", service: "a" },
    { binding: "B", service: "b", entrypoint: "Entry", props: { level: 1 } },
    { binding: "C", service: "c-test" },
  ]);
  assert.deepEqual(warnings, [
    'wrangler.json:21:7: unknown key: key="what"',
    "wrangler.json:20:7: the Worker is called here: remote is not available",
  ]);
});

test("wrong services are all listed", async (t) => {
  const services = [
    { binding: 1, service: "a" },
    { binding: "A" },
    { binding: "B", service: "b", props: [] },
    { binding: "B", service: "b", entrypoint: 2 },
  ];
  assert.deepEqual(await failures(t, { services }), [
    '"services[0]" bindings should have a string "binding" field but got {"binding":1,"service":"a"}.',
    '"services[1]" bindings should have a string "service" field but got {"binding":"A"}.',
    '"services[2]" bindings should have an object "props" field but got {"binding":"B","service":"b","props":[]}.',
    '"services[3]" bindings should have a string "entrypoint" field but got {"binding":"B","service":"b","entrypoint":2}.',
    'two bindings have one name: name="B"',
  ]);
});

test("services are not inherited by an environment, triggers are", async (t) => {
  const config = {
    name: "a",
    main: "index.js",
    triggers: { crons: ["0 * * * *"] },
    services: [{ binding: "A", service: "a" }],
    env: { test: {} },
  };
  const { services, crons, warnings } = await read(t, { "wrangler.json": config }, "test");
  assert.deepEqual([services, crons], [[], ["0 * * * *"]]);
  assert.deepEqual(warnings, [
    'wrangler.json:9:3: not inherited by the environment, repeat it there: key="services" env="test"',
  ]);
});

test("a cron that is none is an error", async (t) => {
  assert.deepEqual(await failures(t, { triggers: { crons: ["* * * * *", "61 * * * *"] } }), [
    'this is no cron expression: a minute is 0 to 59, not "61": cron="61 * * * *"',
  ]);
});

test("classes that are declared and not bound are kept", async (t) => {
  const { durableObjects, unboundClasses } = await read(t, {
    "wrangler.json": {
      main: "index.js",
      durable_objects: bindings("A"),
      migrations: [{ tag: "v1", new_sqlite_classes: ["A", "B"], new_classes: ["C"] }],
    },
  });
  assert.deepEqual(classesOf({ durableObjects }), { A: true });
  assert.deepEqual(unboundClasses, [
    { className: "C", sqlite: false },
    { className: "B", sqlite: true },
  ]);
});

test("migrations are replayed in order and say which classes have SQL", async (t) => {
  const config = await read(t, {
    "wrangler.json": {
      main: "index.js",
      durable_objects: bindings("Kv", "Sql", "New", "Moved"),
      migrations: [
        { tag: "v1", new_classes: ["Kv", "Gone"], new_sqlite_classes: ["Sql", "Old"] },
        // Inside one entry a class is deleted, then renamed, then made.
        {
          tag: "v2",
          new_sqlite_classes: ["Gone"],
          renamed_classes: [{ from: "Old", to: "New" }],
          deleted_classes: ["Gone"],
        },
        {
          tag: "v3",
          transferred_classes: [{ from: "X", from_script: "y", to: "Moved" }],
        },
      ],
    },
  });
  assert.deepEqual(classesOf(config), { Kv: false, Sql: true, New: true, Moved: false });
  assert.deepEqual(config.warnings, []);
});

test("a migration that does not fit what came before is refused", async (t) => {
  const v1 = { tag: "v1", new_classes: ["A"] };
  const refused = [
    [{ deleted_classes: ["X"] }, "Cannot apply deleted_classes migration to non-existent class X"],
    [
      { renamed_classes: [{ from: "X", to: "Y" }] },
      "Cannot apply renamed_classes migration to non-existent class X",
    ],
    [{ new_classes: ["A"] }, "Cannot apply new_classes migration to existing class A"],
    [
      { new_sqlite_classes: ["A"] },
      "Cannot apply new_sqlite_classes migration to existing class A",
    ],
  ];
  for (const [entry, message] of refused) {
    const migrations = [v1, { tag: "v2", ...entry }];
    assert.deepEqual(await failures(t, { migrations }), [message]);
  }
});

test("exports replace migrations", async (t) => {
  const exports = {
    Sql: { type: "durable-object" },
    Kv: { type: "durable-object", storage: "legacy-kv" },
    Old: { type: "durable-object", state: "renamed", renamed_to: "New", storage: "sqlite" },
    Gone: { type: "durable-object", state: "deleted" },
    Soon: { type: "durable-object", state: "expecting-transfer", transfer_from: "x" },
  };
  const config = {
    main: "index.js",
    durable_objects: bindings("Sql", "Kv", "New", "Soon"),
    exports,
  };
  const accepted = await read(t, { "wrangler.json": config });
  assert.deepEqual(classesOf(accepted), { Sql: true, Kv: false, New: true, Soon: true });
  assert.deepEqual(await failures(t, { ...config, migrations: [] }), [
    '"exports" replaces "migrations": only one of them can be given',
  ]);
  const odd = { exports: { A: { type: "durable-object", state: "lost" } } };
  assert.deepEqual(await failures(t, odd), ['unknown state of a class: state="lost"']);
});

test("a class that no migration makes has no SQL, and that is said", async (t) => {
  const config = await read(t, {
    "wrangler.json": { main: "index.js", durable_objects: bindings("A") },
  });
  assert.deepEqual(classesOf(config), { A: false });
  assert.match(config.warnings[0], /no migration makes this class.*class_name="A"$/);
});

test("an environment inherits what is not a binding", async (t) => {
  const files = {
    "wrangler.json": {
      name: "shop",
      main: "index.js",
      compatibility_date: "2026-08-01",
      durable_objects: bindings("A"),
      migrations: [{ tag: "v1", new_sqlite_classes: ["A", "B"] }],
      vars: { ONLY_TOP: "1" },
      alias: { a: "b" },
      env: {
        staging: { durable_objects: bindings("B"), vars: { ONLY_STAGING: "1" } },
        named: { name: "special", compatibility_date: "2026-09-01" },
      },
    },
  };
  const top = await read(t, files);
  assert.equal(top.name, "shop");
  const staging = await read(t, files, "staging");
  assert.equal(staging.name, "shop-staging");
  assert.equal(staging.compatibilityDate, "2026-08-01");
  assert.deepEqual(staging.alias, { a: "b" });
  assert.deepEqual(staging.vars, { ONLY_STAGING: "1" });
  assert.deepEqual(staging.durableObjects, [
    { binding: "B", className: "B", uniqueKey: "shop-staging-B", sqlite: true },
  ]);
  const named = await read(t, files, "named");
  assert.equal(named.name, "special");
  assert.equal(named.compatibilityDate, "2026-09-01");
  assert.deepEqual(named.durableObjects, []);
  assert.deepEqual(named.vars, {});
});

test("what an environment has to repeat is named when it does not", async (t) => {
  const config = {
    main: "index.js",
    durable_objects: bindings("A"),
    migrations: [{ tag: "v1", new_classes: ["A"] }],
    vars: { A: "1" },
    env: { bare: {} },
  };
  const { warnings } = await read(t, { "wrangler.json": config }, "bare");
  assert.deepEqual(
    warnings.map((line) => line.replace(/^.*?: /, "")),
    [
      'not inherited by the environment, repeat it there: key="durable_objects" env="bare"',
      'not inherited by the environment, repeat it there: key="vars" env="bare"',
    ],
  );
});

test("an environment that is not there is an error when there are others", async (t) => {
  assert.deepEqual(await failures(t, { env: { a: {}, b: {} } }, "c"), [
    'no such environment: env="c" environments="a, b"',
  ]);
  const { warnings, name } = await read(
    t,
    { "wrangler.json": { name: "shop", main: "index.js" } },
    "c",
  );
  assert.deepEqual(warnings, ['wrangler.json: no such environment: env="c" environments=""']);
  assert.equal(name, "shop-c");
});

test(".dev.vars overrides vars, and its values are secrets", async (t) => {
  const config = await read(t, {
    "wrangler.json": { main: "index.js", vars: { A: 1, B: 2 } },
    ".dev.vars": "B=text # not a number\nKEY='a b'\nexport LINES=\"1\\n2\"\n",
    ".env": "IGNORED=1",
  });
  assert.deepEqual(config.vars, { A: 1, B: "text", KEY: "a b", LINES: "1\n2" });
  assert.deepEqual([...config.secrets], ["B", "KEY", "LINES"]);
});

test(".dev.vars of the environment wins outright", async (t) => {
  const files = {
    "wrangler.json": { main: "index.js", env: { staging: {}, other: {} } },
    ".dev.vars": "A=all\nB=all",
    ".dev.vars.staging": "A=staging",
  };
  assert.deepEqual((await read(t, files, "staging")).vars, { A: "staging" });
  assert.deepEqual((await read(t, files, "other")).vars, { A: "all", B: "all" });
});

test(".env files are read together when there is no .dev.vars", async (t) => {
  const files = {
    "wrangler.json": { main: "index.js", env: { staging: {} } },
    ".env": "A=1\nB=1\nC=1\nD=1",
    ".env.local": "B=2\nC=2\nD=2",
    ".env.staging": "C=3\nD=3",
    ".env.staging.local": "D=4",
  };
  assert.deepEqual((await read(t, files)).vars, { A: "1", B: "2", C: "2", D: "2" });
  assert.deepEqual((await read(t, files, "staging")).vars, { A: "1", B: "2", C: "3", D: "4" });
  process.env.CLOUDFLARE_LOAD_DEV_VARS_FROM_DOT_ENV = "false";
  t.after(() => delete process.env.CLOUDFLARE_LOAD_DEV_VARS_FROM_DOT_ENV);
  assert.deepEqual((await read(t, files)).vars, {});
});
