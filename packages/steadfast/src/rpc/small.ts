/** Copies of small values, made without the serializer: what most calls carry. */
import { types } from "node:util";

/** Told instead of a copy. */
export const NOT_SMALL = Symbol("not small");

/** Objects and their members in a value; beyond that the serializer costs less. */
const PARTS_MAX = 64;
const TEXT_LENGTH_MAX = 65_536;

/** A copy of primitives, and of plain objects and arrays of them; {@link NOT_SMALL} for anything else. */
export function copySmall(value: unknown): unknown {
  if (typeof value === "object" && value !== null) {
    return copyObject(value, { seen: [], parts: 0, textLength: 0 });
  }
  return copyPrimitive(value);
}

interface Progress {
  readonly seen: object[];
  parts: number;
  textLength: number;
}

function copyPrimitive(value: unknown): unknown {
  switch (typeof value) {
    case "string":
      return value.length > TEXT_LENGTH_MAX ? NOT_SMALL : value;
    case "symbol":
    case "function":
      return NOT_SMALL;
    default:
      return value;
  }
}

function copyPart(value: unknown, progress: Progress): unknown {
  if (++progress.parts > PARTS_MAX) return NOT_SMALL;
  if (typeof value === "object" && value !== null) return copyObject(value, progress);
  if (typeof value === "string") {
    progress.textLength += value.length;
    if (progress.textLength > TEXT_LENGTH_MAX) return NOT_SMALL;
  }
  return copyPrimitive(value);
}

function copyObject(value: object, progress: Progress): unknown {
  // What is referred to twice is one object on the other side too.
  if (progress.seen.includes(value) || types.isProxy(value)) return NOT_SMALL;
  progress.seen.push(value);
  if (Array.isArray(value)) return copyArray(value, progress);
  // The arguments of a function are no plain object, but can be iterated.
  if (Object.getPrototypeOf(value) !== Object.prototype || Symbol.iterator in value) {
    return NOT_SMALL;
  }
  const copy: Record<string, unknown> = {};
  for (const key of Object.keys(value)) {
    const item = copyPart((value as Record<string, unknown>)[key], progress);
    if (item === NOT_SMALL || key === "__proto__") return NOT_SMALL;
    copy[key] = item;
  }
  return copy;
}

function copyArray(array: readonly unknown[], progress: Progress): unknown {
  // Another number of keys means holes, or properties beside the elements.
  if (array.length > PARTS_MAX || Object.keys(array).length !== array.length) return NOT_SMALL;
  const copy: unknown[] = [];
  for (const each of array) {
    const item = copyPart(each, progress);
    if (item === NOT_SMALL) return NOT_SMALL;
    copy.push(item);
  }
  return copy;
}
