// The README's code is run as it stands there.
import assert from "node:assert/strict";
import { symlinkSync } from "node:fs";
import { join } from "node:path";
import { test } from "node:test";
import { fileURLToPath } from "node:url";
import { blockWith, runModule } from "../../steadfast/test/code-blocks.mjs";
import { steadfast } from "../../steadfast/test/command.mjs";
import { project } from "../../steadfast/test/project.mjs";

const readme = new URL("../README.md", import.meta.url);
const modules = fileURLToPath(new URL("../../../node_modules", import.meta.url));

/** A directory in which the packages are installed. */
function installed(t) {
  const cwd = project(t, {});
  symlinkSync(modules, join(cwd, "node_modules"), "junction");
  return cwd;
}

test("many objects in one directory", async (t) => {
  const cwd = installed(t);
  const output = await runModule(blockWith(readme, "js", "putMany"), { cwd });
  assert.equal(output, "[ 'a', 'b' ]\n{ from: 'red' }\n");

  const inspect = ["inspect", "--persist-to", "data", "--json"];
  const { stdout } = await steadfast([...inspect, "@storage", "blue"], { cwd });
  assert.deepEqual(
    JSON.parse(stdout).entries.map(({ key }) => key),
    ["a"],
  );
});

test("Durable Object storage", async (t) => {
  const code = blockWith(readme, "js", "DurableObjectStorage");
  const [, printed] = /^\/\/ (.*)$/m.exec(code);
  assert.equal(await runModule(code, { cwd: installed(t) }), `${printed}\n`);
});
