/*
spec: 9.4 retry policy
covers: A failing run is retried after two and four seconds or more; writes of failed runs stay
object: OBJ Obj sqlite
tag: slow
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
  runs = [];
  async alarm({ retryCount, isRetry, scheduledTime }) {
    this.runs.push(Date.now());
    this.first ??= scheduledTime;
    this.tell(
      `run ${this.runs.length}: retry ${retryCount} ${isRetry}, same time ${scheduledTime === this.first}`,
    );
    if (this.runs.length < 3) throw new RangeError("mine");
  }
  async run(log) {
    const time = Date.now() + 50;
    await this.ctx.storage.setAlarm(time);
    await pause(700);
    log.note("between retries", (await this.ctx.storage.getAlarm()) === time, this.runs.length);
    await this.told(log, 3);
    const waits = this.runs.slice(1).map((at, i) => at - this.runs[i]);
    log.note(
      "waits long enough",
      waits.map((ms, i) => ms >= 2000 * 2 ** i - 500),
    );
    log.note("after", await this.ctx.storage.getAlarm());
  }
}

export default asking("OBJ", ["run"]);
