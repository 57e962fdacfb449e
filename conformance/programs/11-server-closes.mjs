/*
spec: 11.4 webSocketClose
covers: Close by the object with code, without, twice; send after it; the handler's state when the client replies
object: ROOM Room sqlite
socket: a /room
send: a 4321
receive: a 2
socket: b /room
send: b none
receive: b
socket: c /room
send: c twice
receive: c
socket: d /room
send: d after
receive: d 2
pause: 50
request: GET /room/seen
*/
import { DurableObject } from "cloudflare:workers";
import { toNamed, upgrade } from "./observe.mjs";

export class Room extends DurableObject {
  seen = [];
  fetch(request) {
    if (request.url.endsWith("/seen"))
      return Response.json([this.seen, this.ctx.getWebSockets().length]);
    return upgrade((ws) => this.ctx.acceptWebSocket(ws));
  }
  webSocketMessage(ws, what) {
    if (what === "4321") {
      ws.send("before the close");
      ws.close(4321, "by the object");
    } else if (what === "none") ws.close();
    else if (what === "twice") {
      ws.close(1000, "first");
      ws.close(1001, "second");
    } else {
      ws.send("last");
      ws.close(1000);
      try {
        ws.send("too late");
      } catch (error) {
        this.seen.push(`${error.name} ${error.message}`);
      }
    }
    this.seen.push([what, ws.readyState, this.ctx.getWebSockets().length]);
  }
  webSocketClose(ws, ...args) {
    this.seen.push(["close", ...args, ws.readyState, this.ctx.getWebSockets().length]);
  }
}

export default toNamed("ROOM");
