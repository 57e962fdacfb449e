// Random concurrent transactions on one storage, and whether some serial order gives what they saw.
import { setImmediate as turn } from "node:timers/promises";
import { randomOf } from "./random.mjs";
import { Recorder } from "./recorder.mjs";

const KEYS = ["a", "b", "c", "d", "e", "f"];
const COUNTER = "count";

/**
 * One thing a transaction does.
 * @typedef {{ kind: "get" | "put" | "delete" | "count" | "turn" | "tick", keys: string[] }} Step
 * @typedef {{ steps: Step[], end: "commit" | "rollback" | "throw" }} Plan
 *
 * What a closure saw and did; a deleted key is written as undefined.
 * @typedef {{ read: string, value: unknown } | { write: string, value: unknown } | { has: string, value: boolean }} Event
 *
 * A transaction that is over: the events of the run that counted, and how it ended.
 * @typedef {{ id: string, end: Plan["end"], trace: Event[] }} Outcome
 */

/**
 * The plans of a seed: `contenders` lists of transactions, each list run one after another.
 * @param {number} seed
 * @param {number} contenders
 * @returns {Plan[][]}
 */
function plansOf(seed, contenders) {
  const random = randomOf(seed);
  const key = () => KEYS[random(KEYS.length)];
  const kinds = ["get", "get", "get", "put", "put", "delete", "count", "turn", "tick"];
  const step = () => {
    const kind = kinds[random(kinds.length)];
    return { kind, keys: kind === "get" && random(3) === 0 ? [key(), key()] : [key()] };
  };
  const plan = () => ({
    steps: Array.from({ length: 1 + random(7) }, step),
    end: ["commit", "commit", "commit", "commit", "rollback", "throw"][random(6)],
  });
  return Array.from({ length: contenders }, () => Array.from({ length: 1 + random(3) }, plan));
}

/**
 * Runs the plans of a seed at once; `faceOf(storage)` is what begins the transactions.
 * @param {object} mf the package
 * @param {{ seed: number, contenders: number, faceOf?: (storage: object) => object }} options
 * @returns what each transaction did in the order they ended, whose closure ran when, and the backing
 */
export async function runWorkload(mf, { seed, contenders, faceOf = (storage) => storage }) {
  const backing = new Recorder(() => {}, { quiet: true, turns: seed % 3 === 0 ? 1 : 0 });
  const storage = new mf.DurableObjectStorage(backing);
  const face = faceOf(storage);
  /** @type {Outcome[]} */
  const outcomes = [];
  /** @type {string[]} */
  const runs = [];
  const contend = async (plans, number) => {
    for (const [index, plan] of plans.entries()) {
      const id = `${number}-${index}`;
      outcomes.push(await perform(face, plan, id, runs));
    }
  };
  await Promise.all(plansOf(seed, contenders).map(contend));
  await storage.sync();
  return { outcomes, runs, storage, backing };
}

class Stop extends Error {}

async function perform(face, { steps, end }, id, runs) {
  let trace = [];
  const closure = async (txn) => {
    runs.push(id);
    trace = [];
    for (const step of steps) await take(txn, step, trace, `${id}:${trace.length}`);
    if (end === "rollback") txn.rollback();
    if (end === "throw") throw new Stop();
  };
  try {
    await face.transaction(closure);
  } catch (error) {
    if (!(error instanceof Stop)) throw error;
  }
  return { id, end, trace };
}

async function take(txn, { kind, keys }, trace, value) {
  const [key] = keys;
  if (kind === "turn") await turn();
  if (kind === "tick") await undefined;
  if (kind === "put") {
    trace.push({ write: key, value });
    await txn.put(key, value);
  }
  if (kind === "delete") {
    trace.push({ has: key, value: await txn.delete(key) }, { write: key, value: undefined });
  }
  if (kind === "get" && keys.length > 1) {
    const found = await txn.get(keys);
    for (const each of keys) trace.push({ read: each, value: found.get(each) });
  } else if (kind === "get") trace.push({ read: key, value: await txn.get(key) });
  if (kind === "count") {
    const count = await txn.get(COUNTER);
    trace.push({ read: COUNTER, value: count }, { write: COUNTER, value: (count ?? 0) + 1 });
    await txn.put(COUNTER, (count ?? 0) + 1);
  }
}

/**
 * Replays committed transactions one after another in the order they ended: each must have seen what
 * its predecessors left, and the storage must hold what the last one left.
 * @param {Outcome[]} outcomes
 * @param {Map<string, unknown>} held
 * @returns {string | undefined} what no serial order of them explains
 */
export function findAnomaly(outcomes, held) {
  const state = new Map();
  let increments = 0;
  for (const { id, trace } of outcomes.filter(({ end }) => end === "commit")) {
    const own = new Map();
    for (const event of trace) {
      const key = "write" in event ? event.write : "read" in event ? event.read : event.has;
      if ("write" in event) {
        own.set(key, event.value);
        if (key === COUNTER) increments++;
        continue;
      }
      const value = own.has(key) ? own.get(key) : state.get(key);
      const seen = "has" in event ? value !== undefined : value;
      if (seen !== event.value) return `transaction ${id} saw ${key}=${event.value}, not ${seen}`;
    }
    for (const [key, value] of own) {
      if (value === undefined) state.delete(key);
      else state.set(key, value);
    }
  }
  if ((held.get(COUNTER) ?? 0) !== increments) {
    return `${increments} increments, counted ${held.get(COUNTER)}`;
  }
  const sorted = (map) => JSON.stringify([...map].sort(([a], [b]) => (a < b ? -1 : 1)));
  if (sorted(state) !== sorted(held)) return `it holds ${sorted(held)}, not ${sorted(state)}`;
  return undefined;
}
