// The `scheduled` handler: its event, its outcome, and the clock that begins it.
import assert from "node:assert/strict";
import { test } from "node:test";
import { Steadfast } from "../dist/index.js";
import { nextTime, parseCron } from "../dist/services/cron.js";
import { WorkerEntrypoint } from "../dist/workers.js";

async function start(t, options) {
  const app = await Steadfast.start(options);
  t.after(() => app.stop());
  return app;
}

/** Keeps what is printed as errors. */
function printed(t) {
  const { mock } = t.mock.method(console, "error", () => undefined);
  return () => mock.calls.map((call) => call.arguments.map(String).join(" "));
}

test("the handler is given a controller, env and ctx", async (t) => {
  let seen;
  const app = await start(t, {
    vars: { NAME: "main" },
    worker: {
      scheduled(controller, env, ctx) {
        const { cron, scheduledTime } = controller;
        seen = [Object.keys(controller), String(controller), cron, scheduledTime, env, String(ctx)];
      },
    },
  });
  const scheduledTime = new Date("2026-01-02T03:04:00Z");
  assert.deepEqual(await app.scheduled({ cron: "4 3 * * *", scheduledTime }), {
    outcome: "ok",
    noRetry: false,
  });
  assert.deepEqual(seen, [
    ["cron", "scheduledTime"],
    "[object ScheduledController]",
    "4 3 * * *",
    scheduledTime.getTime(),
    { NAME: "main" },
    "[object ExecutionContext]",
  ]);
});

test("without a cron and a time, they are empty and now", async (t) => {
  let seen;
  const app = await start(t, {
    clock: { now: "2026-03-04T05:06:07Z" },
    worker: class extends WorkerEntrypoint {
      scheduled({ cron, scheduledTime }) {
        seen = [cron, new Date(scheduledTime).toISOString(), typeof this.ctx.waitUntil];
      }
    },
  });
  await app.scheduled();
  assert.deepEqual(seen, ["", "2026-03-04T05:06:07.000Z", "function"]);
});

test("the outcome tells of errors, of waitUntil too, and of noRetry", async (t) => {
  const errors = printed(t);
  const app = await start(t, {
    worker: {
      async scheduled(controller, _env, ctx) {
        if (controller.cron.includes("n")) controller.noRetry();
        if (controller.cron.includes("w")) ctx.waitUntil(Promise.reject(new Error("later")));
        if (controller.cron.includes("t")) throw new Error("at once");
        return "ignored";
      },
    },
  });
  const outcomes = [];
  for (const cron of ["", "n", "t", "nt", "w"]) {
    const { outcome, noRetry } = await app.scheduled({ cron });
    outcomes.push([cron, outcome, noRetry]);
  }
  assert.deepEqual(outcomes, [
    ["", "ok", false],
    ["n", "ok", true],
    ["t", "exception", false],
    ["nt", "exception", true],
    ["w", "exception", false],
  ]);
  assert.deepEqual(errors(), [
    "uncaught (in scheduled) Error: at once",
    "uncaught (in scheduled) Error: at once",
    "uncaught (in waitUntil) Error: later",
  ]);
});

test("a Worker without the handler says so", async (t) => {
  const errors = printed(t);
  const app = await start(t, { worker: { fetch() {} } });
  assert.deepEqual(await app.scheduled(), { outcome: "exception", noRetry: true });
  assert.deepEqual(errors(), [
    "Received a ScheduledEvent but we lack a handler for ScheduledEvents (a.k.a. Cron Triggers). Did you remember to export a scheduled() function?",
  ]);
});

test("crons run by the app's clock, each at its times, in the Worker that has them", async (t) => {
  const seen = [];
  const worker = (name) => ({
    name,
    worker: {
      scheduled({ cron, scheduledTime }) {
        seen.push([name, cron, new Date(scheduledTime).toISOString().slice(11, 16)]);
      },
    },
  });
  const app = await start(t, {
    clock: { now: "2026-01-01T00:00:30Z" },
    workers: [
      { ...worker("a"), crons: ["*/20 * * * *", "30 1 * * *"] },
      { ...worker("b"), crons: ["0 * * * *"] },
    ],
  });
  await app.clock.advance("19 minutes");
  assert.deepEqual(seen, []);
  await app.clock.advance("101 minutes");
  const byTime = (a, b) => a[2].localeCompare(b[2]) || a[0].localeCompare(b[0]);
  assert.deepEqual(seen.sort(byTime), [
    ["a", "*/20 * * * *", "00:20"],
    ["a", "*/20 * * * *", "00:40"],
    ["a", "*/20 * * * *", "01:00"],
    ["b", "0 * * * *", "01:00"],
    ["a", "*/20 * * * *", "01:20"],
    ["a", "30 1 * * *", "01:30"],
    ["a", "*/20 * * * *", "01:40"],
    ["a", "*/20 * * * *", "02:00"],
    ["b", "0 * * * *", "02:00"],
  ]);
});

test("a cron that is none keeps the app from starting", async () => {
  await assert.rejects(Steadfast.start({ worker: {}, crons: ["every day"] }), {
    name: "TypeError",
    message: 'this is no cron expression: it has five fields: cron="every day"',
  });
});

/** The first times of a cron after the beginning of 2026, which is a Thursday. */
function times(text, count = 3, from = "2026-01-01T00:00:00Z") {
  const cron = parseCron(text);
  const result = [];
  let time = new Date(from).getTime();
  for (let each = 0; each < count; each++) {
    time = nextTime(cron, time);
    result.push(time === undefined ? undefined : new Date(time).toISOString().slice(0, 16));
  }
  return result;
}

const CRONS = [
  ["* * * * *", ["2026-01-01T00:01", "2026-01-01T00:02", "2026-01-01T00:03"]],
  ["*/45 * * * *", ["2026-01-01T00:45", "2026-01-01T01:00", "2026-01-01T01:45"]],
  ["10-12,50 3 * * *", ["2026-01-01T03:10", "2026-01-01T03:11", "2026-01-01T03:12"]],
  ["0 20/2 * * *", ["2026-01-01T20:00", "2026-01-01T22:00", "2026-01-02T20:00"]],
  ["0 0 1 * *", ["2026-02-01T00:00", "2026-03-01T00:00", "2026-04-01T00:00"]],
  ["0 0 29 2 *", ["2028-02-29T00:00", "2032-02-29T00:00", "2036-02-29T00:00"]],
  ["0 0 1 jan,MAR *", ["2026-03-01T00:00", "2027-01-01T00:00", "2027-03-01T00:00"]],
  // Days of the week count from 1 for Sunday.
  ["0 0 * * 1", ["2026-01-04T00:00", "2026-01-11T00:00", "2026-01-18T00:00"]],
  ["0 0 * * Mon-Tue", ["2026-01-05T00:00", "2026-01-06T00:00", "2026-01-12T00:00"]],
  ["0 0 L * *", ["2026-01-31T00:00", "2026-02-28T00:00", "2026-03-31T00:00"]],
  ["0 0 L-2 * *", ["2026-01-29T00:00", "2026-02-26T00:00", "2026-03-29T00:00"]],
  ["0 0 LW * *", ["2026-01-30T00:00", "2026-02-27T00:00", "2026-03-31T00:00"]],
  ["0 0 1W * *", ["2026-02-02T00:00", "2026-03-02T00:00", "2026-04-01T00:00"]],
  ["0 0 * * 6L", ["2026-01-30T00:00", "2026-02-27T00:00", "2026-03-27T00:00"]],
  ["0 0 * * fri#2", ["2026-01-09T00:00", "2026-02-13T00:00", "2026-03-13T00:00"]],
  ["0 0 13 * 6", ["2026-01-02T00:00", "2026-01-09T00:00", "2026-01-13T00:00"]],
  ["0 0 31 2 *", [undefined]],
];
for (const [text, expected] of CRONS) {
  test(`the cron ${text} has its times`, () => {
    assert.deepEqual(times(text, expected.length), expected);
  });
}

const WRONG = [
  ["* * * *", "it has five fields"],
  ["60 * * * *", 'a minute is 0 to 59, not "60"'],
  ["* * 0 * *", 'a day is 1 to 31, not "0"'],
  ["* * * * 0", 'a day of the week is 1 to 7, not "0"'],
  ["* * * abc *", 'a month is 1 to 12, not "abc"'],
  ["*/0 * * * *", 'the minute "*/0" names nothing'],
  ["5-3 * * * *", 'the minute "5-3" names nothing'],
  ["1-2-3 * * * *", 'the minute "1-2-3" is no range'],
  ["* * * * 2#6", 'no month has "2#6"'],
];
for (const [text, why] of WRONG) {
  test(`the cron ${text} is refused`, () => {
    assert.throws(() => parseCron(text), {
      message: `this is no cron expression: ${why}: cron="${text}"`,
    });
  });
}
