/*
spec: 7.1 transaction, must-test
covers: rollback(): undoes at once, twice is fine, the transaction still resolves; uses after it
object: OBJ Obj sqlite
*/
import { DurableObject } from "cloudflare:workers";
import { asking, perform } from "./observe.mjs";

export class Obj extends DurableObject {
  fetch(request) {
    return perform(this, request);
  }
  alarm() {}
  async run(log) {
    const { storage } = this.ctx;
    const { kv, sql } = storage;
    sql.exec("create table t (x)");
    await storage.put("kept", 1);
    await log.try("rolled back", () =>
      storage.transaction(async (txn) => {
        await txn.put("kept", 2);
        await txn.put("new", 2);
        kv.put("kv", 2);
        sql.exec("insert into t values (1)");
        await storage.setAlarm(Date.now() + 3_600_000);
        log.note("rollback", txn.rollback());
        log.note("undone at once", [...kv.list()], sql.exec("select * from t").toArray());
        log.note("again", txn.rollback());
        for (const [name, ...args] of [
          ["get", "a"],
          ["get", ["a"]],
          ["put", "a", 1],
          ["put", { a: 1 }],
          ["delete", "a"],
          ["delete", ["a"]],
          ["list"],
          ["deleteAll"],
          ["getAlarm"],
          ["setAlarm", Date.now() + 1000],
          ["deleteAlarm"],
          ["get"],
          ["put", "k"],
        ])
          await log.try(
            `txn.${name}(${args.map((arg) => (typeof arg === "number" && arg > 5 ? "time" : JSON.stringify(arg)))})`,
            () => txn[name](...args),
          );
        await storage.put("after by storage", 1);
        kv.put("after by kv", 1);
        sql.exec("insert into t values (2)");
        return "value";
      }),
    );
    log.note(
      "left",
      await storage.list(),
      sql.exec("select x from t").toArray(),
      await storage.getAlarm(),
    );
    await log.try("rolled back, then thrown", () =>
      storage.transaction(async (txn) => {
        await txn.put("gone", 1);
        txn.rollback();
        await storage.put("and this", 1);
        throw new RangeError("mine");
      }),
    );
    log.note("left", await storage.list());
    await log.try("with nothing written", () =>
      storage.transaction((txn) => (txn.rollback(), "fine")),
    );
    await log.try("arguments", () => storage.transaction((txn) => txn.rollback("why")));
    await log.try("an open put", () =>
      storage.transaction(async (txn) => {
        const put = txn.put("open", 1);
        txn.rollback();
        return put;
      }),
    );
    log.note("left", await storage.list());
  }
  async look(log) {
    log.note("later", await this.ctx.storage.list());
  }
}

export default asking("OBJ", ["run", "look"]);
