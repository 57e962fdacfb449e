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
/** What each runner said of the tests that failed, for the end, where it is looked for. */
const details = [];

await runMain(async () => {
  await step("build", async () => {
    await build({ everything: true });
    await buildTestingAddon();
  });
  if (failures.length === 0) {
    await step("check", check);
    await step("rust tests", rustTests);
    await step("javascript tests", javascriptTests);
    await step("conformance", () => runConformance([], conformanceLines()));
    await step("conformance with Miniflare 2", () =>
      runMiniflareConformance([], conformanceLines()),
    );
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
    const failed = keep(/^test .* FAILED$|^error/, details);
    await run(["cargo", "test", "--release", "--locked", "--workspace", "--no-fail-fast"], {
      onOutput: (text) => {
        onOutput(text);
        failed(text);
      },
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
  const failed = keepFrom(/^. failing tests:/u, details);
  await run(
    [process.execPath, "--test", "--test-reporter=spec", "--test-timeout=300000", ...files],
    {
      onOutput: (text) => {
        summary(text);
        failed(text);
      },
    },
  );
}

/** Keeps what a conformance suite says in the end, and all from the first program that failed. */
function conformanceLines() {
  const closingLine = keep(/\d+ passed, \d+ failed/);
  const failed = keepFrom(/FAILED/, details);
  return (text) => {
    closingLine(text);
    failed(text);
  };
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

/** Keeps the lines of a runner's output that match, for the closing report or as `into`. */
function keep(pattern, into = closing) {
  return byLine((line) => {
    if (pattern.test(line)) into.push(line);
  });
}

/** Keeps the lines of a runner's output from the first that matches. */
function keepFrom(pattern, into) {
  let found = false;
  return byLine((line) => {
    found ||= pattern.test(line);
    if (found) into.push(line);
  });
}

/** Gives each whole line of an output to `take`. */
function byLine(take) {
  let rest = "";
  return (text) => {
    const lines = (rest + text).split("\n");
    rest = lines.pop();
    for (const line of lines) take(line);
  };
}

function seconds(started) {
  return `${((performance.now() - started) / 1000).toFixed(1)} s`;
}

function report() {
  if (details.length > 0) process.stdout.write(`\n${details.join("\n")}\n`);
  process.stdout.write(`\n${closing.join("\n")}\n`);
  if (failures.length === 0) return say("everything passed");
  say(`failed: ${failures.join(", ")}`);
  process.exitCode = 1;
}
