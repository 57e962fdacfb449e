/*
spec: 9.3 deferred delete, must-test
covers: Transactions inside the handler: the running alarm is marked only when they commit
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
  runs = 0;
  async alarm({ retryCount }) {
    const { storage } = this.ctx;
    const run = ++this.runs;
    const far = Date.now() + 3_600_000;
    this.tell(`run ${run}, retry ${retryCount}`);
    if (run === 1) {
      const inside = [];
      await storage
        .transaction(async (txn) => {
          inside.push(await txn.getAlarm());
          await txn.setAlarm(far);
          inside.push((await txn.getAlarm()) === far);
          throw new RangeError("mine");
        })
        .catch(() => {});
      this.tell(`in it ${inside}`);
      this.tell(`thrown ${await storage.getAlarm()}`);
      await storage.transaction(async (txn) => {
        await txn.deleteAlarm();
        txn.rollback();
      });
      this.tell(`rolled back ${await storage.getAlarm()}`);
    }
    if (run === 2) {
      await storage.transaction((txn) => txn.setAlarm(far));
      this.tell(`committed ${(await storage.getAlarm()) === far}`);
    }
  }
  async run(log) {
    await this.ctx.storage.setAlarm(Date.now());
    await this.told(log, 4);
    log.note("deleted after success", await this.ctx.storage.getAlarm());
    await this.ctx.storage.setAlarm(Date.now());
    await this.told(log, 2);
    log.note("kept after success", (await this.ctx.storage.getAlarm()) !== null);
  }
}

export default asking("OBJ", ["run"]);
