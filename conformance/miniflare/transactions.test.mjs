// Random concurrent transactions on the original package and on ours.
import assert from "node:assert/strict";
import { createRequire } from "node:module";
import process from "node:process";
import test from "node:test";
import { runGated } from "./gated.mjs";
import { judge } from "./judge.mjs";
import { runMixed } from "./mixed.mjs";
import { ORIGINAL, OURS } from "./packages.mjs";
import { Tools } from "./tools.mjs";
import { findAnomaly, runWorkload } from "./workload.mjs";

const require = createRequire(import.meta.url);
const original = require(ORIGINAL);
const ours = require(OURS);

/** Another base tries other seeds: `SEED=123 node --test transactions.test.mjs`. */
const BASE = Number(process.env.SEED ?? 1);
const SEEDS = 150;
const seeds = (count = SEEDS) => Array.from({ length: count }, (_, i) => BASE + i);

/** With so many the original decides who runs again when; beyond, conflicting ones take turns. */
const CONTENDERS_SAME_SCHEDULE = 16;

async function anomalyOf(mf, options) {
  const { outcomes, storage } = await runWorkload(mf, options);
  return findAnomaly(outcomes, await storage.list());
}

async function assertSerialisable(mf, contenders, count) {
  for (const seed of seeds(count)) {
    const anomaly = await anomalyOf(mf, { seed, contenders });
    assert.equal(anomaly, undefined, `seed=${seed} contenders=${contenders}`);
  }
}

test("both packages run the same closures as often, in the same order, and leave the same bytes", async () => {
  for (const seed of seeds()) {
    const contenders = 2 + (seed % (CONTENDERS_SAME_SCHEDULE - 1));
    const options = { seed, contenders };
    const [expected, actual] = [
      await runWorkload(original, options),
      await runWorkload(ours, options),
    ];
    const message = `seed=${seed} contenders=${contenders}`;
    assert.deepEqual(actual.runs, expected.runs, message);
    assert.deepEqual(actual.outcomes, expected.outcomes, message);
    assert.deepEqual(actual.backing.dump(), expected.backing.dump(), message);
    assert.deepEqual(actual.backing.counts, expected.backing.counts, message);
  }
});

for (const [name, run] of Object.entries({
  "calls of every kind at once, also over a backing that fails": runMixed,
  "events of an object, with alarms and blocks": runGated,
})) {
  test(`both packages do the same with ${name}`, async () => {
    for (const seed of seeds()) {
      const wrong = judge(await written(ORIGINAL, run, seed), await written(OURS, run, seed));
      if (wrong) assert.fail(`seed=${seed} ${wrong}`);
    }
  });
}

/** What a random program writes; a call that ends later is not part of it. */
async function written(specifier, run, seed) {
  const t = new Tools(require(specifier), require.resolve(specifier));
  await run(t, seed);
  await t.finish();
  return [...t.lines];
}

for (const [name, mf] of [
  ["the original's", original],
  ["our", ours],
]) {
  test(`${name} transactions are serialisable`, async () => {
    for (const contenders of [2, 5, 16]) await assertSerialisable(mf, contenders, SEEDS / 3);
  });
}

test("our transactions are serialisable when they take turns", async () => {
  for (const contenders of [17, 40, 100]) await assertSerialisable(ours, contenders, SEEDS / 5);
});

/** Faces of a storage that break what transactions promise. */
const BROKEN = {
  "reads nobody validates": (storage) => ({
    transaction: (closure) =>
      storage.transaction((txn) =>
        closure({
          get: (key) => storage.get(key),
          put: (key, value) => txn.put(key, value),
          delete: (key) => txn.delete(key),
          rollback: () => txn.rollback(),
        }),
      ),
  }),
  "no transaction at all": (storage) => ({
    transaction: (closure) =>
      closure({
        get: (key) => storage.get(key),
        put: (key, value) => storage.put(key, value),
        delete: (key) => storage.delete(key),
        rollback: () => {},
      }),
  }),
  "a commit that is lost": (storage) => {
    let count = 0;
    const transaction = (closure) =>
      storage.transaction(async (txn) => {
        await closure(txn);
        if (++count === 5) txn.rollback();
      });
    return { transaction };
  },
};

for (const [name, faceOf] of Object.entries(BROKEN)) {
  test(`the check catches ${name}`, async () => {
    const caught = [];
    for (const seed of seeds(40)) {
      const anomaly = await anomalyOf(ours, { seed, contenders: 8, faceOf });
      if (anomaly) caught.push(seed);
    }
    assert.ok(caught.length > 10, `caught ${caught.length} of 40`);
  });
}
