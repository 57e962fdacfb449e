// Alarms over the end of the process: overdue ones run without any request, interrupted ones run again.
import assert from "node:assert/strict";
import { spawn } from "node:child_process";
import { once } from "node:events";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { createInterface } from "node:readline";
import { test } from "node:test";
import "./held.mjs";

const PACKAGE = new URL("../dist/index.js", import.meta.url).href;

/**
 * A process whose one object says what happens to it. `HANG` in its environment makes alarms hang;
 * with `LATER` it believes to live so many milliseconds later.
 */
const PROGRAM = `
import { Steadfast } from ${JSON.stringify(PACKAGE)};
class Sleeper {
  constructor(ctx) {
    this.ctx = ctx;
  }
  async fetch(request) {
    await this.ctx.storage.put("runs", 0);
    await this.ctx.storage.setAlarm(Date.now() + Number(new URL(request.url).searchParams.get("in")));
    // Outputs wait for what is durable; a line on the console does not.
    await this.ctx.storage.sync();
    return new Response("set");
  }
  async alarm({ retryCount, scheduledTime }) {
    const runs = (await this.ctx.storage.get("runs")) + 1;
    await this.ctx.storage.put("runs", runs);
    await this.ctx.storage.sync();
    console.log(["alarm", this.ctx.id.name, runs, retryCount, scheduledTime <= Date.now()].join(" "));
    if (process.env.HANG) await new Promise(() => undefined);
    await this.ctx.storage.sync();
    setImmediate(() => console.log("ended"));
  }
}
const clock = process.env.LATER && { now: Date.now() + Number(process.env.LATER) };
const app = await Steadfast.start({
  durableObjects: { SLEEPER: Sleeper },
  storage: process.env.DATA,
  ...(clock && { clock }),
});
console.log("started");
if (process.env.IN) {
  const response = await app.env.SLEEPER.getByName("kept").fetch("http://sleeper/?in=" + process.env.IN);
  console.log(await response.text());
}
`;

function directory(t) {
  const path = mkdtempSync(join(tmpdir(), "steadfast-alarms-"));
  t.after(() => rmSync(path, { recursive: true, force: true }));
  return path;
}

/** Starts the program, and gives what it prints line by line. */
function start(t, data, env = {}) {
  const child = spawn(process.execPath, ["--input-type=module", "-e", PROGRAM], {
    env: { ...process.env, DATA: data, ...env },
    stdio: ["ignore", "pipe", "inherit"],
  });
  t.after(() => child.kill("SIGKILL"));
  const lines = createInterface({ input: child.stdout })[Symbol.asyncIterator]();
  return {
    line: async () => (await lines.next()).value,
    async kill() {
      const exited = once(child, "exit");
      child.kill("SIGKILL");
      await exited;
    },
  };
}

test("an alarm that fell due while nothing ran runs at the start, with its name", async (t) => {
  const data = directory(t);
  const first = start(t, data, { IN: "60000" });
  assert.equal(await first.line(), "started");
  assert.equal(await first.line(), "set");
  await first.kill();
  const second = start(t, data, { LATER: "120000" });
  assert.equal(await second.line(), "started");
  assert.equal(await second.line(), "alarm kept 1 0 true");
  assert.equal(await second.line(), "ended");
});

test("a run that was killed is run again, and what it had written is there", async (t) => {
  const data = directory(t);
  const first = start(t, data, { IN: "1", HANG: "1" });
  assert.equal(await first.line(), "started");
  assert.equal(await first.line(), "set");
  assert.equal(await first.line(), "alarm kept 1 0 true");
  await first.kill();
  const second = start(t, data);
  assert.equal(await second.line(), "started");
  assert.equal(await second.line(), "alarm kept 2 0 true");
  assert.equal(await second.line(), "ended");
});
