/** `ctx.storage`: the asynchronous key-value API. Every call completes within the turn that makes it. */
import type { NativeLane, Stored } from "../binding.js";
import { fromNative } from "../errors.js";
import type { Activation } from "../lane/activation.js";
import type { Lane } from "../lane/lane.js";
import { contextOf } from "./state.js";
import { decode, encode } from "./values.js";

export interface GetOptions {
  allowConcurrency?: boolean;
  noCache?: boolean;
}

export interface PutOptions {
  allowConcurrency?: boolean;
  allowUnconfirmed?: boolean;
  noCache?: boolean;
}

export interface ListOptions extends GetOptions {
  start?: string;
  startAfter?: string;
  end?: string;
  prefix?: string;
  reverse?: boolean;
  limit?: number;
}

export class DurableObjectStorage {
  readonly #lane: Lane;
  readonly #activation: Activation;

  /** @internal */
  constructor(lane: Lane, activation: Activation) {
    this.#lane = lane;
    this.#activation = activation;
  }

  get<T = unknown>(key: string, options?: GetOptions): Promise<T | undefined>;
  get<T = unknown>(keys: string[], options?: GetOptions): Promise<Map<string, T>>;
  get(keys: string | string[]): Promise<unknown> {
    return this.#read((native, number) => {
      if (!Array.isArray(keys)) return decode(native.kvGet(number, toKey(keys)));
      return decodeAll(native.kvGetMany(number, keys.map(toKey)));
    });
  }

  put<T>(key: string, value: T, options?: PutOptions): Promise<void>;
  put<T>(entries: Record<string, T>, options?: PutOptions): Promise<void>;
  put(...given: unknown[]): Promise<void> {
    return this.#write((native, number) => {
      const [keyOrEntries, value, options] = given;
      if (typeof keyOrEntries === "object" && keyOrEntries !== null) {
        putMany(native, number, keyOrEntries, given);
        return;
      }
      if (given.length === 0) throw new TypeError(PUT_WITHOUT_ARGUMENTS);
      const key = toKey(keyOrEntries);
      if (value === undefined) throw new TypeError("put() called with undefined value.");
      native.kvPut(number, key, encode(value), isUnconfirmed(options));
    });
  }

  delete(key: string, options?: PutOptions): Promise<boolean>;
  delete(keys: string[], options?: PutOptions): Promise<number>;
  delete(keys: string | string[], options?: PutOptions): Promise<boolean | number> {
    return this.#write((native, number) => {
      const unconfirmed = isUnconfirmed(options);
      if (!Array.isArray(keys)) return native.kvDelete(number, toKey(keys), unconfirmed);
      return native.kvDeleteMany(number, keys.map(toKey), unconfirmed);
    });
  }

  list<T = unknown>(options?: ListOptions): Promise<Map<string, T>> {
    return this.#read((native, number) => {
      const limit = options?.limit;
      const list = {
        start: bound(options?.start),
        startAfter: bound(options?.startAfter),
        end: bound(options?.end),
        prefix: bound(options?.prefix),
        reverse: options?.reverse === true,
        limit: limit === undefined || limit === null ? null : toInteger(limit),
      };
      return decodeAll(native.kvList(number, list)) as Map<string, T>;
    });
  }

  /** Removes everything the object has stored. */
  deleteAll(_options?: PutOptions): Promise<void> {
    return this.#write((native, number) => native.kvDeleteAll(number));
  }

  /** Resolves when every write issued so far is durable. */
  sync(): Promise<void> {
    try {
      this.#check();
      return this.#lane.sync(contextOf(this.#activation));
    } catch (error) {
      return Promise.reject(error);
    }
  }

  #read<T>(read: (native: NativeLane, number: number) => T): Promise<T> {
    try {
      this.#check();
      return Promise.resolve(read(this.#lane.native, this.#activation.number));
    } catch (error) {
      return Promise.reject(fromNative(error));
    }
  }

  #write<T>(write: (native: NativeLane, number: number) => T): Promise<T> {
    this.#lane.ensureTurn();
    return this.#read(write);
  }

  #check(): void {
    if (this.#activation.ended !== undefined) throw this.#activation.ended;
  }
}

const PUT_WITHOUT_ARGUMENTS =
  "Failed to execute 'put' on 'DurableObjectStorage': parameter 1 is not of type 'string or object'.";
const PUT_WITH_TOO_MUCH =
  "put() may only be called with a single key-value pair and optional options as put(key, value, " +
  "options) or with multiple key-value pairs and optional options as put(entries, options)";

function putMany(native: NativeLane, number: number, entries: object, given: unknown[]): void {
  const options = given[1];
  if (
    given.length > 1 &&
    options !== undefined &&
    (typeof options !== "object" || given.length > 2)
  ) {
    throw new TypeError(PUT_WITH_TOO_MUCH);
  }
  const pairs: [string, Stored][] = [];
  for (const [key, value] of Object.entries(entries)) {
    if (value !== undefined) pairs.push([key, encode(value)]);
  }
  native.kvPutMany(number, pairs, isUnconfirmed(options));
}

function toKey(key: unknown): string {
  return typeof key === "string" ? key : `${key as string}`;
}

function bound(key: string | null | undefined): string | null {
  return key === undefined || key === null ? null : toKey(key);
}

/** The conversion JavaScript interfaces apply to an integer argument. */
function toInteger(value: unknown): number {
  const number = Math.trunc(Number(value));
  return Number.isFinite(number) ? number : 0;
}

function isUnconfirmed(options: unknown): boolean {
  return (options as PutOptions | undefined | null)?.allowUnconfirmed === true;
}

function decodeAll(entries: [string, Stored][]): Map<string, unknown> {
  const map = new Map<string, unknown>();
  for (const [key, value] of entries) map.set(key, decode(value));
  return map;
}
