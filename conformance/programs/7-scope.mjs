/*
spec: 7.1 transaction
covers: All storage use during the callback belongs to the transaction, by whichever object
object: OBJ Obj sqlite
*/
import { DurableObject } from "cloudflare:workers";
import { asking, pause, perform } from "./observe.mjs";

export class Obj extends DurableObject {
  fetch(request) {
    return perform(this, request);
  }
  alarm() {}
  async run(log) {
    const { storage } = this.ctx;
    const { kv, sql } = storage;
    sql.exec("create table t (x)");
    for (const end of ["commits", "throws"]) {
      await log.try(end, () =>
        storage.transaction(async (txn) => {
          await txn.put(`${end} txn`, 1);
          storage.put(`${end} storage`, 1);
          kv.put(`${end} kv`, 1);
          sql.exec("insert into t values (?)", end);
          storage.transactionSync(() => kv.put(`${end} sync`, 1));
          log.note(
            "seen by each",
            await txn.get(`${end} kv`),
            kv.get(`${end} txn`),
            await storage.get(`${end} sync`),
            (await txn.list({ prefix: end })).size,
          );
          await pause(2);
          await storage.put(`${end} after a timer`, 1);
          await storage.setAlarm(Date.now() + 3_600_000);
          await storage.sync();
          kv.put(`${end} after a sync`, 1);
          if (end === "throws") throw new RangeError("mine");
        }),
      );
      log.note(
        "left",
        [...(await storage.list()).keys()],
        sql.exec("select x from t").raw().toArray(),
        (await storage.getAlarm()) !== null,
      );
      await storage.deleteAlarm();
    }
  }
}

export default asking("OBJ", ["run"]);
