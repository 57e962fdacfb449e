/** What requests and calls can be sent to: the stubs of objects and of services. */

import { remoteError } from "../errors.js";
import { carryResponse, takeRequest } from "../lane/carry.js";
import { currentContext, currentService } from "../lane/context.js";
import type { Lane } from "../lane/lane.js";
import { abortable, throwIfAborted } from "../objects/abort.js";
import { illegalConstructor, illegalInvocation, tag, wrongArgument } from "../objects/arguments.js";
import { absoluteUrl, checkProtocol, fetchFollowing } from "../objects/redirect.js";
import { isRequest, Request, signalOf } from "../web/request.js";
import type { RequestInit } from "../web/request-init.js";
import type { Response } from "../web/response.js";
import { FETCH_HELPERS } from "./fetch-helpers.js";
import { isIndex } from "./member.js";
import { makeProperty } from "./property.js";
import { Referring, referTo, targetOf } from "./reference.js";
import type { Target } from "./target.js";

/** Only whoever has this may make a fetcher. */
export const MAKER = Symbol("maker");

/** Makes a function a fetcher; `prototype` inherits from that of {@link Fetcher}. */
export function makeCallableFetcher<T extends (...args: never[]) => unknown>(
  callable: T,
  target: Target,
  prototype: object,
): T {
  // Every name but those of the class is a member of the target.
  for (const name of ["name", "length"]) Reflect.deleteProperty(callable, name);
  referTo(callable, target);
  return Object.setPrototypeOf(callable, prototype) as T;
}

export class Fetcher extends Referring {
  /** @internal */
  constructor(target: Target, maker?: typeof MAKER) {
    if (maker !== MAKER) throw illegalConstructor();
    super(target);
  }

  /** Sends a request. What is sent through one stub arrives in order. */
  fetch(...given: [input: unknown, init?: RequestInit]): Promise<Response> {
    try {
      const target = targetOf(this);
      if (target === undefined) throw illegalInvocation();
      const request = requestOf(target.lane, given);
      if (request.bodyUsed) throw new TypeError(BODY_USED);
      checkProtocol(request.url);
      if (request.redirect !== "follow") return sendRequest(target, request);
      return fetchFollowing(request, (each) => sendRequest(target, each));
    } catch (error) {
      return Promise.reject(error);
    }
  }

  /** There are no raw sockets. */
  connect(...given: unknown[]): never {
    if (given.length === 0) throw wrongArgument("connect", "Fetcher", 1, "SocketAddress or string");
    throw new Error("connect() is not supported: there are no raw sockets to services");
  }
}

tag(Fetcher, "Fetcher");

// As in workerd it depends on what the Worker is bound to.
Object.defineProperty(Fetcher, "name", {
  get: () => (currentService()?.definition.services?.length ? "Fetcher" : "ServiceStub"),
  configurable: true,
});

/** A stub of `target` without a name or an id. */
export function makeFetcher(target: Target): Fetcher {
  return new Fetcher(target, MAKER);
}

// Whatever name neither a stub nor its class has is a member of what the stub stands for.
Object.setPrototypeOf(
  Fetcher.prototype,
  new Proxy(Object.create(Object.prototype) as object, {
    get(_nothing, key, stub) {
      if (typeof key === "symbol" || isAbsent(key)) {
        return Reflect.get(Object.prototype, key, stub);
      }
      const target = targetOf(stub);
      if (target === undefined) return undefined;
      const { rpc, noFetchHelpers } = target.lane.compatibility;
      if (!noFetchHelpers && key in FETCH_HELPERS) return FETCH_HELPERS[key];
      return rpc ? makeProperty(target, [key]) : undefined;
    },
    has(_nothing, key) {
      if (typeof key === "symbol" || isAbsent(key)) return key in Object.prototype;
      // Which stub is asked is not told.
      return currentService()?.compatibility.rpc ?? true;
    },
    set(_nothing, key, value, stub) {
      return Reflect.set(Object.prototype, key, value, stub);
    },
  }),
);

/** Whether the name is none of what a stub stands for: awaiting it would call it. */
function isAbsent(key: string): boolean {
  return key === "then" || key in Object.prototype || isIndex(key);
}

function requestOf(lane: Lane, [input, init, ...rest]: unknown[]): Request {
  const options = init as RequestInit | null | undefined;
  if (isRequest(input) && (options === undefined || options === null)) return input;
  if (input === undefined && rest.length === 0 && init === undefined) {
    throw wrongArgument("fetch", "Fetcher", 1, "Request or string");
  }
  const isMessage = typeof input === "object" && input !== null && "headers" in input;
  const target = isMessage ? input : absoluteUrl(input, lane.compatibility);
  return options === null ? new Request(target) : new Request(target, options);
}

function sendRequest(target: Target, request: Request): Promise<Response> {
  const { lane } = target;
  const caller = currentContext();
  const signal = signalOf(request);
  if (signal !== undefined) throwIfAborted(signal);
  const sent = takeRequest(request);
  const answer = new Promise<Response>((resolve, reject) => {
    target.send({ type: "fetch", request: sent }, (told) => {
      if ("error" in told) reject(told.error);
      else if ("response" in told) {
        try {
          resolve(carryResponse(lane, told.response, told.url, told.from, caller));
        } catch (error) {
          // Its body was used before.
          reject(remoteError(error, lane.compatibility));
        }
      }
    });
  });
  return signal === undefined ? answer : abortable(lane, caller, signal, answer);
}

const BODY_USED =
  "This ReadableStream is disturbed (has already been read from), and cannot be used as a body.";
