// Random transactions at once have the effect of some order one after the other, on every backing.
import assert from "node:assert/strict";
import { test } from "node:test";
import { backings, standalone } from "./standalone.mjs";

const ROUNDS = 12;
const KEYS = ["a", "b", "c"];

/** Numbers that only look random: the same for a seed. */
function randomOf(seed) {
  let state = seed;
  return (below) => {
    state = (Math.imul(state, 1_664_525) + 1_013_904_223) >>> 0;
    return Math.floor((state / 2 ** 32) * below);
  };
}

/** What one transaction does, step after step. */
function plan(random, id, isOwn) {
  const steps = Array.from({ length: 2 + random(4) }, () => {
    const kinds = ["get", "get", "put", "put", "many", "delete", "around", "nested"];
    if (isOwn) kinds.push("kv", "sql");
    return { kind: kinds[random(kinds.length)], key: KEYS[random(KEYS.length)], pauses: random(3) };
  });
  return { id, steps, fails: random(5) === 0 };
}

/** Runs it on a storage: what it wrote depends on all that it has read. */
function run(storage, { id, steps, fails }) {
  return storage.transaction(async (txn) => {
    let seen = `${id}`;
    for (const { kind, key, pauses } of steps) {
      for (let n = 0; n < pauses; n++) await new Promise((resolve) => setImmediate(resolve));
      const text = seen.length > 60 ? `${seen.slice(0, 20)}#${seen.length}` : seen;
      if (kind === "get") seen += `,${await txn.get(key)}`;
      else if (kind === "put") await txn.put(key, `(${text})`);
      else if (kind === "many") seen += `,${[...(await storage.get(KEYS)).values()]}`;
      else if (kind === "delete") seen += `,${await txn.delete(key)}`;
      else if (kind === "around") await storage.put(key, `[${text}]`);
      else if (kind === "kv") seen += `,${storage.kv.get(key)}`;
      else if (kind === "sql") {
        seen += `,${storage.sql.exec("SELECT text FROM t").one().text}`;
        storage.sql.exec("UPDATE t SET text = ?", text.slice(0, 20));
      } else {
        const nested = storage.transaction(async (inner) => {
          await inner.put(key, `{${text}}`);
          if (key === "b") throw new Error("nested");
        });
        await nested.catch((error) => assert.equal(error.message, "nested"));
      }
    }
    if (fails) throw new Error("undo");
    return seen;
  });
}

/** What is there in the end, with what each transaction has told. */
async function outcome(storage, told) {
  const rows = storage.text?.() ?? "";
  return JSON.stringify([[...(await storage.list())], rows, told]);
}

function permutations(items) {
  if (items.length === 0) return [[]];
  return items.flatMap((item) =>
    permutations(items.filter((other) => other !== item)).map((rest) => [item, ...rest]),
  );
}

/** A storage with something in it. */
async function prepared(t, backing, isOwn) {
  const storage = standalone(t, backing);
  await storage.put({ a: "A", b: "B" });
  if (!isOwn) return storage;
  storage.sql.exec("CREATE TABLE t(text); INSERT INTO t VALUES ('T')");
  storage.text = () => storage.sql.exec("SELECT text FROM t").one().text;
  return storage;
}

const tell = (run) => run.catch((error) => error.message);

for (const [backing, { isOwn = false }] of Object.entries(backings)) {
  test(`transactions are serialisable on ${backing}`, async (t) => {
    const inOrder = isOwn ? "disk in memory" : "memory";
    for (let seed = 1; seed <= ROUNDS; seed++) {
      const random = randomOf(seed * 7919);
      const plans = [1, 2, 3, 4].map((id) => plan(random, id, isOwn));
      const storage = await prepared(t, backing, isOwn);
      const told = await Promise.all(plans.map((each) => tell(run(storage, each))));
      const actual = await outcome(storage, told);
      const possible = [];
      for (const order of permutations([0, 1, 2, 3])) {
        const serial = await prepared(t, inOrder, isOwn);
        const results = [];
        for (const at of order) results[at] = await tell(run(serial, plans[at]));
        possible.push(await outcome(serial, results));
        if (possible.at(-1) === actual) break;
      }
      assert.ok(
        possible.includes(actual),
        `seed ${seed}: ${actual} is none of ${possible.join("\n")}`,
      );
    }
  });
}
