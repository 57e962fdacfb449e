/** How the entry worker's requests and responses meet the server. */
import {
  type ReadableByteStreamController,
  ReadableStream,
  type ReadableStreamDefaultReader,
} from "node:stream/web";
import { knownLength } from "../globals/byte-pipe.js";
import { passSocket } from "../sockets/transfer.js";
import type { ByteStream } from "../web/body.js";
import { pack, unpack, withoutName } from "../web/header-list.js";
import { type Response, rawResponseHeaders, takeResponseBody } from "../web/response.js";
import type { Lane } from "./lane.js";

/** Chunks of request bodies that user code waits for, by token. */
const reads = new WeakMap<Lane, Map<number, (chunk: Uint8Array | null, failure?: Error) => void>>();

/** Response bodies that are being sent, by request. */
const readers = new WeakMap<Lane, Map<number, ReadableStreamDefaultReader<Uint8Array>>>();

/** The body of a request, read from the socket as it is asked for. */
export function requestStream(lane: Lane, request: number): ByteStream {
  let token = 0;
  const forget = (): void => {
    readsOf(lane).delete(token);
    lane.forget(token);
  };
  const pull = (controller: ReadableByteStreamController): Promise<void> =>
    new Promise((resolve) => {
      token = lane.token(undefined, () => undefined);
      readsOf(lane).set(token, (chunk, failure) => {
        if (failure !== undefined) controller.error(failure);
        else if (chunk !== null) controller.enqueue(new Uint8Array(chunk));
        else {
          controller.close();
          (controller.byobRequest as ByobRequest | null)?.respond(0);
        }
        resolve();
      });
      try {
        lane.native.readBody(request, token);
      } catch (error) {
        forget();
        controller.error(new TypeError((error as Error).message));
        resolve();
      }
    });
  const cancel = (): void => {
    forget();
    lane.native.cancelBody(request);
  };
  const source = { type: "bytes", pull, cancel };
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
  const { webSocket } = response;
  if (webSocket !== null) {
    lane.native.respondSocket(request, headers, passSocket(lane, webSocket));
    return;
  }
  const body = takeResponseBody(response);
  if (response.statusText !== "") lane.native.setReason(request, response.statusText);
  if (body === null || typeof body === "string" || body instanceof Uint8Array) {
    lane.native.respond(request, response.status, headers, body);
    return;
  }
  const length = knownLength(body);
  const framed = length === undefined ? headers : withLength(headers, length);
  lane.native.respondStream(request, response.status, framed);
  void pump(lane, request, body);
}

/** `headers` with the length of the body instead of what they said of it. */
function withLength(headers: string, length: bigint): string {
  return pack([...withoutName(unpack(headers), "content-length"), "content-length", `${length}`]);
}

async function pump(lane: Lane, request: number, body: ByteStream): Promise<void> {
  const reader = body.getReader();
  const pumping = readersOf(lane);
  pumping.set(request, reader);
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
  } finally {
    pumping.delete(request);
  }
}

/** The client has gone: nobody wants the rest of a response. */
export function readerGone(lane: Lane, request: number): void {
  const reader = readersOf(lane).get(request);
  reader?.cancel(new Error("the client has disconnected")).catch(() => undefined);
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
  return ofLane(reads, lane);
}

function readersOf(lane: Lane): Map<number, ReadableStreamDefaultReader<Uint8Array>> {
  return ofLane(readers, lane);
}

function ofLane<T>(maps: WeakMap<Lane, Map<number, T>>, lane: Lane): Map<number, T> {
  let map = maps.get(lane);
  if (map === undefined) {
    map = new Map();
    maps.set(lane, map);
  }
  return map;
}
