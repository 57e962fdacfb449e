// How long objects stay in memory: on a clock moved by hand, so to the second.
import assert from "node:assert/strict";
import { test } from "node:test";
import { Steadfast } from "../dist/index.js";

const { DurableObject } = await import("../dist/workers.js");

/** An app with one class of these members, and how often its constructor has run. */
async function start(t, members) {
  const made = { count: 0 };
  class Subject extends DurableObject {
    constructor(ctx, env) {
      super(ctx, env);
      made.count += 1;
    }

    ping() {
      return made.count;
    }
  }
  Object.defineProperties(Subject.prototype, Object.getOwnPropertyDescriptors(members));
  const app = await Steadfast.start({ durableObjects: { SUBJECT: Subject }, clock: "manual" });
  t.after(() => app.stop());
  return { app, made, stub: () => app.env.SUBJECT.getByName("a") };
}

/** Whether the object is the same after it was left alone for so long. */
async function survives({ app, stub }, alone) {
  const before = await stub().ping();
  await app.clock.advance(alone);
  return (await stub().ping()) === before;
}

test("an object leaves memory 10 s after its last event, and not before", async (t) => {
  const subject = await start(t, {});
  assert.equal(await survives(subject, "9.9s"), true);
  assert.equal(await survives(subject, "9.9s"), true, "an event counts anew");
  assert.equal(await survives(subject, "10.1s"), false);
});

test("a pending timer keeps it until 10 s after it fired", async (t) => {
  const fired = [];
  const subject = await start(t, {
    begin() {
      setTimeout(() => fired.push("timer"), 60_000);
    },
  });
  await subject.stub().begin();
  assert.equal(await survives(subject, "50s"), true);
  assert.equal(await survives(subject, "19s"), true);
  assert.deepEqual(fired, ["timer"]);
  assert.equal(await survives(subject, "11s"), false);
});

test("an interval alone keeps it for 140 s after its last client", async (t) => {
  let ticks = 0;
  const subject = await start(t, {
    begin() {
      setInterval(() => ticks++, 1000);
    },
  });
  await subject.stub().begin();
  assert.equal(await survives(subject, "70s"), true);
  assert.equal(await survives(subject, "130s"), true, "a client counts anew");
  assert.equal(await survives(subject, "150s"), false);
  const before = ticks;
  await subject.app.clock.advance("1m");
  assert.equal(ticks, before, "what has left memory has no timers");
});

test("an event that runs keeps it, whatever its timers", async (t) => {
  const subject = await start(t, {
    async slow() {
      await new Promise((resolve) => setTimeout(resolve, 600_000));
      return "done";
    },
  });
  const slow = subject.stub().slow();
  await subject.app.clock.advance("10m");
  assert.equal(await slow, "done");
  assert.equal(subject.made.count, 1);
});

test("waitUntil keeps it for 15 minutes, and never delays an answer", async (t) => {
  const subject = await start(t, {
    forever() {
      this.ctx.waitUntil(new Promise(() => {}));
      return "answered";
    },
  });
  assert.equal(await subject.stub().forever(), "answered");
  assert.equal(await survives(subject, "14m"), true);
  assert.equal(await survives(subject, "15.2m"), false);
});

test("what waitUntil was given goes on after the answer, and keeps it no longer than that", async (t) => {
  const done = [];
  const subject = await start(t, {
    work() {
      const work = async () => {
        await new Promise((resolve) => setTimeout(resolve, 30_000));
        await this.ctx.storage.put("worked", true);
        done.push("worked");
      };
      this.ctx.waitUntil(work());
      this.ctx.waitUntil(Promise.reject(new Error("only logged")));
    },
    worked() {
      return this.ctx.storage.get("worked");
    },
  });
  t.mock.method(console, "error", () => undefined);
  await subject.stub().work();
  assert.deepEqual(done, []);
  await subject.app.clock.advance("30s");
  assert.deepEqual(done, ["worked"]);
  assert.equal(await subject.stub().worked(), true);
  assert.equal(subject.made.count, 1);
  assert.equal(await survives(subject, "10.1s"), false);
});

test("a section whose inner timer waits behind one set before it goes on", async (t) => {
  const order = [];
  const subject = await start(t, {
    async sections() {
      setTimeout(() => order.push("timer set before"), 5);
      await this.ctx.blockConcurrencyWhile(async () => {
        await new Promise((resolve) => setTimeout(resolve, 10));
        order.push("timer inside");
      });
      order.push("after");
      await new Promise((resolve) => setTimeout(resolve, 1));
    },
  });
  const sections = subject.stub().sections();
  await subject.app.clock.advance("1s");
  await sections;
  assert.deepEqual(order, ["timer inside", "after", "timer set before"]);
});

test("sections run when the code around them has, and nest 64 deep", async (t) => {
  const order = [];
  const subject = await start(t, {
    async order() {
      order.push("a");
      const section = this.ctx.blockConcurrencyWhile(async () => {
        order.push("cb0");
        await null;
        order.push("cb1");
        return "result";
      });
      order.push("b");
      order.push(await section);
      order.push(await this.ctx.blockConcurrencyWhile(() => "no promise"));
    },
    nest(depth) {
      const deeper = (left) =>
        left === 0 ? "bottom" : this.ctx.blockConcurrencyWhile(() => deeper(left - 1));
      return deeper(depth);
    },
  });
  await subject.stub().order();
  assert.deepEqual(order, ["a", "b", "cb0", "cb1", "result", "no promise"]);
  assert.equal(await subject.stub().nest(64), "bottom");
  await assert.rejects(Promise.resolve(subject.stub().nest(65)), (error) => {
    assert.equal(error.message, "blockConcurrencyWhile() calls are nested too deeply.");
    assert.equal(error.durableObjectReset, true);
    return true;
  });
  assert.equal(await subject.stub().ping(), 2, "the 65th has reset it");
});
