/*
spec: 5.5 deleteAll, 9.5, must-test
covers: deleteAll keeps the alarm at 2026-02-23; in a handler too
object: OBJ Obj sqlite
date: 2026-02-23
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
  async alarm() {
    this.tell("alarm");
    await this.ctx.storage.deleteAll();
    this.tell(`deleted inside ${await this.ctx.storage.getAlarm()}`);
  }
  async run(log) {
    const { storage } = this.ctx;
    const time = Date.now() + 3_600_000;
    await storage.setAlarm(time);
    await storage.put("a", 1);
    await storage.deleteAll();
    log.note("after deleteAll", (await storage.getAlarm()) === time, await storage.list());
    await storage.sync();
    log.note("after a sync", (await storage.getAlarm()) === time);
    await storage.setAlarm(time + 1);
    storage.deleteAll();
    log.note("in one turn", (await storage.getAlarm()) === time + 1);
    storage.deleteAll();
    storage.setAlarm(time + 2);
    log.note("set after it", (await storage.getAlarm()) === time + 2);
    await storage.deleteAll();
    await storage.deleteAlarm();
  }
  async look(log) {
    log.note("in another event", await this.ctx.storage.getAlarm());
    await this.ctx.storage.setAlarm(Date.now());
    await this.told(log, 1);
    log.note("in the end", await this.ctx.storage.getAlarm());
  }
}

export default asking("OBJ", ["run", "look"]);
