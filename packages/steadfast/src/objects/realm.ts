/**
 * The realm of what V8 reads. Node's functions make objects of the realm that Node has begun with. Where a program
 * has globals of its own, as a test of Jest has, such objects would be no instances of its classes.
 */
import { types } from "node:util";
import { deserialize, serialize } from "node:v8";

/** Makes instances of this realm's classes of what was read. */
export function inThisRealm(value: unknown): unknown {
  if (prototypes.size > 0) adopt(value);
  return value;
}

function adopt(root: unknown): void {
  const seen = new Set<unknown>();
  const waiting = [root];
  while (waiting.length > 0) {
    const value = waiting.pop();
    if (typeof value !== "object" || value === null || seen.has(value)) continue;
    seen.add(value);
    const prototype = prototypes.get(Object.getPrototypeOf(value) as object);
    if (prototype !== undefined) Object.setPrototypeOf(value, prototype);
    for (const part of partsOf(value)) waiting.push(part);
  }
}

function partsOf(value: object): unknown[] {
  if (ArrayBuffer.isView(value)) return [];
  const own = Object.getOwnPropertyNames(value).map((key) => (value as never)[key]);
  if (types.isMap(value)) return [...own, ...value.keys(), ...value.values()];
  return types.isSet(value) ? [...own, ...value] : own;
}

/** One of each class that V8 reads. */
const SAMPLES: readonly object[] = [
  {},
  [],
  new Map(),
  new Set(),
  new Date(0),
  /./,
  ...[1, "", true, 1n].map(Object),
  ...[Error, EvalError, RangeError, ReferenceError, SyntaxError, TypeError, URIError].map(
    (Class) => new Class(),
  ),
  new ArrayBuffer(0),
  new DataView(new ArrayBuffer(0)),
  ...[Uint8Array, Uint8ClampedArray, Uint16Array, Uint32Array, BigUint64Array].map(
    (Class) => new Class(),
  ),
  ...[Int8Array, Int16Array, Int32Array, BigInt64Array, Float32Array, Float64Array].map(
    (Class) => new Class(),
  ),
];

/** The prototypes of Node's realm, with those of this one: none, where that is the same. */
const prototypes: ReadonlyMap<object, object> = new Map(
  SAMPLES.map((sample): [object, object] => [
    Object.getPrototypeOf(deserialize(serialize(sample))) as object,
    Object.getPrototypeOf(sample) as object,
  ]).filter(([there, here]) => there !== here),
);
