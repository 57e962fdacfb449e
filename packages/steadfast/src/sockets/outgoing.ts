/**
 * Sockets to outside: `new WebSocket(url)`, and `fetch` with `Upgrade: websocket`.
 *
 * Frames and TLS are the package `ws`'s, which is loaded by the first of them. Its client stands behind
 * one end of a pair, so that what is sent waits for the output gate and what arrives for the input gate
 * like everything else.
 */
import type { IncomingMessage } from "node:http";
import type { WebSocket as Client, ClientOptions } from "ws";
import { type Context, currentCode, currentContext, runIn } from "../lane/context.js";
import type { Lane } from "../lane/lane.js";
import { toText } from "../objects/arguments.js";
import { SocketHandle } from "./handle.js";
import { laneOfThread } from "./lane-of-thread.js";
import type { Bridge } from "./lane-sockets.js";
import { receiveOpen } from "./web-socket.js";

/** The socket of `new WebSocket`, which begins to connect; `known` is told before anything happens. */
export function connect(
  givenUrl: unknown,
  givenProtocols: unknown,
  known: (handle: SocketHandle) => void,
): SocketHandle {
  const url = checkedUrl(toText(givenUrl));
  const protocols = checkedProtocols(givenProtocols);
  const lane = laneOfThread();
  const context = currentContext();
  const { handle, behind } = endBefore(lane);
  handle.isOutgoing = true;
  handle.isConnecting = true;
  handle.url = url;
  known(handle);
  handle.listen(currentCode());
  const opened = (client: Client): void => {
    lane.resume(context, () => {
      handle.isConnecting = false;
      handle.protocol = client.protocol;
      handle.extensions = client.extensions;
      receiveOpen(handle);
    });
  };
  void dial(lane, context, behind, url, protocols, {}).then(
    (client) => client.on("open", () => opened(client)),
    (error: Error) => lane.native.socketPushEnd(behind, LOST, error.message, false, true),
  );
  return handle;
}

/** What a server has answered to a request for a socket. */
export type Handshake =
  | { readonly headers: IncomingMessage["headersDistinct"]; readonly handle: SocketHandle }
  /** It has refused: an ordinary answer, whose body is to be read. */
  | { readonly refused: IncomingMessage };

/** Asks a server for a socket, as `fetch` does. */
export async function handshake(
  url: string,
  headers: Record<string, string>,
  context: Context | undefined,
): Promise<Handshake> {
  const lane = context?.activation.lane ?? laneOfThread();
  const { handle, behind } = endBefore(lane);
  const { protocols, rest } = withoutHandshake(headers);
  const target = url.replace(/^http/, "ws");
  const client = await dial(lane, context, behind, target, protocols, { headers: rest });
  let upgraded: IncomingMessage | undefined;
  client.on("upgrade", (response) => {
    upgraded = response;
  });
  return new Promise((resolve, reject) => {
    client.on("open", () => {
      if (upgraded !== undefined) resolve({ headers: upgraded.headersDistinct, handle });
    });
    client.on("unexpected-response", (_request, refused) => resolve({ refused }));
    client.on("error", reject);
  });
}

/** A free end, and the number of the one that stands for a connection. */
function endBefore(lane: Lane): { handle: SocketHandle; behind: number } {
  const socket = lane.native.socketPair();
  const handle = new SocketHandle();
  handle.attach(lane, socket);
  return { handle, behind: socket + 1 };
}

/** Begins to connect, once everything that the request may depend on is durable. */
async function dial(
  lane: Lane,
  context: Context | undefined,
  behind: number,
  url: string,
  protocols: string[],
  options: ClientOptions,
): Promise<Client> {
  const [{ WebSocket: WsClient }] = await Promise.all([import("ws"), lane.outputGate(context)]);
  // What the client does is not the object's doing.
  return runIn(undefined, () => {
    const client = new WsClient(url, protocols, { ...options, maxPayload: MESSAGE_BYTES_MAX });
    bridge(lane, behind, client);
    return client;
  });
}

/** Passes on what comes and goes between a client and the end of the pair behind which it is. */
function bridge(lane: Lane, behind: number, client: Client): void {
  const { native } = lane;
  const waiting: (() => void)[] = [];
  const whenOpen = (act: () => void): void => {
    if (client.readyState === client.CONNECTING) waiting.push(act);
    else act();
  };
  const taker: Bridge = {
    message: (message) => whenOpen(() => client.send(message)),
    closed(code, reason, wasClean) {
      if (!wasClean || client.readyState === client.CONNECTING) client.terminate();
      else client.close(code === NO_CODE ? undefined : code, cutReason(reason));
    },
  };
  lane.sockets.add(behind, taker);
  native.socketAccept(0, 0, behind);
  client.on("open", () => {
    for (const act of waiting.splice(0)) act();
  });
  client.on("message", (data: Buffer, isBinary) => {
    native.socketPush(behind, isBinary ? data : data.toString());
  });
  client.on("error", (error) => native.socketPushEnd(behind, LOST, error.message, false, true));
  client.on("close", (code, reason) => {
    const wasClean = code !== LOST;
    native.socketPushEnd(behind, code, wasClean ? reason.toString() : NO_FRAME, wasClean, false);
  });
}

/** As much of a reason as a Close frame holds. */
function cutReason(reason: string): string {
  let cut = reason;
  while (Buffer.byteLength(cut) > REASON_BYTES_MAX) cut = cut.slice(0, -1);
  return cut;
}

/** The headers that the client does not make itself. */
function withoutHandshake(headers: Record<string, string>): {
  protocols: string[];
  rest: Record<string, string>;
} {
  const rest: Record<string, string> = {};
  for (const [name, value] of Object.entries(headers)) {
    if (!HANDSHAKE_HEADERS.has(name)) rest[name] = value;
  }
  const asked = headers["sec-websocket-protocol"] ?? "";
  const protocols = asked.split(",").map((protocol) => protocol.trim());
  return { protocols: protocols.filter((protocol) => protocol !== ""), rest };
}

function checkedUrl(text: string): string {
  if (!URL.canParse(text)) throw syntaxError("WebSocket Constructor: The url is invalid.");
  const url = new URL(text);
  if (url.protocol !== "ws:" && url.protocol !== "wss:") {
    throw syntaxError("WebSocket Constructor: The url scheme must be ws or wss.");
  }
  if (url.hash !== "") throw syntaxError("WebSocket Constructor: The url fragment must be empty.");
  return url.href;
}

function checkedProtocols(given: unknown): string[] {
  if (given === undefined) return [];
  const isList = Array.isArray(given);
  const protocols = isList ? given.map(toText) : [toText(given)];
  if (!protocols.every((protocol) => TOKEN.test(protocol))) {
    throw syntaxError(
      isList
        ? "WebSocket Constructor: One of the protocol header tokens is invalid."
        : "WebSocket Constructor: The protocol header token is invalid.",
    );
  }
  if (new Set(protocols).size < protocols.length) {
    throw syntaxError("WebSocket Constructor: The protocols header cannot have repeating values.");
  }
  return protocols;
}

function syntaxError(message: string): DOMException {
  return new DOMException(message, "SyntaxError");
}

/** A token of HTTP. */
const TOKEN = /^[!#$%&'*+\-.^_`|~0-9A-Za-z]+$/;
const HANDSHAKE_HEADERS: ReadonlySet<string> = new Set([
  "connection",
  "host",
  "sec-websocket-extensions",
  "sec-websocket-key",
  "sec-websocket-protocol",
  "sec-websocket-version",
  "upgrade",
]);
/** The code of an empty Close frame. */
const NO_CODE = 1005;
/** The code of a connection that has ended without a Close frame. */
const LOST = 1006;
const REASON_BYTES_MAX = 123;
const NO_FRAME = "WebSocket disconnected without sending Close frame.";
/** As much as the server takes. */
const MESSAGE_BYTES_MAX = 32 * 1024 * 1024;
