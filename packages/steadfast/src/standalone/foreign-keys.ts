/** Keys and alarm on anybody's storage, in the words of a store of ours. */
import { toUSVString } from "node:util";
import {
  ALARM_KEY,
  type BackedStorage,
  type ListOptions,
  type Overlay,
  type StoredValue,
  type Transaction,
} from "../backed/index.cjs";
import type { ListBounds, Stored } from "../binding.js";
import { TIME_MS_MAX } from "../objects/date.js";
import type { KeyStore } from "../objects/key-access.js";
import { encodeBytes } from "../objects/values.js";

type Entry = [key: string, value: StoredValue];

/** How an overlay is read and written. */
interface Way {
  readonly overlay: Overlay;
  read<T>(work: () => Promise<T>): Promise<T>;
  put(entries: Entry[]): Promise<void>;
  delete(keys: string | string[]): Promise<boolean | number>;
  getAlarm(): Promise<number | null>;
  setAlarm(timeMs: number): Promise<void>;
  deleteAlarm(): Promise<void>;
}

/** The storage itself, outside of transactions. */
export function wayOf(storage: BackedStorage): Way {
  return {
    overlay: storage.overlay,
    read: (work) => storage.read(work),
    put: (entries) => storage.put(entries),
    delete: (keys) => storage.delete(keys),
    getAlarm: () => storage.read(() => storage.overlay.getAlarm()),
    setAlarm: (timeMs) => storage.setAlarm(timeMs),
    deleteAlarm: () => storage.deleteAlarm(),
  };
}

/** A run of a transaction on a storage, or the part of one that has an overlay of its own. */
export function wayInto(storage: BackedStorage, transaction: Transaction, overlay: Overlay): Way {
  return {
    overlay,
    read: (work) => transaction.read(work),
    put: (entries) =>
      transaction.write(() => {
        transaction.wrote(entries.map(([key]) => key));
        return overlay.putMany(entries);
      }),
    delete: (keys) =>
      transaction.write<boolean | number>(() => {
        transaction.wrote(keys);
        return Array.isArray(keys) ? overlay.deleteMany(keys) : overlay.delete(keys);
      }),
    getAlarm: async () => {
      // The storage's own may not have been flushed yet.
      const { alarm } = storage.overlay;
      const stored = await transaction.read(() => overlay.getAlarm());
      return overlay.alarm === undefined && alarm !== undefined ? alarm : stored;
    },
    setAlarm: (timeMs) => transaction.write(() => overlay.setAlarm(timeMs)),
    deleteAlarm: () => transaction.write(() => overlay.deleteAlarm()),
  };
}

/** Refuses and converts what a store of ours would. */
export class ForeignKeys implements KeyStore {
  readonly #way: Way;

  constructor(way: Way) {
    this.#way = way;
  }

  async kvGet(_number: number, key: string): Promise<Stored> {
    const { overlay } = this.#way;
    return this.#way.read(async () => (await overlay.getMany([toUSVString(key)]))[0]?.value);
  }

  async kvGetMany(_number: number, keys: string[]): Promise<[string, Stored][]> {
    const names = sorted(keys);
    return this.#way.read(() => this.#entries(names));
  }

  async kvPut(_number: number, key: string, value: Stored): Promise<void> {
    await this.#way.put([entryOf(key, value)]);
  }

  async kvPutMany(_number: number, pairs: [string, Stored][]): Promise<void> {
    await this.#way.put(pairs.map(([key, value]) => entryOf(key, value)));
  }

  async kvDelete(_number: number, key: string): Promise<boolean> {
    return (await this.#way.delete(toUSVString(key))) as boolean;
  }

  async kvDeleteMany(_number: number, keys: string[]): Promise<number> {
    return (await this.#way.delete(sorted(keys))) as number;
  }

  async kvList(_number: number, ...bounds: ListBounds): Promise<[string, Stored][]> {
    const [start, startAfter, end, prefix, reverse, limit] = bounds;
    if (start !== null && startAfter !== null) throw new TypeError(TWO_STARTS);
    if (limit !== null && limit <= 0) throw new TypeError("List limit must be positive.");
    const options: ListOptions = { excludePrefix: ALARM_KEY, reverse };
    const from = start ?? startAfter;
    if (from !== null) options.start = from;
    if (end !== null) options.end = end;
    if (prefix !== null) options.prefix = prefix;
    // The key to start after may be among them.
    if (limit !== null) options.limit = limit + (startAfter === null ? 0 : 1);
    return this.#way.read(async () => {
      const { keys } = await this.#way.overlay.list(options);
      const names = keys.map(({ name }) => name).filter((name) => name !== startAfter);
      return this.#entries(limit === null ? names : names.slice(0, limit));
    });
  }

  async alarmGet(): Promise<number | null> {
    return this.#way.getAlarm();
  }

  async alarmSet(_number: number, timeMs: number): Promise<void> {
    const dueMs = Math.trunc(timeMs);
    if (dueMs <= 0) throw new TypeError(NOT_POSITIVE);
    if (dueMs > TIME_MS_MAX) throw new TypeError("This API doesn't support dates after 2189.");
    await this.#way.setAlarm(Math.max(dueMs, Date.now()));
  }

  async alarmDelete(): Promise<void> {
    await this.#way.deleteAlarm();
  }

  /** Name and bytes of those that exist. */
  async #entries(names: string[]): Promise<[string, Stored][]> {
    if (names.length === 0) return [];
    const values = await this.#way.overlay.getMany(names);
    const entries: [string, Stored][] = [];
    for (const [at, name] of names.entries()) {
      const stored = values[at];
      if (stored !== undefined) entries.push([name, stored.value]);
    }
    return entries;
  }
}

/** Each key once, in the order of their UTF-8 bytes. */
function sorted(keys: string[]): string[] {
  const names = new Set(keys.map((key) => toUSVString(key)));
  return [...names].sort((left, right) => Buffer.compare(Buffer.from(left), Buffer.from(right)));
}

function entryOf(key: string, stored: Stored): Entry {
  const name = toUSVString(key);
  const value = stored instanceof Uint8Array ? stored : encodeBytes(stored);
  if (Buffer.byteLength(name) + value.byteLength > ROW_BYTES_MAX) throw new Error(TOO_LARGE);
  return [name, { value }];
}

/** As much as a store of ours takes. */
const ROW_BYTES_MAX = 8 * 1024 * 1024 + 28;

const TOO_LARGE = "string or blob too big: SQLITE_TOOBIG";
const TWO_STARTS = "list() cannot be called with both start and startAfter values.";
const NOT_POSITIVE = "setAlarm() cannot be called with an alarm time <= 0";
