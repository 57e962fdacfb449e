/**
 * Alarms beside the storages they belong to: when they are due, and the timers that wait for it.
 *
 * The core decides which alarm needs a timer now; the others are found by a scan every half minute. Timers
 * and clock are the globals of the moment, so that tests may put theirs in their place.
 */
import { ALARM_SCAN_MS, type AlarmsRef, native } from "./native.cjs";

/** The key of an alarm in its object's storage, and the namespace of the storage where all are kept. */
export const ALARM_KEY = "__MINIFLARE_ALARMS__";

/** An alarm that is set. */
export interface DurableObjectAlarm {
  /** Milliseconds since the Unix epoch. */
  scheduledTime: number;
  timeout?: NodeJS.Timeout;
}

/** What the storage of one object needs of an {@link AlarmStore}. */
export interface DurableObjectAlarmBridge {
  setAlarm: (scheduledTime: number | Date) => Promise<void>;
  deleteAlarm: () => Promise<void>;
}

/** Where alarms are kept: what an {@link AlarmStore} calls of a Miniflare `Storage`. */
export interface AlarmBacking {
  put(key: string, value: { value: Uint8Array; metadata: { scheduledTime: number } }): unknown;
  delete(key: string): unknown;
  list(): AlarmList | Promise<AlarmList>;
}

interface AlarmList {
  readonly keys: { name: string; metadata?: unknown }[];
}

/** What an {@link AlarmStore} calls of a Miniflare `StorageFactory`. */
export interface AlarmBackingFactory {
  storage(namespace: string, persist?: boolean | string): AlarmBacking;
}

/**
 * Makes the bridge for a storage that was given the store itself. The same for all copies of this package, as the
 * storage may be of another.
 */
export const kBridgeOfStorage: unique symbol = Symbol.for("steadfast.bridgeOfStorage") as never;

/**
 * The alarms of many objects, by object key.
 *
 * Each fires at most once: it is gone before the callback runs, and what the callback throws is not caught.
 * Without {@link AlarmStore.setupStore} alarms live in memory alone.
 *
 * ```js
 * const alarms = new AlarmStore();
 * await alarms.setupAlarms(async (objectKey) => console.log(`${objectKey} is due`));
 * await alarms.setAlarm("ROOM:1", Date.now() + 5_000);
 * ```
 */
export class AlarmStore {
  readonly #due: AlarmsRef = native.alarmsNew();
  /** The keys that have an alarm, in the order they came to have one, with the timers that run. */
  readonly #timers = new Map<string, NodeJS.Timeout | undefined>();
  /** What tells the storages which were given the store itself that their alarm has fired; there while it is set. */
  readonly #listeners = new Map<string, () => Promise<void>>();
  #bridges = 0;
  #backing: AlarmBacking | undefined;
  #scan: NodeJS.Timeout | undefined;
  #callback: ((objectKey: string) => Promise<void>) | undefined;

  /** Keeps alarms in a storage of `factory` from now on, and loads those that are there. */
  async setupStore(factory: AlarmBackingFactory, persist?: boolean | string): Promise<void> {
    const backing = factory.storage(ALARM_KEY, persist);
    this.#backing = backing;
    const { keys } = await backing.list();
    const names = keys.map(({ name }) => name);
    native.alarmsLoad(this.#due, names, keys.map(storedTime));
    for (const name of names) this.#timers.set(name, this.#timers.get(name));
  }

  /** Starts timers, for loaded alarms too; `callback` runs with the object key of each alarm that is due. */
  async setupAlarms(callback?: (objectKey: string) => Promise<void>): Promise<void> {
    if (typeof callback === "function") this.#callback = callback;
    if (this.#scan !== undefined) return;
    for (const [key, delayMs] of native.alarmsScan(this.#due, Date.now()))
      this.#start(key, delayMs);
    this.#scan = setTimeout(() => {
      this.#scan = undefined;
      void this.setupAlarms();
    }, ALARM_SCAN_MS);
    this.#scan.unref();
  }

  /** The alarm of one object, as its storage sets and deletes it. */
  buildBridge(objectKey: string): DurableObjectAlarmBridge {
    return {
      setAlarm: (scheduledTime) => this.setAlarm(objectKey, scheduledTime),
      deleteAlarm: () => this.deleteAlarm(objectKey),
    };
  }

  /**
   * A bridge with an object key of its own, for a storage that stands alone. `fired` runs after the alarm of that
   * time is gone and before the callback, so that the storage can forget it too.
   */
  [kBridgeOfStorage](fired: (timeMs: number) => Promise<void>): DurableObjectAlarmBridge {
    const objectKey = `${ALARM_KEY}:${this.#bridges++}`;
    return {
      setAlarm: async (scheduledTime) => {
        // Before anything is waited for: a deletion may follow at once.
        const set = [this.setupAlarms(), this.setAlarm(objectKey, scheduledTime)];
        this.#listeners.set(objectKey, () => fired(+scheduledTime));
        await Promise.all(set);
      },
      deleteAlarm: async () => {
        this.#listeners.delete(objectKey);
        await this.deleteAlarm(objectKey);
      },
    };
  }

  /** Sets an alarm, in place of the one the object may have. A time in the past is due at once. */
  async setAlarm(objectKey: string, scheduledTime: number | Date): Promise<void> {
    const now = Date.now();
    const time = timeOf(scheduledTime);
    if (time <= 0) throw new TypeError("setAlarm() cannot be called with an alarm time <= 0");
    const delayMs = native.alarmsSet(this.#due, objectKey, time, now);
    if (delayMs < 0) this.#stop(objectKey);
    else this.#start(objectKey, delayMs);
    await this.#backing?.put(objectKey, {
      metadata: { scheduledTime: time },
      value: new Uint8Array(),
    });
  }

  /** Deletes the alarm of an object, if it has one. */
  async deleteAlarm(key: string): Promise<void> {
    if (this.#timers.has(key)) await this.#delete(key);
  }

  /** Runs alarms now, whenever they are due: one after the other, all or those of `keys`. */
  async flushAlarms(keys?: string[]): Promise<void> {
    // All: also those which are set while this runs.
    for (const key of keys ?? this.#timers.keys()) {
      if (!this.#timers.has(key)) continue;
      await this.#delete(key);
      await this.#fired(key);
      await this.#callback?.(key);
    }
  }

  /** Stops all timers and forgets all alarms; those that are stored stay stored. */
  dispose(): void {
    clearTimeout(this.#scan);
    this.#scan = undefined;
    for (const timer of this.#timers.values()) clearTimeout(timer);
    this.#timers.clear();
    this.#listeners.clear();
    native.alarmsClear(this.#due);
  }

  /** Starts the timer of an alarm, in place of the one that may run. */
  #start(key: string, delayMs: number): void {
    clearTimeout(this.#timers.get(key));
    this.#timers.set(
      key,
      setTimeout(() => this.#fire(key), delayMs),
    );
  }

  #stop(key: string): void {
    clearTimeout(this.#timers.get(key));
    this.#timers.set(key, undefined);
  }

  /** A timer waits for nobody: what fails here is an unhandled rejection, as for every timer. */
  #fire(key: string): void {
    void this.#delete(key);
    const told = this.#fired(key);
    if (told === undefined) void this.#callback?.(key);
    else void told.then(() => this.#callback?.(key));
  }

  /** Tells the storage of that alarm that it has fired, if that wants to know. */
  #fired(key: string): Promise<void> | undefined {
    const listener = this.#listeners.get(key);
    this.#listeners.delete(key);
    return listener?.();
  }

  async #delete(key: string): Promise<void> {
    clearTimeout(this.#timers.get(key));
    this.#timers.delete(key);
    native.alarmsDelete(this.#due, key);
    await this.#backing?.delete(key);
  }
}

/** The time of an alarm in milliseconds since the Unix epoch; throws for what is none. */
export function timeOf(scheduledTime: number | Date): number {
  return typeof scheduledTime === "number" ? scheduledTime : scheduledTime.getTime();
}

/** An alarm without a time is due at once. Others may have stored it as text; what is no number is never due. */
function storedTime({ metadata }: { metadata?: unknown }): number {
  return Number((metadata as { scheduledTime?: unknown } | undefined)?.scheduledTime || 0);
}
