/*
spec: 11.4
covers: Events of one socket start in order, but a handler that awaits a timer does not delay the next
object: ROOM Room sqlite
socket: a /room
send: a slow
send: a second
send: a third
receive: a 6
*/
import { DurableObject } from "cloudflare:workers";
import { pause, toNamed, upgrade } from "./observe.mjs";

export class Room extends DurableObject {
  fetch() {
    return upgrade((ws) => this.ctx.acceptWebSocket(ws));
  }
  async webSocketMessage(ws, message) {
    ws.send(`${message} begins`);
    if (message === "slow") await pause(300);
    ws.send(`${message} ends`);
  }
}

export default toNamed("ROOM");
