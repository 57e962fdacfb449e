// Runs a program on the original package and on ours, over a backing that records its calls.
import assert from "node:assert/strict";
import { inspect } from "node:util";
import * as original from "@miniflare/durable-objects";
import { MemoryStorage } from "@miniflare/storage-memory";
import * as ours from "@steadfast/miniflare-durable-objects";

const CALLS = ["get", "put", "delete", "list", "hasMany", "getMany", "putMany", "deleteMany"];

/** A MemoryStorage that logs its calls, and fails those it is told to. */
class Recorder extends MemoryStorage {
  /** The name of the method whose next call fails. */
  failing;
  #isInside = false;

  constructor(log) {
    super();
    for (const name of CALLS) {
      this[name] = (...values) => {
        if (this.#isInside) return super[name](...values);
        log(name, ...values);
        if (this.failing === name) {
          this.failing = undefined;
          throw new Error(`${name} has failed`);
        }
        this.#isInside = true;
        try {
          return super[name](...values);
        } finally {
          this.#isInside = false;
        }
      };
    }
  }
}

/** What `program` says on both sides must be equal; answers it, a line for each `log` and backing call. */
export async function same(program) {
  const expected = await transcript(original, program);
  const actual = await transcript(ours, program);
  assert.deepEqual(actual, expected);
  return actual;
}

/** What `program` says on our side alone. */
export function oursSays(program) {
  return transcript(ours, program);
}

async function transcript(library, program) {
  const lines = [];
  const log = (...values) => {
    lines.push(values.map((value) => (typeof value === "string" ? value : shown(value))).join(" "));
  };
  const backing = new Recorder(log);
  const storage = new library.DurableObjectStorage(backing);
  await program({ library, log, backing, storage, outcome: (call) => outcome(log, call) });
  return lines;
}

/** Logs how a call ends: that it throws is another thing than that it rejects. */
async function outcome(log, call) {
  let promise;
  try {
    promise = call();
  } catch (error) {
    log(`throws ${error.name}: ${error.message}`);
    return;
  }
  await promise.then(
    (value) => log("gives", value),
    (error) => log(`rejects ${error.name}: ${error.message}`),
  );
}

/** How many turns of the microtask queue a promise takes. */
export async function turns(call) {
  let isSettled = false;
  const settle = () => {
    isSettled = true;
  };
  call().then(settle, settle);
  let count = 0;
  while (!isSettled) {
    count++;
    await undefined;
  }
  return count;
}

function shown(value) {
  return inspect(value, { depth: 6, breakLength: Infinity, compact: true, maxArrayLength: null });
}
