// The clients of a program's WebSockets: what they do, and what arrives at each of them, in order.
import { createRequire } from "node:module";
import { ANSWER_TIMEOUT_MS, HOST, headerLines } from "./transcript.mjs";

/** @typedef {import("./program.mjs").SocketStep} SocketStep */
/** @typedef {import("./transcript.mjs").Answer} Answer */
/**
 * The part of npm's ws that is used here.
 * @typedef {import("node:events").EventEmitter & {
 *   send(data: string | Uint8Array): void,
 *   ping(data: string): void,
 *   close(code?: number, reason?: string): void,
 *   terminate(): void,
 * }} Socket
 * @typedef {{ socket: Socket, arrived: string[], changed: () => void }} Client
 */

/** @type {new (url: string, protocols: string[], options: object) => Socket} */
const WebSocket = createRequire(import.meta.url)("ws");

/** Text that is longer is told by its length. */
const SHOWN_LENGTH_MAX = 2000;

export class Clients {
  #port;
  /** @type {Map<string, Client>} */
  #clients = new Map();

  /** @param {number} port */
  constructor(port) {
    this.#port = port;
  }

  /**
   * @param {SocketStep} step
   * @returns {Promise<Answer>}
   */
  async perform({ kind, socket: name, rest }) {
    if (kind === "socket") return this.#open(name, rest);
    const client = this.#clients.get(name);
    if (!client) throw new Error(`no socket is named ${name}`);
    const { socket } = client;
    if (kind === "receive") return this.#receive(name, client, Number(rest || 1));
    const title = `${name} ${kind}${rest && ` ${rest}`}\n`;
    try {
      act(socket, kind, rest);
      return { text: title, failed: false };
    } catch (error) {
      return { text: `${title}${/** @type {Error} */ (error).message}\n`, failed: true };
    }
  }

  /** Ends the connections, and tells what has arrived and was not asked for. */
  end() {
    const answers = [];
    for (const [name, { socket, arrived }] of this.#clients) {
      if (arrived.length > 0) answers.push(told(name, "also received", arrived));
      socket.terminate();
    }
    return answers;
  }

  /**
   * `/path [JSON with headers, protocols, deflate]`
   * @param {string} name
   * @param {string} rest
   * @returns {Promise<Answer>}
   */
  async #open(name, rest) {
    const [, path, options] = /^(\/\S*)(?: (\{.*\}))?$/.exec(rest) ?? [];
    const { headers = {}, protocols = [], deflate = false } = JSON.parse(options ?? "{}");
    const socket = new WebSocket(`ws://127.0.0.1:${this.#port}${path}`, protocols, {
      headers: { host: HOST, ...headers },
      perMessageDeflate: deflate,
      maxPayload: 64 << 20,
    });
    /** @type {Client} */
    const client = { socket, arrived: [], changed: () => {} };
    this.#clients.set(name, client);
    listen(client);
    const title = `${name} socket ${path}`;
    return new Promise((resolve) => {
      const answer = (/** @type {string} */ text, failed = false) =>
        resolve({ text: `${title}\n${text}\n`, failed });
      let head = "";
      socket.on("upgrade", ({ rawHeaders }) => {
        head = ["101", ...headerLines(rawHeaders)].join("\n");
      });
      socket.on("open", () => answer(head));
      socket.on("unexpected-response", (_request, response) => {
        /** @type {Buffer[]} */
        const chunks = [];
        response.on("data", (/** @type {Buffer} */ chunk) => chunks.push(chunk));
        response.on("end", () => {
          const head = [`${response.statusCode}`, ...headerLines(response.rawHeaders)];
          answer(`${head.join("\n")}\n\n${Buffer.concat(chunks)}`, response.statusCode >= 500);
        });
      });
      socket.on("error", (error) => answer(`refused: ${error.message}`, true));
    });
  }

  /**
   * Waits until `count` more have arrived.
   * @param {string} name
   * @param {Client} client
   * @param {number} count
   * @returns {Promise<Answer>}
   */
  async #receive(name, client, count) {
    const { arrived } = client;
    await new Promise((resolve) => {
      const timer = setTimeout(resolve, ANSWER_TIMEOUT_MS);
      client.changed = () => {
        if (arrived.length < count) return;
        clearTimeout(timer);
        resolve(undefined);
      };
      client.changed();
    });
    const enough = arrived.length >= count;
    if (!enough) arrived.push("nothing more in time");
    return { ...told(name, "received", arrived.splice(0, count)), failed: !enough };
  }
}

/**
 * Writes down what arrives at a client.
 * @param {Client} client
 */
function listen(client) {
  const note = (/** @type {string} */ line) => {
    client.arrived.push(line);
    client.changed();
  };
  client.socket.on("message", (/** @type {Buffer} */ data, /** @type {boolean} */ isBinary) => {
    if (!isBinary) note(`text ${shown(data.toString())}`);
    else note(`binary ${data.length > 32 ? `of ${data.length} bytes` : data.toString("hex")}`);
  });
  client.socket.on("ping", (data) => note(`ping ${shown(data.toString())}`));
  client.socket.on("pong", (data) => note(`pong ${shown(data.toString())}`));
  client.socket.on("close", (code, reason) => {
    note(code === 1006 ? "the connection is lost" : `close ${code} ${shown(reason.toString())}`);
  });
}

/**
 * @param {string} name
 * @param {string} what
 * @param {string[]} arrived
 * @returns {Answer}
 */
function told(name, what, arrived) {
  return {
    text: `${name} ${what}\n${arrived.map((line) => `  ${line}\n`).join("")}`,
    failed: false,
  };
}

/**
 * @param {Socket} socket
 * @param {SocketStep["kind"]} kind
 * @param {string} rest
 */
function act(socket, kind, rest) {
  if (kind === "send") socket.send(rest);
  else if (kind === "binary") socket.send(Buffer.from(rest, "hex"));
  else if (kind === "large") socket.send(largeMessage(rest));
  else if (kind === "ping") socket.ping(rest);
  else if (kind === "lose") socket.terminate();
  else socket.close(...closeArguments(rest));
}

/**
 * `text|binary LENGTH`
 * @param {string} rest
 */
function largeMessage(rest) {
  const [kind, length] = rest.split(" ");
  return kind === "text" ? "x".repeat(Number(length)) : Buffer.alloc(Number(length), 1);
}

/**
 * `[CODE [reason]]`
 * @param {string} rest
 * @returns {[code?: number, reason?: string]}
 */
function closeArguments(rest) {
  const code = rest.split(" ", 1)[0];
  if (code === "") return [];
  return [Number(code), rest.slice(code.length + 1)];
}

/** @param {string} text */
function shown(text) {
  return text.length > SHOWN_LENGTH_MAX ? `${text.length} characters` : JSON.stringify(text);
}
