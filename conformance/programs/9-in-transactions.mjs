/*
spec: 9.1 API, must-test
covers: setAlarm and deleteAlarm in transactions that commit, throw or roll back
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
  alarm() {}
  async run(log) {
    const { storage } = this.ctx;
    const base = Date.now() + 3_600_000;
    const shown = async () => {
      const time = await storage.getAlarm();
      return time === null ? null : time - base;
    };
    const ways = {
      set: (txn) => txn.setAlarm(base + 1),
      "set by storage": () => storage.setAlarm(base + 2),
      delete: (txn) => txn.deleteAlarm(),
      "delete by storage": () => storage.deleteAlarm(),
      "delete and set": async (txn) => {
        await txn.deleteAlarm();
        await txn.setAlarm(base + 3);
      },
    };
    for (const before of [null, 0])
      for (const [label, way] of Object.entries(ways))
        for (const end of ["commits", "throws", "rolls back", "rolls back, then sets"]) {
          if (before === null) await storage.deleteAlarm();
          else await storage.setAlarm(base);
          await storage
            .transaction(async (txn) => {
              await way(txn);
              const inside = await txn.getAlarm();
              if (end === "throws") throw new RangeError("mine");
              if (end.startsWith("rolls")) txn.rollback();
              if (end.endsWith("sets")) await storage.setAlarm(base + 9);
              return inside;
            })
            .catch(() => {});
          log.note(`${before} ${label} ${end}`, await shown());
        }
  }
}

export default asking("OBJ", ["run"]);
