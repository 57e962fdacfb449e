/*
object: ROOM Room sqlite
*/
import { DurableObject } from "cloudflare:workers";
import { toNamed, upgrade } from "./observe.mjs";

export class Room extends DurableObject {
  fetch(request) {
    return upgrade((ws) => this.ctx.acceptWebSocket(ws), {
      "x-room": new URL(request.url).pathname,
    });
  }
  webSocketMessage(ws, message) {
    ws.send(`${this.ctx.id.name} got ${message}`);
  }
  webSocketClose(ws, code, reason) {
    ws.close(code, `${reason} replied`);
  }
}

export default toNamed("ROOM");
