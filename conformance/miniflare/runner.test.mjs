import assert from "node:assert/strict";
import { join } from "node:path";
import test from "node:test";
import { differing } from "./differences.mjs";
import { judge } from "./judge.mjs";
import { ORIGINAL } from "./packages.mjs";
import { readPrograms } from "./programs.mjs";
import { runSide } from "./run-side.mjs";
import { show } from "./show.mjs";

const SLOPPY = join(import.meta.dirname, "broken", "sloppy.cjs");

/** Programs of which the broken package fails all but the last. */
const NAMES = ["validation/get-undefined-key", "list/prefix", "writes/put-get", "ids/vectors"];

/** Long for a program, short for a test. */
const HANG_MS = 6000;

test("a broken package is noticed, and a program that hangs stops no other", async () => {
  const [expected, actual] = await Promise.all([
    runSide(ORIGINAL, NAMES),
    runSide(SLOPPY, NAMES, HANG_MS),
  ]);
  const found = NAMES.map((name) => judge(expected.get(name), actual.get(name), undefined));
  assert.match(found[0], /- .* rejects TypeError[\s\S]*\+ .* throws TypeError/);
  assert.match(found[1], /'apricot', 'apple'/);
  assert.match(found[2], /the program hangs/);
  assert.equal(found[3], undefined);
});

test("a package that cannot be loaded is an error, not a failed program", async () => {
  await assert.rejects(runSide(join(SLOPPY, "nowhere"), NAMES), /the programs cannot run/);
});

test("a pinned difference holds both sides to what is written down", () => {
  const pinned = { reason: "because", original: ["a"], ours: ["b"] };
  assert.equal(judge(["a"], ["b"], pinned), undefined);
  assert.match(judge(["a"], ["a"], pinned), /ours \(- pinned, \+ now\)/);
  assert.match(judge(["c"], ["b"], pinned), /the original \(- pinned, \+ now\)/);
  assert.equal(judge(["a"], ["a"], undefined), undefined);
  assert.match(judge(["the program rejects x"], ["the program rejects x"], undefined), /rejects x/);
});

test("every program that differs exists, and every program of that area differs", async () => {
  const programs = [...(await readPrograms()).keys()];
  assert.deepEqual(
    programs.filter((name) => name.startsWith("differences/")).sort(),
    [...differing].sort(),
  );
});

test("values and errors are shown the same whoever made them", () => {
  const error = Object.assign(new RangeError("text"), { code: "X", cause: new Error("inner") });
  assert.equal(show(error), "RangeError: text code=X cause=(Error: inner)");
  assert.equal(show("a"), '"a"');
  assert.match(show("a".repeat(300)), /^"a{40}…\(300 units, [0-9a-f]{8}\)"$/);
  assert.equal(show(new Map([["a", { b: [1] }]])), "Map(1) { 'a' => { b: [ 1 ] } }");
});
