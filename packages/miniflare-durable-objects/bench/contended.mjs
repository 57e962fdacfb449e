// Transactions that all increment one key, begun at once.
import { objects } from "./packages.mjs";

const TRANSACTIONS = 5000;
const STOP_SECONDS = 10;

export const contended = {
  name: "mf2-txn-contended",
  conditions:
    `${TRANSACTIONS} transactions over MemoryStorage of the same side, begun at once, that increment one key. A side ` +
    `that needs more than ${STOP_SECONDS} s is stopped: the transactions left roll back. Ours is then given by ` +
    "what it committed. The peer reruns all that are left after each commit, so its commits become cheaper; its rate " +
    "is that of the whole set, if a commit costs in proportion to the transactions left",
  measure,
};

async function measure({ side }) {
  const { DurableObjectStorage, MemoryStorage } = await objects(side);
  const backing = new MemoryStorage();
  const storage = new DurableObjectStorage(backing);
  let runs = 0;
  const begin = performance.now();
  const stop = begin + STOP_SECONDS * 1000;
  // Not by a timer: neither side leaves the queue of microtasks.
  const increment = async (txn) => {
    if (performance.now() > stop) throw STOPPED;
    runs++;
    const count = (await txn.get(KEY)) ?? 0;
    await txn.put(KEY, count + 1);
  };
  const all = Array.from({ length: TRANSACTIONS }, () => storage.transaction(increment));
  let finished = begin;
  for (const each of all) {
    each.then(
      () => {
        finished = performance.now();
      },
      () => {},
    );
  }
  const settled = await Promise.allSettled(all);
  const failed = settled.find(({ status, reason }) => status === "rejected" && reason !== STOPPED);
  if (failed !== undefined) throw failed.reason;
  const committed = settled.filter(({ status }) => status === "fulfilled").length;
  await storage.sync();
  const count = (await new DurableObjectStorage(backing).get(KEY)) ?? 0;
  if (count !== committed) {
    throw new Error(`a commit is not there, or there twice: count=${count} committed=${committed}`);
  }
  const elapsed = (finished - begin) / 1000;
  const rate = side === "ours" ? committed / elapsed : rateOfAll(committed, elapsed);
  const remark = `committed=${committed} runs=${runs} seconds=${elapsed.toFixed(2)}`;
  return { rate, remark };
}

/** Transactions per second of the whole set, when each commit costs as much as there are transactions left. */
function rateOfAll(committed, seconds) {
  const work = (left) => (left * (left + 1)) / 2;
  const done = work(TRANSACTIONS) - work(TRANSACTIONS - committed);
  return (TRANSACTIONS * done) / (work(TRANSACTIONS) * seconds);
}

const KEY = "count";
const STOPPED = new Error("stopped");
