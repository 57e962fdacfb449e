/** Stubs: how a caller sends events to one object. */
import { remoteError } from "../errors.js";
import type { Activation } from "../lane/activation.js";
import { carryRequest } from "../lane/carry.js";
import { type Context, currentContext, runIn } from "../lane/context.js";
import type { Lane } from "../lane/lane.js";
import { isRequest, Request } from "../web/request.js";
import type { RequestInit } from "../web/request-init.js";
import { asResponse, type Response } from "../web/response.js";
import { type DurableObjectId, idBytes } from "./id.js";

export class DurableObjectStub {
  readonly name: string | undefined;
  readonly id: DurableObjectId;
  readonly #lane: Lane;
  readonly #namespace: number;
  /** The first call made through this stub: a reset after it breaks the stub for good. */
  #firstCall = 0;

  /** @internal */
  constructor(lane: Lane, namespace: number, id: DurableObjectId) {
    this.name = id.name;
    this.id = id;
    this.#lane = lane;
    this.#namespace = namespace;
  }

  /** Sends a request to the object. Calls through one stub arrive in order. */
  fetch(input: unknown, init?: RequestInit): Promise<Response> {
    let request: Request;
    try {
      request = init === undefined && isRequest(input) ? input : new Request(input, init);
      if (request.bodyUsed) throw new TypeError(BODY_USED);
    } catch (error) {
      return Promise.reject(error);
    }
    const lane = this.#lane;
    const caller = currentContext();
    const target = {
      namespace: this.#namespace,
      id: idBytes(this.id),
      name: this.id.name,
      firstCall: this.#firstCall,
    };
    const { call, answer } = lane.call(target, (activation, number) => {
      const context: Context = { activation, section: 0, depth: (caller?.depth ?? 0) + 1 };
      runIn(context, () => {
        deliver(lane, context, number, carryRequest(lane, request, caller, context));
      });
    });
    if (this.#firstCall === 0) this.#firstCall = call;
    return answer;
  }
}

const BODY_USED =
  "This ReadableStream is disturbed (has already been read from), and cannot be used as a body.";

export const NOT_A_RESPONSE =
  "Incorrect type for Promise: the Promise did not resolve to 'Response'.";

/** Runs the object's `fetch` and reports what comes of it. */
function deliver(lane: Lane, context: Context, call: number, request: Request): void {
  const { activation } = context;
  const fail = (thrown: unknown): void => lane.answer(call, { error: remoteError(thrown) });
  const succeed = (result: unknown): void => {
    const response = asResponse(result);
    if (response === undefined) fail(new TypeError(NOT_A_RESPONSE));
    else lane.answer(call, { value: response, from: activation });
  };
  try {
    const result = handle(activation, request);
    if (isThenable(result)) result.then(succeed, fail);
    else succeed(result);
  } catch (thrown) {
    fail(thrown);
  }
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
