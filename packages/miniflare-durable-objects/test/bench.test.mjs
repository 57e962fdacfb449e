// `npm run bench:miniflare` measures both sides, and refuses what it does not know.
import assert from "node:assert/strict";
import { spawnSync } from "node:child_process";
import { mkdirSync, mkdtempSync, readdirSync, rmSync } from "node:fs";
import { join } from "node:path";
import { test } from "node:test";

const target = join(import.meta.dirname, "../../../target");

function bench(...args) {
  const script = join(import.meta.dirname, "../bench/bench.mjs");
  return spawnSync(process.execPath, [script, ...args], { encoding: "utf8" });
}

test("a line per case, in the format of the other benchmark, and nothing left behind", () => {
  mkdirSync(target, { recursive: true });
  // Not in the system's place for temporary files, which may be memory.
  const data = mkdtempSync(join(target, "bench-test-"));
  try {
    const cases = ["mf2-put-get-memory", "mf2-put-durable", "mf2-put-file"];
    const only = cases.flatMap((name) => ["--only", name]);
    const { status, stdout, stderr } = bench(
      ...only,
      "--runs",
      "1",
      "--seconds",
      "1",
      "--data",
      data,
    );
    assert.equal(status, 0, stderr);
    const lines = stdout.trimEnd().split("\n");
    const number = "\\d+\\.\\d";
    assert.equal(lines.length, cases.length, stdout);
    for (const [at, name] of cases.entries()) {
      const line = new RegExp(`^bench ${name} ours=${number} peer=${number} ratio=\\d+\\.\\d\\d$`);
      assert.match(lines[at], line);
    }
    assert.match(stderr, /^# runs=1 seconds=1 file_system=/);
    assert.deepEqual(readdirSync(data), []);
  } finally {
    rmSync(data, { recursive: true });
  }
});

test("the help names each case, and what is unknown is an error", () => {
  const { status, stdout } = bench("--help");
  assert.equal(status, 0);
  assert.match(stdout, /mf2-put-get-memory mf2-txn-contended mf2-put-durable mf2-put-file/);
  for (const [args, message] of [
    [["--only", "x"], "no such case, try --help: name=x"],
    [["--fast", "1"], "unknown flag, try --help: flag=--fast"],
    [["--runs", "0"], "not a number above 0: flag=--runs value=0"],
    [["--runs"], "a value is missing: flag=--runs"],
  ]) {
    const { status, stderr } = bench(...args);
    assert.deepEqual([status, stderr], [1, `bench: ${message}\n`]);
  }
});
