/**
 * Objects of the platform inside stored values, byte for byte as workerd writes them: errors, DOM
 * exceptions, headers, and requests without a body.
 *
 * V8 asks its embedder only about the embedder's own objects, and ours are ordinary JavaScript. So
 * each is stood in for by an empty native object, which V8 does ask about.
 */
import { Deserializer, Serializer } from "node:v8";
import type { HeaderList } from "../web/header-list.js";
import { Headers, headersFromList, listOf } from "../web/headers.js";
import { Request } from "../web/request.js";

/** What can be stored besides what V8 stores itself. */
export type HostObject = Error | Headers | Request;

/** Whether workerd has a form of its own for the object. DOM exceptions are errors. */
export function isHostObject(value: object): value is HostObject {
  return value instanceof Error || value instanceof Headers || value instanceof Request;
}

/** Everything of the error's own that is stored beside its name and message; `stack` and `cause` too. */
export function errorProperties(error: Error): Record<string, unknown> {
  const properties: Record<string, unknown> = {};
  for (const key of Object.getOwnPropertyNames(error)) {
    if (key === "message" || key === "name") continue;
    properties[key] = (error as unknown as Record<string, unknown>)[key];
  }
  return properties;
}

/** The error callers see when a value cannot be stored. */
export function dataCloneError(message: string): DOMException {
  return new DOMException(message, "DataCloneError");
}

/** V8's serializer, which writes each stand-in as what it stands for. */
export class ValueSerializer extends Serializer {
  readonly #standIns = new Map<object, object>();
  readonly #writers = new Map<object, () => void>();

  /** The object to put into the value in the place of `object`; the same each time. */
  standInFor(object: HostObject, properties: () => object): object {
    const known = this.#standIns.get(object);
    if (known !== undefined) return known;
    const standIn = new Serializer();
    this.#standIns.set(object, standIn);
    if (object instanceof DOMException) this.#writers.set(standIn, () => this.#exception(object));
    else if (object instanceof Headers)
      this.#writers.set(standIn, () => this.#headers(listOf(object)));
    else if (object instanceof Request) this.#writers.set(standIn, () => this.#request(object));
    else {
      const prepared = properties();
      this.#writers.set(standIn, () => this.#error(object, prepared));
    }
    return standIn;
  }

  /** The same for what `write` writes, beginning with a tag that its reader knows. */
  standIn(object: object, write: () => void): object {
    const standIn = new Serializer();
    this.#standIns.set(object, standIn);
    this.#writers.set(standIn, write);
    return standIn;
  }

  /** What stands for the object already. */
  knownStandIn(object: object): object | undefined {
    return this.#standIns.get(object);
  }

  /** Called by V8. */
  _writeHostObject(standIn: object): void {
    const write = this.#writers.get(standIn);
    if (write === undefined) throw dataCloneError("#<Object> could not be cloned.");
    write();
  }

  /** Called by V8 to make what it throws. */
  _getDataCloneError = dataCloneError;

  #error(error: Error, properties: object): void {
    this.writeUint32(Tag.Error);
    const number = Math.max(0, ERROR_NAMES.indexOf(error.name));
    this.writeUint32(number);
    if (number === 0) this.writeValue(String(error.name));
    this.writeValue(String(error.message));
    this.writeValue(properties);
  }

  #exception(exception: DOMException): void {
    this.writeUint32(Tag.DomException);
    this.#text(exception.name);
    this.#text(exception.message);
    this.#text(exception.stack ?? "");
  }

  #headers(list: HeaderList): void {
    this.writeUint32(Tag.Headers);
    this.writeUint32(GUARD_NONE);
    this.writeUint32(list.length / 2);
    for (let at = 0; at < list.length; at += 2) {
      const name = list[at] as string;
      const number = COMMON_HEADERS.indexOf(name) + 1;
      this.writeUint32(number);
      if (number === 0) this.#text(name);
      this.#text(list[at + 1] as string);
    }
  }

  #request(request: Request): void {
    const { method, redirect, cache } = request;
    this.writeUint32(Tag.Request);
    this.#text(request.url);
    this.writeValue({
      method: method === "GET" ? undefined : method,
      headers: this.standInFor(request.headers, () => ({})),
      body: null,
      redirect: redirect === "follow" ? undefined : redirect,
      fetcher: undefined,
      cf: undefined,
      cache: cache === "default" ? undefined : cache,
      integrity: undefined,
      signal: undefined,
      encodeResponseBody: undefined,
    });
  }

  #text(text: string): void {
    const bytes = Buffer.from(text, "utf8");
    this.writeUint32(bytes.length);
    this.writeRawBytes(bytes);
  }
}

/** V8's deserializer, which reads what {@link ValueSerializer} and workerd write. */
export class ValueDeserializer extends Deserializer {
  /** Called by V8. */
  _readHostObject(): object {
    const tag = this.readUint32();
    switch (tag) {
      case Tag.Error:
        return this.#error();
      case Tag.DomException:
        return this.#exception();
      case Tag.Headers:
        return this.#headers();
      case Tag.Request:
        return this.#request();
      default:
        return this.readOther(tag);
    }
  }

  /** What begins with a tag that stored values do not have. */
  protected readOther(tag: number): object {
    throw new Error(`the stored value holds an object that cannot be read here: tag=${tag}`);
  }

  #error(): Error {
    const number = this.readUint32();
    const name = number === 0 ? this.#string() : (ERROR_NAMES[number] ?? "Error");
    const error = errorNamed(name, this.#string());
    for (const [key, value] of Object.entries(this.readValue() as object)) {
      define(error, key, value, key !== "stack");
    }
    return error;
  }

  #exception(): DOMException {
    const name = this.#text();
    const exception = new DOMException(this.#text(), name);
    define(exception, "stack", this.#text(), false);
    return exception;
  }

  #headers(): Headers {
    const guard = this.readUint32();
    if (guard > GUARD_NONE) {
      throw new Error(`the stored headers have a guard that is not known here: guard=${guard}`);
    }
    const count = this.readUint32();
    const list: string[] = [];
    for (let read = 0; read < count; read++) {
      const number = this.readUint32();
      const name = number === 0 ? this.#text() : COMMON_HEADERS[number - 1];
      if (name === undefined) {
        throw new Error(`the stored headers have a name that is not known here: number=${number}`);
      }
      list.push(name.toLowerCase(), this.#text());
    }
    return headersFromList(list, guard === GUARD_NONE ? "none" : "immutable");
  }

  #request(): Request {
    const url = this.#text();
    const { method, headers, redirect } = this.readValue() as {
      method?: string;
      headers?: Headers;
      redirect?: "follow" | "manual";
    };
    return new Request(url, {
      ...(method !== undefined && { method }),
      ...(headers !== undefined && { headers }),
      ...(redirect !== undefined && { redirect }),
    });
  }

  #text(): string {
    return this.readRawBytes(this.readUint32()).toString("utf8");
  }

  #string(): string {
    const value: unknown = this.readValue();
    if (typeof value !== "string") throw new Error("the stored error has a text that is none");
    return value;
  }
}

function define(target: object, key: string, value: unknown, enumerable: boolean): void {
  Object.defineProperty(target, key, { value, enumerable, configurable: true, writable: true });
}

function errorNamed(name: string, message: string): Error {
  if (name === "AggregateError") return new AggregateError([], message);
  const Class = STANDARD_CLASSES[name];
  return Class === undefined ? Object.assign(new Error(message), { name }) : new Class(message);
}

const STANDARD_CLASSES: Record<string, new (message: string) => Error> = {
  Error,
  TypeError,
  RangeError,
  ReferenceError,
  SyntaxError,
  EvalError,
  URIError,
};

/** What comes after the byte that begins a host object. */
const Tag = { Headers: 4, Request: 5, DomException: 8, Error: 10 } as const;

/** By number; 0 is any other name, which is written out. */
const ERROR_NAMES: readonly (string | undefined)[] = [
  undefined,
  "Error",
  "TypeError",
  "RangeError",
  "ReferenceError",
  "SyntaxError",
  "CompileError",
  "LinkError",
  "RuntimeError",
  "SuspendError",
  "EvalError",
  "URIError",
  "AggregateError",
  "SuppressedError",
];

/** Headers that may be changed, as opposed to those of a message that has arrived. The last there is. */
const GUARD_NONE = 3;

/** Headers that have a number, counted from 1; 0 is any other, whose name is written out. */
const COMMON_HEADERS: readonly string[] = [
  "accept-charset",
  "accept-encoding",
  "accept-language",
  "accept-ranges",
  "accept",
  "access-control-allow-origin",
  "age",
  "allow",
  "authorization",
  "cache-control",
  "content-disposition",
  "content-encoding",
  "content-language",
  "content-length",
  "content-location",
  "content-range",
  "content-type",
  "cookie",
  "date",
  "etag",
  "expect",
  "expires",
  "from",
  "host",
  "if-match",
  "if-modified-since",
  "if-none-match",
  "if-range",
  "if-unmodified-since",
  "last-modified",
  "link",
  "location",
  "max-forwards",
  "proxy-authenticate",
  "proxy-authorization",
  "range",
  "referer",
  "refresh",
  "retry-after",
  "server",
  "set-cookie",
  "strict-transport-security",
  "transfer-encoding",
  "user-agent",
  "vary",
  "via",
  "www-authenticate",
];
