// What a storage that stands alone on a disk has acknowledged is there after kill -9, transactions whole.
import assert from "node:assert/strict";
import { spawn } from "node:child_process";
import { once } from "node:events";
import { createInterface } from "node:readline";
import { test } from "node:test";
import { fileURLToPath } from "node:url";
import { DurableObjectStorage } from "../dist/index.js";
import { closeAll, disk, temporary } from "./standalone.mjs";

const writer = fileURLToPath(new URL("standalone-writer.mjs", import.meta.url));
const ROUNDS = 6;

/** Runs the writer until it has acknowledged so many rounds, and kills it wherever it then is: the last told. */
async function killAt(directory, lines) {
  const child = spawn(process.execPath, [writer, directory], {
    stdio: ["ignore", "pipe", "inherit"],
  });
  let last;
  let left = lines;
  for await (const line of createInterface({ input: child.stdout })) {
    // What it said before it died counts, also what is read only now.
    if (/^\d+\.$/.test(line)) last = Number.parseInt(line, 10);
    if (--left === 0) child.kill("SIGKILL");
  }
  if (child.signalCode === null && child.exitCode === null) await once(child, "exit");
  assert.equal(child.signalCode, "SIGKILL");
  return last;
}

test("what was acknowledged outlives kill -9, and transactions are whole", async (t) => {
  const directory = temporary(t);
  for (let round = 0; round < ROUNDS; round++) {
    const acknowledged = await killAt(directory, 1 + Math.floor(Math.random() * 150));
    const storage = new DurableObjectStorage(disk(t, directory).object("room"));
    const { n } = storage.sql.exec("SELECT max(n) AS n FROM t").one();
    // One more may have become durable before it could say so.
    assert.ok(n === acknowledged || n === acknowledged + 1, `said ${acknowledged}, has ${n}`);
    const entries = Object.fromEntries(await storage.list());
    assert.deepEqual(entries, { put: n, kv: n, "in a transaction": n, "by the storage": n });
    assert.equal(await storage.getAlarm(), 4_000_000_000_000 + n);
    assert.equal(storage.sql.exec("SELECT count(*) AS rows FROM t").one().rows, n + 1);
    await storage.sync();
    await closeAll(t);
  }
});

test("two disk storages on one directory have one object, as long as one is open", async (t) => {
  const directory = temporary(t);
  const [first, second] = [disk(t, directory), disk(t, directory)];
  const one = new DurableObjectStorage(first.object("room"));
  const other = new DurableObjectStorage(second.object("room"));
  one.kv.put("n", 1);
  assert.equal(other.kv.get("n"), 1);
  const increment = (storage) =>
    storage.transaction(async (txn) => {
      storage.sql.exec("CREATE TABLE IF NOT EXISTS t(a)");
      await txn.put("n", (await txn.get("n")) + 1);
    });
  await Promise.all([increment(one), increment(other)]);
  other.kv.put("late", 1);
  await first.close();
  await other.put("n", (await other.get("n")) + 1);
  await one.put("one", 1);
  await second.close();
  const after = new DurableObjectStorage(disk(t, directory).object("room"));
  assert.deepEqual(Object.fromEntries(await after.list()), { late: 1, n: 4, one: 1 });
});

test("what was written without a promise is durable when the storage is closed", async (t) => {
  const directory = temporary(t);
  const before = disk(t, directory);
  const storage = new DurableObjectStorage(before.object("room"));
  storage.kv.put("a", 1);
  storage.sql.exec("CREATE TABLE t(a)");
  await before.close();
  const after = new DurableObjectStorage(disk(t, directory).object("room"));
  assert.equal(after.kv.get("a"), 1);
  assert.deepEqual(after.sql.exec("SELECT * FROM t").toArray(), []);
});
