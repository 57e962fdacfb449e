/*
spec: 3.2, 11.1
covers: What keeps an activation with sockets: an accepted one, a timer; what does not: auto-responses, pings, an attached one
tag: slow
object: ROOM Room sqlite
socket: accepted /accepted?accept
socket: timer /timer
socket: busy /busy
request: GET /timer/timer
request: GET /busy/auto
pause: 6000
send: busy ping
receive: busy
ping: busy frame
receive: busy
pause: 6500
request: GET /accepted/built
request: GET /timer/built
request: GET /busy/built
*/
import { DurableObject } from "cloudflare:workers";
import { toNamed, upgrade } from "./observe.mjs";

const built = {};

export class Room extends DurableObject {
  constructor(ctx, env) {
    super(ctx, env);
    built[ctx.id.name] = (built[ctx.id.name] ?? 0) + 1;
  }
  fetch(request) {
    const { pathname, search } = new URL(request.url);
    if (pathname.endsWith("/built")) return Response.json(built[this.ctx.id.name]);
    if (pathname.endsWith("/timer") && request.headers.get("upgrade") === null)
      setTimeout(() => {}, 20_000);
    if (pathname.endsWith("/auto"))
      this.ctx.setWebSocketAutoResponse(new WebSocketRequestResponsePair("ping", "pong"));
    if (request.headers.get("upgrade") === null) return new Response("done");
    return upgrade((ws) => (search === "?accept" ? ws.accept() : this.ctx.acceptWebSocket(ws)));
  }
}

export default toNamed("ROOM");
