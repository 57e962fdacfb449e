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

/** The methods of the storage of an object and of a transaction. */
export interface DurableObjectOperator {
  get<Value = unknown>(key: string, options?: DurableObjectGetOptions): Promise<Value | undefined>;
  get<Value = unknown>(
    keys: string[],
    options?: DurableObjectGetOptions,
  ): Promise<Map<string, Value>>;
  put<Value = unknown>(key: string, value: Value, options?: DurableObjectPutOptions): Promise<void>;
  put<Value = unknown>(
    entries: Record<string, Value>,
    options?: DurableObjectPutOptions,
  ): Promise<void>;
  delete(key: string, options?: DurableObjectPutOptions): Promise<boolean>;
  delete(keys: string[], options?: DurableObjectPutOptions): Promise<number>;
  list<Value = unknown>(options?: DurableObjectListOptions): Promise<Map<string, Value>>;
  getAlarm(options?: DurableObjectGetAlarmOptions): Promise<number | null>;
  setAlarm(scheduledTime: number | Date, options?: DurableObjectSetAlarmOptions): Promise<void>;
  deleteAlarm(options?: DurableObjectSetAlarmOptions): Promise<void>;
}
