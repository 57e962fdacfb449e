/**
 * Streams of bytes that one lane makes and another reads. A chunk is sent when it is asked for, and the
 * reader asks for a little ahead, so a slow one holds the maker back.
 */
import {
  ReadableStream,
  type ReadableStreamDefaultReader,
  WritableStream,
  type WritableStreamDefaultWriter,
} from "node:stream/web";
import { HOST_GONE, WRITER_GONE } from "../rpc/capability.js";
import type { ByteStream } from "../web/body.js";
import { type Parcel, packError, unpackError } from "./message.js";

/** How much a stream is read ahead of its reader. */
const READ_AHEAD_BYTES = 64 * 1024;

/** The streams between this lane and one other. Both ends speak outside of objects. */
export class Streams {
  readonly #send: (parcel: Parcel) => void;
  /** What the other lane reads, by number. */
  readonly #given = new Map<number, ReadableStreamDefaultReader<Uint8Array>>();
  /** What this lane waits for, by number. */
  readonly #awaited = new Map<number, Awaited>();
  /** What the other lane writes to, by number. */
  readonly #sinks = new Map<number, WritableStreamDefaultWriter<unknown>>();
  /** Writes of this lane that wait, by stream. */
  readonly #writes = new Map<number, Settle>();
  readonly #unread = new FinalizationRegistry((stream: number) => this.#cancelled(stream));
  #last = 0;

  constructor(send: (parcel: Parcel) => void) {
    this.#send = send;
  }

  /** Lets the other lane read `source`, under the number that is returned. */
  give(source: ByteStream): number {
    this.#last += 1;
    this.#given.set(this.#last, source.getReader());
    return this.#last;
  }

  /** The stream that the other lane has given under `stream`. */
  take(stream: number): ByteStream {
    const taken = new ReadableStream<Uint8Array>(
      {
        pull: (controller) =>
          new Promise((resolve) => {
            this.#awaited.set(stream, { controller, resolve });
            this.#send({ message: ["pull", stream] });
          }),
        cancel: () => this.#cancelled(stream),
      },
      new ByteLengthQueuingStrategy({ highWaterMark: READ_AHEAD_BYTES }),
    );
    this.#unread.register(taken, stream);
    return taken;
  }

  /** Lets the other lane write to `sink`, under the number that is returned. */
  giveWritable(sink: WritableStream<unknown>): number {
    this.#last += 1;
    const writer = sink.getWriter();
    // Whoever writes is told.
    writer.closed.catch(() => undefined);
    this.#sinks.set(this.#last, writer);
    return this.#last;
  }

  /** The stream to write to that the other lane has given under `stream`. */
  takeWritable(stream: number): WritableStream<unknown> {
    const written = (parcel: Parcel): Promise<void> =>
      new Promise((resolve, reject) => {
        this.#writes.set(stream, { resolve, reject });
        this.#send(parcel);
      });
    return new WritableStream({
      write: (chunk) =>
        written({ message: ["write", stream], bytes: new Uint8Array(chunk as ArrayBuffer) }),
      close: () => written({ message: ["close", stream] }),
      abort: () => this.#send({ message: ["abort", stream] }),
    });
  }

  /** The other lane has written a chunk. */
  write(stream: number, chunk: Uint8Array): void {
    const writer = this.#sinks.get(stream);
    this.#take(stream, writer?.write(new Uint8Array(chunk).buffer));
  }

  /** The other lane has nothing more to write. */
  close(stream: number): void {
    const writer = this.#sinks.get(stream);
    this.#sinks.delete(stream);
    this.#take(stream, writer?.close());
  }

  /** The other lane will not write the rest. */
  abort(stream: number): void {
    const writer = this.#sinks.get(stream);
    this.#sinks.delete(stream);
    writer?.abort(new Error(WRITER_GONE)).catch(() => undefined);
  }

  /** What this lane wrote has been taken, or has not. */
  written(stream: number, failure: unknown): void {
    const write = this.#writes.get(stream);
    this.#writes.delete(stream);
    if (failure === undefined) write?.resolve();
    else write?.reject(failure);
  }

  /** Tells the other lane what becomes of a write. */
  #take(stream: number, taken: Promise<void> | undefined): void {
    const outcome = taken ?? Promise.reject(new Error(HOST_GONE));
    outcome.then(
      () => this.#send({ message: ["written", stream] }),
      (error: unknown) => {
        this.#sinks.delete(stream);
        this.#send({ message: ["broken", stream], bytes: packError(error) });
      },
    );
  }

  /** The reader wants a chunk. */
  pulled(stream: number): void {
    const reader = this.#given.get(stream);
    if (reader === undefined) return;
    reader.read().then(
      ({ done, value }) => {
        if (!done) {
          this.#send({ message: ["chunk", stream], bytes: value });
          return;
        }
        this.#given.delete(stream);
        this.#send({ message: ["end", stream] });
      },
      (error: unknown) => {
        this.#given.delete(stream);
        this.#send({ message: ["fail", stream], bytes: packError(error) });
      },
    );
  }

  /** A chunk has come. */
  arrived(stream: number, chunk: Uint8Array): void {
    this.#settle(stream, (controller) => controller.enqueue(new Uint8Array(chunk)));
  }

  ended(stream: number): void {
    this.#settle(stream, (controller) => controller.close());
  }

  failed(stream: number, bytes: Uint8Array | undefined): void {
    this.#settle(stream, (controller) => controller.error(unpackError(bytes)));
  }

  /** The other lane does not read on. */
  cancelled(stream: number): void {
    const reader = this.#given.get(stream);
    this.#given.delete(stream);
    reader?.cancel().catch(() => undefined);
  }

  /** The other lane has died: what it made fails with `error`, what it read is not read on. */
  lost(error: Error): void {
    for (const stream of this.#awaited.keys()) {
      this.#settle(stream, (controller) => controller.error(error));
    }
    for (const stream of this.#given.keys()) this.cancelled(stream);
    for (const stream of this.#writes.keys()) this.written(stream, error);
    for (const stream of this.#sinks.keys()) this.abort(stream);
  }

  #settle(
    stream: number,
    settle: (controller: ReadableStreamDefaultController<Uint8Array>) => void,
  ): void {
    const awaited = this.#awaited.get(stream);
    if (awaited === undefined) return;
    this.#awaited.delete(stream);
    settle(awaited.controller);
    awaited.resolve();
  }

  #cancelled(stream: number): void {
    this.#awaited.delete(stream);
    this.#send({ message: ["cancel", stream] });
  }
}

interface Settle {
  readonly resolve: () => void;
  readonly reject: (error: unknown) => void;
}

interface Awaited {
  readonly controller: ReadableStreamDefaultController<Uint8Array>;
  readonly resolve: () => void;
}
