/*
spec: 4.1, 11.4
covers: Read-modify-write in message handlers loses nothing; messages wait for a section and for one another's storage
object: ROOM Room sqlite
socket: a /room
socket: b /room
send: a add
send: b add
send: a add
send: b add
receive: a 2
receive: b 2
send: a total
receive: a
send: a section
send: a after
receive: a 3
*/
import { DurableObject } from "cloudflare:workers";
import { pause, toNamed, upgrade } from "./observe.mjs";

export class Room extends DurableObject {
  fetch() {
    return upgrade((ws) => this.ctx.acceptWebSocket(ws));
  }
  async webSocketMessage(ws, message) {
    const { storage } = this.ctx;
    if (message === "add") {
      const total = (await storage.get("total")) ?? 0;
      await storage.get("another");
      await storage.put("total", total + 1);
      ws.send("added");
    } else if (message === "total") ws.send(String(await storage.get("total")));
    else if (message === "section") {
      await this.ctx.blockConcurrencyWhile(async () => {
        ws.send("section begins");
        await pause(50);
        ws.send("section ends");
      });
    } else ws.send(message);
  }
}

export default toNamed("ROOM");
