/*
spec: 9.3 deferred delete, must-test
covers: setAlarm in the handler: stays after success; a handler that sets itself again
object: OBJ Obj sqlite
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
  async alarm({ retryCount, scheduledTime }) {
    const run = ++this.runs;
    this.tell(`run ${run}, retry ${retryCount}, late ${Date.now() >= scheduledTime}`);
    if (run < 4) {
      await this.ctx.storage.setAlarm(Date.now() + 20);
      this.tell(`now set ${(await this.ctx.storage.getAlarm()) !== null}`);
    }
  }
  async run(log) {
    await this.ctx.storage.setAlarm(Date.now() + 10);
    await this.told(log, 7);
    log.note("after", this.runs, await this.ctx.storage.getAlarm());
  }
}

export default asking("OBJ", ["run"]);
