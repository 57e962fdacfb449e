/** How the entry worker's requests and responses meet the server. */
import { type ReadableByteStreamController, ReadableStream } from "node:stream/web";
import type { ByteStream } from "../web/body.js";
import { pack } from "../web/header-list.js";
import { type Response, rawResponseHeaders, takeResponseBody } from "../web/response.js";
import type { Lane } from "./lane.js";

/** Chunks of request bodies that user code waits for, by token. */
const reads = new WeakMap<Lane, Map<number, (chunk: Uint8Array | null, failure?: Error) => void>>();

/** The body of a request, read from the socket as it is asked for. */
export function requestStream(lane: Lane, request: number): ByteStream {
  const pull = (controller: ReadableByteStreamController): Promise<void> =>
    new Promise((resolve) => {
      const token = lane.token(undefined, () => undefined);
      readsOf(lane).set(token, (chunk, failure) => {
        if (failure !== undefined) controller.error(failure);
        else if (chunk !== null) controller.enqueue(new Uint8Array(chunk));
        else {
          controller.close();
          (controller.byobRequest as ByobRequest | null)?.respond(0);
        }
        resolve();
      });
      lane.native.readBody(request, token);
    });
  const source = { type: "bytes", pull, cancel: () => lane.native.cancelBody(request) };
  // The published types know byte sources only without a type parameter.
  return new ReadableStream(source as object, { highWaterMark: 0 }) as ByteStream;
}

interface ByobRequest {
  respond(bytes: number): void;
}

/** A chunk has come, or the end, or the client has gone. */
export function bodyArrived(
  lane: Lane,
  token: number,
  chunk: Uint8Array | null,
  failure: string | undefined,
): void {
  const waiting = readsOf(lane);
  const arrived = waiting.get(token);
  waiting.delete(token);
  lane.forget(token);
  arrived?.(chunk, failure === undefined ? undefined : new Error(failure));
}

/** Hands a response to the server, which holds it until everything it depends on is durable. */
export function sendResponse(lane: Lane, request: number, response: Response): void {
  const headers = pack(rawResponseHeaders(response));
  const body = takeResponseBody(response);
  if (response.statusText !== "") lane.native.setReason(request, response.statusText);
  if (body === null || typeof body === "string" || body instanceof Uint8Array) {
    lane.native.respond(request, response.status, headers, body);
    return;
  }
  lane.native.respondStream(request, response.status, headers);
  void pump(lane, request, body);
}

async function pump(lane: Lane, request: number, body: ByteStream): Promise<void> {
  const reader = body.getReader();
  try {
    for (;;) {
      const { done, value } = await reader.read();
      if (done) break;
      await room(lane, request, toBytes(value));
    }
    lane.native.endStream(request);
  } catch (error) {
    lane.native.abortStream(request, error instanceof Error ? error.message : String(error));
    await reader.cancel(error).catch(() => undefined);
  }
}

/** Writes a chunk, and waits while the client is slow. */
function room(lane: Lane, request: number, chunk: Uint8Array): Promise<void> | undefined {
  let ready: () => void = () => undefined;
  let gone: (error: Error) => void = () => undefined;
  const token = lane.token(undefined, (failure) => {
    if (failure === undefined) ready();
    else gone(failure);
  });
  lane.ensureTurn();
  if (lane.native.writeChunk(request, chunk, token)) {
    lane.forget(token);
    return undefined;
  }
  return new Promise((resolve, reject) => {
    ready = resolve;
    gone = reject;
  });
}

function toBytes(chunk: unknown): Uint8Array {
  if (chunk instanceof Uint8Array) return chunk;
  throw new TypeError(
    "This TransformStream is being used as a byte stream, but received a chunk of another type",
  );
}

function readsOf(lane: Lane): Map<number, (chunk: Uint8Array | null, failure?: Error) => void> {
  let map = reads.get(lane);
  if (map === undefined) {
    map = new Map();
    reads.set(lane, map);
  }
  return map;
}
