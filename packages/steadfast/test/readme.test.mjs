// The README's code is run as it stands there.
import assert from "node:assert/strict";
import { execFile } from "node:child_process";
import { mkdirSync, readFileSync, symlinkSync } from "node:fs";
import { join } from "node:path";
import { test } from "node:test";
import { fileURLToPath } from "node:url";
import { promisify } from "node:util";
import { Command, get } from "./command.mjs";
import { project } from "./project.mjs";

const execute = promisify(execFile);
const package_ = fileURLToPath(new URL("..", import.meta.url));
const readme = readFileSync(new URL("../../../README.md", import.meta.url), "utf8");

/** The first block of code after the text that names its file. */
function blockOf(file) {
  const named = readme.indexOf(`\`${file}\``);
  assert.notEqual(named, -1, `the README names ${file}`);
  const [, code] = /```\w+\n(.*?)```/s.exec(readme.slice(named));
  return code;
}

/** A directory with the project of the README, in which `steadfast` is installed. */
function readmeProject(t) {
  const files = ["src/index.js", "wrangler.jsonc", "counter.test.js"];
  const contents = Object.fromEntries(files.map((file) => [file, blockOf(file)]));
  const directory = project(t, { ...contents, "package.json": { type: "module" } });
  mkdirSync(join(directory, "node_modules"));
  symlinkSync(package_, join(directory, "node_modules", "steadfast"), "junction");
  return directory;
}

test("the project is served", async (t) => {
  const command = new Command(t, ["serve"], { cwd: readmeProject(t) });
  const url = await command.url();
  assert.equal(await get(`${url}/a`), "1\n");
  assert.equal(await get(`${url}/a`), "2\n");
  assert.equal(await get(`${url}/b`), "1\n");
  assert.doesNotMatch(command.output, /warning/i);
});

test("the test passes", async (t) => {
  const cwd = readmeProject(t);
  const command = ["--import", "steadfast/register", "--test"];
  assert.ok(readme.includes(`node ${command.join(" ")}\n`), "the README says how to run it");
  // Inside a test runner, another one would report to this one.
  const env = { ...process.env, NODE_TEST_CONTEXT: undefined };
  const { stdout } = await execute(process.execPath, command, { cwd, env });
  assert.match(stdout, /\bpass 1\b/);
  assert.match(stdout, /\bfail 0\b/);
});
