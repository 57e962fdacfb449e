// Moves a token from key to key, a transaction each, without end, for a test that kills it.
import { writeSync } from "node:fs";
import { createRequire } from "node:module";

const require = createRequire(import.meta.url);
const { DurableObjectStorage } = require("@steadfast/miniflare-durable-objects");
const { DiskStorage } = require("@steadfast/storage");

/** Alarms are never due here: the time says which transaction has set it. */
const ALARM_MS = 4e12;

const storage = new DurableObjectStorage(new DiskStorage(process.argv[2]).object("tokens"));

for (;;) {
  const moved = await storage.transaction(async (txn) => {
    const [token] = await txn.list({ prefix: "token" });
    const n = token === undefined ? 0 : token[1] + 1;
    if (token !== undefined) await txn.delete(token[0]);
    await txn.put(`token ${n % 7}`, n);
    await txn.setAlarm(ALARM_MS + n);
    return n;
  });
  // At once: what is in a buffer of the process would be lost with it.
  writeSync(1, `${moved}\n`);
}
