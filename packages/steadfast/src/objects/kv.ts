/** `ctx.storage.kv`: the keys of the object, without promises. */
import type { ListBounds, Stored } from "../binding.js";
import type { StoreAccess } from "./access.js";
import {
  illegalConstructor,
  illegalInvocation,
  isOptions,
  iteratorPrototype,
  tag,
  toText,
  wrongArgument,
} from "./arguments.js";
import { boundsOf, type ListBoundOptions } from "./listing.js";
import { decodeStored, encode } from "./values.js";

/** Only whoever has this may make a key-value API or an iterator of one. */
const MAKER = Symbol("maker");

let isKv: (value: unknown) => value is SyncKvStorage;

export class SyncKvStorage {
  readonly #access: StoreAccess;

  static {
    isKv = (value): value is SyncKvStorage =>
      typeof value === "object" && value !== null && #access in value;
  }

  /** @internal */
  constructor(access: StoreAccess, maker?: typeof MAKER) {
    if (maker !== MAKER) throw illegalConstructor();
    this.#access = access;
  }

  get<T = unknown>(key: string): T | undefined;
  get(...given: unknown[]): unknown {
    if (!isKv(this)) throw illegalInvocation();
    const key = keyOf("get", given);
    this.#requireSqlite();
    return this.#access.readNow((native, number) => decodeStored(native.kvGet(number, key)));
  }

  list<T = unknown>(options?: ListBoundOptions): IterableIterator<[string, T]>;
  list(...given: unknown[]): IterableIterator<[string, unknown]> {
    if (!isKv(this)) throw illegalInvocation();
    const [options] = given;
    if (!isOptions(options)) throw wrongArgument("list", CLASS_NAME, 1, "ListOptions");
    const bounds = boundsOf(options ?? {});
    this.#requireSqlite();
    return new ListIterator(this.#access, bounds, MAKER);
  }

  /** Also stores `undefined`, which reads like a key that does not exist. */
  put<T>(key: string, value: T): void;
  put(...given: unknown[]): void {
    if (!isKv(this)) throw illegalInvocation();
    const key = keyOf("put", given);
    if (given.length < 2) throw wrongArgument("put", CLASS_NAME, 2, "Value");
    this.#requireSqlite();
    const value = encode(given[1], this.#access.compatibility);
    this.#access.writeNow((native, number) => native.kvPut(number, key, value, false));
  }

  /** Whether the key existed. */
  delete(key: string): boolean;
  delete(...given: unknown[]): boolean {
    if (!isKv(this)) throw illegalInvocation();
    const key = keyOf("delete", given);
    this.#requireSqlite();
    return this.#access.writeNow((native, number) => native.kvDelete(number, key, false));
  }

  #requireSqlite(): void {
    if (!this.#access.sqlite) throw new Error(NOT_SQLITE);
  }
}

let isListIterator: (value: unknown) => value is ListIterator;

/**
 * The entries of a range. The first is read when the list is begun, the others as they are asked for:
 * what is written meanwhile shows. The next list of the object, of either API, ends it.
 */
export class ListIterator implements IterableIterator<[string, unknown]> {
  readonly #access: StoreAccess;
  readonly #number: number;
  readonly #database: number;
  readonly #bounds: ListBounds;
  /** Entries that were read ahead, and how many of them were given out. */
  #entries: [string, Stored][];
  #given = 0;
  #batch = FIRST_BATCH_ENTRIES;
  /** How many more entries there may be. */
  #rest: number;
  /** Nothing comes after what was read ahead. */
  #complete = false;
  #done = false;
  #writes: number;

  static {
    isListIterator = (value): value is ListIterator =>
      typeof value === "object" && value !== null && #access in value;
  }

  /** @internal */
  constructor(access: StoreAccess, bounds: ListBounds, maker?: typeof MAKER) {
    if (maker !== MAKER) throw illegalConstructor();
    this.#access = access;
    this.#bounds = bounds;
    this.#rest = bounds[LIMIT] ?? Number.POSITIVE_INFINITY;
    // Reading at once refuses wrong bounds where they were given.
    this.#entries = this.#read();
    this.#writes = access.writes;
    this.#database = access.databases;
    this.#number = access.beginList();
  }

  next(): IteratorResult<[string, unknown], undefined> {
    if (!isListIterator(this)) throw illegalInvocation();
    this.#access.requireRunning();
    if (this.#done) return { done: true, value: undefined };
    if (this.#access.lists !== this.#number) throw new Error(INVALIDATED);
    if (this.#access.databases !== this.#database) throw new Error(DELETED);
    if (this.#writes !== this.#access.writes && this.#given > 0) {
      this.#readOn(1);
    } else if (this.#given === this.#entries.length && !this.#complete) {
      this.#readOn(Math.min(this.#batch * BATCH_GROWTH, BATCH_ENTRIES_MAX));
    }
    const entry = this.#entries[this.#given];
    if (entry === undefined) {
      this.#done = true;
      return { done: true, value: undefined };
    }
    this.#given += 1;
    return { done: false, value: [entry[0], decodeStored(entry[1])] };
  }

  [Symbol.iterator](): this {
    if (!isListIterator(this)) throw illegalInvocation();
    return this;
  }

  /** Reads what comes after the entry given out last. */
  #readOn(batch: number): void {
    const last = this.#entries[this.#given - 1];
    if (last !== undefined) {
      this.#rest -= this.#given;
      if (this.#bounds[REVERSE]) this.#bounds[END] = last[0];
      else {
        this.#bounds[START] = null;
        this.#bounds[START_AFTER] = last[0];
      }
    }
    this.#batch = batch;
    this.#given = 0;
    this.#writes = this.#access.writes;
    this.#entries = this.#rest > 0 ? this.#read() : [];
  }

  #read(): [string, Stored][] {
    const [start, startAfter, end, prefix, reverse] = this.#bounds;
    const limit = Math.min(this.#batch, this.#rest);
    const entries = this.#access.readNow((native, number) =>
      native.kvList(number, start, startAfter, end, prefix, reverse, limit),
    );
    this.#complete = entries.length < limit;
    return entries;
  }
}

const CLASS_NAME = "SyncKvStorage";

tag(SyncKvStorage, CLASS_NAME);
tag(ListIterator, "ListIterator");
Object.setPrototypeOf(ListIterator.prototype, iteratorPrototype);

/** The synchronous key-value API of whatever `access` leads to. */
export function makeKv(access: StoreAccess): SyncKvStorage {
  return new SyncKvStorage(access, MAKER);
}

function keyOf(method: string, given: readonly unknown[]): string {
  if (given.length === 0) throw wrongArgument(method, CLASS_NAME, 1, "string");
  return toText(given[0]);
}

// Places in the bounds.
const START = 0;
const START_AFTER = 1;
const END = 2;
const REVERSE = 4;
const LIMIT = 5;

/** Few, since many lists are left early; each further batch is larger. */
const FIRST_BATCH_ENTRIES = 16;
const BATCH_GROWTH = 4;
const BATCH_ENTRIES_MAX = 256;

const DELETED = "kv.list() iterator was invalidated because deleteAll() was called.";
const INVALIDATED =
  "kv.list() iterator was invalidated because a new call to kv.list() was started. " +
  "Only one kv.list() iterator can exist at a time.";

const NOT_SQLITE =
  "The storage.kv (synchronous KV) API is only available for SQLite-backed Durable Objects, but " +
  "this object's namespace is not declared to use SQLite. You can use the older, asyncronous " +
  "interface via methods of `storage` itself (e.g. `storage.get()`). Alternatively, to enable " +
  "SQLite, change `new_classes` to `new_sqlite_classes` within the 'migrations' field in your " +
  "wrangler.jsonc or wrangler.toml file. If using workerd directly, set `enableSql = true` in your " +
  "workerd config for the class. Note that this change cannot be made after the class is already " +
  "deployed to production.";
