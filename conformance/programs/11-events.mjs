/*
spec: 11.1, 11.4
covers: Event objects and handler properties: types, classes, fields; removing listeners; handleEvent objects; onmessage
*/
import { Journal, pause } from "./observe.mjs";

export default {
  async fetch() {
    const log = new Journal();
    const [a, b] = Object.values(new WebSocketPair());
    b.addEventListener("message", (event) => {
      log.note(
        "message",
        event.constructor.name,
        event.type,
        event.data,
        event.target === b,
        event instanceof Event,
      );
    });
    b.addEventListener("message", { handleEvent: (event) => log.note("handleEvent", event.data) });
    b.addEventListener("message", ({ data }) => log.note("once", data), { once: true });
    const removed = () => log.note("never");
    b.addEventListener("message", removed);
    b.removeEventListener("message", removed);
    b.addEventListener("close", (event) => {
      log.note(
        "close",
        event.constructor.name,
        event.type,
        event.code,
        event.reason,
        event.wasClean,
      );
    });
    a.accept();
    b.accept();
    a.send("first");
    a.send("second");
    await pause(5);
    log.note(
      "constants",
      WebSocket.CONNECTING,
      WebSocket.OPEN,
      WebSocket.CLOSING,
      WebSocket.CLOSED,
    );
    log.note(
      "static",
      WebSocket.READY_STATE_OPEN,
      a.OPEN,
      b instanceof EventTarget,
      b instanceof WebSocket,
    );
    a.close();
    await pause(5);
    log.attempt("new MessageEvent", () => new MessageEvent("message", { data: 5 }).data);
    log.attempt("new CloseEvent", () => {
      const event = new CloseEvent("close", { code: 1, reason: "r", wasClean: true });
      return [event.code, event.reason, event.wasClean];
    });
    log.attempt("new ErrorEvent", () => new ErrorEvent("error", { message: "m" }).message);
    log.attempt("pair without new", () => WebSocketPair());
    return log.response();
  },
};
