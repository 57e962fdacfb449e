// Events of one object, each a random sequence of steps, in whatever order they interleave: no update
// made between two waits for the outside is lost, and none is seen in part.
import assert from "node:assert/strict";
import { test } from "node:test";
import { Steadfast } from "../dist/index.js";

const { DurableObject } = await import("../dist/workers.js");

/** Numbers from 0 to 1 that a seed decides (mulberry32). */
function random(seed) {
  let state = seed;
  return () => {
    state = (state + 0x6d2b79f5) | 0;
    let mixed = Math.imul(state ^ (state >>> 15), 1 | state);
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed;
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 4294967296;
  };
}

const WAITS = ["timer", "stub", "fetch", "digest", "nothing"];

/**
 * Steps of one event: waits for something outside, and updates. An update reads, awaits storage and
 * microtasks, and writes; in a section or a transaction it may wait for the outside too.
 */
function plan(chance) {
  const one = (list) => list[Math.floor(chance() * list.length)];
  return Array.from({ length: 1 + Math.floor(chance() * 4) }, () => {
    const kind = one(["wait", "update", "update", "section", "transaction"]);
    return { kind, wait: one(WAITS), pauses: Math.floor(chance() * 3) };
  });
}

class Subject extends DurableObject {
  async wait(kind) {
    if (kind === "timer") await new Promise((resolve) => setTimeout(resolve, 1));
    if (kind === "stub") await this.env.OTHER.getByName("o").echo(1);
    if (kind === "fetch") await (await this.env.OTHER.getByName("o").fetch("http://x/")).text();
    if (kind === "digest") await crypto.subtle.digest("SHA-256", new Uint8Array(8));
  }

  /** Adds one to both counters, which are equal whenever nobody is between the two. */
  async update(storage, between) {
    const one = (await storage.get("one")) ?? 0;
    const two = this.ctx.storage.kv.get("two") ?? 0;
    assert.equal(one, two, "somebody was seen half done");
    await between();
    await storage.put("one", one + 1);
    await null;
    await storage.put("two", two + 1);
  }

  async run(steps) {
    let updates = 0;
    for (const { kind, wait, pauses } of steps) {
      const pause = async () => {
        for (let at = 0; at < pauses; at++) await this.ctx.storage.get("pause");
      };
      const far = async () => {
        await pause();
        await this.wait(wait);
      };
      const { storage } = this.ctx;
      if (kind === "wait") await this.wait(wait);
      if (kind === "update") await this.update(storage, pause);
      if (kind === "section") {
        await this.ctx.blockConcurrencyWhile(() => this.update(storage, far));
      }
      if (kind === "transaction") await storage.transaction((txn) => this.update(txn, far));
      if (kind !== "wait") updates += 1;
    }
    return updates;
  }

  counts() {
    return [this.ctx.storage.kv.get("one") ?? 0, this.ctx.storage.kv.get("two") ?? 0];
  }
}

class Other extends DurableObject {
  echo(value) {
    return value;
  }

  fetch() {
    return new Response("echo");
  }
}

test("random interleavings of events on one object lose no update", async (t) => {
  const app = await Steadfast.start({ durableObjects: { SUBJECT: Subject, OTHER: Other } });
  t.after(() => app.stop());
  const first = Number(process.env.STEADFAST_SEED ?? 1);
  for (let seed = first; seed < first + 150; seed++) {
    const chance = random(seed);
    const events = Array.from({ length: 2 + Math.floor(chance() * 2) }, () => plan(chance));
    const stub = app.env.SUBJECT.getByName(`seed ${seed}`);
    const made = await Promise.all(events.map((steps) => stub.run(steps)));
    const updates = made.reduce((sum, each) => sum + each, 0);
    assert.deepEqual(
      await stub.counts(),
      [updates, updates],
      `seed ${seed}: ${JSON.stringify(events)}`,
    );
  }
});
