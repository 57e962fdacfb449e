/*
spec: 9.5 abort
covers: abort() in a handler: the alarm is retried in a new activation; its turn is lost
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
  memory = 0;
  async alarm({ retryCount, isRetry }) {
    this.memory++;
    this.tell(`run: retry ${retryCount} ${isRetry}, memory ${this.memory}`);
    await this.ctx.storage.sync();
    if (!isRetry) {
      this.ctx.storage.kv.put("lost", 1);
      this.ctx.abort("mine");
    }
  }
  async start() {
    this.memory++;
    await this.ctx.storage.setAlarm(Date.now() + 20);
  }
  async look(log) {
    await this.told(log, 2);
    log.note("after", await this.ctx.storage.getAlarm(), this.ctx.storage.kv.get("lost"));
  }
}

export default toObject("OBJ");
