// Storages that stand alone, on every kind of backing.
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { DiskStorage, FileStorage, MemoryStorage } from "@steadfast/storage";
import { DurableObjectStorage } from "../dist/index.js";

/** What a test has open. */
const opened = new WeakMap();

/** A directory that is removed when the test ends, after the storages in it were closed. */
export function temporary(t) {
  const directory = mkdtempSync(join(tmpdir(), "steadfast-standalone-"));
  t.after(async () => {
    await closeAll(t);
    rmSync(directory, { recursive: true, force: true });
  });
  return directory;
}

/** Closes what the test has opened in directories. */
export async function closeAll(t) {
  for (const storage of opened.get(t) ?? []) await storage.close();
}

/** A disk storage in a directory of {@link temporary}, or without one in memory. */
export function disk(t, directory = undefined) {
  if (directory === undefined) return DiskStorage.memory();
  const storage = new DiskStorage(directory);
  opened.set(t, [...(opened.get(t) ?? []), storage]);
  return storage;
}

/** The least that a storage needs, as a user would write it: every call takes a while. */
export class SlowStorage {
  entries = new Map();
  calls = [];

  async get(key) {
    await this.#called("get", key);
    const value = this.entries.get(key);
    return value && { ...value };
  }

  async put(key, value) {
    await this.#called("put", key);
    this.entries.set(key, { ...value });
  }

  async delete(key) {
    await this.#called("delete", key);
    return this.entries.delete(key);
  }

  async list({ prefix = "", excludePrefix, start, end, reverse, limit } = {}) {
    await this.#called("list");
    const bytes = (name) => Buffer.from(name);
    const names = [...this.entries.keys()].filter(
      (name) =>
        name.startsWith(prefix) &&
        !(excludePrefix !== undefined && name.startsWith(excludePrefix)) &&
        (start === undefined || Buffer.compare(bytes(name), bytes(start)) >= 0) &&
        (end === undefined || Buffer.compare(bytes(name), bytes(end)) < 0),
    );
    names.sort((left, right) => Buffer.compare(bytes(left), bytes(right)));
    if (reverse) names.reverse();
    return { keys: names.slice(0, limit).map((name) => ({ name })) };
  }

  async #called(...call) {
    this.calls.push(call);
    await new Promise((resolve) => setImmediate(resolve));
  }
}

/** Where a storage can stand: what makes one, and whether it is ours. */
export const backings = {
  memory: { make: () => new MemoryStorage() },
  files: { make: (t) => new FileStorage(temporary(t)), cannot: ["oddKeys"] },
  "a user's": { make: () => new SlowStorage() },
  disk: { make: (t) => disk(t, temporary(t)), isOwn: true },
  "an object of a disk": { make: (t) => disk(t, temporary(t)).object("room"), isOwn: true },
  "disk in memory": { make: (t) => disk(t).object("room"), isOwn: true },
};

/** A storage on a backing of that name. */
export function standalone(t, name) {
  return new DurableObjectStorage(backings[name].make(t));
}
