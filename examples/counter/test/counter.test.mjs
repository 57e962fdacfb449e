import assert from "node:assert/strict";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { test } from "node:test";
import { fileURLToPath } from "node:url";
import { Command, get } from "../../../packages/steadfast/test/command.mjs";

const example = fileURLToPath(new URL("..", import.meta.url));

test("counts per path, and goes on after kill -9", async (t) => {
  const data = mkdtempSync(join(tmpdir(), "steadfast-counter-"));
  t.after(() => rmSync(data, { recursive: true, force: true }));
  const first = new Command(t, ["dev", example, "--persist-to", data]);
  const url = await first.url();
  assert.equal(await get(url), "1\n");
  assert.equal(await get(url), "2\n");
  assert.equal(await get(`${url}/other`), "1\n");
  await first.kill("SIGKILL");

  const second = new Command(t, ["dev", example, "--persist-to", data]);
  const again = await second.url();
  assert.equal(await get(again), "3\n");
  assert.equal(await get(`${again}/other`), "2\n");
});
