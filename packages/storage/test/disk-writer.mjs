// Writes batches without end and says which are durable, for a test that kills it.
import { writeSync } from "node:fs";
import { DiskStorage } from "@steadfast/storage";

const storage = new DiskStorage(process.argv[2]);

/** Counts an object on from where it stands: all its keys hold the number of the last batch. */
async function write(name) {
  const object = storage.object(name);
  const before = await object.get("key 0");
  for (let n = before ? Number(Buffer.from(before.value)) + 1 : 1; ; n++) {
    const stored = { value: Buffer.from(String(n)), metadata: { n } };
    const keys = Array.from({ length: 20 }, (_, at) => [`key ${at}`, stored]);
    await object.putMany([...keys, [`one of ${n}`, stored]]);
    // Also the one before, if this was killed between the two.
    await object.deleteMany([`one of ${n - 1}`, `one of ${n - 2}`]);
    // At once: what is in a buffer of the process would be lost with it.
    writeSync(1, `${name} ${n}\n`);
  }
}

await Promise.all(["a", "b", "c", "d", "e"].map(write));
