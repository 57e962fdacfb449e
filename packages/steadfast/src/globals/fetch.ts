/**
 * Outgoing `fetch`: it leaves only when everything it may depend on is durable, and in an object its
 * answer is delivered through the input gate.
 */
import { carryFetched } from "../lane/carry.js";
import { type Context, currentContext, runIn } from "../lane/context.js";
import type { Lane } from "../lane/lane.js";
import { webFetch } from "../web/install.js";
import { isRequest, Request } from "../web/request.js";
import type { RequestInit } from "../web/request-init.js";
import type { Response } from "../web/response.js";
import { fetchSocket, wantsSocket } from "./upgrade.js";

/** Lanes of this thread: code outside every object may have seen what any of them answered. */
const lanes = new Set<Lane>();

/** Lets `fetch` know of a lane until the returned function is called. */
export function gateFetchesOf(lane: Lane): () => void {
  lanes.add(lane);
  return () => lanes.delete(lane);
}

/** Replaces `fetch` in `scope`. */
export function installFetch(scope: typeof globalThis): void {
  Object.defineProperty(scope, "fetch", {
    value: gatedFetch,
    writable: true,
    enumerable: true,
    configurable: true,
  });
}

async function gatedFetch(input: unknown, init?: RequestInit): Promise<Response> {
  const context = currentContext();
  if (context !== undefined) return fetchIn(context, input, init);
  for (const lane of lanes) await lane.outputGate(undefined);
  return fetchOutside(input, init, undefined);
}

/** Sends the request; one for a socket in a way of its own. */
async function fetchOutside(
  input: unknown,
  init: RequestInit | undefined,
  context: Context | undefined,
): Promise<Response> {
  const request = init === undefined && isRequest(input) ? input : new Request(input, init);
  return wantsSocket(request) ? fetchSocket(request, context) : webFetch(request);
}

async function fetchIn(context: Context, input: unknown, init?: RequestInit): Promise<Response> {
  const { activation } = context;
  const { lane } = activation;
  if (activation.ended !== undefined) throw activation.ended;
  lane.native.beginActivity(activation.number);
  const settleIn = (settle: () => void): void => {
    lane.resume(context, () => {
      lane.native.endActivity(activation.number);
      settle();
    });
  };
  await lane.outputGate(context);
  return new Promise((resolve, reject) => {
    // The platform's own timers and callbacks are not the object's.
    runIn(undefined, () => fetchOutside(input, init, context)).then(
      (response) => settleIn(() => resolve(carryFetched(lane, response, context))),
      (error: unknown) => settleIn(() => reject(error)),
    );
  });
}
