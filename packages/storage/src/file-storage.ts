import { existsSync, mkdirSync } from "node:fs";
import * as fs from "node:fs/promises";
import { dirname, join, posix, resolve, sep } from "node:path";
import {
  type Clock,
  createSQLiteDB,
  parseRange,
  type Range,
  type RangeStoredValueMeta,
  type SqliteDB,
  type StoredKeyMeta,
  type StoredMeta,
  type StoredValueMeta,
  sanitisePath,
  viewToArray,
} from "@miniflare/shared";
import { isDataDirectory } from "./data-directory";
import { FileStorageError } from "./file-storage-error";
import { LocalStorage } from "./local-storage";
import { hasCode, META_SUFFIX, prepareFile, readFile, removeFile, walk } from "./value-files";

/** What belongs to a value, as its `.meta.json` holds it. */
export interface FileMeta<Meta = unknown> extends StoredMeta<Meta> {
  /** The key, when its file has another name. */
  key?: string;
}

/**
 * A storage of one file per key below a directory, in the place of the class of `@miniflare/storage-file`: each
 * reads and writes what the other has written.
 *
 * `sanitise` (the default) makes every key a path below `root`: what separates becomes a directory, what no file
 * may be called an underscore, and the rest beyond 255 characters is cut off. Expiry, metadata and a key that
 * reads differently are in a second file beside the value's, there only when needed.
 *
 * A value is replaced in one step, so a process that dies leaves the old one or the new one. Nothing waits for
 * the disk: after a loss of power what was written last may be gone. `DiskStorage` is for what must not be.
 */
export class FileStorage extends LocalStorage {
  private readonly sanitise: boolean;
  protected readonly root: string;
  private sqliteDB?: SqliteDB;
  /** The last change of each file that is not over: changes of one file happen in the order they were asked for. */
  private readonly changes = new Map<string, Promise<unknown>>();

  /** Throws a `FileStorageError` for a data directory of Steadfast, which a `DiskStorage` opens. */
  constructor(root: string, sanitise = true, clock?: Clock) {
    super(clock);
    this.sanitise = sanitise;
    this.root = resolve(root);
    if (isDataDirectory(this.root)) {
      throw new FileStorageError(
        "ERR_DATA_DIRECTORY",
        `"${this.root}" is a data directory of Steadfast, and no place for files of values. ` +
          "Use DiskStorage for what is in it, or another directory.",
      );
    }
  }

  override async hasMaybeExpired(key: string): Promise<StoredMeta | undefined> {
    const path = this.pathOf(key);
    if (path === undefined || !existsSync(path)) return undefined;
    const { expiration, metadata } = await readMeta(path);
    return { expiration, metadata };
  }

  override async headMaybeExpired<Meta>(key: string): Promise<FileMeta<Meta> | undefined> {
    const path = this.pathOf(key);
    return path === undefined || !existsSync(path) ? undefined : readMeta(path);
  }

  override async getMaybeExpired<Meta>(key: string): Promise<StoredValueMeta<Meta> | undefined> {
    const path = this.pathOf(key);
    if (path === undefined) return undefined;
    return below(undefined, async () => {
      const value = await readFile(path);
      if (value === undefined) return undefined;
      const { expiration, metadata } = await readMeta<Meta>(path);
      return { value: viewToArray(value), expiration, metadata };
    });
  }

  override async getRangeMaybeExpired<Meta = unknown>(
    key: string,
    range: Range,
  ): Promise<RangeStoredValueMeta<Meta> | undefined> {
    const path = this.pathOf(key);
    if (path === undefined) return undefined;
    return below(undefined, async () => {
      const found = await readRange(path, range);
      if (found === undefined) return undefined;
      const { expiration, metadata } = await readMeta<Meta>(path);
      return { value: found.value, expiration, metadata, range: found.range };
    });
  }

  /** Throws a `FileStorageError` for a key outside of the directory, or below another key. */
  override async put<Meta = unknown>(key: string, stored: StoredValueMeta<Meta>): Promise<void> {
    const path = this.pathOf(key);
    if (path === undefined) {
      throw new FileStorageError(
        "ERR_TRAVERSAL",
        "Cannot store values outside of storage root directory",
      );
    }
    const { expiration, metadata } = stored;
    // What is put is what it was at the call.
    const value = viewToArray(stored.value).slice();
    const hasMeta = expiration !== undefined || metadata !== undefined || this.nameOf(key) !== key;
    const meta = hasMeta ? JSON.stringify({ key, expiration, metadata }) : undefined;
    await this.inTurn(path, () => write(key, path, value, meta));
  }

  override async deleteMaybeExpired(key: string): Promise<boolean> {
    const path = this.pathOf(key);
    if (path === undefined) return false;
    return this.inTurn(path, () =>
      below(false, async () => {
        const existed = await removeFile(path);
        await removeFile(path + META_SUFFIX);
        return existed;
      }),
    );
  }

  override async listAllMaybeExpired<Meta>(): Promise<StoredKeyMeta<Meta>[]> {
    const keys: StoredKeyMeta<Meta>[] = [];
    const start = withSeparator(this.root).length;
    for await (const { path, hasMeta } of walk(this.root)) {
      const meta: FileMeta<Meta> = hasMeta ? await readMeta<Meta>(path) : {};
      const name = path.slice(start);
      keys.push({
        name: meta.key ?? (this.sanitise ? name : name.replaceAll(sep, posix.sep)),
        expiration: meta.expiration,
        metadata: meta.metadata,
      });
    }
    return keys;
  }

  override async getSqliteDatabase(): Promise<SqliteDB> {
    if (this.sqliteDB === undefined) {
      mkdirSync(dirname(this.root), { recursive: true });
      this.sqliteDB = await createSQLiteDB(`${this.root}.sqlite3`);
    }
    return this.sqliteDB;
  }

  private nameOf(key: string): string {
    return this.sanitise ? sanitisePath(key) : key;
  }

  /** Where the value of a key lies; `undefined` when that would be outside of the directory. */
  private pathOf(key: string): string | undefined {
    const path = join(this.root, this.nameOf(key));
    return path === this.root || path.startsWith(withSeparator(this.root)) ? path : undefined;
  }

  private async inTurn<Result>(path: string, change: () => Promise<Result>): Promise<Result> {
    const before = this.changes.get(path);
    const result = before === undefined ? change() : before.then(change, change);
    this.changes.set(path, result);
    try {
      return await result;
    } finally {
      if (this.changes.get(path) === result) this.changes.delete(path);
    }
  }
}

/** Replaces a value and what belongs to it. A new key is there with all of it, or not at all. */
async function write(key: string, path: string, value: Uint8Array, meta: string | undefined) {
  const file = await prepareFile(path, value).catch((error) => {
    throw asKeyError(key, error);
  });
  try {
    if (file.isNew) await writeMeta(path, meta);
    await file.commit();
  } catch (error) {
    await file.discard();
    throw error;
  }
  if (!file.isNew) await writeMeta(path, meta);
}

async function writeMeta(path: string, meta: string | undefined): Promise<void> {
  if (meta === undefined) {
    await removeFile(path + META_SUFFIX);
    return;
  }
  const file = await prepareFile(path + META_SUFFIX, meta);
  await file.commit();
}

async function readMeta<Meta>(path: string): Promise<FileMeta<Meta>> {
  const meta = await readFile(path + META_SUFFIX);
  if (meta === undefined || meta.byteLength === 0) {
    return { expiration: undefined, metadata: undefined };
  }
  return JSON.parse(meta.toString()) as FileMeta<Meta>;
}

async function readRange(path: string, wanted: Range) {
  const file = await fs.open(path).catch((error) => {
    if (hasCode(error, "ENOENT")) return undefined;
    throw error;
  });
  if (file === undefined) return undefined;
  try {
    const { offset, length } = parseRange(wanted, (await file.stat()).size);
    const value = new Uint8Array(length);
    await file.read(value, 0, length, offset);
    return { value, range: { offset, length } };
  } finally {
    await file.close();
  }
}

/** What `work` gives, or `otherwise` for a key below one that is a file: there can be nothing. */
async function below<Result, Other>(
  otherwise: Other,
  work: () => Promise<Result>,
): Promise<Result | Other> {
  try {
    return await work();
  } catch (error) {
    if (hasCode(error, "ENOTDIR")) return otherwise;
    throw error;
  }
}

function asKeyError(key: string, error: unknown): unknown {
  if (!hasCode(error, "EEXIST")) return error;
  return new FileStorageError(
    "ERR_NAMESPACE_KEY_CHILD",
    `Cannot put key "${key}" as a parent namespace is also a key.\n` +
      "This is a limitation of Miniflare's file-system storage. Please use in-memory/Redis storage instead, " +
      "or change your key layout.",
    error as Error,
  );
}

function withSeparator(directory: string): string {
  return directory.endsWith(sep) ? directory : directory + sep;
}
