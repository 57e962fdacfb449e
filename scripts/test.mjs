// `npm test`: installs, builds, checks, and runs every test of both languages.
// The last lines repeat what each runner said at its end.
import { existsSync, readdirSync } from "node:fs";
import { join } from "node:path";
import process from "node:process";
import { build, buildTestingAddon, CommandFailed, root, run, runMain, say } from "./build.mjs";
import { check } from "./check.mjs";
import { runConformance } from "./conformance.mjs";
import { runMiniflareConformance } from "./conformance-miniflare.mjs";

const closing = [];
const failures = [];

await runMain(async () => {
  await step("build", async () => {
    await build({ everything: true });
    await buildTestingAddon();
  });
  if (failures.length === 0) {
    await step("check", check);
    await step("rust tests", rustTests);
    await step("javascript tests", javascriptTests);
    await step("conformance", () => runConformance([], keep(/\d+ passed, \d+ failed/)));
    const closingLine = keep(/\d+ passed, \d+ failed/);
    await step("conformance with Miniflare 2", () => runMiniflareConformance([], closingLine));
  }
  report();
});

/** A failed command is noted and the next step still runs, so one run shows everything. */
async function step(name, work) {
  const started = performance.now();
  say(name);
  try {
    await work();
    closing.push(`${name}: ok in ${seconds(started)}`);
  } catch (error) {
    if (!(error instanceof CommandFailed)) throw error;
    failures.push(name);
    closing.push(`${name}: FAILED after ${seconds(started)}, ${error.message}`);
  }
}

async function rustTests() {
  const totals = { passed: 0, failed: 0, ignored: 0 };
  let line = "";
  const onOutput = (text) => {
    line += text;
    const lines = line.split("\n");
    line = lines.pop();
    for (const each of lines) {
      const result = /^test result: .* (\d+) passed; (\d+) failed; (\d+) ignored/.exec(each);
      if (!result) continue;
      totals.passed += Number(result[1]);
      totals.failed += Number(result[2]);
      totals.ignored += Number(result[3]);
    }
  };
  try {
    await run(["cargo", "test", "--release", "--locked", "--workspace", "--no-fail-fast"], {
      onOutput,
    });
  } finally {
    closing.push(
      `cargo test: ${totals.passed} passed; ${totals.failed} failed; ${totals.ignored} ignored`,
    );
  }
}

async function javascriptTests() {
  const files = testFiles();
  if (files.length === 0) return;
  const summary = keep(/^. (tests|pass|fail|skipped|cancelled) \d+/u);
  await run(
    [process.execPath, "--test", "--test-reporter=spec", "--test-timeout=300000", ...files],
    { onOutput: summary },
  );
}

/** Every `*.test.mjs` and `*.test.js` of the packages and of the conformance suites. */
function testFiles() {
  const directories = [join(root, "conformance"), join(root, "conformance", "miniflare")];
  for (const group of ["packages", "examples"]) {
    for (const name of readdirSync(join(root, group))) {
      directories.push(join(root, group, name, "test"));
    }
  }
  return directories
    .filter(existsSync)
    .flatMap((directory) => readdirSync(directory).map((name) => join(directory, name)))
    .filter((path) => /\.test\.m?js$/.test(path));
}

/** Keeps the lines of a runner's output that match, for the closing report. */
function keep(pattern) {
  let rest = "";
  return (text) => {
    const lines = (rest + text).split("\n");
    rest = lines.pop();
    for (const line of lines) if (pattern.test(line)) closing.push(line);
  };
}

function seconds(started) {
  return `${((performance.now() - started) / 1000).toFixed(1)} s`;
}

function report() {
  process.stdout.write(`\n${closing.join("\n")}\n`);
  if (failures.length === 0) return say("everything passed");
  say(`failed: ${failures.join(", ")}`);
  process.exitCode = 1;
}
