// What DiskStorage does beyond the contract: its objects, how values lie in the directory, what it refuses.
import assert from "node:assert/strict";
import {
  mkdirSync,
  readdirSync,
  readFileSync,
  rmSync,
  symlinkSync,
  truncateSync,
  writeFileSync,
} from "node:fs";
import { join, relative } from "node:path";
import { test } from "node:test";
import v8 from "node:v8";
import { DiskStorage } from "@steadfast/storage";
import { kStore, NO_LANE } from "steadfast/backed";
import { binding } from "../../steadfast/dist/binding.js";
import { steadfast } from "../../steadfast/test/command.mjs";
import { bytes, text } from "./contract.mjs";
import { open, temporary } from "./disk.mjs";

const ID = "0123456789abcdef".repeat(4);

test("objects of one directory are apart, and there after it was closed", async (t) => {
  const directory = temporary(t);
  const storage = open(t, directory);
  await storage.put("key", { value: bytes("its own") });
  for (const name of ["a", "b", `COUNTER:${ID}`, ""]) {
    await storage.object(name).put("key", { value: bytes(`of ${name}`) });
  }
  await storage.close();
  const again = open(t, directory);
  assert.equal(text(await again.get("key")), "its own");
  assert.equal(text(await again.object("default").get("key")), "its own");
  for (const name of ["a", "b", `COUNTER:${ID}`, ""]) {
    assert.equal(text(await again.object(name).get("key")), `of ${name}`);
  }
});

test("an object opened twice in a thread is one, by whatever path", async (t) => {
  const directory = temporary(t);
  const link = `${directory}-link`;
  symlinkSync(directory, link);
  t.after(() => rmSync(link));
  const first = open(t, directory);
  const second = open(t, relative(process.cwd(), link));
  await first.object("a").put("key", { value: bytes("1") });
  assert.equal(text(await second.object("a").get("key")), "1");
  await second.object("a").put("key", { value: bytes("2") });
  assert.equal(text(await first.object("a").get("key")), "2");
  await first.close();
  await second.object("a").put("key", { value: bytes("3") });
  assert.equal(text(await second.object("a").get("key")), "3");
});

test("a directory opens again while it is being closed", async (t) => {
  const directory = temporary(t);
  for (let round = 0; round < 5; round++) {
    const storage = open(t, directory);
    const put = storage.put(`key${round}`, { value: bytes("1") });
    const closed = storage.close();
    const next = open(t, directory);
    assert.equal((await next.list()).keys.length, round + 1);
    await Promise.all([put, closed, next.close()]);
  }
});

test("what is called after closing is refused, and closing again is not", async (t) => {
  const storage = open(t, temporary(t));
  const object = storage.object("a");
  await object.put("key", { value: bytes("1") });
  await Promise.all([storage.close(), storage.close()]);
  const stopped = { name: "SteadfastError", code: "ERR_STOPPED" };
  await assert.rejects(object.get("key"), stopped);
  await assert.rejects(object.put("key", { value: bytes("2") }), stopped);
  await assert.rejects(storage.object("b").list(), stopped);
  await storage.close();
});

test("memory is its own each time", async () => {
  const [one, two] = [DiskStorage.memory(), DiskStorage.memory()];
  await one.put("key", { value: bytes("1") });
  assert.equal(await two.get("key"), undefined);
  assert.equal(one.directory, undefined);
  await Promise.all([one.close(), two.close()]);
});

test("values in V8's format are those of a Worker's key-value storage", async (t) => {
  const storage = open(t, temporary(t));
  const object = storage.object(`COUNTER:${ID}`);
  await object.put("count", { value: v8.serialize(3) });
  const { number } = object[kStore];
  assert.equal(binding.kvGet(NO_LANE, number, "count"), 3);
  binding.kvPut(NO_LANE, number, "count", 4, false);
  // A write of the storage's own ends the turn that was open.
  await object.put("other", { value: v8.serialize("x") });
  assert.equal(v8.deserialize((await object.get("count")).value), 4);
});

test("bytes of any kind come back as they were", async (t) => {
  const storage = open(t, temporary(t));
  const values = [[], [0], [0, 0], [0, 1], [0, 3, 255], [255], [255, 15, 0], [1, 2, 3]];
  for (const value of values.map((value) => Uint8Array.from(value))) {
    for (const meta of [
      {},
      { metadata: null },
      { expiration: 1e10 },
      { expiration: 1e10, metadata: "é" },
    ]) {
      await storage.put("key", { value, ...meta });
      const stored = await storage.get("key");
      assert.deepEqual(stored, { value, expiration: undefined, metadata: undefined, ...meta });
      assert.equal(Object.getPrototypeOf(stored.value), Uint8Array.prototype);
      assert.equal((await storage.list()).keys.length, 1);
    }
  }
});

test("a key and value that are too large are refused, and the batch with them", async (t) => {
  const storage = open(t, temporary(t));
  const large = { value: new Uint8Array(9 * 1024 * 1024) };
  await assert.rejects(storage.put("key", large), {
    name: "RangeError",
    message: "key and value together are too large: bytes_max=8388636",
  });
  await assert.rejects(
    storage.putMany([
      ["a", { value: bytes("1") }],
      ["b", large],
    ]),
    RangeError,
  );
  assert.deepEqual((await storage.list()).keys, []);
  await storage.put("key", { value: large.value.subarray(0, 8 * 1024 * 1024) });
});

test("no write goes around a transaction that runs", async (t) => {
  const storage = open(t, temporary(t));
  const { number, disk } = storage[kStore];
  const transaction = binding.beginTransactionSync(NO_LANE, number);
  binding.kvPut(NO_LANE, number, "inside", 1, false);
  await assert.rejects(storage.put("outside", { value: bytes("1") }), /while it runs/);
  binding.endTransactionSync(NO_LANE, number, transaction, true);
  await disk.durable(storage[kStore].commit());
  assert.deepEqual(
    (await storage.list()).keys.map(({ name }) => name),
    ["inside"],
  );
});

test("pages of a list read on where the last ended, around what has expired", async (t) => {
  let time = 0;
  const storage = open(t, temporary(t), { clock: () => time });
  const names = Array.from({ length: 50 }, (_, i) => `k${String(i).padStart(2, "0")}`);
  await storage.putMany(
    names.map((name, i) => [name, { value: bytes(name), expiration: i % 3 === 0 ? 1 : undefined }]),
  );
  time = 2000;
  for (const reverse of [false, true]) {
    const found = [];
    let cursor;
    do {
      const page = await storage.list({ limit: 7, reverse, cursor, excludePrefix: "k1" });
      found.push(...page.keys.map(({ name }) => name));
      cursor = page.cursor;
      assert.ok(page.keys.length === 7 || cursor === "");
    } while (cursor !== "");
    const live = names.filter((name, i) => i % 3 !== 0 && !name.startsWith("k1"));
    assert.deepEqual(found, reverse ? live.toReversed() : live);
  }
});

test("inspect and check read the directory", async (t) => {
  const directory = temporary(t);
  const storage = open(t, directory);
  await storage.object(`COUNTER:${ID}`).put("count", { value: v8.serialize(3) });
  await storage.object("jobs").put("note", { value: bytes("text"), metadata: { a: 1 } });
  await storage.close();
  const run = async (...args) => {
    const { code, stdout, stderr } = await steadfast([...args, "--persist-to", directory], {
      cwd: directory,
    });
    assert.deepEqual([code, stderr], [0, ""], args.join(" "));
    return stdout;
  };
  assert.match(await run("inspect"), /^@storage +1$/m);
  assert.match(await run("inspect", "@storage"), /^[0-9a-f]{64} +jobs +1/m);
  assert.match(await run("inspect", "COUNTER", ID), /^count +4 +3$/m);
  assert.match(await run("inspect", "@storage", "jobs"), /^note +/m);
  await run("check");
});

test("a directory that cannot be used says why", async (t) => {
  const refused = (directory, code, message) =>
    assert.throws(() => new DiskStorage(directory), { name: "SteadfastError", code, message });
  const foreign = temporary(t);
  writeFileSync(join(foreign, "base.sqlite"), "something else\n".repeat(1000));
  refused(foreign, "ERR_DIRECTORY_FOREIGN", /base\.sqlite/);

  const newer = await filled(t);
  const base = join(newer, "base.sqlite");
  const content = readFileSync(base);
  const at = content.indexOf("format\x02");
  assert.ok(at > 0);
  content[at + "format".length] = 9;
  writeFileSync(base, content);
  refused(newer, "ERR_DIRECTORY_NEWER", /format/);

  const damaged = await filled(t);
  truncateSync(join(damaged, "base.sqlite"), 5000);
  refused(damaged, "ERR_DIRECTORY_DAMAGED", /base\.sqlite/);

  const file = join(temporary(t), "file");
  writeFileSync(file, "");
  refused(file, "ERR_DIRECTORY", /cannot create the data directory: path=.*file: File exists/);
  assert.throws(() => new DiskStorage(""), {
    name: "TypeError",
    message: 'the directory must be a path: directory=""',
  });
  assert.throws(() => new DiskStorage(), TypeError);
});

test("a directory whose files were removed while it is open is not opened again", async (t) => {
  const directory = temporary(t);
  const storage = open(t, directory);
  await storage.put("key", { value: bytes("1") });
  rmSync(directory, { recursive: true });
  // What a second one wrote would be acknowledged, and nowhere.
  assert.throws(() => new DiskStorage(directory), {
    name: "SteadfastError",
    code: "ERR_DIRECTORY",
    message: /has the data directory open, and its files are gone; .*: path=.*base\.sqlite/,
  });
  await storage.close();
  const again = open(t, directory);
  assert.equal(await again.get("key"), undefined);
});

test("a read that meets damage says where, with its code", async (t) => {
  const directory = await filled(t);
  const base = join(directory, "base.sqlite");
  const content = readFileSync(base);
  const at = content.indexOf(VALUE);
  assert.ok(at > 0);
  content[at] ^= 1;
  writeFileSync(base, content);
  const storage = open(t, directory);
  const damaged = {
    name: "SteadfastError",
    code: "ERR_DIRECTORY_DAMAGED",
    message: /base\.sqlite/,
  };
  await assert.rejects(storage.get("key"), damaged);
  await assert.rejects(storage.list(), damaged);
});

test("a key no value could have is refused like the value that has no room", async (t) => {
  const storage = open(t, temporary(t));
  const key = "k".repeat(9 * 1024 * 1024);
  const tooLarge = { name: "RangeError", message: /key and value together are too large/ };
  await assert.rejects(storage.get(key), tooLarge);
  await assert.rejects(storage.getMany(["a", key]), tooLarge);
  await assert.rejects(storage.has(key), tooLarge);
  await assert.rejects(storage.delete(key), tooLarge);
});

test("other files in the directory are left alone", async (t) => {
  const directory = temporary(t);
  mkdirSync(join(directory, "mine"));
  const storage = open(t, directory);
  await storage.put("key", { value: bytes("1") });
  await storage.close();
  assert.ok(readdirSync(directory).includes("mine"));
});

/** A directory with something in it, closed. */
async function filled(t) {
  const directory = temporary(t);
  const storage = new DiskStorage(directory);
  await storage.put("key", { value: bytes(VALUE) });
  await storage.close();
  return directory;
}

const VALUE = "a value";
