/*
spec: 4.2, 11.3 sends
covers: What an object sends to a Worker's socket after a write that is never committed does not arrive; after a synced one it does
object: ROOM Room sqlite
*/
import { DurableObject } from "cloudflare:workers";
import { connect, noting, pause, upgrade } from "./observe.mjs";

export class Room extends DurableObject {
  fetch() {
    return upgrade((ws) => this.ctx.acceptWebSocket(ws));
  }
  async webSocketMessage(ws, message) {
    ws.send(`got ${message}`);
    this.ctx.storage.put("message", message);
    if (message === "kept") await this.ctx.storage.sync();
    ws.send(`wrote ${message}`);
    if (message === "kept") await pause(20);
    this.ctx.abort("end");
  }
  value() {
    return this.ctx.storage.get("message");
  }
}

export default noting(async (log, { ROOM }) => {
  for (const message of ["lost", "kept"]) {
    const { webSocket, seen } = await connect(ROOM.getByName("a"));
    webSocket.send(message);
    await pause(60);
    log.note(
      message,
      seen.filter((each) => !each.startsWith("close")),
    );
    log.note("stored", await ROOM.getByName("a").value());
  }
});
