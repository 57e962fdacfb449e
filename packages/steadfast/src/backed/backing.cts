/**
 * What storage can stand on: a structural part of Miniflare 2's `Storage`, so that its classes, ours and
 * those of users all are one.
 */

type Awaitable<T> = T | Promise<T>;

/** Bytes, with what may be stored beside them. */
export interface StoredValue {
  value: Uint8Array;
  /** Seconds since the Unix epoch. */
  expiration?: number;
  metadata?: unknown;
}

/** A key as a listing names it. */
export interface StoredKey {
  name: string;
  expiration?: number;
  metadata?: unknown;
}

/** Which keys to list, and how; strings are compared by their UTF-8 bytes. */
export interface ListOptions {
  prefix?: string;
  excludePrefix?: string;
  /** First name that may be listed. */
  start?: string;
  /** First name that may not be listed any more. */
  end?: string;
  reverse?: boolean;
  limit?: number;
}

/** Leads to {@link Backing[kWriteAll]}. */
export const kWriteAll: unique symbol = Symbol.for("steadfast.writeAll") as never;

/** The store that somebody brings for one object. */
export interface Backing {
  get(key: string): Awaitable<StoredValue | undefined>;
  put(key: string, value: StoredValue): Awaitable<void>;
  /** Whether there was such a key. */
  delete(key: string): Awaitable<boolean>;
  /** How many of `keys` there are. */
  hasMany(keys: string[]): Promise<number>;
  getMany(keys: string[], skipMetadata: true): Promise<(StoredValue | undefined)[]>;
  putMany(entries: [key: string, value: StoredValue][]): Promise<void>;
  /** How many of `keys` there were. */
  deleteMany(keys: string[]): Promise<number>;
  list(options: ListOptions | undefined, skipMetadata: true): Awaitable<{ keys: StoredKey[] }>;
  /**
   * Deletes keys, then writes others; all or nothing, also after a crash. Only backings of ours have it: the
   * others are called as Miniflare 2 calls them, a method for each kind of change.
   */
  [kWriteAll]?(deleted: string[], entries: [key: string, value: StoredValue][]): Promise<void>;
}
