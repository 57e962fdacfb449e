// Random alarms on the original package and on ours, with time standing still.
import assert from "node:assert/strict";
import { createRequire } from "node:module";
import process from "node:process";
import test from "node:test";
import { runAlarms } from "./alarm-plans.mjs";
import { judge } from "./judge.mjs";
import { ORIGINAL, OURS } from "./packages.mjs";
import { Tools } from "./tools.mjs";

const require = createRequire(import.meta.url);
const BASE = Number(process.env.SEED ?? 1);
const SEEDS = 60;

test("both packages set, clear and fire the same timers", async () => {
  for (let seed = BASE; seed < BASE + SEEDS; seed++) {
    const wrong = judge(await alarms(ORIGINAL, seed), await alarms(OURS, seed));
    if (wrong) assert.fail(`seed=${seed} ${wrong}`);
  }
});

/** The transcript of the alarms of a seed. */
async function alarms(specifier, seed) {
  const t = new Tools(require(specifier), require.resolve(specifier));
  await runAlarms(t, seed);
  await t.finish();
  return t.lines;
}
