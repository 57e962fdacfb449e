import assert from "node:assert/strict";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { test } from "node:test";
import { fileURLToPath } from "node:url";
import { Command, get } from "../../../packages/steadfast/test/command.mjs";
import { Visitor } from "../../../packages/steadfast/test/visitor.mjs";

const example = fileURLToPath(new URL("..", import.meta.url));

test("PartyServer's rooms hibernate, broadcast, and count over a crash", async (t) => {
  const data = mkdtempSync(join(tmpdir(), "steadfast-party-"));
  t.after(() => rmSync(data, { recursive: true, force: true }));
  const serve = () => new Command(t, ["serve", example, "--persist-to", data]);
  let command = serve();
  let url = await command.url();
  const enter = (id, team) => Visitor.connect(t, `${url}/parties/lobby/den?_pk=${id}&team=${team}`);

  const ada = await enter("ada", "red");
  assert.equal(await ada.next(), "welcome to den, 0 said so far");
  const grace = await enter("grace", "blue");
  assert.equal(await grace.next(), "welcome to den, 0 said so far");
  assert.equal(await ada.next(), "grace came");
  ada.send("hello");
  assert.equal(await grace.next(), "ada: hello");
  grace.send("@red only you");
  assert.equal(await ada.next(), "grace: only you");
  assert.equal(await get(`${url}/parties/lobby/den`), '{"room":"den","count":2}');
  assert.equal(await get(`${url}/count/den`), "2\n");
  assert.equal(await get(`${url}/count/other`), "0\n");
  await grace.close(1000);
  assert.equal(await ada.next(), "grace left");
  await command.kill("SIGKILL");
  await ada.closed;

  command = serve();
  url = await command.url();
  const again = await enter("ada", "red");
  assert.equal(await again.next(), "welcome to den, 2 said so far");
  again.send("still here");
  assert.equal(await get(`${url}/nothing`), "Not found\n");
  assert.equal((await again.close(1000)).code, 1000);
  assert.equal(await get(`${url}/count/den`), "3\n");
});
