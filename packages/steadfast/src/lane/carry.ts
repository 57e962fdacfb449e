/**
 * How requests and responses look on the other side of a call: new objects with immutable headers
 * and the same body. Every chunk of a streamed body crosses as a delivery of its own, after what its
 * maker had written was submitted.
 */
import { STATUS_CODES } from "node:http";
import { ReadableStream } from "node:stream/web";
import { wireUrl } from "../objects/redirect.js";
import type { ByteStream, PlainBody } from "../web/body.js";
import {
  type Request,
  rawRequestHeaders,
  requestFromParts,
  takeRequestBody,
} from "../web/request.js";
import {
  locateResponse,
  type Response,
  rawResponseHeaders,
  responseFromParts,
  takeResponseBody,
} from "../web/response.js";
import type { Activation } from "./activation.js";
import type { Context } from "./context.js";
import type { Lane } from "./lane.js";

/** The request as its receiver sees it. */
export function carryRequest(
  lane: Lane,
  request: Request,
  from: Context | undefined,
  to: Context,
): Request {
  const body = carryBody(lane, takeRequestBody(request), from?.activation, to);
  const url = wireUrl(request.url);
  return requestFromParts(request.method, url, rawRequestHeaders(request), body);
}

/** The response as the caller sees it; `url` is what the request asked for. */
export function carryResponse(
  lane: Lane,
  response: Response,
  url: string,
  from: Activation,
  to: Context | undefined,
): Response {
  const body = carryBody(lane, takeResponseBody(response), from, to);
  const { status } = response;
  const statusText = response.statusText || (STATUS_CODES[status] ?? "");
  const carried = responseFromParts(status, statusText, rawResponseHeaders(response), body);
  return locateResponse(carried, url, false);
}

function carryBody(
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
  const release = hold(lane, from, (reason) => reader.cancel(reason).catch(() => undefined));
  return new ReadableStream<Uint8Array>(
    {
      async pull(controller) {
        try {
          const { done, value } = await reader.read();
          await lane.cross(from, to);
          if (done) {
            release();
            controller.close();
          } else {
            controller.enqueue(value);
          }
        } catch (error) {
          release();
          controller.error(error);
        }
      },
      cancel(reason) {
        release();
        return reader.cancel(reason);
      },
    },
    { highWaterMark: 0 },
  );
}

/** Keeps an activation in memory until the returned function is called. */
function hold(
  lane: Lane,
  activation: Activation | undefined,
  ended: (reason: Error | undefined) => void,
): () => void {
  if (activation === undefined) return () => undefined;
  lane.native.beginActivity(activation.number);
  const forget = activation.onEnd(() => ended(activation.ended));
  let held = true;
  return () => {
    if (!held) return;
    held = false;
    forget();
    lane.native.endActivity(activation.number);
  };
}
