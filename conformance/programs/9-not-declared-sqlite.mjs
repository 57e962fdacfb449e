/*
spec: 9.1 API, must-test
covers: Alarms of a class not declared SQLite
object: OBJ Obj
*/
import { DurableObject } from "cloudflare:workers";
import { asking, pause, perform } from "./observe.mjs";

export class Obj extends DurableObject {
  fetch(request) {
    return perform(this, request);
  }
  async alarm({ retryCount }) {
    await this.ctx.storage.put("ran", retryCount);
    this.ran = true;
  }
  async run(log) {
    const { storage } = this.ctx;
    await storage.setAlarm(Date.now() + 20);
    log.note("set", (await storage.getAlarm()) !== null);
    while (!this.ran) await pause(5);
    await pause(20);
    log.note("ran", await storage.get("ran"), await storage.getAlarm());
  }
}

export default asking("OBJ", ["run"]);
