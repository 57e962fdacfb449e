/*
spec: 5.1, 5.2, 5.5, 4.4, 3.3
covers: Pseudo-random storage calls, awaited and not, over turns, aborts and restarts: every result
object: OBJ Obj
request: GET /1
request: GET /2
request: GET /3/abort
request: GET /4
restart:
request: GET /5
request: GET /6/abort
request: GET /7/sync-abort
request: GET /8
restart:
request: GET /9
*/
import { Journal, pause, show } from "./observe.mjs";

const KEYS = ["", "a", "a\0", "aa", "ab", "abc", "b", "ba", "z", "é", "éa", "\uffff", "😀", "😀a"];
const VALUES = [
  0,
  -1,
  1.5,
  true,
  null,
  "text",
  "é😀",
  [1, , "x"],
  { a: { b: 1 } },
  new Map([[1, 2]]),
  10n,
];
VALUES.push(new Date(5), new Uint8Array([1, 2]), "x".repeat(300));

/** The same numbers on every host. */
function generator(seed) {
  let state = seed * 2654435761;
  return (below) => {
    state = (Math.imul(state, 1664525) + 1013904223) >>> 0;
    return Math.floor((state / 2 ** 32) * below);
  };
}

function operation(storage, random) {
  const pick = (list) => list[random(list.length)];
  const some = () => Array.from({ length: random(6) }, () => pick(KEYS));
  const bound = () => (random(3) === 0 ? { [pick(["start", "startAfter"])]: pick(KEYS) } : {});
  const kind = random(100);
  if (kind < 25) return ["put", storage.put(pick(KEYS), pick(VALUES))];
  if (kind < 35) {
    return ["put many", storage.put(Object.fromEntries(some().map((key) => [key, pick(VALUES)])))];
  }
  if (kind < 50) return ["get", storage.get(pick(KEYS))];
  if (kind < 58) return ["get many", storage.get(some())];
  if (kind < 68) return ["delete", storage.delete(pick(KEYS))];
  if (kind < 75) return ["delete many", storage.delete(some())];
  if (kind < 77) return ["deleteAll", storage.deleteAll()];
  if (kind < 80) return ["sync", storage.sync()];
  const options = {
    ...bound(),
    ...(random(3) === 0 && { end: pick(KEYS) }),
    ...(random(3) === 0 && { prefix: pick(KEYS) }),
    ...(random(2) === 0 && { limit: 1 + random(5) }),
    reverse: random(2) === 0,
  };
  return [`list ${JSON.stringify(options)}`, storage.list(options)];
}

export class Obj {
  constructor(ctx) {
    this.ctx = ctx;
  }
  async fetch(request) {
    const [, seed, end] = new URL(request.url).pathname.split("/");
    const { storage } = this.ctx;
    const random = generator(Number(seed));
    const log = new Journal();
    for (let round = 0; round < 60; round++) {
      const calls = Array.from({ length: 1 + random(4) }, () => operation(storage, random));
      for (const [name, call] of calls) log.note(name, await call);
      if (random(8) === 0) await pause(1);
    }
    if (end?.startsWith("sync")) await storage.sync();
    if (end?.endsWith("abort")) this.ctx.abort(`${show(await storage.list())} at the end`);
    return log.response();
  }
}

export default {
  async fetch(request, { OBJ }) {
    try {
      return await OBJ.getByName("a").fetch(request);
    } catch (error) {
      return new Response(error.message);
    }
  },
};
