/*
spec: 9.1 API, must-test
covers: Times that are past or now run at once, and are shown as now
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
  alarm({ scheduledTime }) {
    this.tell(`alarm ${scheduledTime >= this.from} ${scheduledTime <= Date.now()}`);
  }
  async run(log) {
    for (const [label, time] of [
      ["past", (now) => now - 10_000],
      ["long past", () => 5],
      ["now", (now) => now],
      ["a past Date", (now) => new Date(now - 1)],
      ["one ms", (now) => now + 1],
    ]) {
      this.from = Date.now();
      await this.ctx.storage.setAlarm(time(this.from));
      const shown = await this.ctx.storage.getAlarm();
      log.note(label, shown === null || (shown >= this.from && shown <= Date.now() + 1));
      await this.told(log, 1);
      log.note("after", await this.ctx.storage.getAlarm());
    }
  }
}

export default asking("OBJ", ["run"]);
