/** `caches`: responses that are kept by URL, for as long as they say. They are in objects of the runtime's own. */
import { STATUS_CODES } from "node:http";
import { currentService } from "../lane/context.js";
import {
  illegalConstructor,
  illegalInvocation,
  tag,
  toText,
  wrongArgument,
} from "../objects/arguments.js";
import type { Service } from "../services/service.js";
import { isRequest, Request } from "../web/request.js";
import { asResponse, type Response, responseFromParts } from "../web/response.js";
import type { CacheMethods } from "./cache-object.js";
import { type HeaderPairs, headerOf } from "./cache-rules.js";

/** How much one response may have. */
const BODY_BYTES_MAX = 25 * 1024 * 1024;
const NAME_LENGTH_MAX = 1024;

/** Only whoever has this may make a cache. */
const MAKER = Symbol("maker");

/** Finds the object behind a cache of the service's lane. */
type FindObject = (name: string) => CacheMethods;

const finders = new WeakMap<Service, FindObject>();

/** Lets the code of `service` use caches. */
export function serveCaches(service: Service, find: FindObject): void {
  finders.set(service, find);
}

let isCache: (value: unknown) => value is Cache;

export class Cache {
  readonly #name: string;

  static {
    isCache = (value): value is Cache =>
      typeof value === "object" && value !== null && #name in value;
  }

  /** @internal */
  constructor(name: string, maker?: typeof MAKER) {
    if (maker !== MAKER) throw illegalConstructor();
    this.#name = name;
  }

  /** The response that is kept for a URL; a request may ask for a part of it, or whether it has changed. */
  async match(...given: unknown[]): Promise<Response | undefined> {
    if (!isCache(this)) throw illegalInvocation();
    const request = requestOf("match", given);
    const { ignoreMethod } = (given[1] ?? {}) as { ignoreMethod?: unknown };
    if (request.method !== "GET" && ignoreMethod !== true) return undefined;
    const { protocol } = new URL(request.url);
    if (protocol !== "http:" && protocol !== "https:") {
      throw new TypeError(`Fetch API cannot load: ${request.url}`);
    }
    const found = await objectOf(this.#name).match(urlOf(request), {
      ifNoneMatch: request.headers.get("if-none-match"),
      ifModifiedSince: request.headers.get("if-modified-since"),
      range: request.headers.get("range"),
    });
    if (found === null) return undefined;
    const { status, headers } = found;
    const body = EMPTY_STATUSES.has(status) ? null : found.body;
    return responseFromParts(status, STATUS_CODES[status] ?? "", headers.flat(), body);
  }

  /** Keeps a response, if its headers let it be kept. */
  async put(...given: unknown[]): Promise<void> {
    if (!isCache(this)) throw illegalInvocation();
    const request = requestOf("put", given);
    const response = asResponse(given[1]);
    if (response === undefined) throw wrongArgument("put", "Cache", 2, "Response");
    if (request.method !== "GET") {
      throw new TypeError("Cannot cache response to non-GET request.");
    }
    if (response.status === 206) {
      throw new TypeError("Cannot cache response to a range request (206 Partial Content).");
    }
    const headers: HeaderPairs = [...response.headers];
    if ((headerOf(headers, "vary") ?? "").split(",").some((each) => each.trim() === "*")) {
      throw new TypeError("Cannot cache response with 'Vary: *' header.");
    }
    const body = new Uint8Array(await response.arrayBuffer());
    if (body.byteLength > BODY_BYTES_MAX) {
      const sizes = `body_bytes=${body.byteLength} body_bytes_max=${BODY_BYTES_MAX}`;
      throw new Error(`the response is too large for a cache: ${sizes}`);
    }
    await objectOf(this.#name).put(urlOf(request), { status: response.status, headers, body });
  }

  /** Whether there was one. */
  async delete(...given: unknown[]): Promise<boolean> {
    if (!isCache(this)) throw illegalInvocation();
    const request = requestOf("delete", given);
    const { ignoreMethod } = (given[1] ?? {}) as { ignoreMethod?: unknown };
    if (request.method !== "GET" && ignoreMethod !== true) return false;
    return objectOf(this.#name).delete(urlOf(request));
  }

  add(): never {
    throw absent("add", "Cache");
  }

  addAll(): never {
    throw absent("addAll", "Cache");
  }

  keys(): never {
    throw absent("keys", "Cache");
  }

  matchAll(): never {
    throw absent("matchAll", "Cache");
  }
}

tag(Cache, "Cache");

let isStorage: (value: unknown) => value is CacheStorage;

export class CacheStorage {
  readonly #default: Cache;

  static {
    isStorage = (value): value is CacheStorage =>
      typeof value === "object" && value !== null && #default in value;
  }

  /** @internal */
  constructor(maker?: typeof MAKER) {
    if (maker !== MAKER) throw illegalConstructor();
    this.#default = new Cache("default", MAKER);
  }

  /** The cache that needs no name. */
  get default(): Cache {
    if (!isStorage(this)) throw illegalInvocation();
    return this.#default;
  }

  /** The cache of that name; it need not be made before. */
  async open(...given: unknown[]): Promise<Cache> {
    if (!isStorage(this)) throw illegalInvocation();
    if (given.length === 0) throw wrongArgument("open", "CacheStorage", 1, "string");
    const name = toText(given[0]);
    if (name.length > NAME_LENGTH_MAX) throw new TypeError("Cache name is too long.");
    return new Cache(`open:${name}`, MAKER);
  }

  delete(): never {
    throw absent("delete", "CacheStorage");
  }

  has(): never {
    throw absent("has", "CacheStorage");
  }

  keys(): never {
    throw absent("keys", "CacheStorage");
  }

  match(): never {
    throw absent("match", "CacheStorage");
  }
}

tag(CacheStorage, "CacheStorage");

/** Puts `caches` and its classes into `scope`. */
export function installCaches(scope: typeof globalThis): void {
  const caches = new CacheStorage(MAKER);
  for (const [name, value] of Object.entries({ Cache, CacheStorage, caches })) {
    Object.defineProperty(scope, name, {
      value,
      writable: true,
      enumerable: name === "caches",
      configurable: true,
    });
  }
}

/** Statuses whose responses have no body. */
const EMPTY_STATUSES: ReadonlySet<number> = new Set([304, 416]);

function objectOf(name: string): CacheMethods {
  const service = currentService();
  const find = service && finders.get(service);
  if (find === undefined) {
    throw new Error("caches belong to a Worker: they can be used in its code only");
  }
  return find(name);
}

function requestOf(method: string, given: unknown[]): Request {
  if (given.length === 0) throw wrongArgument(method, "Cache", 1, "Request or string");
  const [input] = given;
  if (isRequest(input)) return input;
  const text = toText(input);
  if (!URL.canParse(text)) throw new TypeError(`Invalid URL: ${text}`);
  return new Request(text);
}

/** The URL that a response is kept under, without what only a browser looks at. */
function urlOf(request: Request): string {
  const url = new URL(request.url);
  url.hash = "";
  return url.href;
}

function absent(method: string, className: string): Error {
  return new Error(
    `Failed to execute '${method}' on '${className}': the method is not implemented.`,
  );
}
