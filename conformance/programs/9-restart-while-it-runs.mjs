/*
spec: 9.3 deferred delete, must-test, must-test
covers: The process ends while the handler runs: it runs again
object: OBJ Obj sqlite
request: GET /start
restart:
request: GET /look
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
    const runs = (this.ctx.storage.kv.get("runs") ?? 0) + 1;
    this.ctx.storage.kv.put("runs", runs);
    await this.ctx.storage.sync();
    if (runs === 1) await pause(300_000);
    this.tell(`run ${runs} ends, retry ${retryCount}`);
  }
  async start(log) {
    await this.ctx.storage.setAlarm(Date.now());
    while (!this.ctx.storage.kv.get("runs")) await pause(5);
    log.note("running", await this.ctx.storage.getAlarm());
  }
  async look(log) {
    await this.told(log, 1);
    log.note("after", await this.ctx.storage.getAlarm(), this.ctx.storage.kv.get("runs"));
  }
}

export default toObject("OBJ");
