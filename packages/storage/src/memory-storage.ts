import {
  type Clock,
  createSQLiteDB,
  defaultClock,
  parseRange,
  type Range,
  type RangeStoredValueMeta,
  type SqliteDB,
  type StorageListOptions,
  type StorageListResult,
  type StoredKeyMeta,
  type StoredMeta,
  type StoredValueMeta,
} from "@miniflare/shared";
import { listFilterMatch, type SortedNames, takePage, textOptions } from "./listing";
import { LocalStorage } from "./local-storage";
import { cloneMetadata } from "./metadata";
import { compareNames } from "./order";
import { OrderedMap } from "./ordered-map";

/**
 * A storage in memory, over a map of its own or one that is handed in. Values are copied on their way in and
 * out, so nobody else ever holds the stored bytes. An entry is replaced, never changed.
 *
 * In the place of the class of `@miniflare/storage-memory`. What an operation changes has changed when the
 * call returns, before its promise is waited for. Over a map of its own a list costs what it finds; over one that
 * is handed in, every list looks at every name.
 */
export class MemoryStorage extends LocalStorage {
  protected map: Map<string, StoredValueMeta<unknown>>;
  protected sqliteDB?: SqliteDB;

  constructor(
    map: Map<string, StoredValueMeta<unknown>> = new OrderedMap(),
    clock: Clock = defaultClock,
  ) {
    super(clock);
    this.map = map;
  }

  override hasMaybeExpired(key: string): StoredMeta | undefined {
    return metaOf(this.map.get(key));
  }

  override headMaybeExpired<Meta>(key: string): StoredMeta<Meta> | undefined {
    return metaOf(this.map.get(key));
  }

  override getMaybeExpired<Meta>(key: string): StoredValueMeta<Meta> | undefined {
    const stored = this.map.get(key);
    return stored && copyOf(stored);
  }

  override getRangeMaybeExpired<Meta>(
    key: string,
    range: Range,
  ): RangeStoredValueMeta<Meta> | undefined {
    const stored = this.map.get(key);
    if (stored === undefined) return undefined;
    const { offset, length } = parseRange(range, stored.value.byteLength);
    const { expiration, metadata } = stored;
    return {
      value: copyBytes(stored.value, offset, offset + length),
      expiration,
      metadata: cloneMetadata<Meta>(metadata),
      range: { offset, length },
    };
  }

  override put<Meta = unknown>(key: string, value: StoredValueMeta<Meta>): void {
    this.map.set(key, copyOf(value));
  }

  override deleteMaybeExpired(key: string): boolean {
    return this.map.delete(key);
  }

  override listAllMaybeExpired<Meta>(): StoredKeyMeta<Meta>[] {
    return Array.from(this.map, ([name, stored]) => keyOf<Meta>(name, stored));
  }

  override async hasMany(keys: string[]): Promise<number> {
    if (!this.inherits("has", "hasMaybeExpired", "deleteMaybeExpired")) return super.hasMany(keys);
    let count = 0;
    for (const key of keys) if (this.current(key) !== undefined) count++;
    return count;
  }

  override async getMany<Meta = unknown>(
    keys: string[],
  ): Promise<(StoredValueMeta<Meta> | undefined)[]> {
    if (!this.inherits("get", "getMaybeExpired", "deleteMaybeExpired")) {
      return super.getMany<Meta>(keys);
    }
    return keys.map((key) => {
      const stored = this.current(key);
      return stored && copyOf<Meta>(stored);
    });
  }

  override async putMany<Meta = unknown>(
    data: [key: string, value: StoredValueMeta<Meta>][],
  ): Promise<void> {
    if (!this.inherits("put")) return super.putMany(data);
    for (const [key, value] of data) this.map.set(key, copyOf(value));
  }

  override async deleteMany(keys: string[]): Promise<number> {
    if (!this.inherits("delete", "hasMaybeExpired", "deleteMaybeExpired")) {
      return super.deleteMany(keys);
    }
    let count = 0;
    for (const key of keys) {
      if (this.current(key) === undefined) continue;
      this.map.delete(key);
      count++;
    }
    return count;
  }

  override async list<Meta = unknown>(
    options?: StorageListOptions,
  ): Promise<StorageListResult<StoredKeyMeta<Meta>>> {
    if (!this.inherits("listAllMaybeExpired", "deleteMaybeExpired")) return super.list(options);
    this.removeExpired();
    const { map } = this;
    const wanted = textOptions(options);
    const names = (map instanceof OrderedMap && map.select(wanted)) || this.scan(wanted);
    const { places, ...rest } = takePage(wanted, names);
    const keys = places.map((place) => {
      const name = names.at(place) as string;
      return keyOf<Meta>(name, map.get(name) as StoredMeta<unknown>);
    });
    return { keys, ...rest };
  }

  override async getSqliteDatabase(): Promise<SqliteDB> {
    this.sqliteDB ??= await createSQLiteDB(":memory:");
    return this.sqliteDB;
  }

  /** The entry of a key itself, not a copy; one that has expired is deleted. */
  private current(key: string): StoredValueMeta<unknown> | undefined {
    const stored = this.map.get(key);
    if (stored === undefined || !this.expired(stored)) return stored;
    this.map.delete(key);
    return undefined;
  }

  private removeExpired(): void {
    const time = this.clock();
    const names = this.map instanceof OrderedMap ? this.map.expiring : this.map.keys();
    for (const name of names) {
      if (this.expired(this.map.get(name) as StoredMeta, time)) this.map.delete(name);
    }
  }

  /** The names that pass the filter of a list, in its order, found among all there are. */
  private scan(options: StorageListOptions): SortedNames {
    const direction = options.reverse ? -1 : 1;
    return [...this.map.keys()]
      .filter((name) => listFilterMatch(options, name))
      .sort((a, b) => direction * compareNames(a, b));
  }

  /** Whether no subclass has its own way of what a batch does for each key. */
  private inherits(...methods: (keyof MemoryStorage)[]): boolean {
    return methods.every((method) => this[method] === MemoryStorage.prototype[method]);
  }
}

function metaOf<Meta>(stored: StoredMeta<unknown> | undefined): StoredMeta<Meta> | undefined {
  if (stored === undefined) return undefined;
  return { expiration: stored.expiration, metadata: cloneMetadata<Meta>(stored.metadata) };
}

function keyOf<Meta>(name: string, stored: StoredMeta<unknown>): StoredKeyMeta<Meta> {
  const { expiration, metadata } = stored;
  return { name, expiration, metadata: cloneMetadata<Meta>(metadata) };
}

function copyOf<Meta>(stored: StoredValueMeta<unknown>): StoredValueMeta<Meta> {
  const { value, expiration, metadata } = stored;
  return { value: copyBytes(value), expiration, metadata: cloneMetadata<Meta>(metadata) };
}

/** A copy, of a `Buffer` too, whose own `slice` would share its memory. */
function copyBytes(value: Uint8Array, start?: number, end?: number): Uint8Array {
  return Uint8Array.prototype.slice.call(value, start, end);
}
