/** What a key, a value and a batch may be. */
import type { StoredValue } from "steadfast/backed";
import type { DurableObjectPutOptions } from "./operator";
import { serializeValue } from "./values";

/** Keys of one batch, pairs of one `put`, and keys one transaction writes. */
export const KEYS_MAX = 128;
const KEY_BYTES_MAX = 2048;
const VALUE_BYTES_MAX = 128 * 1024;
/** Serialising adds some bytes, which are not counted. */
const SERIALIZED_BYTES_MAX = VALUE_BYTES_MAX + 32;

/** Refuses a call without a key. */
export function assertKeyGiven(key: unknown, method: string, className: string): void {
  if (key !== undefined) return;
  throw new TypeError(
    `Failed to execute '${method}' on '${className}': parameter 1 is not of type 'variant'. (key is undefined)`,
  );
}

/** Refuses an alarm for an object that could not handle it. */
export function assertAlarmHandler(alarmExists: boolean): void {
  if (alarmExists) return;
  throw new Error(
    "Your Durable Object class must have an alarm() handler in order to call setAlarm()",
  );
}

/** The options of `put`: the second argument, when the first are the entries and there is no third. */
export function putOptions(
  keyOrEntries: unknown,
  value: unknown,
  options: DurableObjectPutOptions | undefined,
): DurableObjectPutOptions | undefined {
  if (options || typeof keyOrEntries === "string") return options;
  return value as DurableObjectPutOptions | undefined;
}

/** Refuses a long key. */
export function assertKey(key: string): void {
  if (Buffer.byteLength(key) > KEY_BYTES_MAX) {
    throw new RangeError(`Keys cannot be larger than ${KEY_BYTES_MAX} bytes.`);
  }
}

/** The keys of a batch that are not `undefined`; refuses long ones. */
export function definedKeys(keys: (string | undefined)[]): string[] {
  const defined = keys.filter((key) => key !== undefined);
  for (const key of defined) assertKeyOfMany(key);
  return defined;
}

/** Refuses a batch of too many keys. */
export function assertKeyCount(keys: unknown[]): void {
  if (keys.length > KEYS_MAX) throw new RangeError(`Maximum number of keys is ${KEYS_MAX}.`);
}

/** The keys that `delete(key)` or `delete(keys)` deletes. */
export function deletedKeys(keys: string | string[]): string | string[] {
  if (!Array.isArray(keys)) {
    assertKey(keys);
    return keys;
  }
  assertKeyCount(keys);
  return definedKeys(keys);
}

/** What `put(key, value)` or `put(entries)` stores, serialised. */
export function serializedEntries(
  keyOrEntries: string | Record<string, unknown>,
  value: unknown,
): [key: string, value: StoredValue][] {
  return typeof keyOrEntries === "string"
    ? [[keyOrEntries, { value: serializedOne(keyOrEntries, value) }]]
    : serializedMany(Object.entries(keyOrEntries));
}

function serializedOne(key: string, value: unknown): Uint8Array {
  assertKey(key);
  if (value === undefined) throw new TypeError("put() called with undefined value.");
  const bytes = serializeValue(value);
  if (bytes.byteLength > SERIALIZED_BYTES_MAX) {
    throw new RangeError(`Values cannot be larger than ${VALUE_BYTES_MAX} bytes.`);
  }
  return bytes;
}

function serializedMany(entries: [string, unknown][]): [key: string, value: StoredValue][] {
  if (entries.length > KEYS_MAX) throw new RangeError(`Maximum number of pairs is ${KEYS_MAX}.`);
  const serialized: [string, StoredValue][] = [];
  for (const [key, value] of entries) {
    assertKeyOfMany(key);
    if (value === undefined) continue;
    const bytes = serializeValue(value);
    if (bytes.byteLength > SERIALIZED_BYTES_MAX) {
      throw new RangeError(
        `Value for key "${key}" is above the limit of ${VALUE_BYTES_MAX} bytes.`,
      );
    }
    serialized.push([key, { value: bytes }]);
  }
  return serialized;
}

function assertKeyOfMany(key: string): void {
  if (Buffer.byteLength(key) > KEY_BYTES_MAX) {
    throw new RangeError(`Key "${key}" is larger than the limit of ${KEY_BYTES_MAX} bytes.`);
  }
}
