// Random calls of every kind at once on one storage: what both packages must do line for line.
import { randomOf } from "./random.mjs";
import { show, showError } from "./show.mjs";

const KEYS = ["a", "b", "c", "d", "é", "～", "😀"];
const LIST_OPTIONS = [
  undefined,
  { limit: 2 },
  { reverse: true, limit: 3 },
  { start: "b" },
  { startAfter: "b", limit: 1 },
  { prefix: "c" },
  { end: "é" },
];
const BACKING_METHODS = ["getMany", "hasMany", "putMany", "deleteMany", "list"];

/** Calls of one contender, at most. */
const CALLS_MAX = 5;
/** So many transactions at once are scheduled as in the original. */
const CONTENDERS_MAX = 16;
/** As many when nobody waits for their own. */
const CONTENDERS_IN_HASTE_MAX = Math.floor(CONTENDERS_MAX / CALLS_MAX);

/** What a call on a storage or a transaction can be: its name, and how it is made. */
const CALLS = {
  get: (on, { key, how }) => on.get(key(), how),
  getMany: (on, { keys, how }) => on.get(keys(), how),
  put: (on, { key, value, how }) => on.put(key(), value(), how),
  putMany: (on, { keys, value, how }) => {
    return on.put(Object.fromEntries(keys().map((k) => [k, value()])), how);
  },
  delete: (on, { key, how }) => on.delete(key(), how),
  deleteMany: (on, { keys, how }) => on.delete(keys(), how),
  list: (on, { options, how }) => on.list(how ? { ...options(), ...how } : options()),
};

/**
 * Writes what the calls of a seed come to; `t` is a fresh set of tools.
 * @param {import("./tools.mjs").Tools} t
 * @param {number} seed
 */
export async function runMixed(t, seed) {
  const random = randomOf(seed);
  const storage = t.storage({ turns: random(3) === 0 ? 1 : 0, fail: failures(random) });
  const patient = random(2) === 0;
  const contenders = 2 + random((patient ? CONTENDERS_MAX : CONTENDERS_IN_HASTE_MAX) - 1);
  await Promise.all(
    Array.from({ length: contenders }, (_, i) =>
      contend(t, storage, { random: randomOf(seed * 100 + i), number: i, patient }),
    ),
  );
  await t.start("sync", () => storage.sync());
}

/** In one seed of three some calls of the backing throw. */
function failures(random) {
  if (random(3) !== 0) return {};
  const method = BACKING_METHODS[random(BACKING_METHODS.length)];
  return { [method]: [1 + random(5), 4 + random(10)] };
}

async function contend(t, storage, { random, number, patient }) {
  const pending = [];
  for (let step = 0; step < 2 + random(CALLS_MAX - 1); step++) {
    const name = `${number}.${step}`;
    const outcome = once(t, storage, random, name);
    if (!patient && random(3) === 0) pending.push(outcome);
    else await outcome;
    await pause(t, random);
  }
  await Promise.all(pending);
}

function once(t, storage, random, name) {
  const kind = random(10);
  if (kind === 0) return t.start(`${name} deleteAll`, () => storage.deleteAll());
  if (kind < 5) return transact(t, storage, random, name);
  return call(t, storage, random, name);
}

/** Makes a random call on a storage or a transaction; `how` are its options. */
export function call(t, on, random, name, how = undefined) {
  const method = Object.keys(CALLS)[random(Object.keys(CALLS).length)];
  return t.start(`${name} ${method}`, () => CALLS[method](on, { ...choices(random, name), how }));
}

/** A transaction whose closure does the same in each run. */
function transact(t, storage, random, name) {
  const seed = random(2 ** 30);
  let runs = 0;
  const closure = async (txn) => {
    const chosen = randomOf(seed);
    runs++;
    for (let step = 0; step < 1 + chosen(4); step++) {
      const outcome = call(t, txn, chosen, `${name}/${runs}.${step}`);
      if (chosen(4) !== 0) await outcome;
      await pause(t, chosen);
    }
    const end = chosen(6);
    if (end === 0) txn.rollback();
    if (end === 1) throw new Error(`end of ${name}`);
    return runs;
  };
  return storage.transaction(closure).then(
    (value) => t.log(`${name} transaction -> ${show(value)}`),
    (error) => t.log(`${name} transaction rejects ${showError(error)}`),
  );
}

function choices(random, name) {
  const key = () => KEYS[random(KEYS.length)];
  return {
    key,
    keys: () => Array.from({ length: random(5) }, key),
    value: () => `${name}:${random(100)}`,
    options: () => LIST_OPTIONS[random(LIST_OPTIONS.length)],
  };
}

/** Waits for some microtasks, or a turn of the event loop. */
export async function pause(t, random) {
  const kind = random(6);
  if (kind === 0) await t.turn();
  for (let i = 0; i < kind; i++) await undefined;
}
