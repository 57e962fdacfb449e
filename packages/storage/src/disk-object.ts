import {
  type Clock,
  defaultClock,
  millisToSeconds,
  parseRange,
  type Range,
  type RangeStoredValueMeta,
  Storage,
  type StorageListOptions,
  type StorageListResult,
  type StoredKeyMeta,
  type StoredMeta,
  type StoredValueMeta,
} from "@miniflare/shared";
import { type DiskStore, kStore, kWriteAll } from "steadfast/backed";
import { listStore } from "./disk-list";
import { decodeHead, decodeValue, encodeValue } from "./disk-values";
import { textOptions } from "./listing";

/**
 * The storage of one object in a data directory: what {@link DiskStorage.object} gives.
 *
 * A promise of `put`, `putMany`, `delete` and `deleteMany` resolves when what was written is durable, and
 * everything that was written to the object before. What a call writes is there at once, for reads too, and
 * all of it or nothing after a crash. Objects that are written at the same time share one sync of the disk.
 */
export class DiskObject extends Storage {
  // Not private names: a storage behind a `Proxy` must work.
  private readonly open: () => DiskStore;
  private readonly clock: Clock;
  private opened: DiskStore | undefined;

  /** Not for users. `open` is called before the first use. */
  constructor(open: () => DiskStore, clock: Clock = defaultClock) {
    super();
    this.open = open;
    this.clock = clock;
  }

  /** The store below, for the packages of Steadfast. */
  get [kStore](): DiskStore {
    this.opened ??= this.open();
    return this.opened;
  }

  override async has(key: string): Promise<boolean> {
    return this.liveHead(key) !== undefined;
  }

  override async head<Meta = unknown>(key: string): Promise<StoredMeta<Meta> | undefined> {
    return this.liveHead(key);
  }

  override async get<Meta = unknown>(key: string): Promise<StoredValueMeta<Meta> | undefined> {
    return this.live(key, this[kStore].get(key));
  }

  override async getRange<Meta = unknown>(
    key: string,
    range: Range = {},
  ): Promise<RangeStoredValueMeta<Meta> | undefined> {
    const stored = this.live<Meta>(key, this[kStore].get(key));
    if (stored === undefined) return undefined;
    const { value, expiration, metadata } = stored;
    const { offset, length } = parseRange(range, value.byteLength);
    const part = value.subarray(offset, offset + length);
    return { value: part, expiration, metadata, range: { offset, length } };
  }

  override async put<Meta = unknown>(key: string, value: StoredValueMeta<Meta>): Promise<void> {
    const store = this[kStore];
    await store.disk.durable(store.put(key, encodeValue(value)));
  }

  override async delete(key: string): Promise<boolean> {
    return (await this.deleteMany([key])) > 0;
  }

  override async list<Meta = unknown>(
    options?: StorageListOptions,
  ): Promise<StorageListResult<StoredKeyMeta<Meta>>> {
    const now = this.clock();
    return listStore(this[kStore], textOptions(options), {
      expired: (meta) => this.expired(meta, now),
      forget: (names) => this.forget(names),
    });
  }

  override async hasMany(keys: string[]): Promise<number> {
    return this.countLive(keys);
  }

  override async getMany<Meta = unknown>(
    keys: string[],
  ): Promise<(StoredValueMeta<Meta> | undefined)[]> {
    const found = this[kStore].getMany(keys);
    return keys.map((key, at) => this.live<Meta>(key, found[at]));
  }

  override async putMany<Meta = unknown>(
    data: [key: string, value: StoredValueMeta<Meta>][],
  ): Promise<void> {
    await this[kWriteAll]([], data);
  }

  override async deleteMany(keys: string[]): Promise<number> {
    const count = this.countLive(keys.length > 1 ? [...new Set(keys)] : keys);
    await this[kWriteAll](keys, []);
    return count;
  }

  /** Deletes keys, then writes others, as one: what a transaction has written needs no more than this. */
  async [kWriteAll]<Meta = unknown>(
    deleted: string[],
    data: [key: string, value: StoredValueMeta<Meta>][],
  ): Promise<void> {
    const store = this[kStore];
    const keys = data.map(([key]) => key);
    const values = data.map(([, value]) => encodeValue(value));
    await store.disk.durable(store.write(deleted, keys, values));
  }

  private countLive(keys: string[]): number {
    const heads = this[kStore].heads(keys);
    const now = this.clock();
    const expired: string[] = [];
    let count = 0;
    for (const [at, head] of heads.entries()) {
      if (head === undefined) continue;
      if (this.expired(decodeHead(head), now)) expired.push(keys[at] as string);
      else count++;
    }
    if (expired.length > 0) this.forget(expired);
    return count;
  }

  private live<Meta>(
    key: string,
    bytes: Uint8Array | undefined,
  ): StoredValueMeta<Meta> | undefined {
    if (bytes === undefined) return undefined;
    const stored = decodeValue<Meta>(bytes);
    if (!this.expired(stored)) return stored;
    this.forget([key]);
    return undefined;
  }

  private liveHead<Meta>(key: string): StoredMeta<Meta> | undefined {
    const [head] = this[kStore].heads([key]);
    if (head === undefined) return undefined;
    const meta = decodeHead<Meta>(head);
    if (!this.expired(meta)) return meta;
    this.forget([key]);
    return undefined;
  }

  private expired({ expiration }: StoredMeta, now?: number): boolean {
    return expiration !== undefined && expiration <= millisToSeconds(now ?? this.clock());
  }

  /** Removes what has expired. Nobody waits for that: should it come back, it has expired again. */
  private forget(keys: string[]): void {
    this[kStore].write(keys, [], []);
  }
}
