/*
spec: 9.3 deferred delete, must-test, 9.4
covers: An alarm set in a failing run replaces the retry
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
  async alarm({ retryCount, isRetry }) {
    const run = ++this.runs;
    this.tell(`run ${run}: retry ${retryCount} ${isRetry}`);
    if (run === 1) {
      await this.ctx.storage.setAlarm(Date.now() + 50);
      throw new RangeError("mine");
    }
    if (run === 2) throw new RangeError("mine");
  }
  async run(log) {
    await this.ctx.storage.setAlarm(Date.now());
    await this.told(log, 2);
    await pause(3500);
    log.note("retried once more", this.runs);
    await this.told(log, 1);
    log.note("after", await this.ctx.storage.getAlarm());
  }
}

export default asking("OBJ", ["run"]);
