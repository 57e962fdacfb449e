/*
spec: 11.3 ping frames
covers: Ping frames are answered by the host and reach no handler; with auto-response set too
object: ROOM Room sqlite
socket: a /room
ping: a hello
receive: a
ping: a
receive: a
send: a count
receive: a
*/
import { DurableObject } from "cloudflare:workers";
import { toNamed, upgrade } from "./observe.mjs";

export class Room extends DurableObject {
  events = 0;
  fetch() {
    this.ctx.setWebSocketAutoResponse(new WebSocketRequestResponsePair("hello", "world"));
    return upgrade((ws) => this.ctx.acceptWebSocket(ws));
  }
  webSocketMessage(ws) {
    ws.send(`${++this.events} events`);
  }
}

export default toNamed("ROOM");
