// Who gets the lock, and when.
import assert from "node:assert/strict";
import { test } from "node:test";
import * as original from "@miniflare/durable-objects";
import * as ours from "@steadfast/miniflare-durable-objects";
import { turns } from "./transcripts.mjs";

/** Runs closures that end when told to, and tells in which order they begin and end. */
async function program({ ReadWriteMutex }, steps) {
  const mutex = new ReadWriteMutex();
  const lines = [];
  const open = new Map();
  const ends = [];
  for (const step of steps.split(" ")) {
    if (open.has(step)) {
      open.get(step)();
      for (let turn = 0; turn < 10; turn++) await undefined;
      continue;
    }
    const method = step.startsWith("r") ? "runWithRead" : "runWithWrite";
    const work = () => {
      lines.push(`${step} begins`);
      if (step.endsWith("!")) throw new Error(step);
      return step.endsWith("*") ? step : end;
    };
    const end = new Promise((resolve) => open.set(step, () => resolve(step)));
    ends.push(
      mutex[method](work).then(
        (value) => lines.push(`${value} has ended`),
        (error) => lines.push(`${error.message} has failed`),
      ),
    );
    lines.push(`${step} was called`);
  }
  for (const close of open.values()) close();
  await Promise.all(ends);
  return lines;
}

const PROGRAMS = [
  "r1 r2 w1 r3 r1 r2 w1 r3",
  "w1 r1 w2 r2 r3 w1 w2 r2 r1 r3",
  "w1 w2 w3 r1 w2 w1 w3",
  "r1 w1 r2 w2 r1 w1 w2 r2",
  "r1* w1* r2* w2*",
  "w1! r1! w2 r2! w2 w3*",
  "r1 w1! r2 r1 r2",
];

test("the lock goes to the same callers in the same order as in the original", async () => {
  for (const steps of PROGRAMS) {
    assert.deepEqual(await program(ours, steps), await program(original, steps), steps);
  }
});

test("waiting writers come before waiting readers", async () => {
  const lines = await program(ours, "w1 r1 w2 w1 w2 r1");
  const begun = lines.filter((line) => line.endsWith("begins"));
  assert.deepEqual(begun, ["w1 begins", "w2 begins", "r1 begins"]);
});

test("a free lock is taken at once, for as many turns as in the original", async () => {
  for (const method of ["runWithRead", "runWithWrite"]) {
    for (const closure of [() => 1, async () => 1, () => Promise.reject(new Error("failed"))]) {
      const [expected, actual] = await Promise.all(
        [original, ours].map(({ ReadWriteMutex }) =>
          turns(() => new ReadWriteMutex()[method](closure)),
        ),
      );
      assert.equal(actual, expected);
    }
  }
});
