/**
 * The body of a message: text or bytes for as long as nobody asks for more, a native stream from then on.
 *
 * A `Body` starts as *plain* (a string or bytes that nobody else changes) or as a *stream*. Reading a plain body
 * runs no stream machinery. Asking for `.body`, or giving a `Blob`, `FormData` or stream, makes a native `Response`
 * that carries it; from then on that one decides what is used and what is locked.
 *
 * Errors have workerd's texts. Which test to read first: `test/web-body.test.mjs`.
 */
import type { ReadableStream as NodeReadableStream } from "node:stream/web";
import { native } from "./native.js";

/** A platform message that carries a body. */
type Carrier = globalThis.Response | globalThis.Request;
type NativeBody = ConstructorParameters<typeof globalThis.Response>[0];
/** A stream of bytes as the platform has it. */
export type ByteStream = NodeReadableStream<Uint8Array>;
/** A body that can leave without a stream. */
export type PlainBody = string | Uint8Array;
/** What a transport may give as the body of a message; a function is called when the body is first asked for. */
export type BodySource = PlainBody | ByteStream | (() => ByteStream);

const decoder = new TextDecoder();

export class Body {
  #plain: PlainBody | undefined;
  #open: (() => ByteStream) | undefined;
  #used = false;
  #carrier: Carrier | undefined;

  constructor(source: BodySource) {
    if (typeof source === "string" || source instanceof Uint8Array) this.#plain = source;
    else if (typeof source === "function") this.#open = source;
    else this.#carrier = new (native().Response)(source as NativeBody);
  }

  /** Lets a platform message carry the body, streams and all. */
  static carriedBy(carrier: Carrier): Body {
    const body = new Body("");
    body.#plain = undefined;
    body.#carrier = carrier;
    return body;
  }

  /** The content if it can be sent any number of times; `undefined` for a stream. */
  get plain(): PlainBody | undefined {
    return this.#plain;
  }

  get used(): boolean {
    return this.#carrier === undefined ? this.#used : this.#carrier.bodyUsed;
  }

  /** Whether it may no longer be read, cloned or handed over. */
  get unusable(): boolean {
    const carrier = this.#carrier;
    if (carrier === undefined) return this.#used;
    return carrier.bodyUsed || carrier.body?.locked === true;
  }

  get stream(): ByteStream {
    return this.#carry().body as unknown as ByteStream;
  }

  async text(): Promise<string> {
    const plain = this.#consume();
    if (plain === undefined) return this.#carry().text();
    return typeof plain === "string" ? utf8Text(plain) : decoder.decode(plain);
  }

  async bytes(): Promise<Uint8Array> {
    const plain = this.#consume();
    if (plain === undefined) return new Uint8Array(await this.#carry().arrayBuffer());
    if (typeof plain === "string") return new TextEncoder().encode(plain);
    return new Uint8Array(plain);
  }

  async blob(contentType: string | null): Promise<Blob> {
    return this.#typed(contentType).blob();
  }

  async formData(contentType: string | null): Promise<FormData> {
    return this.#typed(contentType).formData();
  }

  /** A second body with the same content. */
  clone(): Body {
    // The comma is workerd's.
    if (this.unusable) throw new TypeError("This ReadableStream is currently locked to a reader,");
    if (this.#carrier === undefined && this.#plain !== undefined) return new Body(this.#plain);
    const copy = Body.carriedBy(this.#carry().clone());
    copy.#plain = this.#plain;
    return copy;
  }

  /** The content, to send it elsewhere; this body is used up, or will be when the stream is read. */
  take(): PlainBody | ByteStream {
    if (this.unusable) throw new TypeError(this.used ? ALREADY_USED : LOCKED);
    const plain = this.#plain;
    if (plain === undefined) return this.stream;
    this.#used = true;
    // Somebody looked at `.body` but did not read it: no need for the stream.
    void this.#carrier?.body?.cancel();
    return plain;
  }

  /** Moves the content into a new body, as `new Request(request)` does. */
  move(): Body {
    if (this.unusable) throw new TypeError("Cannot reconstruct a Request with a used body.");
    const carrier = this.#carrier;
    if (this.#plain !== undefined) return new Body(this.take());
    if (carrier === undefined) {
      this.#used = true;
      const open = this.#open;
      this.#carrier = new (native().Response)("");
      void this.#carrier.arrayBuffer();
      return new Body(open as () => ByteStream);
    }
    return new Body(this.stream.pipeThrough(new TransformStream<Uint8Array, Uint8Array>()));
  }

  /** Marks a plain body used and returns it; `undefined` when the carrier has to be read. */
  #consume(): PlainBody | undefined {
    if (this.unusable) {
      throw new TypeError(
        this.used ? ALREADY_USED : "This ReadableStream is currently locked to a reader.",
      );
    }
    if (this.#carrier !== undefined) return undefined;
    if (this.#plain !== undefined) this.#used = true;
    return this.#plain;
  }

  /** The native response that carries the body, made when first needed. */
  #carry(): Carrier {
    if (this.#carrier !== undefined) return this.#carrier;
    const source = this.#open === undefined ? this.#plain : this.#open();
    const carrier = new (native().Response)(source as NativeBody);
    if (this.#used) void carrier.arrayBuffer();
    this.#carrier = carrier;
    return carrier;
  }

  /** A native response with this content and type, for what only the platform can parse. */
  #typed(contentType: string | null): globalThis.Response {
    const headers = contentType === null ? [] : [["content-type", contentType] as [string, string]];
    const plain = this.#consume();
    const typed = new (native().Response)((plain ?? this.stream) as NativeBody, { headers });
    if (contentType === null) typed.headers.delete("content-type");
    return typed;
  }
}

/** A body and the content type that it implies. */
export interface Extracted {
  readonly body: Body;
  readonly contentType: string | null;
}

/** What `new Response(init)` and `new Request(url, { body: init })` accept, copied so that later changes do not show. */
export function extractBody(init: unknown): Extracted {
  if (typeof init === "string") return { body: new Body(init), contentType: TEXT };
  if (ArrayBuffer.isView(init)) {
    const view = new Uint8Array(init.buffer as ArrayBuffer, init.byteOffset, init.byteLength);
    return { body: new Body(new Uint8Array(view)), contentType: null };
  }
  if (init instanceof ArrayBuffer) {
    return { body: new Body(new Uint8Array(init.slice(0))), contentType: null };
  }
  if (init instanceof URLSearchParams)
    return { body: new Body(init.toString()), contentType: FORM };
  if (typeof init === "object" && init !== null) {
    const carrier = new (native().Response)(init as NativeBody);
    return { body: Body.carriedBy(carrier), contentType: carrier.headers.get("content-type") };
  }
  return { body: new Body(`${init}`), contentType: TEXT };
}

/** `text()` of a message. */
export function readText(body: Body | null): Promise<string> {
  return body === null ? Promise.resolve("") : body.text();
}

/** `json()` of a message. */
export async function readJson(body: Body | null): Promise<unknown> {
  return JSON.parse(body === null ? "" : await body.text());
}

/** `bytes()` of a message. */
export async function readBytes(body: Body | null): Promise<Uint8Array> {
  return body === null ? new Uint8Array(0) : body.bytes();
}

/** `arrayBuffer()` of a message. */
export async function readArrayBuffer(body: Body | null): Promise<ArrayBuffer> {
  return (await readBytes(body)).buffer as ArrayBuffer;
}

/** `blob()` of a message. */
export async function readBlob(body: Body | null, contentType: string | null): Promise<Blob> {
  return body === null ? new Blob([], { type: contentType ?? "" }) : body.blob(contentType);
}

/** `formData()` of a message. */
export async function readFormData(
  body: Body | null,
  contentType: string | null,
): Promise<FormData> {
  return (body ?? new Body("")).formData(contentType);
}

/** What decoding the UTF-8 form of `text` gives: no byte order mark, no lone surrogates. */
function utf8Text(text: string): string {
  const whole = text.charCodeAt(0) === 0xfeff ? text.slice(1) : text;
  return (whole as string & { toWellFormed(): string }).toWellFormed();
}

/** The error of reading or sending a body twice. */
export const ALREADY_USED =
  "Body has already been used. It can only be used once. Use tee() first if you need to read it twice.";
/** What is said when it is sent while somebody else reads it. */
export const LOCKED = "The ReadableStream has been locked to a reader.";
const TEXT = "text/plain;charset=UTF-8";
const FORM = "application/x-www-form-urlencoded;charset=UTF-8";
