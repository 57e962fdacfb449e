/*
spec: 11.1
covers: An object that holds both ends: one attached, the other accepted after it and used locally; messages reach the handler
object: OBJ Obj sqlite
*/
import { DurableObject } from "cloudflare:workers";
import { noting, pause } from "./observe.mjs";

export class Obj extends DurableObject {
  seen = [];
  async run() {
    const [local, attached] = Object.values(new WebSocketPair());
    this.ctx.acceptWebSocket(attached, ["local"]);
    local.accept();
    local.addEventListener("message", ({ data }) => this.seen.push(`local got ${data}`));
    local.addEventListener("close", ({ code, reason }) =>
      this.seen.push(`local close ${code} ${reason}`),
    );
    local.send("to the handler");
    await pause(10);
    local.close(3000, "end");
    await pause(10);
    return [this.seen, this.ctx.getWebSockets().length];
  }
  webSocketMessage(ws, message) {
    this.seen.push(`handler got ${message} ${this.ctx.getTags(ws)}`);
    ws.send("answer");
  }
  webSocketClose(ws, code, reason, wasClean) {
    this.seen.push(`handler close ${code} ${reason} ${wasClean}`);
    ws.close(code, "reply");
  }
}

export default noting(async (log, { OBJ }) => {
  log.note("seen", ...(await OBJ.getByName("a").run()));
});
