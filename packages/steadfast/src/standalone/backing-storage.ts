/** The storage that somebody brings. */
import type {
  Backing,
  ListOptions as BackingListOptions,
  StoredKey,
  StoredValue,
} from "../backed/index.cjs";

export type { BackingListOptions };

type Awaitable<T> = T | Promise<T>;

/**
 * What a `DurableObjectStorage` can stand on: bytes by key, for one object. The storages of `@steadfast/storage`
 * and of Miniflare 2 are of this shape. Where a method for several keys is missing, the one for one key is called
 * for each.
 */
export interface BackingStorage {
  get(key: string, skipMetadata?: boolean): Awaitable<StoredValue | undefined>;
  put(key: string, value: StoredValue): Awaitable<void>;
  /** Whether there was such a key. */
  delete(key: string): Awaitable<boolean>;
  /** In the order of the UTF-8 bytes of the names. */
  list(options?: BackingListOptions, skipMetadata?: boolean): Awaitable<{ keys: StoredKey[] }>;
  /** How many of the keys there are. */
  hasMany?(keys: string[]): Promise<number>;
  getMany?(keys: string[], skipMetadata?: boolean): Promise<(StoredValue | undefined)[]>;
  putMany?(entries: [key: string, value: StoredValue][]): Promise<void>;
  /** How many of the keys there were. */
  deleteMany?(keys: string[]): Promise<number>;
}

/** The storage with all methods. */
export function backingOf(below: BackingStorage): Backing {
  const isWhole = BATCHES.every((name) => typeof below[name] === "function");
  return isWhole ? (below as Backing) : new OneByOne(below);
}

/** Calls the methods for one key. */
class OneByOne implements Backing {
  readonly #below: BackingStorage;

  constructor(below: BackingStorage) {
    this.#below = below;
  }

  get(key: string): Awaitable<StoredValue | undefined> {
    return this.#below.get(key);
  }

  put(key: string, value: StoredValue): Awaitable<void> {
    return this.#below.put(key, value);
  }

  delete(key: string): Awaitable<boolean> {
    return this.#below.delete(key);
  }

  list(options: BackingListOptions | undefined): Awaitable<{ keys: StoredKey[] }> {
    return this.#below.list(options);
  }

  async hasMany(keys: string[]): Promise<number> {
    if (this.#below.hasMany !== undefined) return this.#below.hasMany(keys);
    const found = await this.getMany(keys);
    return found.filter((value) => value !== undefined).length;
  }

  async getMany(keys: string[]): Promise<(StoredValue | undefined)[]> {
    if (this.#below.getMany !== undefined) return this.#below.getMany(keys, true);
    return Promise.all(keys.map((key) => this.#below.get(key)));
  }

  async putMany(entries: [key: string, value: StoredValue][]): Promise<void> {
    if (this.#below.putMany !== undefined) return this.#below.putMany(entries);
    await Promise.all(entries.map(([key, value]) => this.#below.put(key, value)));
  }

  async deleteMany(keys: string[]): Promise<number> {
    if (this.#below.deleteMany !== undefined) return this.#below.deleteMany(keys);
    const deleted = await Promise.all(keys.map((key) => this.#below.delete(key)));
    return deleted.filter(Boolean).length;
  }
}

const BATCHES = ["hasMany", "getMany", "putMany", "deleteMany"] as const;
