/*
spec: 9.1 API, must-test
covers: One alarm per object: replaced, deleted, set twice in a turn, in and out of order
object: OBJ Obj sqlite
request: GET /run
request: GET /set
request: GET /look
restart:
request: GET /look
*/
import { DurableObject } from "cloudflare:workers";
import { perform, toObject } from "./observe.mjs";

export class Obj extends DurableObject {
  fetch(request) {
    return perform(this, request);
  }
  alarm() {}
  async run(log) {
    const { storage } = this.ctx;
    const base = Date.now() + 3_600_000;
    const shown = async () => {
      const time = await storage.getAlarm();
      return time === null ? null : time - base;
    };
    log.note("none", await shown());
    storage.setAlarm(base);
    log.note("set", await shown());
    storage.setAlarm(base + 5);
    storage.setAlarm(base + 3);
    log.note("replaced", await shown());
    storage.deleteAlarm();
    const before = shown();
    storage.setAlarm(base + 7);
    log.note("deleted, then set", await before, await shown());
    await storage.sync();
    await storage.setAlarm(base + 7);
    log.note("same", await shown());
    await storage.deleteAlarm();
    await storage.deleteAlarm();
    log.note("deleted", await shown());
    await storage.setAlarm(new Date(base + 11));
    log.note("returns a number", typeof (await storage.getAlarm()), await shown());
    log.note("returns", await storage.setAlarm(base + 1), await storage.deleteAlarm());
    log.note("keys are apart", await storage.list());
  }
  async set() {
    await this.ctx.storage.setAlarm(Date.now() + 3_600_000);
  }
  async look(log) {
    log.note("kept", (await this.ctx.storage.getAlarm()) > Date.now());
  }
}

export default toObject("OBJ");
