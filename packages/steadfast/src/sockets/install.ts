/** Puts the classes of sockets into a global scope. */
import { CloseEvent, ErrorEvent } from "./events.js";
import { WebSocketPair } from "./pair.js";
import { WebSocketRequestResponsePair } from "./request-response-pair.js";
import { WebSocket } from "./web-socket.js";

/** Replaces or adds them in `scope`, the global scope of the thread that runs user code. */
export function installSockets(scope: typeof globalThis): void {
  const classes = {
    CloseEvent,
    ErrorEvent,
    WebSocket,
    WebSocketPair,
    WebSocketRequestResponsePair,
  };
  for (const [name, value] of Object.entries(classes)) {
    Object.defineProperty(scope, name, {
      value,
      writable: true,
      enumerable: false,
      configurable: true,
    });
  }
}
