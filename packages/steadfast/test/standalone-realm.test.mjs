// Storage by itself in a program with globals of its own, as test runners have them.
import assert from "node:assert/strict";
import { execFile } from "node:child_process";
import { test } from "node:test";
import { fileURLToPath } from "node:url";
import { promisify } from "node:util";

test("what is read, and what is thrown, is of the realm of the program", async () => {
  const program = fileURLToPath(new URL("standalone-realm-program.mjs", import.meta.url));
  const args = ["--experimental-vm-modules", "--no-warnings", program];
  const { stdout } = await promisify(execFile)(process.execPath, args);
  assert.equal(stdout, "done\n");
});
