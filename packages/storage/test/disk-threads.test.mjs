// One directory in several threads, and how processes and threads end.
import assert from "node:assert/strict";
import { execFile } from "node:child_process";
import { once } from "node:events";
import { existsSync } from "node:fs";
import { test } from "node:test";
import { promisify } from "node:util";
import { Worker } from "node:worker_threads";
import { bytes, text } from "./contract.mjs";
import { open, temporary } from "./disk.mjs";

/** Where Linux has an entry for each thread of the process. */
const TASKS = "/proc/self/task";

/** Runs a module with `storage` and `bytes` in a process of its own to its end, and gives what it printed. */
async function run(directory, code) {
  const { stdout } = await promisify(execFile)(
    process.execPath,
    ["--input-type=module", "--eval", moduleOf(directory, code)],
    { cwd: import.meta.dirname, timeout: 20_000 },
  );
  return stdout;
}

/** The same in a thread of this process; gives what it posted. */
async function runThread(directory, code) {
  const worker = startThread(directory, code);
  const messages = [];
  worker.on("message", (message) => messages.push(message));
  await once(worker, "exit");
  return messages;
}

function startThread(directory, code) {
  const source = `import { parentPort } from "node:worker_threads";${moduleOf(directory, code)}`;
  return new Worker(new URL(`data:text/javascript,${encodeURIComponent(source)}`));
}

function moduleOf(directory, code) {
  return `
    import { createRequire } from "node:module";
    const { DiskStorage } = createRequire(${JSON.stringify(import.meta.url)})("@steadfast/storage");
    const storage = new DiskStorage(${JSON.stringify(directory)});
    const bytes = (text) => new TextEncoder().encode(text);
    ${code}`;
}

test("a process does not end before a put it waits for, and then ends by itself", async (t) => {
  const directory = temporary(t);
  const code = 'storage.put("key", { value: bytes("1") }).then(() => console.log("durable"))';
  assert.equal(await run(directory, code), "durable\n");
  assert.equal(text(await open(t, directory).get("key")), "1");
});

test("storages in memory that nobody has any more leave no threads", {
  skip: !existsSync(TASKS),
}, async (t) => {
  const code = `
    import { readdirSync } from "node:fs";
    import { setFlagsFromString } from "node:v8";
    import { runInNewContext } from "node:vm";
    import { DurableObjectStorage } from "steadfast";
    setFlagsFromString("--expose-gc");
    const collect = runInNewContext("gc");
    const threads = () => readdirSync("${TASKS}").length;
    await storage.put("key", { value: bytes("1") });
    const kept = DiskStorage.memory();
    const { sql } = new DurableObjectStorage(kept.object("a"));
    const cursor = new DurableObjectStorage(DiskStorage.memory()).sql.exec("SELECT 1 UNION ALL SELECT 2");
    await kept.put("key", { value: bytes("1") });
    const before = threads();
    for (let i = 0; i < 20; i++) {
      await DiskStorage.memory().put("key", { value: bytes("1") });
      await new DurableObjectStorage(DiskStorage.memory()).put("key", 1);
    }
    while (threads() > before) {
      collect();
      await new Promise((resolve) => setImmediate(resolve));
    }
    console.log(await kept.has("key"), sql.exec("SELECT 3 AS n").one().n, cursor.toArray().length);
    await kept.close();`;
  assert.equal(await run(temporary(t), code), "true 3 2\n");
});

test("a storage that nobody waits for keeps no process", async (t) => {
  assert.equal(await run(temporary(t), "console.log((await storage.list()).keys.length)"), "0\n");
});

test("a process that exits in between leaves what it had acknowledged", async (t) => {
  const directory = temporary(t);
  const code = `await storage.put("key", { value: bytes("1") });
    storage.put("other", { value: bytes("2") });
    process.exit();`;
  await run(directory, code);
  assert.equal(text(await open(t, directory).get("key")), "1");
});

test("another process is refused while this one has the directory", async (t) => {
  const directory = temporary(t);
  const storage = open(t, directory);
  await storage.put("key", { value: bytes("1") });
  await assert.rejects(run(directory, ""), (error) => {
    assert.match(error.stderr, /ERR_DIRECTORY_LOCKED/);
    assert.match(error.stderr, new RegExp(`${process.pid}`));
    return true;
  });
});

test("threads use a directory together, each with objects of its own", async (t) => {
  const directory = temporary(t);
  const storage = open(t, directory);
  await storage.object("main").put("key", { value: bytes("1") });
  const code = (name) => `
    const object = storage.object(${JSON.stringify(name)});
    for (let i = 0; i < 50; i++) await object.put("key" + i, { value: bytes("1") });
    parentPort.postMessage((await object.list()).keys.length);`;
  const [one, two] = await Promise.all([
    runThread(directory, code("one")),
    runThread(directory, code("two")),
  ]);
  assert.deepEqual([one, two], [[50], [50]]);
  // Their threads have ended without closing: their objects are free.
  assert.equal((await storage.object("one").list()).keys.length, 50);
  assert.equal((await storage.object("two").list()).keys.length, 50);
});

test("an object is refused to a second thread until the first has closed it", async (t) => {
  const directory = temporary(t);
  const storage = open(t, directory);
  await storage.object("shared").put("key", { value: bytes("1") });
  const attempt = `
    await storage.object("shared").get("key").then(
      ({ value }) => parentPort.postMessage(new TextDecoder().decode(value)),
      ({ name, code, message }) => parentPort.postMessage([name, code, message]));`;
  const [[name, code, message]] = await runThread(directory, attempt);
  assert.deepEqual([name, code], ["SteadfastError", "ERR_OBJECT_IN_USE"]);
  assert.match(message, /close its storage there first/);
  await storage.close();
  assert.deepEqual(await runThread(directory, attempt), ["1"]);
});

test("a thread that is ended lets go of the directory", async (t) => {
  const directory = temporary(t);
  const worker = startThread(
    directory,
    `await storage.put("key", { value: bytes("1") });
     parentPort.postMessage("durable");
     for (;;) await storage.put("more", { value: bytes("2") });`,
  );
  await once(worker, "message");
  await worker.terminate();
  assert.equal(await run(directory, 'console.log(await storage.has("key"))'), "true\n");
});
