/*
spec: 9.1 API, must-test
covers: setAlarm in the constructor, with and without a handler
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
  constructor(ctx, env) {
    super(ctx, env);
    if (!ctx.storage.kv.get("constructed")) {
      ctx.storage.kv.put("constructed", true);
      ctx.storage.setAlarm(Date.now() + 30);
    }
  }
  alarm(info) {
    this.tell(`alarm ${info.retryCount}`);
  }
  async run(log) {
    await this.told(log, 1);
    log.note("after", await this.ctx.storage.getAlarm());
  }
}

export default asking("OBJ", ["run"]);
