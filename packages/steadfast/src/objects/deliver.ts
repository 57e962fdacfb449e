/** Runs an object's handlers on the events it is sent, and reports what comes of it. */
import { remoteError } from "../errors.js";
import type { Activation } from "../lane/activation.js";
import { carryRequest } from "../lane/carry.js";
import { type Context, runIn } from "../lane/context.js";
import type { Lane } from "../lane/lane.js";
import { discard } from "../rpc/capability.js";
import type { Answer, CallEvent, ObjectEvent } from "../rpc/event.js";
import { perform } from "../rpc/perform.js";
import { isThenable, supportsRpc, unsupported } from "../rpc/receiver.js";
import type { Request } from "../web/request.js";
import {
  asResponse,
  checkSendable,
  type Response,
  responseFromParts,
  responseHeaders,
} from "../web/response.js";
import { idHex } from "./id.js";

/** Gives the activation an event of `caller`; `depth` calls are above its handler. */
export function deliverEvent(
  lane: Lane,
  activation: Activation,
  call: number,
  event: ObjectEvent,
  caller: Context | undefined,
  depth: number,
): void {
  const context: Context = { activation, section: 0, depth };
  runIn(context, () => {
    if (event.type === "call") deliverCall(lane, context, call, event);
    else deliverFetch(lane, context, call, carryRequest(lane, event.request, caller, context));
  });
}

/** Runs the object's `fetch`. */
function deliverFetch(lane: Lane, context: Context, call: number, request: Request): void {
  const { activation } = context;
  performFetch(
    lane,
    activation,
    request,
    () => handle(activation, request),
    (answer) => lane.answer(call, answer),
    NOT_A_PROMISE,
  );
}

/**
 * Runs a `fetch` handler of `from`, the entry if that is undefined; `done` is told the answer as the
 * caller is to see it. `otherwise` is what it is told of a handler that returns something else at once.
 */
export function performFetch(
  lane: Lane,
  from: Activation | undefined,
  request: Request,
  handler: () => unknown,
  done: (answer: Answer) => void,
  otherwise = NOT_A_RESPONSE,
): void {
  const fail = (thrown: unknown): void => done({ error: remoteError(thrown, lane.compatibility) });
  const succeed = (result: unknown, wrong: string): void => {
    const given = asResponse(result);
    if (given === undefined) {
      fail(new TypeError(wrong));
      return;
    }
    try {
      checkSendable(given);
      checkHandshake(given, request);
      const response = request.method === "HEAD" ? withoutBody(given) : given;
      done({ response, url: request.url, from });
    } catch (error) {
      fail(error);
    }
  };
  try {
    const result = handler();
    if (isThenable(result)) result.then((value) => succeed(value, NOT_A_RESPONSE), fail);
    else succeed(result, otherwise);
  } catch (thrown) {
    fail(thrown);
  }
}

/** A socket can only be given to who has asked for one. */
export function checkHandshake(response: Response, request: Request): void {
  if (response.webSocket === null) return;
  if (request.headers.get("upgrade")?.toLowerCase() !== "websocket") throw new TypeError(NOT_ASKED);
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
  if (typeof instance?.fetch !== "function") throw withoutHandler();
  return instance.fetch(request);
}

/** The error of a request to what has no `fetch`. */
export function withoutHandler(): Error {
  return new Error("Handler does not export a fetch() function.");
}

/** Calls the method, or reads the property, of the object. */
function deliverCall(lane: Lane, context: Context, call: number, event: CallEvent): void {
  const { activation } = context;
  if (!supportsRpc(activation.instance)) {
    discard(event.args);
    lane.answer(call, { error: remoteError(unsupported(), lane.compatibility) });
    return;
  }
  const receiver = { value: activation.instance, isEntrypoint: true };
  const durableObjectId = idHex(activation.id);
  perform({ lane, context, durableObjectId }, receiver, event, (outcome) => {
    lane.answer(call, "error" in outcome ? outcome : { ...outcome, durableObjectId });
  });
}

/** A handler's promise resolved to something else. */
export const NOT_A_RESPONSE =
  "Incorrect type for Promise: the Promise did not resolve to 'Response'.";
/** A handler returned something else. */
const NOT_A_PROMISE = "Callback returned incorrect type; expected 'Promise'";
const NOT_ASKED =
  'Worker tried to return a WebSocket in a response to a request which did not contain the header "Upgrade: websocket".';
