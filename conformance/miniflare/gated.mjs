// Random events of one object under its gates: calls with options, alarms, transactions and blocks in each other.
import { call, pause } from "./mixed.mjs";
import { randomOf } from "./random.mjs";

const NOW = 1_700_000_000_000;
const HOW = [
  undefined,
  { allowConcurrency: true },
  { allowUnconfirmed: true },
  { allowConcurrency: true, allowUnconfirmed: true },
];

/** So many transactions at once are scheduled as in the original. */
const TRANSACTIONS_MAX = 14;
/** A closure that makes itself run again gives up. */
const RUNS_MAX = 6;
const DEPTH_MAX = 3;
/** Closures may come to wait for each other for ever: what is done by then counts. */
const TURNS_MAX = 100;

const ALARM_CALLS = {
  getAlarm: (on, random) => on.getAlarm(howOf(random)),
  setAlarm: (on, random) => on.setAlarm(NOW + random(1000), howOf(random)),
  deleteAlarm: (on, random) => on.deleteAlarm(howOf(random)),
};

/**
 * Writes what the events of a seed come to; `t` is a fresh set of tools.
 * @param {import("./tools.mjs").Tools} t
 * @param {number} seed
 */
export async function runGated(t, seed) {
  const random = randomOf(seed);
  const storage = t.storage({ turns: random(3) === 0 ? 1 : 0, bridge: bridgeOf(t) });
  const object = {
    t,
    storage,
    state: t.state(storage),
    // The original loses an alarm that is set beside a transaction: in one seed there is only one of both.
    hasTransactions: random(2) === 0,
    transactions: 0,
  };
  const events = Array.from({ length: 1 + random(4) }, (_, number) => {
    const place = { random: randomOf(seed * 100 + number), name: `${number}`, depth: 0 };
    return t.start(`event ${number}`, () =>
      t.event(object.state, () => perform(object, storage, place)),
    );
  });
  await Promise.race([Promise.all(events), t.settle(TURNS_MAX)]);
  await Promise.race([t.call("sync", () => storage.sync()), t.settle(TURNS_MAX)]);
}

function bridgeOf(t) {
  return {
    setAlarm: async (time) => t.log("bridge setAlarm", time),
    deleteAlarm: async () => t.log("bridge deleteAlarm"),
  };
}

const howOf = (random) => HOW[random(HOW.length)];

/** Some steps on a storage or a transaction; not all of them are waited for. */
async function perform(object, on, place) {
  const { random, name } = place;
  const pending = [];
  for (let step = 0; step < 1 + random(5); step++) {
    const outcome = take(object, on, { ...place, name: `${name}.${step}` });
    if (random(3) === 0) pending.push(outcome);
    else await outcome;
    await pause(object.t, random);
  }
  if (random(2) === 0) await Promise.all(pending);
  if (random(6) === 0) throw new Error(`end of ${name}`);
}

function take(object, on, place) {
  const { t, storage, hasTransactions } = object;
  const { random, name, depth } = place;
  const kind = random(12);
  if (kind < 2 && hasTransactions === (on !== storage)) return changeAlarm(t, on, place);
  if (kind < 5 && depth < DEPTH_MAX && on === storage) {
    return hasTransactions && random(3) > 0 ? transact(object, place) : block(object, place);
  }
  if (kind === 5 && on === storage) {
    return t.start(`${name} deleteAll`, () => storage.deleteAll(howOf(random)));
  }
  return call(t, on, random, name, howOf(random));
}

function changeAlarm(t, on, { random, name }) {
  const method = Object.keys(ALARM_CALLS)[random(Object.keys(ALARM_CALLS).length)];
  return t.start(`${name} ${method}`, () => ALARM_CALLS[method](on, random));
}

/** A transaction whose closure does the same in each run, but begins others only in the first. */
function transact(object, { random, name, depth }) {
  if (++object.transactions > TRANSACTIONS_MAX) return undefined;
  const { t, storage } = object;
  const seed = random(2 ** 30);
  let runs = 0;
  const closure = async (txn) => {
    if (++runs > RUNS_MAX) throw new Error("too often");
    const place = { random: randomOf(seed), name: `${name}/${runs}`, depth: depth + 1 };
    if (runs === 1 && seed % 3 === 0) await perform(object, storage, place);
    await perform(object, txn, place);
    if (seed % 5 === 0) txn.rollback();
    return runs;
  };
  return t.start(`${name} transaction`, () => storage.transaction(closure));
}

function block(object, place) {
  const closure = () => perform(object, object.storage, { ...place, depth: place.depth + 1 });
  return object.t.start(`${place.name} block`, () => object.state.blockConcurrencyWhile(closure));
}
