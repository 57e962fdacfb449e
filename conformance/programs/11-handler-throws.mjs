/*
spec: 11.4
covers: An exception in a handler is logged, the socket stays open; missing handlers drop the event; async failures too
object: ROOM Room sqlite
object: BARE Bare sqlite
socket: a /room
send: a throw
send: a reject
send: a hello
receive: a
request: GET /room/state
socket: b /bare?BARE
send: b dropped
request: GET /bare/state?BARE
close: b 1000
pause: 50
request: GET /bare/state?BARE
*/
import { DurableObject } from "cloudflare:workers";
import { upgrade } from "./observe.mjs";

export class Bare extends DurableObject {
  fetch(request) {
    if (new URL(request.url).pathname.endsWith("/state"))
      return Response.json(this.ctx.getWebSockets().map((ws) => ws.readyState));
    return upgrade((ws) => this.ctx.acceptWebSocket(ws));
  }
}

export class Room extends Bare {
  webSocketMessage(ws, message) {
    if (message === "throw") throw new Error("thrown");
    if (message === "reject") return Promise.reject(new Error("rejected"));
    ws.send(message);
  }
  webSocketClose() {
    throw new Error("thrown by close");
  }
}

export default {
  fetch(request, env) {
    const url = new URL(request.url);
    const binding = env[url.search.slice(1) || "ROOM"];
    return binding.getByName(url.pathname.split("/")[1]).fetch(request);
  },
};
