/*
spec: 9.1, 4.4
covers: An alarm is set when its turn is committed: not by a turn that is aborted
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
  alarm() {
    this.tell("alarm");
  }
  aborted() {
    this.ctx.storage.setAlarm(Date.now());
    this.ctx.abort("mine");
  }
  async thrown() {
    await this.ctx.storage.setAlarm(Date.now() + 3_600_000);
    throw new RangeError("mine");
  }
  async deleted() {
    this.ctx.storage.deleteAlarm();
    this.ctx.abort("mine");
  }
  async look(log) {
    await pause(60);
    log.note(
      "alarm",
      (await this.ctx.storage.getAlarm()) !== null,
      this.ctx.storage.kv.get("lines"),
    );
  }
}

export default asking("OBJ", ["aborted", "look", "thrown", "look", "deleted", "look"]);
