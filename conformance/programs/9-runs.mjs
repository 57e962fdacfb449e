/*
spec: 9.2 handler
covers: The handler runs once, with its information, not before its time
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
  async alarm(...args) {
    const [info] = args;
    this.tell(
      `alarm ${args.length} ${Object.keys(info)} ${info.constructor.name} ${info.retryCount} ${info.isRetry}`,
    );
    this.tell(
      `on time ${info.scheduledTime === this.time} ${Date.now() >= info.scheduledTime} ${typeof info.scheduledTime}`,
    );
    this.tell(`inside ${await this.ctx.storage.getAlarm()} ${this.ctx.id.name} ${this.memory}`);
    return "ignored";
  }
  async run(log) {
    this.memory = "same memory";
    this.time = Date.now() + 60;
    await this.ctx.storage.setAlarm(this.time);
    log.note("set", (await this.ctx.storage.getAlarm()) === this.time);
    await this.told(log, 3);
    log.note("after", await this.ctx.storage.getAlarm());
    await pause(150);
    await this.told(log, 0);
  }
}

export default asking("OBJ", ["run"]);
