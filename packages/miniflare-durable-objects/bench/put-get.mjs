// An awaited put and an awaited get of one key, over and over.
import { objects } from "./packages.mjs";

export const putGet = {
  name: "mf2-put-get-memory",
  conditions:
    "DurableObjectStorage over MemoryStorage of the same side, without gates; a put and a get of one key, each " +
    "awaited before the next; a put or a get is one operation",
  measure,
};

async function measure({ side, seconds }) {
  const { DurableObjectStorage, MemoryStorage } = await objects(side);
  const backing = new MemoryStorage();
  const storage = new DurableObjectStorage(backing);
  await work(storage, WARM_UP_SECONDS);
  const { last, rate } = await work(storage, seconds);
  await storage.sync();
  const kept = await new DurableObjectStorage(backing).get(KEY);
  if (kept !== last) throw new Error(`the last value is not there: value=${kept} expected=${last}`);
  return { rate };
}

async function work(storage, seconds) {
  const begin = performance.now();
  const end = begin + seconds * 1000;
  let last = 0;
  while (performance.now() < end) {
    await storage.put(KEY, ++last);
    const value = await storage.get(KEY);
    if (value !== last) throw new Error(`a put was not read: value=${value} expected=${last}`);
  }
  return { last, rate: (2 * last * 1000) / (performance.now() - begin) };
}

const KEY = "key";
const WARM_UP_SECONDS = 0.5;
