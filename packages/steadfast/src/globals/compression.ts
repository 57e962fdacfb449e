/**
 * `CompressionStream` and `DecompressionStream`. Node's own give what they make whenever another thread has
 * made it; here each chunk that is written is computed as a whole, with the object's gate closed.
 */
import { type Transformer, TransformStream } from "node:stream/web";
import zlib, { type Gunzip, type Gzip } from "node:zlib";
import { alone } from "../lane/alone.js";

type Codec = Gzip | Gunzip;

/** What is made before anybody reads it: a writer that is not read from waits then. */
const AHEAD = { highWaterMark: 64 * 1024, size: (chunk: Uint8Array) => chunk.byteLength };

const COMPRESSORS: Readonly<Record<string, () => Codec>> = {
  deflate: () => zlib.createDeflate(),
  "deflate-raw": () => zlib.createDeflateRaw(),
  gzip: () => zlib.createGzip(),
};
const DECOMPRESSORS: Readonly<Record<string, () => Codec>> = {
  deflate: () => zlib.createInflate(),
  "deflate-raw": () => zlib.createInflateRaw(),
  gzip: () => zlib.createGunzip(),
};

export class CompressionStream extends TransformStream<unknown, Uint8Array> {
  constructor(format: string) {
    super(transformer(codecOf(COMPRESSORS, "CompressionStream", format)), undefined, AHEAD);
  }
}

export class DecompressionStream extends TransformStream<unknown, Uint8Array> {
  constructor(format: string) {
    super(transformer(codecOf(DECOMPRESSORS, "DecompressionStream", format)), undefined, AHEAD);
  }
}

for (const Class of [CompressionStream, DecompressionStream]) {
  Object.defineProperty(Class.prototype, Symbol.toStringTag, {
    value: Class.name,
    configurable: true,
  });
}

/** Puts both into `scope`. */
export function installCompression(scope: typeof globalThis): void {
  for (const value of [CompressionStream, DecompressionStream]) {
    Object.defineProperty(scope, value.name, { value, writable: true, configurable: true });
  }
}

function codecOf(makers: typeof COMPRESSORS, className: string, format: unknown): Codec {
  if (format === undefined) {
    const what = "constructor parameter 1 is not of type 'string'.";
    throw new TypeError(`Failed to construct '${className}': ${what}`);
  }
  const make = Object.hasOwn(makers, `${format}`) ? makers[`${format}`] : undefined;
  if (make !== undefined) return make();
  throw new TypeError("The compression format must be either 'deflate', 'deflate-raw' or 'gzip'.");
}

function transformer(codec: Codec): Transformer<unknown, Uint8Array> {
  let given = 0;
  let failure: Error | undefined;
  let failed: ((error: Error) => void) | undefined;
  codec.on("error", (error: NodeJS.ErrnoException) => {
    failure = new TypeError(error.code === "Z_BUF_ERROR" ? INCOMPLETE : FAILED);
    failed?.(failure);
  });
  /** Computes until `begin` is told that it is done. */
  const compute = (begin: (done: () => void) => void): Promise<void> =>
    alone(
      new Promise<void>((resolve, reject) => {
        failed = reject;
        if (failure !== undefined) reject(failure);
        else begin(resolve);
      }),
    );
  return {
    start(controller) {
      codec.on("data", (made: Buffer) => controller.enqueue(new Uint8Array(made)));
    },
    transform(chunk) {
      const bytes = bytesOf(chunk);
      given += bytes.byteLength;
      return compute((done) => codec.write(bytes, done));
    },
    async flush() {
      await compute((done) => codec.once("end", done).end());
      if (codec.bytesWritten < given) throw new TypeError(TRAILING);
    },
  };
}

function bytesOf(chunk: unknown): Uint8Array {
  if (typeof chunk === "string") return Buffer.from(chunk);
  if (chunk instanceof ArrayBuffer) return new Uint8Array(chunk);
  if (ArrayBuffer.isView(chunk)) {
    return new Uint8Array(chunk.buffer, chunk.byteOffset, chunk.byteLength);
  }
  throw new TypeError(
    "This TransformStream is being used as a byte stream, but received an object of non-ArrayBuffer/ArrayBufferView type on its writable side.",
  );
}

const FAILED = "Decompression failed.";
const INCOMPLETE = "Called close() on a decompression stream with incomplete data";
const TRAILING = "Trailing bytes after end of compressed data";
