/**
 * Values as they are stored: in the format of Node's `v8` module.
 *
 * Its functions make an object for every call. Numbers, strings and the like, which most programs store, are
 * written by one serialiser for all and read without any, to and from the same bytes.
 */
import { deserialize, Serializer, serialize } from "node:v8";
import { viewToArray } from "@miniflare/shared";
import { DurableObjectError } from "./error";

/** Serialises values that hold no others: it would write what it has seen before as a reference. */
const serializer = new Serializer();

/** Every value starts so; others were written by another V8. */
const FORMAT = serialize(null).subarray(0, 2);

/** The bytes of a value. */
export function serializeValue(value: unknown): Uint8Array {
  switch (typeof value) {
    case "number":
    case "string":
    case "boolean":
      serializer.writeHeader();
      serializer.writeValue(value);
      return viewToArray(serializer.releaseBuffer());
    default:
      return viewToArray(serialize(value));
  }
}

/** The value of bytes; throws an error that says what to do when they are not in this format. */
export function deserializeValue(bytes: Uint8Array): unknown {
  const primitive = deserializePrimitive(bytes);
  if (primitive !== undefined) return primitive;
  try {
    return deserialize(bytes);
  } catch (error) {
    throw new DurableObjectError(
      "ERR_DESERIALIZATION",
      "Unable to deserialize stored Durable Object data due to an invalid or unsupported version.\n" +
        "The Durable Object data storage format changed in Miniflare 2. " +
        "You cannot load Durable Object data created with Miniflare 1 and must delete it.",
      error as Error,
    );
  }
}

/** A value that is plain to see; `undefined` for all others. */
function deserializePrimitive(bytes: Uint8Array): number | string | boolean | null | undefined {
  if (!(bytes instanceof Uint8Array)) return undefined;
  if (bytes[0] !== FORMAT[0] || bytes[1] !== FORMAT[1]) return undefined;
  switch (bytes[2]) {
    case Tag.Integer:
      return integerAt(bytes, 3);
    case Tag.Double:
      return bytes.length < 11 ? undefined : doubleAt(bytes, 3);
    case Tag.Latin1:
      return latin1At(bytes, 3);
    case Tag.True:
      return true;
    case Tag.False:
      return false;
    case Tag.Null:
      return null;
    default:
      return undefined;
  }
}

const Tag = {
  Integer: 0x49,
  Double: 0x4e,
  Latin1: 0x22,
  True: 0x54,
  False: 0x46,
  Null: 0x30,
} as const;

/** An integer of at most four bytes, which hold 7 bits each, the lowest first, and the sign as lowest bit. */
function integerAt(bytes: Uint8Array, start: number): number | undefined {
  let folded = 0;
  for (let index = 0; index < 4; index++) {
    const byte = bytes[start + index];
    if (byte === undefined) return undefined;
    folded |= (byte & 0x7f) << (7 * index);
    if (byte < 0x80) return (folded >>> 1) ^ -(folded & 1);
  }
  return undefined;
}

function doubleAt({ buffer, byteOffset }: Uint8Array, start: number): number {
  return new DataView(buffer, byteOffset).getFloat64(start, true);
}

/** A string of less than 128 characters of one byte each. */
function latin1At(bytes: Uint8Array, start: number): string | undefined {
  const length = bytes[start];
  if (length === undefined || length >= 0x80) return undefined;
  const end = start + 1 + length;
  if (end > bytes.length) return undefined;
  return Buffer.prototype.latin1Slice.call(bytes, start + 1, end);
}
