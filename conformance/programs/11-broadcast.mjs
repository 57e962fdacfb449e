/*
spec: 11.2, 11.4
covers: A room that sends to all: order of sends is the order of events; who leaves is told to the others
object: ROOM Room sqlite
socket: a /room?name=a
socket: b /room?name=b
receive: a
socket: c /room?name=c
receive: a
receive: b
send: a hello
receive: b
receive: c
send: b hi
receive: a
receive: c
close: b 1000 bye
receive: b
receive: a
receive: c
request: GET /room/history
restart:
request: GET /room/history
socket: d /room?name=d
send: d again
pause: 50
request: GET /room/history
*/
import { DurableObject } from "cloudflare:workers";
import { toNamed, upgrade } from "./observe.mjs";

export class Room extends DurableObject {
  constructor(ctx, env) {
    super(ctx, env);
    ctx.storage.sql.exec("CREATE TABLE IF NOT EXISTS lines (id INTEGER PRIMARY KEY, line TEXT)");
  }
  fetch(request) {
    const { pathname, searchParams } = new URL(request.url);
    if (pathname.endsWith("/history")) {
      const lines = this.ctx.storage.sql.exec("SELECT line FROM lines ORDER BY id").toArray();
      return Response.json(lines.map(({ line }) => line));
    }
    return upgrade((ws) => {
      const name = searchParams.get("name");
      this.tell(`${name} joins`);
      this.ctx.acceptWebSocket(ws);
      ws.serializeAttachment(name);
    });
  }
  tell(line, but) {
    this.ctx.storage.sql.exec("INSERT INTO lines (line) VALUES (?)", line);
    for (const ws of this.ctx.getWebSockets()) if (ws !== but) ws.send(line);
  }
  webSocketMessage(ws, message) {
    this.tell(`${ws.deserializeAttachment()}: ${message}`, ws);
  }
  webSocketClose(ws, code) {
    ws.close(code, "bye");
    this.tell(`${ws.deserializeAttachment()} leaves`, ws);
  }
}

export default toNamed("ROOM");
