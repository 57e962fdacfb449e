/*
spec: 7.1 transaction
covers: A throw rolls everything back and rejects with it; the object is not reset
object: OBJ Obj sqlite
*/
import { DurableObject } from "cloudflare:workers";
import { asking, pause, perform } from "./observe.mjs";

export class Obj extends DurableObject {
  fetch(request) {
    return perform(this, request);
  }
  memory = "same memory";
  alarm() {}
  async run(log) {
    const { storage } = this.ctx;
    const { kv, sql } = storage;
    sql.exec("create table t (x); insert into t values (1)");
    await storage.put("kept", 1);
    for (const [label, thrown] of [
      ["an error", new RangeError("mine")],
      ["text", "text"],
      ["undefined", undefined],
    ]) {
      try {
        await storage.transaction(async (txn) => {
          await txn.put("txn", 1);
          await storage.put("storage", 1);
          kv.put("kv", 1);
          await txn.delete("kept");
          sql.exec("insert into t values (2); create table u (y)");
          await storage.setAlarm(Date.now() + 3_600_000);
          await pause(1);
          log.note(
            "inside",
            [...kv.list()].length,
            sql.exec("select * from t").toArray().length,
            (await storage.getAlarm()) !== null,
          );
          throw thrown;
        });
      } catch (error) {
        log.note(label, error === thrown, error);
      }
      log.note(
        "left",
        await storage.list(),
        sql.exec("select x from t").raw().toArray(),
        sql.exec("select count(*) as n from sqlite_master where name = 'u'").one().n,
        await storage.getAlarm(),
      );
    }
    await log.try("thrown at once", () =>
      storage.transaction(() => {
        storage.kv.put("sync throw", 1);
        throw new RangeError("sync");
      }),
    );
    await log.try("rejected later", () =>
      storage.transaction(async () => {
        storage.kv.put("later", 1);
        await null;
        throw new TypeError("later", { cause: "why" });
      }),
    );
    log.note("left", await storage.list());
  }
  async look(log) {
    log.note("later", this.memory, await this.ctx.storage.list());
  }
}

export default asking("OBJ", ["run", "look"]);
