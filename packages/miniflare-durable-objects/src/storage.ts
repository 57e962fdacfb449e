import type { Storage } from "@miniflare/shared";
import {
  type AlarmStore,
  BackedStorage,
  type DurableObjectAlarmBridge,
  kBridgeOfStorage,
} from "steadfast/backed";
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
import { DurableObjectTransaction } from "./transaction";
import {
  assertAlarmHandler,
  assertKeyGiven,
  deletedKeys,
  putOptions,
  serializedEntries,
} from "./validation";

/**
 * The storage of one object, on any Miniflare `Storage`.
 *
 * Writes of one turn of the event loop reach the backing together, as one `putMany`; reads see them at
 * once. Works by itself, or under the gates of the object whose code calls it.
 *
 * ```js
 * const storage = new DurableObjectStorage(new MemoryStorage());
 * await storage.put("key", "value");
 * console.log(await storage.get("key")); // value
 * ```
 */
export class DurableObjectStorage implements DurableObjectOperator {
  [kAlarmExists] = true;
  readonly #storage: BackedStorage;

  /**
   * Storage on `inner`. Alarms are stored whoever else hears of them: a bridge, or an {@link AlarmStore}
   * itself, which then runs this storage's alarm under a key of its own.
   */
  constructor(inner: Storage, alarmBridge?: DurableObjectAlarmBridge | AlarmStore) {
    const bridge =
      alarmBridge && kBridgeOfStorage in alarmBridge
        ? alarmBridge[kBridgeOfStorage]((timeMs) => this.#storage.alarmFired(timeMs))
        : (alarmBridge ?? undefined);
    this.#storage = new BackedStorage(inner, bridge, miniflareGates);
  }

  /**
   * Runs `closure` so that nobody else's writes show within it, and stores what it has written as one. When
   * something that it has read was written meanwhile, it runs again.
   */
  transaction<T>(closure: (txn: DurableObjectTransaction) => Promise<T>): Promise<T> {
    return this.#storage.transaction(
      (run) => new DurableObjectTransaction(run, 0, this[kAlarmExists]),
      closure,
    );
  }

  get<Value = unknown>(key: string, options?: DurableObjectGetOptions): Promise<Value | undefined>;
  get<Value = unknown>(
    keys: string[],
    options?: DurableObjectGetOptions,
  ): Promise<Map<string, Value>>;
  async get(keys: string | string[], options?: DurableObjectGetOptions): Promise<unknown> {
    assertKeyGiven(keys, "get", "DurableObjectStorage");
    return this.#storage.read(() => read(this.#storage.overlay, keys), options);
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
    assertKeyGiven(keyOrEntries, "put", "DurableObjectStorage");
    const entries = serializedEntries(keyOrEntries, value);
    return this.#storage.put(entries, putOptions(keyOrEntries, value, options));
  }

  delete(key: string, options?: DurableObjectPutOptions): Promise<boolean>;
  delete(keys: string[], options?: DurableObjectPutOptions): Promise<number>;
  delete(keys: string | string[], options?: DurableObjectPutOptions): Promise<boolean | number> {
    assertKeyGiven(keys, "delete", "DurableObjectStorage");
    return this.#storage.delete(deletedKeys(keys), options);
  }

  /** Deletes everything, the stored alarm included. */
  async deleteAll(options?: DurableObjectPutOptions): Promise<void> {
    return this.#storage.deleteAll(options);
  }

  async list<Value = unknown>(options?: DurableObjectListOptions): Promise<Map<string, Value>> {
    const work = () => list(this.#storage.overlay, options) as Promise<Map<string, Value>>;
    return this.#storage.read(work, options);
  }

  /** The time of the alarm in milliseconds since the Unix epoch; `null` without one. */
  async getAlarm(options?: DurableObjectGetAlarmOptions): Promise<number | null> {
    if (!this[kAlarmExists]) return null;
    return this.#storage.read(() => this.#storage.overlay.getAlarm(), options);
  }

  async setAlarm(
    scheduledTime: number | Date,
    options?: DurableObjectSetAlarmOptions,
  ): Promise<void> {
    assertAlarmHandler(this[kAlarmExists]);
    return this.#storage.setAlarm(scheduledTime, options);
  }

  async deleteAlarm(options?: DurableObjectSetAlarmOptions): Promise<void> {
    return this.#storage.deleteAlarm(options);
  }

  /** Resolves when no write and no transaction runs any more. */
  sync(): Promise<void> {
    return this.#storage.sync();
  }
}
