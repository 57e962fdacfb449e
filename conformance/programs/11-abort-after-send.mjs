/*
spec: 4.2, 11.3 sends
covers: A send after a write that is never committed does not arrive; one after a synced write does
object: ROOM Room sqlite
socket: a /room
send: a lost
receive: a
socket: b /room
send: b kept
receive: b 2
request: GET /room/values
*/
import { DurableObject } from "cloudflare:workers";
import { toNamed, upgrade } from "./observe.mjs";

export class Room extends DurableObject {
  async fetch(request) {
    if (request.url.endsWith("/values")) return Response.json([...(await this.ctx.storage.list())]);
    return upgrade((ws) => this.ctx.acceptWebSocket(ws));
  }
  async webSocketMessage(ws, message) {
    this.ctx.storage.put(message, 1);
    if (message === "kept") await this.ctx.storage.sync();
    ws.send(`sent after ${message}`);
    if (message === "kept") await new Promise((resolve) => setTimeout(resolve, 100));
    this.ctx.abort("end");
  }
}

export default toNamed("ROOM");
