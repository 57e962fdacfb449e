// Random programs of calls that run side by side, on the original package and on ours.
import { test } from "node:test";
import { InputGate, OutputGate } from "@miniflare/shared";
import { same } from "./transcripts.mjs";

const KEYS = ["a", "b", "ab", "c", "\u00e9", "\u{1f600}"];
const CALLS = 12;

/** Numbers that follow from a seed alone. */
function generator(seed) {
  let state = (seed + 1) * 2654435761;
  return (below) => {
    state ^= state << 13;
    state ^= state >>> 17;
    state ^= state << 5;
    return ((state >>> 0) % below) | 0;
  };
}

function someKeys(random) {
  return Array.from({ length: random(4) }, () => KEYS[random(KEYS.length)]);
}

function listOptions(random) {
  const options = {};
  if (random(2)) options.prefix = KEYS[random(3)];
  if (random(2)) options[random(2) ? "start" : "startAfter"] = KEYS[random(KEYS.length)];
  if (random(3) === 0) options.end = KEYS[random(KEYS.length)];
  if (random(2)) options.limit = 1 + random(3);
  if (random(2)) options.reverse = true;
  return options;
}

/** A call that storage and transactions have. */
const COMMON = [
  (random) => {
    const key = KEYS[random(KEYS.length)];
    return (s) => s.get(key);
  },
  (random) => {
    const [key, value] = [KEYS[random(KEYS.length)], random(1000)];
    return (s) => s.put(key, value);
  },
  (random) => {
    const key = KEYS[random(KEYS.length)];
    return (s) => s.delete(key);
  },
  (random) => {
    const keys = someKeys(random);
    return (s) => s.get(keys);
  },
  (random) => {
    const entries = Object.fromEntries(someKeys(random).map((key) => [key, random(1000)]));
    return (s) => s.put(entries);
  },
  (random) => {
    const keys = someKeys(random);
    return (s) => s.delete(keys);
  },
  (random) => {
    const options = listOptions(random);
    return (s) => s.list(options);
  },
];

const common = (random) => COMMON[random(COMMON.length)](random);

function transaction(random, log) {
  const steps = Array.from({ length: 1 + random(4) }, () => ({
    call: common(random),
    isAwaited: random(4) > 0,
    turns: random(3),
  }));
  const end = random(6);
  return (s) =>
    s.transaction(async (txn) => {
      log("runs");
      for (const { call, isAwaited, turns } of steps) {
        if (isAwaited) log("sees", await call(txn));
        else call(txn);
        await pass(turns);
      }
      if (end === 0) throw new Error("thrown");
      if (end === 1) txn.rollback();
    });
}

function anyCall(random, log) {
  switch (random(6)) {
    case 0:
      return (s) => s.deleteAll();
    case 1:
      return (s) => s.sync();
    case 2:
      return transaction(random, log);
    default:
      return common(random);
  }
}

async function pass(turns) {
  for (let turn = 0; turn < turns; turn++) await undefined;
}

/** Calls at random distances, most of which do not wait for each other. */
async function program(random, { storage, backing, log }, fails) {
  const ends = [];
  for (let index = 0; index < CALLS; index++) {
    if (fails && random(6) === 0) backing.failing = ["putMany", "deleteMany"][random(2)];
    const call = anyCall(random, log);
    const end = call(storage).then(
      (value) => log(index, value),
      // The text of a failed assertion is the line of code that it is in.
      ({ name, message }) => log(index, name === "AssertionError" ? name : message),
    );
    ends.push(end);
    if (random(4) === 0) await end;
    else await pass(random(8));
  }
  await Promise.all(ends);
  backing.failing = undefined;
  log(await storage.list());
}

test("random programs say the same, in the same order", async () => {
  for (let seed = 0; seed < 400; seed++) {
    await same((sides) => program(generator(seed), sides, false));
  }
});

test("they do over a backing that fails now and then", async () => {
  for (let seed = 0; seed < 200; seed++) {
    await same((sides) => program(generator(seed), sides, true));
  }
});

test("they do under gates", async () => {
  for (let seed = 0; seed < 100; seed++) {
    await same((sides) =>
      new OutputGate()
        .runWith(() => new InputGate().runWith(() => program(generator(seed), sides, false)))
        .catch(({ message }) => sides.log(message)),
    );
  }
});
