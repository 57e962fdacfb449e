/**
 * Streams that were sent: bytes cross one chunk at a time, each as a delivery of its own, after what
 * its maker had written was submitted.
 */
import {
  ReadableStream,
  type ReadableStreamDefaultReader,
  WritableStream,
  type WritableStreamDefaultWriter,
} from "node:stream/web";
import type { Activation } from "../lane/activation.js";
import { receiverOf } from "../lane/carry.js";
import { type Context, runIn } from "../lane/context.js";
import { hold } from "../lane/hold.js";
import type { Lane } from "../lane/lane.js";
import { HOST_GONE, WRITER_GONE } from "./capability.js";

/** The stream that `reader`'s was, made by `from` and read by `to`. */
export function receiveReadable(
  lane: Lane,
  reader: ReadableStreamDefaultReader<unknown>,
  from: Activation | undefined,
  to: Context | undefined,
): ReadableStream<Uint8Array> {
  const cancel = (reason: unknown): void => void reader.cancel(reason).catch(() => undefined);
  const release = hold(lane, from, cancel);
  const forget = to?.activation.onEnd(() => {
    release();
    cancel(to.activation.ended);
  });
  const end = (): void => {
    release();
    forget?.();
  };
  const maker = from && { activation: from, section: 0, depth: 0 };
  const bytes = {
    type: "bytes",
    async pull(controller: ReadableByteStreamController): Promise<void> {
      const receiver = receiverOf(to);
      try {
        const { done, value } = await runIn(maker, () => reader.read());
        if (from?.ended !== undefined) throw from.ended;
        const chunk = done ? undefined : bytesOf(value);
        await lane.cross(from, receiver);
        if (chunk === undefined) {
          end();
          controller.close();
          controller.byobRequest?.respond(0);
        } else if (chunk.length > 0) {
          controller.enqueue(new Uint8Array(chunk));
        } else {
          await bytes.pull(controller);
        }
      } catch (error) {
        end();
        cancel(error);
        await lane.cross(from?.ended === undefined ? from : undefined, receiver);
        controller.error(new Error(READER_GONE));
      }
    },
    cancel(reason: unknown): Promise<void> {
      end();
      return reader.cancel(reason);
    },
  };
  // The published types know byte sources only without a type parameter.
  const stream = new ReadableStream(bytes as object, { highWaterMark: 0 });
  abandoned.register(stream, end);
  return stream as ReadableStream<Uint8Array>;
}

interface ReadableByteStreamController {
  readonly byobRequest: { respond(bytes: number): void } | null;
  enqueue(chunk: Uint8Array): void;
  close(): void;
  error(error: unknown): void;
}

/** The stream that `writer`'s was, made by `from` and written to by `to`. */
export function receiveWritable(
  lane: Lane,
  writer: WritableStreamDefaultWriter<unknown>,
  from: Activation | undefined,
  to: Context | undefined,
): WritableStream<unknown> {
  const host = from && { activation: from, section: 0, depth: 0 };
  let open = true;
  const abort = (): void => {
    if (!open) return;
    end();
    lane.resume(host, () => runIn(host, () => void abortWriter(writer)));
  };
  const release = hold(lane, from, () => undefined);
  const forget = to?.activation.onEnd(abort);
  const end = (): void => {
    open = false;
    release();
    forget?.();
  };
  /** Has the host do something, and waits for it. */
  const perform = async (act: () => Promise<void>): Promise<void> => {
    const caller = receiverOf(to);
    if (from?.ended !== undefined) throw new Error(HOST_GONE);
    await lane.cross(caller?.activation, host);
    try {
      await runIn(host, act);
    } finally {
      await lane.cross(from?.ended === undefined ? from : undefined, caller);
    }
  };
  const stream = new WritableStream({
    write(chunk) {
      // What its sender does with the buffer afterwards does not show.
      const bytes = new Uint8Array(bytesOf(chunk));
      return perform(() => writer.write(bytes));
    },
    async close() {
      await perform(() => writer.close());
      end();
    },
    abort,
  });
  writer.closed.catch(() => undefined);
  abandoned.register(stream, abort);
  return stream;
}

function abortWriter(writer: WritableStreamDefaultWriter<unknown>): Promise<void> {
  return writer.abort(new Error(WRITER_GONE)).catch(() => undefined);
}

/** The bytes of a chunk; text is sent in UTF-8. */
function bytesOf(chunk: unknown): Uint8Array {
  if (chunk instanceof Uint8Array) return chunk;
  if (typeof chunk === "string") return new TextEncoder().encode(chunk);
  if (chunk instanceof ArrayBuffer) return new Uint8Array(chunk);
  if (ArrayBuffer.isView(chunk)) {
    return new Uint8Array(chunk.buffer, chunk.byteOffset, chunk.byteLength);
  }
  throw new TypeError(NO_BYTES);
}

/** Ends the streams that nobody can use any more. */
const abandoned = new FinalizationRegistry((end: () => void) => end());

const READER_GONE = "ReadableStream received over RPC disconnected prematurely.";
const NO_BYTES =
  "This TransformStream is being used as a byte stream, but received an object of " +
  "non-ArrayBuffer/ArrayBufferView type on its writable side.";
