/** What `stub.fetch` does with the URL it is given and with redirects it is answered. */
import type { Compatibility } from "../compatibility.js";
import type { PlainBody } from "../web/body.js";
import { Headers } from "../web/headers.js";
import { Request, replayableBody } from "../web/request.js";
import { locateResponse, type Response } from "../web/response.js";

/** The URL to send to, from what user code gave instead of a request. */
export function absoluteUrl(given: unknown, compatibility: Compatibility): string {
  const text = `${given as string}`;
  const base = compatibility.fullUrl ? undefined : "https://fake-host/";
  if (URL.canParse(text, base)) return new URL(text, base).href;
  throw new TypeError(
    compatibility.standardUrl ? `Invalid URL: ${text}` : `Fetch API cannot load: ${text}`,
  );
}

/** Refuses what is not HTTP. */
export function checkProtocol(url: string): void {
  if (url.startsWith("http:") || url.startsWith("https:")) return;
  throw new TypeError(`Fetch API cannot load: ${url}`);
}

/** A URL as it goes over the wire: without fragment and credentials. */
export function wireUrl(url: string): string {
  if (!url.includes("#") && !url.includes("@")) return url;
  const parsed = new URL(url);
  parsed.hash = "";
  parsed.username = "";
  parsed.password = "";
  return parsed.href;
}

/** Sends a request and follows the redirects it is answered with. */
export async function fetchFollowing(
  first: Request,
  send: (request: Request) => Promise<Response>,
): Promise<Response> {
  let request = first;
  for (let hops = 0; hops <= REDIRECTS_MAX; hops++) {
    const body = replayableBody(request);
    const response = await send(request);
    const location = REDIRECTS.has(response.status) ? response.headers.get("location") : null;
    if (location === null)
      return hops === 0 ? response : locateResponse(response, response.url, true);
    void response.body?.cancel();
    request = redirected(request, body, response.status, targetOf(location, request.url));
  }
  throw new TypeError(`Too many redirects. ${request.url}`);
}

function targetOf(location: string, base: string): string {
  if (URL.canParse(location, base)) return new URL(location, base).href;
  throw new TypeError("Invalid Location header; unable to follow redirect.");
}

/** What to send next; `body` is that of the request before, `undefined` if it was a stream. */
function redirected(
  { method, headers, signal, cf }: Request,
  body: PlainBody | null | undefined,
  status: number,
  url: string,
): Request {
  const becomesGet = status === 303 ? method !== "HEAD" : status < 303 && method === "POST";
  if (!becomesGet) {
    if (body === undefined) throw new TypeError(STREAM_NEEDED_AGAIN);
    return new Request(url, { method, headers, body, signal, cf });
  }
  const rest = new Headers(headers);
  for (const name of BODY_HEADERS) rest.delete(name);
  return new Request(url, { headers: rest, signal, cf });
}

const STREAM_NEEDED_AGAIN =
  "A request with a one-time-use body (it was initialized from a stream, not a buffer) encountered a redirect " +
  "requiring the body to be retransmitted. To avoid this error in the future, construct this request from a " +
  "buffer-like body initializer.";
const REDIRECTS: ReadonlySet<number> = new Set([301, 302, 303, 307, 308]);
const REDIRECTS_MAX = 20;
const BODY_HEADERS = [
  "content-encoding",
  "content-language",
  "content-length",
  "content-location",
  "content-type",
] as const;
