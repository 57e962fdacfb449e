/**
 * The second argument of `new Request`: what it may hold, and the checks of each part.
 */
import type { HeadersInit } from "./headers.js";

/** A request of the platform. */
export type NativeRequest = globalThis.Request;

/** The second argument of `new Request`; another request will do. */
export interface RequestInit extends NativeOptions {
  readonly method?: string;
  readonly headers?: HeadersInit;
  readonly body?: unknown;
  readonly redirect?: NativeRequest["redirect"];
  readonly signal?: AbortSignal | null;
  readonly cf?: object | undefined;
}

/** What a native request checks and keeps for us. */
export interface NativeOptions {
  readonly mode?: NativeRequest["mode"];
  readonly credentials?: NativeRequest["credentials"];
  readonly cache?: NativeRequest["cache"];
  readonly referrer?: string;
  readonly referrerPolicy?: NativeRequest["referrerPolicy"];
  readonly integrity?: string;
  readonly keepalive?: boolean;
}

/** A URL, checked and normalised. */
export function parsedUrl(input: unknown): string {
  if (input === undefined) {
    throw new TypeError(
      "Failed to construct 'Request': constructor parameter 1 is not of type 'Request or string'.",
    );
  }
  const text = `${input}`;
  try {
    return new URL(text).href;
  } catch (cause) {
    throw new TypeError(`Invalid URL: ${text}`, { cause });
  }
}

/** `redirect`, if it is one of the two words that workerd knows. */
export function checkedRedirect(redirect: NativeRequest["redirect"]): NativeRequest["redirect"] {
  if (REDIRECTS.has(redirect)) return redirect;
  throw new TypeError(NO_SUCH_REDIRECT);
}

/** Whether a native request has to look at `init`. */
export function hasNativeOptions(init: NativeOptions): boolean {
  return NATIVE_OPTIONS.some((name) => init[name] !== undefined);
}

/** A method in upper case, if workerd knows it. */
export function normalMethod(method: string): string {
  const upper = method.toUpperCase();
  if (!METHODS.has(upper)) throw new TypeError(`Invalid HTTP method string: ${method}`);
  return upper;
}

/** `signal`, if it is one. */
export function checkedSignal(signal: unknown): AbortSignal {
  if (signal instanceof AbortSignal) return signal;
  throw new TypeError(
    "Incorrect type for the 'signal' field on 'RequestInitializerDict': the provided value is not of type 'AbortSignal'.",
  );
}

/** The part of `init` that a native request looks at. */
export function nativeOptions(init: NativeOptions): globalThis.RequestInit {
  const given = NATIVE_OPTIONS.filter((name) => init[name] !== undefined);
  return Object.fromEntries(given.map((name) => [name, init[name]]));
}

const NATIVE_OPTIONS = [
  "mode",
  "credentials",
  "cache",
  "referrer",
  "referrerPolicy",
  "integrity",
  "keepalive",
] as const;
const REDIRECTS: ReadonlySet<string> = new Set(["follow", "manual"]);
const NO_SUCH_REDIRECT =
  'Invalid redirect value, must be one of "follow" or "manual" ("error" won\'t be implemented since it does not ' +
  'make sense at the edge; use "manual" and check the response status code).';
/** What workerd knows. */
const METHODS: ReadonlySet<string> = new Set(
  (
    "GET HEAD POST PUT DELETE PATCH OPTIONS TRACE PURGE COPY LOCK MKCOL MOVE PROPFIND PROPPATCH SEARCH UNLOCK ACL " +
    "REPORT MKACTIVITY CHECKOUT MERGE MSEARCH NOTIFY SUBSCRIBE UNSUBSCRIBE"
  ).split(" "),
);
