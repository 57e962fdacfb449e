/*
spec: 9.2 handler, must-test
covers: An alarm that fell due while the process was down runs when it is up again, with the name of the object
object: OBJ Obj sqlite
request: GET /start
restart:
request: GET /look {"waitMs": 400}
restart:
request: GET /look {"waitMs": 100}
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
  async alarm({ retryCount, isRetry, scheduledTime }) {
    this.tell(
      `alarm of ${this.ctx.id.name}: ${retryCount} ${isRetry} ${scheduledTime === this.ctx.storage.kv.get("time")}`,
    );
  }
  async start(log) {
    const time = Date.now() + 300;
    this.ctx.storage.kv.put("time", time);
    await this.ctx.storage.setAlarm(time);
    log.note("set", await this.ctx.storage.get("lines"));
  }
  async look(log) {
    await this.told(log, 1);
    log.note("after", await this.ctx.storage.getAlarm());
  }
}

export default toObject("OBJ");
