import assert from "node:assert/strict";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { test } from "node:test";
import { fileURLToPath } from "node:url";
import { Command } from "../../../packages/steadfast/test/command.mjs";

const example = fileURLToPath(new URL("..", import.meta.url));

test("itty-durable calls objects and keeps what they have, over a crash", async (t) => {
  const data = mkdtempSync(join(tmpdir(), "steadfast-itty-"));
  t.after(() => rmSync(data, { recursive: true, force: true }));
  const serve = () => new Command(t, ["serve", example, "--persist-to", data]);
  let command = serve();
  let url = await command.url();
  const call = async (path, method = "GET") => {
    const response = await fetch(`${url}/tallies/${path}`, { method });
    return response.json();
  };

  assert.deepEqual(await call("ada"), { total: 0 });
  assert.deepEqual(await call("ada/3", "POST"), { total: 3 });
  assert.deepEqual(await call("ada/4", "POST"), { total: 7 });
  assert.deepEqual(await call("grace/1", "POST"), { total: 1 });
  assert.equal(await call("ada/more/5"), true);
  await command.kill("SIGKILL");

  command = serve();
  url = await command.url();
  assert.deepEqual(await call("ada"), { total: 7 });
  assert.deepEqual(await call("grace"), { total: 1 });
  await call("ada", "DELETE");
  assert.deepEqual(await call("ada"), { total: 0 });
  assert.deepEqual(await call("ada/no/such"), { status: 404, error: "no such tally" });
});
