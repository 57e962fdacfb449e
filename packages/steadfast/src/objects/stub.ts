/** Stubs: how a caller sends events to one object. */
import { remoteError } from "../errors.js";
import type { Activation } from "../lane/activation.js";
import { carryRequest, takeRequest } from "../lane/carry.js";
import { type Context, currentContext, runIn } from "../lane/context.js";
import type { Lane } from "../lane/lane.js";
import { isRequest, Request, signalOf } from "../web/request.js";
import type { RequestInit } from "../web/request-init.js";
import {
  asResponse,
  checkSendable,
  type Response,
  responseFromParts,
  responseHeaders,
} from "../web/response.js";
import { abortable, throwIfAborted } from "./abort.js";
import { illegalConstructor, tag, wrongArgument } from "./arguments.js";
import { type DurableObjectId, idHex } from "./id.js";
import { absoluteUrl, checkProtocol, fetchFollowing } from "./redirect.js";

/** Only whoever has this may make a stub. */
const MAKER = Symbol("maker");

export class DurableObjectStub {
  readonly name: string | undefined;
  readonly id: DurableObjectId;
  readonly #lane: Lane;
  readonly #namespace: number;
  /** The first call made through this stub: a reset after it breaks the stub for good. */
  #firstCall = 0;

  /** @internal */
  constructor(lane: Lane, namespace: number, id: DurableObjectId, maker?: typeof MAKER) {
    if (maker !== MAKER) throw illegalConstructor();
    this.name = id.name;
    this.id = id;
    this.#lane = lane;
    this.#namespace = namespace;
  }

  /** Sends a request to the object. Calls through one stub arrive in order. */
  fetch(...given: [input: unknown, init?: RequestInit]): Promise<Response> {
    try {
      const request = this.#request(given);
      if (request.bodyUsed) throw new TypeError(BODY_USED);
      checkProtocol(request.url);
      if (request.redirect !== "follow") return this.#send(request);
      return fetchFollowing(request, (each) => this.#send(each));
    } catch (error) {
      return Promise.reject(error);
    }
  }

  #request([input, init, ...rest]: unknown[]): Request {
    const options = init as RequestInit | null | undefined;
    if (isRequest(input) && (options === undefined || options === null)) return input;
    if (input === undefined && rest.length === 0 && init === undefined) {
      throw wrongArgument("fetch", "Fetcher", 1, "Request or string");
    }
    const isMessage = typeof input === "object" && input !== null && "headers" in input;
    const target = isMessage ? input : absoluteUrl(input, this.#lane.compatibility);
    return options === null ? new Request(target) : new Request(target, options);
  }

  #send(request: Request): Promise<Response> {
    const lane = this.#lane;
    const caller = currentContext();
    const signal = signalOf(request);
    if (signal !== undefined) throwIfAborted(signal);
    const sent = takeRequest(request);
    const target = {
      namespace: this.#namespace,
      id: idHex(this.id),
      name: this.id.name,
      firstCall: this.#firstCall,
    };
    const { call, answer } = lane.call(target, (activation, number) => {
      const context: Context = { activation, section: 0, depth: (caller?.depth ?? 0) + 1 };
      runIn(context, () => {
        deliver(lane, context, number, carryRequest(lane, sent, caller, context));
      });
    });
    if (this.#firstCall === 0) this.#firstCall = call;
    return signal === undefined ? answer : abortable(lane, caller, signal, answer);
  }
}

// The class has another name for users, as in workerd.
Object.defineProperty(DurableObjectStub, "name", { value: "DurableObject" });
tag(DurableObjectStub, "DurableObject");

/** A stub for the object with this id; nothing is sent. */
export function makeStub(lane: Lane, namespace: number, id: DurableObjectId): DurableObjectStub {
  return new DurableObjectStub(lane, namespace, id, MAKER);
}

const BODY_USED =
  "This ReadableStream is disturbed (has already been read from), and cannot be used as a body.";

/** A handler's promise resolved to something else. */
export const NOT_A_RESPONSE =
  "Incorrect type for Promise: the Promise did not resolve to 'Response'.";
/** A handler returned something else. */
const NOT_A_PROMISE = "Callback returned incorrect type; expected 'Promise'";

/** Runs the object's `fetch` and reports what comes of it. */
function deliver(lane: Lane, context: Context, call: number, request: Request): void {
  const { activation } = context;
  const fail = (thrown: unknown): void =>
    lane.answer(call, { error: remoteError(thrown, lane.compatibility) });
  const succeed = (result: unknown, otherwise: string): void => {
    const response = asResponse(result);
    if (response === undefined) {
      fail(new TypeError(otherwise));
      return;
    }
    try {
      checkSendable(response);
      const value = request.method === "HEAD" ? withoutBody(response) : response;
      lane.answer(call, { value, url: request.url, from: activation });
    } catch (error) {
      fail(error);
    }
  };
  try {
    const result = handle(activation, request);
    if (isThenable(result)) result.then((value) => succeed(value, NOT_A_RESPONSE), fail);
    else succeed(result, NOT_A_PROMISE);
  } catch (thrown) {
    fail(thrown);
  }
}

/** The answer to `HEAD`: whatever body the handler gave is not sent. */
function withoutBody(response: Response): Response {
  const { status, statusText } = response;
  // One that is locked is its owner's to end.
  response.body?.cancel().catch(() => undefined);
  return responseFromParts(status, statusText, responseHeaders(response), null);
}

function handle(activation: Activation, request: Request): unknown {
  const instance = activation.instance;
  if (typeof instance?.fetch !== "function") {
    throw new Error("Handler does not export a fetch() function.");
  }
  return instance.fetch(request);
}

/** Whether waiting for `value` means more than having it. */
export function isThenable(value: unknown): value is PromiseLike<unknown> {
  return (
    typeof value === "object" &&
    value !== null &&
    typeof (value as { then?: unknown }).then === "function"
  );
}
