import {
  type Awaitable,
  type Clock,
  defaultClock,
  millisToSeconds,
  type Range,
  type RangeStoredValueMeta,
  Storage,
  type StorageListOptions,
  type StorageListResult,
  type StoredKeyMeta,
  type StoredMeta,
  type StoredValueMeta,
} from "@miniflare/shared";
import { listFilterMatch, listPaginate } from "./listing";

/**
 * A storage whose backing knows nothing of expiry: subclasses find and delete what may have expired, this
 * class hides and removes what has.
 *
 * Expiry counts in whole seconds of the clock, which defaults to the system's and is given in milliseconds.
 */
export abstract class LocalStorage extends Storage {
  // Not a private name: a storage behind a `Proxy` must work.
  protected readonly clock: Clock;

  protected constructor(clock: Clock = defaultClock) {
    super();
    this.clock = clock;
  }

  abstract hasMaybeExpired(key: string): Awaitable<StoredMeta | undefined>;
  abstract headMaybeExpired<Meta>(key: string): Awaitable<StoredMeta<Meta> | undefined>;
  abstract getMaybeExpired<Meta>(key: string): Awaitable<StoredValueMeta<Meta> | undefined>;
  abstract getRangeMaybeExpired<Meta>(
    key: string,
    range: Range,
  ): Awaitable<RangeStoredValueMeta<Meta> | undefined>;
  /** Whether there was such a key. */
  abstract deleteMaybeExpired(key: string): Awaitable<boolean>;
  abstract listAllMaybeExpired<Meta>(): Awaitable<StoredKeyMeta<Meta>[]>;

  /** Whether an entry has expired, at `time` in milliseconds. */
  protected expired({ expiration }: StoredMeta, time?: number): boolean {
    return expiration !== undefined && expiration <= millisToSeconds(time ?? this.clock());
  }

  override async has(key: string): Promise<boolean> {
    const found = this.hasMaybeExpired(key);
    const stored = isPromise(found) ? await found : found;
    return (await this.live(key, stored)) !== undefined;
  }

  override async head<Meta = unknown>(key: string): Promise<StoredMeta<Meta> | undefined> {
    const found = this.headMaybeExpired<Meta>(key);
    return this.live(key, isPromise(found) ? await found : found);
  }

  override async get<Meta = unknown>(key: string): Promise<StoredValueMeta<Meta> | undefined> {
    const found = this.getMaybeExpired<Meta>(key);
    return this.live(key, isPromise(found) ? await found : found);
  }

  override async getRange<Meta = unknown>(
    key: string,
    range: Range = {},
  ): Promise<RangeStoredValueMeta<Meta> | undefined> {
    const found = this.getRangeMaybeExpired<Meta>(key, range);
    return this.live(key, isPromise(found) ? await found : found);
  }

  override async delete(key: string): Promise<boolean> {
    const found = this.hasMaybeExpired(key);
    const stored = isPromise(found) ? await found : found;
    const expired = stored !== undefined && this.expired(stored);
    const deleted = this.deleteMaybeExpired(key);
    return (isPromise(deleted) ? await deleted : deleted) && !expired;
  }

  override async list<Meta = unknown>(
    options?: StorageListOptions,
  ): Promise<StorageListResult<StoredKeyMeta<Meta>>> {
    const time = this.clock();
    const removals: Awaitable<boolean>[] = [];
    const keys = (await this.listAllMaybeExpired<Meta>()).filter((stored) => {
      if (!this.expired(stored, time)) return listFilterMatch(options, stored.name);
      removals.push(this.deleteMaybeExpired(stored.name));
      return false;
    });
    const page = listPaginate(options, keys);
    await Promise.all(removals);
    return page;
  }

  /** What was found, unless it has expired: then it is deleted first. */
  private live<Stored extends StoredMeta>(
    key: string,
    stored: Stored | undefined,
  ): Awaitable<Stored | undefined> {
    if (stored === undefined || !this.expired(stored)) return stored;
    const deleted = this.deleteMaybeExpired(key);
    return isPromise(deleted) ? deleted.then(() => undefined) : undefined;
  }
}

/** Whether to wait: what is there already is handed on without a turn of the microtask queue. */
function isPromise<Value>(value: Awaitable<Value>): value is Promise<Value> {
  return typeof (value as Promise<Value> | undefined)?.then === "function";
}
