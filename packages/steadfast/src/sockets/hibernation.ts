/** The methods of `ctx` about sockets that may hibernate. */
import { fromNative } from "../errors.js";
import type { Activation } from "../lane/activation.js";
import { toText, wrongArgument } from "../objects/arguments.js";
import type { SocketHandle } from "./handle.js";
import { WebSocketRequestResponsePair } from "./request-response-pair.js";
import { faceOf, handleOf, type WebSocket } from "./web-socket.js";

/** Gives a socket to the object. */
export function acceptWebSocket(activation: Activation, given: readonly unknown[]): void {
  const handle = requireSocket("acceptWebSocket", given[0]);
  requireRoot(activation);
  const tags: unknown = given[1];
  if (tags !== undefined && !Array.isArray(tags)) throw wrong("acceptWebSocket", 2, "Array");
  if (handle.use === "listening" && !handle.isOutgoing) throw new Error(ACCEPTED);
  if (handle.use === "hibernating") throw new Error(ACCEPTED);
  if (handle.use !== "free" || !handle.isPeerFree) throw new Error(PEER_ACCEPTED);
  if (activation.ended !== undefined) throw activation.ended;
  try {
    handle.hibernate(activation, (tags ?? []).map(toText));
  } catch (error) {
    throw fromNative(error);
  }
}

/** The object's sockets; with a tag those that have it. */
export function getWebSockets(activation: Activation, tag: unknown): WebSocket[] {
  if (activation.facetOf !== undefined) return [];
  const { lane, number } = activation;
  const found = lane.native.socketList(
    number,
    tag === undefined || tag === null ? undefined : toText(tag),
  );
  return Array.from(found, (socket) => faceOf(lane.sockets.hibernating(socket, activation)));
}

/** The tags a socket was accepted with. */
export function getTags(given: unknown): string[] {
  const handle = requireSocket("getTags", given);
  if (handle.use === "listening") throw new Error("only hibernatable websockets can have tags.");
  if (handle.use !== "hibernating") {
    throw new Error(
      "you must call 'acceptWebSocket()' before attempting to access the tags of a WebSocket.",
    );
  }
  return handle.tags;
}

export function setAutoResponse(activation: Activation, pair: unknown): void {
  requireRoot(activation);
  const { lane, number } = activation;
  if (pair !== undefined && !(pair instanceof WebSocketRequestResponsePair)) {
    throw wrong("setWebSocketAutoResponse", 1, "WebSocketRequestResponsePair");
  }
  try {
    lane.native.setAutoResponse(number, pair?.request, pair?.response);
  } catch (error) {
    throw fromNative(error);
  }
}

export function getAutoResponse(activation: Activation): WebSocketRequestResponsePair | null {
  if (activation.facetOf !== undefined) return null;
  const [request, response] = activation.lane.native.getAutoResponse(activation.number);
  if (request === undefined || response === undefined) return null;
  return new WebSocketRequestResponsePair(request, response);
}

/** When the automatic response was last sent to a socket's peer. */
export function getAutoResponseTimestamp(given: unknown): Date | null {
  const handle = requireSocket("getWebSocketAutoResponseTimestamp", given);
  if (handle.use !== "hibernating") return null;
  const ms = handle.lane.native.autoResponseTime(handle.socket);
  return ms === null ? null : new Date(ms);
}

export function setEventTimeout(activation: Activation, given: unknown): void {
  const ms = given === undefined || given === null ? 0 : Number(given);
  if (Number.isNaN(ms)) {
    throw new TypeError("The value cannot be converted because it is not an integer.");
  }
  if (ms < 0) {
    throw new TypeError(
      "The value cannot be converted because it is negative and this API expects a positive number.",
    );
  }
  try {
    activation.lane.native.setSocketEventTimeout(activation.number, Math.trunc(ms));
  } catch (error) {
    throw fromNative(error);
  }
}

export function getEventTimeout(activation: Activation): number | null {
  return activation.lane.native.getSocketEventTimeout(activation.number);
}

function requireSocket(method: string, value: unknown): SocketHandle {
  const handle = handleOf(value);
  if (handle === undefined) throw wrong(method, 1, "WebSocket");
  return handle;
}

function wrong(method: string, position: number, type: string): TypeError {
  return wrongArgument(method, "DurableObjectState", position, type);
}

const ACCEPTED =
  "Cannot call `acceptWebSocket()` if the WebSocket was already accepted via `accept()`";
const PEER_ACCEPTED =
  "Cannot call `acceptWebSocket()` on this WebSocket because its pair has already been accepted or used in a Response.";

/** A message wakes the object it is for, and nothing tells what a facet that is not there was made of. */
function requireRoot({ facetOf }: Activation): void {
  if (facetOf !== undefined) {
    throw new Error("WebSockets of a facet cannot hibernate: call accept() on them");
  }
}
