/** `ctx.storage`: everything an object stores, and the ways to it. */
import type { Activation } from "../lane/activation.js";
import type { Lane } from "../lane/lane.js";
import { StorageAccess } from "./access.js";
import { AlarmMethods, type GetAlarmOptions, type SetAlarmOptions } from "./alarm.js";
import {
  illegalConstructor,
  illegalInvocation,
  isOptions,
  tag,
  wrongArgument,
} from "./arguments.js";
import { AsyncKv, type GetOptions, type ListOptions, type PutOptions } from "./async-kv.js";
import { bookmarkForTime, currentBookmark, restoreAtNextOpen } from "./bookmark.js";
import { deleteFacets } from "./facets.js";
import { makeKv, type SyncKvStorage } from "./kv.js";
import { makeSql, type SqlStorage } from "./sql.js";
import { contextOf } from "./state.js";
import { type DurableObjectTransaction, transaction, transactionSync } from "./transaction.js";

/** Only whoever has this may make a storage. */
const MAKER = Symbol("maker");

let isStorage: (value: unknown) => value is DurableObjectStorage;

export class DurableObjectStorage {
  readonly kv: SyncKvStorage;
  readonly sql: SqlStorage;
  readonly #access: StorageAccess;
  readonly #asyncKv: AsyncKv;
  readonly #alarm: AlarmMethods;

  static {
    isStorage = (value): value is DurableObjectStorage =>
      typeof value === "object" && value !== null && #access in value;
  }

  /** @internal */
  constructor(access: StorageAccess, maker?: typeof MAKER) {
    if (maker !== MAKER) throw illegalConstructor();
    this.kv = makeKv(access);
    this.sql = makeSql(access);
    this.#access = access;
    this.#asyncKv = new AsyncKv(access, CLASS_NAME);
    this.#alarm = new AlarmMethods(access, CLASS_NAME);
  }

  get<T = unknown>(key: string, options?: GetOptions): Promise<T | undefined>;
  get<T = unknown>(keys: string[], options?: GetOptions): Promise<Map<string, T>>;
  get(...given: unknown[]): Promise<unknown> {
    if (!isStorage(this)) throw illegalInvocation();
    return this.#asyncKv.get(given);
  }

  list<T = unknown>(options?: ListOptions): Promise<Map<string, T>>;
  list(...given: unknown[]): Promise<Map<string, unknown>> {
    if (!isStorage(this)) throw illegalInvocation();
    return this.#asyncKv.list(given[0]);
  }

  put<T>(key: string, value: T, options?: PutOptions): Promise<void>;
  put<T>(entries: Record<string, T>, options?: PutOptions): Promise<void>;
  put(...given: unknown[]): Promise<void> {
    if (!isStorage(this)) throw illegalInvocation();
    return this.#asyncKv.put(given);
  }

  delete(key: string, options?: PutOptions): Promise<boolean>;
  delete(keys: string[], options?: PutOptions): Promise<number>;
  delete(...given: unknown[]): Promise<boolean | number> {
    if (!isStorage(this)) throw illegalInvocation();
    return this.#asyncKv.delete(given);
  }

  /** Removes everything the object has stored. */
  deleteAll(options?: PutOptions): Promise<void>;
  deleteAll(...given: unknown[]): Promise<void> {
    if (!isStorage(this)) throw illegalInvocation();
    return this.#access.write((native, number) => {
      if (!isOptions(given[0])) throw wrongArgument("deleteAll", CLASS_NAME, 1, "PutOptions");
      native.kvDeleteAll(number, !this.#access.compatibility.deleteAllDeletesAlarm);
      this.#access.databases += 1;
      deleteFacets(this.#access.activation.facets);
    });
  }

  /** Runs the callback while nothing else is delivered to the object; undoes what it wrote if it fails. */
  transaction<T>(callback: (txn: DurableObjectTransaction) => T | Promise<T>): Promise<T>;
  transaction(...given: unknown[]): Promise<unknown> {
    if (!isStorage(this)) throw illegalInvocation();
    return transaction(this.#access, given[0]);
  }

  /** When the object's alarm is due, in milliseconds since the Unix epoch; `null` without one. */
  getAlarm(options?: GetAlarmOptions): Promise<number | null>;
  getAlarm(...given: unknown[]): Promise<number | null> {
    if (!isStorage(this)) throw illegalInvocation();
    return this.#alarm.get(given);
  }

  /** Sets the object's one alarm: its `alarm` handler runs at that time, or now if it is past. */
  setAlarm(scheduledTime: number | Date, options?: SetAlarmOptions): Promise<void>;
  setAlarm(...given: unknown[]): Promise<void> {
    if (!isStorage(this)) throw illegalInvocation();
    return this.#alarm.set(given);
  }

  deleteAlarm(options?: SetAlarmOptions): Promise<void>;
  deleteAlarm(...given: unknown[]): Promise<void> {
    if (!isStorage(this)) throw illegalInvocation();
    return this.#alarm.delete(given);
  }

  /** Resolves when every write issued so far is durable. */
  sync(): Promise<void> {
    if (!isStorage(this)) throw illegalInvocation();
    const { lane, activation } = this.#access;
    return this.#access.captured(() => lane.sync(contextOf(activation)));
  }

  /** Runs the callback, and undoes what it wrote if it throws. */
  transactionSync<T>(callback: () => T): T;
  transactionSync(...given: unknown[]): unknown {
    if (!isStorage(this)) throw illegalInvocation();
    return transactionSync(this.#access, given[0]);
  }

  /** The bookmark of this moment. Later ones are larger, as texts. */
  getCurrentBookmark(): Promise<string> {
    if (!isStorage(this)) throw illegalInvocation();
    return currentBookmark(this.#access);
  }

  /** The bookmark of a time the namespace's history goes back to. */
  getBookmarkForTime(timestamp: number | Date): Promise<string>;
  getBookmarkForTime(...given: unknown[]): Promise<string> {
    if (!isStorage(this)) throw illegalInvocation();
    return bookmarkForTime(this.#access, given);
  }

  /**
   * Restores everything as it was at a bookmark, when the object is next opened; the usual next step
   * is `ctx.abort()`. Resolves with the bookmark that undoes it.
   */
  onNextSessionRestoreBookmark(bookmark: string): Promise<string>;
  onNextSessionRestoreBookmark(...given: unknown[]): Promise<string> {
    if (!isStorage(this)) throw illegalInvocation();
    return restoreAtNextOpen(this.#access, given);
  }
}

const CLASS_NAME = "DurableObjectStorage";

tag(DurableObjectStorage, CLASS_NAME);

/** The storage of an activation; `sqlite` says whether its class is declared to use SQLite. */
export function makeStorage(
  lane: Lane,
  activation: Activation,
  sqlite: boolean,
): DurableObjectStorage {
  return new DurableObjectStorage(new StorageAccess(lane, activation, sqlite), MAKER);
}
