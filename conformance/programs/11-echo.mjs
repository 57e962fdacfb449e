/*
spec: 11.1
covers: A hibernatable socket over the wire: text, binary, empty messages, order, a close that the handler answers
object: ROOM Room sqlite
socket: a /room
send: a hello
receive: a
binary: a 00ff10
receive: a
send: a
receive: a
send: a one
send: a two
send: a three
receive: a 3
send: a é😀
receive: a
close: a 4001 bye bye
receive: a
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
  webSocketMessage(ws, message) {
    ws.send(message);
  }
  webSocketClose(ws, code, reason, wasClean) {
    this.seen.push([code, reason, wasClean, ws.readyState]);
    ws.close(code, reason);
    this.seen.push(ws.readyState);
  }
}

export default toNamed("ROOM");
