/**
 * `Request` without undici's constructor: method, URL, headers and body in plain fields.
 *
 * What only an outgoing request needs (`mode`, `credentials`, `cache`, …) is checked and kept by a native request
 * inside, made only when one of them is given. `requestFromParts` takes what the transport read and checks nothing;
 * such a request has immutable headers and `redirect: "manual"`, as in workerd.
 *
 * Differs from undici on purpose, as workerd does: the texts of errors, the set of methods, no `redirect: "error"`, URLs with credentials,
 * no `duplex` needed for a stream, `request.signal` is `init.signal` itself.
 * Which test to read first: `test/web-request.test.mjs`.
 */
import { type InspectOptions, inspect } from "node:util";
import {
  Body,
  type BodySource,
  type ByteStream,
  extractBody,
  type PlainBody,
  readArrayBuffer,
  readBlob,
  readBytes,
  readFormData,
  readJson,
  readText,
} from "./body.js";
import { cfFrom } from "./cf.js";
import { type HeaderList, type PackedHeaders, unpack, withContentType } from "./header-list.js";
import { type Guard, type Headers, headersFromList, listFromInit, listOf } from "./headers.js";
import { isNative, native, standInFor } from "./native.js";
import {
  checkedRedirect,
  checkedSignal,
  hasNativeOptions,
  type NativeRequest,
  nativeOptions,
  normalMethod,
  parsedUrl,
  type RequestInit,
} from "./request-init.js";

/** A request from its parts, which are taken over and not checked; names of headers in lower case. */
export let requestFromParts: (
  method: string,
  url: string,
  headers: HeaderList | PackedHeaders,
  body: BodySource | null,
  cf?: object,
) => Request;
/** Wraps a request of the platform. */
export let requestFromNative: (request: NativeRequest) => Request;
/** The platform's request for the platform's `fetch`; the body moves into it. */
export let nativeRequest: (request: Request) => NativeRequest;
/** Whether `value` is one of our requests. */
export let isRequest: (value: unknown) => value is Request;
/** Names and values in turn; not to be changed. */
export let requestHeaders: (request: Request) => HeaderList;
/** The same in whichever form it has now, to pass it on. */
export let rawRequestHeaders: (request: Request) => HeaderList | PackedHeaders;
/** The body, to send it: `null`, text, bytes, or a stream. The request is used up. */
export let takeRequestBody: (request: Request) => PlainBody | ByteStream | null;
/** The body if it can be sent again, `null` if there is none, `undefined` if it is a stream. */
export let replayableBody: (request: Request) => PlainBody | null | undefined;
/** The signal it was made with, if any. */
export let signalOf: (request: Request) => AbortSignal | undefined;
/** The body, still the request's. */
let bodyOf: (request: Request) => Body | null;

export class Request {
  #method = "GET";
  #url: string;
  #list: HeaderList | PackedHeaders = "";
  #guard: Guard = "none";
  #headers: Headers | undefined;
  #body: Body | null = null;
  #redirect: NativeRequest["redirect"] = "follow";
  #signal: AbortSignal | undefined;
  /** Holds `mode` and its like when they were given; never a body. */
  #options: NativeRequest | undefined;
  #cf: object | undefined;

  constructor(input: unknown, init?: RequestInit) {
    const base = baseOf(input);
    if (base !== undefined) this.#url = base.#url;
    else this.#url = input === UNPARSED ? "" : parsedUrl(input);
    if (base !== undefined) {
      this.#method = base.#method;
      this.#list = rawRequestHeaders(base);
      this.#redirect = base.#redirect;
      this.#signal = base.#signal;
      this.#options = base.#options;
      this.#cf = base.#cf;
    }
    if (init !== undefined && init !== null) this.#init(init);
    const given = givenBody(init);
    const body = given ?? (given === undefined && base !== undefined ? base.#body : null);
    if (body === null) return;
    if (this.#method === "GET" || this.#method === "HEAD") {
      throw new TypeError("Request with a GET or HEAD method cannot have a body.");
    }
    if (body instanceof Body) {
      this.#body = body.move();
      return;
    }
    const extracted = extractBody(body);
    this.#body = extracted.body;
    this.#list = withContentType(this.#list, extracted.contentType);
  }

  static {
    isRequest = (value): value is Request =>
      typeof value === "object" && value !== null && #url in value;
    requestFromParts = (method, url, headers, body, cf) => {
      const request = new Request(UNPARSED);
      request.#method = method;
      request.#url = url;
      request.#list = headers;
      request.#guard = "immutable";
      request.#redirect = "manual";
      request.#cf = cf;
      if (body !== null) request.#body = new Body(body);
      return request;
    };
    requestFromNative = (carrier) => {
      const request = new Request(UNPARSED);
      request.#method = carrier.method;
      request.#url = carrier.url;
      request.#list = listFromInit(carrier.headers);
      request.#redirect = carrier.redirect;
      request.#signal = carrier.signal;
      request.#options = carrier;
      if (carrier.body !== null) request.#body = Body.carriedBy(carrier);
      return request;
    };
    nativeRequest = (request) => {
      const body = takeRequestBody(request);
      const options = request.#options === undefined ? {} : nativeOptions(request.#options);
      return new (native().Request)(request.#url, {
        ...options,
        method: request.#method,
        headers: request.headers as unknown as globalThis.Headers,
        redirect: request.#redirect,
        signal: request.#signal ?? null,
        ...(body === null ? {} : { body: body as never, duplex: "half" as const }),
      });
    };
    requestHeaders = (request) => unpack(rawRequestHeaders(request));
    rawRequestHeaders = (request) =>
      request.#headers === undefined ? request.#list : listOf(request.#headers);
    takeRequestBody = (request) => request.#body?.take() ?? null;
    bodyOf = (request) => request.#body;
    signalOf = (request) => request.#signal;
    replayableBody = (request) => (request.#body === null ? null : request.#body.plain);
  }

  get method(): string {
    return this.#method;
  }

  get url(): string {
    return this.#url;
  }

  get headers(): Headers {
    this.#headers ??= headersFromList(this.#list, this.#guard);
    return this.#headers;
  }

  get redirect(): NativeRequest["redirect"] {
    return this.#redirect;
  }

  get signal(): AbortSignal {
    this.#signal ??= new AbortController().signal;
    return this.#signal;
  }

  /** What the edge of the network tells of the request; `undefined` for one of the program's own. */
  get cf(): object | undefined {
    return this.#cf;
  }

  get destination(): NativeRequest["destination"] {
    return "";
  }

  get referrer(): string {
    return this.#options?.referrer ?? "about:client";
  }

  get referrerPolicy(): NativeRequest["referrerPolicy"] {
    return this.#options?.referrerPolicy ?? "";
  }

  get mode(): NativeRequest["mode"] {
    return this.#options?.mode ?? "cors";
  }

  get credentials(): NativeRequest["credentials"] {
    return this.#options?.credentials ?? "same-origin";
  }

  get cache(): NativeRequest["cache"] {
    return this.#options?.cache ?? "default";
  }

  get integrity(): string {
    return this.#options?.integrity ?? "";
  }

  get keepalive(): boolean {
    return this.#options?.keepalive ?? false;
  }

  get duplex(): "half" {
    return "half";
  }

  get body(): ByteStream | null {
    return this.#body === null ? null : this.#body.stream;
  }

  get bodyUsed(): boolean {
    return this.#body?.used === true;
  }

  clone(): Request {
    const copy = requestFromParts(this.#method, this.#url, rawRequestHeaders(this), null);
    if (this.#body !== null) copy.#body = this.#body.clone();
    copy.#guard = this.#guard;
    copy.#redirect = this.#redirect;
    copy.#signal = this.#signal;
    copy.#options = this.#options;
    copy.#cf = this.#cf;
    return copy;
  }

  text(): Promise<string> {
    return readText(this.#body);
  }

  json(): Promise<unknown> {
    return readJson(this.#body);
  }

  bytes(): Promise<Uint8Array> {
    return readBytes(this.#body);
  }

  arrayBuffer(): Promise<ArrayBuffer> {
    return readArrayBuffer(this.#body);
  }

  blob(): Promise<Blob> {
    return readBlob(this.#body, this.headers.get("content-type"));
  }

  formData(): Promise<FormData> {
    return readFormData(this.#body, this.headers.get("content-type"));
  }

  [inspect.custom](depth: number, options: InspectOptions): string {
    const { method, url, headers, redirect, signal, body, bodyUsed } = this;
    const shown = { method, url, headers, redirect, signal, body, bodyUsed };
    return `${this.constructor.name} ${inspect(shown, { ...options, depth })}`;
  }

  #init(init: RequestInit): void {
    const { method, headers, redirect, signal, cf } = init;
    if (method !== undefined) this.#method = normalMethod(`${method}`);
    if (headers !== undefined) this.#list = listFromInit(headers, HEADERS_FIELD);
    if (cf !== undefined) this.#cf = isRequest(init) ? cf : cfFrom(cf);
    if (redirect !== undefined) this.#redirect = checkedRedirect(redirect);
    if (signal === null) this.#signal = undefined;
    else if (signal !== undefined) this.#signal = checkedSignal(signal);
    // A request of ours as `init` has its native options ready, if any.
    if (isRequest(init)) this.#options = init.#options ?? this.#options;
    else if (hasNativeOptions(init)) {
      const inherited = this.#options === undefined ? {} : nativeOptions(this.#options);
      this.#options = new (native().Request)(this.#url, { ...inherited, ...nativeOptions(init) });
    }
  }
}

standInFor(Request);

/** The request that a new one starts from, when `input` is not a URL. */
function baseOf(input: unknown): Request | undefined {
  if (isRequest(input)) return input;
  return isNative("Request", input) ? requestFromNative(input as NativeRequest) : undefined;
}

/** What `init` says about the body: `undefined` leaves it to the base. */
function givenBody(init: RequestInit | null | undefined): unknown {
  if (init === undefined || init === null) return undefined;
  return isRequest(init) ? bodyOf(init) : init.body;
}

const HEADERS_FIELD =
  "Incorrect type for the 'headers' field on 'RequestInitializerDict': the provided value";
/** Asks the constructor for a request whose parts somebody else will provide. */
const UNPARSED = Symbol("request from parts");
