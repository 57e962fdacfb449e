/** Outgoing `fetch` with `Upgrade: websocket`, which Node's own refuses. */
import type { IncomingMessage } from "node:http";
import { Readable } from "node:stream";
import type { Context } from "../lane/context.js";
import { handshake } from "../sockets/outgoing.js";
import { faceOf } from "../sockets/web-socket.js";
import type { ByteStream } from "../web/body.js";
import { type Request, requestHeaders } from "../web/request.js";
import { handshakeResponse, type Response, responseFromParts } from "../web/response.js";

/** Whether the request asks for a socket. */
export function wantsSocket(request: Request): boolean {
  const headers = requestHeaders(request);
  const at = headers.indexOf("upgrade");
  return at >= 0 && at % 2 === 0 && headers[at + 1]?.toLowerCase() === "websocket";
}

/** Sends the request: its answer has a `webSocket`, unless the server refuses. */
export async function fetchSocket(
  request: Request,
  context: Context | undefined,
): Promise<Response> {
  const headers: Record<string, string> = {};
  const list = requestHeaders(request);
  for (let at = 0; at < list.length; at += 2) headers[list[at] as string] = list[at + 1] as string;
  const answer = await handshake(request.url, headers, context);
  if ("refused" in answer) {
    const { refused } = answer;
    const body = Readable.toWeb(refused) as ByteStream;
    const { statusCode = 0, statusMessage = "" } = refused;
    return responseFromParts(statusCode, statusMessage, headerList(refused.headersDistinct), body);
  }
  return handshakeResponse(headerList(answer.headers), faceOf(answer.handle));
}

function headerList(headers: IncomingMessage["headersDistinct"]): string[] {
  return Object.entries(headers)
    .filter(([name]) => !OF_CONNECTION.has(name))
    .flatMap(([name, values = []]) => values.flatMap((value) => [name, value]));
}

const OF_CONNECTION: ReadonlySet<string> = new Set([
  "connection",
  "sec-websocket-accept",
  "sec-websocket-extensions",
  "upgrade",
]);
