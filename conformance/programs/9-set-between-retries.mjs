/*
spec: 9.3 deferred delete, must-test, 9.4
covers: An alarm set between retries: it runs once more, the stored time is the new one
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
    const run = ++this.runs;
    this.tell(`run ${run}`);
    if (run === 1) throw new RangeError("mine");
  }
  async run(log) {
    await this.ctx.storage.setAlarm(Date.now());
    await this.told(log, 1);
    await pause(200);
    const time = Date.now() + 300;
    await this.ctx.storage.setAlarm(time);
    log.note("new time", (await this.ctx.storage.getAlarm()) === time);
    await this.told(log, 1);
    await pause(3000);
    log.note("no more", this.runs, await this.ctx.storage.getAlarm());
  }
}

export default asking("OBJ", ["run"]);
