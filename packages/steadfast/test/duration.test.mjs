// Lengths of time as texts, numbers and parts.
import assert from "node:assert/strict";
import { test } from "node:test";
import { toMilliseconds } from "../dist/duration.js";

const read = [
  [0, 0],
  [1500, 1500],
  ["90 s", 90_000],
  ["90s", 90_000],
  ["1 hour", 3_600_000],
  ["1 Hour", 3_600_000],
  ["30 days", 30 * 86_400_000],
  ["1.5 h", 5_400_000],
  ["250 ms", 250],
  ["2 weeks", 14 * 86_400_000],
  ["1 hour 30 minutes", 5_400_000],
  ["1 day, 2 h, 3 min", 93_780_000],
  [" 5 seconds ", 5000],
  [{ hours: 1 }, 3_600_000],
  [{ days: 1, minutes: 1, milliseconds: 5 }, 86_460_005],
];

for (const [duration, ms] of read) {
  test(`${JSON.stringify(duration)} is ${ms} ms`, () => {
    assert.equal(toMilliseconds(duration), ms);
  });
}

const refused = [
  -1,
  Number.NaN,
  Number.POSITIVE_INFINITY,
  "",
  " ",
  "5",
  "hour",
  "5 fortnights",
  "5 s x",
  "x 5 s",
  "-5 s",
  "5 toString",
  {},
  { hour: 1 },
  { hours: "1" },
  { hours: 1, toString: 1 },
  null,
  undefined,
  true,
];

for (const duration of refused) {
  test(`${JSON.stringify(duration) ?? String(duration)} is refused`, () => {
    assert.throws(() => toMilliseconds(duration), { name: "TypeError", message: /^not a length/ });
  });
}
