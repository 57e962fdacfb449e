/**
 * Values that hold no others, which most programs store: written by one serializer for all, read without any, in
 * the same bytes. Making one for each value costs more than the value.
 */
import { Serializer } from "node:v8";

/** It would write an object it has seen before as a reference, so it is for these values alone. */
const serializer = new Serializer();

/** The bytes of a number, a text or a boolean. */
export function serializePlain(value: number | string | boolean): Uint8Array {
  serializer.writeHeader();
  serializer.writeValue(value);
  return serializer.releaseBuffer();
}

/** The value, if it is plain to see; `undefined` for all others. */
export function deserializePlain(bytes: Uint8Array): number | string | boolean | null | undefined {
  if (bytes[0] !== HEADER || bytes[1] !== VERSION) return undefined;
  switch (bytes[2]) {
    case Tag.Integer:
      return integerIn(bytes);
    case Tag.Double:
      return bytes.length < DOUBLE_END ? undefined : doubleIn(bytes);
    case Tag.Latin1:
      return latin1In(bytes);
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

const HEADER = 0xff;
const VERSION = 0x0f;
const Tag = {
  Integer: 0x49,
  Double: 0x4e,
  Latin1: 0x22,
  True: 0x54,
  False: 0x46,
  Null: 0x30,
} as const;
/** Where the value begins. */
const START = 3;
const DOUBLE_END = START + 8;

/** An integer in at most four bytes of 7 bits each, the lowest first; its lowest bit is the sign. */
function integerIn(bytes: Uint8Array): number | undefined {
  let folded = 0;
  for (let at = 0; at < 4; at++) {
    const byte = bytes[START + at];
    if (byte === undefined) return undefined;
    folded |= (byte & 0x7f) << (7 * at);
    if (byte < 0x80) return (folded >>> 1) ^ -(folded & 1);
  }
  return undefined;
}

function doubleIn({ buffer, byteOffset }: Uint8Array): number {
  return new DataView(buffer, byteOffset).getFloat64(START, true);
}

/** A text of less than 128 characters of one byte each. */
function latin1In(bytes: Uint8Array): string | undefined {
  const length = bytes[START] as number;
  const end = START + 1 + length;
  if (!(length < 0x80) || end > bytes.length) return undefined;
  return Buffer.prototype.latin1Slice.call(bytes, START + 1, end);
}
