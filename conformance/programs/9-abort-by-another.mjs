/*
spec: 9.5 abort
covers: abort() by another event while the handler runs: the alarm is retried
object: OBJ Obj sqlite
request: GET /start
request: GET /abort
request: GET /look {"waitMs": 100}
tag: slow
tag: error
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
  async alarm({ retryCount, isRetry }) {
    this.tell(`run: retry ${retryCount} ${isRetry}`);
    await this.ctx.storage.sync();
    this.started = true;
    await pause(isRetry ? 1 : 5000);
    this.tell("its end");
  }
  async start() {
    await this.ctx.storage.setAlarm(Date.now() + 20);
  }
  async abort() {
    while (!this.started) await pause(5);
    this.ctx.abort("mine");
  }
  async look(log) {
    await this.told(log, 3);
    log.note("after", await this.ctx.storage.getAlarm());
  }
}

export default toObject("OBJ");
