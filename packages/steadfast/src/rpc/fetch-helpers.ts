/** `get`, `put` and `delete` of stubs: requests in disguise, for workers of before 2024-03-26. */
import { illegalInvocation, toText, wrongArgument } from "../objects/arguments.js";
import type { Response } from "../web/response.js";
import type { Fetcher } from "./fetcher.js";

/** By the name a stub has them under. */
export const FETCH_HELPERS: Readonly<Record<string, unknown>> = Object.assign(
  Object.create(null) as Record<string, unknown>,
  {
    /** The body of the answer, in the form asked for; `null` if there is nothing. */
    async get(this: Fetcher, ...[url, type = "text"]: unknown[]): Promise<unknown> {
      if (url === undefined) throw wrongArgument("get", "Fetcher", 1, "string");
      const response = await send(this, "GET", toText(url), undefined);
      if (response.status === 404 || response.status === 410) return null;
      check("GET", response);
      switch (type) {
        case "text":
          return response.text();
        case "json":
          return response.json();
        case "arrayBuffer":
          return response.arrayBuffer();
        case "stream":
          return response.body;
        default:
          throw new TypeError(UNKNOWN_TYPE);
      }
    },

    async put(this: Fetcher, ...[url, body, options]: unknown[]): Promise<void> {
      if (url === undefined) throw wrongArgument("put", "Fetcher", 1, "string");
      if (body === undefined) throw wrongArgument("put", "Fetcher", 2, BODY_TYPES);
      const { expiration, expirationTtl } = (options ?? {}) as PutOptions;
      const target = new URL(toText(url));
      if (expiration !== undefined) target.searchParams.append("expiration", `${expiration}`);
      if (expirationTtl !== undefined) {
        target.searchParams.append("expiration_ttl", `${expirationTtl}`);
      }
      check("PUT", await send(this, "PUT", target.href, body));
    },

    async delete(this: Fetcher, ...[url]: unknown[]): Promise<void> {
      if (url === undefined) throw wrongArgument("delete", "Fetcher", 1, "string");
      check("DELETE", await send(this, "DELETE", toText(url), undefined));
    },
  },
);

interface PutOptions {
  readonly expiration?: number;
  readonly expirationTtl?: number;
}

function send(stub: Fetcher, method: string, url: string, body: unknown): Promise<Response> {
  if (typeof stub?.fetch !== "function") throw illegalInvocation();
  return stub.fetch(url, body === undefined ? { method } : { method, body: body as string });
}

function check(method: string, { ok, status, statusText }: Response): void {
  if (!ok) throw new Error(`HTTP ${method} request failed: ${status} ${statusText}`);
}

const UNKNOWN_TYPE =
  'Unknown response type. Possible types are "text", "arrayBuffer", "json", and "stream".';
const BODY_TYPES =
  "JsReadableStream or string or BufferSource or Blob or FormData or URLSearchParams or URLSearchParams or " +
  "JsUrlSearchParams or AsyncGenerator";
