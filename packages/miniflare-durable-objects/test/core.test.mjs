// What the packages say when the steadfast beside them is another one, or is not there.
import assert from "node:assert/strict";
import { execFile } from "node:child_process";
import { rmSync } from "node:fs";
import { join } from "node:path";
import { test } from "node:test";
import { promisify } from "node:util";
import { installCopy, linkDependencies, version } from "../../steadfast/test/installed.mjs";
import { project, write } from "../../steadfast/test/project.mjs";

const execute = promisify(execFile);

const STORAGE = "@steadfast/storage";
const DROP_IN = "@steadfast/miniflare-durable-objects";
const INSTALL = `run "npm install steadfast@${version}"`;

/** A project with both packages, and `steadfast` of the version given. */
function projectBeside(t, steadfast) {
  const directory = project(t, {});
  for (const name of [STORAGE, DROP_IN]) installCopy(directory, name);
  for (const name of [STORAGE, DROP_IN]) linkDependencies(directory, name);
  installCopy(directory, "steadfast", steadfast);
  return directory;
}

/** The message of the error with which `load` fails in `directory`. */
async function failureOf(directory, load) {
  const program = `try { ${load}; console.log("it loads"); } catch (error) { console.log(error.message); }`;
  const type = load.startsWith("await") ? ["--input-type=module"] : [];
  const env = { ...process.env, STEADFAST_ADDON: "" };
  const { stdout } = await execute(process.execPath, [...type, "-e", program], {
    cwd: directory,
    env,
  });
  return stdout.trimEnd();
}

/** Both ways in, for each package. */
function* loads() {
  for (const name of [STORAGE, DROP_IN]) {
    yield { name, load: `require("${name}")` };
    yield { name, load: `await import("${name}")` };
  }
}

test("the packages load beside their own version", async (t) => {
  const directory = projectBeside(t, version);
  for (const { load } of loads()) assert.equal(await failureOf(directory, load), "it loads");
});

test("another version of steadfast is an error that names both", async (t) => {
  const directory = projectBeside(t, "0.2.0");
  const installed = join(directory, "node_modules", "steadfast");
  for (const { name, load } of loads()) {
    assert.equal(
      await failureOf(directory, load),
      `${name} ${version} needs steadfast ${version}, but steadfast 0.2.0 is installed ` +
        `(${installed}): ${INSTALL}`,
    );
  }
});

test("a steadfast from before these packages is an error that names both versions", async (t) => {
  const directory = projectBeside(t, version);
  const exports = { ".": "./dist/index.js", "./package.json": "./package.json" };
  const old = { name: "steadfast", version: "0.0.9", type: "module", exports };
  write(directory, "node_modules/steadfast/package.json", old);
  for (const { name, load } of loads()) {
    assert.equal(
      await failureOf(directory, load),
      `${name} ${version} needs steadfast ${version}, but steadfast 0.0.9 is installed: ${INSTALL}`,
    );
  }
});

test("no steadfast at all is an error that says what to install", async (t) => {
  const directory = projectBeside(t, version);
  rmSync(join(directory, "node_modules", "steadfast"), { recursive: true });
  for (const { name, load } of loads()) {
    assert.equal(
      await failureOf(directory, load),
      `${name} ${version} needs steadfast ${version}, which is not installed: ${INSTALL}`,
    );
  }
});
