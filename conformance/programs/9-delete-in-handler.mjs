/*
spec: 9.3 deferred delete, must-test
covers: deleteAlarm in the handler: the run goes on; after a failure there is no retry
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
  async alarm() {
    this.runs++;
    this.tell(`run ${this.runs}`);
    await this.ctx.storage.deleteAlarm();
    this.tell(`deleted ${await this.ctx.storage.getAlarm()}`);
    await pause(1);
    this.tell("goes on");
    throw new RangeError("mine");
  }
  async run(log) {
    await this.ctx.storage.setAlarm(Date.now());
    await this.told(log, 3);
    await pause(3500);
    log.note("later", this.runs, await this.ctx.storage.getAlarm());
  }
}

export default asking("OBJ", ["run"]);
