/*
spec: 11.2 auto-response
covers: Exact text match answered without a handler, binary not; order with own sends; timestamp; removal; another pair
object: ROOM Room sqlite
socket: a /room
send: a ping
receive: a
send: a ping!
receive: a
binary: a 70696e67
receive: a
request: GET /room/state
send: a twice
receive: a 2
request: GET /room/change
send: a ping
receive: a
send: a hello
receive: a
request: GET /room/state
request: GET /room/remove
send: a hello
receive: a
request: GET /room/state
*/
import { DurableObject } from "cloudflare:workers";
import { toNamed, upgrade } from "./observe.mjs";

export class Room extends DurableObject {
  messages = 0;
  constructor(ctx, env) {
    super(ctx, env);
    ctx.setWebSocketAutoResponse(new WebSocketRequestResponsePair("ping", "pong"));
  }
  fetch(request) {
    const { pathname } = new URL(request.url);
    const { ctx } = this;
    if (pathname.endsWith("/state")) {
      const pair = ctx.getWebSocketAutoResponse();
      const stamps = ctx.getWebSockets().map((ws) => {
        const time = ctx.getWebSocketAutoResponseTimestamp(ws);
        return time === null ? null : time.constructor.name;
      });
      return Response.json([
        this.messages,
        pair && [pair.request, pair.response, Object.keys(pair)],
        stamps,
      ]);
    }
    if (pathname.endsWith("/change")) {
      ctx.setWebSocketAutoResponse(new WebSocketRequestResponsePair("hello", "world"));
      return new Response("changed");
    }
    if (pathname.endsWith("/remove")) {
      ctx.setWebSocketAutoResponse();
      return new Response("removed");
    }
    return upgrade((ws) => ctx.acceptWebSocket(ws));
  }
  webSocketMessage(ws, message) {
    this.messages++;
    const what = typeof message === "string" ? message : `${message.byteLength} bytes`;
    ws.send(`handler got ${what}`);
    if (message === "twice") ws.send("and again");
  }
}

export default toNamed("ROOM");
