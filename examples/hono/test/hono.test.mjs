import assert from "node:assert/strict";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { test } from "node:test";
import { fileURLToPath } from "node:url";
import { Command, get } from "../../../packages/steadfast/test/command.mjs";
import { Visitor } from "../../../packages/steadfast/test/visitor.mjs";

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

test("Hono opens WebSockets of objects, which tell of new entries", async (t) => {
  const data = mkdtempSync(join(tmpdir(), "steadfast-hono-"));
  t.after(() => rmSync(data, { recursive: true, force: true }));
  const serve = () => new Command(t, ["serve", example, "--persist-to", data]);
  let command = serve();
  let url = await command.url();
  const book = () => `${url}/books/summer`;
  assert.equal(await get(`${book()}/live`), "Expected a WebSocket\n");
  const visitor = await Visitor.connect(t, `${book()}/live`);
  await post(`${book()}/entries`, "Ada");
  assert.equal(await visitor.next(), "Ada");
  await command.kill("SIGKILL");
  await visitor.closed;

  command = serve();
  url = await command.url();
  const again = await Visitor.connect(t, `${book()}/live`);
  again.send("what is there?");
  assert.equal(await again.next(), "Ada");
});
