import type { Storage } from "@miniflare/shared";
import { keysOf, Transaction } from "steadfast/backed";
import { miniflareGates } from "./gates";
import {
  type DurableObjectGetAlarmOptions,
  type DurableObjectGetOptions,
  type DurableObjectListOptions,
  type DurableObjectOperator,
  type DurableObjectPutOptions,
  type DurableObjectSetAlarmOptions,
  kAlarmExists,
} from "./operator";
import { list, read } from "./reading";
import {
  assertAlarmHandler,
  assertKeyGiven,
  deletedKeys,
  KEYS_MAX,
  putOptions,
  serializedEntries,
} from "./validation";

/**
 * What the closure of a transaction reads and writes. Its writes are seen by nobody else until the closure
 * has ended, and by nobody ever after `rollback`.
 */
export class DurableObjectTransaction implements DurableObjectOperator {
  readonly [kAlarmExists]: boolean;
  readonly #run: Transaction;

  /** A run of a transaction, or a transaction on any storage, which nobody will commit. */
  constructor(inner: Storage | Transaction, _startTxnCount: number, alarmExists: boolean) {
    this.#run = inner instanceof Transaction ? inner : Transaction.on(inner, miniflareGates);
    this[kAlarmExists] = alarmExists;
  }

  get<Value = unknown>(key: string, options?: DurableObjectGetOptions): Promise<Value | undefined>;
  get<Value = unknown>(
    keys: string[],
    options?: DurableObjectGetOptions,
  ): Promise<Map<string, Value>>;
  get(keys: string | string[], options?: DurableObjectGetOptions): Promise<unknown> {
    assertKeyGiven(keys, "get", "DurableObjectTransaction");
    this.#assertRuns("get");
    return this.#run.read(() => read(this.#run.overlay, keys), options);
  }

  put<Value = unknown>(key: string, value: Value, options?: DurableObjectPutOptions): Promise<void>;
  put<Value = unknown>(
    entries: Record<string, Value>,
    options?: DurableObjectPutOptions,
  ): Promise<void>;
  put(
    keyOrEntries: string | Record<string, unknown>,
    value: unknown,
    options?: DurableObjectPutOptions,
  ): Promise<void> {
    assertKeyGiven(keyOrEntries, "put", "DurableObjectTransaction");
    this.#assertRuns("put");
    const put = () => {
      const entries = serializedEntries(keyOrEntries, value);
      this.#note(keysOf(entries));
      return this.#run.overlay.putMany(entries);
    };
    return this.#run.write(put, putOptions(keyOrEntries, value, options));
  }

  delete(key: string, options?: DurableObjectPutOptions): Promise<boolean>;
  delete(keys: string[], options?: DurableObjectPutOptions): Promise<number>;
  delete(keys: string | string[], options?: DurableObjectPutOptions): Promise<boolean | number> {
    assertKeyGiven(keys, "delete", "DurableObjectTransaction");
    this.#assertRuns("delete");
    const { overlay } = this.#run;
    return this.#run.write<boolean | number>(() => {
      const deleted = deletedKeys(keys);
      this.#note(deleted);
      return Array.isArray(deleted) ? overlay.deleteMany(deleted) : overlay.delete(deleted);
    }, options);
  }

  deleteAll(): never {
    throw new Error("Cannot call deleteAll() within a transaction");
  }

  list<Value = unknown>(options: DurableObjectListOptions = {}): Promise<Map<string, Value>> {
    this.#assertRuns("list");
    const work = () => list(this.#run.overlay, options) as Promise<Map<string, Value>>;
    return this.#run.read(work, { allowConcurrency: options.allowConcurrency });
  }

  /** The time of the alarm in milliseconds since the Unix epoch; `null` without one. */
  async getAlarm(options?: DurableObjectGetAlarmOptions): Promise<number | null> {
    this.#assertRuns("getAlarm");
    if (!this[kAlarmExists]) return null;
    return this.#run.read(() => this.#run.overlay.getAlarm(), options);
  }

  setAlarm(scheduledTime: number | Date, options?: DurableObjectSetAlarmOptions): Promise<void> {
    this.#assertRuns("setAlarm");
    assertAlarmHandler(this[kAlarmExists]);
    return this.#run.write(() => this.#run.overlay.setAlarm(scheduledTime), options);
  }

  deleteAlarm(options?: DurableObjectSetAlarmOptions): Promise<void> {
    this.#assertRuns("deleteAlarm");
    return this.#run.write(() => this.#run.overlay.deleteAlarm(), options);
  }

  /** Forgets what was written. Nothing more can be asked of this transaction then. */
  rollback(): void {
    if (this.#run.isRolledBack) return;
    this.#assertRuns("rollback");
    this.#run.isRolledBack = true;
  }

  #assertRuns(method: string): void {
    if (this.#run.isRolledBack) throw new Error(`Cannot ${method}() on rolled back transaction`);
    if (!this.#run.isCommitted) return;
    throw new Error(
      `Cannot call ${method}() on transaction that has already committed: ` +
        "did you move `txn` outside of the closure?",
    );
  }

  /** Notes keys as written or deleted. */
  #note(keys: string | string[]): void {
    if (this.#run.wrote(keys) <= KEYS_MAX) return;
    throw new Error(`Maximum number of keys modified in a transaction is ${KEYS_MAX}.`);
  }
}
