/** Durable Object storage by itself, for scripts and tests: no Worker, no server. */
import type { AlarmStore, DurableObjectAlarmBridge } from "../backed/index.cjs";
import { SteadfastError } from "../errors.js";
import { AlarmMethods, type GetAlarmOptions, type SetAlarmOptions } from "../objects/alarm.js";
import { illegalInvocation, isOptions, tag, wrongArgument } from "../objects/arguments.js";
import {
  AsyncKv,
  type GetOptions,
  type ListOptions,
  type PutOptions,
} from "../objects/async-kv.js";
import { makeKv, type SyncKvStorage } from "../objects/kv.js";
import { makeSql, type SqlStorage } from "../objects/sql.js";
import {
  type DurableObjectTransaction,
  notACallback,
  transactionSync,
} from "../objects/transaction.js";
import type { BackingStorage } from "./backing-storage.js";
import { type Below, belowOf, type Closure } from "./below.js";
import { OwnStore } from "./own-store.js";
import { insideOpen } from "./part.js";

let isStorage: (value: unknown) => value is DurableObjectStorage;

/**
 * The storage of one object, on any storage for bytes: what `ctx.storage` is to an object that runs.
 *
 * Keys, transactions and the alarm work on any storage. `kv`, `sql` and `transactionSync` need one of
 * Steadfast's own, a `DiskStorage` of `@steadfast/storage` or an object of one; there a promise of a write
 * resolves when it is durable.
 *
 * ```js
 * const storage = new DurableObjectStorage(new MemoryStorage());
 * await storage.put("key", "value");
 * console.log(await storage.get("key")); // value
 * ```
 */
export class DurableObjectStorage {
  readonly #below: Below;
  readonly #own: OwnStore | undefined;
  readonly #asyncKv: AsyncKv;
  readonly #alarm: AlarmMethods;
  #kv: SyncKvStorage | undefined;
  #sql: SqlStorage | undefined;

  static {
    isStorage = (value): value is DurableObjectStorage =>
      typeof value === "object" && value !== null && #below in value;
  }

  /**
   * `alarms` runs this storage's alarm: an `AlarmStore`, or a bridge that one has built. Without it an alarm is
   * a time that is stored.
   */
  constructor(storage: BackingStorage, alarms?: AlarmStore | DurableObjectAlarmBridge) {
    requireMethods(storage, METHODS, "the storage to stand on");
    if (alarms !== undefined) requireMethods(alarms, ALARM_METHODS, "what runs alarms");
    const below = belowOf(storage);
    if (alarms !== undefined) below.addAlarms(alarms);
    this.#below = below;
    this.#own = below instanceof OwnStore ? below : undefined;
    this.#asyncKv = new AsyncKv(below, CLASS_NAME);
    this.#alarm = new AlarmMethods(below, CLASS_NAME);
  }

  /** The keys without promises. Throws `ERR_FOREIGN_STORAGE` on a storage that is not Steadfast's own. */
  get kv(): SyncKvStorage {
    if (!isStorage(this)) throw illegalInvocation();
    this.#kv ??= makeKv(this.#requireOwn("kv"));
    return this.#kv;
  }

  /** A SQL database. Throws `ERR_FOREIGN_STORAGE` on a storage that is not Steadfast's own. */
  get sql(): SqlStorage {
    if (!isStorage(this)) throw illegalInvocation();
    this.#sql ??= makeSql(this.#requireOwn("sql"));
    return this.#sql;
  }

  /** The value of a key; `undefined` without one. */
  get<T = unknown>(key: string, options?: GetOptions): Promise<T | undefined>;
  /** The values of those of the keys that there are, in the order of the UTF-8 bytes of the keys. */
  get<T = unknown>(keys: string[], options?: GetOptions): Promise<Map<string, T>>;
  get(...given: unknown[]): Promise<unknown> {
    if (!isStorage(this)) throw illegalInvocation();
    return this.#asyncKv.get(given);
  }

  /** The keys of a range with their values, all without options, in the order of the UTF-8 bytes of the keys. */
  list<T = unknown>(options?: ListOptions): Promise<Map<string, T>>;
  list(...given: unknown[]): Promise<Map<string, unknown>> {
    if (!isStorage(this)) throw illegalInvocation();
    return this.#asyncKv.list(given[0]);
  }

  /**
   * Stores a copy of a value, whatever structured clone can copy but `undefined`. Key and value together take at
   * most 8 MiB.
   */
  put<T>(key: string, value: T, options?: PutOptions): Promise<void>;
  /** Stores several, all or none. */
  put<T>(entries: Record<string, T>, options?: PutOptions): Promise<void>;
  put(...given: unknown[]): Promise<void> {
    if (!isStorage(this)) throw illegalInvocation();
    return this.#asyncKv.put(given);
  }

  /** Deletes a key; whether there was one. */
  delete(key: string, options?: PutOptions): Promise<boolean>;
  /** Deletes keys; how many of them there were. */
  delete(keys: string[], options?: PutOptions): Promise<number>;
  delete(...given: unknown[]): Promise<boolean | number> {
    if (!isStorage(this)) throw illegalInvocation();
    return this.#asyncKv.delete(given);
  }

  /** Removes everything: keys, alarm, and the SQL database. */
  deleteAll(options?: PutOptions): Promise<void>;
  async deleteAll(...given: unknown[]): Promise<void> {
    if (!isStorage(this)) throw illegalInvocation();
    if (!isOptions(given[0])) throw wrongArgument("deleteAll", CLASS_NAME, 1, "PutOptions");
    await this.#below.deleteAll();
  }

  /**
   * Runs the callback as one transaction, which its failure undoes: everything it does to this storage, through
   * `txn` or not. When it has read what others have written meanwhile, it runs again.
   */
  transaction<T>(callback: (txn: DurableObjectTransaction) => T | Promise<T>): Promise<T>;
  async transaction(...given: unknown[]): Promise<unknown> {
    if (!isStorage(this)) throw illegalInvocation();
    if (typeof given[0] !== "function") throw notACallback("transaction");
    return insideOpen(() => this.#below.transaction(given[0] as Closure));
  }

  /**
   * Runs the callback, and undoes what it wrote if it throws. Throws `ERR_FOREIGN_STORAGE` on a storage that is not
   * Steadfast's own.
   */
  transactionSync<T>(callback: () => T): T;
  transactionSync(...given: unknown[]): unknown {
    if (!isStorage(this)) throw illegalInvocation();
    return transactionSync(this.#requireOwn("transactionSync"), given[0]);
  }

  /** When the alarm is due, in milliseconds since the Unix epoch; `null` without one. */
  getAlarm(options?: GetAlarmOptions): Promise<number | null>;
  getAlarm(...given: unknown[]): Promise<number | null> {
    if (!isStorage(this)) throw illegalInvocation();
    return this.#alarm.get(given);
  }

  /** Sets the one alarm there is, in milliseconds since the Unix epoch or as a date. A time in the past becomes now. */
  setAlarm(scheduledTime: number | Date, options?: SetAlarmOptions): Promise<void>;
  setAlarm(...given: unknown[]): Promise<void> {
    if (!isStorage(this)) throw illegalInvocation();
    return this.#alarm.set(given);
  }

  /** Deletes the alarm, if there is one. */
  deleteAlarm(options?: SetAlarmOptions): Promise<void>;
  deleteAlarm(...given: unknown[]): Promise<void> {
    if (!isStorage(this)) throw illegalInvocation();
    return this.#alarm.delete(given);
  }

  /** Resolves when every write issued so far has reached the storage below, and is durable if that is. */
  async sync(): Promise<void> {
    if (!isStorage(this)) throw illegalInvocation();
    await this.#below.sync();
  }

  #requireOwn(api: string): OwnStore {
    if (this.#own !== undefined) return this.#own;
    throw new SteadfastError("ERR_FOREIGN_STORAGE", `storage.${api} ${NEEDS_OWN}`);
  }
}

const CLASS_NAME = "DurableObjectStorage";

tag(DurableObjectStorage, CLASS_NAME);

function requireMethods(value: unknown, methods: readonly string[], what: string): void {
  const isObject = typeof value === "object" && value !== null;
  const missing = isObject
    ? methods.filter((name) => typeof (value as Record<string, unknown>)[name] !== "function")
    : methods;
  if (missing.length === 0) return;
  throw new TypeError(`${what} lacks methods: methods="${missing.join(" ")}"`);
}

const METHODS = ["get", "put", "delete", "list"] as const;
const ALARM_METHODS = ["setAlarm", "deleteAlarm"] as const;

const NEEDS_OWN =
  "needs a storage of Steadfast's own: a DiskStorage of @steadfast/storage or an object of one, " +
  'such as new DiskStorage("./data").object("name"), or DiskStorage.memory() without files';
