// What was acknowledged is there after the process was killed, and every batch is whole.
import assert from "node:assert/strict";
import { spawn } from "node:child_process";
import { once } from "node:events";
import { createInterface } from "node:readline";
import { test } from "node:test";
import { fileURLToPath } from "node:url";
import { open, temporary } from "./disk.mjs";

const writer = fileURLToPath(new URL("disk-writer.mjs", import.meta.url));
const ROUNDS = 8;

test("acknowledged batches outlive kill -9, whole", async (t) => {
  const directory = temporary(t);
  const acknowledged = new Map();
  for (let round = 0; round < ROUNDS; round++) {
    await killAt(directory, acknowledged, 1 + Math.floor(Math.random() * 400));
    await verify(open(t, directory), acknowledged);
  }
  assert.equal(acknowledged.size, 5);
});

/** Runs the writer until it has acknowledged so many batches, and kills it wherever it then is. */
async function killAt(directory, acknowledged, batches) {
  const child = spawn(process.execPath, [writer, directory], {
    stdio: ["ignore", "pipe", "inherit"],
  });
  let left = batches;
  for await (const line of createInterface({ input: child.stdout })) {
    // What it said before it died counts, also what is read only now.
    const [name, n] = line.split(" ");
    if (/^\d+$/.test(n ?? "")) acknowledged.set(name, Number(n));
    if (--left === 0) child.kill("SIGKILL");
  }
  if (child.signalCode === null && child.exitCode === null) await once(child, "exit");
  assert.equal(child.signalCode, "SIGKILL");
}

async function verify(storage, acknowledged) {
  for (const [name, n] of acknowledged) {
    const object = storage.object(name);
    const keys = Array.from({ length: 20 }, (_, at) => `key ${at}`);
    const values = (await object.getMany(keys)).map(({ value, metadata }) => {
      assert.equal(Number(Buffer.from(value)), metadata.n);
      return metadata.n;
    });
    assert.equal(new Set(values).size, 1, `a batch of ${name} is not whole: ${values}`);
    const [last] = values;
    // One more batch may have become durable before it could say so.
    assert.ok(last === n || last === n + 1, `${name} was acknowledged ${n} and is ${last}`);
    // The next writer goes on from there, and may be killed before it says so.
    acknowledged.set(name, last);
    const ones = (await object.list({ prefix: "one of " })).keys.map((key) => key.metadata.n);
    assert.ok(ones.includes(last) && ones.every((one) => one >= last - 1), `${name}: ${ones}`);
  }
  await storage.close();
}
