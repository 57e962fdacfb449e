/*
spec: 9.2 handler, must-test
covers: A request and the alarm handler that both await make progress, by each other
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
  steps = 0;
  /** Waits until it is the turn of this step. */
  async turn(step) {
    while (this.steps !== step) await pause(2);
  }
  async alarm() {
    for (const step of [0, 2, 4]) {
      await this.turn(step);
      this.tell(`alarm ${step}`);
      await this.ctx.storage.put("alarm", step);
      this.steps++;
    }
  }
  async run(log) {
    await this.ctx.storage.setAlarm(Date.now());
    for (const step of [1, 3]) {
      await this.turn(step);
      this.tell(`request ${step}, alarm wrote ${await this.ctx.storage.get("alarm")}`);
      this.steps++;
    }
    await this.told(log, 5);
  }
}

export default asking("OBJ", ["run"]);
