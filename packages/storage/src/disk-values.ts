/** How a `DiskStorage` keeps what belongs to a value: `docs/formats.md`, "Values of `DiskStorage`". */
import type { StoredMeta, StoredValueMeta } from "@miniflare/shared";

/** The bytes to store. */
export function encodeValue({ value, expiration, metadata }: StoredValueMeta): Uint8Array {
  const text = metadata === undefined ? undefined : JSON.stringify(metadata);
  if (expiration === undefined && text === undefined && value[0] === SERIALIZED) return value;
  const json = text === undefined ? undefined : Buffer.from(text);
  const head = Buffer.alloc(
    FLAGS_END +
      (expiration === undefined ? 0 : EXPIRATION_BYTES) +
      (json === undefined ? 0 : LENGTH_BYTES + json.length),
  );
  let at = FLAGS_END;
  if (expiration !== undefined) {
    head[FLAGS] = HAS_EXPIRATION;
    at = head.writeDoubleLE(expiration, at);
  }
  if (json !== undefined) {
    head[FLAGS] = (head[FLAGS] as number) | HAS_METADATA;
    at = head.writeUInt32LE(json.length, at);
    json.copy(head, at);
  }
  return Buffer.concat([head, value]);
}

/** What was stored as these bytes. */
export function decodeValue<Meta>(stored: Uint8Array): StoredValueMeta<Meta> {
  const { end, expiration, metadata } = readHead<Meta>(stored);
  return { value: bytesFrom(stored, end), expiration, metadata };
}

/** What belongs to a value, from what is in front of it; `null` for nothing. */
export function decodeHead<Meta>(head: Uint8Array | null): StoredMeta<Meta> {
  if (head === null) return { expiration: undefined, metadata: undefined };
  const { expiration, metadata } = readHead<Meta>(head);
  return { expiration, metadata };
}

function readHead<Meta>(stored: Uint8Array): StoredMeta<Meta> & { end: number } {
  if (stored[0] !== HEADED) return { end: 0, expiration: undefined, metadata: undefined };
  const bytes = Buffer.from(stored.buffer, stored.byteOffset, stored.byteLength);
  const flags = bytes[FLAGS] as number;
  let end = FLAGS_END;
  let expiration: number | undefined;
  let metadata: Meta | undefined;
  if (flags & HAS_EXPIRATION) {
    expiration = bytes.readDoubleLE(end);
    end += EXPIRATION_BYTES;
  }
  if (flags & HAS_METADATA) {
    const start = end + LENGTH_BYTES;
    end = start + bytes.readUInt32LE(end);
    metadata = JSON.parse(bytes.toString("utf8", start, end)) as Meta;
  }
  return { end, expiration, metadata };
}

/** The bytes from a place on, as a plain array over the same memory. */
function bytesFrom(stored: Uint8Array, start: number): Uint8Array {
  return new Uint8Array(stored.buffer, stored.byteOffset + start, stored.byteLength - start);
}

/** What a value in V8's format begins with. */
const SERIALIZED = 0xff;
/** What a value with something in front begins with. */
const HEADED = 0;
const FLAGS = 1;
const FLAGS_END = 2;
const HAS_EXPIRATION = 1;
const HAS_METADATA = 2;
const EXPIRATION_BYTES = 8;
const LENGTH_BYTES = 4;
