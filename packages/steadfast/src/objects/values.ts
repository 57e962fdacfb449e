/**
 * Stored values: structured clones in V8's format, version 15 with header, in the form workerd reads.
 *
 * Node's own `v8.serialize` wraps typed arrays in a way only Node reads; the base `Serializer` writes
 * V8's form. A pooled `Buffer` is copied first, or its whole 8 KiB pool would be stored.
 */
import { Deserializer, Serializer } from "node:v8";
import type { Stored } from "../binding.js";
import { DurableObjectId } from "./id.js";
import { DurableObjectNamespace } from "./namespace.js";

/** The value as the addon takes it: a primitive it encodes itself, or the serialized bytes. */
export function encode(value: unknown): Stored {
  switch (typeof value) {
    case "number":
    case "boolean":
      return value;
    case "object":
      return value === null ? null : serialize(storable(value, new Map()));
    default:
      return serialize(value);
  }
}

/** The value as user code gets it; always a fresh copy. */
export function decode(stored: Stored): unknown {
  return stored instanceof Uint8Array ? deserialize(stored) : stored;
}

function serialize(value: unknown): Uint8Array {
  const serializer = new Serializer();
  serializer.writeHeader();
  try {
    serializer.writeValue(value);
  } catch (error) {
    throw error instanceof Error ? new DOMException(error.message, "DataCloneError") : error;
  }
  return serializer.releaseBuffer();
}

function deserialize(bytes: Uint8Array): unknown {
  const headered = bytes[0] === HEADER ? bytes : Buffer.concat([HEADER_OF_VERSION_13, bytes]);
  const deserializer = new Deserializer(headered);
  deserializer.readHeader();
  return deserializer.readValue();
}

const HEADER = 0xff;
const HEADER_OF_VERSION_13 = Uint8Array.of(HEADER, 0x0d);

/**
 * Refuses API objects that cannot be stored, and copies pooled buffers out of their pool. Returns the
 * value itself unless something in it had to be copied.
 */
function storable(value: object, seen: Map<object, object>): object {
  const known = seen.get(value);
  if (known !== undefined) return known;
  seen.set(value, value);
  if (ArrayBuffer.isView(value)) return copiedOutOfPool(value);
  const prototype = Object.getPrototypeOf(value) as object | null;
  if (prototype === Object.prototype)
    return storableEntries(value as Record<string, unknown>, seen);
  if (Array.isArray(value)) return storableItems(value, seen);
  if (value instanceof Map) return storableMap(value, seen);
  if (value instanceof Set) return storableSet(value, seen);
  refuseApiObject(value);
  return value;
}

function storableItem(item: unknown, seen: Map<object, object>): unknown {
  return typeof item === "object" && item !== null ? storable(item, seen) : item;
}

function storableEntries(value: Record<string, unknown>, seen: Map<object, object>): object {
  let copy: Record<string, unknown> | undefined;
  for (const key of Object.keys(value)) {
    const item = value[key];
    const stored = storableItem(item, seen);
    if (stored === item) continue;
    copy ??= { ...value };
    copy[key] = stored;
  }
  return copy ?? value;
}

function storableItems(value: unknown[], seen: Map<object, object>): object {
  let copy: unknown[] | undefined;
  for (const [at, item] of value.entries()) {
    const stored = storableItem(item, seen);
    if (stored === item) continue;
    copy ??= value.slice();
    copy[at] = stored;
  }
  return copy ?? value;
}

function storableMap(value: Map<unknown, unknown>, seen: Map<object, object>): object {
  let changed = false;
  const copy = new Map<unknown, unknown>();
  for (const [key, item] of value) {
    const stored = storableItem(item, seen);
    changed ||= stored !== item;
    copy.set(storableItem(key, seen), stored);
  }
  return changed ? copy : value;
}

function storableSet(value: Set<unknown>, seen: Map<object, object>): object {
  const items = [...value].map((item) => storableItem(item, seen));
  const changed = items.some((item) => !value.has(item));
  return changed ? new Set(items) : value;
}

function copiedOutOfPool(view: ArrayBufferView): object {
  if (Buffer.isBuffer(view) && view.byteLength < view.buffer.byteLength)
    return new Uint8Array(view);
  return view;
}

/** Objects of the platform whose state V8 cannot see: stored, they would come back empty. */
function refuseApiObject(value: object): void {
  const name = apiClassOf(value);
  if (name === undefined) return;
  const text =
    name === "Response" || name === "ReadableStream"
      ? "ReadableStream can only be serialized for RPC."
      : `Could not serialize object of type "${name}". This type does not support serialization.`;
  throw new DOMException(text, "DataCloneError");
}

function apiClassOf(value: object): string | undefined {
  if (value instanceof DurableObjectId) return "DurableObjectId";
  if (value instanceof DurableObjectNamespace) return "DurableObjectNamespace";
  for (const name of API_CLASSES) {
    const known: unknown = (globalThis as Record<string, unknown>)[name];
    if (typeof known === "function" && value instanceof known) return name;
  }
  return undefined;
}

const API_CLASSES = [
  "Request",
  "Response",
  "Headers",
  "URL",
  "URLSearchParams",
  "FormData",
  "Blob",
  "ReadableStream",
  "WritableStream",
  "TransformStream",
  "AbortController",
  "AbortSignal",
  "WebSocket",
  "Event",
  "EventTarget",
] as const;
