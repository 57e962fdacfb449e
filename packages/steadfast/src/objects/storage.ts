/** `ctx.storage`: the asynchronous key-value API. Every call completes within the turn that makes it. */
import type { ListBounds, NativeLane, Stored } from "../binding.js";
import type { Compatibility } from "../compatibility.js";
import { fromNative } from "../errors.js";
import type { Activation } from "../lane/activation.js";
import type { Lane } from "../lane/lane.js";
import {
  illegalConstructor,
  illegalInvocation,
  isOptions,
  tag,
  toText,
  wrongArgument,
} from "./arguments.js";
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

/** Only whoever has this may make a storage. */
const MAKER = Symbol("maker");

let isStorage: (value: unknown) => value is DurableObjectStorage;

export class DurableObjectStorage {
  readonly #lane: Lane;
  readonly #activation: Activation;

  static {
    isStorage = (value): value is DurableObjectStorage =>
      typeof value === "object" && value !== null && #lane in value;
  }

  /** @internal */
  constructor(lane: Lane, activation: Activation, maker?: typeof MAKER) {
    if (maker !== MAKER) throw illegalConstructor();
    this.#lane = lane;
    this.#activation = activation;
  }

  get<T = unknown>(key: string, options?: GetOptions): Promise<T | undefined>;
  get<T = unknown>(keys: string[], options?: GetOptions): Promise<Map<string, T>>;
  get(...given: unknown[]): Promise<unknown> {
    if (!isStorage(this)) throw illegalInvocation();
    return this.#read((native, number) => {
      const [keys, options] = given;
      if (given.length === 0) throw wrong("get", 1, "string or Array");
      if (!isOptions(options)) throw wrong("get", 2, "GetOptions");
      if (!Array.isArray(keys)) return decode(native.kvGet(number, toText(keys)));
      return decodeAll(native.kvGetMany(number, Array.from(keys, toText)));
    });
  }

  put<T>(key: string, value: T, options?: PutOptions): Promise<void>;
  put<T>(entries: Record<string, T>, options?: PutOptions): Promise<void>;
  put(...given: unknown[]): Promise<void> {
    if (!isStorage(this)) throw illegalInvocation();
    const { compatibility } = this.#lane;
    return this.#write((native, number) => {
      const [keyOrEntries, value, options] = given;
      if (given.length === 0) throw wrong("put", 1, "string or object");
      if (isEntries(keyOrEntries)) {
        if (!isOptions(value)) throw new TypeError(PUT_WITH_TOO_MUCH);
        native.kvPutMany(number, encodeAll(keyOrEntries, compatibility), isUnconfirmed(value));
        return;
      }
      const key = toText(keyOrEntries);
      if (!isOptions(options)) throw wrong("put", 3, "PutOptions");
      if (value === undefined) throw new TypeError("put() called with undefined value.");
      native.kvPut(number, key, encode(value, compatibility), isUnconfirmed(options));
    });
  }

  delete(key: string, options?: PutOptions): Promise<boolean>;
  delete(keys: string[], options?: PutOptions): Promise<number>;
  delete(...given: unknown[]): Promise<boolean | number> {
    if (!isStorage(this)) throw illegalInvocation();
    // Of all methods this one throws for wrong arguments, whatever the compatibility date.
    const [keys, options] = given;
    if (given.length === 0) throw wrong("delete", 1, "string or Array");
    const texts = Array.isArray(keys) ? Array.from(keys, toText) : toText(keys);
    if (!isOptions(options)) throw wrong("delete", 2, "PutOptions");
    const unconfirmed = isUnconfirmed(options);
    return this.#write((native, number) =>
      typeof texts === "string"
        ? native.kvDelete(number, texts, unconfirmed)
        : native.kvDeleteMany(number, texts, unconfirmed),
    );
  }

  list<T = unknown>(options?: ListOptions): Promise<Map<string, T>> {
    if (!isStorage(this)) throw illegalInvocation();
    return this.#read((native, number) => {
      if (!isOptions(options)) throw wrong("list", 1, "ListOptions");
      return decodeAll(native.kvList(number, ...bounds(options ?? {}))) as Map<string, T>;
    });
  }

  /** Removes everything the object has stored. */
  deleteAll(options?: PutOptions): Promise<void> {
    if (!isStorage(this)) throw illegalInvocation();
    return this.#write((native, number) => {
      if (!isOptions(options)) throw wrong("deleteAll", 1, "PutOptions");
      native.kvDeleteAll(number);
    });
  }

  /** Resolves when every write issued so far is durable. */
  sync(): Promise<void> {
    if (!isStorage(this)) throw illegalInvocation();
    return this.#captured(() => this.#lane.sync(contextOf(this.#activation)));
  }

  #write<T>(write: (native: NativeLane, number: number) => T): Promise<T> {
    this.#lane.ensureTurn();
    return this.#read(write);
  }

  #read<T>(read: (native: NativeLane, number: number) => T): Promise<T> {
    return this.#captured(() => read(this.#lane.native, this.#activation.number));
  }

  /** Turns what `call` throws into a rejection, as the worker's compatibility date wants it. */
  #captured<T>(call: () => T | Promise<T>): Promise<T> {
    try {
      if (this.#activation.ended !== undefined) throw this.#activation.ended;
      return Promise.resolve(call());
    } catch (error) {
      const told = fromNative(error);
      if (!this.#lane.compatibility.capturedThrows) throw told;
      return Promise.reject(told);
    }
  }
}

tag(DurableObjectStorage, "DurableObjectStorage");

/** The storage of an activation. */
export function makeStorage(lane: Lane, activation: Activation): DurableObjectStorage {
  return new DurableObjectStorage(lane, activation, MAKER);
}

const PUT_WITH_TOO_MUCH =
  "put() may only be called with a single key-value pair and optional options as put(key, value, " +
  "options) or with multiple key-value pairs and optional options as put(entries, options)";

function wrong(method: string, position: number, type: string): TypeError {
  return wrongArgument(method, "DurableObjectStorage", position, type);
}

/** Whether `put` was given entries rather than a key: any object but an array. */
function isEntries(value: unknown): value is Record<string, unknown> {
  if (typeof value === "function") return true;
  return typeof value === "object" && value !== null && !Array.isArray(value);
}

function encodeAll(
  entries: Record<string, unknown>,
  compatibility: Compatibility,
): [string, Stored][] {
  const pairs: [string, Stored][] = [];
  for (const [key, value] of Object.entries(entries)) {
    if (value !== undefined) pairs.push([key, encode(value, compatibility)]);
  }
  return pairs;
}

function bounds(options: ListOptions): ListBounds {
  const { start, startAfter, end, prefix, limit } = options;
  return [
    bound(start),
    bound(startAfter),
    bound(end),
    bound(prefix),
    Boolean(options.reverse),
    limit === undefined ? null : toInt32(limit),
  ];
}

function bound(key: unknown): string | null {
  return key === undefined ? null : toText(key);
}

/** The conversion JavaScript interfaces apply to an argument of 32 bits; what is no number becomes 0. */
function toInt32(value: unknown): number {
  const number = Math.trunc(Number(value));
  if (!Number.isFinite(number)) return 0;
  if (number < INT32_MIN || number > INT32_MAX) {
    throw new TypeError(
      `Value out of range. Must be between ${INT32_MIN} and ${INT32_MAX} (inclusive).`,
    );
  }
  return number;
}

const INT32_MIN = -(2 ** 31);
const INT32_MAX = 2 ** 31 - 1;

function isUnconfirmed(options: object | null | undefined): boolean {
  return Boolean((options as PutOptions | null | undefined)?.allowUnconfirmed);
}

function decodeAll(entries: [string, Stored][]): Map<string, unknown> {
  const map = new Map<string, unknown>();
  for (const [key, value] of entries) map.set(key, decode(value));
  return map;
}
