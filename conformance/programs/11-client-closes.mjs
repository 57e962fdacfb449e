/*
spec: 11.4 webSocketClose
covers: Close by the client: with code, empty, lost; what the handler is given and the state; a reply with another code
object: ROOM Room sqlite
socket: a /room
close: a 3001 with reason
receive: a
socket: b /room
close: b
receive: b
socket: c /room
lose: c
receive: c
socket: d /room
close: d 1000
receive: d
pause: 50
request: GET /room/seen
*/
import { DurableObject } from "cloudflare:workers";
import { toNamed, upgrade } from "./observe.mjs";

export class Room extends DurableObject {
  seen = [];
  fetch(request) {
    if (request.url.endsWith("/seen")) return Response.json(this.seen);
    return upgrade((ws) => this.ctx.acceptWebSocket(ws));
  }
  webSocketClose(ws, ...args) {
    this.seen.push([...args, ws.readyState, args.length]);
    try {
      ws.close(4999, "reply of the handler");
    } catch (error) {
      this.seen.push(error.message);
    }
    this.seen.push(ws.readyState);
  }
  webSocketError(_ws, error) {
    this.seen.push(["error", error.message]);
  }
}

export default toNamed("ROOM");
