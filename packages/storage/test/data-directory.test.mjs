// Which directories are data directories, and that nothing else writes into one.
import assert from "node:assert/strict";
import { spawnSync } from "node:child_process";
import { existsSync, mkdirSync, readdirSync, rmSync, truncateSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { test } from "node:test";
import { FileStorage, FileStorageError, isDataDirectory } from "@steadfast/storage";
import { bytes, text } from "./contract.mjs";
import { open, temporary } from "./disk.mjs";

test("one that DiskStorage has written to is, open and closed, also without its lock file", async (t) => {
  const directory = temporary(t);
  const storage = open(t, directory);
  assert.equal(isDataDirectory(directory), true);
  await storage.put("key", { value: bytes("1") });
  assert.equal(isDataDirectory(directory), true);
  await storage.close();
  assert.equal(isDataDirectory(directory), true);
  rmSync(join(directory, "steadfast.lock"));
  assert.equal(isDataDirectory(directory), true);
  assert.equal(existsSync(join(directory, "steadfast.lock")), false);
});

test("one whose process was killed at once is, and so is a damaged one", (t) => {
  const directory = temporary(t);
  const program = `
    const { DiskStorage } = require("@steadfast/storage");
    new DiskStorage(${JSON.stringify(directory)});
    process.kill(process.pid, "SIGKILL");`;
  const { signal } = spawnSync(process.execPath, ["--eval", program], {
    cwd: import.meta.dirname,
  });
  assert.equal(signal, "SIGKILL");
  assert.equal(isDataDirectory(directory), true);
  truncateSync(join(directory, "base.sqlite"), 20);
  assert.equal(isDataDirectory(directory), true);
});

test("an empty one is none, nor are one of files, one with another database, and a file", async (t) => {
  const directory = temporary(t);
  assert.equal(isDataDirectory(directory), false);
  assert.equal(isDataDirectory(join(directory, "missing")), false);
  writeFileSync(join(directory, "steadfast.lock"), "1\n");
  writeFileSync(join(directory, "base.sqlite"), "");
  assert.equal(isDataDirectory(directory), false, "the engine has not begun");
  const files = join(directory, "files");
  await new FileStorage(files).put("base.sqlite/key", { value: bytes("1") });
  assert.equal(isDataDirectory(files), false);
  const other = join(directory, "other");
  mkdirSync(other);
  writeFileSync(join(other, "base.sqlite"), `SQLite format 3\0${"\0".repeat(4000)}`);
  assert.equal(isDataDirectory(other), false);
  assert.equal(isDataDirectory(join(other, "base.sqlite")), false);
});

test("FileStorage refuses one, and leaves it as it is", async (t) => {
  const directory = temporary(t);
  const storage = open(t, directory);
  await storage.put("key", { value: bytes("1") });
  await storage.close();
  const before = readdirSync(directory).sort();
  assert.throws(
    () => new FileStorage(directory),
    (error) => {
      assert.ok(error instanceof FileStorageError);
      assert.equal(error.code, "ERR_DATA_DIRECTORY");
      assert.equal(
        error.message,
        `"${directory}" is a data directory of Steadfast, and no place for files of values. ` +
          "Use DiskStorage for what is in it, or another directory.",
      );
      return true;
    },
  );
  assert.deepEqual(readdirSync(directory).sort(), before);
  // Below it there may be other files.
  const beside = new FileStorage(join(directory, "beside"));
  await beside.put("key", { value: bytes("2") });
  const again = open(t, directory);
  assert.equal(text(await again.get("key")), "1");
  assert.equal(text(await beside.get("key")), "2");
});
