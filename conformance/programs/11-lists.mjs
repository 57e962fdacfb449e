/*
spec: 11.2 getWebSockets, getTags
covers: All newest first, those with a tag oldest first; membership until the close event has been delivered; tags distinct, in order
object: ROOM Room sqlite
socket: a /room?name=a&tag=x&tag=all
socket: b /room?name=b&tag=y&tag=all&tag=y
socket: c /room?name=c&tag=x&tag=all
socket: d /room?name=d
request: GET /room/lists
close: b 1000
receive: b
request: GET /room/lists
lose: a
receive: a
pause: 50
request: GET /room/lists
send: c throw
pause: 50
request: GET /room/lists
*/
import { DurableObject } from "cloudflare:workers";
import { Journal, toNamed, upgrade } from "./observe.mjs";

export class Room extends DurableObject {
  log = new Journal();
  fetch(request) {
    const { pathname, searchParams } = new URL(request.url);
    if (pathname.endsWith("/lists")) {
      const { log } = this;
      this.log = new Journal();
      this.lists(log);
      return log.response();
    }
    return upgrade((ws) => {
      this.ctx.acceptWebSocket(ws, searchParams.getAll("tag"));
      ws.serializeAttachment(searchParams.get("name"));
    });
  }
  names(tag) {
    return this.ctx.getWebSockets(tag).map((ws) => ws.deserializeAttachment());
  }
  lists(log) {
    log.note("all", this.names());
    for (const tag of ["x", "y", "all", "none", ""]) log.note(tag, this.names(tag));
    for (const ws of this.ctx.getWebSockets())
      log.note("tags", ws.deserializeAttachment(), this.ctx.getTags(ws));
    log.note("same objects", this.ctx.getWebSockets()[0] === this.ctx.getWebSockets()[0]);
  }
  webSocketMessage() {
    throw new Error("from the handler");
  }
  webSocketClose(ws, code, reason, wasClean) {
    this.log.note("close", ws.deserializeAttachment(), code, reason, wasClean, ws.readyState);
    this.log.note("still listed", this.names(), this.ctx.getTags(ws));
    ws.close();
    this.log.note("after the reply", this.names());
  }
}

export default toNamed("ROOM");
