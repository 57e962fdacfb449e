/**
 * The asynchronous key-value API, as `ctx.storage` and a transaction offer it. On data on the spot every
 * call completes within the turn that makes it.
 */
import type { Stored } from "../binding.js";
import type { Compatibility } from "../compatibility.js";
import { isOptions, toText, wrongArgument } from "./arguments.js";
import { andThen, type KeyAccess } from "./key-access.js";
import { boundsOf, type ListBoundOptions } from "./listing.js";
import { decodeStored, encode } from "./values.js";

/** How to read. */
export interface GetOptions {
  /** Accepted, without effect: a read holds nothing up. */
  allowConcurrency?: boolean;
  /** Accepted, without effect. */
  noCache?: boolean;
}

/** How to write. */
export interface PutOptions {
  /** Accepted, without effect: a write holds nothing up. */
  allowConcurrency?: boolean;
  /** Let what the object sends go out before the write is durable. */
  allowUnconfirmed?: boolean;
  /** Accepted, without effect. */
  noCache?: boolean;
}

/** What to list, and how. */
export interface ListOptions extends GetOptions, ListBoundOptions {}

/** The methods of one class, whose name goes into the errors about arguments. */
export class AsyncKv {
  readonly #access: KeyAccess;
  readonly #className: string;
  readonly #check: (method: string) => void;

  /** `check` is called with the method's name once its arguments are right, and may refuse. */
  constructor(
    access: KeyAccess,
    className: string,
    check: (method: string) => void = () => undefined,
  ) {
    this.#access = access;
    this.#className = className;
    this.#check = check;
  }

  get(given: readonly unknown[]): Promise<unknown> {
    return this.#access.read((store, number) => {
      const [keys, options] = given;
      if (given.length === 0) throw this.#wrong("get", 1, "string or Array");
      if (!isOptions(options)) throw this.#wrong("get", 2, "GetOptions");
      const texts = textsOf(keys);
      this.#check("get");
      if (typeof texts === "string") return andThen(store.kvGet(number, texts), decodeStored);
      return andThen(store.kvGetMany(number, texts), decodeAll);
    });
  }

  put(given: readonly unknown[]): Promise<void> {
    const { compatibility } = this.#access;
    return this.#access.write((store, number) => {
      const [keyOrEntries, value, options] = given;
      if (given.length === 0) throw this.#wrong("put", 1, "string or object");
      if (isEntries(keyOrEntries)) {
        if (!isOptions(value)) throw new TypeError(PUT_WITH_TOO_MUCH);
        this.#check("put");
        const pairs = encodeAll(keyOrEntries, compatibility);
        return store.kvPutMany(number, pairs, isUnconfirmed(value));
      }
      const key = toText(keyOrEntries);
      if (!isOptions(options)) throw this.#wrong("put", 3, "PutOptions");
      if (value === undefined) throw new TypeError("put() called with undefined value.");
      this.#check("put");
      return store.kvPut(number, key, encode(value, compatibility), isUnconfirmed(options));
    });
  }

  delete(given: readonly unknown[]): Promise<boolean | number> {
    // Of all methods this one throws instead of rejecting, whatever the compatibility date.
    const [keys, options] = given;
    if (given.length === 0) throw this.#wrong("delete", 1, "string or Array");
    const texts = textsOf(keys);
    if (!isOptions(options)) throw this.#wrong("delete", 2, "PutOptions");
    const unconfirmed = isUnconfirmed(options);
    this.#check("delete");
    return this.#access.write<boolean | number>((store, number) =>
      typeof texts === "string"
        ? store.kvDelete(number, texts, unconfirmed)
        : store.kvDeleteMany(number, texts, unconfirmed),
    );
  }

  list(options: unknown): Promise<Map<string, unknown>> {
    return this.#access.read((store, number) => {
      if (!isOptions(options)) throw this.#wrong("list", 1, "ListOptions");
      const bounds = boundsOf(options ?? {});
      this.#check("list");
      const entries = store.kvList(number, ...bounds);
      this.#access.beginList();
      return andThen(entries, decodeAll);
    });
  }

  #wrong(method: string, position: number, type: string): TypeError {
    return wrongArgument(method, this.#className, position, type);
  }
}

const PUT_WITH_TOO_MUCH =
  "put() may only be called with a single key-value pair and optional options as put(key, value, " +
  "options) or with multiple key-value pairs and optional options as put(entries, options)";

/** One key or several, converted. */
function textsOf(keys: unknown): string | string[] {
  return Array.isArray(keys) ? Array.from(keys, toText) : toText(keys);
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

/** Whether the write asks not to hold outputs back. */
function isUnconfirmed(options: object | null | undefined): boolean {
  return Boolean((options as PutOptions | null | undefined)?.allowUnconfirmed);
}

function decodeAll(entries: [string, Stored][]): Map<string, unknown> {
  const map = new Map<string, unknown>();
  for (const [key, value] of entries) map.set(key, decodeStored(value));
  return map;
}
