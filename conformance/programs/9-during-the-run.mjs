/*
spec: 9.3 deferred delete, must-test
covers: While the handler runs getAlarm is null for all; another alarm set meanwhile stays, runs after it
object: OBJ Obj sqlite
request: GET /start
request: GET /look
request: GET /set
request: GET /lines
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
  runs = 0;
  async alarm() {
    const run = ++this.runs;
    this.tell(`run ${run} starts, alarm ${await this.ctx.storage.getAlarm()}`);
    while (run === 1 && !this.asked) await pause(2);
    this.tell(
      `run ${run} ends, alarm ${(await this.ctx.storage.getAlarm()) === null ? "null" : "set"}`,
    );
  }
  async start() {
    await this.ctx.storage.setAlarm(Date.now());
  }
  async look() {
    while (this.runs === 0) await pause(5);
    this.tell(`event sees ${await this.ctx.storage.getAlarm()}`);
  }
  async set() {
    await this.ctx.storage.setAlarm(Date.now());
    this.tell(`event set ${(await this.ctx.storage.getAlarm()) !== null}`);
    await pause(30);
    this.asked = true;
  }
  async lines(log) {
    await this.told(log, 6);
    log.note("after", await this.ctx.storage.getAlarm());
  }
}

export default toObject("OBJ");
