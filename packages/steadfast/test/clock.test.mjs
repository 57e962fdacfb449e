// A clock moved by hand: what follows it in objects, what does not, and what an advance waits for.
import assert from "node:assert/strict";
import { readFile } from "node:fs/promises";
import { performance } from "node:perf_hooks";
import { test } from "node:test";
import { Steadfast } from "./held.mjs";

const START = Date.UTC(2026, 0, 1);

/** Starts an app whose one object runs what a test asks it to. */
async function start(t) {
  let work;
  class Runner {
    constructor(ctx) {
      this.ctx = ctx;
    }

    async fetch() {
      return new Response(JSON.stringify((await work(this)) ?? null));
    }

    async alarm(info) {
      await work(this, info);
    }
  }
  const app = await Steadfast.start({
    durableObjects: { RUNNER: Runner },
    clock: { now: new Date(START) },
  });
  t.after(() => app.stop());
  /** Runs `code` as an event of the object, and gives what it returns. */
  const run = async (code, name = "a") => {
    work = code;
    const response = await app.env.RUNNER.getByName(name).fetch("http://runner/");
    return JSON.parse(await response.text());
  };
  return { app, run };
}

test("dates in objects are the clock's, and the machine's outside", async (t) => {
  const { app, run } = await start(t);
  const present = () => new Date();
  const seen = () => [
    Date.now(),
    present().getTime(),
    Date.parse(Date()),
    new Date(5).getTime(),
    new Date(2026, 0, 1) instanceof Date,
    Object.prototype.toString.call(new Date()),
    new Date().constructor === Date,
    Date.UTC(1970, 0, 2),
    new (class extends Date {})().getTime(),
  ];
  const expected = (now) => [now, now, now, 5, true, "[object Date]", true, 86_400_000, now];
  assert.deepEqual(await run(seen), expected(START));
  assert.equal(app.clock.now, START);
  await app.clock.advance({ hours: 1 });
  assert.deepEqual(await run(seen), expected(START + 3_600_000));
  assert.equal(app.clock.now, START + 3_600_000);
  assert.ok(Date.now() > START + 86_400_000, "the machine's clock is later than that");
  assert.equal(Date.name, "Date");
  assert.equal(Date.length, 7);
});

test("a subclass made outside of objects is a date like any other", async (t) => {
  await start(t);
  class Day extends Date {}
  const day = new Day(0);
  assert.ok(day instanceof Day && day instanceof Date);
  assert.equal(day.getTime(), 0);
});

test("timers, waits and intervals of objects follow the clock, in order", async (t) => {
  const { app, run } = await start(t);
  const order = [];
  const at = () => (Date.now() - START) / 1000;
  const begun = run(async () => {
    setTimeout(() => order.push(["late", at()]), 3000);
    setTimeout((word) => order.push([word, at()]), 1000, "early");
    const stopped = setTimeout(() => order.push(["stopped", at()]), 500);
    clearTimeout(stopped);
    setTimeout(() => order.push(["at once", at()]), 0);
    const interval = setInterval(() => {
      order.push(["tick", at()]);
      if (at() >= 2) clearInterval(interval);
    }, 1000);
    const before = performance.now();
    await scheduler.wait(2500);
    order.push(["waited", at(), performance.now() - before]);
    const signal = AbortSignal.timeout(1500);
    await new Promise((resolve) => signal.addEventListener("abort", resolve));
    order.push([signal.reason.name, at()]);
    return "over";
  });
  await app.clock.advance("1 minute");
  assert.equal(await begun, "over");
  assert.deepEqual(order, [
    ["at once", 0],
    ["early", 1],
    ["tick", 1],
    ["tick", 2],
    ["waited", 2.5, 2500],
    ["late", 3],
    ["TimeoutError", 4],
  ]);
});

test("timers outside of objects are the machine's", async (t) => {
  await start(t);
  const before = performance.now();
  await new Promise((resolve) => setTimeout(resolve, 20));
  assert.ok(performance.now() - before >= 19);
});

test("an idle object is evicted when the clock says so", async (t) => {
  const { app, run } = await start(t);
  const mark = (self) => {
    self.marked ??= 0;
    self.marked += 1;
    return self.marked;
  };
  assert.equal(await run(mark), 1);
  await app.clock.advance("9 s");
  assert.equal(await run(mark), 2);
  await app.clock.advance("10 s");
  assert.equal(await run(mark), 1);
});

test("a critical section is cut off when the clock says so", async (t) => {
  const { app, run } = await start(t);
  const cut = assert.rejects(
    run((self) => self.ctx.blockConcurrencyWhile(() => new Promise(() => undefined))),
    { message: /^A call to blockConcurrencyWhile\(\)/ },
  );
  await app.clock.advance("30 s");
  await cut;
});

test("an advance waits for what handlers do outside of objects", async (t) => {
  const { app, run } = await start(t);
  const order = [];
  await run(async (self) => self.ctx.storage.setAlarm(Date.now() + 1000));
  const alarm = run(async (_, info) => {
    if (info === undefined) return;
    await readFile(new URL(import.meta.url));
    order.push(["read", Date.now() - START]);
  });
  await alarm;
  await app.clock.advance("1 hour");
  order.push("advanced");
  assert.deepEqual(order, [["read", 1000], "advanced"]);
});

test("an event that never ends does not stop the clock", async (t) => {
  const { app, run } = await start(t);
  const never = run(() => new Promise(() => undefined), "stuck").catch(() => "stopped");
  const begun = performance.now();
  await app.clock.advance("1 hour");
  const first = performance.now() - begun;
  await app.clock.advance("1 hour");
  assert.ok(performance.now() - begun < first + 900, "it is not waited for again");
  assert.equal(app.clock.now, START + 7_200_000);
  await app.stop();
  assert.equal(await never, "stopped");
});

test("advances run one after another, and end with the app", async (t) => {
  const { app } = await start(t);
  const both = [app.clock.advance("1 s"), app.clock.advance("2 s")];
  await Promise.all(both);
  assert.equal(app.clock.now, START + 3000);
  assert.throws(() => app.clock.advance("soon"), TypeError);
  await app.stop();
  await assert.rejects(app.clock.advance("1 s"), { code: "ERR_STOPPED" });
});

test("an app with the machine's clock has none that can be moved", async (t) => {
  class Idle {}
  const app = await Steadfast.start({ durableObjects: { IDLE: Idle } });
  t.after(() => app.stop());
  assert.throws(() => app.clock, { code: "ERR_NO_CLOCK" });
});

test("ten thousand alarms over thirty days run in order", async (t) => {
  const ALARMS = 10_000;
  const DAYS = 30 * 86_400_000;
  const ran = [];
  class Sleeper {
    constructor(ctx) {
      this.ctx = ctx;
    }

    async fetch(request) {
      await this.ctx.storage.setAlarm(Number(new URL(request.url).searchParams.get("at")));
      return new Response();
    }

    async alarm({ scheduledTime }) {
      ran.push(scheduledTime);
      await this.ctx.storage.put("ran", scheduledTime);
    }
  }
  const app = await Steadfast.start({
    durableObjects: { SLEEPER: Sleeper },
    clock: { now: START },
  });
  t.after(() => app.stop());
  const due = Array.from({ length: ALARMS }, (_, n) => START + 1 + ((n * 7919) % ALARMS) * 259_200);
  const asleep = due.map((time, n) =>
    app.env.SLEEPER.getByName(`sleeper ${n}`).fetch(`http://sleeper/?at=${time}`),
  );
  await Promise.all(asleep);
  const begun = performance.now();
  await app.clock.advance("30 days");
  t.diagnostic(`${ALARMS} alarms in ${(performance.now() - begun).toFixed(0)} ms`);
  assert.equal(app.clock.now, START + DAYS);
  assert.deepEqual(
    ran,
    due.toSorted((a, b) => a - b),
  );
});
