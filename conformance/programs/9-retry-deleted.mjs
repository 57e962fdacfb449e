/*
spec: 9.3 deferred delete, must-test, 9.4
covers: deleteAlarm between retries: no retry
object: OBJ Obj sqlite
tag: slow
*/
import { DurableObject } from "cloudflare:workers";
import { asking, pause, perform } from "./observe.mjs";

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
  runs = 0;
  async alarm() {
    this.runs++;
    throw new RangeError("mine");
  }
  async run(log) {
    await this.ctx.storage.setAlarm(Date.now());
    while (this.runs === 0) await pause(10);
    await pause(300);
    log.note("to be retried", (await this.ctx.storage.getAlarm()) !== null);
    await this.ctx.storage.deleteAlarm();
    await pause(3500);
    log.note("no retry", this.runs, await this.ctx.storage.getAlarm());
  }
}

export default asking("OBJ", ["run"]);
