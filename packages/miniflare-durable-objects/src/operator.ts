/** What the storage of an object and a transaction have in common. */

/** Set to `false` on the storage of an object whose class has no `alarm` handler. */
export const kAlarmExists = Symbol("kAlarmExists");

/** How to read. */
export interface DurableObjectGetOptions {
  /** Let other events into the object meanwhile. */
  allowConcurrency?: boolean;
  /** Accepted, without effect. */
  noCache?: boolean;
}

/** How to write. */
export interface DurableObjectPutOptions extends DurableObjectGetOptions {
  /** Let what the object sends go out before the write is done. */
  allowUnconfirmed?: boolean;
}

/** What to list, and how. */
export interface DurableObjectListOptions extends DurableObjectGetOptions {
  /** First key. */
  start?: string;
  /** Only keys after this one; not together with `start`. */
  startAfter?: string;
  /** First key that is not listed any more. */
  end?: string;
  prefix?: string;
  reverse?: boolean;
  /** How many keys at most; at least 1. */
  limit?: number;
}

/** How to ask for the alarm. */
export interface DurableObjectGetAlarmOptions {
  /** Let other events into the object meanwhile. */
  allowConcurrency?: boolean;
}

/** How to change the alarm. */
export interface DurableObjectSetAlarmOptions {
  /** Let other events into the object meanwhile. */
  allowConcurrency?: boolean;
  /** Let what the object sends go out before the alarm is stored. */
  allowUnconfirmed?: boolean;
}

/**
 * The methods of the storage of an object and of a transaction.
 *
 * A key takes at most 2048 bytes of UTF-8, a serialised value 128 KiB, a batch 128 keys: more is a `RangeError`. A
 * transaction writes at most 128 keys. Keys are in the order of their UTF-8 bytes.
 */
export interface DurableObjectOperator {
  /** The value of a key; `undefined` without one. */
  get<Value = unknown>(key: string, options?: DurableObjectGetOptions): Promise<Value | undefined>;
  /** The values of those of the keys that there are. */
  get<Value = unknown>(
    keys: string[],
    options?: DurableObjectGetOptions,
  ): Promise<Map<string, Value>>;
  /** Stores a copy of a value, whatever structured clone can copy but `undefined`. */
  put<Value = unknown>(key: string, value: Value, options?: DurableObjectPutOptions): Promise<void>;
  /** Stores several; values that are `undefined` are left out. */
  put<Value = unknown>(
    entries: Record<string, Value>,
    options?: DurableObjectPutOptions,
  ): Promise<void>;
  /** Deletes a key; whether there was one. */
  delete(key: string, options?: DurableObjectPutOptions): Promise<boolean>;
  /** Deletes keys; how many of them there were. */
  delete(keys: string[], options?: DurableObjectPutOptions): Promise<number>;
  /** The keys of a range with their values, all without options. */
  list<Value = unknown>(options?: DurableObjectListOptions): Promise<Map<string, Value>>;
  /** When the alarm is due, in milliseconds since the Unix epoch; `null` without one. */
  getAlarm(options?: DurableObjectGetAlarmOptions): Promise<number | null>;
  /** Sets the alarm, in place of the one there may be: milliseconds since the Unix epoch, or a date. */
  setAlarm(scheduledTime: number | Date, options?: DurableObjectSetAlarmOptions): Promise<void>;
  /** Deletes the alarm, if there is one. */
  deleteAlarm(options?: DurableObjectSetAlarmOptions): Promise<void>;
}
