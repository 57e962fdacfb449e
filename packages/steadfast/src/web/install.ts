/**
 * Puts our `Headers`, `Request`, `Response` and a `fetch` that understands them into a global scope.
 */
import { Headers } from "./headers.js";
import { nativeFetch } from "./native.js";
import { isRequest, nativeRequest, Request, requestHeaders } from "./request.js";
import type { RequestInit } from "./request-init.js";
import { Response, responseFromNative } from "./response.js";

/** Replaces the platform's classes and `fetch` in `scope`, the global scope of the thread that runs user code. */
export function installWeb(scope: typeof globalThis): void {
  for (const [name, value] of Object.entries({ Headers, Request, Response, fetch: webFetch })) {
    Object.defineProperty(scope, name, {
      value,
      writable: true,
      enumerable: false,
      configurable: true,
    });
  }
}

/** The platform's `fetch`, given and giving our classes. */
export async function webFetch(input: unknown, init?: RequestInit): Promise<Response> {
  const request = init === undefined && isRequest(input) ? input : new Request(input, init);
  return responseFromNative(await nativeFetch(nativeRequest(withoutHop(request))));
}

/** `request`, without what belongs to the connection it came on, which the platform's `fetch` refuses. */
function withoutHop(request: Request): Request {
  const list = requestHeaders(request);
  if (!list.some((name, at) => at % 2 === 0 && HOP_BY_HOP.has(name))) return request;
  const headers = new Headers();
  for (let at = 0; at < list.length; at += 2) {
    const name = list[at] as string;
    if (!HOP_BY_HOP.has(name)) headers.append(name, list[at + 1] as string);
  }
  return new Request(request, { headers });
}

const HOP_BY_HOP: ReadonlySet<string> = new Set([
  "connection",
  "content-length",
  "expect",
  "host",
  "keep-alive",
  "proxy-connection",
  "te",
  "trailer",
  "transfer-encoding",
  "upgrade",
]);
