// FileStorage beside the original: the same answers, the same files, each reading what the other wrote.
import assert from "node:assert/strict";
import { spawn } from "node:child_process";
import { once } from "node:events";
import * as fs from "node:fs";
import { tmpdir } from "node:os";
import { join, relative } from "node:path";
import { after, test } from "node:test";
import * as original from "@miniflare/storage-file";
import * as ours from "@steadfast/storage";
import { bytes, names, text } from "./contract.mjs";
import { generator, outcome, program } from "./random.mjs";

const directory = fs.mkdtempSync(join(tmpdir(), "steadfast-file-"));
after(() => fs.rmSync(directory, { recursive: true }));
let roots = 0;
const newRoot = () => join(directory, `root${roots++}`);

const KEYS = [
  "a",
  "a:1",
  "a/2",
  "b",
  "b?",
  "b*",
  "c|d\\e",
  ".",
  "..",
  "../x",
  "con",
  " x ",
  "/",
  "b/",
  "é",
  "y".repeat(240),
  "a/b/c",
  "m",
  "m.meta.json",
  "q\0r",
];

/** Every file below a directory, by its path from there. */
function snapshot(root) {
  const status = fs.statSync(root, { throwIfNoEntry: false });
  // The key "." is the root itself.
  if (!status?.isDirectory()) return status && { ".": fs.readFileSync(root, "latin1") };
  const files = fs
    .readdirSync(root, { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile())
    .map((entry) => join(entry.parentPath, entry.name))
    .sort();
  return Object.fromEntries(
    files.map((path) => [relative(root, path), fs.readFileSync(path, "latin1")]),
  );
}

for (const sanitise of [true, false]) {
  for (const shared of [false, true]) {
    const what = shared ? "taking turns with it on one directory" : "on a directory each";
    test(`random programs give what the original gives, sanitise ${sanitise}, ${what}`, async () => {
      for (let seed = 0; seed < 12; seed++) {
        let time = 1000;
        const clock = () => time * 1000;
        const [expectedRoot, actualRoot] = [newRoot(), newRoot()];
        const model = new original.FileStorage(expectedRoot, sanitise, clock);
        const own = new ours.FileStorage(actualRoot, sanitise, clock);
        const other = shared ? new original.FileStorage(actualRoot, sanitise, clock) : own;
        const random = generator(seed);
        for (const operation of program(seed, KEYS, 60)) {
          if (operation[0] === "at") {
            time = operation[1];
            continue;
          }
          // One after another: the original runs a batch at once, and the file system decides.
          const single = operation[0].endsWith("Many") ? unbatched(operation) : [operation];
          for (const each of single) {
            const expected = await outcome(model, each, expectedRoot);
            const actual = await outcome(random() < 0.5 ? own : other, each, actualRoot);
            assert.deepEqual(actual, expected, `seed=${seed} operation=${JSON.stringify(each)}`);
          }
        }
        assert.deepEqual(snapshot(actualRoot), snapshot(expectedRoot), `seed=${seed}`);
      }
    });
  }
}

function unbatched([method, items]) {
  const name = method.slice(0, -4);
  return items.map((item) => (name === "put" ? [name, ...item] : [name, item]));
}

test("a directory beside the root, of which the root's name is the beginning, is outside", async () => {
  const root = newRoot();
  const sibling = new original.FileStorage(`${root}-2`);
  await sibling.put("key", { value: bytes("theirs") });
  const storage = new ours.FileStorage(root, false);
  for (const key of [`../${root.split("/").pop()}-2/key`, "../../x", ".."]) {
    assert.equal(await storage.has(key), false);
    assert.equal(await storage.head(key), undefined);
    assert.equal(await storage.get(key), undefined);
    assert.equal(await storage.getRange(key), undefined);
    assert.equal(await storage.delete(key), false);
    await assert.rejects(storage.put(key, { value: bytes("ours") }), {
      name: "FileStorageError [ERR_TRAVERSAL]",
      code: "ERR_TRAVERSAL",
      message: "Cannot store values outside of storage root directory",
    });
  }
  assert.equal(text(await sibling.get("key")), "theirs");
});

test("a key below another is refused with the original's words", async () => {
  for (const { FileStorage, FileStorageError } of [ours, original]) {
    const storage = new FileStorage(newRoot());
    await storage.put("a", { value: bytes("1") });
    await assert.rejects(storage.put("a:b", { value: bytes("2") }), (error) => {
      assert.ok(error instanceof FileStorageError);
      assert.equal(error.code, "ERR_NAMESPACE_KEY_CHILD");
      assert.equal(error.cause.code, "EEXIST");
      assert.ok(
        error.message.startsWith('Cannot put key "a:b" as a parent namespace is also a key.\n'),
      );
      return true;
    });
    assert.equal(await storage.get("a:b"), undefined);
    assert.equal(text(await storage.get("a")), "1");
  }
});

test("changes of one key happen in the order they were asked for", async () => {
  const storage = new ours.FileStorage(newRoot());
  const changes = [];
  for (let i = 0; i < 30; i++) {
    changes.push(storage.put("a:b", { value: bytes(`value ${i}`), metadata: i }));
    if (i % 7 === 3) changes.push(storage.deleteMaybeExpired("a/b"));
  }
  await Promise.all(changes);
  const stored = await storage.get("a:b");
  assert.deepEqual([text(stored), stored.metadata], ["value 29", 29]);
});

test("a value that is replaced is never seen in part, nor a file beside it", async () => {
  const storage = new ours.FileStorage(newRoot());
  const reader = new original.FileStorage(storage.root);
  const versions = ["a", "b"].map((letter) => bytes(letter.repeat(200_000)));
  await storage.put("key", { value: versions[0] });
  let writing = true;
  const writer = (async () => {
    for (let i = 0; i < 60; i++) await storage.put("key", { value: versions[i % 2] });
    writing = false;
  })();
  while (writing) {
    const { value } = await reader.get("key");
    assert.ok(versions.some((version) => Buffer.compare(version, value) === 0));
    assert.deepEqual(names(await storage.list()), ["key"]);
  }
  await writer;
});

test("a process that is killed leaves whole values, and nothing more that either lists", async () => {
  const root = newRoot();
  const child = spawn(process.execPath, [join(import.meta.dirname, "file-writer.mjs"), root], {
    stdio: ["ignore", "pipe", "inherit"],
  });
  // It says once that it is at work, and is killed wherever it then is.
  await once(child.stdout, "data");
  child.kill("SIGKILL");
  await once(child, "exit");
  for (const storage of [new ours.FileStorage(root), new original.FileStorage(root)]) {
    const { keys } = await storage.list();
    assert.ok(keys.length > 0);
    for (const { name, metadata } of keys) {
      assert.match(name, /^key:\d$/);
      const { value } = await storage.get(name);
      assert.equal(value.byteLength, 300_000);
      assert.ok(value.every((byte) => byte === value[0]));
      assert.equal(metadata.writer, "child");
    }
  }
});

test("a put that is refused leaves nothing that breaks lists", async () => {
  const storage = new ours.FileStorage(newRoot());
  await storage.put("a", { value: bytes("1") });
  const long = "l".repeat(250);
  await assert.rejects(storage.put(long, { value: bytes("2"), metadata: 1 }), {
    code: "ENAMETOOLONG",
  });
  await assert.rejects(storage.put(long, { value: bytes("2") }), { code: "ENAMETOOLONG" });
  await storage.put("m.meta.json/n", { value: bytes("3") });
  await assert.rejects(storage.put("m", { value: bytes("4") }), { syscall: "unlink" });
  assert.deepEqual(names(await storage.list()), ["a", "m.meta.json/n"]);
});

test("links, permissions and shared files stay as they are", {
  skip: process.platform === "win32",
}, async () => {
  for (const { FileStorage } of [ours, original]) {
    const [root, elsewhere] = [newRoot(), newRoot()];
    fs.mkdirSync(root);
    fs.writeFileSync(elsewhere, "old");
    fs.symlinkSync(elsewhere, join(root, "linked"));
    fs.writeFileSync(join(root, "hard"), "old");
    fs.linkSync(join(root, "hard"), `${elsewhere}-hard`);
    fs.writeFileSync(join(root, "mode"), "old", { mode: 0o640 });
    const storage = new FileStorage(root);
    for (const key of ["linked", "hard", "mode"]) await storage.put(key, { value: bytes("new") });
    assert.equal(fs.readFileSync(elsewhere, "utf8"), "new");
    assert.ok(fs.lstatSync(join(root, "linked")).isSymbolicLink());
    assert.equal(fs.readFileSync(`${elsewhere}-hard`, "utf8"), "new");
    assert.equal(fs.statSync(join(root, "mode")).mode & 0o777, 0o640);
    assert.deepEqual(names(await storage.list()), ["hard", "linked", "mode"]);
  }
});
