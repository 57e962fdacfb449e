// Transactions that all increment one key, begun at once.
import { objects } from "./packages.mjs";

const TRANSACTIONS = 5000;
const STOP_SECONDS = 10;
/** So many the original finishes within seconds. */
const SMALL_SET = 500;

export const contended = {
  name: "mf2-txn-contended",
  conditions:
    `${TRANSACTIONS} transactions over MemoryStorage of the same side, begun at once, that increment one key, after a ` +
    `set of ${SMALL_SET} that warms up. A side that needs more than ${STOP_SECONDS} s is stopped: the transactions ` +
    "left roll back. Ours is given by what it committed. The peer, which runs all that are left once more for each commit, " +
    "is given by the runs that the whole set takes, at the cost of a run in the stopped set or the small one, " +
    "whichever is less: more than it would reach",
  measure,
};

async function measure({ side }) {
  const packages = await objects(side);
  const small = await increments(packages, SMALL_SET, Number.POSITIVE_INFINITY);
  const all = await increments(packages, TRANSACTIONS, STOP_SECONDS);
  const remark = `committed=${all.committed} runs=${all.runs} seconds=${all.seconds.toFixed(2)}`;
  if (side === "ours") return { rate: all.committed / all.seconds, remark };
  const runsOfAll = (TRANSACTIONS * (TRANSACTIONS + 1)) / 2;
  const runsPerSecond = Math.max(all.runs / all.seconds, small.runs / small.seconds);
  return { rate: (TRANSACTIONS * runsPerSecond) / runsOfAll, remark };
}

/** Begins so many increments at once, and stops them after so many seconds. */
async function increments({ DurableObjectStorage, MemoryStorage }, transactions, stopSeconds) {
  const backing = new MemoryStorage();
  const storage = new DurableObjectStorage(backing);
  let runs = 0;
  const begin = performance.now();
  const stop = begin + stopSeconds * 1000;
  // Not by a timer: neither side leaves the queue of microtasks.
  const increment = async (txn) => {
    if (performance.now() > stop) throw STOPPED;
    runs++;
    const count = (await txn.get(KEY)) ?? 0;
    await txn.put(KEY, count + 1);
  };
  const begun = Array.from({ length: transactions }, () => storage.transaction(increment));
  const settled = await Promise.allSettled(begun);
  const seconds = Math.min((performance.now() - begin) / 1000, stopSeconds);
  const failed = settled.find(({ status, reason }) => status === "rejected" && reason !== STOPPED);
  if (failed !== undefined) throw failed.reason;
  const committed = settled.filter(({ status }) => status === "fulfilled").length;
  await storage.sync();
  const count = (await new DurableObjectStorage(backing).get(KEY)) ?? 0;
  if (count !== committed) {
    throw new Error(`a commit is not there, or there twice: count=${count} committed=${committed}`);
  }
  return { committed, runs, seconds };
}

const KEY = "count";
const STOPPED = new Error("stopped");
