/** Responses that leave the runtime inside this process: the promise of `app.fetch`, and its body. */
import { ReadableStream } from "node:stream/web";
import {
  type Response,
  responseFromParts,
  responseHeaders,
  takeResponseBody,
} from "../web/response.js";
import type { Lane } from "./lane.js";

/** The response, once everything it depends on is durable; every chunk of its body waits likewise. */
export async function gatedResponse(lane: Lane, response: Response): Promise<Response> {
  await lane.outputGate(undefined);
  if (response.webSocket !== null) return response;
  const body = takeResponseBody(response);
  const { status, statusText } = response;
  const headers = responseHeaders(response);
  if (body === null || typeof body === "string" || body instanceof Uint8Array) {
    return responseFromParts(status, statusText, headers, body);
  }
  const reader = body.getReader();
  const gated = new ReadableStream<Uint8Array>(
    {
      async pull(controller) {
        const { done, value } = await reader.read();
        await lane.outputGate(undefined);
        if (done) controller.close();
        else controller.enqueue(value);
      },
      cancel: (reason) => reader.cancel(reason),
    },
    { highWaterMark: 0 },
  );
  return responseFromParts(status, statusText, headers, gated);
}
