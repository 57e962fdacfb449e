import { once } from "node:events";
import WebSocket from "ws";

/** A WebSocket of a test: what comes is kept until it is asked for. */
export class Visitor {
  #socket;
  #come = [];
  #waiting = [];

  /** Connects; closed when the test ends. */
  static async connect(t, url) {
    const socket = new WebSocket(url.replace(/^http/, "ws"));
    const visitor = new Visitor(socket);
    t.after(() => socket.terminate());
    await once(socket, "open");
    return visitor;
  }

  constructor(socket) {
    this.#socket = socket;
    this.closed = new Promise((resolve) => {
      socket.on("close", (code, reason) => resolve({ code, reason: `${reason}` }));
    });
    socket.on("message", (data, isBinary) => {
      const message = isBinary ? data : data.toString();
      const waiting = this.#waiting.shift();
      if (waiting === undefined) this.#come.push(message);
      else waiting(message);
    });
  }

  send(message) {
    this.#socket.send(message);
  }

  /** The next message. */
  next() {
    if (this.#come.length > 0) return Promise.resolve(this.#come.shift());
    return new Promise((resolve) => this.#waiting.push(resolve));
  }

  /** The next message that is JSON of this type. */
  async nextOf(type) {
    for (;;) {
      const message = JSON.parse(await this.next());
      if (message.type === type) return message;
    }
  }

  /** Closes, and waits for the other side. */
  close(code, reason) {
    this.#socket.close(code, reason);
    return this.closed;
  }
}
