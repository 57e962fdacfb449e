// Timers of an object fire in the order they are due, whichever Node fires first.
import assert from "node:assert/strict";
import { test } from "node:test";
import { DueOrder } from "../dist/globals/due-order.js";
import { Steadfast } from "../dist/index.js";

/** Timers that wait, and what has fired. */
function waiting(...dues) {
  const order = new DueOrder();
  const fired = [];
  const timers = dues.map((dueMs, number) => {
    const timer = { dueMs, number, fire: () => fired.push(number) };
    order.add(timer);
    return timer;
  });
  return { order, fired, timers };
}

test("what is due earlier, or as early and set before, fires first", () => {
  const { order, fired, timers } = waiting(30, 10, 20, 10, 40);
  order.fire(timers[0], 35);
  assert.deepEqual(fired, [1, 3, 2, 0]);
  order.fire(timers[2], 36);
  order.fire(timers[4], 40);
  assert.deepEqual(fired, [1, 3, 2, 0, 4]);
});

test("what is not due yet is left alone", () => {
  const { order, fired, timers } = waiting(10, 20, 30);
  order.fire(timers[2], 15);
  assert.deepEqual(fired, [0, 2]);
  order.fire(timers[1], 20);
  assert.deepEqual(fired, [0, 2, 1]);
});

test("what was removed does not fire, and others do", () => {
  const { order, fired, timers } = waiting(10, 20, 30);
  order.remove(timers[1]);
  order.remove(timers[1]);
  order.fire(timers[1], 50);
  order.fire(timers[2], 50);
  assert.deepEqual(fired, [0, 2]);
});

test("one that fires may stop or start others", () => {
  const { order, fired, timers } = waiting(10, 20);
  const late = { dueMs: 60, number: 9, fire: () => fired.push(9) };
  const stopping = {
    dueMs: 5,
    number: 8,
    fire: () => {
      order.remove(timers[0]);
      order.add(late);
      fired.push(8);
    },
  };
  order.add(stopping);
  order.fire(timers[1], 25);
  assert.deepEqual(fired, [8, 1]);
  order.fire(late, 60);
  assert.deepEqual(fired, [8, 1, 9]);
});

test("an object that kept the thread busy sees its timers in order", async (t) => {
  class Busy {
    async fetch() {
      const seen = [];
      const set = (delay) => setTimeout(() => seen.push(delay), delay);
      for (const delay of [9, 3, 6, 0]) set(delay);
      const beginning = performance.now();
      while (performance.now() - beginning < 12);
      await new Promise((resolve) => setTimeout(resolve, 20));
      return Response.json(seen);
    }
  }
  const app = await Steadfast.start({
    worker: { fetch: (request, env) => env.BUSY.getByName("a").fetch(request) },
    durableObjects: { BUSY: Busy },
  });
  t.after(() => app.stop());
  for (let round = 0; round < 20; round++) {
    assert.deepEqual(await (await app.fetch("http://x/")).json(), [0, 3, 6, 9]);
  }
});
