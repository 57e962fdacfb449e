// On a data directory a transaction is whole or not at all, also when the process is killed.
import assert from "node:assert/strict";
import { spawn } from "node:child_process";
import { mkdtempSync, rmSync } from "node:fs";
import { createRequire } from "node:module";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { createInterface } from "node:readline";
import { test } from "node:test";
import { fileURLToPath } from "node:url";
import { ours } from "./both.mjs";

const { DiskStorage } = createRequire(import.meta.url)("@steadfast/storage");
const writer = fileURLToPath(new URL("disk-transactions-writer.mjs", import.meta.url));
const ROUNDS = 8;
const ALARM_MS = 4e12;

test("a transaction that deletes, writes and sets the alarm outlives kill -9 whole", async (t) => {
  const directory = mkdtempSync(join(tmpdir(), "steadfast-transactions-"));
  t.after(() => rmSync(directory, { recursive: true }));
  let acknowledged = -1;
  for (let round = 0; round < ROUNDS; round++) {
    const last = await killAt(directory, 1 + Math.floor(Math.random() * 200));
    assert.ok(last > acknowledged);
    acknowledged = last;
    const disk = new DiskStorage(directory);
    const storage = new ours.DurableObjectStorage(disk.object("tokens"));
    const tokens = [...(await storage.list({ prefix: "token" }))];
    const alarm = await storage.getAlarm();
    await disk.close();
    assert.equal(tokens.length, 1, `a transaction is not whole: ${JSON.stringify(tokens)}`);
    const [[key, n]] = tokens;
    // One more may have become durable before it could say so.
    assert.ok(n === acknowledged || n === acknowledged + 1, `${n} after ${acknowledged}`);
    assert.deepEqual([key, alarm], [`token ${n % 7}`, ALARM_MS + n]);
  }
});

test("a flush is one call of a backing that can do it as one", async () => {
  const disk = DiskStorage.memory();
  const object = disk.object("an object");
  const calls = [];
  const backing = new Proxy(object, {
    get(target, name) {
      const value = Reflect.get(target, name);
      if (typeof value !== "function") return value;
      return (...given) => {
        calls.push(String(name));
        return value.apply(target, given);
      };
    },
  });
  const storage = new ours.DurableObjectStorage(backing);
  await storage.put({ a: 1, b: 2 });
  calls.length = 0;
  const deleted = storage.delete(["a", "c"]);
  const put = storage.put("a", 3);
  const alarm = storage.setAlarm(ALARM_MS);
  assert.deepEqual([await deleted, await put, await alarm], [1, undefined, undefined]);
  assert.deepEqual(calls, ["hasMany", "Symbol(steadfast.writeAll)"]);
  assert.deepEqual(
    [...(await storage.list())],
    [
      ["a", 3],
      ["b", 2],
    ],
  );
  assert.equal(await storage.getAlarm(), ALARM_MS);
  await storage.deleteAll();
  assert.deepEqual([(await storage.list()).size, await storage.getAlarm()], [0, null]);
  await disk.close();
});

/** Runs the writer until it has acknowledged so many transactions, and kills it wherever it then is. */
async function killAt(directory, transactions) {
  const child = spawn(process.execPath, [writer, directory], {
    stdio: ["ignore", "pipe", "inherit"],
  });
  const ended = new Promise((resolve) => child.once("exit", (_, signal) => resolve(signal)));
  let last = -1;
  let left = transactions;
  for await (const line of createInterface({ input: child.stdout })) {
    // What it said before it died counts, also what is read only now.
    if (/^\d+$/.test(line)) last = Number(line);
    if (--left === 0) child.kill("SIGKILL");
  }
  assert.equal(await ended, "SIGKILL");
  return last;
}
