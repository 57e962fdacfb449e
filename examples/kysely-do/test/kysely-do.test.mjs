import assert from "node:assert/strict";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { test } from "node:test";
import { fileURLToPath } from "node:url";
import { Command, get } from "../../../packages/steadfast/test/command.mjs";

const example = fileURLToPath(new URL("..", import.meta.url));

test("Kysely queries the database of an object, before and after a crash", async (t) => {
  const data = mkdtempSync(join(tmpdir(), "steadfast-kysely-"));
  t.after(() => rmSync(data, { recursive: true, force: true }));
  const serve = () => new Command(t, ["serve", example, "--persist-to", data]);
  const json = async (url) => JSON.parse(await get(url));
  let command = serve();
  let url = await command.url();
  const add = async (title, author) => {
    const body = JSON.stringify({ title, author });
    const response = await fetch(`${url}/books`, { method: "POST", body });
    return (await response.json()).id;
  };
  const rename = async (id, title) =>
    (await fetch(`${url}/books/${id}`, { method: "PUT", body: title })).status;

  assert.equal(await add("Notes", "Lovelace"), 1);
  assert.equal(await add("Compilers", "Hopper"), 2);
  assert.equal(await add("Sketch", "Lovelace"), 3);
  assert.equal(await rename(1, "Notes A to G"), 204);
  assert.equal(await rename(9, "Nothing"), 404);
  await command.kill("SIGKILL");

  command = serve();
  url = await command.url();
  assert.deepEqual(await json(`${url}/books`), [
    { title: "Compilers", name: "Hopper" },
    { title: "Notes A to G", name: "Lovelace" },
    { title: "Sketch", name: "Lovelace" },
  ]);
  assert.deepEqual(await json(`${url}/books?author=Hopper`), [
    { title: "Compilers", name: "Hopper" },
  ]);
  assert.deepEqual(await json(`${url}/counts`), { Hopper: 1, Lovelace: 2 });
});
