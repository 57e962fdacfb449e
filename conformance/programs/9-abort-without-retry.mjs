/*
spec: 9.5 abort
covers: abort({ retryAlarm: false }) in a handler: the alarm is given up
object: OBJ Obj sqlite
request: GET /start
request: GET /look {"waitMs": 500}
tag: slow
*/
import { DurableObject } from "cloudflare:workers";
import { pause, perform, toObject } from "./observe.mjs";

export class Obj extends DurableObject {
  fetch(request) {
    return perform(this, request);
  }
  tell(line) {
    const { kv } = this.ctx.storage;
    kv.put("lines", [...(kv.get("lines") ?? []), line]);
  }
  /** Waits until there are so many lines, and tells them. */
  async told(log, count, { seconds = 15 } = {}) {
    const { kv } = this.ctx.storage;
    for (let i = 0; i < seconds * 50 && (kv.get("lines") ?? []).length < count; i++)
      await pause(20);
    for (const line of kv.get("lines") ?? []) log.note(line);
    kv.delete("lines");
  }
  async alarm({ retryCount }) {
    this.tell(`run: retry ${retryCount}`);
    await this.ctx.storage.sync();
    this.ctx.abort("mine", { retryAlarm: false });
  }
  async start() {
    await this.ctx.storage.setAlarm(Date.now() + 20);
  }
  async look(log) {
    await pause(3200);
    await this.told(log, 1);
    log.note("after", await this.ctx.storage.getAlarm());
  }
}

export default toObject("OBJ");
