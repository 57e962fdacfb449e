// Alarms, under a clock that the tests move: when handlers run, what they are told, what follows.
import assert from "node:assert/strict";
import { test } from "node:test";
import { isPending, Steadfast, settle, startHeld } from "./held.mjs";

const START = Date.UTC(2026, 0, 1);

/** Starts an app with one class under a manual clock; errors its objects report are kept, not printed. */
async function start(t, Class, options = {}) {
  const reported = [];
  t.mock.method(console, "error", (...words) => reported.push(words.map(String).join(" ")));
  t.mock.method(console, "warn", (...words) => reported.push(words.map(String).join(" ")));
  const app = await Steadfast.start({
    durableObjects: { OBJECT: Class },
    clock: { now: START },
    ...options,
  });
  t.after(() => app.stop());
  const object = (name = "a") => app.env.OBJECT.getByName(name);
  /** Sends a request to an object and gives the text it answers with. */
  const ask = async (path, name = "a") => {
    const response = await object(name).fetch(`http://object${path}`);
    return response.text();
  };
  return { app, ask, object, reported };
}

/** Seconds since the tests' clock was started. */
const at = (ms) => (ms - START) / 1000;

/** A class that calls `handlers[path]` for requests and `handlers.alarm` for alarms. */
function classOf(handlers) {
  return class Scripted {
    constructor(ctx, env) {
      this.ctx = ctx;
      this.env = env;
      this.storage = ctx.storage;
      handlers.construct?.(this);
    }

    async fetch(request) {
      const { pathname } = new URL(request.url);
      return new Response(JSON.stringify((await handlers[pathname](this, request)) ?? null));
    }

    alarm(info) {
      return handlers.alarm(this, info);
    }
  };
}

const setIn = (ms) => (self) => self.storage.setAlarm(Date.now() + ms);
const get = (self) => self.storage.getAlarm();

test("an alarm runs at its time with its object's data and tells when it was due", async (t) => {
  const runs = [];
  const { app, ask } = await start(
    t,
    classOf({
      "/set": setIn(60_000),
      "/get": get,
      async alarm(self, info) {
        assert.deepEqual(Object.keys(info), ["scheduledTime", "retryCount", "isRetry"]);
        assert.equal(Object.prototype.toString.call(info), "[object AlarmInvocationInfo]");
        runs.push([at(Date.now()), at(info.scheduledTime), info.retryCount, info.isRetry]);
        assert.equal(await get(self), null);
        assert.equal(self.ctx.id.name, "a");
      },
    }),
  );
  await ask("/set");
  assert.equal(await ask("/get"), String(START + 60_000));
  await app.clock.advance("59 s");
  assert.deepEqual(runs, []);
  await app.clock.advance("1 s");
  assert.deepEqual(runs, [[60, 60, 0, false]]);
  assert.equal(await ask("/get"), "null");
});

test("failed runs are retried six times, later each time, and then abandoned", async (t) => {
  const runs = [];
  const { app, ask, reported } = await start(
    t,
    classOf({
      "/set": setIn(1000),
      "/get": get,
      async alarm(self, { retryCount, isRetry, scheduledTime }) {
        assert.equal(at(scheduledTime), 1);
        assert.equal(isRetry, retryCount > 0);
        runs.push({ retryCount, at: at(Date.now()) });
        await self.storage.put("runs", runs.length);
        throw new Error("not yet");
      },
      "/runs": (self) => self.storage.get("runs"),
    }),
  );
  await ask("/set");
  await app.clock.advance("1 s");
  assert.equal(await ask("/get"), String(START + 1000), "the original time between retries");
  await app.clock.advance("1 hour");
  assert.deepEqual(
    runs.map((run) => run.retryCount),
    [0, 1, 2, 3, 4, 5, 6],
  );
  for (const [k, run] of runs.slice(1).entries()) {
    const delay = run.at - runs[k].at;
    assert.ok(delay >= 2 << k && delay <= (2 << k) * 1.25, `retry ${k + 1} after ${delay} s`);
  }
  assert.equal(await ask("/get"), "null");
  assert.equal(await ask("/runs"), "7", "what failed runs wrote stays");
  assert.equal(reported.length, 7);
  assert.match(reported[0], /uncaught \(in alarm\) Error: not yet/);
});

test("an alarm set in the handler stays after success", async (t) => {
  const runs = [];
  const { app, ask } = await start(
    t,
    classOf({
      "/set": setIn(1000),
      async alarm(self) {
        runs.push(at(Date.now()));
        await self.storage.setAlarm(Date.now() + 5000);
        assert.equal(at(await get(self)), at(Date.now()) + 5);
      },
    }),
  );
  await ask("/set");
  await app.clock.advance("16 s");
  assert.deepEqual(runs, [1, 6, 11, 16]);
});

test("an alarm set in the handler replaces the retry of a failed run", async (t) => {
  const runs = [];
  const { app, ask } = await start(
    t,
    classOf({
      "/set": setIn(1000),
      async alarm(self, { retryCount }) {
        runs.push([at(Date.now()), retryCount]);
        if (runs.length > 1) return;
        await self.storage.setAlarm(Date.now() + 60_000);
        throw new Error("replaced");
      },
    }),
  );
  await ask("/set");
  await app.clock.advance("1 hour");
  assert.deepEqual(runs, [
    [1, 0],
    [61, 0],
  ]);
});

test("an alarm deleted in the handler is not retried, and the run goes on", async (t) => {
  let runs = 0;
  const { app, ask } = await start(
    t,
    classOf({
      "/set": setIn(1000),
      "/get": (self) => self.storage.get("after"),
      async alarm(self) {
        runs += 1;
        await self.storage.deleteAlarm();
        await self.storage.put("after", true);
        throw new Error("deleted");
      },
    }),
  );
  await ask("/set");
  await app.clock.advance("1 hour");
  assert.equal(runs, 1);
  assert.equal(await ask("/get"), "true");
});

test("an alarm set by another event during the run starts when that has ended", async (t) => {
  const order = [];
  let release;
  const { app, ask } = await start(
    t,
    classOf({
      "/set": setIn(1000),
      "/again": async (self) => {
        await self.storage.setAlarm(Date.now());
        order.push("set again");
        return get(self);
      },
      async alarm() {
        order.push("begin");
        if (order.length === 1)
          await new Promise((resolve) => {
            release = resolve;
          });
        order.push("end");
      },
    }),
  );
  await ask("/set");
  const advanced = app.clock.advance("1 s");
  while (release === undefined) await settle();
  assert.equal(await ask("/again"), String(START + 1000), "the new one is shown");
  await settle();
  assert.deepEqual(order, ["begin", "set again"]);
  release();
  await advanced;
  assert.deepEqual(order, ["begin", "set again", "end", "begin", "end"]);
});

test("a request that awaits and an alarm that awaits both go on", async (t) => {
  const order = [];
  const { app, ask } = await start(
    t,
    classOf({
      "/set": setIn(1000),
      "/wait": async () => {
        order.push("request begins");
        await scheduler.wait(2000);
        order.push("request ends");
      },
      async alarm() {
        order.push("alarm begins");
        await scheduler.wait(2000);
        order.push("alarm ends");
      },
    }),
  );
  await ask("/set");
  const answer = ask("/wait");
  await app.clock.advance("5 s");
  await answer;
  assert.deepEqual(order, ["request begins", "alarm begins", "request ends", "alarm ends"]);
});

test("a rolled back transaction leaves the alarm and its run as they were", async (t) => {
  const seen = [];
  const { app, ask } = await start(
    t,
    classOf({
      "/set": setIn(1000),
      "/get": get,
      async alarm(self, { retryCount }) {
        if (retryCount > 0) return;
        const undone = self.storage.transaction(async (txn) => {
          await txn.setAlarm(Date.now() + 60_000);
          seen.push(at(await txn.getAlarm()));
          throw new Error("undo");
        });
        await assert.rejects(undone, /undo/);
        seen.push(await get(self));
        await self.storage.transaction(async (txn) => {
          await txn.deleteAlarm();
          txn.rollback();
        });
        throw new Error("retry me");
      },
    }),
  );
  await ask("/set");
  await app.clock.advance("1 s");
  assert.deepEqual(seen, [61, null]);
  assert.equal(await ask("/get"), String(START + 1000));
  await app.clock.advance("3 s");
  assert.equal(await ask("/get"), "null", "the retry succeeded");
});

test("an abort in the run is a failure; one that gives up the alarm clears it", async (t) => {
  const runs = [];
  const { app, ask, object } = await start(
    t,
    classOf({
      "/set": setIn(1000),
      "/get": get,
      "/abort": (self) => self.ctx.abort("stop", { retryAlarm: false }),
      async alarm(self, { retryCount }) {
        runs.push([at(Date.now()) >= 3, retryCount]);
        if (retryCount === 0) self.ctx.abort("again");
        await scheduler.wait(60_000);
        runs.push("never");
      },
    }),
  );
  await ask("/set");
  await app.clock.advance("4 s");
  assert.deepEqual(runs, [
    [false, 0],
    [true, 1],
  ]);
  await assert.rejects(object().fetch("http://object/abort"), { message: "stop" });
  await app.clock.advance("1 hour");
  assert.equal(runs.length, 2);
  assert.equal(await ask("/get"), "null");
});

test("a failed critical section in the run is a failure", async (t) => {
  const runs = [];
  const { app, ask } = await start(
    t,
    classOf({
      "/set": setIn(1000),
      async alarm(self, { retryCount }) {
        runs.push(retryCount);
        if (retryCount > 0) return;
        await self.ctx.blockConcurrencyWhile(async () => {
          throw new Error("section");
        });
      },
    }),
  );
  await ask("/set");
  await app.clock.advance("10 s");
  assert.deepEqual(runs, [0, 1]);
});

test("a constructor that throws is tried again until it works", async (t) => {
  let broken = false;
  let constructed = 0;
  const runs = [];
  const { app, ask } = await start(
    t,
    classOf({
      construct() {
        constructed += 1;
        if (broken) throw new Error("broken");
      },
      "/set": setIn(60_000),
      alarm: (_, { retryCount }) => void runs.push(retryCount),
    }),
  );
  await ask("/set");
  broken = true;
  await app.clock.advance("1 hour");
  assert.ok(constructed > 8, `constructed ${constructed} times`);
  broken = false;
  await app.clock.advance("1 hour");
  assert.deepEqual(runs, [0]);
});

test("a run of a quarter of an hour is ended", async (t) => {
  const runs = [];
  const { app, ask, object } = await start(
    t,
    classOf({
      "/set": setIn(1000),
      "/wait": () => scheduler.wait(3_600_000),
      async alarm(_, { retryCount }) {
        runs.push([at(Date.now()), retryCount]);
        if (retryCount === 0) await scheduler.wait(3_600_000);
      },
    }),
  );
  await ask("/set");
  const cut = assert.rejects(object().fetch("http://object/wait"), {
    message: "Alarm exceeded its allowed execution time",
    overloaded: true,
  });
  await app.clock.advance("901 s");
  await cut;
  assert.deepEqual(runs, [[1, 0]]);
  await app.clock.advance("3 s");
  assert.equal(runs.length, 2);
  assert.equal(runs[1][1], 1);
});

test("deleteAll clears the alarm, also one that is running", async (t) => {
  let runs = 0;
  const { app, ask } = await start(
    t,
    classOf({
      "/set": setIn(1000),
      "/clear": (self) => self.storage.deleteAll(),
      "/get": get,
      async alarm(self) {
        runs += 1;
        await self.storage.deleteAll();
        throw new Error("nothing left to retry");
      },
    }),
    { compatibilityDate: "2026-03-01" },
  );
  await ask("/set");
  await ask("/clear");
  assert.equal(await ask("/get"), "null");
  await app.clock.advance("1 hour");
  assert.equal(runs, 0);
  await ask("/set");
  await app.clock.advance("1 hour");
  assert.equal(runs, 1);
});

test("before 2026-02-24 deleteAll leaves the alarm", async (t) => {
  const runs = [];
  const { app, ask } = await start(
    t,
    classOf({
      "/set": async (self) => {
        await self.storage.put("key", 1);
        await self.storage.setAlarm(Date.now() + 1000);
      },
      "/clear": async (self) => {
        await self.storage.deleteAll();
        return [await self.storage.get("key"), at(await get(self))];
      },
      alarm: (_, { retryCount }) => void runs.push([at(Date.now()), retryCount]),
    }),
    { compatibilityDate: "2026-02-23" },
  );
  await ask("/set");
  assert.equal(await ask("/clear"), "[null,1]");
  await app.clock.advance("1 hour");
  assert.deepEqual(runs, [[1, 0]]);
});

test("an alarm that comes back with a bookmark runs", async (t) => {
  const runs = [];
  const Sleeper = classOf({
    "/set": async (self) => {
      await self.storage.setAlarm(Date.now() + 60_000);
      const bookmark = await self.storage.getCurrentBookmark();
      await self.storage.sync();
      return bookmark;
    },
    "/go-back": async (self, request) => {
      await self.storage.deleteAlarm();
      await self.storage.sync();
      await self.storage.onNextSessionRestoreBookmark(new URL(request.url).searchParams.get("to"));
      await self.storage.sync();
    },
    "/abort": (self) => self.ctx.abort("go back"),
    "/get": get,
    alarm: () => void runs.push(at(Date.now())),
  });
  const binding = { class: Sleeper, historyMs: 86_400_000 };
  const { app, ask, object } = await start(t, binding);
  const bookmark = JSON.parse(await ask("/set"));
  await app.clock.advance("1 s");
  await ask(`/go-back?to=${bookmark}`);
  await assert.rejects(object().fetch("http://object/abort"));
  assert.equal(await ask("/get"), String(START + 60_000));
  await app.clock.advance("1 hour");
  assert.deepEqual(runs, [60]);
});

test("a past time runs at once, also from the handler", async (t) => {
  let runs = 0;
  const { app, ask } = await start(
    t,
    classOf({
      "/past": async (self) => {
        await self.storage.setAlarm(new Date(1));
        return get(self);
      },
      async alarm(self) {
        runs += 1;
        if (runs < 5) await self.storage.setAlarm(Date.now() - 1000);
      },
    }),
  );
  assert.equal(await ask("/past"), String(START));
  await app.clock.advance(0);
  assert.equal(runs, 5);
});

test("waitUntil of a run keeps the object and does not keep the run open", async (t) => {
  const order = [];
  const { app, ask } = await start(
    t,
    classOf({
      construct: () => order.push("construct"),
      "/set": setIn(1000),
      "/get": get,
      alarm(self) {
        self.ctx.waitUntil(scheduler.wait(60_000).then(() => order.push("done")));
      },
    }),
  );
  await ask("/set");
  await app.clock.advance("2 s");
  assert.equal(await ask("/get"), "null", "the run is over");
  await app.clock.advance("2 minutes");
  assert.deepEqual(order, ["construct", "done"]);
});

const refusals = [
  [0, "setAlarm() cannot be called with an alarm time <= 0"],
  [-1, "setAlarm() cannot be called with an alarm time <= 0"],
  [0.5, "setAlarm() cannot be called with an alarm time <= 0"],
  [Number.NaN, "The value cannot be converted because it is not a valid Date."],
  [Number.POSITIVE_INFINITY, "The value cannot be converted because it is not a valid Date."],
  [Number.NEGATIVE_INFINITY, "The value cannot be converted because it is not a valid Date."],
  [new Date(Number.NaN), "The value cannot be converted because it is not a valid Date."],
  [1e300, "This API doesn't support dates after 2189."],
  [9_223_372_036_855, "This API doesn't support dates after 2189."],
  [-1e300, "This API doesn't support dates before 1687."],
  ...["5", null, undefined, true, {}, [1], 5n].map((value) => [
    value,
    "Failed to execute 'setAlarm' on 'DurableObjectStorage': parameter 1 is not of type 'date'.",
  ]),
];

test("setAlarm refuses what is no time, and changes nothing", async (t) => {
  const { ask } = await start(
    t,
    classOf({
      "/refuse": async (self) => {
        await self.storage.setAlarm(START + 5000.9);
        for (const [value, message] of refusals) {
          await assert.rejects(self.storage.setAlarm(value), { name: "TypeError", message });
        }
        const optionsRefused = {
          name: "TypeError",
          message:
            "Failed to execute 'setAlarm' on 'DurableObjectStorage': parameter 2 is not of type 'SetAlarmOptions'.",
        };
        await assert.rejects(self.storage.setAlarm(START + 1, 5), optionsRefused);
        return get(self);
      },
    }),
  );
  assert.equal(await ask("/refuse"), String(START + 5000));
});

test("a class without a handler may not set alarms, but in its constructor", async (t) => {
  class Without {
    constructor(ctx) {
      this.ctx = ctx;
      this.set = ctx.storage.setAlarm(START + 1000);
    }

    async fetch() {
      await this.set;
      const message =
        "Your Durable Object class must have an alarm() handler in order to call setAlarm()";
      await assert.rejects(this.ctx.storage.setAlarm(START + 5000), { name: "TypeError", message });
      return new Response(String(await this.ctx.storage.getAlarm()));
    }
  }
  const { app, ask, reported } = await start(t, Without, { idleEvictionMs: 1e9 });
  assert.equal(await ask("/"), String(START + 1000));
  await app.clock.advance("1 hour");
  assert.deepEqual(reported, [
    "Attempted to run a scheduled alarm without a handler, did you remember to export an alarm() function?",
  ]);
  assert.equal(await ask("/"), String(START + 1000), "it is left as it was");
});

test("an alarm runs only when its commit is durable", async (t) => {
  const runs = [];
  const Sleeper = classOf({ "/set": setIn(0), alarm: () => void runs.push("ran") });
  const { app, engine } = await startHeld(t, {
    durableObjects: { OBJECT: Sleeper },
    clock: "manual",
  });
  engine.hold();
  const answer = app.env.OBJECT.getByName("a").fetch("http://object/set");
  await settle();
  const advanced = app.clock.advance("1 s");
  assert.ok(await isPending(advanced));
  assert.deepEqual(runs, []);
  engine.release();
  await advanced;
  await answer;
  assert.deepEqual(runs, ["ran"]);
});

test("two apps, two clocks", async (t) => {
  const Sleeper = classOf({ "/set": setIn(1000), "/now": () => Date.now() });
  const first = await start(t, Sleeper);
  const second = await start(t, Sleeper, { clock: { now: "2030-01-01T00:00:00Z" } });
  await first.app.clock.advance("1 day");
  assert.equal(await first.ask("/now"), String(START + 86_400_000));
  assert.equal(await second.ask("/now"), String(Date.UTC(2030, 0, 1)));
});
