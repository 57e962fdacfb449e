import assert from "node:assert/strict";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { test } from "node:test";
import { fileURLToPath } from "node:url";
import { Command, get } from "../../../packages/steadfast/test/command.mjs";

const example = fileURLToPath(new URL("..", import.meta.url));

async function post(url, name) {
  const response = await fetch(url, {
    method: "POST",
    headers: { "content-type": "application/json" },
    body: JSON.stringify({ name }),
  });
  return { status: response.status, body: await response.json() };
}

test("Hono routes to objects, and inside of them", async (t) => {
  const data = mkdtempSync(join(tmpdir(), "steadfast-hono-"));
  t.after(() => rmSync(data, { recursive: true, force: true }));
  const command = new Command(t, ["serve", example, "--persist-to", data]);
  const url = await command.url();
  assert.equal(await get(url), "hello\n");
  const entries = `${url}/books/summer/entries`;
  assert.deepEqual(await post(entries, "Ada"), { status: 201, body: { entries: 1 } });
  assert.deepEqual(await post(entries, "Grace"), { status: 201, body: { entries: 2 } });
  assert.equal(await get(entries), '["Ada","Grace"]');
  assert.equal(await get(`${url}/books/winter/entries`), "[]");
  assert.equal((await fetch(`${url}/nowhere`)).status, 404);
  // Hono's logger writes to the console of the Worker.
  await command.printed(/--> POST \S*\/books\/summer\/entries\S* \S*201/);
});
