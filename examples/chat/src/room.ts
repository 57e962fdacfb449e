import { DurableObject } from "cloudflare:workers";
import type { Env } from "./index";
import { asName, type Message, type ToPage, textOf } from "./protocol";

/** What is remembered of a page while the room sleeps. */
interface Visitor {
  name: string;
  /** The same for all pages of one person; whose messages are counted together. */
  person: string;
}

/** How many messages a page that comes in is shown. */
const SHOWN_MAX = 100;
/** How many messages a room keeps. */
const KEPT_MAX = 1000;

/**
 * One room: its history is in SQL, and its sockets hibernate, so a quiet room costs no memory but
 * the connections themselves.
 */
export class Room extends DurableObject<Env> {
  readonly #sql = this.ctx.storage.sql;

  constructor(ctx: DurableObjectState, env: Env) {
    super(ctx, env);
    this.#sql.exec(`CREATE TABLE IF NOT EXISTS messages (
      number INTEGER PRIMARY KEY AUTOINCREMENT,
      name TEXT NOT NULL,
      text TEXT NOT NULL,
      time INTEGER NOT NULL
    )`);
    // Pages see that they are connected without waking the room.
    ctx.setWebSocketAutoResponse(new WebSocketRequestResponsePair("ping", "pong"));
  }

  /** Lets a page in. `after` is the last message it has seen. */
  override async fetch(request: Request): Promise<Response> {
    if (request.headers.get("upgrade")?.toLowerCase() !== "websocket") {
      return new Response("Expected a WebSocket\n", { status: 426 });
    }
    const { searchParams } = new URL(request.url);
    const name = asName(searchParams.get("name"));
    if (name === undefined) return new Response("Who are you?\n", { status: 400 });
    const visitor: Visitor = { name, person: searchParams.get("person") ?? name };
    const { 0: client, 1: server } = new WebSocketPair();
    this.ctx.acceptWebSocket(server);
    server.serializeAttachment(visitor);
    const after = Number(searchParams.get("after")) || 0;
    send(server, { type: "messages", messages: this.#messagesAfter(after) });
    this.#tellWhoIsPresent();
    return new Response(null, { status: 101, webSocket: client });
  }

  override async webSocketMessage(socket: WebSocket, data: string | ArrayBuffer): Promise<void> {
    const text = textOf(data);
    if (text === undefined) return;
    const { name, person } = visitorAt(socket);
    const ms = await this.env.LIMITER.getByName(person).take();
    if (ms > 0) {
      send(socket, { type: "wait", ms, text });
      return;
    }
    this.#say(name, text);
  }

  override async webSocketClose(socket: WebSocket, code: number): Promise<void> {
    // A code that only says that there was none cannot be sent.
    socket.close(code === 1005 || code === 1006 ? 1000 : code);
    this.#tellWhoIsPresent(socket);
  }

  override async webSocketError(socket: WebSocket): Promise<void> {
    this.#tellWhoIsPresent(socket);
  }

  #say(name: string, text: string): void {
    const insert = "INSERT INTO messages (name, text, time) VALUES (?, ?, ?) RETURNING *";
    const message = this.#sql.exec<Message>(insert, name, text, Date.now()).one();
    this.#sql.exec("DELETE FROM messages WHERE number <= ?", message.number - KEPT_MAX);
    this.#tellAll({ type: "messages", messages: [message] });
  }

  #messagesAfter(number: number): Message[] {
    const select = "SELECT * FROM messages WHERE number > ? ORDER BY number DESC LIMIT ?";
    return this.#sql.exec<Message>(select, number, SHOWN_MAX).toArray().reverse();
  }

  #tellWhoIsPresent(leaving?: WebSocket): void {
    const sockets = this.ctx.getWebSockets().filter((socket) => socket !== leaving);
    const names = new Set(sockets.map((socket) => visitorAt(socket).name));
    this.#tellAll({ type: "present", names: [...names].sort() }, sockets);
  }

  #tellAll(told: ToPage, sockets: WebSocket[] = this.ctx.getWebSockets()): void {
    for (const socket of sockets) send(socket, told);
  }
}

function visitorAt(socket: WebSocket): Visitor {
  return socket.deserializeAttachment() as Visitor;
}

function send(socket: WebSocket, told: ToPage): void {
  try {
    socket.send(JSON.stringify(told));
  } catch {
    // It is closing, and will be told of no more.
  }
}
