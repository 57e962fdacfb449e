/** `WebSocketPair`: two ends that are connected with each other. */
import { tag } from "../objects/arguments.js";
import { PairOfEnds, SocketHandle } from "./handle.js";
import { faceOf, type WebSocket } from "./web-socket.js";

class Pair {
  readonly 0: WebSocket;
  readonly 1: WebSocket;

  constructor() {
    const [client, server] = [new SocketHandle(), new SocketHandle()];
    const pair = new PairOfEnds(client, server);
    client.pair = pair;
    server.pair = pair;
    server.side = 1;
    this[0] = faceOf(client);
    this[1] = faceOf(server);
  }

  *[Symbol.iterator](): Iterator<WebSocket> {
    yield this[0];
    yield this[1];
  }
}

Object.defineProperty(Pair, "name", { value: "WebSocketPair" });
tag(Pair, "WebSocketPair");

/** As workerd calls it when it is called without `new`. */
const WITHOUT_NEW =
  "Failed to construct 'WebSocketPair': Please use the 'new' operator, this object constructor cannot be called as a function.";

export type WebSocketPair = Pair;
export const WebSocketPair: new () => WebSocketPair = new Proxy(Pair, {
  apply() {
    throw new TypeError(WITHOUT_NEW);
  },
});
