// Data that workerd has written come in, are read equal, go out, and workerd reads them back.
import assert from "node:assert/strict";
import { spawnSync } from "node:child_process";
import { readdirSync } from "node:fs";
import { join } from "node:path";
import { test } from "node:test";
import { Command, get, steadfast } from "./command.mjs";
import { project } from "./project.mjs";
import { STORING_FILES, STORING_NAMESPACES, STORING_WORKER } from "./stored-data.mjs";
import { startWorkerd } from "./workerd.mjs";

/** The objects that are filled: two of the class with SQL, one of the other. */
const OBJECTS = ["one", "two", "one/plain"];

for (const signal of ["SIGTERM", "SIGKILL"]) {
  test(`what workerd wrote before ${signal} goes in and out and is read equal`, async (t) => {
    const directory = project(t, STORING_FILES);
    const state = join(directory, ".wrangler/state/v3/do");
    const there = await onWorkerd(t, directory, state, "fill", signal);
    assert.match(there.one, /\nkey "wide" /);
    assert.match(there.one, /\nSELECT rowid, title FROM words .*\n {2}15\|"row 15"\n/);

    const imported = await steadfast(["import", "."], { cwd: directory });
    assert.deepEqual([imported.code, imported.stderr], [0, ""]);
    assert.match(imported.stdout, /^ {2}objects {5}3\n/m);

    const inspected = await steadfast(["inspect", "storing-WithSql", "one", "--json"], {
      cwd: directory,
    });
    const { alarm, tables } = JSON.parse(inspected.stdout);
    assert.equal(alarm, "2100-01-01T00:00:00.123Z");
    assert.deepEqual(
      tables.map(({ name, rows }) => `${name} ${rows}`),
      ["pairs 3", "parents 2", "rows 172", "words 200"],
    );

    assert.deepEqual(await here(t, directory, "tell"), there);
    const checked = await steadfast(["check"], { cwd: directory });
    assert.match(checked.stdout, /problems {4}0/, checked.stderr);

    const target = join(directory, "exported");
    const exported = await steadfast(["export", target], { cwd: directory });
    assert.deepEqual([exported.code, exported.stderr], [0, ""]);
    readWithStockSqlite(t, target);
    assert.deepEqual(await onWorkerd(t, directory, target, "tell"), there);
  });
}

test("what is written here is exported and read equal by workerd", async (t) => {
  const directory = project(t, STORING_FILES);
  const told = await here(t, directory, "fill");
  const target = join(directory, "exported");
  const exported = await steadfast(["export", target], { cwd: directory });
  assert.deepEqual([exported.code, exported.stderr], [0, ""]);
  readWithStockSqlite(t, target);
  assert.deepEqual(await onWorkerd(t, directory, target, "tell"), told);
});

/** What each object tells on the real workerd over a directory, after `action`. */
async function onWorkerd(t, directory, data, action, signal) {
  const options = { directory, data, source: STORING_WORKER, namespaces: STORING_NAMESPACES };
  const workerd = await startWorkerd(t, options);
  const told = {};
  for (const name of OBJECTS) told[name] = await get(`${workerd.url}/${name}/${action}`);
  await workerd.stop(signal);
  return told;
}

/** What each object tells here, after `action`. */
async function here(t, directory, action) {
  const server = new Command(t, ["serve"], { cwd: directory });
  const url = await server.url();
  const told = {};
  for (const name of OBJECTS) told[name] = await get(`${url}/${name}/${action}`);
  await server.kill("SIGTERM");
  return told;
}

/** Every file of an export is sound to the `sqlite3` of the system, where there is one. */
function readWithStockSqlite(t, target) {
  if (spawnSync("sqlite3", ["--version"]).error) return t.diagnostic("no sqlite3 on this system");
  const namespaces = readdirSync(target);
  assert.deepEqual(namespaces.sort(), ["storing-Plain", "storing-WithSql"]);
  for (const namespace of namespaces) {
    for (const file of readdirSync(join(target, namespace))) {
      const path = join(target, namespace, file);
      const checked = spawnSync("sqlite3", ["-readonly", path, "PRAGMA integrity_check"], {
        encoding: "utf8",
      });
      assert.deepEqual([checked.stdout, checked.stderr], ["ok\n", ""], path);
    }
  }
}
