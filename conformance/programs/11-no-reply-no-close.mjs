/*
spec: 11.1 close reply
covers: A hibernatable socket whose handler does not reply to a close: the client waits until the object closes later
object: ROOM Room sqlite
socket: a /room
close: a 3000 from the client
pause: 100
request: GET /room/state
request: GET /room/close
receive: a
request: GET /room/state
*/
import { DurableObject } from "cloudflare:workers";
import { toNamed, upgrade } from "./observe.mjs";

export class Room extends DurableObject {
  fetch(request) {
    const { pathname } = new URL(request.url);
    if (pathname.endsWith("/state"))
      return Response.json([this.ws?.readyState, this.ctx.getWebSockets().length]);
    if (pathname.endsWith("/close")) {
      this.ws.close(3001, "late reply");
      return new Response(`state ${this.ws.readyState}`);
    }
    return upgrade((ws) => this.ctx.acceptWebSocket(ws));
  }
  webSocketClose(ws) {
    this.ws = ws;
  }
}

export default toNamed("ROOM");
