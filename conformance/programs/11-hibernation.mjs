/*
spec: 11.5, 3.2
covers: After 10 s idle: constructor again; tags, attachments, order of lists, auto-response and its timestamp kept; ws a new object
tag: slow
object: ROOM Room sqlite
socket: a /room?name=a&tag=x&tag=all
socket: b /room?name=b&tag=y&tag=all
socket: c /room?name=c&tag=x&tag=all
request: GET /room/remember
send: a ping
receive: a
pause: 12500
send: b ping
receive: b
send: a who
receive: a
request: GET /room/lists
pause: 12500
close: c 3000 asleep
receive: c
request: GET /room/lists
*/
import { DurableObject } from "cloudflare:workers";
import { Journal, toNamed, upgrade } from "./observe.mjs";

let built = 0;
let remembered;

export class Room extends DurableObject {
  seen = [];
  constructor(ctx, env) {
    super(ctx, env);
    built++;
    this.atStart = ctx.getWebSockets().length;
  }
  fetch(request) {
    const { pathname, searchParams } = new URL(request.url);
    const { ctx } = this;
    if (pathname.endsWith("/remember")) {
      remembered = ctx.getWebSockets();
      ctx.setWebSocketAutoResponse(new WebSocketRequestResponsePair("ping", "pong"));
      ctx.setHibernatableWebSocketEventTimeout(5000);
      return new Response("remembered");
    }
    if (pathname.endsWith("/lists")) return this.lists();
    return upgrade((ws) => {
      ctx.acceptWebSocket(ws, searchParams.getAll("tag"));
      ws.serializeAttachment({ name: searchParams.get("name") });
    });
  }
  lists() {
    const log = new Journal();
    const { ctx } = this;
    const names = (tag) => ctx.getWebSockets(tag).map((ws) => ws.deserializeAttachment().name);
    log.note("built", built, this.atStart);
    for (const tag of [undefined, "x", "y", "all"]) log.note(String(tag), names(tag));
    for (const ws of ctx.getWebSockets()) {
      log.note(
        "socket",
        ws.deserializeAttachment(),
        ctx.getTags(ws),
        ws.readyState,
        ws.url,
        ws.protocol,
      );
      log.note("answered", ctx.getWebSocketAutoResponseTimestamp(ws) instanceof Date);
      log.note("the same object", remembered.includes(ws), ctx.getWebSockets().includes(ws));
    }
    const pair = ctx.getWebSocketAutoResponse();
    log.note("kept", pair.request, pair.response, ctx.getHibernatableWebSocketEventTimeout());
    log.note("seen", this.seen);
    return log.response();
  }
  webSocketMessage(ws) {
    ws.send(`${ws.deserializeAttachment().name}, built ${built} times`);
  }
  webSocketClose(ws, ...args) {
    this.seen.push([...args, ws.deserializeAttachment().name, this.ctx.getTags(ws), built]);
    ws.close(args[0], "woken for it");
  }
}

export default toNamed("ROOM");
