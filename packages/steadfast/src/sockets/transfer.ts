/**
 * Passing a socket on, with a response. It crosses as its number, which is the same on every lane of the
 * process; whoever had it can use it no more.
 */
import type { Lane } from "../lane/lane.js";
import { faceOf, handleOf, type WebSocket } from "./web-socket.js";

/** Takes a socket of this lane out of the hands of whoever has it: its number. */
export function passSocket(lane: Lane, webSocket: WebSocket): number {
  const handle = handleOf(webSocket);
  if (handle === undefined)
    throw new TypeError("a socket of another implementation cannot be passed on");
  return handle.pass(lane);
}

/** The socket with this number, as this lane's code has it from now on. */
export function socketNumbered(lane: Lane, socket: number): WebSocket {
  return faceOf(lane.sockets.arrived(socket));
}
