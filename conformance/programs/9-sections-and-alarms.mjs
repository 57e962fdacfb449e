/*
spec: 9.2 handler
covers: The handler waits for a critical section, and for the constructor's
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
  async alarm() {
    this.tell("alarm");
  }
  async run(log) {
    await this.ctx.storage.setAlarm(Date.now() + 5);
    await this.ctx.blockConcurrencyWhile(async () => {
      await pause(60);
      this.tell("section ends");
    });
    await this.told(log, 2);
    await this.ctx.storage.setAlarm(Date.now() + 5);
    await this.ctx.storage.transaction(async () => {
      await pause(60);
      this.tell("transaction ends");
    });
    await this.told(log, 2);
  }
}

export default asking("OBJ", ["run"]);
