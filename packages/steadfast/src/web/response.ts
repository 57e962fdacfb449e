/**
 * `Response` without undici's constructor: status, headers and body in plain fields.
 *
 * Plain bodies (text, bytes, `URLSearchParams`) never make a stream unless `.body` is asked for; everything else is
 * carried by a native response inside (see `body.ts`). Headers are made when asked for.
 *
 * Differs from undici on purpose, as workerd does: the texts of errors, `new Response("", { status: 204 })` is
 * allowed. Which test to read first: `test/web-response.test.mjs`.
 */
import { type InspectOptions, inspect } from "node:util";
import { handleOf, type WebSocket } from "../sockets/web-socket.js";
import {
  ALREADY_USED,
  Body,
  type BodySource,
  type ByteStream,
  extractBody,
  LOCKED,
  type PlainBody,
  readArrayBuffer,
  readBlob,
  readBytes,
  readFormData,
  readJson,
  readText,
} from "./body.js";
import { type HeaderList, type PackedHeaders, unpack, withContentType } from "./header-list.js";
import {
  type Guard,
  type Headers,
  type HeadersInit,
  headersFromList,
  listFromInit,
  listOf,
} from "./headers.js";
import { isNative, standInFor } from "./native.js";

/** The second argument of `new Response`. */
export interface ResponseInit {
  readonly status?: number;
  readonly statusText?: string;
  readonly headers?: HeadersInit;
  /** The client's end of a socket, with status 101. */
  readonly webSocket?: WebSocket | null;
}

/** `default` when made by a program; the platform's own word for what `fetch` returned. */
type ResponseType = globalThis.Response["type"];

/** A response from its parts, which are taken over and not checked. Its headers are immutable. */
export let responseFromParts: (
  status: number,
  statusText: string,
  headers: HeaderList | PackedHeaders,
  body: BodySource | null,
) => Response;
/** Wraps what the platform's `fetch` returned. */
export let responseFromNative: (response: globalThis.Response) => Response;
/** `value` if it is a response, wrapped if it is the platform's; `undefined` if it is something else. */
export let asResponse: (value: unknown) => Response | undefined;
/** Names and values in turn; not to be changed. */
export let responseHeaders: (response: Response) => HeaderList;
/** The same in whichever form it has now, to pass it on. */
export let rawResponseHeaders: (response: Response) => HeaderList | PackedHeaders;
/** Says where the response came from, and whether a redirect led there. */
export let locateResponse: (response: Response, url: string, redirected: boolean) => Response;
/** The response itself, whose body will be read through what `wrap` makes of it. */
export let withBodyThrough: (
  response: Response,
  wrap: (body: ByteStream) => ByteStream,
) => Response;
/** A response to a handshake, from its parts. */
export let handshakeResponse: (
  headers: HeaderList | PackedHeaders,
  webSocket: WebSocket,
) => Response;
/** Throws if the body can no longer be sent: it was read, or somebody is reading it. */
export let checkSendable: (response: Response) => void;
/** The body, to send it: `null`, text, bytes, or a stream. The response is used up. */
export let takeResponseBody: (response: Response) => PlainBody | ByteStream | null;

export class Response {
  #status = 200;
  #statusText = "";
  #list: HeaderList | PackedHeaders = "";
  #guard: Guard = "none";
  #headers: Headers | undefined;
  #body: Body | null = null;
  #type: ResponseType = "default";
  #url = "";
  #redirected = false;
  #webSocket: WebSocket | null = null;

  constructor(body?: unknown, init?: ResponseInit) {
    if (init !== undefined && init !== null) this.#init(init);
    if (body !== undefined && body !== null) this.#setBody(body);
  }

  static {
    responseFromParts = (status, statusText, headers, body) => {
      const response = new Response();
      response.#status = status;
      response.#statusText = statusText;
      response.#list = headers;
      response.#guard = "immutable";
      if (body !== null) response.#body = new Body(body);
      return response;
    };
    responseFromNative = (carrier) => {
      const response = responseFromParts(carrier.status, carrier.statusText, [], null);
      response.#list = listFromInit(carrier.headers);
      if (carrier.body !== null) response.#body = Body.carriedBy(carrier);
      response.#type = carrier.type;
      response.#url = carrier.url;
      response.#redirected = carrier.redirected;
      return response;
    };
    asResponse = (value) => {
      if (typeof value !== "object" || value === null) return undefined;
      if (#status in value) return value;
      return isNative("Response", value)
        ? responseFromNative(value as globalThis.Response)
        : undefined;
    };
    responseHeaders = (response) => unpack(rawResponseHeaders(response));
    rawResponseHeaders = (response) =>
      response.#headers === undefined ? response.#list : listOf(response.#headers);
    locateResponse = (response, url, redirected) => {
      response.#url = url;
      response.#redirected = redirected;
      return response;
    };
    withBodyThrough = (response, wrap) => {
      const body = response.#body;
      if (body !== null) response.#body = new Body(() => wrap(body.stream));
      return response;
    };
    handshakeResponse = (headers, webSocket) => {
      const response = responseFromParts(HANDSHAKE, "Switching Protocols", headers, null);
      response.#webSocket = webSocket;
      return response;
    };
    checkSendable = (response) => {
      if (response.#body?.unusable === true) {
        throw new TypeError(response.#body.used ? ALREADY_USED : LOCKED);
      }
    };
    takeResponseBody = (response) => response.#body?.take() ?? null;
  }

  static error(): Response {
    const response = responseFromParts(0, "", "", null);
    response.#type = "error";
    return response;
  }

  static json(data: unknown, init?: ResponseInit): Response {
    const response = new Response(null, init);
    // What JSON cannot say becomes the word, as in workerd.
    response.#setBody(JSON.stringify(data) ?? "undefined", JSON_TYPE);
    return response;
  }

  static redirect(url: string | URL, status = 302): Response {
    if (!URL.canParse(`${url}`)) throw new TypeError(`Unable to parse URL: ${url}`);
    if (!REDIRECT.has(status)) {
      throw new RangeError(
        `${status} is not a redirect status code. It must be one of: 301, 302, 303, 307, or 308.`,
      );
    }
    return responseFromParts(status, "", ["location", new URL(url).href], null);
  }

  get type(): ResponseType {
    return this.#type;
  }

  get url(): string {
    return this.#url;
  }

  get redirected(): boolean {
    return this.#redirected;
  }

  get status(): number {
    return this.#status;
  }

  get ok(): boolean {
    return this.#status >= 200 && this.#status <= 299;
  }

  get statusText(): string {
    return this.#statusText;
  }

  get headers(): Headers {
    this.#headers ??= headersFromList(this.#list, this.#guard);
    return this.#headers;
  }

  get body(): ByteStream | null {
    return this.#body === null ? null : this.#body.stream;
  }

  get bodyUsed(): boolean {
    return this.#body?.used === true;
  }

  /** The other end of the socket a handshake has made. */
  get webSocket(): WebSocket | null {
    return this.#webSocket;
  }

  clone(): Response {
    if (this.#webSocket !== null) {
      throw new TypeError("Cannot clone a response to a WebSocket handshake.");
    }
    const copy = responseFromParts(this.#status, this.#statusText, rawResponseHeaders(this), null);
    if (this.#body !== null) copy.#body = this.#body.clone();
    copy.#guard = this.#guard;
    copy.#type = this.#type;
    copy.#url = this.#url;
    copy.#redirected = this.#redirected;
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
    const { status, statusText, headers, body, bodyUsed, ok, redirected, type, url } = this;
    const shown = { status, statusText, headers, body, bodyUsed, ok, redirected, type, url };
    return `${this.constructor.name} ${inspect(shown, { ...options, depth })}`;
  }

  #init(init: ResponseInit): void {
    const { status, statusText, headers } = init;
    const webSocket = init.webSocket ?? null;
    if (webSocket !== null) this.#handshake(webSocket, status);
    else if (status !== undefined) {
      const code = Math.trunc(Number(status));
      if (!(code >= 200 && code <= 599)) {
        throw new RangeError(
          "Responses may only be constructed with status codes in the range 200 to 599, inclusive.",
        );
      }
      this.#status = code;
    }
    if (statusText !== undefined) {
      const text = `${statusText}`;
      if (!REASON.test(text)) throw new TypeError("Invalid statusText");
      this.#statusText = text;
    }
    if (headers !== undefined) this.#list = listFromInit(headers, HEADERS_FIELD);
  }

  #handshake(webSocket: unknown, status: unknown): void {
    if (handleOf(webSocket) === undefined) {
      throw new TypeError(
        "Incorrect type for the 'webSocket' field on 'InitializerDict': the provided value is not of type 'WebSocket'.",
      );
    }
    if (Math.trunc(Number(status)) !== HANDSHAKE) {
      throw new RangeError("Responses with a WebSocket must have status code 101.");
    }
    this.#webSocket = webSocket as WebSocket;
    this.#status = HANDSHAKE;
  }

  #setBody(init: unknown, contentType?: string): void {
    if (NULL_BODY.has(this.#status)) {
      if (init === "") return;
      throw new TypeError(
        "Response with null body status (101, 204, 205, or 304) cannot have a body.",
      );
    }
    const extracted = extractBody(init);
    this.#body = extracted.body;
    this.#list = withContentType(this.#list, contentType ?? extracted.contentType);
  }
}

standInFor(Response);

/** The status of an answer that turns a connection into a socket. */
const HANDSHAKE = 101;
const HEADERS_FIELD =
  "Incorrect type for the 'headers' field on 'InitializerDict': the provided value";
const JSON_TYPE = "application/json";
const NULL_BODY: ReadonlySet<number> = new Set([101, 204, 205, 304]);
const REDIRECT: ReadonlySet<number> = new Set([301, 302, 303, 307, 308]);
const REASON = /^[\t\x20-\x7e\x80-\xff]*$/;
