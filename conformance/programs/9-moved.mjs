/*
spec: 9.2 handler
covers: An alarm moved later or deleted before its time does not run then
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
    this.tell(`alarm ${scheduledTime === this.time}`);
  }
  async run(log) {
    const { storage } = this.ctx;
    await storage.setAlarm(Date.now() + 60);
    this.time = Date.now() + 1500;
    await storage.setAlarm(this.time);
    await pause(300);
    await this.told(log, 0);
    log.note("moved later, not yet", (await storage.getAlarm()) === this.time);
    await this.told(log, 1);
    await storage.setAlarm(Date.now() + 60);
    await storage.deleteAlarm();
    await pause(150);
    log.note("deleted", storage.kv.get("lines"));
    await storage.setAlarm(Date.now() + 3_600_000);
    this.time = Date.now() + 40;
    await storage.setAlarm(this.time);
    await this.told(log, 1);
    await storage.setAlarm(Date.now() + 40);
    await storage
      .transaction(async (txn) => {
        await txn.deleteAlarm();
        await pause(80);
        throw new RangeError("mine");
      })
      .catch(() => {});
    this.time = undefined;
    await this.told(log, 1);
  }
}

export default asking("OBJ", ["run"]);
