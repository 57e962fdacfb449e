// The README's code is run as it stands there.
import assert from "node:assert/strict";
import { test } from "node:test";
import { blockWith, runModule } from "../../steadfast/test/code-blocks.mjs";

const readme = new URL("../README.md", import.meta.url);
const cwd = new URL(".", import.meta.url);

const run = (words) => runModule(blockWith(readme, "js", words), { cwd });

test("storage by itself", async () => {
  assert.equal(await run('storage.get("key")'), "value\n");
});

test("storage with alarms", async () => {
  const before = Date.now();
  const time = Number(await run("new AlarmStore()"));
  assert.ok(time >= before + 5_000 && time <= Date.now() + 5_000, `${time}`);
});

test("the plugin", async () => {
  assert.equal(await run("new DurableObjectsPlugin"), "{ TEST: 'TestObject' }\n");
});
