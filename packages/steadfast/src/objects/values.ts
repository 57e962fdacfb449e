/**
 * Stored values: structured clones in V8's format, version 15 with header, in the form workerd reads.
 *
 * Node's own `v8.serialize` wraps typed arrays in a way only Node reads; the base `Serializer` writes
 * V8's form. A pooled `Buffer` is copied first, or its whole 8 KiB pool would be stored.
 */
import { types } from "node:util";
import { DefaultDeserializer } from "node:v8";
import type { Stored } from "../binding.js";
import type { Compatibility } from "../compatibility.js";
import {
  errorProperties,
  type HostObject,
  isHostObject,
  ValueDeserializer,
  ValueSerializer,
} from "./host-objects.js";
import { deserializePlain, serializePlain } from "./plain-values.js";
import { inThisRealm } from "./realm.js";
import { refuseStub, refuseUnstorable } from "./unstorable.js";

/** The value as the addon takes it: a primitive it encodes itself, or the serialized bytes. */
export function encode(value: unknown, options: ErrorOptions = ENHANCED): Stored {
  switch (typeof value) {
    case "number":
    case "boolean":
      return value;
    case "object":
      return value === null ? null : serialize(value, options);
    default:
      return serialize(value, options);
  }
}

/** The value in its serialized form, also a primitive. */
export function encodeBytes(value: unknown, options: ErrorOptions = ENHANCED): Uint8Array {
  return serialize(value, options);
}

/** The value that {@link encode} was given, or workerd; always a fresh copy. */
export function decode(stored: Stored): unknown {
  return stored instanceof Uint8Array ? deserialize(stored) : stored;
}

/** The same of data that Node's own functions may have written too, as Miniflare 2 does. */
export function decodeStored(stored: Stored): unknown {
  try {
    return decode(stored);
  } catch (error) {
    const written = deserializeNodes(stored as Uint8Array);
    if (written === undefined) throw error;
    return written.value;
  }
}

/** Which form errors have: workerd's of 2026, or V8's own with class, message and stack alone. */
type ErrorOptions = Pick<Compatibility, "enhancedErrors">;
const ENHANCED: ErrorOptions = { enhancedErrors: true };

function serialize(value: unknown, options: ErrorOptions): Uint8Array {
  switch (typeof value) {
    case "number":
    case "string":
    case "boolean":
      return serializePlain(value);
  }
  const serializer = new ValueSerializer();
  serializer.writeHeader();
  const replacing = needsReplacing(value, options, new Set());
  serializer.writeValue(replacing ? replaced(value, options, serializer) : value);
  return serializer.releaseBuffer();
}

function deserialize(bytes: Uint8Array): unknown {
  const plain = deserializePlain(bytes);
  if (plain !== undefined) return plain;
  const headered = bytes[0] === HEADER ? bytes : Buffer.concat([HEADER_OF_VERSION_13, bytes]);
  const deserializer = new ValueDeserializer(headered);
  deserializer.readHeader();
  return inThisRealm(deserializer.readValue());
}

/**
 * A value with typed arrays in Node's form; `undefined` if the bytes are something else. It has the tag of host
 * objects and the numbers of workerd's, so what counts is that it goes to the last byte.
 */
function deserializeNodes(bytes: Uint8Array): { value: unknown } | undefined {
  if (!bytes.includes(HOST_OBJECT)) return undefined;
  const deserializer = new DefaultDeserializer(bytes);
  try {
    deserializer.readHeader();
    const value = inThisRealm(deserializer.readValue());
    return isAtEnd(deserializer) ? { value } : undefined;
  } catch {
    return undefined;
  }
}

function isAtEnd(deserializer: DefaultDeserializer): boolean {
  try {
    deserializer.readRawBytes(1);
    return false;
  } catch {
    return true;
  }
}

const HOST_OBJECT = 0x5c;
const HEADER = 0xff;
const HEADER_OF_VERSION_13 = Uint8Array.of(HEADER, 0x0d);

/** Whether V8 would write something in the value otherwise than workerd. Refuses what cannot be stored. */
function needsReplacing(value: unknown, options: ErrorOptions, seen: Set<object>): boolean {
  if (typeof value === "function") refuseStub(value);
  if (typeof value !== "object" || value === null || seen.has(value)) return false;
  seen.add(value);
  if (isPooled(value)) return true;
  if (isStoodIn(value, options)) {
    refuseUnstorable(value);
    return true;
  }
  let found = false;
  if (value instanceof Map) {
    for (const [key, item] of value) {
      found = needsReplacing(key, options, seen) || found;
      found = needsReplacing(item, options, seen) || found;
    }
  } else if (value instanceof Set) {
    for (const item of value) found = needsReplacing(item, options, seen) || found;
  } else if (isContainer(value)) {
    for (const key of Object.keys(value)) {
      found = needsReplacing((value as Record<string, unknown>)[key], options, seen) || found;
    }
  }
  return found;
}

/** A copy of the value with stand-ins for what V8 would write otherwise; cycles are kept. */
function replaced(root: unknown, options: ErrorOptions, serializer: ValueSerializer): unknown {
  const copies = new Map<object, object>();
  const copy = (value: unknown): unknown => {
    if (typeof value !== "object" || value === null) return value;
    const known = copies.get(value);
    if (known !== undefined) return known;
    if (isStoodIn(value, options)) {
      return serializer.standInFor(value, () => copy(errorProperties(value as Error)) as object);
    }
    if (isPooled(value)) return remember(copies, value, new Uint8Array(value));
    return copiedParts(value, copies, copy);
  };
  return copy(root);
}

function copiedParts(
  value: object,
  copies: Map<object, object>,
  copy: (value: unknown) => unknown,
): object {
  if (value instanceof Map) {
    const map = remember(copies, value, new Map<unknown, unknown>());
    for (const [key, item] of value) map.set(copy(key), copy(item));
    return map;
  }
  if (value instanceof Set) {
    const set = remember(copies, value, new Set<unknown>());
    for (const item of value) set.add(copy(item));
    return set;
  }
  if (!isContainer(value) || !isCopied(value)) return value;
  const made: object = Array.isArray(value) ? value.slice() : {};
  remember(copies, value, made);
  for (const key of Object.keys(value)) {
    const item = copy((value as Record<string, unknown>)[key]);
    Object.defineProperty(made, key, {
      value: item,
      enumerable: true,
      configurable: true,
      writable: true,
    });
  }
  return made;
}

function remember<T extends object>(copies: Map<object, object>, value: object, made: T): T {
  copies.set(value, made);
  return made;
}

/** Whether the object is written in workerd's form rather than V8's. */
function isStoodIn(value: object, { enhancedErrors }: ErrorOptions): value is HostObject {
  if (!isHostObject(value)) return false;
  return enhancedErrors || !(value instanceof Error) || value instanceof DOMException;
}

/** Whether V8 writes the object as its properties. Refuses objects of the platform that it would empty. */
function isContainer(value: object): boolean {
  const prototype = Object.getPrototypeOf(value) as object | null;
  if (prototype === Object.prototype || prototype === null || Array.isArray(value)) return true;
  if (ArrayBuffer.isView(value) || types.isAnyArrayBuffer(value) || types.isBoxedPrimitive(value))
    return false;
  if (value instanceof Date || value instanceof RegExp || types.isPromise(value)) return false;
  refuseUnstorable(value);
  return true;
}

/** Whether a copy made of its properties is written as the object itself is. */
function isCopied(value: object): boolean {
  if (types.isProxy(value)) return false;
  return Array.isArray(value) || Object.prototype.toString.call(value) === "[object Object]";
}

function isPooled(value: object): value is Buffer {
  return Buffer.isBuffer(value) && value.byteLength < value.buffer.byteLength;
}
