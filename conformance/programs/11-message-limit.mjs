/*
spec: 11.3 message limit
covers: 32 MiB inclusive for text and binary; one byte more ends the connection with 1009
object: ROOM Room sqlite
socket: a /room
large: a text 33554432
receive: a
large: a binary 33554432
receive: a
large: a text 33554433
receive: a
socket: b /room
large: b binary 33554433
receive: b
*/
import { DurableObject } from "cloudflare:workers";
import { toNamed, upgrade } from "./observe.mjs";

export class Room extends DurableObject {
  fetch() {
    return upgrade((ws) => this.ctx.acceptWebSocket(ws));
  }
  webSocketMessage(ws, message) {
    ws.send(`${typeof message} of ${message.length ?? message.byteLength}`);
  }
}

export default toNamed("ROOM");
