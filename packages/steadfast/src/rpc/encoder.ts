/**
 * Turns a value into bytes and capabilities.
 *
 * V8 writes what it can copy. Everything it would refuse, empty or write otherwise than workerd is
 * replaced first, in a copy of the value, by a stand-in that V8 asks about.
 */
import { ReadableStream, WritableStream } from "node:stream/web";
import { types } from "node:util";
import {
  dataCloneError,
  errorProperties,
  isHostObject,
  ValueSerializer,
} from "../objects/host-objects.js";
import type { ByteStream, PlainBody } from "../web/body.js";
import { LOCKED } from "../web/body.js";
import { Headers } from "../web/headers.js";
import { isRequest, type Request, requestHeaders, takeRequestBody } from "../web/request.js";
import { asResponse, type Response, responseHeaders, takeResponseBody } from "../web/response.js";
import type { Capability } from "./capability.js";
import { RpcTarget } from "./classes.js";
import { CAPABILITY, REQUEST, RESPONSE } from "./formats.js";
import { Hosted } from "./hosted.js";
import type { Side } from "./payload.js";
import { handlerOf, targetOf } from "./reference.js";
import { disposed, Stub } from "./stub.js";
import type { Target } from "./target.js";

export class Encoder {
  readonly capabilities: Capability[] = [];
  readonly #side: Side;
  readonly #moves: boolean;
  readonly #serializer = new ValueSerializer();
  readonly #copies = new Map<object, object>();
  /** Stubs that are the receiver's from now on. */
  readonly #moved: Stub[] = [];

  constructor(side: Side, stubs: "keep" | "move") {
    this.#side = side;
    this.#moves = stubs === "move";
  }

  encode(value: unknown): Uint8Array {
    const copy = this.#copy(value);
    this.#serializer.writeHeader();
    this.#serializer.writeValue(copy);
    return this.#serializer.releaseBuffer();
  }

  /** Lets go of the stubs that have moved. */
  finish(): void {
    for (const stub of this.#moved) stub.dispose();
  }

  /** Whether the receiver gets a copy of the object rather than a reference. */
  isCopied(value: unknown): boolean {
    return this.#copies.has(value as object);
  }

  #copy(value: unknown, owner?: object): unknown {
    if (typeof value === "function") return this.#known(value) ?? this.#function(value, owner);
    if (typeof value !== "object" || value === null) return value;
    return this.#known(value) ?? this.#object(value);
  }

  #known(value: object): object | undefined {
    return this.#copies.get(value) ?? this.#serializer.knownStandIn(value);
  }

  #function(value: object, owner: object | undefined): object {
    const handler = handlerOf(value);
    if (handler instanceof Stub) return this.#stub(value, handler);
    if (handler !== undefined) throw unsupported(value);
    const target = targetOf(value);
    return target === undefined ? this.#hosted(value, owner) : this.#fetcher(value, target);
  }

  #fetcher(value: object, target: Target): object {
    if (target.unsendable !== undefined) throw dataCloneError(target.unsendable);
    return this.#capability(value, { kind: "fetcher", target });
  }

  #object(value: object): unknown {
    const target = targetOf(value);
    if (target !== undefined) return this.#fetcher(value, target);
    if (types.isProxy(value)) {
      if (!isReceiver(value)) throw dataCloneError(WRONG_PROXY);
      return this.#hosted(value);
    }
    if (value instanceof RpcTarget) return this.#hosted(value);
    // With the holes it has and no others, which are written in another way.
    if (Array.isArray(value)) return this.#members(value, value.slice());
    if (types.isNativeError(value) || value instanceof DOMException) return this.#error(value);
    if (Object.getPrototypeOf(value) === Object.prototype && !types.isArgumentsObject(value)) {
      return this.#members(value, {});
    }
    return this.#collection(value) ?? this.#platform(value) ?? this.#left(value);
  }

  #members(value: object, copy: object): object {
    this.#copies.set(value, copy);
    for (const key of Object.keys(value)) {
      const item = this.#copy((value as Record<string, unknown>)[key], value);
      if (key !== "__proto__") (copy as Record<string, unknown>)[key] = item;
      else Object.defineProperty(copy, key, { value: item, enumerable: true });
    }
    return copy;
  }

  #collection(value: object): object | undefined {
    if (types.isMap(value)) {
      const copy = new Map<unknown, unknown>();
      this.#copies.set(value, copy);
      for (const [key, item] of value) copy.set(this.#copy(key), this.#copy(item));
      return copy;
    }
    if (types.isSet(value)) {
      const copy = new Set<unknown>();
      this.#copies.set(value, copy);
      for (const item of value) copy.add(this.#copy(item));
      return copy;
    }
    return undefined;
  }

  #error(error: Error): object {
    const { enhancedErrors } = this.#side.lane.compatibility;
    if (!enhancedErrors && !(error instanceof DOMException)) return error;
    const properties = (): object => this.#members(errorProperties(error), {});
    return this.#serializer.standInFor(error, properties);
  }

  /** Objects of the platform that have something of their own to send. */
  #platform(value: object): object | undefined {
    if (value instanceof Headers) return this.#serializer.standInFor(value, () => ({}));
    if (isRequest(value)) return this.#message(value, REQUEST, this.#request(value));
    const response = asResponse(value);
    if (response !== undefined) return this.#message(value, RESPONSE, this.#response(response));
    const from = this.#side.context?.activation;
    if (value instanceof ReadableStream) {
      if (value.locked) throw new TypeError(LOCKED);
      return this.#capability(value, { kind: "readable", reader: value.getReader(), from });
    }
    if (value instanceof WritableStream) {
      if (value.locked) throw new TypeError("The WritableStream has been locked to a writer.");
      return this.#capability(value, { kind: "writable", writer: value.getWriter(), from });
    }
    if (value instanceof Blob && value.constructor === Blob) {
      return this.#capability(value, { kind: "blob", blob: value });
    }
    return undefined;
  }

  /** What V8 copies, or refuses in its own words. */
  #left(value: object): object {
    if (Buffer.isBuffer(value)) return new Uint8Array(value);
    if (
      ArrayBuffer.isView(value) ||
      types.isAnyArrayBuffer(value) ||
      types.isDate(value) ||
      types.isRegExp(value) ||
      types.isBoxedPrimitive(value) ||
      types.isPromise(value) ||
      types.isWeakMap(value) ||
      types.isWeakSet(value) ||
      types.isGeneratorObject(value) ||
      types.isMapIterator(value) ||
      types.isSetIterator(value)
    ) {
      return value;
    }
    if (types.isArgumentsObject(value)) throw dataCloneError("#<Object> could not be cloned.");
    if (value instanceof WeakRef || value instanceof FinalizationRegistry) {
      throw dataCloneError(`#<${nameOf(value)}> could not be cloned.`);
    }
    const tag: unknown = Reflect.get(value, Symbol.toStringTag);
    if (typeof tag === "string" && tag.endsWith(" Iterator")) {
      throw dataCloneError(`[object ${tag}] could not be cloned.`);
    }
    if (value instanceof AbortSignal) {
      throw dataCloneError("AbortSignal serialization is not enabled.");
    }
    if (isHostObject(value)) return this.#error(value as Error);
    throw unsupported(value);
  }

  #request(request: Request): object {
    const body = taken(() => takeRequestBody(request));
    const { method, url, redirect, cf } = request;
    const headers = requestHeaders(request);
    return { method, url, redirect, cf, headers, body: this.#body(body) };
  }

  #response(response: Response): object {
    const body = taken(() => takeResponseBody(response));
    const { status, statusText } = response;
    return { status, statusText, headers: responseHeaders(response), body: this.#body(body) };
  }

  #body(body: PlainBody | ByteStream | null): unknown {
    return body instanceof ReadableStream ? this.#copy(body) : body;
  }

  #message(value: object, tag: number, parts: object): object {
    return this.#serializer.standIn(value, () => {
      this.#serializer.writeUint32(tag);
      this.#serializer.writeValue(parts);
    });
  }

  #hosted(value: object, owner: object = value): object {
    const target = new Hosted(this.#side.lane, value, owner);
    target.retain();
    return this.#capability(value, { kind: "stub", target });
  }

  #stub(value: object, stub: Stub): object {
    if (stub.disposed)
      return this.#capability(value, { kind: "stub", target: disposed(this.#side) });
    if (this.#moves) this.#moved.push(stub);
    stub.held.retain();
    return this.#capability(value, { kind: "stub", target: stub.held });
  }

  #capability(value: object, capability: Capability): object {
    const number = this.capabilities.push(capability) - 1;
    return this.#serializer.standIn(value, () => {
      this.#serializer.writeUint32(CAPABILITY);
      this.#serializer.writeUint32(number);
    });
  }
}

/** Whether the proxy passes for something that can be called over RPC. */
function isReceiver(proxy: object): boolean {
  return proxy instanceof RpcTarget || Object.getPrototypeOf(proxy) === Object.prototype;
}

function taken<T>(take: () => T): T {
  try {
    return take();
  } catch {
    throw new TypeError(LOCKED);
  }
}

function unsupported(value: object): DOMException {
  return dataCloneError(
    `Could not serialize object of type "${nameOf(value)}". This type does not support serialization.`,
  );
}

function nameOf(value: object): string {
  const name: unknown = Reflect.get(value, "constructor")?.name;
  return typeof name === "string" && name !== "" ? name : "Object";
}

const WRONG_PROXY =
  "Proxy could not be serialized because it is not a valid RPC receiver type. The Proxy must emulate " +
  "either a plain object or an RpcTarget, as indicated by the Proxy's prototype chain.";
