/*
spec: 2.7, 11.5
covers: ctx.abort in a message handler and in a request drops all sockets without a Close frame; a new activation has none
object: ROOM Room sqlite
socket: a /room
socket: b /room
send: a abort
receive: a
receive: b
request: GET /room/count
socket: c /room
send: c hello
receive: c
request: GET /room/abort
receive: c
request: GET /room/count
*/
import { DurableObject } from "cloudflare:workers";
import { failure, upgrade } from "./observe.mjs";

let built = 0;

export class Room extends DurableObject {
  constructor(ctx, env) {
    super(ctx, env);
    built++;
  }
  fetch(request) {
    const { pathname } = new URL(request.url);
    if (pathname.endsWith("/count")) return Response.json([built, this.ctx.getWebSockets().length]);
    if (pathname.endsWith("/abort")) this.ctx.abort("aborted by a request");
    return upgrade((ws) => this.ctx.acceptWebSocket(ws));
  }
  webSocketMessage(ws, message) {
    if (message === "abort") this.ctx.abort("aborted by a message");
    ws.send(message);
  }
}

export default {
  async fetch(request, { ROOM }) {
    try {
      return await ROOM.getByName("room").fetch(request);
    } catch (error) {
      return new Response(failure(error));
    }
  },
};
