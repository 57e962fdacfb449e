// What the README says of storage by itself is run as it stands there.
import assert from "node:assert/strict";
import { mkdirSync, symlinkSync } from "node:fs";
import { join } from "node:path";
import { test } from "node:test";
import { fileURLToPath } from "node:url";
import { blockWith, runModule } from "./code-blocks.mjs";
import { temporary } from "./standalone.mjs";

const readme = new URL("../../../README.md", import.meta.url);
const packages = fileURLToPath(new URL("../..", import.meta.url));

/** Runs the block of the README that has `words`, where both packages are installed. */
async function run(t, words, { times = 1 } = {}) {
  const cwd = temporary(t);
  mkdirSync(join(cwd, "node_modules", "@steadfast"), { recursive: true });
  for (const [name, directory] of [
    ["steadfast", "steadfast"],
    ["@steadfast/storage", "storage"],
  ]) {
    symlinkSync(join(packages, directory), join(cwd, "node_modules", name), "junction");
  }
  const printed = [];
  for (let at = 0; at < times; at++) {
    printed.push(await runModule(blockWith(readme, "js", words), { cwd }));
  }
  return printed;
}

test("keys in memory", async (t) => {
  assert.deepEqual(await run(t, 'storage.put("key", "value")'), ["value\n"]);
});

test("an alarm", async (t) => {
  const before = Date.now();
  const [printed] = await run(t, "new AlarmStore()");
  assert.ok(Number(printed) >= before + 5000 && Number(printed) <= Date.now() + 5000, printed);
});

test("an object on a disk, which is there the next time", async (t) => {
  assert.deepEqual(await run(t, 'new DiskStorage("./data")', { times: 2 }), ["1\n", "2\n"]);
});
