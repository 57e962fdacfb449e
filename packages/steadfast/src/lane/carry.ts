/**
 * How requests and responses look on the other side of a call: new objects with immutable headers
 * and the same body. Every chunk of a streamed body crosses as a delivery of its own, after what its
 * maker had written was submitted.
 */
import { STATUS_CODES } from "node:http";
import { ReadableStream } from "node:stream/web";
import { remoteError } from "../errors.js";
import { wireUrl } from "../objects/redirect.js";
import { passSocket, socketNumbered } from "../sockets/transfer.js";
import type { ByteStream, PlainBody } from "../web/body.js";
import { type PackedHeaders, pack } from "../web/header-list.js";
import {
  type Request,
  rawRequestHeaders,
  requestFromParts,
  takeRequestBody,
} from "../web/request.js";
import {
  handshakeResponse,
  locateResponse,
  type Response,
  rawResponseHeaders,
  responseFromParts,
  takeResponseBody,
  withBodyThrough,
} from "../web/response.js";
import type { Activation } from "./activation.js";
import { type Context, currentContext, runIn } from "./context.js";
import { hold } from "./hold.js";
import type { Lane } from "./lane.js";

/** A request that was sent: what becomes of the sender's own afterwards does not show. */
export interface SentRequest {
  readonly method: string;
  readonly url: string;
  readonly headers: PackedHeaders;
  readonly body: PlainBody | ByteStream | null;
  readonly cf: object | undefined;
}

/** Takes what a request consists of; the request is used up. */
export function takeRequest(request: Request): SentRequest {
  const { method, url, cf } = request;
  const headers = pack(rawRequestHeaders(request));
  return { method, url: wireUrl(url), headers, body: takeRequestBody(request), cf };
}

/** The request as its receiver sees it. */
export function carryRequest(
  lane: Lane,
  { method, url, headers, body, cf }: SentRequest,
  from: Context | undefined,
  to: Context | undefined,
): Request {
  return requestFromParts(method, url, headers, carryBody(lane, body, from?.activation, to), cf);
}

/** A response from outside as an object sees it: its body arrives through the input gate. */
export function carryFetched(lane: Lane, response: Response, to: Context): Response {
  return withBodyThrough(response, (body) => crossingStream(lane, body, undefined, to));
}

/** The response as the caller sees it; `url` is what the request asked for. */
export function carryResponse(
  lane: Lane,
  response: Response,
  url: string,
  from: Activation | undefined,
  to: Context | undefined,
): Response {
  const { status, webSocket } = response;
  if (webSocket !== null) {
    const carried = socketNumbered(lane, passSocket(lane, webSocket));
    return locateResponse(handshakeResponse(rawResponseHeaders(response), carried), url, false);
  }
  const body = carryBody(lane, takeResponseBody(response), from, to);
  const statusText = response.statusText || (STATUS_CODES[status] ?? "");
  const carried = responseFromParts(status, statusText, rawResponseHeaders(response), body);
  return locateResponse(carried, url, false);
}

/** The body as the receiver reads it. */
export function carryBody(
  lane: Lane,
  body: PlainBody | ByteStream | null,
  from: Activation | undefined,
  to: Context | undefined,
): PlainBody | ByteStream | null {
  if (body === null || typeof body === "string" || body instanceof Uint8Array) return body;
  return crossingStream(lane, body, from, to);
}

/** `source`, read by `to`. Its maker stays in memory until it has ended. */
function crossingStream(
  lane: Lane,
  source: ByteStream,
  from: Activation | undefined,
  to: Context | undefined,
): ByteStream {
  const reader = source.getReader();
  const cancel = (reason: Error | undefined): void =>
    void reader.cancel(reason).catch(() => undefined);
  const release = hold(lane, from, cancel);
  const forget = to?.activation.onEnd(() => {
    release();
    cancel(to.activation.ended);
  });
  // What the maker does to make a chunk is the maker's doing.
  const maker = from && { activation: from, section: 0, depth: 0 };
  const stream = new ReadableStream<Uint8Array>(
    {
      async pull(controller) {
        const receiver = receiverOf(to);
        try {
          const { done, value } = await runIn(maker, () => reader.read());
          if (from?.ended !== undefined) throw from.ended;
          await lane.cross(from, receiver);
          if (done) {
            release();
            forget?.();
            controller.close();
          } else {
            controller.enqueue(value);
          }
        } catch (error) {
          release();
          forget?.();
          controller.error(
            from?.ended === undefined ? error : remoteError(from.ended, lane.compatibility),
          );
        }
      },
      cancel(reason) {
        release();
        forget?.();
        return reader.cancel(reason);
      },
    },
    { highWaterMark: 0 },
  );
  unread.register(stream, release);
  return stream;
}

/** The object reads in the section it is in now, which may be another than when it got the stream. */
export function receiverOf(to: Context | undefined): Context | undefined {
  const current = currentContext();
  return current?.activation === to?.activation ? current : to;
}

/** Lets go of the makers of streams that nobody can read any more. */
const unread = new FinalizationRegistry((release: () => void) => release());
