/**
 * `IdentityTransformStream` and `FixedLengthStream`: a pipe for bytes. A write is done when its bytes
 * have been read, so nothing piles up between a fast writer and a slow reader.
 */
import { tag } from "../objects/arguments.js";

/** What may be asked of an `IdentityTransformStream`. */
export interface IdentityTransformStreamOptions {
  /** How many bytes a writer may be told to write ahead. */
  readonly highWaterMark?: number;
}

/** Says how many bytes will be written. */
let expect: (stream: IdentityTransformStream, bytes: bigint) => void;

/** Passes bytes on unchanged; its readable side can fill the reader's own buffers. */
export class IdentityTransformStream extends TransformStream<Uint8Array, Uint8Array> {
  readonly #pipe: BytePipe;

  static {
    expect = (stream, bytes) => stream.#pipe.expect(bytes);
  }

  constructor(options?: IdentityTransformStreamOptions) {
    super();
    this.#pipe = new BytePipe(options?.highWaterMark);
  }

  override get readable(): ReadableStream<Uint8Array> {
    return this.#pipe.readable;
  }

  override get writable(): WritableStream<Uint8Array> {
    return this.#pipe.writable;
  }
}

/** The same for a number of bytes that is known before; more or fewer are an error. */
export class FixedLengthStream extends IdentityTransformStream {
  constructor(expectedLength: number | bigint, options?: IdentityTransformStreamOptions) {
    const bytes = wholeBytes(expectedLength);
    super(options);
    expect(this, bytes);
  }
}

/** The number of bytes a readable side of a `FixedLengthStream` will give. */
export function knownLength(readable: unknown): bigint | undefined {
  return typeof readable === "object" && readable !== null ? lengths.get(readable) : undefined;
}

const lengths = new WeakMap<object, bigint>();

function wholeBytes(given: unknown): bigint {
  const number = typeof given === "bigint" ? given : Math.trunc(Number(given));
  if (Number.isNaN(number)) {
    throw new TypeError("The value cannot be converted because it is not an integer.");
  }
  if (number < 0) {
    const what = "it is negative and this API expects a positive bigint";
    throw new TypeError(`The value cannot be converted because ${what}.`);
  }
  if (number > Number.MAX_SAFE_INTEGER) {
    throw new TypeError("FixedLengthStream requires an integer expected length less than 2^53.");
  }
  return BigInt(number);
}

/** Puts both into `scope`. */
export function installBytePipes(scope: typeof globalThis): void {
  for (const [name, value] of Object.entries({ IdentityTransformStream, FixedLengthStream })) {
    Object.defineProperty(scope, name, {
      value,
      writable: true,
      enumerable: false,
      configurable: true,
    });
  }
}

class BytePipe {
  readonly readable: ReadableStream<Uint8Array>;
  readonly writable: WritableStream<Uint8Array>;
  #reader!: ReadableByteStreamController;
  #writer!: WritableStreamDefaultController;
  /** What was written and not yet read. */
  #chunk: Uint8Array | undefined;
  #written: { resolve: () => void; reject: (reason: unknown) => void } | undefined;
  #wanted: (() => void) | undefined;
  #ended = false;
  /** How many bytes are still to be written, if that is known. */
  #missing: bigint | undefined;

  constructor(highWaterMark: number | undefined) {
    this.readable = new ReadableStream({
      type: "bytes",
      start: (controller) => {
        this.#reader = controller;
      },
      pull: () => this.#pull(),
      cancel: (reason) => this.#cancel(reason),
    }) as ReadableStream<Uint8Array>;
    const ahead =
      highWaterMark === undefined ? {} : { highWaterMark, size: (chunk: unknown) => sizeOf(chunk) };
    this.writable = new WritableStream<Uint8Array>(
      {
        start: (controller) => {
          this.#writer = controller;
        },
        write: (chunk) => this.#write(bytesOf(chunk)),
        close: () => this.#close(),
        abort: (reason) => this.#fail(reason),
      },
      ahead,
    );
  }

  expect(bytes: bigint): void {
    this.#missing = bytes;
    lengths.set(this.readable, bytes);
  }

  #write(chunk: Uint8Array): Promise<void> | undefined {
    if (chunk.byteLength === 0) return undefined;
    if (this.#missing !== undefined) {
      this.#missing -= BigInt(chunk.byteLength);
      if (this.#missing < 0n) {
        const message = "Attempt to write too many bytes through a FixedLengthStream.";
        const error = new TypeError(message);
        this.#fail(error);
        throw error;
      }
    }
    return new Promise((resolve, reject) => {
      this.#chunk = chunk;
      this.#written = { resolve, reject };
      this.#hand();
    });
  }

  #close(): void {
    if (this.#missing !== undefined && this.#missing > 0n) {
      const message = "FixedLengthStream did not see all expected bytes before close().";
      this.#fail(new TypeError(message));
      return;
    }
    this.#ended = true;
    this.#reader.close();
    // A reader that waits with a buffer of its own gets it back empty.
    this.#reader.byobRequest?.respond(0);
    this.#satisfy();
  }

  #pull(): Promise<void> {
    return new Promise((resolve) => {
      this.#wanted = resolve;
      this.#hand();
    });
  }

  /** Gives what was written to a reader, if there are both. */
  #hand(): void {
    const chunk = this.#chunk;
    if (chunk === undefined || this.#wanted === undefined) return;
    const request = this.#reader.byobRequest;
    const view = request?.view;
    if (request === null || view === null || view === undefined) {
      this.#chunk = undefined;
      this.#reader.enqueue(new Uint8Array(chunk));
    } else {
      const bytes = Math.min(view.byteLength, chunk.byteLength);
      new Uint8Array(view.buffer, view.byteOffset, bytes).set(chunk.subarray(0, bytes));
      this.#chunk = bytes < chunk.byteLength ? chunk.subarray(bytes) : undefined;
      request.respond(bytes);
    }
    this.#satisfy();
    if (this.#chunk !== undefined) return;
    this.#written?.resolve();
    this.#written = undefined;
  }

  #satisfy(): void {
    const wanted = this.#wanted;
    this.#wanted = undefined;
    wanted?.();
  }

  #fail(reason: unknown): void {
    if (this.#ended) return;
    this.#ended = true;
    this.#reader.error(reason);
    this.#satisfy();
  }

  #cancel(reason: unknown): void {
    if (this.#ended) return;
    this.#ended = true;
    this.#chunk = undefined;
    this.#writer.error(reason);
    this.#written?.reject(reason);
    this.#written = undefined;
  }
}

const encoder = new TextEncoder();

function sizeOf(chunk: unknown): number {
  if (typeof chunk === "string") return Buffer.byteLength(chunk);
  return ArrayBuffer.isView(chunk) || chunk instanceof ArrayBuffer ? chunk.byteLength : 1;
}

function bytesOf(chunk: unknown): Uint8Array {
  if (typeof chunk === "string") return encoder.encode(chunk);
  if (ArrayBuffer.isView(chunk)) {
    return new Uint8Array(chunk.buffer, chunk.byteOffset, chunk.byteLength);
  }
  if (chunk instanceof ArrayBuffer) return new Uint8Array(chunk);
  throw new TypeError(
    "This TransformStream is being used as a byte stream, but received an object of " +
      "non-ArrayBuffer/ArrayBufferView type on its writable side.",
  );
}

tag(IdentityTransformStream, "IdentityTransformStream");
tag(FixedLengthStream, "FixedLengthStream");
