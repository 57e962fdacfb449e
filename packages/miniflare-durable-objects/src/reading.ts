/** How values are read through an overlay, by the storage of an object and by transactions. */
import assert from "node:assert";
import { lexicographicCompare } from "@miniflare/shared";
import { ALARM_KEY, type Overlay, type StoredValue } from "steadfast/backed";
import type { DurableObjectListOptions } from "./operator";
import { assertKey, assertKeyCount, definedKeys } from "./validation";
import { deserializeValue } from "./values";

/** Reads one key, or many into a map in the order of their UTF-8 bytes. */
export function read(overlay: Overlay, keys: string | string[]): Promise<unknown> {
  return Array.isArray(keys) ? readBatch(overlay, keys) : readOne(overlay, keys);
}

/** Lists keys with their values. The stored alarm is none of them. */
export async function list(
  overlay: Overlay,
  options: DurableObjectListOptions = {},
): Promise<Map<string, unknown>> {
  const limit = options.limit;
  const startAfter = options.startAfter;
  if (limit !== undefined && limit <= 0) throw new TypeError("List limit must be positive.");
  if (options.start !== undefined && startAfter !== undefined) {
    throw new TypeError("list() cannot be called with both start and startAfter values.");
  }
  const asked = { ...options };
  // One more for the alarm, and one more for the key to start after.
  if (limit !== undefined) asked.limit = Number(limit) + (startAfter === undefined ? 1 : 2);
  if (startAfter !== undefined) asked.start = startAfter;
  const { keys } = await overlay.list(asked);
  const names = keys.map(({ name }) => name).filter((name) => name !== ALARM_KEY);
  if (startAfter !== undefined && names[0] === startAfter) names.shift();
  return readListed(overlay, limit === undefined ? names : names.slice(0, limit));
}

async function readOne(overlay: Overlay, key: string): Promise<unknown> {
  assertKey(key);
  const stored = await overlay.get(key);
  return stored && deserializeValue(stored.value);
}

async function readBatch(overlay: Overlay, keys: string[]): Promise<Map<string, unknown>> {
  assertKeyCount(keys);
  const defined = definedKeys(keys).sort(lexicographicCompare);
  return deserialized(defined, await overlay.getMany(defined));
}

async function readListed(overlay: Overlay, names: string[]): Promise<Map<string, unknown>> {
  const defined = definedKeys(names);
  return deserialized(defined, await overlay.getMany(defined));
}

function deserialized(keys: string[], stored: (StoredValue | undefined)[]): Map<string, unknown> {
  assert.strictEqual(stored.length, keys.length);
  const values = new Map<string, unknown>();
  stored.forEach((one, index) => {
    if (one !== undefined) values.set(keys[index] as string, deserializeValue(one.value));
  });
  return values;
}
