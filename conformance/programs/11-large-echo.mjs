/*
spec: 11.3
covers: Larger messages both ways, plain and compressed, in order with small ones
object: ROOM Room sqlite
socket: a /room
large: a text 300000
send: a small
large: a binary 1000000
send: a end
receive: a 4
socket: b /room {"deflate": true}
large: b text 300000
send: b small
receive: b 2
*/
import { DurableObject } from "cloudflare:workers";
import { toNamed, upgrade } from "./observe.mjs";

export class Room extends DurableObject {
  fetch() {
    return upgrade((ws) => this.ctx.acceptWebSocket(ws));
  }
  webSocketMessage(ws, message) {
    ws.send(message);
  }
}

export default toNamed("ROOM");
